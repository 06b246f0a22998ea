//! Which files are requirements files.

use super::RequirementsFile;
use crate::error::Error;
use crate::inventory::Inventory;
use crate::source::{ReadOptions, Source};
use std::path::Path;

/// Requirements files, compiled or written by hand, and the output of `pip freeze`.
pub(crate) struct RequirementsText;

impl Source for RequirementsText {
    fn format(&self) -> &'static str {
        super::FORMAT
    }

    /// Every text counts: whoever names one here means requirements, and what is wrong with them
    /// is told with its line.
    fn recognises(&self, path: &Path) -> bool {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|one| matches!(one, "txt" | "in")) && !path.is_dir()
    }

    fn read(&self, path: &Path, _: &ReadOptions) -> Result<Inventory, Error> {
        RequirementsFile::read(path).map(|file| file.inventory())
    }
}
