//! Trees as a flat array of nodes, and the walk of rows through them.
//!
//! The nodes of a tree lie in the order of a walk that goes to the false branch first, so that a
//! step often stays in the cache line. Whatever a model says about its trees is checked once, here:
//! a walk needs no checks but that a row has all features.

use num_traits::Float;
use rayon::prelude::*;

use crate::element::Number;
use crate::fault::{Result, fault};
use crate::ops::ml_scores::Rows;

/// The numbers that trees compare and sum: 32 or 64 bits.
pub(super) trait Threshold: Float + Number {}
impl Threshold for f32 {}
impl Threshold for f64 {}

/// Trees as they were read, not checked yet.
#[derive(Default)]
pub(super) struct Draft<T> {
    pub(super) nodes: Vec<DraftNode<T>>,
    pub(super) roots: Vec<Child>,
    /// The votes of each leaf.
    pub(super) leaves: Vec<Vec<Vote<T>>>,
}

/// An inner node.
pub(super) struct DraftNode<T> {
    pub(super) feature: i64,
    pub(super) threshold: T,
    pub(super) mode: Mode,
    /// The values of a test for membership.
    pub(super) members: Vec<T>,
    /// Whether a feature that is missing goes to the true branch.
    pub(super) missing_is_true: bool,
    pub(super) if_false: Child,
    pub(super) if_true: Child,
}

/// Where a branch leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Child {
    Node(usize),
    Leaf(usize),
}

/// What a leaf adds to a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vote<T> {
    pub(super) target: usize,
    pub(super) weight: T,
}

/// The test of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    AtMost,
    Below,
    AtLeast,
    Above,
    Equal,
    Unequal,
    Member,
}

/// What becomes of the votes of several trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

/// Trees that were checked.
pub(super) struct Forest<T> {
    nodes: Vec<Node<T>>,
    /// The first node of each tree, or its only leaf.
    roots: Vec<u32>,
    /// Where the votes of each leaf begin; one more than there are leaves.
    starts: Vec<u32>,
    votes: Vec<Vote<T>>,
    /// The members of each set, in order.
    sets: Vec<Vec<T>>,
    /// The test that all nodes make, if it is one.
    mode: Option<Mode>,
    /// How many features a row must have.
    features: usize,
}

struct Node<T> {
    threshold: T,
    feature: u32,
    /// Where it goes if the test fails, and if it holds. Leaves have the highest bit set.
    children: [u32; 2],
    set: u32,
    mode: Mode,
    missing_is_true: bool,
}

const LEAF: u32 = 1 << 31;

/// The votes of all trees for each row and target.
pub(super) struct Tally<T> {
    pub(super) scores: Vec<T>,
    /// Whether there was a vote at all.
    pub(super) voted: Vec<bool>,
}

impl<T: Threshold> Forest<T> {
    /// Checks the trees and lays them out.
    pub(super) fn new(draft: Draft<T>) -> Result<Self> {
        let (order, numbers) = walk_order(&draft)?;
        let place = |child: Child| match child {
            Child::Node(node) => numbers[node],
            Child::Leaf(leaf) => LEAF | narrow(leaf).unwrap_or(0),
        };
        let mut forest = Self {
            nodes: Vec::with_capacity(order.len()),
            roots: draft.roots.iter().map(|&root| place(root)).collect(),
            starts: vec![0],
            votes: Vec::new(),
            sets: Vec::new(),
            mode: None,
            features: 0,
        };
        for &old in &order {
            let node = &draft.nodes[old];
            let feature = usize::try_from(node.feature).ok();
            let feature = feature.and_then(|feature| Some((feature, narrow(feature)?)));
            let Some((wide, feature)) = feature else {
                return Err(fault!("a node tests feature {}", node.feature));
            };
            forest.features = forest.features.max(wide + 1);
            forest.nodes.push(Node {
                threshold: node.threshold,
                feature,
                children: [place(node.if_false), place(node.if_true)],
                set: narrow(forest.sets.len()).unwrap_or(0),
                mode: node.mode,
                missing_is_true: node.missing_is_true,
            });
            if node.mode == Mode::Member {
                forest.sets.push(in_order(&node.members));
            }
        }
        let first = forest.nodes.first().map(|node| node.mode);
        forest.mode = first.filter(|&mode| forest.nodes.iter().all(|node| node.mode == mode));
        for leaf in draft.leaves {
            forest.votes.extend(leaf);
            let end = narrow(forest.votes.len()).ok_or_else(|| fault!("the votes are too many"))?;
            forest.starts.push(end);
        }
        Ok(forest)
    }

