//! What is told when something cannot be recorded.

use super::Diagnosis;
use envelope_capture::Error;

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::Start { .. } => Some("check the name; `command -v` says where a program is"),
            Error::Record { .. } => Some("give another folder"),
            _ => None,
        };
        Self {
            message: error.to_string(),
            hint: hint.map(str::to_owned),
            ..Self::default()
        }
    }
}
