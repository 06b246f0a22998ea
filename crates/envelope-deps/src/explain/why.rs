//! The shortest way from what was asked for to a package, and all that need it directly.

use crate::graph::{Cut, Graph, PackageId, Reach};
use crate::names::PackageName;
use petgraph::graph::NodeIndex;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::collections::hash_map::Entry;

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
        let paths = ShortestPaths::walk(self, self.full(), &Cut::default());
        let path = paths.to(self.name(package))?;
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

/// The shortest paths of names from the roots, over what a walk met; of several the first by name.
pub(crate) struct ShortestPaths<'g> {
    /// Each name with the one before it; none before a root.
    came_from: FxHashMap<&'g PackageName, Option<&'g PackageName>>,
}

impl<'g> ShortestPaths<'g> {
    /// Walks once, for as many questions as there are.
    pub(crate) fn walk(graph: &'g Graph, reach: &Reach, cut: &Cut) -> Self {
        let mut came_from: FxHashMap<&PackageName, Option<&PackageName>> = FxHashMap::default();
        // A name is entered once; its nodes are all those that the walk met.
        let nodes_of = nodes_by_name(graph, reach);
        let top = vec![Graph::top()];
        let mut waiting: VecDeque<Option<&PackageName>> = VecDeque::from([None]);
        while let Some(from) = waiting.pop_front() {
            let nodes = from.map_or(&top, |name| &nodes_of[name]);
            let mut names: Vec<&PackageName> = nodes
                .iter()
                .flat_map(|node| {
                    let targets = graph.nodes().neighbors(*node);
                    targets.filter(|to| reach.is_met(*to) && !cut.stops(graph, *node, *to))
                })
                .filter_map(|to| graph.nodes()[to].package)
                .map(|package| graph.name(package))
                .collect();
            names.sort_unstable();
            for name in names {
                if let Entry::Vacant(entry) = came_from.entry(name) {
                    entry.insert(from);
                    waiting.push_back(Some(name));
                }
            }
        }
        Self { came_from }
    }

    /// The path from a root to a name, both included; nothing where there is none.
    pub(crate) fn to(&self, name: &PackageName) -> Option<Vec<PackageName>> {
        let mut path = vec![name.clone()];
        let mut before = *self.came_from.get(name)?;
        while let Some(name) = before {
            path.push(name.clone());
            before = self.came_from.get(name).copied().flatten();
        }
        path.reverse();
        Some(path)
    }
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
