//! From an inventory to a graph: only what the roots can reach becomes a node.

use super::meant::{Meant, is_meant};
use super::nodes::Nodes;
use super::places::Places;
use super::reach::Cut;
use super::{Edge, Graph, Node, PackageId, Reach, cycles};
use crate::environment::Target;
use crate::inventory::{Inventory, Root};
use crate::names::{ExtraName, PackageName};
use crate::requirement::Requirement;
use petgraph::graph::NodeIndex;
use rustc_hash::FxHashMap;
use uv_pep508::MarkerTree;

pub(super) fn build<'a>(
    inventory: &'a Inventory,
    keep: &[PackageName],
    target: Target,
) -> Graph<'a> {
    let places = Places::of(inventory);
    let meant = Meant::of(inventory, &places);
    let mut builder = Builder::new(inventory, target, places, meant.count());
    let stated = inventory.roots.clone();
    let roots_are_inferred = stated.is_none();
    let roots = stated.unwrap_or_else(|| {
        let names = cycles::tops(inventory, &builder.target);
        names
            .into_iter()
            .map(|name| {
                let places = builder.places.get(&name);
                inferred(inventory, places, name)
            })
            .collect()
    });
    builder.add_roots(&roots, keep);
    builder.expand_all(&meant);
    let places = builder.places;
    let mut graph = Graph {
        inventory,
        target: builder.target,
        missing: builder.missing,
        places,
        roots,
        roots_are_inferred,
        keep: keep.to_vec(),
        nodes: builder.nodes,
        full: Reach::default(),
        reached: Vec::new(),
        ordered: Vec::new(),
    };
    let mut ordered: Vec<PackageId> = graph.every_package().collect();
    // Sources list packages by name, so that little is left to do.
    ordered.sort_by(|a, b| graph.order(*a, *b));
    graph.ordered = ordered;
    graph.full = Reach::walk(&graph, &Cut::default());
    let markers = graph.markers(&graph.full).into_iter();
    graph.reached = markers.map(|marker| !marker.is_false()).collect();
    graph
}

/// A package that stands for what was asked for, wherever the source holds it at all.
fn inferred(inventory: &Inventory, places: &[PackageId], name: PackageName) -> Root {
    let own = places.iter();
    let markers = own.map(|package| inventory.distributions[package.index()].chosen_when);
    let marker = markers.fold(MarkerTree::FALSE, MarkerTree::or);
    Root {
        requirement: Requirement {
            marker,
            ..Requirement::of(name)
        },
        origin: "needed by nothing else".to_owned(),
    }
}

/// The marker of a requirement for a node: with no extra, or with one switched on. `None` where
/// the requirement does not belong to that node.
pub(super) fn marker_for(
    marker: MarkerTree,
    extra: Option<&ExtraName>,
    target: &Target,
) -> Option<MarkerTree> {
    if marker.is_true() {
        return extra.is_none().then_some(marker);
    }
    let marker = match target {
        Target::One(environment) => {
            let holds = |extras: &[ExtraName]| marker.evaluate(environment.markers(), extras);
            let belongs = match extra {
                None => holds(&[]),
                Some(extra) => holds(std::slice::from_ref(extra)) && !holds(&[]),
            };
            return belongs.then_some(MarkerTree::TRUE);
        }
        Target::Universal => marker,
    };
    let plain = with_extra(marker, None);
    let switched = match extra {
        None => plain,
        Some(extra) => {
            let switched = with_extra(marker, Some(extra));
            if switched == plain {
                return None;
            }
            switched
        }
    };
    (!switched.is_false()).then_some(switched)
}

/// Which extras markers mention, looked up once: a package with a hundred extras has hundreds of
/// requirements, and nearly every question is about another extra than the marker's own.
#[derive(Default)]
pub(super) struct Switched {
    mentioned: FxHashMap<MarkerTree, Box<[ExtraName]>>,
    plain: FxHashMap<MarkerTree, Option<MarkerTree>>,
}

impl Switched {
    /// The same as [`marker_for`].
    pub(super) fn marker_for(
        &mut self,
        marker: MarkerTree,
        extra: Option<&ExtraName>,
        target: &Target,
    ) -> Option<MarkerTree> {
        if marker.is_true() {
            return extra.is_none().then_some(marker);
        }
        let Some(extra) = extra else {
            let known = self.plain.entry(marker);
            return *known.or_insert_with(|| marker_for(marker, None, target));
        };
        let mentioned = self
            .mentioned
            .entry(marker)
            .or_insert_with(|| mentioned(marker));
        if !mentioned.contains(extra) {
            return None;
        }
        marker_for(marker, Some(extra), target)
    }
}

fn mentioned(marker: MarkerTree) -> Box<[ExtraName]> {
    let mut extras: Vec<ExtraName> = Vec::new();
    marker.visit_extras(|_, extra| {
        if !extras.contains(extra) {
            extras.push(extra.clone());
        }
    });
    extras.into()
}

/// The marker with this extra on and all others off.
fn with_extra(marker: MarkerTree, on: Option<&ExtraName>) -> MarkerTree {
    marker
        .simplify_extras_with(|extra| Some(extra) == on)
        .simplify_not_extras_with(|extra| Some(extra) != on)
}

struct Builder<'a> {
    inventory: &'a Inventory,
    target: Target,
    switched: Switched,
    places: Places,
    missing: Vec<PackageName>,
    nodes: Nodes,
    /// The nodes of packages without an extra, by the package's number; the end where there is none.
    plain: Vec<NodeIndex>,
    /// The nodes of packages with an extra.
    with_extras: FxHashMap<(PackageId, ExtraName), NodeIndex>,
}

