//! The graph of requirements: who needs whom, with which extra, and when.
//!
//! A node is a package, or a package with one of its extras switched on; a requirement on `q[x]`
//! leads to both `q` and `q[x]`. The node at the top stands for the user, and its edges are what
//! the user asked for. An edge carries the marker under which it holds; where the graph is asked
//! about one environment, only the edges that hold there exist.

mod build;
mod cycles;
mod meant;
mod needs;
mod nodes;
mod places;
mod reach;

use crate::environment::Target;
use crate::inventory::{Distribution, Inventory, Role, Root};
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
pub(crate) use needs::{Need, Needs};
use nodes::Nodes;
use petgraph::graph::NodeIndex;
use places::Places;
pub(crate) use reach::{Cut, Reach};
use uv_pep508::MarkerTree;

/// A package in a graph, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub(crate) u32);

impl PackageId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node: the user at the top, or a package with at most one extra.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    /// None for the user.
    pub(crate) package: Option<PackageId>,
    pub(crate) extra: Option<ExtraName>,
}

/// An edge: when it holds, and which requirement it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) marker: MarkerTree,
    /// The place of the requirement among those of the package that asks, or among the roots.
    pub(crate) requirement: u32,
}

/// The requirements of an inventory, as a graph.
#[derive(Debug)]
pub struct Graph<'a> {
    inventory: &'a Inventory,
    target: Target,
    /// Names that are needed, but that the inventory does not hold. Their numbers follow those of
    /// the distributions.
    missing: Vec<PackageName>,
    places: Places,
    roots: Vec<Root>,
    roots_are_inferred: bool,
    keep: Vec<PackageName>,
    nodes: Nodes,
    full: Reach,
    /// Whether the roots reach each package.
    reached: Vec<bool>,
    /// Every package by name and version: compared once, for all who list some of them.
    ordered: Vec<PackageId>,
}

impl<'a> Graph<'a> {
    /// Builds the graph of what an inventory's roots need in the target.
    ///
    /// `keep` are packages that stay even if nothing needs them, since they are used by name only,
    /// such as the drivers of a database: they act as further roots.
    pub fn build(inventory: &'a Inventory, keep: &[PackageName], target: Target) -> Self {
        build::build(inventory, keep, target)
    }

    /// What was asked for, and whether the packages nobody needs had to stand for it.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Whether nothing was said about what was asked for, so that it had to be inferred.
    pub fn roots_are_inferred(&self) -> bool {
        self.roots_are_inferred
    }

    /// The packages that stay even if nothing needs them.
    pub fn keep(&self) -> &[PackageName] {
        &self.keep
    }

    /// What the graph was built from.
    pub fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// What the graph was asked about.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The name of a package.
    pub fn name(&self, package: PackageId) -> &PackageName {
        let known = self.inventory.distributions.len();
        match self.inventory.distributions.get(package.index()) {
            Some(distribution) => &distribution.name,
            None => &self.missing[package.index() - known],
        }
    }

    /// What is known of a package; nothing for one that is needed and not there.
    pub fn distribution(&self, package: PackageId) -> Option<&'a Distribution> {
        self.inventory.distributions.get(package.index())
    }

    /// The version of a package, where it is known.
    pub fn version(&self, package: PackageId) -> Option<&'a str> {
        self.distribution(package)?.version.as_deref()
    }

    /// Whether a package counts: it is neither the user's own project nor known only from
    /// metadata.
    pub fn counts(&self, package: PackageId) -> bool {
        self.distribution(package)
            .is_none_or(|distribution| distribution.role == Role::Package)
    }

    /// The packages of a name; several where a lock holds several versions.
    pub fn packages_named(&self, name: &PackageName) -> &[PackageId] {
        self.places.get(name)
    }

    /// Every package that the roots reach, by name and version.
    pub fn packages(&self) -> Vec<PackageId> {
        self.reached_packages(&self.full)
    }

    /// The packages that a walk met, by name and version.
    pub(crate) fn reached_packages(&self, reach: &Reach) -> Vec<PackageId> {
        let mut is_met = vec![false; self.ordered.len()];
        for node in self.nodes.node_indices().filter(|node| reach.is_met(*node)) {
            if let Some(package) = self.nodes[node].package {
                is_met[package.index()] = true;
            }
        }
        let ordered = self.ordered.iter().copied();
        ordered.filter(|package| is_met[package.index()]).collect()
    }

    /// Every package by name and version, reached or not.
    pub(crate) fn ordered(&self) -> &[PackageId] {
        &self.ordered
    }

    /// The place of each package's name among all names, by the numbers of the packages. Packages
    /// of one name share it.
    pub(crate) fn ranks_of_names(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.ordered.len()];
        let mut rank = 0;
        for pair in self.ordered.windows(2) {
            rank += u32::from(self.name(pair[0]) != self.name(pair[1]));
            ranks[pair[1].index()] = rank;
        }
        ranks
    }

    /// By name, then by version as a text, then by place: a fixed order for all output.
    pub(crate) fn order(&self, a: PackageId, b: PackageId) -> std::cmp::Ordering {
        let key = |package: PackageId| (self.name(package), self.version(package), package);
        key(a).cmp(&key(b))
    }

    /// The markers under which packages are needed, joined over their extras; false for those that
    /// are not. By the numbers of the packages.
    pub(crate) fn markers(&self, reach: &Reach) -> Vec<MarkerTree> {
        let count = self.inventory.distributions.len() + self.missing.len();
        let mut markers = vec![MarkerTree::FALSE; count];
        for node in self.nodes.node_indices().filter(|node| reach.is_met(*node)) {
            if let Some(package) = self.nodes[node].package {
                let known = &mut markers[package.index()];
                let marker = reach.marker(node);
                *known = if known.is_false() {
                    marker
                } else {
                    known.or(marker)
                };
            }
        }
        markers
    }

    /// Whether the roots reach a package.
    pub fn is_reached(&self, package: PackageId) -> bool {
        self.reached.get(package.index()).copied().unwrap_or(false)
    }

    /// The roots that hold in the target.
    pub(crate) fn active_roots(&self) -> Vec<&Root> {
        let holds = |root: &&Root| build::marker_for(root.requirement.marker, None, &self.target);
        self.roots
            .iter()
            .filter(|root| holds(root).is_some())
            .collect()
    }

    /// The first root that asks for a name.
    pub(crate) fn root_named(&self, name: &PackageName) -> Option<&Root> {
        self.roots
            .iter()
            .find(|root| root.requirement.name == *name)
    }

    /// Every package that is known or needed, reached or not.
    pub(crate) fn every_package(&self) -> impl Iterator<Item = PackageId> {
        let count = self.inventory.distributions.len() + self.missing.len();
        (0..u32::try_from(count).unwrap_or(u32::MAX)).map(PackageId)
    }

    pub(crate) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    pub(crate) fn top() -> NodeIndex {
        NodeIndex::new(0)
    }

    pub(crate) fn full(&self) -> &Reach {
        &self.full
    }

    /// The requirement that an edge comes from.
    pub(crate) fn requirement(&self, from: NodeIndex, edge: &Edge) -> Option<&Requirement> {
        let place = edge.requirement as usize;
        match self.nodes[from].package {
            Some(package) => self.distribution(package)?.requires.get(place),
            None => self.roots.get(place).map(|root| &root.requirement),
        }
    }
}
