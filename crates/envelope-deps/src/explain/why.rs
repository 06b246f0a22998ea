//! The shortest way from what was asked for to a package, and all that need it directly.

use crate::graph::{Cut, Graph, PackageId, Reach};
use crate::names::PackageName;
use petgraph::graph::NodeIndex;
use rustc_hash::{FxHashMap, FxHashSet};

/// Why a package is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// A shortest path from a root to the package, both included; the first by name among several.
    pub path: Vec<PackageName>,
    /// Every package that needs it directly, with the requirement as it states it. Sorted.
    pub needed_by: Vec<(PackageName, String)>,
    /// Whether it was asked for.
    pub is_root: bool,
}

impl Graph<'_> {
    /// Why a package is there; nothing where the roots do not reach it.
    pub fn why(&self, name: &PackageName) -> Option<Why> {
        let reached = |package: &&PackageId| self.is_reached(**package);
        let package = *self.packages_named(name).iter().find(reached)?;
        let path = shortest_path(self, self.full(), &Cut::default(), package)?;
        let mut needed_by = Vec::new();
        let mut is_root = false;
        for edge in self.nodes().raw_edges() {
            let target = self.nodes()[edge.target()].package;
            let is_active = self.full().is_met(edge.source())
                && !self
                    .full()
                    .marker(edge.source())
                    .and(edge.weight.marker)
                    .is_false();
            if !is_active || target.is_none_or(|target| self.name(target) != name) {
                continue;
            }
            let Some(from) = self.nodes()[edge.source()].package else {
                is_root = true;
                continue;
            };
            let asked = self.requirement(edge.source(), &edge.weight);
            let asked = asked.map(ToString::to_string).unwrap_or_default();
            needed_by.push((self.name(from).clone(), asked));
        }
        needed_by.sort();
        needed_by.dedup();
        Some(Why {
            path,
            needed_by,
            is_root,
        })
    }
}

/// A shortest path of names from a root to a package, over what a walk met; of several the first
/// by name.
pub(crate) fn shortest_path(
    graph: &Graph,
    reach: &Reach,
    cut: &Cut,
    package: PackageId,
) -> Option<Vec<PackageName>> {
    let goal = graph.name(package);
    let mut came_from: FxHashMap<&PackageName, &PackageName> = FxHashMap::default();
    let mut layer: Vec<(Option<&PackageName>, Vec<NodeIndex>)> = vec![(None, vec![Graph::top()])];
    // A name is entered once; its nodes are all those that the walk met.
    let nodes_of = nodes_by_name(graph, reach);
    let mut seen: FxHashSet<&PackageName> = FxHashSet::default();
    while !layer.is_empty() {
        let mut next: Vec<&PackageName> = Vec::new();
        for (from, nodes) in &layer {
            let mut names: Vec<&PackageName> = nodes
                .iter()
                .flat_map(|node| {
                    let targets = graph.nodes().neighbors(*node);
                    targets.filter(|to| reach.is_met(*to) && !cut.stops(graph, *node, *to))
                })
                .filter_map(|to| graph.nodes()[to].package)
                .map(|package| graph.name(package))
                .collect();
            names.sort();
            names.dedup();
            for name in names {
                if !seen.insert(name) {
                    continue;
                }
                if let Some(from) = from {
                    came_from.insert(name, from);
                }
                next.push(name);
            }
        }
        if next.contains(&goal) {
            return Some(path_back(goal, &came_from));
        }
        layer = next
            .into_iter()
            .map(|name| (Some(name), nodes_of[name].clone()))
            .collect();
    }
    None
}

fn nodes_by_name<'g>(
    graph: &'g Graph,
    reach: &Reach,
) -> FxHashMap<&'g PackageName, Vec<NodeIndex>> {
    let mut nodes: FxHashMap<&PackageName, Vec<NodeIndex>> = FxHashMap::default();
    for node in graph
        .nodes()
        .node_indices()
        .filter(|node| reach.is_met(*node))
    {
        if let Some(package) = graph.nodes()[node].package {
            nodes.entry(graph.name(package)).or_default().push(node);
        }
    }
    nodes
}

fn path_back(
    goal: &PackageName,
    came_from: &FxHashMap<&PackageName, &PackageName>,
) -> Vec<PackageName> {
    let mut path = vec![goal.clone()];
    let mut name = goal;
    while let Some(from) = came_from.get(name) {
        path.push((*from).clone());
        name = from;
    }
    path.reverse();
    path
}
