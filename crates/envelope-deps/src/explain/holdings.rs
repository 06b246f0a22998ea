//! What each thing that was asked for costs.
//!
//! There are two answers, and neither is all that a root needs, since what others need as well
//! stays. What a root *alone holds up* is what would go if it were not there. What *goes* when it
//! is not asked for any more is the same where no other package needs it, and next to nothing
//! where one does.
//!
//! For the second, where one environment is asked
//! about, all answers come from one walk: a package goes with a root exactly when every way to it
//! begins with that root, that is when the root dominates it. Where markers are kept, a package
//! can also go because the ways that are left exclude each other, and each root's own part of the
//! graph is walked again without it.

use super::Sizes;
use super::dominators::immediate_dominators;
use crate::graph::{Graph, Needs, PackageId};
use crate::inventory::Role;
use crate::names::PackageName;
use crate::size::Size;
use petgraph::graph::NodeIndex;
use rustc_hash::{FxHashMap, FxHashSet};
use uv_pep508::MarkerTree;

/// What one root holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The root.
    pub root: PackageName,
    /// What it holds, by name and version.
    pub packages: Vec<PackageId>,
    /// The room that this takes, where anything is known of it.
    pub size: Option<Size>,
    /// The packages outside of it that need the root as well, sorted: as long as they stay, it
    /// stays, whether it is asked for or not.
    pub needed_by: Vec<PackageName>,
}

impl Graph<'_> {
    /// What would go if a root were not asked for any more, the largest first: by bytes, by the
    /// number of packages, by name. Nothing goes with a root that another package needs, but for
    /// what only its extras need.
    pub fn holdings(&self, sizes: &Sizes) -> Vec<Holding> {
        let lines = Lines::of(self);
        let held = if self.has_markers() {
            let nodes_of = lines.nodes_of_packages();
            let places = 0..lines.names.len();
            let gone = |place| lines.gone_without(&Missed::Line(place), &nodes_of);
            places.map(gone).collect()
        } else {
            lines.dominated()
        };
        let needed_by = lines.needed_by(&held);
        lines.holdings(held, needed_by, sizes)
    }

    /// What each root alone holds up, in the same order: all that would go if the root itself were
    /// not there, though other packages may need it.
    pub fn held_up(&self, sizes: &Sizes) -> Vec<Holding> {
        let lines = Lines::of(self);
        let mut held = lines.dominated();
        let mut needed_by = lines.needed_by(&held);
        let nodes_of = lines.nodes_of_packages();
        let has_markers = self.has_markers();
        for (place, name) in lines.names.iter().enumerate() {
            if has_markers || needed_by.contains_key(name) {
                held[place] = lines.gone_without(&Missed::Name(name), &nodes_of);
            }
        }
        needed_by = lines.needed_by(&held);
        lines.holdings(held, needed_by, sizes)
    }

    /// Whether anything is needed under a condition.
    fn has_markers(&self) -> bool {
        let mut edges = self.nodes().every_edge();
        edges.any(|edge| self.full().is_met(edge.source) && !edge.edge.marker.is_true())
    }
}

/// What is thought away.
enum Missed<'g> {
    /// That the user asks for a name, by its place.
    Line(usize),
    /// The package itself.
    Name(&'g PackageName),
}

type NodesOf = FxHashMap<PackageId, Vec<NodeIndex>>;

/// The names that were asked for, and the edges by which they were.
struct Lines<'g> {
    graph: &'g Graph<'g>,
    names: Vec<&'g PackageName>,
    places: FxHashMap<&'g PackageName, usize>,
}

impl<'g> Lines<'g> {
    fn of(graph: &'g Graph<'g>) -> Self {
        let mut names: Vec<&PackageName> = graph
            .active_roots()
            .into_iter()
            .map(|root| &root.requirement.name)
            .collect();
        names.sort();
        names.dedup();
        let places = names.iter().enumerate().map(|(place, name)| (*name, place));
        Self {
            graph,
            places: places.collect(),
            names,
        }
    }

