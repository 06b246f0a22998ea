//! The code that is found by its imports is what Python imports, and what MLflow infers.

use crate::support::fixtures::repository;
use crate::support::python::{MLFLOW, ask, site_packages};
use envelope_deps::imports::{FirstParty, Start, first_party};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

fn needed(root: &Path, module: &str) -> FirstParty {
    let start = Start::Module(module.to_owned());
    first_party(&[root.to_owned()], &[start]).unwrap()
}

fn files(found: &FirstParty) -> BTreeSet<String> {
    let paths = found.files.iter().map(|file| file.path.to_str().unwrap());
    paths.map(str::to_owned).collect()
}

fn strings(value: &Value) -> BTreeSet<String> {
    serde_json::from_value(value.clone()).unwrap()
}

/// What no scan sees: `SQLAlchemy` loads these by names that it joins from parts.
const COMPUTED: [&str; 2] = [
    "sqlalchemy/orm/dependency.py",
    "sqlalchemy/sql/default_comparator.py",
];

/// Well-known packages, which import by every trick that there is.
#[test]
fn everything_that_python_imports_is_found() {
    let root = site_packages(MLFLOW[2]);
    let modules = [
        "alembic",
        "click",
        "flask",
        "graphene",
        "huey",
        "jinja2",
        "mako.template",
        "requests",
        "sqlalchemy.orm",
        "sqlparse",
        "starlette.applications",
        "werkzeug",
        "yaml",
    ];
    let case = |module: &&str| json!({"root": root, "module": module});
    let cases: Vec<Value> = modules.iter().map(case).collect();
    let answers = ask(MLFLOW[2], "imported.py", &cases);
    for (module, answer) in modules.into_iter().zip(&answers) {
        let found = needed(&root, module);
        let (taken, imported) = (files(&found), strings(answer));
        let lost: Vec<&String> = imported.difference(&taken).collect();
        let is_told = !found.cannot_know.is_empty();
        let is_computed = |path: &&&String| is_told && COMPUTED.contains(&path.as_str());
        let computed = lost.iter().filter(is_computed).count();
        assert_eq!(lost.len(), computed, "{module}: {lost:?}");
        assert!(!imported.is_empty(), "{module}");
    }
}

/// The example's class needs what MLflow would take along for it, and no module of the training.
#[test]
fn the_code_of_the_example_is_what_mlflow_infers() {
    let root = repository().join("example/src");
    let module = "train_pytorch.envelope";
    let case = json!({
        "root": root,
        "module": module,
        "class": "ItemPriceModel",
        "artifacts": {"model": repository().join("example/artifacts/model.onnx")},
    });
    let answers = ask(MLFLOW[2], "inferred_code.py", &[case]);
    let found = needed(&root, module);
    let expected = ["__init__", "constants", "envelope"];
    let expected = expected.map(|name| format!("train_pytorch/{name}.py"));
    assert_eq!(strings(&answers[0]), files(&found));
    assert_eq!(files(&found), BTreeSet::from(expected));
    assert!(found.missing.is_empty() && found.cannot_know.is_empty());
}
