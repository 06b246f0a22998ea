//! Packages that stay and need pruned ones.
//!
//! No conflict is a need of a package that goes, one whose marker is false in the target, one
//! behind an extra that nobody asks for any more, or one of the user's own project: that is what
//! the user takes back by pruning.

use crate::error::Conflict;
use crate::explain::ShortestPaths;
use crate::graph::{Cut, Graph, Node, PackageId, Reach};
use crate::inventory::Role;
use rustc_hash::FxHashSet;

pub(super) fn conflicts(graph: &Graph, cut: &Cut, reach: &Reach) -> Vec<Conflict> {
    let nodes = graph.nodes();
    let is_cut = |package: PackageId| cut.packages.contains(&package);
    let is_pruned: Vec<bool> = nodes
        .all()
        .iter()
        .map(|node| node.package.is_some_and(is_cut))
        .collect();
    let mut seen: FxHashSet<(PackageId, PackageId)> = FxHashSet::default();
    let mut paths = None;
    let mut conflicts = Vec::new();
    for node in nodes.node_indices().filter(|node| reach.is_met(*node)) {
        let Node {
            package: Some(package),
            extra,
        } = &nodes[node]
        else {
            continue;
        };
        if is_project(graph, *package) {
            continue;
        }
        for edge in nodes.edges(node) {
            if !is_pruned[edge.target.index()] {
                continue;
            }
            let Some(pruned) = nodes[edge.target].package else {
                continue;
            };
            let holds = !reach.marker(node).and(edge.edge.marker).is_false();
            if !holds || !seen.insert((*package, pruned)) {
                continue;
            }
            let paths = paths.get_or_insert_with(|| ShortestPaths::walk(graph, reach, cut));
            let path = paths.to(graph.name(*package)).unwrap_or_default();
            let root = path.first().and_then(|first| graph.root_named(first));
            conflicts.push(Conflict {
                kept: graph.name(*package).clone(),
                pruned: graph.name(pruned).clone(),
                requirement: graph
                    .requirement(node, edge.edge)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                extra: extra.clone(),
                root: root.cloned(),
                path,
            });
        }
    }
    conflicts.sort_by(|a, b| (&a.kept, &a.pruned).cmp(&(&b.kept, &b.pruned)));
    conflicts.dedup_by(|a, b| (&a.kept, &a.pruned) == (&b.kept, &b.pruned));
    conflicts
}

fn is_project(graph: &Graph, package: PackageId) -> bool {
    let distribution = graph.distribution(package);
    distribution.is_some_and(|distribution| distribution.role == Role::Project)
}
