//! The card of a package: all that can be told about it, gathered once for people and programs.
//!
//! The fields are the keys of `envelope inspect --json`; a key keeps its name and meaning. What
//! cannot be read stands in its place as an [`Unreadable`] and hides nothing else. Nothing is
//! hashed, and of files with weights only so much is read as tells what they are.

mod environments;
mod examples;
mod files;
mod kind;
mod loading;
mod loose;
mod models;
mod origin;

pub(crate) use environments::Environments;
pub(crate) use examples::Example;
pub(crate) use files::FileEntry;
pub(crate) use loading::{Loading, shell_quoted};
pub(crate) use loose::{Loose, TensorEntry};
pub(crate) use models::ModelEntry;
pub(crate) use origin::Origin;

use envelope_format::Error;
use envelope_format::envelope_flavor::{self, EnvelopeFlavor};
use envelope_format::mlmodel::{ArtifactEntry, PythonFunction};
use envelope_format::model_file;
use envelope_format::package::{EntryKind, Package};
use envelope_format::signature::{Signature, SignatureError};
use envelope_format::yaml::Node;
use files::Files;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything about a package.
#[derive(Debug, Serialize)]
pub(crate) struct Card<'a> {
    /// The folder as it was given.
    pub(crate) package: String,
    /// The package's own name, else the registered model's, else the folder's.
    pub(crate) name: String,
    /// `onnx`, `code`, `class`, `loader` or `flavor`.
    pub(crate) kind: &'static str,
    /// What it is, in a line.
    pub(crate) what: String,
    /// What its makers say about it.
    pub(crate) description: Option<String>,
    /// The size of all files.
    pub(crate) size_bytes: u64,
    /// Whether that is what the package says of itself, and was not asked of each file.
    #[serde(skip)]
    pub(crate) size_is_as_sealed: bool,
    /// How many regular files there are.
    #[serde(skip)]
    pub(crate) file_count: usize,
    /// The regular files, as far as they are shown; JSON shows all.
    pub(crate) files: Vec<FileEntry<'a>>,
    /// Links, pipes and the like; and names that an `MLmodel` cannot hold.
    pub(crate) other_entries: Vec<OtherEntry>,
    /// The names of the flavors, in the order of the file.
    pub(crate) flavors: Vec<String>,
    #[serde(flatten)]
    pub(crate) origin: Origin,
    pub(crate) signature: Part<Signature>,
    pub(crate) input_example: Option<Example>,
    pub(crate) artifacts: Artifacts<'a>,
    pub(crate) model_files: BTreeMap<String, ModelEntry>,
    #[serde(flatten)]
    pub(crate) environments: Environments,
    /// The user's own data.
    pub(crate) metadata: Option<Value>,
    /// The user's own labels.
    pub(crate) tags: BTreeMap<String, String>,
    /// The flavor `envelope`, without its digests.
    pub(crate) envelope: Option<EnvelopeFlavor>,
    pub(crate) loading: Loading,
    /// The whole `MLmodel`.
    pub(crate) mlmodel: Document<'a>,
}

/// A YAML document that becomes JSON only when it is asked for.
#[derive(Debug)]
pub(crate) struct Document<'a>(&'a Node);

impl Document<'_> {
    /// What stands under a key, unless it is null.
    pub(crate) fn get(&self, key: &str) -> Option<Value> {
        self.0.get_set(key).map(Node::to_json)
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_json().serialize(serializer)
    }
}

/// What the model finds by name.
#[derive(Debug)]
pub(crate) struct Artifacts<'a>(Option<PythonFunction<'a>>);

impl<'a> Artifacts<'a> {
    /// Each of them, in the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ArtifactEntry<'a>> {
        self.0.into_iter().flat_map(PythonFunction::artifacts)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.map_or(0, |flavor| flavor.artifacts().len())
    }
}

impl Serialize for Artifacts<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// A part of a package: there, not there, or there and unreadable.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Part<T> {
    /// It can be read.
    Read(T),
    /// It cannot.
    Unreadable(Unreadable),
    /// The package has none; `null` in JSON.
    Absent,
}

