//! Why a package goes: the pruned names from which it could be reached without meeting another
//! pruned one. A single name held it up alone; several held it jointly.

use crate::graph::{Cut, Graph, PackageId, Reach};
use petgraph::graph::NodeIndex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use uv_pep508::MarkerTree;

pub(super) fn because(
    graph: &Graph,
    cut: &Cut,
    after: &Reach,
) -> FxHashMap<PackageId, Vec<String>> {
    let mut because: FxHashMap<PackageId, Vec<String>> = FxHashMap::default();
    for (name, starts) in starts(graph, cut, after) {
        for package in held_up(graph, cut, after, &starts) {
            let names = because.entry(package).or_default();
            // What was named goes because it was named, whatever else held it up.
            if cut.packages.contains(&package) {
                *names = vec![graph.name(package).to_string()];
            } else {
                names.push(name.clone());
            }
        }
    }
    because
}

/// The nodes that each pruned name takes away itself.
fn starts(graph: &Graph, cut: &Cut, after: &Reach) -> BTreeMap<String, Vec<NodeIndex>> {
    let mut starts: BTreeMap<String, Vec<NodeIndex>> = BTreeMap::new();
    for node in graph.nodes().node_indices() {
        if lost(graph, after, node).is_false() {
            continue;
        }
        let weight = &graph.nodes()[node];
        let Some(package) = weight.package else {
            continue;
        };
        let name = graph.name(package);
        if cut.packages.contains(&package) || cut.detached.contains(&package) {
            starts.entry(name.to_string()).or_default().push(node);
        } else if let Some(extra) = &weight.extra
            && cut.extras.contains(&(package, extra.clone()))
        {
            let shown = format!("{name}[{extra}]");
            starts.entry(shown).or_default().push(node);
        }
    }
    starts
}

/// Where a node was needed and no longer is. One that stays in some environments may still be why
/// another goes from all.
fn lost(graph: &Graph, after: &Reach, node: NodeIndex) -> MarkerTree {
    graph.full().marker(node).and(after.marker(node).negate())
}

/// The packages that lose something and can be reached from these nodes, along what goes, without
/// meeting another pruned name.
fn held_up(graph: &Graph, cut: &Cut, after: &Reach, starts: &[NodeIndex]) -> Vec<PackageId> {
    let nodes = graph.nodes();
    let mut seen: FxHashSet<NodeIndex> = starts.iter().copied().collect();
    let mut waiting: Vec<NodeIndex> = starts.to_vec();
    let mut packages: FxHashSet<PackageId> = FxHashSet::default();
    while let Some(node) = waiting.pop() {
        packages.extend(nodes[node].package);
        let own = lost(graph, after, node);
        for edge in nodes.edges(node) {
            let next = edge.target;
            let shared = own.and(edge.edge.marker);
            let takes_away = !shared.and(lost(graph, after, next)).is_false();
            if takes_away && !cut.stops(graph, node, next) && seen.insert(next) {
                waiting.push(next);
            }
        }
    }
    let mut packages: Vec<PackageId> = packages.into_iter().collect();
    packages.sort_unstable();
    packages
}
