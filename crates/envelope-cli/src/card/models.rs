//! The model files of a package, as far as they can be described in no time.

use envelope_format::archive::Effort;
use envelope_format::model_file::{self, ModelFile};
use envelope_format::pickle::Limits;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Files described at most; the rest is listed.
const MAX_DESCRIBED: usize = 24;
/// Bytes of pickles read in one file at most.
const MAX_PICKLE_BYTES: u64 = 1 << 20;
/// Opcodes of pickles followed in one file at most.
const MAX_OPCODES: u64 = 50_000;

/// A model file.
#[derive(Debug, Serialize)]
pub(crate) struct ModelEntry {
    /// Its size, unless it is neither described nor shown.
    pub(crate) size_bytes: Option<u64>,
    /// What it is, in a line.
    pub(crate) summary: Option<String>,
    /// Whether only a part of a long pickle was read; `verify` reads all.
    pub(crate) read_in_part: bool,
    /// All that is known about it.
    pub(crate) description: Option<ModelFile>,
    /// Why there is no description; neither where there are too many model files.
    pub(crate) error: Option<String>,
}

/// Describes model files in a folder, by path; `size_bytes` tells the sizes that are known already.
pub(super) fn describe(
    folder: &Path,
    files: &[&str],
    size_bytes: impl Fn(&str) -> Option<u64>,
) -> BTreeMap<String, ModelEntry> {
    let entry = |(index, path): (usize, &&str)| {
        let described = (index < MAX_DESCRIBED).then(|| folder.join(path));
        let entry = ModelEntry::of(described.as_deref(), size_bytes(path));
        ((*path).to_owned(), entry)
    };
    files.iter().enumerate().map(entry).collect()
}

impl ModelEntry {
    /// Describes a file; without its path only its size is told, if that is known.
    pub(super) fn of(path: Option<&Path>, size_bytes: Option<u64>) -> Self {
        let measured = || Some(path?.symlink_metadata().ok()?.len());
        let size_bytes = size_bytes.or_else(measured);
        let effort = Effort {
            pickle: Limits {
                max_bytes: MAX_PICKLE_BYTES,
                max_opcodes: MAX_OPCODES,
                ..Limits::default()
            },
            archive_bytes: MAX_PICKLE_BYTES,
        };
        let (description, error) = match path.map(|path| model_file::describe_file(path, effort)) {
            Some(Ok(description)) => (Some(description), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Self {
            size_bytes,
            summary: description.as_ref().map(ModelFile::summary),
            read_in_part: description.as_ref().is_some_and(is_read_in_part),
            description,
            error,
        }
    }
}

/// The class that a pickle makes one object of, where it does nothing else.
pub(super) fn named_class(path: &str, files: &BTreeMap<String, ModelEntry>) -> Option<String> {
    let description = files.get(path)?.description.as_ref()?;
    let report = description.pickles().next()?;
    let class = report
        .names_only_one_class()
        .then(|| report.globals.first())??;
    Some(class.to_string())
}

fn is_read_in_part(file: &ModelFile) -> bool {
    let reached = |fault: &envelope_format::pickle::Fault| fault.kind.is_limit();
    let unread = match file {
        ModelFile::Onnx(_) => false,
        ModelFile::Weights(weights) => !weights.unread.is_empty(),
    };
    unread
        || file
            .pickles()
            .any(|pickle| pickle.fault.as_ref().is_some_and(reached))
}