impl<'a> Builder<'a> {
    fn new(inventory: &'a Inventory, target: Target, places: Places, needs: usize) -> Self {
        let roots = inventory.roots.as_ref().map_or(0, Vec::len);
        let mut builder = Self {
            inventory,
            target,
            switched: Switched::default(),
            places,
            missing: Vec::new(),
            nodes: Nodes::with_capacity(1 + inventory.distributions.len(), needs + roots),
            plain: vec![NodeIndex::end(); inventory.distributions.len()],
            with_extras: FxHashMap::default(),
        };
        builder.nodes.add_node(Node {
            package: None,
            extra: None,
        });
        builder
    }

    fn add_roots(&mut self, roots: &[Root], keep: &[PackageName]) {
        for (place, root) in (0..).zip(roots) {
            let asked = &root.requirement;
            if let Some(marker) = marker_for(asked.marker, None, &self.target) {
                self.connect(Graph::top(), asked, marker, place);
            }
        }
        for name in keep {
            let asked = Requirement::of(name.clone());
            self.connect(Graph::top(), &asked, MarkerTree::TRUE, u32::MAX);
        }
    }

    /// Draws the edges of every node, in the order in which a walk from the top meets them, so that
    /// the walks to come find them one after the other.
    fn expand_all(&mut self, meant: &Meant) {
        let mut next = 1;
        while next < self.nodes.node_count() {
            let node = NodeIndex::new(next);
            if let Some(package) = self.nodes[node].package {
                self.expand(node, package, meant.of_package(package));
            }
            next += 1;
        }
    }

    fn expand(&mut self, from: NodeIndex, package: PackageId, meant: &[PackageId]) {
        let extra = self.nodes[from].extra.clone();
        let inventory = self.inventory;
        for (place, &one) in (0..).zip(meant) {
            if one == Meant::UNCLEAR {
                let requires = &inventory.distributions[package.index()].requires;
                let Some(asked) = requires.get(place as usize) else {
                    continue;
                };
                let (switched, target) = (&mut self.switched, &self.target);
                if let Some(marker) = switched.marker_for(asked.marker, extra.as_ref(), target) {
                    self.connect(from, asked, marker, place);
                }
            } else if extra.is_none() {
                let edge = Edge {
                    marker: MarkerTree::TRUE,
                    requirement: place,
                };
                let to = self.node(one, None);
                self.nodes.add_edge(from, to, edge);
            }
        }
    }

    /// Draws the edges of one requirement: to each package that it may mean, and to each extra of
    /// it.
    fn connect(&mut self, from: NodeIndex, asked: &Requirement, marker: MarkerTree, place: u32) {
        let edge = Edge {
            marker,
            requirement: place,
        };
        if let [package] = self.places.get(&asked.name)
            && is_meant(self.inventory, *package, asked)
        {
            return self.draw(from, *package, asked, edge);
        }
        for (package, chosen_when) in self.candidates(asked) {
            let marker = marker.and(chosen_when);
            if !marker.is_false() {
                self.draw(from, package, asked, Edge { marker, ..edge });
            }
        }
    }

    fn draw(&mut self, from: NodeIndex, package: PackageId, asked: &Requirement, edge: Edge) {
        let to = self.node(package, None);
        self.nodes.add_edge(from, to, edge);
        for extra in &asked.extras {
            let to = self.node(package, Some(extra));
            self.nodes.add_edge(from, to, edge);
        }
    }

    /// The packages that a requirement may mean, each with the marker under which it is meant.
    fn candidates(&mut self, asked: &Requirement) -> Vec<(PackageId, MarkerTree)> {
        let places = self.places.get(&asked.name);
        if places.is_empty() {
            let number = self.inventory.distributions.len() + self.missing.len();
            let package = PackageId(u32::try_from(number).unwrap_or(u32::MAX));
            self.missing.push(asked.name.clone());
            self.places.add(&asked.name, package);
            return vec![(package, MarkerTree::TRUE)];
        }
        let meant = places.iter().copied();
        let meant = meant.filter(|package| is_meant(self.inventory, *package, asked));
        let meant: Vec<PackageId> = meant.collect();
        if meant.len() == 1 {
            return vec![(meant[0], MarkerTree::TRUE)];
        }
        let chosen = |package: PackageId| {
            let marker = self.inventory.distributions[package.index()].chosen_when;
            let marker = marker_for(marker, None, &self.target)?;
            Some((package, marker))
        };
        meant.into_iter().filter_map(chosen).collect()
    }

    fn node(&mut self, package: PackageId, extra: Option<&ExtraName>) -> NodeIndex {
        let known = match extra {
            None => self.plain.get(package.index()).copied(),
            Some(extra) => self.with_extras.get(&(package, extra.clone())).copied(),
        };
        if let Some(known) = known.filter(|known| *known != NodeIndex::end()) {
            return known;
        }
        let index = self.nodes.add_node(Node {
            package: Some(package),
            extra: extra.cloned(),
        });
        match extra {
            None => {
                if self.plain.len() <= package.index() {
                    self.plain.resize(package.index() + 1, NodeIndex::end());
                }
                self.plain[package.index()] = index;
            }
            Some(extra) => {
                self.with_extras.insert((package, extra.clone()), index);
            }
        }
        index
    }
}
