//! The packages of a graph as drawings show them: each with its place, its label, and what the
//! prune did to it.

use super::wording::package;
use crate::graph::{Graph, Needs, PackageId};
use crate::prune::Pruned;
use rustc_hash::FxHashSet;

/// The packages that the roots reach, by name and version.
pub(super) struct Nodes<'p, 'g, 'a> {
    pruned: &'p Pruned<'g, 'a>,
    packages: Vec<PackageId>,
    /// The place of each package among them.
    places: Vec<usize>,
    asked: FxHashSet<PackageId>,
    removed: FxHashSet<PackageId>,
}

impl<'p, 'g, 'a> Nodes<'p, 'g, 'a> {
    pub(super) fn of(pruned: &'p Pruned<'g, 'a>, needs: &Needs) -> Self {
        let graph = pruned.graph();
        let packages = graph.packages();
        let mut places = vec![0; graph.every_package().count()];
        for (place, package) in packages.iter().enumerate() {
            places[package.index()] = place;
        }
        let removed = pruned.removed.iter().map(|removed| removed.package);
        Self {
            pruned,
            packages,
            places,
            asked: needs.of_user().iter().map(|need| need.to).collect(),
            removed: removed.collect(),
        }
    }

    pub(super) fn graph(&self) -> &'g Graph<'a> {
        self.pruned.graph()
    }

    /// The packages in their order.
    pub(super) fn packages(&self) -> &[PackageId] {
        &self.packages
    }

    /// The place of a package that is reached.
    pub(super) fn place(&self, package: PackageId) -> usize {
        self.places[package.index()]
    }

    /// Its name and version.
    pub(super) fn label(&self, which: PackageId) -> String {
        package(self.graph(), which)
    }

    /// Whether the user asked for it.
    pub(super) fn is_root(&self, package: PackageId) -> bool {
        self.asked.contains(&package)
    }

    /// Whether the prune removes it.
    pub(super) fn is_removed(&self, package: PackageId) -> bool {
        self.removed.contains(&package)
    }

    /// Whether it is needed and the source does not hold it.
    pub(super) fn is_missing(&self, package: PackageId) -> bool {
        self.graph().distribution(package).is_none()
    }
}
