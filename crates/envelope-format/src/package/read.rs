//! Opening a package: its tree, its `MLmodel`, and its small text files on demand.

use super::digest::DigestManifest;
use super::tree::Tree;
use crate::error::Error;
use crate::mlmodel::{FILE_NAME, MlModel, MlModelError};
use crate::relative_path::RelativePath;
use crate::yaml::Node;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest text file that is read: `MLmodel`, environments, examples.
pub const MAX_TEXT_BYTES: u64 = 64 << 20;

/// A package in a folder.
#[derive(Clone, Debug)]
pub struct Package {
    root: PathBuf,
    tree: Tree,
    mlmodel: MlModel,
}

impl Package {
    /// Opens the package in a folder. Nothing is loaded but `MLmodel` and the list of files.
    ///
    /// # Errors
    /// A folder without an `MLmodel` file, or with one that is no YAML mapping.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let refuse = |found: &str| Error::NotAPackage {
            path: root.to_owned(),
            found: found.to_owned(),
        };
        let metadata = std::fs::metadata(root).map_err(Error::io("open", root))?;
        if !metadata.is_dir() {
            return Err(refuse("found a file, expected a folder"));
        }
        match std::fs::metadata(root.join(FILE_NAME)) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(refuse("its `MLmodel` is not a file")),
            Err(_) => return Err(refuse("it holds no file `MLmodel`")),
        }
        let mlmodel = read_mlmodel(root)?;
        Ok(Self {
            root: root.to_owned(),
            tree: Tree::walk(root)?,
            mlmodel,
        })
    }

    /// The package's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files in it.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Its `MLmodel`.
    pub fn mlmodel(&self) -> &MlModel {
        &self.mlmodel
    }

    /// The text of a file; `None` when the package has no such regular file.
    ///
    /// # Errors
    /// Files that cannot be read, are not UTF-8 or larger than [`MAX_TEXT_BYTES`].
    pub fn read_text(&self, path: &str) -> Result<Option<String>, Error> {
        if !self.tree.has_file(path) {
            return Ok(None);
        }
        read_text(&self.root.join(path)).map(Some)
    }

    /// The document of a YAML file; `None` when the package has no such regular file.
    ///
    /// # Errors
    /// As [`Package::read_text`], and what is no YAML.
    pub fn read_yaml(&self, path: &str) -> Result<Option<Node>, Error> {
        let Some(text) = self.read_text(path)? else {
            return Ok(None);
        };
        let on_disk = || self.root.join(path);
        Node::parse(&text).map(Some).map_err(|source| Error::Yaml {
            path: on_disk(),
            source,
        })
    }

    /// Where a regular file of the package is on disk.
    ///
    /// # Errors
    /// A file that is not there, or is no regular file.
    pub fn path(&self, path: &str) -> Result<PathBuf, Error> {
        let on_disk = self.root.join(path);
        if self.tree.has_file(path) {
            return Ok(on_disk);
        }
        Err(Error::io("open", &on_disk)(
            std::io::ErrorKind::NotFound.into(),
        ))
    }

    /// Opens a regular file of the package to be read in pieces.
    ///
    /// # Errors
    /// A file that is not there, is no regular file, or cannot be opened.
    pub fn open_file(&self, path: &str) -> Result<File, Error> {
        let on_disk = self.path(path)?;
        File::open(&on_disk).map_err(Error::io("open", &on_disk))
    }

    /// The size in bytes of all files as a sealed package says it itself, without a look at each.
    /// `None` where it does not say it, a sealed file is missing, or there are others. Whether it
    /// is right is for [`verify`](crate::verify).
    pub fn sealed_size_bytes(&self) -> Option<u64> {
        let digests = self.digests_node()?;
        let sealed = digests.get("files")?.entries()?;
        let sealed = sealed.iter().filter_map(|(path, _)| path.text());
        let present = self.tree.files().map(RelativePath::as_str);
        if !sealed.eq(present.filter(|path| *path != FILE_NAME)) {
            return None;
        }
        let own = self.tree.size_bytes(FILE_NAME).ok()??;
        DigestManifest::size_bytes(digests)?.checked_add(own)
    }

    /// The digests recorded when the package was sealed; `None` in packages of other tools.
    ///
    /// # Errors
    /// A manifest that cannot be read; the message says what is wrong with it.
    pub fn digests(&self) -> Option<Result<DigestManifest, String>> {
        Some(DigestManifest::from_node(self.digests_node()?))
    }

    fn digests_node(&self) -> Option<&Node> {
        let flavor = self.mlmodel.flavor(crate::envelope_flavor::NAME)?;
        flavor.get_set("digests")
    }
}

fn read_mlmodel(root: &Path) -> Result<MlModel, Error> {
    let path = root.join(FILE_NAME);
    let text = read_text(&path)?;
    MlModel::parse(&text).map_err(|error| match error {
        MlModelError::Yaml(source) => Error::Yaml { path, source },
        other => Error::Invalid {
            path,
            message: other.to_string(),
        },
    })
}

/// Reads a text file of bounded size.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = read_bytes(path, MAX_TEXT_BYTES)?;
    String::from_utf8(bytes).map_err(|error| Error::NotUtf8 {
        path: path.to_owned(),
        valid_up_to: error.utf8_error().valid_up_to(),
    })
}

/// Reads a regular file of bounded size.
pub(crate) fn read_bytes(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, Error> {
    let metadata = std::fs::metadata(path).map_err(Error::io("read", path))?;
    if !metadata.is_file() {
        let message = "found no regular file, expected one".to_owned();
        return Err(Error::Invalid {
            path: path.to_owned(),
            message,
        });
    }
    let too_large = |size_bytes| Error::TooLarge {
        path: path.to_owned(),
        size_bytes,
        limit_bytes,
    };
    if metadata.len() > limit_bytes {
        return Err(too_large(metadata.len()));
    }
    let file = File::open(path).map_err(Error::io("open", path))?;
    let expected = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected + 1);
    // One byte more tells a file that grew from one that fits.
    file.take(limit_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read", path))?;
    if bytes.len() as u64 > limit_bytes {
        Err(too_large(bytes.len() as u64))
    } else {
        Ok(bytes)
    }
}
