//! What is told when something cannot be recorded.

use super::Diagnosis;
use envelope_capture::Error;
use envelope_capture::redact::MaskedLine;
use std::path::Path;

/// As many lines are named.
const NAMED: usize = 5;

impl Diagnosis {
    /// A record that says there is a patch, and none is there.
    pub(crate) fn of_lost_patch(patch: &Path) -> Self {
        Self::new(
            format!(
                "found no `{}`, though the run had changes that were not committed",
                patch.display()
            ),
            "put it back, or choose another run with --from-run, or --no-provenance",
        )
    }

    /// Secrets in what is not committed.
    pub(crate) fn of_secrets(lines: &[MaskedLine]) -> Self {
        let named = lines.iter().take(NAMED);
        let named = named.map(|line| format!("`{}:{}` ({})", line.path, line.line, line.rule));
        let more = match lines.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let named = named.collect::<Vec<_>>().join(", ");
        Self::new(
            format!("found secrets in what is not committed: {named}{more}"),
            "take them out, or choose `--secrets mask` or `--secrets keep`",
        )
    }
}

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
