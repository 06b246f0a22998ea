//! What is told when a package cannot be run in its Python.

use super::{Code, Diagnosis, io_hint};
use envelope_python::{Error, FailureKind};
use serde_json::json;

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        let hint = hint(&error);
        let mut message = error.to_string();
        if let Some(log) = error.log().filter(|log| !message.contains(*log)) {
            message = format!("{message}\nit printed:\n{}", log.trim_end());
        }
        let mut diagnosis = Self {
            message,
            hint,
            ..Self::default()
        };
        if let Error::Refused { failure } = &error {
            let is_request = matches!(
                failure.kind,
                FailureKind::Parse | FailureKind::Enforce | FailureKind::Params
            );
            if is_request {
                diagnosis.message = format!("the request is refused: {}", failure.message);
                diagnosis.code = Some(Box::new(Code {
                    word: "REFUSED",
                    detail: json!({"error_code": failure.error_code, "http_status": failure.http_status}),
                    is_refusal: true,
                }));
            } else {
                let traceback = failure.traceback.trim_end();
                diagnosis.message = format!("the model failed: {}\n{traceback}", failure.message);
            }
        }
        diagnosis
    }
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::Io { source, .. } => return io_hint(source),
        _ if error.lacks_mlflow() => {
            "`--install-mlflow` adds MLflow in the version that the package was made with"
        }
        Error::Untrusted { .. } => {
            "pass `--allow-pickle` if you trust whoever made the package; `envelope verify` tells \
             what its pickles name"
        }
        Error::NoProgram { .. } => {
            "install one of them, or choose another with `--env-manager`; `envelope predict --help` \
             lists them"
        }
        Error::NoPython { .. } => "install that Python, or let uv fetch it: `uv python install`",
        Error::TimedOut { .. } => "allow more time with `--timeout SECONDS`",
        _ => return None,
    };
    Some(hint.to_owned())
}
