//! What requirements mean, found out before the graph is drawn.
//!
//! Nearly all requirements always ask for one package and nothing of it. They are looked up here
//! in the order of the source, those of a shared list once, so that drawing the graph, which jumps
//! from package to package, neither looks for a name nor touches what it does not draw.

use super::PackageId;
use super::places::Places;
use crate::inventory::{Distribution, Inventory};
use crate::requirement::Requirement;
use rustc_hash::FxHashMap;

/// What the requirements of each package mean.
pub(super) struct Meant {
    all: Vec<PackageId>,
    /// Where those of each package begin.
    starts: Vec<u32>,
}

impl Meant {
    /// In place of a package, where a requirement is not as simple.
    pub(super) const UNCLEAR: PackageId = PackageId(u32::MAX);

    pub(super) fn of(inventory: &Inventory, places: &Places) -> Self {
        let all = &inventory.distributions;
        let count = all.iter().map(|one| one.requires.len()).sum();
        let mut meant = Self {
            all: Vec::with_capacity(count),
            starts: Vec::with_capacity(all.len() + 1),
        };
        let plain = |asked: &Requirement| plain(asked, inventory, places);
        let mut of_lists: FxHashMap<usize, Vec<PackageId>> = FxHashMap::default();
        for Distribution { requires, .. } in all {
            meant.end_package();
            let Some(shared) = requires.shared() else {
                meant.all.extend(requires.iter().map(plain));
                continue;
            };
            // The inventory holds the lists, so that no two are at one address.
            let of_list = of_lists
                .entry(shared.list.as_ptr() as usize)
                .or_insert_with(|| shared.list.iter().map(plain).collect());
            let numbers = shared.numbers.iter();
            meant
                .all
                .extend(numbers.map(|number| of_list[*number as usize]));
        }
        meant.end_package();
        meant
    }

    /// The next package's begin where those of the last one end.
    fn end_package(&mut self) {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.starts.push(next);
    }

    /// What a package's requirements mean, in their order; nothing for one that is not there.
    pub(super) fn of_package(&self, package: PackageId) -> &[PackageId] {
        match self.starts.get(package.index()..package.index() + 2) {
            Some(&[start, end]) => &self.all[start as usize..end as usize],
            _ => &[],
        }
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }
}

/// The package that a requirement always asks for, without any extra.
fn plain(asked: &Requirement, inventory: &Inventory, places: &Places) -> PackageId {
    match places.get(&asked.name) {
        [package]
            if asked.marker.is_true()
                && asked.extras.is_empty()
                && is_meant(inventory, *package, asked) =>
        {
            *package
        }
        _ => Meant::UNCLEAR,
    }
}

/// Whether a requirement may mean a package of its name.
pub(super) fn is_meant(inventory: &Inventory, package: PackageId, asked: &Requirement) -> bool {
    let Some(wanted) = &asked.version else {
        return true;
    };
    let known = inventory.distributions.get(package.index());
    let version = known.and_then(|distribution| distribution.version.as_deref());
    version.is_none_or(|version| version == &**wanted)
}
