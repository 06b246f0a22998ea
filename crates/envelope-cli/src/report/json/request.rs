//! Requests that were checked, as JSON.

use crate::commands::check_input::Checked;
use envelope_format::json::{Json, object};

/// What a model would receive, or why not.
pub(crate) fn checked(checked: &Checked) -> String {
    let json = match checked {
        Checked::Accepted(received, signature) => {
            let declared = signature.params.as_deref().unwrap_or_default();
            let params = received.params_json(declared).unwrap_or(Json::Null);
            object([
                ("accepted", true.into()),
                ("http_status", 200.into()),
                ("received", received.data_json()),
                ("params_received", params),
                ("unwrapped", received.is_unwrapped.into()),
            ])
        }
        Checked::Refused(refusal) => {
            let params: Vec<Json> = refusal
                .params
                .iter()
                .map(|name| name.as_str().into())
                .collect();
            let code = refusal.stage.error_code();
            object([
                ("accepted", false.into()),
                ("stage", checked.stage().unwrap_or_default().into()),
                ("http_status", i64::from(refusal.stage.http_status()).into()),
                ("error_code", code.map_or(Json::Null, Json::from)),
                (
                    "column",
                    refusal.column.as_deref().map_or(Json::Null, Json::from),
                ),
                ("params", Json::Array(params)),
                ("message", refusal.to_string().into()),
            ])
        }
        Checked::NoSignature(error) => object([
            ("accepted", false.into()),
            ("stage", "signature".into()),
            ("http_status", Json::Null),
            ("error_code", "INVALID_PARAMETER_VALUE".into()),
            ("column", Json::Null),
            ("params", Json::Array(Vec::new())),
            ("message", error.to_string().into()),
        ]),
    };
    json.to_python_pretty(2) + "\n"
}
