//! Which single package holds up another: the immediate dominators of the graph.
//!
//! A node dominates another when every path from the top leads through it. The algorithm is that
//! of Lengauer and Tarjan (<https://doi.org/10.1145/357062.357071>) in its simple form, with all
//! recursion turned into loops. The algorithm of `petgraph` walks up whole chains again and again:
//! where thousands of packages in a row need one common package, its time grows with the square.

use crate::graph::{Graph, Needs, PackageId};
use crate::names::PackageName;

const NONE: u32 = u32::MAX;

/// The immediate dominator of each node; none for the root and for what it does not reach.
pub(crate) fn immediate_dominators(successors: &[Vec<u32>], root: u32) -> Vec<Option<u32>> {
    let walk = Walk::from(successors, root);
    let by_number = Finder::new(&walk).dominators(successors);
    let mut dominators = vec![None; successors.len()];
    for (number, dominator) in by_number.into_iter().enumerate().skip(1) {
        dominators[walk.order[number] as usize] = Some(walk.order[dominator as usize]);
    }
    dominators
}

/// The nodes in the order in which a depth-first walk meets them.
struct Walk {
    /// The node of each number.
    order: Vec<u32>,
    /// The number of each node.
    number: Vec<u32>,
    /// The number from which each number was met.
    parent: Vec<u32>,
}

impl Walk {
    fn from(successors: &[Vec<u32>], root: u32) -> Self {
        let mut walk = Self {
            order: Vec::new(),
            number: vec![NONE; successors.len()],
            parent: Vec::new(),
        };
        walk.meet(root, 0);
        let mut open: Vec<(u32, usize)> = vec![(root, 0)];
        while let Some((node, next)) = open.last_mut() {
            let Some(&successor) = successors[*node as usize].get(*next) else {
                open.pop();
                continue;
            };
            *next += 1;
            if walk.number[successor as usize] == NONE {
                let parent = walk.number[*node as usize];
                walk.meet(successor, parent);
                open.push((successor, 0));
            }
        }
        walk
    }

    fn meet(&mut self, node: u32, parent: u32) {
        self.number[node as usize] = u32::try_from(self.order.len()).unwrap_or(NONE);
        self.order.push(node);
        self.parent.push(parent);
    }

    /// For each number the numbers that lead to it.
    fn predecessors(&self, successors: &[Vec<u32>]) -> Vec<Vec<u32>> {
        let mut predecessors = vec![Vec::new(); self.order.len()];
        for (number, node) in (0..).zip(&self.order) {
            for successor in &successors[*node as usize] {
                predecessors[self.number[*successor as usize] as usize].push(number);
            }
        }
        predecessors
    }
}

/// The state of the algorithm; everything is by number.
struct Finder<'w> {
    walk: &'w Walk,
    semi: Vec<u32>,
    /// Of the forest that grows while numbers are linked.
    ancestor: Vec<u32>,
    /// The number with the least semidominator on the compressed way up.
    best: Vec<u32>,
}

impl<'w> Finder<'w> {
    fn new(walk: &'w Walk) -> Self {
        let count = u32::try_from(walk.order.len()).unwrap_or(NONE);
        Self {
            walk,
            semi: (0..count).collect(),
            ancestor: vec![NONE; walk.order.len()],
            best: (0..count).collect(),
        }
    }

    fn dominators(mut self, successors: &[Vec<u32>]) -> Vec<u32> {
        let count = self.walk.order.len();
        let predecessors = self.walk.predecessors(successors);
        let mut buckets: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut dominator = vec![0; count];
        for number in (1..count).rev() {
            let own = u32::try_from(number).unwrap_or(NONE);
            for &from in &predecessors[number] {
                let best = self.evaluate(from);
                self.semi[number] = self.semi[number].min(self.semi[best as usize]);
            }
            buckets[self.semi[number] as usize].push(own);
            let parent = self.walk.parent[number];
            self.ancestor[number] = parent;
            for member in std::mem::take(&mut buckets[parent as usize]) {
                let best = self.evaluate(member);
                let is_above = self.semi[best as usize] < self.semi[member as usize];
                dominator[member as usize] = if is_above { best } else { parent };
            }
        }
        for number in 1..count {
            if dominator[number] != self.semi[number] {
                dominator[number] = dominator[dominator[number] as usize];
            }
        }
        dominator
    }

    /// The number with the least semidominator between this one and the root of its tree, which
    /// is left out. Shortens the way for the next time.
    fn evaluate(&mut self, number: u32) -> u32 {
        if self.ancestor[number as usize] == NONE {
            return number;
        }
        let mut way = vec![number];
        let mut top = number;
        loop {
            top = self.ancestor[top as usize];
            if self.ancestor[top as usize] == NONE {
                break;
            }
            way.push(top);
        }
        let mut above = None;
        for &step in way.iter().rev() {
            let Some(above) = above.replace(step) else {
                continue;
            };
            let (best, better) = (self.best[step as usize], self.best[above as usize]);
            if self.semi[better as usize] < self.semi[best as usize] {
                self.best[step as usize] = better;
            }
            self.ancestor[step as usize] = top;
        }
        self.best[number as usize]
    }
}

