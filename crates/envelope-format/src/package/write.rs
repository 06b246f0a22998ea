//! Sealing: the contents of a package become a folder, with sizes, digests and identity filled in.
//!
//! The same contents give the same bytes: the package's `model_uuid` is made from its contents, and
//! nothing is taken from the clock.

use super::copy::{Copier, Written};
use super::digest::DigestManifest;
use super::flush::Flush;
use super::staging::Staging;
use crate::envelope_flavor;
use crate::environment::{CONDA_FILE, PYTHON_ENV_FILE, REQUIREMENTS_FILE};
use crate::error::Error;
use crate::mlmodel::{FILE_NAME, MlModel};
use crate::relative_path::RelativePath;
use crate::yaml::Node;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a file of a new package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file on disk.
    File(PathBuf),
}

/// Everything that a new package holds.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The `MLmodel`, still without size, digests and identity.
    pub mlmodel: MlModel,
    files: BTreeMap<RelativePath, Source>,
    /// The same paths in lower case, as file systems that ignore case see them.
    folded: BTreeMap<String, RelativePath>,
}

/// How to seal.
#[derive(Clone, Copy, Debug, Default)]
pub struct SealOptions {
    /// Replace a package that stands at the destination.
    pub replace: bool,
    /// What the package must outlive when sealing returns.
    pub durability: Durability,
}

/// What a package must outlive when sealing returns. Killed processes it always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A loss of power: the package is on disk.
    #[default]
    PowerLoss,
    /// The process alone: the system writes the package to disk when it likes. Enough where the
    /// disk itself is thrown away, as in the layers of a container image.
    Process,
}

/// What was sealed.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Sealed {
    /// The package's folder.
    pub path: PathBuf,
    /// The package's identity, made from its contents.
    pub model_uuid: String,
    /// How many files it holds, `MLmodel` among them.
    pub files: usize,
    /// The size of all files in bytes.
    pub size_bytes: u64,
}

/// Is told how far sealing has come.
pub trait Progress: Sync {
    /// Sealing begins; so many bytes will be written.
    fn start(&self, total_bytes: u64);
    /// So many more bytes are written.
    fn advance(&self, bytes: u64);
}

/// Progress that no one watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

impl Contents {
    /// A package that holds nothing but its `MLmodel`.
    pub fn new(mlmodel: MlModel) -> Self {
        Self {
            mlmodel,
            files: BTreeMap::new(),
            folded: BTreeMap::new(),
        }
    }

    /// The contents of a package on disk, to be written again as they are.
    pub fn of_package(package: &super::Package) -> Self {
        let root = package.root();
        let files = package
            .tree()
            .files()
            .filter(|path| path.as_str() != FILE_NAME);
        let mut contents = Self::new(package.mlmodel().clone());
        for path in files {
            contents
                .folded
                .insert(path.as_str().to_lowercase(), path.clone());
            contents
                .files
                .insert(path.clone(), Source::File(path.on_disk(root)));
        }
        contents
    }

    /// Adds a file.
    ///
    /// # Errors
    /// A place that is taken already, by a file or, where letters' case does not count, by one
    /// whose name differs in case only.
    pub fn add(&mut self, path: RelativePath, source: Source) -> Result<(), Error> {
        let folded = path.as_str().to_lowercase();
        if folded == FILE_NAME.to_lowercase() {
            return Err(collision(
                &path,
                "the package's own `MLmodel`".to_owned(),
                &source,
            ));
        }
        if let Some(other) = self.taken(&folded) {
            let first = format!("`{other}` from {}", describe(&self.files[other]));
            return Err(collision(&path, first, &source));
        }
        self.folded.insert(folded, path.clone());
        self.files.insert(path, source);
        Ok(())
    }

    /// The file that stands at a place, in the way to it, or in it as if it were a folder.
    fn taken(&self, folded: &str) -> Option<&RelativePath> {
        let above = folded.match_indices('/').map(|(at, _)| &folded[..at]);
        let mut in_the_way = above
            .chain([folded])
            .filter_map(|path| self.folded.get(path));
        let below = format!("{folded}/");
        let first_below = self.folded.range(below.clone()..).next();
        let first_below = first_below.filter(|(path, _)| path.starts_with(&below));
        in_the_way.next().or(first_below.map(|(_, path)| path))
    }

    /// The text of a file that is not too large and is UTF-8.
    pub(crate) fn read_text(&self, path: &str) -> Option<String> {
        match self.files.get(&RelativePath::new(path).ok()?)? {
            Source::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            Source::File(file) => super::read_text(file).ok(),
        }
    }

    /// The files that are copied from disk: each place, and what stands there now.
    pub fn copied(&self) -> impl Iterator<Item = (&RelativePath, &Path)> {
        self.files
            .iter()
            .filter_map(|(place, source)| match source {
                Source::File(path) => Some((place, path.as_path())),
                Source::Bytes(_) => None,
            })
    }

    /// Whether there is a file at a place.
    pub fn has_file(&self, path: &RelativePath) -> bool {
        self.files.contains_key(path)
    }

    /// The files' places.
    pub fn paths(&self) -> impl Iterator<Item = &RelativePath> {
        self.files.keys()
    }
}

fn collision(path: &RelativePath, first: String, second: &Source) -> Error {
    Error::Collision {
        path: path.to_string(),
        first,
        second: describe(second),
    }
}

fn describe(source: &Source) -> String {
    match source {
        Source::Bytes(_) => "this tool".to_owned(),
        Source::File(path) => format!("`{}`", path.display()),
    }
}

