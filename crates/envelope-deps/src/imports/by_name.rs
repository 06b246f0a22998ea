//! Modules that code loads by their names: where the name stands there, and where it does not.
//!
//! The tables name functions of well-known packages after those packages' own documentation.

use super::ImportKind;
use super::statements::File;
use super::tokens::{Kind, Token};

/// Functions that load the installed packages that their arguments, a file or a plugin name; by their
/// last names, and what is said of them.
const CALLS: &[(&str, &str)] = &[
    ("entry_points", "looks for plugins by their entry points"),
    (
        "iter_entry_points",
        "looks for plugins by their entry points",
    ),
    (
        "load_entry_point",
        "looks for plugins by their entry points",
    ),
    (
        "create_engine",
        "loads the driver that the database's address names",
    ),
    (
        "create_async_engine",
        "loads the driver that the database's address names",
    ),
    (
        "read_sql",
        "loads the driver that the database's address names",
    ),
    (
        "read_parquet",
        "loads the engine for Parquet: pyarrow or fastparquet",
    ),
    (
        "to_parquet",
        "loads the engine for Parquet: pyarrow or fastparquet",
    ),
    (
        "read_excel",
        "loads the engine for the workbook, such as openpyxl",
    ),
    (
        "to_excel",
        "loads the engine for the workbook, such as openpyxl",
    ),
    ("read_hdf", "loads tables"),
    ("to_hdf", "loads tables"),
    ("read_feather", "loads pyarrow"),
    (
        "load_model",
        "loads the packages that the model was made with",
    ),
];

/// The same of functions that may as well load the project's own modules.
const OWN_CALLS: &[(&str, &str)] = &[
    ("iter_modules", "looks for modules in folders"),
    ("walk_packages", "looks for modules in folders"),
    ("find_spec", "looks for a module by its name"),
    ("spec_from_file_location", "loads a module from a file"),
    ("run_module", "executes a module by its name"),
    ("run_path", "executes a file by its name"),
    ("exec", "executes a text"),
];

/// Functions whose last names are too common to tell; with the module they belong to.
const CALLS_OF: &[(&str, &str, &str)] = &[
    ("pickle", "load", PICKLE),
    ("pickle", "loads", PICKLE),
    ("cloudpickle", "load", PICKLE),
    ("cloudpickle", "loads", PICKLE),
    ("dill", "load", PICKLE),
    ("dill", "loads", PICKLE),
    ("joblib", "load", PICKLE),
    ("torch", "load", PICKLE),
    ("skops", "load", PICKLE),
    ("sio", "load", PICKLE),
    ("pd", "read_pickle", PICKLE),
    ("pandas", "read_pickle", PICKLE),
    ("fsspec", "open", FILE_SYSTEM),
    ("fsspec", "filesystem", FILE_SYSTEM),
];

const PICKLE: &str = "loads the modules that the pickle names";
const FILE_SYSTEM: &str = "loads the file system that the address names";

/// The flavors of MLflow that load a package of another name than `mlflow`:
/// <https://mlflow.org/docs/latest/ml/traditional-ml/>.
const FLAVORS: &[(&str, &str)] = &[
    ("catboost", "catboost"),
    ("diviner", "diviner"),
    ("dspy", "dspy"),
    ("h2o", "h2o"),
    ("johnsnowlabs", "johnsnowlabs"),
    ("keras", "keras"),
    ("langchain", "langchain"),
    ("lightgbm", "lightgbm"),
    ("llama_index", "llama_index"),
    ("onnx", "onnx"),
    ("openai", "openai"),
    ("paddle", "paddle"),
    ("pmdarima", "pmdarima"),
    ("prophet", "prophet"),
    ("pytorch", "torch"),
    ("sentence_transformers", "sentence_transformers"),
    ("shap", "shap"),
    ("sklearn", "sklearn"),
    ("spacy", "spacy"),
    ("spark", "pyspark"),
    ("statsmodels", "statsmodels"),
    ("tensorflow", "tensorflow"),
    ("transformers", "transformers"),
    ("xgboost", "xgboost"),
];

/// The modules that MLflow loads where its flavors are imported: `mlflow.sklearn`.
pub(super) fn flavors(module: &str, names: &[String]) -> Vec<&'static str> {
    let Some(rest) = module.strip_prefix("mlflow") else {
        return Vec::new();
    };
    let loaded = |name: &str| {
        let found = FLAVORS.iter().find(|(flavor, _)| *flavor == name);
        found.map(|(_, module)| *module)
    };
    match rest.strip_prefix('.') {
        Some(rest) => loaded(rest.split('.').next().unwrap_or_default())
            .into_iter()
            .collect(),
        None if rest.is_empty() => names.iter().filter_map(|name| loaded(name)).collect(),
        None => Vec::new(),
    }
}

/// Finds calls that import by a name, and uses of MLflow's flavors.
pub(super) fn find(file: &mut File, tokens: &[Token], kind: ImportKind) {
    let is_import = tokens
        .first()
        .is_some_and(|first| first.is("import") || first.is("from"));
    if is_import {
        return;
    }
    for (place, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Name {
            continue;
        }
        if token.is("mlflow") && tokens.get(place + 1).is_some_and(|next| next.is_sign(b'.')) {
            flavor(file, &tokens[place..], kind);
        }
        let is_call = tokens.get(place + 1).is_some_and(|next| next.is_sign(b'('));
        let is_definition =
            place > 0 && (tokens[place - 1].is("def") || tokens[place - 1].is("class"));
        if is_call && !is_definition {
            call(file, tokens, place, kind);
        }
    }
}

