//! JSON for programs: two spaces, keys in a fixed order, a line break at the end.

use crate::diagnose::Diagnosis;
use crate::plain_text::clean_json;
use envelope_format::Severity;
use envelope_format::package::Sealed;
use envelope_format::verify::Report;
use serde::Serialize;
use serde_json::{Value, json};

/// The document as text.
pub(crate) fn text(document: &impl Serialize) -> String {
    match serde_json::to_string_pretty(document) {
        Ok(text) => clean_json(&text).into_owned() + "\n",
        // Only maps whose keys are no text could fail; no document here has one.
        Err(error) => json!({"error": {"message": error.to_string()}}).to_string() + "\n",
    }
}

/// Why something could not be done.
pub(crate) fn failure(diagnosis: &Diagnosis) -> String {
    text(&json!({ "error": diagnosis }))
}

/// What was made.
pub(crate) fn sealed(sealed: &Sealed, name: &str, kind: &str) -> Value {
    json!({
        "package": sealed.path.to_string_lossy(),
        "name": name,
        "kind": kind,
        "model_uuid": sealed.model_uuid,
        "files": sealed.files,
        "size_bytes": sealed.size_bytes,
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
