//! The tables of names: dangerous, embedding code, harmless.
//!
//! A rule for all names of a module covers its submodules too. Names of no table are custom code.

mod dangerous;
mod harmless;

pub(super) use dangerous::DANGEROUS;
pub(super) use harmless::HARMLESS;

/// Which names of a module a rule covers.
pub(super) enum Names {
    /// All of the module and of its submodules.
    All,
    /// These of the module itself.
    Only(&'static [&'static str]),
}

/// One line of a table.
pub(super) struct Rule {
    pub(super) module: &'static str,
    pub(super) names: Names,
    pub(super) reason: &'static str,
}

const fn all(module: &'static str, reason: &'static str) -> Rule {
    Rule {
        module,
        names: Names::All,
        reason,
    }
}

const fn only(module: &'static str, names: &'static [&'static str], reason: &'static str) -> Rule {
    Rule {
        module,
        names: Names::Only(names),
        reason,
    }
}

/// Modules whose name differs between Python 2 and 3, or that stand for another one.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("__builtin__", "builtins"),
    ("copy_reg", "copyreg"),
    ("exceptions", "builtins"),
    ("_operator", "operator"),
    ("_functools", "functools"),
    ("_io", "io"),
    ("_collections", "collections"),
    ("UserDict", "collections"),
];

/// Names that rebuild code which is inside the pickle.
pub(super) const EMBEDS_CODE: &[Rule] = &[
    all(
        "cloudpickle",
        "rebuilds functions or classes from code inside the pickle",
    ),
    all(
        "dill",
        "rebuilds functions or classes from code inside the pickle",
    ),
    all(
        "mlflow.utils._cloudpickle",
        "rebuilds functions or classes from code inside the pickle",
    ),
    all(
        "joblib.externals.cloudpickle",
        "rebuilds functions or classes from code inside the pickle",
    ),
    all(
        "ray.cloudpickle",
        "rebuilds functions or classes from code inside the pickle",
    ),
    all(
        "pyspark.cloudpickle",
        "rebuilds functions or classes from code inside the pickle",
    ),
];
