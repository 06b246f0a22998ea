//! What the commands about packages answer.

use crate::commands::package::Made;
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
