//! What may go as well, where edges come from comments.
//!
//! `# via jsonschema` does not say that `jsonschema[format]` was asked for, nor by whom. So when a
//! package goes that alone asked for an extra, what is behind the extra stays. Which packages these
//! are cannot be known from the comments. Two things can be said: which it are at most, and which
//! it likely are.

use super::Pruned;
use crate::graph::{Graph, PackageId};
use crate::inventory::EdgeSource;
use petgraph::graph::NodeIndex;
use rustc_hash::FxHashSet;

impl Pruned<'_, '_> {
    /// Packages that stay, and that likely only an extra held up for which a package asked that
    /// goes. None where edges are exact.
    ///
    /// The sign is a package that goes and that needed both another one, and something which else
    /// only that other one needs: it had reason to ask for an extra. What then only the other one
    /// needs may be behind that extra, except for what its own further needs build upon.
    pub fn maybe_removable(&self) -> Vec<PackageId> {
        let doubtful = self.doubtful_edges();
        if doubtful.is_empty() {
            return Vec::new();
        }
        self.unreached(|from, to| doubtful.contains(&(from, to)))
    }

    /// How many packages that stay an extra could have held up at most, for which a package asked
    /// that goes. None where edges are exact.
    pub fn removable_at_most(&self) -> usize {
        if self.graph.inventory().edge_source != EdgeSource::Annotations {
            return 0;
        }
        let nodes = self.graph.nodes();
        let mut waiting: Vec<NodeIndex> = nodes
            .node_indices()
            .filter(|node| self.stays(*node) && self.askers(*node).next().is_some())
            .collect();
        let mut below: FxHashSet<NodeIndex> = FxHashSet::default();
        while let Some(node) = waiting.pop() {
            if below.insert(node) {
                waiting.extend(nodes.neighbors(node).filter(|next| self.stays(*next)));
            }
        }
        self.unreached(|from, _| below.contains(&from)).len()
    }

    /// Edges from a package to what may be behind an extra of it that nobody asks for any more.
    fn doubtful_edges(&self) -> FxHashSet<(NodeIndex, NodeIndex)> {
        let mut doubtful = FxHashSet::default();
        if self.graph.inventory().edge_source != EdgeSource::Annotations {
            return doubtful;
        }
        let only_parents = self.only_parents();
        let nodes = self.graph.nodes();
        for node in nodes.node_indices().filter(|node| self.stays(*node)) {
            let askers: FxHashSet<NodeIndex> = self.askers(node).collect();
            if askers.is_empty() {
                continue;
            }
            let needs: FxHashSet<NodeIndex> = nodes.neighbors(node).collect();
            let is_own = |need: &NodeIndex| only_parents[need.index()] == OnlyParent::Is(node);
            let is_sign = |need: &NodeIndex| self.askers(*need).any(|one| askers.contains(&one));
            if !needs.iter().any(|need| is_own(need) && is_sign(need)) {
                continue;
            }
            let is_built_upon = |need| nodes.neighbors(need).any(|one| needs.contains(&one));
            let mut behind: Vec<NodeIndex> = needs.iter().copied().filter(is_own).collect();
            behind.retain(|need| !is_built_upon(*need));
            // An extra adds to what a package needs anyway.
            if behind.len() < needs.len() {
                doubtful.extend(behind.into_iter().map(|need| (node, need)));
            }
        }
        doubtful
    }

    /// Whether a node is a package that stays.
    fn stays(&self, node: NodeIndex) -> bool {
        node != Graph::top() && self.reach.is_met(node)
    }

    /// The packages that go and that needed a package.
    fn askers(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        let nodes = self.graph.nodes();
        let parents = nodes.edges_into(node).map(|edge| edge.source);
        parents.filter(|one| self.graph.full().is_met(*one) && !self.reach.is_met(*one))
    }

    /// For each node, what needs it among what stays, the user included.
    fn only_parents(&self) -> Vec<OnlyParent> {
        let nodes = self.graph.nodes();
        let mut only = vec![OnlyParent::None; nodes.node_count()];
        for edge in nodes.every_edge() {
            if !self.reach.is_met(edge.source) {
                continue;
            }
            let known = &mut only[edge.target.index()];
            *known = match *known {
                OnlyParent::None => OnlyParent::Is(edge.source),
                OnlyParent::Is(one) if one == edge.source => OnlyParent::Is(one),
                _ => OnlyParent::IsNot,
            };
        }
        only
    }

    /// The packages that stay and that a walk from the top does not meet without these edges.
    fn unreached(&self, is_cut: impl Fn(NodeIndex, NodeIndex) -> bool) -> Vec<PackageId> {
        let nodes = self.graph.nodes();
        let mut met: FxHashSet<NodeIndex> = FxHashSet::default();
        let mut waiting = vec![Graph::top()];
        while let Some(node) = waiting.pop() {
            if met.insert(node) {
                let next = nodes.neighbors(node).filter(|next| !is_cut(node, *next));
                waiting.extend(next.filter(|next| self.stays(*next)));
            }
        }
        let met: FxHashSet<PackageId> = met.iter().filter_map(|one| nodes[*one].package).collect();
        let kept = self.kept.iter().map(|kept| kept.package);
        kept.filter(|package| !met.contains(package)).collect()
    }
}

/// What needs a node among what stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnlyParent {
    None,
    Is(NodeIndex),
    IsNot,
}
