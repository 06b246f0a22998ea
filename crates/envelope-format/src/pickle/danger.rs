//! Judges what importing and calling a name can do.
//!
//! The tables are a judgement, not a sandbox: a name in no table is [`Danger::Custom`], and its
//! module's own code runs when the pickle is loaded.

mod tables;

use serde::Serialize;

use tables::{ALIASES, DANGEROUS, EMBEDS_CODE, HARMLESS, Names, Rule};

/// How much a name can do, from least to most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Makes plain data: numbers, containers, arrays, dates.
    #[default]
    Harmless,
    /// A name of another module, whose own code runs.
    Custom,
    /// Rebuilds functions or classes whose code is inside the pickle, as `cloudpickle` writes for
    /// everything defined in a script or notebook.
    EmbedsCode,
    /// Cannot be told; counts as dangerous.
    Unknown,
    /// Can run commands or any code, reach files or the network, or import anything.
    Dangerous,
}

impl Danger {
    /// Tells what must not be loaded from somebody one does not trust.
    pub fn is_dangerous(self) -> bool {
        self >= Self::Unknown
    }
}

/// The class of a name, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The class.
    pub danger: Danger,
    /// Why, in a few words.
    pub reason: &'static str,
}

impl Verdict {
    pub(super) const UNRESOLVED: Self = Self {
        danger: Danger::Unknown,
        reason: "the name is computed while loading and cannot be told",
    };
}

/// Judges the name `name` of the module `module`, both as a pickle writes them.
pub fn classify(module: &str, name: &str) -> Verdict {
    let module = ALIASES
        .iter()
        .find_map(|(old, new)| (*old == module).then_some(*new))
        .unwrap_or(module);
    let rule = |table: &'static [Rule]| table.iter().find(|rule| rule.covers(module, name));
    if let Some(found) = rule(EMBEDS_CODE) {
        return Verdict {
            danger: Danger::EmbedsCode,
            reason: found.reason,
        };
    }
    if let Some(found) = rule(DANGEROUS) {
        return Verdict {
            danger: Danger::Dangerous,
            reason: found.reason,
        };
    }
    if let Some(reason) = reaches_further(module, name) {
        return Verdict {
            danger: Danger::Dangerous,
            reason,
        };
    }
    if let Some(found) = rule(HARMLESS) {
        return Verdict {
            danger: Danger::Harmless,
            reason: found.reason,
        };
    }
    if module == "builtins" && is_exception(name) {
        return Verdict {
            danger: Danger::Harmless,
            reason: "makes an exception object",
        };
    }
    Verdict {
        danger: Danger::Custom,
        reason: "the code of its module runs",
    }
}

/// The worst of several classes.
pub(crate) fn worst(dangers: impl Iterator<Item = Danger>) -> Danger {
    dangers.max().unwrap_or_default()
}

impl Rule {
    fn covers(&self, module: &str, name: &str) -> bool {
        let inside = |rest: &str| rest.is_empty() || rest.starts_with('.');
        match self.names {
            Names::All => module.strip_prefix(self.module).is_some_and(inside),
            Names::Only(names) => {
                // A dotted name goes through attributes, so its start is what is imported.
                let first = name.split('.').next().unwrap_or(name);
                module == self.module && (names.contains(&name) || names.contains(&first))
            }
        }
    }
}

/// Finds names that go through a module to another one, or through an object's insides.
fn reaches_further(module: &str, name: &str) -> Option<&'static str> {
    let dotted = name.contains('.');
    for part in name.split('.') {
        let is_module = |rule: &&Rule| matches!(rule.names, Names::All) && rule.module == part;
        if part == "builtins" || DANGEROUS.iter().any(|rule| is_module(&rule)) {
            return Some("reaches a dangerous module through another one");
        }
        let plain = matches!(part, "__init__" | "__new__" | "__call__");
        if dotted && part.starts_with("__") && !plain {
            return Some("reaches the insides of an object");
        }
    }
    let base = HARMLESS.iter().any(|rule| rule.covers(module, name));
    (dotted && base).then_some("reaches a method of a plain type")
}

fn is_exception(name: &str) -> bool {
    ["Error", "Exception", "Warning"]
        .iter()
        .any(|end| name.ends_with(end))
        || matches!(
            name,
            "KeyboardInterrupt" | "StopIteration" | "SystemExit" | "GeneratorExit"
        )
}

#[cfg(test)]
mod tests {
    use super::Danger::{self, Custom, Dangerous, EmbedsCode, Harmless};
    use super::classify;

    #[test]
    fn judges_names_by_what_they_can_do() {
        let cases: &[(&str, &str, Danger)] = &[
            ("os", "system", Dangerous),
            ("posix", "system", Dangerous),
            ("nt", "system", Dangerous),
            ("os.path", "join", Dangerous),
            ("subprocess", "Popen", Dangerous),
            ("builtins", "eval", Dangerous),
            ("builtins", "getattr", Dangerous),
            ("__builtin__", "getattr", Dangerous),
            ("__builtin__", "apply", Dangerous),
            ("commands", "getoutput", Dangerous),
            ("asyncio.subprocess", "create_subprocess_shell", Dangerous),
            ("operator", "attrgetter", Dangerous),
            ("_operator", "methodcaller", Dangerous),
            ("functools", "partial", Dangerous),
            ("_functools", "partial", Dangerous),
            ("types", "CodeType", Dangerous),
            ("numpy", "load", Dangerous),
            ("torch.storage", "_load_from_bytes", Dangerous),
            ("torch.serialization", "os.system", Dangerous),
            ("torch.serialization", "os", Dangerous),
            ("builtins", "dict.__class__", Dangerous),
            ("pathlib", "Path.unlink", Dangerous),
            ("my.code", "f.__globals__", Dangerous),
            ("cloudpickle.cloudpickle", "_make_function", EmbedsCode),
            ("cloudpickle.cloudpickle", "subimport", EmbedsCode),
            ("dill._dill", "_create_function", EmbedsCode),
            ("builtins", "dict", Harmless),
            ("__builtin__", "set", Harmless),
            ("builtins", "ValueError", Harmless),
            ("collections", "OrderedDict", Harmless),
            ("numpy._core.multiarray", "_reconstruct", Harmless),
            ("numpy.core.multiarray", "scalar", Harmless),
            ("torch._utils", "_rebuild_tensor_v2", Harmless),
            ("torch", "FloatStorage", Harmless),
            ("collections", "namedtuple", Custom),
            ("builtins", "print", Custom),
            ("oslo", "system", Custom),
            ("tinyecho", "Echo", Custom),
            ("my.code", "Outer.Inner", Custom),
            ("my.code", "Outer.__init__", Custom),
            ("sklearn.linear_model._base", "LinearRegression", Custom),
        ];
        for &(module, name, expected) in cases {
            assert_eq!(classify(module, name).danger, expected, "{module} {name}");
        }
    }
}
