//! The shortest way from what was asked for to a package, and all that need it directly.

use crate::graph::{Cut, Graph, PackageId, Reach};
use crate::grouped::Grouped;
use crate::names::PackageName;
use petgraph::graph::NodeIndex;
use std::collections::VecDeque;

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
        for edge in self.nodes().every_edge() {
            let target = self.nodes()[edge.target].package;
            let is_active = self.full().is_met(edge.source)
                && !self
                    .full()
                    .marker(edge.source)
                    .and(edge.edge.marker)
                    .is_false();
            if !is_active || target.is_none_or(|target| self.name(target) != name) {
                continue;
            }
            let Some(from) = self.nodes()[edge.source].package else {
                is_root = true;
                continue;
            };
            let asked = self.requirement(edge.source, edge.edge);
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
    graph: &'g Graph<'g>,
    /// The places of the packages' names among all names. All below is by these.
    ranks: Vec<u32>,
    /// The nodes that the walk met.
    nodes_of: Grouped<NodeIndex>,
    came_from: Vec<Option<Before>>,
}

/// In place of the name of a node that is not entered.
const NOWHERE: u32 = u32::MAX;

/// What is before a name on the path to it.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Name(u32),
}

impl<'g> ShortestPaths<'g> {
    /// Walks once, for as many questions as there are.
    pub(crate) fn walk(graph: &'g Graph, reach: &Reach, cut: &Cut) -> Self {
        let ranks = graph.ranks_of_names();
        // The name of each node that is entered, asked once a node instead of once an edge.
        let is_cut = cut.of_nodes(graph);
        let names: Vec<u32> = graph
            .nodes()
            .numbered()
            .map(|(node, weight)| (node, weight.package))
            .map(|(node, package)| package.filter(|_| reach.is_met(node) && !is_cut[node.index()]))
            .map(|package| package.map_or(NOWHERE, |package| ranks[package.index()]))
            .collect();
        let mut paths = Self {
            graph,
            nodes_of: nodes_by_name(graph, reach, &ranks),
            came_from: vec![None; ranks.len()],
            ranks,
        };
        let mut waiting = VecDeque::from([Before::Nothing]);
        let mut next: Vec<u32> = Vec::new();
        while let Some(from) = waiting.pop_front() {
            next.clear();
            paths.push_next(from, &names, cut, &mut next);
            next.sort_unstable();
            for &name in &next {
                let known = &mut paths.came_from[name as usize];
                if known.is_none() {
                    *known = Some(from);
                    waiting.push_back(Before::Name(name));
                }
            }
        }
        paths
    }

    /// Appends the names one step after another.
    fn push_next(&self, from: Before, names: &[u32], cut: &Cut, next: &mut Vec<u32>) {
        let nodes = match from {
            Before::Nothing => &[Graph::top()][..],
            // A name is entered once; its nodes are all those that the walk met.
            Before::Name(name) => self.nodes_of.of(name as usize),
        };
        let is_top = matches!(from, Before::Nothing);
        for &node in nodes {
            let targets = self.graph.nodes().neighbors(node);
            let targets = targets.filter(|to| !is_top || !cut.stops(self.graph, node, *to));
            let names = targets.map(|to| names[to.index()]);
            next.extend(names.filter(|name| *name != NOWHERE));
        }
    }

    /// The path from a root to a name, both included; nothing where there is none.
    pub(crate) fn to(&self, name: &PackageName) -> Option<Vec<PackageName>> {
        let package = self.graph.packages_named(name).first()?;
        let mut path = vec![name.clone()];
        let mut before = self.came_from[self.ranks[package.index()] as usize]?;
        while let Before::Name(name) = before {
            path.push(self.name(name)?.clone());
            before = self.came_from[name as usize]?;
        }
        path.reverse();
        Some(path)
    }

    fn name(&self, name: u32) -> Option<&'g PackageName> {
        let node = *self.nodes_of.of(name as usize).first()?;
        let package = self.graph.nodes()[node].package?;
        Some(self.graph.name(package))
    }
}

/// The nodes of each name that a walk met.
fn nodes_by_name(graph: &Graph, reach: &Reach, ranks: &[u32]) -> Grouped<NodeIndex> {
    let nodes = graph.nodes().numbered();
    let met = nodes.filter(|(node, _)| reach.is_met(*node));
    let named: Vec<(u32, NodeIndex)> = met
        .filter_map(|(node, weight)| Some((weight.package?, node)))
        .map(|(package, node)| (ranks[package.index()], node))
        .collect();
    Grouped::new(&named, ranks.len())
}