fn flavor(file: &mut File, tokens: &[Token], kind: ImportKind) {
    let (name, _) = super::statements::dotted(tokens);
    for module in flavors(&name, &[]) {
        let kind = ImportKind::ByName.max(kind);
        file.add(module.to_owned(), Vec::new(), tokens[0].line, kind);
    }
}

fn call(file: &mut File, tokens: &[Token], place: usize, kind: ImportKind) {
    let token = tokens[place];
    if token.is("import_module") || token.is("__import__") {
        return import_module(file, tokens, place, kind);
    }
    let owner = match place {
        0 | 1 => None,
        _ => tokens[place - 1]
            .is_sign(b'.')
            .then(|| tokens[place - 2])
            .filter(|owner| owner.kind == Kind::Name),
    };
    let is_attribute = place > 0 && tokens[place - 1].is_sign(b'.');
    let name = token.as_text();
    let name = name.as_ref();
    let said = named(CALLS, name)
        .map(|said| (said, false))
        // `exec` of another object is no matter of modules.
        .or_else(|| {
            let said = named(OWN_CALLS, name).filter(|_| !(is_attribute && name == "exec"));
            said.map(|said| (said, true))
        })
        .or_else(|| {
            let of = |one: &&(&str, &str, &str)| {
                one.1 == name && owner.is_some_and(|owner| owner.is(one.0))
            };
            let said = CALLS_OF.iter().find(of).map(|(.., said)| *said);
            said.map(|said| (said, said == PICKLE))
        });
    if let Some((said, may_be_own)) = said {
        let shown = match owner {
            Some(owner) => format!("{}.{name}", owner.as_text()),
            None => name.to_owned(),
        };
        file.cannot_know(token.line, format!("`{shown}` {said}"), may_be_own);
    }
}

fn named(calls: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let found = calls.iter().find(|(call, _)| *call == name);
    found.map(|(_, said)| *said)
}

/// `importlib.import_module("a.b")`, or with a name that is computed.
fn import_module(file: &mut File, tokens: &[Token], place: usize, kind: ImportKind) {
    let token = tokens[place];
    let ends = |token: &Token| token.is_sign(b')') || token.is_sign(b',');
    match (tokens.get(place + 2), tokens.get(place + 3)) {
        (Some(named), Some(next)) if named.kind == Kind::Text && ends(next) => {
            let module = named.as_text();
            let kind = ImportKind::ByName.max(kind);
            if is_module(&module) {
                file.add(module.into_owned(), Vec::new(), token.line, kind);
            } else if is_module(module.trim_start_matches('.')) {
                file.add_relative(module.into_owned(), Vec::new(), token.line, kind);
            }
        }
        _ => {
            let name = token.as_text();
            let what = format!("`{name}` imports a module whose name is computed");
            file.cannot_know(token.line, what, true);
        }
    }
}

fn is_module(text: &str) -> bool {
    text.split('.').all(is_name)
}

/// Whether a text can be a part of a module's name.
pub(super) fn is_name(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use crate::imports::Scan;
    use std::path::Path;

    /// The modules that are loaded by name, and what cannot be known.
    fn found(text: &str) -> (Vec<String>, Vec<String>) {
        let mut scan = Scan::default();
        scan.add_text(Path::new("a.py"), text.as_bytes());
        let modules = scan.imports.into_iter().map(|one| one.module);
        let unknown = scan
            .cannot_know
            .into_iter()
            .map(|one| format!("{}: {}", one.place, one.what));
        (modules.collect(), unknown.collect())
    }

    #[test]
    fn names_that_stand_there_are_imports() {
        for (text, modules) in [
            ("importlib.import_module('a.b')", vec!["a.b"]),
            ("x = import_module(\"a\", package=None)", vec!["a"]),
            ("__import__('a')", vec!["a"]),
            ("import_module('.a', __name__)", vec![]),
            ("mlflow.sklearn.load(x)", vec!["sklearn"]),
            ("import mlflow.pytorch", vec!["torch", "mlflow.pytorch"]),
            (
                "from mlflow import spark, pyfunc",
                vec!["pyspark", "mlflow"],
            ),
            ("mlflow.log_metric('a', 1)\nmlflowx.sklearn", vec![]),
        ] {
            let (found, unknown) = found(text);
            assert_eq!(found, modules, "{text}");
            assert!(unknown.is_empty(), "{text}: {unknown:?}");
        }
    }

    #[test]
    fn names_that_do_not_stand_there_cannot_be_known() {
        for (text, said) in [
            (
                "\nimportlib.import_module(name)",
                "a.py:2: `import_module` imports a module whose name is computed",
            ),
            (
                "import_module('a' + b)",
                "a.py:1: `import_module` imports a module whose name is computed",
            ),
            (
                "f(\n  __import__(f'a.{b}'))",
                "a.py:2: `__import__` imports a module whose name is computed",
            ),
            (
                "for e in entry_points(group='x'): pass",
                "a.py:1: `entry_points` looks for plugins by their entry points",
            ),
            (
                "model = joblib.load(path)",
                "a.py:1: `joblib.load` loads the modules that the pickle names",
            ),
            (
                "mlflow.pyfunc.load_model(uri)",
                "a.py:1: `pyfunc.load_model` loads the packages that the model was made with",
            ),
        ] {
            let (modules, unknown) = found(text);
            assert_eq!(unknown, [said], "{text}");
            assert!(modules.is_empty(), "{text}");
        }
        for text in ["def entry_points(): pass", "json.load(f)", "cursor.exec(x)"] {
            assert!(found(text).1.is_empty(), "{text}");
        }
    }
}