/// Why a part cannot be read.
#[derive(Debug, Serialize)]
pub(crate) struct Unreadable {
    /// What was found and what was expected.
    pub(crate) error: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// What is neither a regular file nor a folder, or has a name that cannot be written.
#[derive(Debug, Serialize)]
pub(crate) struct OtherEntry {
    pub(crate) path: String,
    /// `link`, `special` or `unnameable`.
    pub(crate) kind: &'static str,
    /// Where a link points.
    pub(crate) target: Option<String>,
}

impl<'a> Card<'a> {
    /// Gathers the card; `given` is the folder as the user wrote it, `shown` how many files are
    /// shown with their sizes.
    ///
    /// # Errors
    /// Files that vanish meanwhile.
    pub(crate) fn of(package: &'a Package, given: &str, shown: usize) -> Result<Self, Error> {
        let mlmodel = package.mlmodel();
        let envelope = mlmodel
            .flavor(envelope_flavor::NAME)
            .map(EnvelopeFlavor::from_node);
        let origin = Origin::of(package);
        let pyfunc = mlmodel.python_function();
        let files = Files::of(package, shown)?;
        let model_files = models::describe(package.root(), &model_file::paths(package), |path| {
            files.size_bytes(path)
        });
        let tags = envelope
            .iter()
            .flat_map(|flavor| flavor.tags.iter().cloned())
            .collect();
        Ok(Self {
            name: name(package, envelope.as_ref(), &origin),
            kind: kind::word(mlmodel, envelope.as_ref()),
            what: kind::describe(mlmodel, &model_files),
            description: envelope
                .as_ref()
                .and_then(|flavor| flavor.description.clone()),
            size_bytes: files.size_bytes,
            size_is_as_sealed: files.size_is_as_sealed,
            file_count: files.count,
            files: files.shown,
            other_entries: other_entries(package),
            flavors: mlmodel.flavors().map(|(name, _)| name.to_owned()).collect(),
            origin,
            signature: signature(mlmodel.read_signature()),
            input_example: Example::of(package),
            artifacts: Artifacts(pyfunc),
            environments: Environments::read(package),
            metadata: mlmodel.metadata().map(Node::to_json),
            tags,
            loading: Loading::of(package, given, envelope.as_ref(), &model_files),
            model_files,
            envelope,
            mlmodel: Document(mlmodel.document()),
            package: given.to_owned(),
        })
    }
}

impl<T> Part<T> {
    /// From what reading gave.
    pub(crate) fn from_read<E: std::fmt::Display>(read: Result<Option<T>, E>) -> Self {
        match read {
            Ok(Some(part)) => Self::Read(part),
            Ok(None) => Self::Absent,
            Err(error) => Self::Unreadable(Unreadable {
                error: error.to_string(),
                hint: None,
            }),
        }
    }
}

fn signature(read: Result<Option<Signature>, SignatureError>) -> Part<Signature> {
    match read {
        Err(error) => Part::Unreadable(Unreadable {
            error: error.to_string(),
            hint: error.hint,
        }),
        read => Part::from_read(read),
    }
}

fn name(package: &Package, envelope: Option<&EnvelopeFlavor>, origin: &Origin) -> String {
    let own = envelope.and_then(|flavor| flavor.name.clone());
    let folder = || {
        let root = package.root();
        // `.` has a name only after it is resolved.
        let resolved = root
            .file_name()
            .is_none()
            .then(|| root.canonicalize().ok())
            .flatten();
        let root = resolved.as_deref().unwrap_or(root);
        root.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    own.or_else(|| origin.registered_name())
        .or_else(folder)
        .unwrap_or_else(|| "package".to_owned())
}

fn other_entries(package: &Package) -> Vec<OtherEntry> {
    let tree = package.tree();
    let entries = tree.entries.iter().filter_map(|entry| {
        let (kind, target) = match &entry.kind {
            EntryKind::Link { target } => ("link", Some(target.display().to_string())),
            EntryKind::Special => ("special", None),
            EntryKind::File | EntryKind::Folder => return None,
        };
        let path = entry.path.to_string();
        Some(OtherEntry { path, kind, target })
    });
    let unnameable = tree.unnameable.iter().map(|path| OtherEntry {
        path: path.display().to_string(),
        kind: "unnameable",
        target: None,
    });
    entries.chain(unnameable).collect()
}
