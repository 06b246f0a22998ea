//! `Pipfile.lock`: refused, since it lists packages without saying who needs whom.
//!
//! See <https://github.com/pypa/pipfile>.

use super::{ReadOptions, Source, named};
use crate::error::Error;
use crate::inventory::Inventory;
use std::path::Path;

/// The reader that says why there is none.
pub(super) struct PipfileLock;

impl Source for PipfileLock {
    fn format(&self) -> &'static str {
        "Pipfile.lock"
    }

    fn recognises(&self, path: &Path) -> bool {
        named(path, |name| name == "Pipfile.lock")
    }

    fn read(&self, path: &Path, _: &ReadOptions) -> Result<Inventory, Error> {
        Err(Error::NoEdges {
            path: path.to_owned(),
            reason: "a Pipfile.lock lists packages, but not which of them needs which; write a \
                     requirements file with `pipenv requirements` and join it with the installed \
                     environment",
        })
    }
}
