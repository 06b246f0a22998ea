//! Where the packages of each name are.

use super::PackageId;
use crate::inventory::Inventory;
use crate::names::PackageName;
use rustc_hash::FxHashMap;

/// The packages by their names.
#[derive(Debug, Default)]
pub(super) struct Places {
    of_name: FxHashMap<PackageName, Named>,
}

/// The packages of one name: nearly always a single one, which needs no list of its own.
#[derive(Debug)]
enum Named {
    One(PackageId),
    Several(Vec<PackageId>),
}

impl Places {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut places = Self::default();
        places.of_name.reserve(inventory.distributions.len());
        for (number, distribution) in (0..).zip(&inventory.distributions) {
            places.add(&distribution.name, PackageId(number));
        }
        places
    }

    pub(super) fn add(&mut self, name: &PackageName, package: PackageId) {
        match self.of_name.get_mut(name) {
            None => {
                self.of_name.insert(name.clone(), Named::One(package));
            }
            Some(Named::Several(all)) => all.push(package),
            Some(named) => {
                let first = named.packages();
                *named = Named::Several([first, &[package]].concat());
            }
        }
    }

    /// The packages of a name, in the order of the source; none where it is not known.
    pub(super) fn get(&self, name: &PackageName) -> &[PackageId] {
        self.of_name.get(name).map_or(&[], Named::packages)
    }
}

impl Named {
    fn packages(&self) -> &[PackageId] {
        match self {
            Self::One(package) => std::slice::from_ref(package),
            Self::Several(all) => all,
        }
    }
}
