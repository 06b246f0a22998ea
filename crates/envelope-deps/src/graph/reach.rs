//! What can be reached from the top, and under which marker, when some packages are never entered.
//!
//! Every node has a marker, false at first. An edge lets its source's marker, joined with its own,
//! flow into its target; a node whose marker grew passes it on again. Along a cycle nothing grows
//! for ever, since the markers form a finite lattice. In one environment every marker is true, and
//! this is a plain walk.

use super::{Graph, Node, PackageId};
use crate::names::ExtraName;
use petgraph::graph::NodeIndex;
use rustc_hash::FxHashSet;
use std::collections::VecDeque;
use uv_pep508::MarkerTree;

/// What is never entered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    /// Whole packages.
    pub(crate) packages: FxHashSet<PackageId>,
    /// Single extras of packages.
    pub(crate) extras: FxHashSet<(PackageId, ExtraName)>,
    /// Packages whose own requirement by the user is taken back, though they may be entered
    /// otherwise.
    pub(crate) detached: FxHashSet<PackageId>,
}

impl Cut {
    /// Whether an edge into this node is not followed.
    pub(crate) fn stops(&self, graph: &Graph, from: NodeIndex, to: NodeIndex) -> bool {
        let node = &graph.nodes()[to];
        let is_detached = |package: PackageId| self.detached.contains(&package);
        self.holds(node) || (from == Graph::top() && node.package.is_some_and(is_detached))
    }

    /// The same for every node, but for edges that come from the top, whose own requirement may be
    /// taken back: to be asked once a node, since there are many edges into each.
    pub(crate) fn of_nodes(&self, graph: &Graph) -> Vec<bool> {
        let nodes = graph.nodes().all().iter();
        nodes.map(|node| self.holds(node)).collect()
    }

    /// Whether no edge into this node is followed.
    fn holds(&self, node: &Node) -> bool {
        let Some(package) = node.package else {
            return false;
        };
        if self.packages.contains(&package) {
            return true;
        }
        let extra = node.extra.as_ref();
        !self.extras.is_empty()
            && extra.is_some_and(|extra| self.extras.contains(&(package, extra.clone())))
    }
}

/// The marker of every node; false for one that is not met.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    markers: Vec<MarkerTree>,
}

impl Reach {
    /// Walks from the top.
    pub(crate) fn walk(graph: &Graph, cut: &Cut) -> Self {
        let nodes = graph.nodes();
        // What is never entered, and what can grow no more: asked for every edge, so kept small.
        let mut is_settled = cut.of_nodes(graph);
        let mut markers = vec![MarkerTree::FALSE; nodes.node_count()];
        let mut waiting = VecDeque::from([Graph::top()]);
        let mut is_waiting = vec![false; nodes.node_count()];
        markers[Graph::top().index()] = MarkerTree::TRUE;
        is_settled[Graph::top().index()] = true;
        while let Some(node) = waiting.pop_front() {
            is_waiting[node.index()] = false;
            let own = markers[node.index()];
            for edge in nodes.edges(node) {
                let target = edge.target;
                if is_settled[target.index()] {
                    continue;
                }
                if node == Graph::top() && cut.stops(graph, node, target) {
                    continue;
                }
                let known = markers[target.index()];
                let grown = known.or(own.and(edge.edge.marker));
                if grown != known {
                    markers[target.index()] = grown;
                    is_settled[target.index()] = grown.is_true();
                    if !std::mem::replace(&mut is_waiting[target.index()], true) {
                        waiting.push_back(target);
                    }
                }
            }
        }
        Self { markers }
    }

    /// Whether the walk met a node.
    pub(crate) fn is_met(&self, node: NodeIndex) -> bool {
        !self.marker(node).is_false()
    }

    /// Under which marker the walk met a node.
    pub(crate) fn marker(&self, node: NodeIndex) -> MarkerTree {
        self.markers
            .get(node.index())
            .copied()
            .unwrap_or(MarkerTree::FALSE)
    }
}
