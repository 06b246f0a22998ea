//! What was recorded from MLflow, a list of cases in a JSON file.

use envelope_format::json::Json;

/// The cases of a file.
pub(crate) fn cases(text: &str) -> Vec<Json> {
    Json::parse(text.as_bytes())
        .unwrap()
        .as_array()
        .unwrap()
        .to_vec()
}

/// The text under a key of a case.
pub(crate) fn text<'a>(case: &'a Json, key: &str) -> Option<&'a str> {
    case.get(key).and_then(Json::as_str)
}
