//! What `pip freeze` prints: a requirements file in which every line is pinned.
//!
//! Such a list does not tell what was asked for from what came along. Alone it is a list like any
//! other; with the metadata of an environment, the packages that nothing else needs stand for what
//! was asked for.

use super::requirements_txt::RequirementsFile;
use crate::inventory::{EdgeSource, Origin};

impl RequirementsFile {
    /// Whether every line is pinned, by a version or a place, and nothing says who needs what.
    pub fn is_freeze(&self) -> bool {
        if self.has_includes() || self.unnamed() > 0 {
            return false;
        }
        let inventory = self.inventory();
        let is_bare = inventory.edge_source == EdgeSource::None;
        let mut all = inventory.distributions.iter();
        is_bare
            && !inventory.distributions.is_empty()
            && all.all(|one| one.version.is_some() || one.origin != Origin::Index)
    }
}
