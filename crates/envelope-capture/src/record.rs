//! The record of a run: everything that is known about it in one structure, and the folder that it is
//! kept in. Who writes it when, and what of it is shown, is for the program.
//!
//! A folder of a run holds these files; each is there whole or not at all.
//!
//! | file | what it holds |
//! |---|---|
//! | `record.json` | the [`Record`] |
//! | `metrics.jsonl` | the samples, one JSON object a line: `timestamp_ms`, `step`, `values` |
//! | `uncommitted_changes.patch` | what was not committed, for `git apply` |
//! | `uncommitted_changes.html` | the same, to look at |

mod folder;
mod id;

pub use folder::{MetricsFile, RunFolder, list};
pub use id::RunId;

use crate::changes::{Changes, Inexact, LeftOut};
use crate::known::Known;
use crate::provenance::Provenance;
use crate::redact::{Effect, MaskedLine};
use crate::run::Outcome;
use serde::{Deserialize, Serialize};

/// The version of the structure. A program that knows an older one refuses a newer.
pub const SCHEMA_VERSION: u32 = 1;

/// The file with the record.
pub const RECORD: &str = "record.json";
/// The file with the samples.
pub const METRICS: &str = "metrics.jsonl";
/// The file with what was not committed.
pub const PATCH: &str = "uncommitted_changes.patch";
/// The same, to look at.
pub const PAGE: &str = "uncommitted_changes.html";

/// What is known about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA_VERSION`] when it was written.
    pub schema_version: u32,
    /// The run's own name.
    pub id: RunId,
    /// When the record was begun, in milliseconds since 1970.
    pub created_ms: i64,
    /// The program that wrote it, with its version.
    pub recorded_by: String,
    /// Who started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What was known before it started.
    pub provenance: Provenance,
    /// What was not committed.
    pub changes: Known<Uncommitted>,
    /// How it ended; absent while it runs, and where nobody was left to write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Record {
    /// Begins the record of a run in its folder.
    pub fn new(
        folder: &RunFolder,
        recorded_by: impl Into<String>,
        provenance: Provenance,
        changes: Known<Uncommitted>,
    ) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            id: folder.id().clone(),
            created_ms: folder.created_ms(),
            recorded_by: recorded_by.into(),
            user: None,
            provenance,
            changes,
            outcome: None,
        }
    }
}

/// What the record says of uncommitted changes; the changes themselves are files beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncommitted {
    /// Whether the files were those of the commit.
    pub is_clean: bool,
    /// Whether the patch gives back the files as they were, to the byte.
    pub restores_all: bool,
    /// What the patch does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// What it holds, but does not restore to the byte.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inexact: Vec<Inexact>,
    /// The lines in which secrets were masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<MaskedLine>,
}

impl Uncommitted {
    /// Sums up changes in whose patch nothing is masked.
    pub fn new(changes: &Changes) -> Self {
        Self {
            is_clean: changes.is_clean(),
            restores_all: changes.left_out.is_empty() && changes.inexact.is_empty(),
            left_out: changes.left_out.clone(),
            inexact: changes.inexact.clone(),
            masked: Vec::new(),
        }
    }

    /// The same, with these lines masked in the patch.
    #[must_use]
    pub fn masking(mut self, lines: Vec<MaskedLine>) -> Self {
        self.restores_all &= lines.iter().all(|line| line.effect == Effect::Unchanged);
        self.masked = lines;
        self
    }
}
