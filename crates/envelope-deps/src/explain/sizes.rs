//! What the packages of a graph weigh, for all who ask.

use crate::graph::{Graph, PackageId};
use crate::inventory::Distribution;
use crate::size::Size;
use rustc_hash::FxHashMap;
use std::ops::Add as _;

/// The sizes of the packages of a graph, measured once.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    known: FxHashMap<PackageId, Size>,
}

impl Sizes {
    /// Measures every package that the roots reach.
    pub fn measure(graph: &Graph, size: impl Fn(&Distribution) -> Option<Size>) -> Self {
        let measured = graph.packages().into_iter().filter_map(|package| {
            let distribution = graph.distribution(package)?;
            let size = size(distribution)?;
            // Nothing is installed without a file: a list of none says that it is not known.
            (size.files > 0).then_some((package, size))
        });
        Self {
            known: measured.collect(),
        }
    }

    /// The size of a package, where it is known.
    pub fn of(&self, package: PackageId) -> Option<Size> {
        self.known.get(&package).copied()
    }

    /// The size of several packages together, where that of any is known.
    pub fn total(&self, packages: impl IntoIterator<Item = PackageId>) -> Option<Size> {
        let known = packages.into_iter().filter_map(|package| self.of(package));
        known.reduce(Size::add)
    }

    /// Whether no size is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
