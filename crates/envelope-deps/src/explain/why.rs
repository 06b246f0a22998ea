//! The shortest way from what was asked for to a package, and all that need it directly.

use crate::graph::{Cut, Graph, PackageId, Reach};
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
    graph: &'g Graph<'g>,
    /// The places of the packages' names among all names. All below is by these.
    ranks: Vec<u32>,
    nodes_of: NodesByName,
    came_from: Vec<Option<Before>>,
}

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
        let mut came_from: Vec<Option<Before>> = vec![None; ranks.len()];
        // A name is entered once; its nodes are all those that the walk met.
        let nodes_of = nodes_by_name(graph, reach, &ranks);
        let mut waiting = VecDeque::from([Before::Nothing]);
        let mut names: Vec<u32> = Vec::new();
        while let Some(from) = waiting.pop_front() {
            let nodes = match from {
                Before::Nothing => &[Graph::top()][..],
                Before::Name(name) => nodes_of.of(name),
            };
            names.clear();
            for &node in nodes {
                let targets = graph.nodes().neighbors(node);
                let targets =
                    targets.filter(|to| reach.is_met(*to) && !cut.stops(graph, node, *to));
                let packages = targets.filter_map(|to| graph.nodes()[to].package);
                names.extend(packages.map(|package| ranks[package.index()]));
            }
            names.sort_unstable();
            for &name in &names {
                let known = &mut came_from[name as usize];
                if known.is_none() {
                    *known = Some(from);
                    waiting.push_back(Before::Name(name));
                }
            }
        }
        Self {
            graph,
            ranks,
            nodes_of,
            came_from,
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
        let node = *self.nodes_of.of(name).first()?;
        let package = self.graph.nodes()[node].package?;
        Some(self.graph.name(package))
    }
}

/// The nodes of each name that a walk met.
struct NodesByName {
    nodes: Vec<NodeIndex>,
    /// Where those of a name begin; those of the next name follow.
    starts: Vec<usize>,
}

impl NodesByName {
    fn of(&self, name: u32) -> &[NodeIndex] {
        let name = name as usize;
        &self.nodes[self.starts[name]..self.starts[name + 1]]
    }
}

fn nodes_by_name(graph: &Graph, reach: &Reach, ranks: &[u32]) -> NodesByName {
    let met = graph
        .nodes()
        .node_indices()
        .filter(|node| reach.is_met(*node));
    let mut named: Vec<(usize, NodeIndex)> = met
        .filter_map(|node| Some((graph.nodes()[node].package?, node)))
        .map(|(package, node)| (ranks[package.index()] as usize, node))
        .collect();
    named.sort_unstable();
    let mut starts = vec![0; ranks.len() + 1];
    for (name, _) in &named {
        starts[name + 1] += 1;
    }
    let mut before = 0;
    for start in &mut starts {
        before += *start;
        *start = before;
    }
    NodesByName {
        nodes: named.into_iter().map(|(_, node)| node).collect(),
        starts,
    }
}