/// Which name alone holds up which.
#[derive(Clone, Debug)]
pub(crate) struct Holders {
    /// The first package of the same name, by package.
    first: Vec<PackageId>,
    /// The immediate dominator of each first package.
    holder: Vec<Option<PackageId>>,
}

impl Holders {
    /// The holders among the names of a graph.
    pub(crate) fn of(graph: &Graph, needs: &Needs) -> Self {
        let first: Vec<PackageId> = graph
            .every_package()
            .map(|package| graph.packages_named(graph.name(package))[0])
            .collect();
        let mut successors: Vec<Vec<u32>> = vec![Vec::new(); first.len() + 1];
        for need in needs.all() {
            let from = need.from.map_or(0, |from| first[from.index()].0 + 1);
            successors[from as usize].push(first[need.to.index()].0 + 1);
        }
        let holder = immediate_dominators(&successors, 0).into_iter().skip(1);
        let holder = holder
            .map(|holder| {
                holder
                    .and_then(|holder| holder.checked_sub(1))
                    .map(PackageId)
            })
            .collect();
        Self { first, holder }
    }

    /// The package without whose name this one would not be reached; nothing where only the user
    /// stands above it.
    pub(crate) fn holder(&self, package: PackageId) -> Option<PackageId> {
        self.holder[self.first[package.index()].index()]
    }

    /// Whether each package is held up by a certain one, itself included; by package.
    fn is_held_by(&self, top: PackageId) -> Vec<bool> {
        let top = self.first[top.index()];
        // What is known of each first package: nothing yet, or whether it is held.
        let mut known: Vec<Option<bool>> = vec![None; self.first.len()];
        known[top.index()] = Some(true);
        let mut way = Vec::new();
        for package in &self.first {
            let mut step = Some(*package);
            let is_held = loop {
                let Some(at) = step else { break false };
                if let Some(known) = known[at.index()] {
                    break known;
                }
                way.push(at);
                step = self.holder[at.index()];
            };
            for step in way.drain(..) {
                known[step.index()] = Some(is_held);
            }
        }
        let held = |first: &PackageId| known[first.index()] == Some(true);
        self.first.iter().map(held).collect()
    }
}

impl Graph<'_> {
    /// What a name alone holds up, itself included: all that would go with it. Empty where the
    /// roots do not reach it.
    pub fn exclusive(&self, name: &PackageName) -> Vec<PackageId> {
        let own = self.packages_named(name);
        let Some(package) = own.iter().find(|package| self.is_reached(**package)) else {
            return Vec::new();
        };
        let holders = Holders::of(self, &Needs::full(self));
        let is_held = holders.is_held_by(*package);
        let mut held = self.packages();
        held.retain(|package| is_held[package.index()] && self.counts(*package));
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use petgraph::algo::dominators::simple_fast;
    use petgraph::graph::{DiGraph, NodeIndex};

    fn of_petgraph(successors: &[Vec<u32>]) -> Vec<Option<u32>> {
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        for _ in successors {
            graph.add_node(());
        }
        for (from, to) in (0..).zip(successors) {
            for &to in to {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(to as usize), ());
            }
        }
        let found = simple_fast(&graph, NodeIndex::new(0));
        let number = |node: NodeIndex| u32::try_from(node.index()).expect("a small number");
        graph
            .node_indices()
            .map(|node| found.immediate_dominator(node).map(number))
            .collect()
    }

    #[test]
    fn dominators_are_those_that_petgraph_finds() {
        let mut state: u64 = 7;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        for _ in 0..3000 {
            let count = 2 + random(14);
            let mut successors = vec![Vec::new(); count];
            for _ in 0..random(3 * count) {
                let to = u32::try_from(random(count)).expect("a small number");
                successors[random(count)].push(to);
            }
            assert_eq!(
                immediate_dominators(&successors, 0),
                of_petgraph(&successors),
                "{successors:?}"
            );
        }
    }

    #[test]
    fn a_long_chain_with_a_common_need_takes_no_time() {
        let count: u32 = 200_000;
        let mut successors: Vec<Vec<u32>> = (1..=count).map(|next| vec![next, count]).collect();
        successors.push(vec![0]);
        let dominators = immediate_dominators(&successors, 0);
        assert_eq!(dominators[count as usize], Some(0));
        assert_eq!(dominators[count as usize - 1], Some(count - 2));
    }
}
