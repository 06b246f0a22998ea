//! The files of two packages, by path.

use crate::archive;
use crate::error::Error;
use crate::mlmodel::{self, PythonFunction};
use crate::model_file;
use crate::package::{Digest, Package};
use crate::relative_path::RelativePath;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Texts up to this size are compared line by line.
const MAX_TEXT_BYTES: u64 = 4 << 20;
/// A comparison of lines that takes longer is finished more coarsely.
const LINES_TIME_LIMIT: Duration = Duration::from_secs(2);

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A model, pickled or not.
    Weights,
    /// Python.
    Code,
    /// Requirements and environments.
    Environment,
    /// Examples, artifacts and all else.
    Data,
}

/// A file that came, went, or holds something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Where it lies in the package.
    pub path: String,
    /// What it is for.
    pub kind: FileKind,
    /// What it was; nothing where it was not there.
    pub before: Option<FileFacts>,
    /// What it is now.
    pub after: Option<FileFacts>,
    /// How many lines came and went, of texts that are in both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineCounts>,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// Its size.
    pub size_bytes: u64,
    /// The digest of its contents.
    pub blake3: Digest,
    /// What a model file is, in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// How many lines came and went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LineCounts {
    /// Lines that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
}

/// The files of a package with their sizes, but for `MLmodel`.
struct Files<'a> {
    package: &'a Package,
    sizes: BTreeMap<&'a str, u64>,
    models: BTreeSet<&'a str>,
}

impl<'a> Files<'a> {
    fn of(package: &'a Package) -> Result<Self, Error> {
        let tree = package.tree();
        let sizes = tree.sizes_bytes(tree.files())?;
        let paths = tree.files().map(RelativePath::as_str);
        let sizes = paths.zip(sizes);
        Ok(Self {
            package,
            sizes: sizes
                .filter(|(path, _)| *path != mlmodel::FILE_NAME)
                .collect(),
            models: model_file::paths(package).into_iter().collect(),
        })
    }

    /// What a file holds, in a digest; nothing where it is not there.
    fn digest(&self, path: &str) -> Result<Option<Digest>, Error> {
        if !self.sizes.contains_key(path) {
            return Ok(None);
        }
        Digest::of_file(&self.package.path(path)?).map(Some)
    }

    fn facts(&self, path: &str, blake3: Option<Digest>) -> Option<FileFacts> {
        let described = self.models.contains(path).then(|| {
            let effort = archive::Effort::default();
            model_file::describe_within(self.package, path, effort)
        });
        Some(FileFacts {
            size_bytes: *self.sizes.get(path)?,
            blake3: blake3?,
            summary: described.and_then(|file| Some(file.ok()?.summary())),
        })
    }

    fn kind(&self, path: &str) -> FileKind {
        use crate::environment::{
            CONDA_FILE, CONSTRAINTS_FILE, PYTHON_ENV_FILE, REQUIREMENTS_FILE,
        };
        let environments = [
            CONDA_FILE,
            CONSTRAINTS_FILE,
            PYTHON_ENV_FILE,
            REQUIREMENTS_FILE,
        ];
        let flavor = self.package.mlmodel().python_function();
        let code = flavor.and_then(PythonFunction::code).unwrap_or("code");
        let is_in_code = path
            .strip_prefix(code)
            .is_some_and(|rest| rest.starts_with('/'));
        let extension = path.rsplit_once('.').map(|(_, extension)| extension);
        if environments.contains(&path) {
            FileKind::Environment
        } else if is_in_code || matches!(extension, Some("py" | "ipynb")) {
            FileKind::Code
        } else if self.models.iter().any(|model| path.starts_with(model)) {
            // Weights of ONNX may lie beside the model, as `model.onnx.data`.
            FileKind::Weights
        } else {
            FileKind::Data
        }
    }
}

pub(super) fn changes(before: &Package, after: &Package) -> Result<Vec<FileChange>, Error> {
    let (before, after) = (Files::of(before)?, Files::of(after)?);
    let paths: BTreeSet<&str> = before
        .sizes
        .keys()
        .chain(after.sizes.keys())
        .copied()
        .collect();
    let mut changes = Vec::new();
    for path in paths {
        let (old, new) = (before.digest(path)?, after.digest(path)?);
        if old == new {
            continue;
        }
        // Describing a model takes far longer than telling that it is the same.
        let (old, new) = (before.facts(path, old), after.facts(path, new));
        let kind = if new.is_some() { &after } else { &before }.kind(path);
        let lines = match (&old, &new) {
            (Some(old), Some(new)) if old.size_bytes.max(new.size_bytes) <= MAX_TEXT_BYTES => {
                lines(&before, &after, path)
            }
            _ => None,
        };
        changes.push(FileChange {
            path: path.to_owned(),
            kind,
            before: old,
            after: new,
            lines,
        });
    }
    Ok(changes)
}

fn lines(before: &Files<'_>, after: &Files<'_>, path: &str) -> Option<LineCounts> {
    let before = before.package.read_text(path).ok()??;
    let after = after.package.read_text(path).ok()??;
    let diff = compared(&before, &after);
    let count = |tag| {
        diff.iter_all_changes()
            .filter(|one| one.tag() == tag)
            .count()
    };
    Some(LineCounts {
        added: count(ChangeTag::Insert),
        removed: count(ChangeTag::Delete),
    })
}

/// Two texts, line by line.
fn compared<'a>(before: &'a str, after: &'a str) -> TextDiff<'a, 'a, str> {
    TextDiff::configure()
        .timeout(LINES_TIME_LIMIT)
        .diff_lines(before, after)
}

/// The lines of a text that changed, as a unified patch. `git apply` in the folder of the package
/// as it was makes it the text that it is now.
///
/// # Errors
/// A file that cannot be read, or is no text in UTF-8.
pub fn patch(before: &Package, after: &Package, path: &str) -> Result<String, Error> {
    let text = |package: &Package| Ok::<_, Error>(package.read_text(path)?.unwrap_or_default());
    let (before, after) = (text(before)?, text(after)?);
    Ok(compared(&before, &after)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string())
}
