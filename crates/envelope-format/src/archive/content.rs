//! What kind of archive it is, told by the names of its members.

use std::collections::BTreeSet;
use std::io::Read;

use serde::Serialize;

use super::directory::{Directory, Member};
use super::inspection::Inspection;
use super::numpy_header::NumpyArray;
use super::skops::{self, Skops};
use super::torch_export::{self, TorchExport};
use super::{MAX_LISTED, ReadSeek};
use crate::compressed::Compression;

/// The raw data of one or more tensors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// Key by which the pickle names it.
    pub key: String,
    /// Bytes.
    pub bytes: u64,
}

/// The kind of a file of weights, with the facts of that kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// A pickle, as `pickle`, `cloudpickle` and others write it.
    Pickle,
    /// The same, compressed.
    CompressedPickle {
        /// How.
        compression: Compression,
    },
    /// What `torch.save` wrote before version 1.6: five pickles and raw tensor data.
    LegacyTorchSave,
    /// `torch.save`: a pickle and tensor data.
    TorchSave {
        /// `little` or `big`, where given.
        byteorder: Option<String>,
        /// Tensor data.
        storages: Vec<Storage>,
    },
    /// `torch.jit.save`: code in TorchScript, pickles that hold data only, and tensor data.
    TorchScript {
        /// `little` or `big`, where given.
        byteorder: Option<String>,
        /// Tensor data.
        storages: Vec<Storage>,
        /// Names of the members with code.
        code: Vec<String>,
    },
    /// `torch.export.save`.
    TorchExport(TorchExport),
    /// `skops.io.dump`.
    Skops(Skops),
    /// A zip archive of no known kind.
    Zip {
        /// Arrays in members that end in `.npy`.
        arrays: Vec<NumpyArray>,
    },
}

impl Content {
    /// Adds the arrays found in `.npy` members.
    pub(super) fn with_arrays(mut self, found: Vec<NumpyArray>) -> Self {
        match &mut self {
            Self::Skops(Skops { arrays, .. }) | Self::Zip { arrays } => *arrays = found,
            _ => {}
        }
        self
    }

    /// Names of members whose bytes are tensor data and are never unpickled.
    pub(super) fn raw_members(&self, directory: &Directory) -> BTreeSet<String> {
        match self {
            Self::TorchExport(export) => export.raw_members(),
            Self::TorchSave { .. } | Self::TorchScript { .. } => raw_torch_members(directory),
            _ => BTreeSet::new(),
        }
    }
}

/// Names of the tensor data in what `torch.save` or `torch.jit.save` wrote.
pub(super) fn raw_torch_members(directory: &Directory) -> BTreeSet<String> {
    let Some(root) = torch_root(directory) else {
        return BTreeSet::new();
    };
    let members = directory.members.iter();
    members
        .filter(|member| storage_key(member, root).is_some())
        .map(|member| member.name.clone())
        .collect()
}

/// Tells the kind and reads what belongs to it.
pub(super) fn find(
    reader: &mut dyn ReadSeek,
    directory: &Directory,
    inspection: &mut Inspection,
) -> Content {
    if directory.find("schema.json").is_some() {
        return Content::Skops(skops::read(reader, directory, inspection));
    }
    if let Some(root) = torch_export::root(directory) {
        return Content::TorchExport(torch_export::read(reader, directory, root, inspection));
    }
    let Some(root) = torch_root(directory) else {
        return Content::Zip { arrays: Vec::new() };
    };
    let byteorder = read_word(reader, directory, &format!("{root}/byteorder"));
    let storages = storages(directory, root);
    if directory.find(&format!("{root}/constants.pkl")).is_none() {
        return Content::TorchSave {
            byteorder,
            storages,
        };
    }
    let code_folder = format!("{root}/code/");
    let names = directory.members.iter().map(|member| &member.name);
    let code = names
        .filter(|name| name.starts_with(&code_folder) && name.strip_suffix(".py").is_some())
        .cloned();
    Content::TorchScript {
        byteorder,
        storages,
        code: code.collect(),
    }
}

/// The one folder around everything that `torch.save` writes.
fn torch_root(directory: &Directory) -> Option<&str> {
    let mut names = directory.members.iter().map(|member| member.name.as_str());
    names.find_map(|name| {
        name.strip_suffix("/data.pkl")
            .filter(|root| !root.contains('/'))
    })
}

fn storages(directory: &Directory, root: &str) -> Vec<Storage> {
    let members = directory.members.iter();
    members
        .filter_map(|member| {
            let key = storage_key(member, root)?.to_owned();
            Some(Storage {
                key,
                bytes: member.bytes,
            })
        })
        .take(MAX_LISTED)
        .collect()
}

/// The number under which tensor data is stored, if the member is such.
fn storage_key<'a>(member: &'a Member, root: &str) -> Option<&'a str> {
    let inside = member.name.strip_prefix(root)?.strip_prefix('/')?;
    let key = inside
        .strip_prefix("data/")
        .or_else(|| inside.strip_prefix("constants/"))?;
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())).then_some(key)
}

/// Reads a member that holds one short word.
pub(super) fn read_word(
    reader: &mut dyn ReadSeek,
    directory: &Directory,
    name: &str,
) -> Option<String> {
    let member = directory.find(name)?;
    let mut word = String::new();
    directory
        .open(reader, member)
        .ok()?
        .take(64)
        .read_to_string(&mut word)
        .ok()?;
    Some(word.trim_end().to_owned())
}