    /// What is held, as users see it.
    fn holdings(
        &self,
        held: Vec<Vec<PackageId>>,
        mut needed_by: FxHashMap<&'g PackageName, Vec<PackageName>>,
        sizes: &Sizes,
    ) -> Vec<Holding> {
        let graph = self.graph;
        let mut holdings = Vec::new();
        for (name, mut packages) in self.names.iter().zip(held) {
            packages.retain(|package| graph.counts(*package));
            packages.sort_by(|a, b| graph.order(*a, *b));
            holdings.push(Holding {
                root: (*name).clone(),
                size: sizes.total(packages.iter().copied()),
                packages,
                needed_by: needed_by.remove(name).unwrap_or_default(),
            });
        }
        holdings.sort_by(|a, b| {
            let bytes = |one: &Holding| one.size.map_or(0, |size| size.bytes);
            let first = bytes(b).cmp(&bytes(a));
            let then = first.then(b.packages.len().cmp(&a.packages.len()));
            then.then_with(|| a.root.cmp(&b.root))
        });
        holdings
    }

    /// Who needs each root, beside itself and what it holds. Roots that nobody else needs are left
    /// out.
    fn needed_by(&self, held: &[Vec<PackageId>]) -> FxHashMap<&'g PackageName, Vec<PackageName>> {
        let graph = self.graph;
        let mut holder: FxHashMap<PackageId, usize> = FxHashMap::default();
        for (place, packages) in held.iter().enumerate() {
            holder.extend(packages.iter().map(|package| (*package, place)));
        }
        let mut others: Vec<Vec<PackageName>> = vec![Vec::new(); held.len()];
        for need in Needs::full(graph).all() {
            let name = graph.name(need.to);
            let (Some(from), Some(&place)) = (need.from, self.places.get(name)) else {
                continue;
            };
            let is_own = holder.get(&from) == Some(&place) || graph.name(from) == name;
            if !is_own && graph.counts(from) {
                others[place].push(graph.name(from).clone());
            }
        }
        let mut needed_by: FxHashMap<&PackageName, Vec<PackageName>> = FxHashMap::default();
        for (name, mut others) in self.names.iter().zip(others) {
            if !others.is_empty() {
                others.sort();
                others.dedup();
                needed_by.insert(name, others);
            }
        }
        needed_by
    }

    /// The name that an edge stands for: what the user asks for, or the user's own project.
    fn line(&self, from: NodeIndex, to: NodeIndex) -> Option<usize> {
        let nodes = self.graph.nodes();
        let is_asked = match nodes[from].package {
            None => true,
            Some(package) => self
                .graph
                .distribution(package)
                .is_some_and(|distribution| distribution.role == Role::Project),
        };
        let name = self.graph.name(nodes[to].package?);
        is_asked.then(|| self.places.get(name).copied()).flatten()
    }

    /// What goes with each line, by dominators: every line becomes a node between the user and
    /// what it asks for.
    fn dominated(&self) -> Vec<Vec<PackageId>> {
        let (graph, nodes) = (self.graph, self.graph.nodes());
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let top = number(Graph::top().index());
        let count = nodes.node_count();
        let end = count + self.names.len();
        let mut successors: Vec<Vec<u32>> = vec![Vec::new(); end];
        successors[Graph::top().index()].extend((count..end).map(number));
        for edge in nodes.every_edge() {
            if graph.full().is_met(edge.source) {
                let line = self.line(edge.source, edge.target);
                let from = line.map_or(edge.source.index(), |line| count + line);
                successors[from].push(number(edge.target.index()));
            }
        }
        let lines = lines_above(&immediate_dominators(&successors, top), count);
        self.packages_by_line(|node| lines[node.index()])
    }

    /// Sorts the packages to the one line that holds all their nodes, if one does.
    fn packages_by_line(&self, line: impl Fn(NodeIndex) -> Option<usize>) -> Vec<Vec<PackageId>> {
        let nodes_of = self.nodes_of_packages();
        let mut packages = vec![Vec::new(); self.names.len()];
        for package in self.graph.packages() {
            let nodes = &nodes_of[&package];
            if let Some(first) = line(nodes[0])
                && nodes.iter().all(|node| line(*node) == Some(first))
            {
                packages[first].push(package);
            }
        }
        packages
    }

    /// The nodes of each package that the roots reach.
    fn nodes_of_packages(&self) -> NodesOf {
        let (nodes, full) = (self.graph.nodes(), self.graph.full());
        let mut nodes_of = NodesOf::default();
        for node in nodes.node_indices().filter(|node| full.is_met(*node)) {
            if let Some(package) = nodes[node].package {
                nodes_of.entry(package).or_default().push(node);
            }
        }
        nodes_of
    }

    /// What goes without something, by walking again what can be reached through it: no other node
    /// changes.
    fn gone_without(&self, missed: &Missed, nodes_of: &NodesOf) -> Vec<PackageId> {
        let nodes = self.graph.nodes();
        let part = self.part(missed, nodes_of);
        let markers = self.markers_without(missed, &part);
        let goes = |node| markers.get(node).is_some_and(|marker| marker.is_false());
        let packages = part.iter().filter_map(|node| nodes[*node].package);
        let mut packages: Vec<PackageId> = packages.collect();
        packages.sort_unstable();
        packages.dedup();
        packages.retain(|package| nodes_of[package].iter().all(goes));
        packages
    }

    fn part(&self, missed: &Missed, nodes_of: &NodesOf) -> Vec<NodeIndex> {
        let (nodes, full) = (self.graph.nodes(), self.graph.full());
        let name = match missed {
            Missed::Line(place) => self.names[*place],
            Missed::Name(name) => name,
        };
        let starts = self.graph.packages_named(name).iter();
        let starts = starts.filter_map(|package| nodes_of.get(package)).flatten();
        let mut part: Vec<NodeIndex> = starts.copied().collect();
        let mut seen: FxHashSet<NodeIndex> = part.iter().copied().collect();
        let mut next = 0;
        while let Some(&node) = part.get(next) {
            next += 1;
            let targets = nodes.neighbors(node);
            part.extend(targets.filter(|to| full.is_met(*to) && seen.insert(*to)));
        }
        part
    }

    /// Whether an edge is there no more.
    fn is_missed(&self, missed: &Missed, from: NodeIndex, to: NodeIndex) -> bool {
        match missed {
            Missed::Line(place) => self.line(from, to) == Some(*place),
            Missed::Name(name) => {
                let package = self.graph.nodes()[to].package;
                package.is_some_and(|package| self.graph.name(package) == *name)
            }
        }
    }

    /// The markers of a part of the graph without something: what flows into the part from outside
    /// flows on inside.
    fn markers_without(
        &self,
        missed: &Missed,
        part: &[NodeIndex],
    ) -> FxHashMap<NodeIndex, MarkerTree> {
        let nodes = self.graph.nodes();
        let mut markers: FxHashMap<NodeIndex, MarkerTree> = FxHashMap::default();
        markers.extend(part.iter().map(|node| (*node, MarkerTree::FALSE)));
        let mut waiting: Vec<NodeIndex> = Vec::new();
        for &node in part {
            let mut marker = MarkerTree::FALSE;
            for edge in nodes.edges_into(node) {
                let from = edge.source;
                if !markers.contains_key(&from) && !self.is_missed(missed, from, node) {
                    let own = self.graph.full().marker(from);
                    marker = marker.or(own.and(edge.edge.marker));
                }
            }
            if !marker.is_false() {
                markers.insert(node, marker);
                waiting.push(node);
            }
        }
        while let Some(node) = waiting.pop() {
            let own = markers[&node];
            for edge in nodes.edges(node) {
                let to = edge.target;
                let known = markers.get(&to).copied().unwrap_or(MarkerTree::TRUE);
                let grown = known.or(own.and(edge.edge.marker));
                if grown != known && !self.is_missed(missed, node, to) {
                    markers.insert(to, grown);
                    waiting.push(to);
                }
            }
        }
        markers
    }
}

/// The line on the way from each node up to the user, by dominators; lines are the nodes after
/// the first `count`.
fn lines_above(dominators: &[Option<u32>], count: usize) -> Vec<Option<usize>> {
    // What is known of each node: nothing yet, or the line above it, if there is one.
    let mut known: Vec<Option<Option<usize>>> = vec![None; count];
    let mut way = Vec::new();
    for node in 0..count {
        let mut step = Some(node);
        let line = loop {
            let Some(at) = step else { break None };
            if at >= count {
                break Some(at - count);
            }
            if let Some(known) = known[at] {
                break known;
            }
            way.push(at);
            step = dominators[at].map(|dominator| dominator as usize);
        };
        for step in way.drain(..) {
            known[step] = Some(line);
        }
    }
    known.into_iter().map(Option::flatten).collect()
}