/// Writes the package whole, or not at all.
///
/// # Errors
/// A destination that exists and may not be replaced, sources that cannot be read, a full disk.
pub fn seal(
    contents: Contents,
    destination: &Path,
    options: SealOptions,
    progress: &dyn Progress,
) -> Result<Sealed, Error> {
    let destination = resolve(destination)?;
    refuse_itself(&contents, &destination)?;
    may_replace(&destination, options)?;
    progress.start(contents.size_bytes());
    let staging = Staging::new(&destination)?;
    let mut copier = Copier {
        flush: Flush::new(options.durability),
        progress,
    };
    let written = write_files(&contents, staging.path(), &mut copier)?;
    let mlmodel = complete(contents.mlmodel, &written);
    let text = mlmodel.to_yaml();
    copier.write(text.as_bytes(), &staging.path().join(FILE_NAME))?;
    staging.flush(copier.flush)?;
    staging.place(options.durability, || may_replace(&destination, options))?;
    Ok(Sealed {
        model_uuid: mlmodel.model_uuid().unwrap_or_default().to_owned(),
        files: written.len() + 1,
        size_bytes: written.values().map(|file| file.size_bytes).sum::<u64>() + text.len() as u64,
        path: destination,
    })
}

impl Contents {
    fn size_bytes(&self) -> u64 {
        let size = |source: &Source| match source {
            Source::Bytes(bytes) => bytes.len() as u64,
            // Only the progress depends on it; a file that is not there is reported on copying.
            Source::File(path) => fs::metadata(path).map_or(0, |metadata| metadata.len()),
        };
        self.files.values().map(size).sum()
    }
}

/// A package that took in its own former self would grow with every run.
fn refuse_itself(contents: &Contents, destination: &Path) -> Result<(), Error> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(Error::io("resolve", path));
    let destination = absolute(destination)?;
    for (place, source) in &contents.files {
        if let Source::File(path) = source
            && absolute(path)?.starts_with(&destination)
        {
            return Err(Error::Inside {
                path: destination,
                place: place.to_string(),
            });
        }
    }
    Ok(())
}

/// Follows a link at the destination, so that what it points to is replaced and not the link.
fn resolve(destination: &Path) -> Result<PathBuf, Error> {
    match destination.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            fs::canonicalize(destination).map_err(Error::io("resolve", destination))
        }
        _ => Ok(destination.to_owned()),
    }
}

/// Whether something stands at the destination that sealing will replace.
fn may_replace(destination: &Path, options: SealOptions) -> Result<bool, Error> {
    let Ok(metadata) = destination.symlink_metadata() else {
        return Ok(false);
    };
    let is_package = metadata.is_dir() && destination.join(FILE_NAME).is_file();
    let is_empty = metadata.is_dir()
        && fs::read_dir(destination).is_ok_and(|mut entries| entries.next().is_none());
    if is_empty || (is_package && options.replace) {
        return Ok(true);
    }
    Err(Error::Exists {
        path: destination.to_owned(),
        is_package,
    })
}

fn write_files(
    contents: &Contents,
    root: &Path,
    copier: &mut Copier<'_>,
) -> Result<IndexMap<String, Written>, Error> {
    let mut written = IndexMap::new();
    let mut last_folder = root.to_owned();
    for (path, source) in &contents.files {
        let target = path.on_disk(root);
        let folder = target.parent().unwrap_or(root);
        if folder != last_folder {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
            folder.clone_into(&mut last_folder);
        }
        let file = match source {
            Source::Bytes(bytes) => copier.write(bytes, &target)?,
            Source::File(from) => copier.copy(from, &target)?,
        };
        written.insert(path.to_string(), file);
    }
    Ok(written)
}

/// Fills in what follows from the files: size, digests, identity.
fn complete(mut mlmodel: MlModel, written: &IndexMap<String, Written>) -> MlModel {
    let Some(flavor) = mlmodel.flavor(envelope_flavor::NAME) else {
        return mlmodel;
    };
    let digests = written
        .iter()
        .map(|(path, file)| (path.clone(), file.digest));
    let manifest = DigestManifest {
        files: digests.collect(),
        size_bytes: Some(written.values().map(|file| file.size_bytes).sum()),
    };
    let mut flavor = flavor.clone();
    flavor.set("digests", manifest.to_node());
    mlmodel.set_flavor(envelope_flavor::NAME, flavor);
    let size = i64::try_from(model_size_bytes(written)).unwrap_or(i64::MAX);
    mlmodel.set("model_size_bytes", Node::integer(size));
    let identity = identity(&mlmodel);
    mlmodel.set("model_uuid", Node::string(identity));
    mlmodel
}

/// The identity of a package: 32 hexadecimal digits that follow from all other keys of its
/// `MLmodel`, and so from the digests of its files.
pub(crate) fn identity(mlmodel: &MlModel) -> String {
    let mut without = mlmodel.clone();
    without.set("model_uuid", Node::null());
    let mut digits = super::Digest::of(without.to_yaml().as_bytes()).to_hex();
    digits.truncate(32);
    digits
}

/// MLflow counts neither the environment files nor the code.
fn model_size_bytes(written: &IndexMap<String, Written>) -> u64 {
    let counted = |(path, _): &(&String, &Written)| {
        !matches!(
            path.as_str(),
            CONDA_FILE | PYTHON_ENV_FILE | REQUIREMENTS_FILE
        ) && !path.starts_with("code/")
    };
    written
        .iter()
        .filter(counted)
        .map(|(_, file)| file.size_bytes)
        .sum()
}
