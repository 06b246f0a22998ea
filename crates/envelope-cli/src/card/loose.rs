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
        let known = model_files.values().any(|file| file.description.is_some());
        known.then(|| Self {
            path: path.to_string_lossy().into_owned(),
            is_package: false,
            model_files,
        })
    }
}