    /// Walks all rows through all trees and counts the votes.
    pub(super) fn tally(
        &self,
        rows: &Rows<'_, T>,
        targets: usize,
        aggregate: Aggregate,
    ) -> Result<Tally<T>> {
        if rows.count > 0 && rows.width < self.features {
            return Err(fault!(
                "rows have {} features, expected at least {}",
                rows.width,
                self.features
            ));
        }
        let size = rows.count * targets;
        let mut tally = Tally {
            scores: vec![T::zero(); size],
            voted: vec![false; size],
        };
        let ballot = Ballot {
            forest: self,
            rows,
            targets,
            aggregate,
        };
        match self.mode {
            Some(Mode::AtMost) => ballot.count(&mut tally, |node, x| x <= node.threshold),
            Some(Mode::Below) => ballot.count(&mut tally, |node, x| x < node.threshold),
            Some(Mode::AtLeast) => ballot.count(&mut tally, |node, x| x >= node.threshold),
            Some(Mode::Above) => ballot.count(&mut tally, |node, x| x > node.threshold),
            _ => ballot.count(&mut tally, |node, x| self.holds(node, x)),
        }
        if aggregate == Aggregate::Average && !self.roots.is_empty() {
            let trees = T::from(self.roots.len()).unwrap_or_else(T::one);
            tally.scores.iter_mut().for_each(|score| *score /= trees);
        }
        Ok(tally)
    }

    fn holds(&self, node: &Node<T>, x: T) -> bool {
        match node.mode {
            Mode::AtMost => x <= node.threshold,
            Mode::Below => x < node.threshold,
            Mode::AtLeast => x >= node.threshold,
            Mode::Above => x > node.threshold,
            Mode::Equal => x == node.threshold,
            Mode::Unequal => x != node.threshold,
            Mode::Member => {
                let members = &self.sets[node.set as usize];
                let at = members.partition_point(|&member| member < x);
                members.get(at).is_some_and(|&member| member == x)
            }
        }
    }

    /// The leaf that a row ends in.
    #[inline]
    fn leaf(&self, root: u32, row: &[T], test: &impl Fn(&Node<T>, T) -> bool) -> usize {
        let mut at = root;
        while at & LEAF == 0 {
            let node = &self.nodes[at as usize];
            let x = row[node.feature as usize];
            let holds = test(node, x) | (node.missing_is_true & x.is_nan());
            at = node.children[usize::from(holds)];
        }
        (at & !LEAF) as usize
    }

    #[inline]
    fn votes_of(&self, leaf: usize) -> &[Vote<T>] {
        &self.votes[self.starts[leaf] as usize..self.starts[leaf + 1] as usize]
    }
}

/// Rows are walked in blocks of so many, one tree after the other: the tree stays in the cache.
const BLOCK_ROWS: usize = 64;
/// Walks of a tree from which on several threads are worth it.
const PARALLEL_WALKS: usize = 8_000;

struct Ballot<'a, T: Threshold> {
    forest: &'a Forest<T>,
    rows: &'a Rows<'a, T>,
    targets: usize,
    aggregate: Aggregate,
}

