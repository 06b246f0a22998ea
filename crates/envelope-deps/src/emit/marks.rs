//! What is to be said about single packages in a tree.

use crate::explain::Holders;
use crate::graph::{Graph, Needs, PackageId};
use crate::inventory::Role;
use crate::prune::Pruned;
use rustc_hash::FxHashMap;

/// Through which packages alone each one was needed that goes without having been named itself: a
/// single package that goes as well, or the pruned names that held it together.
pub(super) fn only_via(pruned: &Pruned, needs: &Needs) -> FxHashMap<PackageId, String> {
    let graph = pruned.graph();
    let goes: FxHashMap<PackageId, &[String]> = pruned
        .removed
        .iter()
        .map(|removed| (removed.package, removed.because.as_slice()))
        .collect();
    let holders = Holders::of(graph, needs);
    let mut via = FxHashMap::default();
    for removed in &pruned.removed {
        if pruned.was_named(removed.package) {
            continue;
        }
        let holder = holders.holder(removed.package);
        let shown = match holder.filter(|holder| goes.contains_key(holder)) {
            Some(holder) => graph.name(holder).to_string(),
            None => removed.because.join(", "),
        };
        via.insert(removed.package, shown);
    }
    via
}

/// Why a package is not like the others, whatever was pruned.
pub(super) fn oddity(graph: &Graph, package: PackageId) -> Option<&'static str> {
    match graph.distribution(package) {
        None => Some("missing"),
        Some(known) if known.role == Role::Unlisted => Some("not listed"),
        Some(_) => None,
    }
}

/// Whether a package is at the top only since it is kept by name.
pub(super) fn is_only_kept(graph: &Graph, package: PackageId) -> bool {
    let name = graph.name(package);
    graph.root_named(name).is_none() && graph.keep().contains(name)
}
