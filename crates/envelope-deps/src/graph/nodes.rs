//! The nodes of a graph and their edges, each node's in one piece of memory.
//!
//! A graph is drawn once, node after node, and then walked many times. So the edges are kept in the
//! order of drawing, without links that would have to be followed or changed: of half a million
//! edges, a walk waits for memory at what they lead to, and nowhere else.

use super::{Edge, Node};
use crate::grouped::Grouped;
use petgraph::graph::NodeIndex;
use std::ops::{Index, Range};
use std::sync::OnceLock;

/// Nodes by their numbers, with the edges between them.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    all: Vec<Node>,
    /// Where each edge leads; those of a node are neighbours.
    targets: Vec<NodeIndex>,
    edges: Vec<Edge>,
    /// Where the edges of a node begin, up to the last node that has any.
    starts: Vec<u32>,
    /// The edges into each node, for those who ask: few do.
    incoming: OnceLock<Grouped<(NodeIndex, u32)>>,
}

/// An edge where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn<'g> {
    pub(crate) source: NodeIndex,
    pub(crate) target: NodeIndex,
    pub(crate) edge: &'g Edge,
}

impl Nodes {
    pub(super) fn with_capacity(nodes: usize, edges: usize) -> Self {
        Self {
            all: Vec::with_capacity(nodes),
            targets: Vec::with_capacity(edges),
            edges: Vec::with_capacity(edges),
            starts: Vec::with_capacity(nodes + 1),
            incoming: OnceLock::new(),
        }
    }

    pub(super) fn add_node(&mut self, node: Node) -> NodeIndex {
        self.all.push(node);
        NodeIndex::new(self.all.len() - 1)
    }

    /// Draws an edge. No node after `source` has one yet.
    pub(super) fn add_edge(&mut self, source: NodeIndex, target: NodeIndex, edge: Edge) {
        debug_assert!(self.starts.len() <= source.index() + 1, "drawn in order");
        let next = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
        if self.starts.len() <= source.index() {
            self.starts.resize(source.index() + 1, next);
        }
        self.targets.push(target);
        self.edges.push(edge);
    }

    pub(crate) fn node_count(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn node_indices(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.all.len()).map(NodeIndex::new)
    }

    /// The nodes in the order of their numbers.
    pub(crate) fn all(&self) -> &[Node] {
        &self.all
    }

    /// The nodes with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (NodeIndex, &Node)> {
        self.node_indices().zip(&self.all)
    }

    fn range(&self, node: NodeIndex) -> Range<usize> {
        let start = |at: usize| self.starts.get(at).map(|start| *start as usize);
        let end = self.edges.len();
        start(node.index()).unwrap_or(end)..start(node.index() + 1).unwrap_or(end)
    }

    /// The edges from a node, the last that was drawn first.
    pub(crate) fn edges(&self, source: NodeIndex) -> impl Iterator<Item = Drawn<'_>> {
        let range = self.range(source);
        let targets = self.targets[range.clone()].iter();
        let drawn = targets.zip(&self.edges[range]).rev();
        drawn.map(move |(&target, edge)| Drawn {
            source,
            target,
            edge,
        })
    }

    /// The edges into a node, the last that was drawn first.
    pub(crate) fn edges_into(&self, target: NodeIndex) -> impl Iterator<Item = Drawn<'_>> {
        let incoming = self.incoming.get_or_init(|| {
            let edges = (0..).zip(self.every_edge());
            let number_of = |node: NodeIndex| u32::try_from(node.index()).unwrap_or(u32::MAX);
            let by_target =
                edges.map(|(number, edge)| (number_of(edge.target), (edge.source, number)));
            Grouped::new(&by_target.collect::<Vec<_>>(), self.all.len())
        });
        let drawn = incoming.of(target.index()).iter().rev();
        drawn.map(move |&(source, number)| Drawn {
            source,
            target,
            edge: &self.edges[number as usize],
        })
    }

    /// Where the edges from a node lead, the last that was drawn first.
    pub(crate) fn neighbors(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        self.targets[self.range(node)].iter().rev().copied()
    }

    /// Every edge, in the order of drawing.
    pub(crate) fn every_edge(&self) -> impl Iterator<Item = Drawn<'_>> {
        self.node_indices().flat_map(|source| {
            let range = self.range(source);
            let drawn = self.targets[range.clone()].iter().zip(&self.edges[range]);
            drawn.map(move |(&target, edge)| Drawn {
                source,
                target,
                edge,
            })
        })
    }
}

impl Index<NodeIndex> for Nodes {
    type Output = Node;

    fn index(&self, node: NodeIndex) -> &Node {
        &self.all[node.index()]
    }
}