impl<T: Threshold> Ballot<'_, T> {
    fn count(&self, tally: &mut Tally<T>, test: impl Fn(&Node<T>, T) -> bool + Sync) {
        let size = BLOCK_ROWS.saturating_mul(self.targets);
        let walks = self.rows.count.saturating_mul(self.forest.roots.len());
        if walks >= PARALLEL_WALKS && self.rows.count > BLOCK_ROWS {
            let scores = tally.scores.par_chunks_mut(size);
            scores
                .zip(tally.voted.par_chunks_mut(size))
                .enumerate()
                .for_each(|(block, (scores, voted))| self.block(block, scores, voted, &test));
        } else {
            let scores = tally.scores.chunks_mut(size);
            scores
                .zip(tally.voted.chunks_mut(size))
                .enumerate()
                .for_each(|(block, (scores, voted))| self.block(block, scores, voted, &test));
        }
    }

    fn block(
        &self,
        block: usize,
        scores: &mut [T],
        voted: &mut [bool],
        test: &impl Fn(&Node<T>, T) -> bool,
    ) {
        let first = block * BLOCK_ROWS;
        for &root in &self.forest.roots {
            let rows = scores.chunks_mut(self.targets);
            let rows = rows.zip(voted.chunks_mut(self.targets)).enumerate();
            for (row, (scores, voted)) in rows {
                let leaf = self.forest.leaf(root, self.rows.row(first + row), test);
                for vote in self.forest.votes_of(leaf) {
                    let score = &mut scores[vote.target];
                    *score = self.aggregate.add(*score, vote.weight, voted[vote.target]);
                    voted[vote.target] = true;
                }
            }
        }
    }
}

impl Aggregate {
    #[inline]
    fn add<T: Threshold>(self, score: T, weight: T, voted: bool) -> T {
        match self {
            Self::Sum | Self::Average => score + weight,
            Self::Min if voted && score <= weight => score,
            Self::Max if voted && score >= weight => score,
            Self::Min | Self::Max => weight,
        }
    }
}

fn narrow(index: usize) -> Option<u32> {
    u32::try_from(index).ok().filter(|&index| index < LEAF)
}

fn in_order<T: Threshold>(members: &[T]) -> Vec<T> {
    let mut members: Vec<T> = members
        .iter()
        .copied()
        .filter(|one| !one.is_nan())
        .collect();
    members.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    members
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    /// Its branches are being walked: whoever leads back here closes a cycle.
    Open,
    Done,
}

/// The order of the nodes that the roots reach, and the number of each node in it.
///
/// Branches that meet again are fine; a walk from a root to a leaf has an end.
fn walk_order<T>(draft: &Draft<T>) -> Result<(Vec<usize>, Vec<u32>)> {
    let count = draft.nodes.len();
    if narrow(count).is_none() || narrow(draft.leaves.len()).is_none() {
        return Err(fault!("the trees have too many nodes"));
    }
    let mut walk = Walk {
        draft,
        states: vec![Visit::New; count],
        numbers: vec![0; count],
        order: Vec::new(),
        open: Vec::new(),
    };
    for &root in &draft.roots {
        walk.enter(root)?;
        while let Some((node, branches_done)) = walk.open.pop() {
            let branches = [draft.nodes[node].if_false, draft.nodes[node].if_true];
            match branches.get(branches_done) {
                Some(&branch) => {
                    walk.open.push((node, branches_done + 1));
                    walk.enter(branch)?;
                }
                None => walk.states[node] = Visit::Done,
            }
        }
    }
    Ok((walk.order, walk.numbers))
}

struct Walk<'a, T> {
    draft: &'a Draft<T>,
    states: Vec<Visit>,
    numbers: Vec<u32>,
    order: Vec<usize>,
    open: Vec<(usize, usize)>,
}

