//! Model files that stand in no package: a single file, or a folder without `MLmodel`, such as the
//! state dict that `mlflow.pytorch.save_state_dict` writes.

use super::models::{self, ModelEntry};
use envelope_format::model_file;
use envelope_format::package::Tree;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Model files outside a package.
#[derive(Debug, Serialize)]
pub(crate) struct Loose {
    /// The file or folder as it was given.
    pub(crate) path: String,
    /// Always `false`; a package's card has `package` in its place.
    pub(crate) is_package: bool,
    pub(crate) model_files: BTreeMap<String, ModelEntry>,
    /// The tensors of a single file that is a state dict, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tensors: Vec<TensorEntry>,
}

/// A tensor of a state dict.
#[derive(Debug, Serialize)]
pub(crate) struct TensorEntry {
    pub(crate) name: String,
    pub(crate) data_type: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) size_bytes: usize,
}

impl Loose {
    /// Looks for model files; `None` where there are none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let model_files = if path.is_dir() {
            let tree = Tree::walk(path).ok()?;
            let size_bytes = |file: &str| tree.size_bytes(file).ok().flatten();
            models::describe(path, &model_file::paths_in(&tree), size_bytes)
        } else {
            let size_bytes = path.metadata().ok()?.len();
            let name = path.file_name()?.to_string_lossy().into_owned();
            BTreeMap::from([(name, ModelEntry::of(Some(path), Some(size_bytes)))])
        };
        let tensors = tensors(path);
        let described = |file: &ModelEntry| file.description.is_some();
        let known = !tensors.is_empty() || model_files.values().any(described);
        known.then(|| Self {
            path: path.to_string_lossy().into_owned(),
            is_package: false,
            model_files,
            tensors,
        })
    }
}

/// The tensors of a file, if it is a state dict of PyTorch's or safetensors'.
#[cfg(feature = "infer")]
fn tensors(path: &Path) -> Vec<TensorEntry> {
    const ENDINGS: [&str; 5] = ["pt", "pth", "bin", "ckpt", "safetensors"];
    let ending = path.extension().and_then(|ending| ending.to_str());
    if !ending.is_some_and(|ending| ENDINGS.contains(&ending)) || path.is_dir() {
        return Vec::new();
    }
    // What is no state dict has its description, which says why.
    let Ok(state) = envelope_infer::StateDict::open(path) else {
        return Vec::new();
    };
    state
        .iter()
        .map(|(name, tensor)| TensorEntry {
            name: name.to_owned(),
            data_type: tensor.data_type().name().to_owned(),
            shape: tensor.shape().to_vec(),
            size_bytes: tensor.size_bytes(),
        })
        .collect()
}

#[cfg(not(feature = "infer"))]
fn tensors(_: &Path) -> Vec<TensorEntry> {
    Vec::new()
}
