//! What differs between two lists of packages.

use crate::inventory::{Inventory, Role};
use crate::names::PackageName;
use std::collections::{BTreeMap, BTreeSet};

/// What differs between two inventories; everything by name. A package of unknown version has the
/// version `""`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Packages that only the second holds, with their versions.
    pub added: Vec<(PackageName, Vec<String>)>,
    /// Packages that only the first holds, with their versions.
    pub removed: Vec<(PackageName, Vec<String>)>,
    /// Packages that both hold in different versions: those of the first, those of the second.
    pub changed: Vec<(PackageName, Vec<String>, Vec<String>)>,
    /// How many packages both hold in the same versions.
    pub same: usize,
}

impl Diff {
    /// Compares what two inventories hold. The user's own project and packages known from metadata
    /// alone are left out.
    pub fn between(before: &Inventory, after: &Inventory) -> Self {
        let (before, mut after) = (versions(before), versions(after));
        let mut diff = Self::default();
        for (name, old) in before {
            match after.remove(name) {
                None => diff.removed.push((name.clone(), listed(&old))),
                Some(new) if new == old => diff.same += 1,
                Some(new) => {
                    let changed = (name.clone(), listed(&old), listed(&new));
                    diff.changed.push(changed);
                }
            }
        }
        let added = after.into_iter();
        diff.added = added
            .map(|(name, new)| (name.clone(), listed(&new)))
            .collect();
        diff
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

fn versions(inventory: &Inventory) -> BTreeMap<&PackageName, BTreeSet<&str>> {
    let mut versions: BTreeMap<&PackageName, BTreeSet<&str>> = BTreeMap::new();
    let packages = inventory.distributions.iter();
    for package in packages.filter(|package| package.role == Role::Package) {
        let known = versions.entry(&package.name).or_default();
        known.insert(package.version.as_deref().unwrap_or_default());
    }
    versions
}

fn listed(versions: &BTreeSet<&str>) -> Vec<String> {
    versions
        .iter()
        .map(|version| (*version).to_owned())
        .collect()
}
