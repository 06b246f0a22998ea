//! What changed from one package to another: files, requirements, and what `MLmodel` and the
//! environment files say.
//!
//! Files are compared by their contents, not by the digests that a package was sealed with. The
//! identity of a package ([`MlModel::model_uuid`](crate::mlmodel::MlModel::model_uuid)), the time
//! it was made and its size follow from the rest and are left out.

mod facts;
mod files;
mod requirements;

pub use facts::{FactChange, Topic};
pub use files::{FileChange, FileFacts, FileKind, LineCounts, patch};
pub use requirements::RequirementChange;

use crate::error::Error;
use crate::package::Package;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What changed from one package to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Files that came, went, or hold something else, `MLmodel` left aside; in the order of their
    /// paths.
    pub files: Vec<FileChange>,
    /// Requirements of `requirements.txt`, in the order of their names.
    pub requirements: Vec<RequirementChange>,
    /// Facts of `MLmodel`, `conda.yaml` and `python_env.yaml`, in the order of their topics.
    pub facts: Vec<FactChange>,
}

impl Difference {
    /// Compares two packages.
    ///
    /// # Errors
    /// Files that cannot be read. Environment files that hold something else than they should are
    /// compared as files.
    pub fn between(before: &Package, after: &Package) -> Result<Self, Error> {
        Ok(Self {
            files: files::changes(before, after)?,
            requirements: requirements::changes(before, after)?,
            facts: facts::changes(before, after),
        })
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.requirements.is_empty() && self.facts.is_empty()
    }
}

/// What two maps hold under each key under which they do not hold the same, in the order of the keys.
fn changed<K: Ord + Clone, V: PartialEq>(
    mut before: BTreeMap<K, V>,
    mut after: BTreeMap<K, V>,
) -> impl Iterator<Item = (K, Option<V>, Option<V>)> {
    let keys: BTreeSet<K> = before.keys().chain(after.keys()).cloned().collect();
    keys.into_iter().filter_map(move |key| {
        let (before, after) = (before.remove(&key), after.remove(&key));
        (before != after).then_some((key, before, after))
    })
}
