//! What is told when a model cannot be loaded or run.

use super::{Diagnosis, io_hint};
use envelope_infer::{Error, PredictError, Session};
use std::path::Path;

impl Diagnosis {
    /// An input's file that holds no tensor.
    pub(crate) fn of_input_file(path: &Path, message: &str) -> Self {
        Self::new(
            format!("`{}`: {message}", path.display()),
            "inputs are .npy files, as `numpy.save` writes them, or .pb files of ONNX's test data",
        )
    }

    /// An input without a name.
    pub(crate) fn of_unnamed_input(word: &str, session: &Session) -> Self {
        let names: Vec<String> = session
            .inputs()
            .iter()
            .map(|info| format!("`{}` ({})", info.name, info.described()))
            .collect();
        Self::new(
            format!("found `--input {word}`, expected NAME=FILE or a .npz file"),
            format!("the model's inputs are {}", names.join(", ")),
        )
    }
}

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        let hint = match &error {
            Error::Io { source, .. } => io_hint(source),
            Error::Refused { .. } => Some(
                "`envelope operators MODEL` lists what the model needs; `envelope operators` lists \
                 what can run"
                    .to_owned(),
            ),
            Error::Device { .. } => {
                Some("`envelope infer --list-devices` lists what there is".to_owned())
            }
            Error::Input { .. } => Some("give inputs with `--input NAME=FILE.npy`".to_owned()),
            _ => None,
        };
        Self {
            message: error.to_string(),
            hint,
            ..Self::default()
        }
    }
}

impl From<PredictError> for Diagnosis {
    fn from(error: PredictError) -> Self {
        match error {
            PredictError::Refused(refusal) => refusal.into(),
            PredictError::Model(error) => error.into(),
            PredictError::Package(error) => error.into(),
            PredictError::NotNative { .. } => Self::new(
                error.to_string(),
                "let Python run it: `--env-manager uv` builds its environment, `--env-manager local` \
                 takes the Python that is there",
            ),
            other => Self {
                message: other.to_string(),
                ..Self::default()
            },
        }
    }
}
