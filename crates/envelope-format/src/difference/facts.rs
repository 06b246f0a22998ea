//! What `MLmodel` and the environment files say, one fact a leaf of their documents.

use crate::environment::{CondaDependency, CondaEnv, PythonEnv};
use crate::package::Package;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Inputs, outputs and parameters.
    Signature,
    /// How the model is loaded: flavors and their settings.
    Model,
    /// Python, conda and what builds packages.
    Environment,
    /// Metadata and tags.
    Metadata,
    /// Run, commit, command line: where the package came from.
    Provenance,
}

/// A fact that is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactChange {
    /// What it is about.
    pub topic: Topic,
    /// Its name: the keys down to it, with dots between them.
    pub name: String,
    /// What it was; nothing where it was not there.
    pub before: Option<Value>,
    /// What it is now.
    pub after: Option<Value>,
}

type Facts = BTreeMap<(Topic, String), Value>;

pub(super) fn changes(before: &Package, after: &Package) -> Vec<FactChange> {
    let changed = super::changed(facts(before), facts(after));
    let change = |((topic, name), before, after)| FactChange {
        topic,
        name,
        before,
        after,
    };
    changed.map(change).collect()
}

/// Keys of `MLmodel` that say nothing of their own: digests and sizes follow from the files.
const DERIVED: [&str; 5] = [
    "flavors.envelope.digests",
    "model_size_bytes",
    "model_uuid",
    "signature",
    "utc_time_created",
];

fn facts(package: &Package) -> Facts {
    let mut leaves = Vec::new();
    let document = package.mlmodel().document().to_json();
    add_leaves(String::new(), document, &mut leaves);
    let mut facts: Facts = leaves
        .into_iter()
        .map(|(name, value)| ((topic(&name), name), value))
        .collect();
    add_signature(package, &mut facts);
    if let Ok(Some(conda)) = package.conda_env() {
        add_conda(&conda, &mut facts);
    }
    if let Ok(Some(python)) = package.python_env() {
        add_python(&python, &mut facts);
    }
    facts
}

fn add_leaves(name: String, value: Value, leaves: &mut Vec<(String, Value)>) {
    let is_derived = DERIVED.contains(&name.as_str());
    match value {
        Value::Object(entries) if !is_derived => {
            for (key, value) in entries {
                let inner = if name.is_empty() {
                    key
                } else {
                    format!("{name}.{key}")
                };
                add_leaves(inner, value, leaves);
            }
        }
        Value::Null => {}
        value if !is_derived => leaves.push((name, value)),
        _ => {}
    }
}

fn topic(name: &str) -> Topic {
    let begins = |with: &str| {
        let rest = name.strip_prefix(with);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let any = |all: &[&str]| all.iter().any(|with| begins(with));
    if any(&["metadata", "flavors.envelope.tags"]) {
        Topic::Metadata
    } else if any(&[
        "run_id",
        "model_id",
        "artifact_path",
        "flavors.envelope.run",
        "flavors.envelope.provenance",
    ]) {
        Topic::Provenance
    } else if any(&[
        "flavors.python_function.env",
        "flavors.python_function.python_version",
        "flavors.envelope.requirements",
        "mlflow_version",
    ]) {
        Topic::Environment
    } else {
        Topic::Model
    }
}

/// The signature by its columns, tensors and parameters; as it stands where it cannot be read.
fn add_signature(package: &Package, facts: &mut Facts) {
    let Some(node) = package.mlmodel().signature() else {
        return;
    };
    for (part, text) in node.entries().unwrap_or_default() {
        let (Some(part), Some(text)) = (part.text(), text.text()) else {
            continue;
        };
        let parsed = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        let items = match parsed {
            Value::Array(items) => items,
            Value::Null => continue,
            other => vec![other],
        };
        for (place, mut item) in items.into_iter().enumerate() {
            let name = item.as_object_mut().and_then(|item| item.remove("name"));
            let name = match name {
                Some(Value::String(name)) => name,
                Some(name) => name.to_string(),
                None => place.to_string(),
            };
            facts.insert((Topic::Signature, format!("{part}.{name}")), item);
        }
    }
}

fn add_conda(conda: &CondaEnv, facts: &mut Facts) {
    let mut add = |name: &str, value: Value| {
        facts.insert((Topic::Environment, format!("conda.{name}")), value);
    };
    add("channels", Value::from(conda.channels.clone()));
    for dependency in &conda.dependencies {
        // What pip installs is in `requirements.txt` as well.
        if let CondaDependency::Package(text) = dependency {
            let end = text.find(['=', '<', '>', '!', ' ']).unwrap_or(text.len());
            let (name, version) = text.split_at(end);
            let version = match version.trim_start_matches(['=', ' ']) {
                "" => "any version",
                version => version,
            };
            add(name, Value::from(version));
        }
    }
}

fn add_python(python: &PythonEnv, facts: &mut Facts) {
    let mut add = |name: &str, value: Value| {
        facts.insert((Topic::Environment, format!("python_env.{name}")), value);
    };
    if let Some(version) = &python.python {
        add("python", Value::from(version.as_str()));
    }
    add(
        "build_dependencies",
        Value::from(python.build_dependencies.clone()),
    );
}