impl<T> Walk<'_, T> {
    fn enter(&mut self, child: Child) -> Result<()> {
        let node = match child {
            Child::Leaf(leaf) if leaf < self.draft.leaves.len() => return Ok(()),
            Child::Leaf(leaf) => {
                return Err(fault!("a branch leads to leaf {leaf}, which is not there"));
            }
            Child::Node(node) => node,
        };
        match self.states.get(node) {
            Some(Visit::Done) => Ok(()),
            Some(Visit::Open) => Err(fault!("a branch leads back to node {node} above it")),
            None => Err(fault!("a branch leads to node {node}, which is not there")),
            Some(Visit::New) => {
                self.states[node] = Visit::Open;
                self.numbers[node] = narrow(self.order.len()).unwrap_or(0);
                self.order.push(node);
                self.open.push((node, 0));
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    fn node(feature: i64, mode: Mode, if_false: Child, if_true: Child) -> DraftNode<f32> {
        DraftNode {
            feature,
            threshold: 1.0,
            mode,
            members: vec![3.0, f32::NAN, 2.0],
            missing_is_true: false,
            if_false,
            if_true,
        }
    }

    fn draft(nodes: Vec<DraftNode<f32>>) -> Draft<f32> {
        let leaf = |weight| vec![Vote { target: 0, weight }];
        Draft {
            nodes,
            roots: vec![Child::Node(0)],
            leaves: vec![leaf(10.0), leaf(20.0)],
        }
    }

    #[test]
    fn refuses_what_is_no_tree() {
        use Child::{Leaf, Node};
        let cases = [
            (
                vec![node(0, Mode::Below, Node(0), Leaf(0))],
                "back to node 0",
            ),
            (
                vec![
                    node(0, Mode::Below, Leaf(0), Node(1)),
                    node(0, Mode::Below, Leaf(0), Node(0)),
                ],
                "back to node 0",
            ),
            (vec![node(0, Mode::Below, Node(7), Leaf(0))], "node 7"),
            (vec![node(0, Mode::Below, Leaf(2), Leaf(0))], "leaf 2"),
            (vec![node(-1, Mode::Below, Leaf(1), Leaf(0))], "feature -1"),
            (vec![], "node 0"),
        ];
        for (nodes, words) in cases {
            let fault = Forest::new(draft(nodes)).err().map(|fault| fault.0);
            assert!(
                fault.clone().unwrap_or_default().contains(words),
                "{fault:?}"
            );
        }
    }

    #[test]
    fn walks_by_every_test() {
        let x = [0.0f32, 1.0, 2.0, f32::NAN];
        let cases = [
            (Mode::AtMost, [20.0, 20.0, 10.0, 10.0]),
            (Mode::Below, [20.0, 10.0, 10.0, 10.0]),
            (Mode::AtLeast, [10.0, 20.0, 20.0, 10.0]),
            (Mode::Above, [10.0, 10.0, 20.0, 10.0]),
            (Mode::Equal, [10.0, 20.0, 10.0, 10.0]),
            (Mode::Unequal, [20.0, 10.0, 20.0, 20.0]),
            (Mode::Member, [10.0, 10.0, 20.0, 10.0]),
        ];
        let x = Tensor::from_vec([4, 1], x.to_vec());
        let rows = Rows::<f32>::of(&x).unwrap();
        for (mode, mut expected) in cases {
            for missing_is_true in [false, true] {
                let mut one = node(0, mode, Child::Leaf(0), Child::Leaf(1));
                one.missing_is_true = missing_is_true;
                if missing_is_true {
                    expected[3] = 20.0;
                }
                let forest = Forest::new(draft(vec![one])).unwrap();
                let tally = forest.tally(&rows, 1, Aggregate::Sum).unwrap();
                assert_eq!(tally.scores, expected, "{mode:?} {missing_is_true}");
            }
        }
    }

    #[test]
    fn rows_without_the_features_are_a_fault() {
        let forest = Forest::new(draft(vec![node(
            3,
            Mode::Below,
            Child::Leaf(0),
            Child::Leaf(1),
        )]));
        let x = Tensor::from_vec([2, 3], vec![0f32; 6]);
        let rows = Rows::<f32>::of(&x).unwrap();
        assert!(forest.unwrap().tally(&rows, 1, Aggregate::Sum).is_err());
    }
}
