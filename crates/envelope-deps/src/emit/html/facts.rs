//! What the page is about, worked out once.

use crate::emit::marks::only_via;
use crate::emit::nodes::Nodes;
use crate::emit::wording::{bytes, counted, files};
use crate::explain::{Holding, Sizes};
use crate::graph::{Graph, Needs, PackageId};
use crate::prune::Pruned;
use crate::size::Size;
use rustc_hash::FxHashMap;

pub(super) struct Facts<'p, 'g, 'a> {
    pub(super) pruned: &'p Pruned<'g, 'a>,
    pub(super) sizes: &'p Sizes,
    /// The needs before the prune.
    pub(super) full: &'p Needs<'p>,
    /// The needs that stay.
    pub(super) left: &'p Needs<'p>,
    pub(super) nodes: Nodes<'p, 'g, 'a>,
    pub(super) kept: Part,
    pub(super) removed: Part,
    /// What each root alone holds up, before the prune.
    pub(super) holdings: Vec<Holding>,
    /// Through what alone each package was needed that goes with another.
    pub(super) via: FxHashMap<PackageId, String>,
}

/// The packages that stay, or those that go.
pub(super) struct Part {
    /// The heaviest first, then by name and version.
    pub(super) packages: Vec<PackageId>,
    pub(super) size: Option<Size>,
}

impl<'p, 'g, 'a> Facts<'p, 'g, 'a> {
    pub(super) fn of(
        pruned: &'p Pruned<'g, 'a>,
        sizes: &'p Sizes,
        full: &'p Needs<'p>,
        left: &'p Needs<'p>,
    ) -> Self {
        let kept = pruned.kept.iter().map(|kept| kept.package);
        let removed = pruned.removed.iter().map(|removed| removed.package);
        Self {
            kept: Part::of(kept.collect(), sizes),
            removed: Part::of(removed.collect(), sizes),
            holdings: pruned.graph().held_up(sizes),
            via: only_via(pruned, full),
            nodes: Nodes::of(pruned, full),
            pruned,
            sizes,
            full,
            left,
        }
    }

    pub(super) fn graph(&self) -> &'g Graph<'a> {
        self.pruned.graph()
    }

    pub(super) fn name(&self, package: PackageId) -> &'g str {
        self.graph().name(package).as_str()
    }

    /// `54 packages, 302.9 MB`, as far as it is known.
    pub(super) fn weight(&self, packages: &[PackageId]) -> String {
        let count = counted(packages.len(), "package", "packages");
        match self.sizes.total(packages.iter().copied()) {
            Some(size) => format!("{count}, {}", bytes(size.bytes)),
            None => count,
        }
    }

    /// `57.1 MB in 1,204 files`, where it is known.
    pub(super) fn size_in_words(&self, package: PackageId) -> Option<String> {
        let size = self.sizes.of(package)?;
        let word = if size.files == 1 { "file" } else { "files" };
        Some(format!("{} in {} {word}", bytes(size.bytes), files(size)))
    }
}

impl Part {
    fn of(mut packages: Vec<PackageId>, sizes: &Sizes) -> Self {
        let bytes = |package: &PackageId| sizes.of(*package).map_or(0, |size| size.bytes);
        packages.sort_by_key(|package| std::cmp::Reverse(bytes(package)));
        Self {
            size: sizes.total(packages.iter().copied()),
            packages,
        }
    }
}
