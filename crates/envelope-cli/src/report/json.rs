//! JSON for programs: two spaces, keys in a fixed order, a line break at the end.

mod deps;
#[cfg(feature = "infer")]
mod infer;
#[cfg(feature = "package")]
mod package;
#[cfg(feature = "package")]
mod request;
pub(crate) use deps::{diff, holdings, pruned, suggestion, updated, why};
#[cfg(feature = "infer")]
pub(crate) use infer::{compared, devices, inferred, operators, survey};
#[cfg(feature = "package")]
pub(crate) use package::{findings, sealed};
#[cfg(feature = "package")]
pub(crate) use request::checked;

use crate::diagnose::Diagnosis;
use crate::plain_text::clean_json;
use serde::Serialize;
use serde_json::json;

/// The document as text.
pub(crate) fn text(document: &impl Serialize) -> String {
    match serde_json::to_string_pretty(document) {
        Ok(text) => clean_json(&text).into_owned() + "\n",
        // Only maps whose keys are no text could fail; no document here has one.
        Err(error) => json!({"error": {"message": error.to_string()}}).to_string() + "\n",
    }
}

/// Why something could not be done. Failures of `deps` have a word, for scripts.
pub(crate) fn failure(diagnosis: &Diagnosis) -> String {
    match &diagnosis.code {
        Some(code) => text(&json!({
            "error": code.word,
            "detail": code.detail,
            "message": diagnosis.message,
            "hint": diagnosis.hint,
        })),
        None => text(&json!({ "error": diagnosis })),
    }
}
