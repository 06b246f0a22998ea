//! Tensors whose bytes lie in files beside the model. Only the model's own folder is opened.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use memmap2::Mmap;

use super::proto::StringStringEntryProto;
use crate::error::Error;
use crate::fault::{Result, fault};

/// The folder of a model, and the files of it that were opened.
pub(crate) struct External {
    folder: Option<PathBuf>,
    files: BTreeMap<PathBuf, Bytes>,
}

impl External {
    /// For a model in this folder; without one, external data is a fault.
    pub(crate) fn in_folder(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(Path::to_path_buf),
            files: BTreeMap::new(),
        }
    }

    /// The bytes that a tensor's `external_data` names.
    ///
    /// # Errors
    /// When the place leaves the folder, does not exist, or is shorter than what is asked for.
    pub(super) fn find(&mut self, entries: &[StringStringEntryProto]) -> Result<Bytes> {
        let field = |key: &str| {
            entries
                .iter()
                .find(|entry| entry.key == key)
                .map(|entry| entry.value.as_str())
        };
        let location = field("location").ok_or_else(|| fault!("external data has no location"))?;
        let number = |key: &str| match field(key) {
            None => Ok(None),
            Some(text) => text
                .parse::<usize>()
                .map(Some)
                .map_err(|_| fault!("external data has {key} `{text}`, expected a number")),
        };
        let offset = number("offset")?.unwrap_or(0);
        let file = self.open(location)?;
        let length = number("length")?.unwrap_or_else(|| file.len().saturating_sub(offset));
        let end = offset.checked_add(length).filter(|&end| end <= file.len());
        let end = end.ok_or_else(|| {
            fault!(
                "external data `{location}` has {} bytes, expected {length} from {offset}",
                file.len()
            )
        })?;
        Ok(file.slice(offset..end))
    }

    fn open(&mut self, location: &str) -> Result<Bytes> {
        let folder = self.folder.as_deref().ok_or_else(|| {
            fault!("the model keeps data in `{location}`, but was not read from a folder")
        })?;
        let relative = Path::new(location);
        let stays = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !stays {
            return Err(fault!(
                "external data `{location}` leaves the model's folder"
            ));
        }
        let path = folder.join(relative);
        if let Some(bytes) = self.files.get(&path) {
            return Ok(bytes.clone());
        }
        let cannot =
            |error: std::io::Error| fault!("cannot read external data `{location}`: {error}");
        let (real, root) = (
            path.canonicalize().map_err(cannot)?,
            folder.canonicalize().map_err(cannot)?,
        );
        if !real.starts_with(&root) {
            return Err(fault!(
                "external data `{location}` leaves the model's folder"
            ));
        }
        let bytes = map_file(&real).map_err(cannot)?;
        self.files.insert(path, bytes.clone());
        Ok(bytes)
    }
}

/// The contents of a model's file, mapped into memory, and the folder that it is in.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn open(path: &Path) -> std::result::Result<(Bytes, PathBuf), Error> {
    let bytes = map_file(path).map_err(|source| Error::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    })?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    Ok((bytes, folder.unwrap_or(Path::new(".")).to_path_buf()))
}

/// The contents of a file, mapped into memory.
fn map_file(path: &Path) -> std::io::Result<Bytes> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a plain file"));
    }
    if metadata.len() == 0 {
        return Ok(Bytes::new());
    }
    #[expect(
        unsafe_code,
        reason = "mapping is how large models load without being copied twice"
    )]
    // SAFETY: the map is read only. Who truncates the file while it is being loaded ends the
    // process, as with every program that maps its models.
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}
