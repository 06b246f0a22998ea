//! What the commands about packages answer.

use crate::commands::package::Made;
use envelope_deps::Place;
use envelope_deps::imports::FirstParty;
use envelope_format::Severity;
use envelope_format::verify::Report;
use serde_json::{Value, json};

/// What was made.
pub(crate) fn sealed(made: &Made) -> Value {
    let (sealed, name, kind) = (made.sealed, made.name, made.kind);
    let example = made
        .trial
        .as_ref()
        .map(|tried| json!({"outcome": tried.word, "message": tried.words}));
    json!({
        "package": sealed.path.to_string_lossy(),
        "name": name,
        "kind": kind,
        "model_uuid": sealed.model_uuid,
        "files": sealed.files,
        "size_bytes": sealed.size_bytes,
        "example": example,
        "provenance": made.origin,
        "code": made.own_code.map(own_code),
    })
}

/// The code that was found by its imports, and what may be missing of it.
fn own_code(found: &FirstParty) -> Value {
    let needed_by = |place: &Option<Place>| place.as_ref().map(ToString::to_string);
    let files = found.files.iter().map(|file| {
        let path = file.path.to_string_lossy();
        json!({"path": path, "needed_by": needed_by(&file.needed_by)})
    });
    let missing = found
        .missing
        .iter()
        .map(|one| json!({"module": one.module, "needed_by": needed_by(&one.needed_by)}));
    let unknown = found.cannot_know.iter();
    let unknown = unknown.map(|one| json!({"place": one.place.to_string(), "what": one.what}));
    json!({
        "files": files.collect::<Value>(),
        "missing": missing.collect::<Value>(),
        "cannot_know": unknown.collect::<Value>(),
    })
}

/// What was found.
pub(crate) fn findings(package: &str, report: &Report) -> Value {
    json!({
        "package": package,
        "findings": report.findings,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "notes": report.count(Severity::Note),
        "mlflow_loads": report.mlflow_loads,
        "mlflow_loads_without_pickle": report.mlflow_loads_without_pickle,
    })
}
