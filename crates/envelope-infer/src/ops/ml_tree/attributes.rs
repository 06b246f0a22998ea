//! Reads trees from the attributes of the older operators: inner nodes and leaves in one list, each
//! named by its tree and its number, and votes that name the node they belong to.

use std::collections::HashMap;

use super::forest::{Child, Draft, DraftNode, Mode, Threshold, Vote};
use crate::fault::{Result, fault};
use crate::operator::Facts;
use crate::ops::ml_scores::numbers_of;

/// What the attributes of the votes are called.
pub(super) struct VoteNames {
    trees: &'static str,
    nodes: &'static str,
    targets: &'static str,
    weights: [&'static str; 2],
}

pub(super) const CLASSES: VoteNames = VoteNames {
    trees: "class_treeids",
    nodes: "class_nodeids",
    targets: "class_ids",
    weights: ["class_weights", "class_weights_as_tensor"],
};

pub(super) const TARGETS: VoteNames = VoteNames {
    trees: "target_treeids",
    nodes: "target_nodeids",
    targets: "target_ids",
    weights: ["target_weights", "target_weights_as_tensor"],
};

/// The base values of the classes or targets; none where they are not given.
pub(super) fn base_values<T: Threshold>(facts: &Facts<'_>) -> Result<Vec<T>> {
    numbers(facts, ["base_values", "base_values_as_tensor"])
}

/// Numbers that are a list or, for 64 bits, a tensor.
fn numbers<T: Threshold>(facts: &Facts<'_>, names: [&str; 2]) -> Result<Vec<T>> {
    let listed = facts.numbers(names[0])?.unwrap_or_default();
    let tensor = facts.tensor(names[1])?;
    match (listed.is_empty(), tensor) {
        (_, None) => Ok(listed
            .iter()
            .map(|&value| T::from_f64(value.into()))
            .collect()),
        (true, Some(tensor)) => Ok(numbers_of::<T>(tensor)?.into_owned()),
        (false, Some(_)) => Err(fault!(
            "attributes `{}` and `{}` are both given",
            names[0],
            names[1]
        )),
    }
}

/// The lists that describe the nodes, all of one length.
struct Lists<'a, T> {
    trees: &'a [i64],
    ids: &'a [i64],
    features: &'a [i64],
    if_true: &'a [i64],
    if_false: &'a [i64],
    missing: &'a [i64],
    modes: Vec<Option<Mode>>,
    thresholds: Vec<T>,
}

impl<'a, T: Threshold> Lists<'a, T> {
    fn read(facts: &Facts<'a>) -> Result<Self> {
        let list = |name| Ok(facts.ints(name)?.unwrap_or_default());
        let modes = facts.texts("nodes_modes")?.unwrap_or_default();
        let lists = Self {
            trees: list("nodes_treeids")?,
            ids: list("nodes_nodeids")?,
            features: list("nodes_featureids")?,
            if_true: list("nodes_truenodeids")?,
            if_false: list("nodes_falsenodeids")?,
            missing: list("nodes_missing_value_tracks_true")?,
            modes: modes.iter().map(|name| mode(name)).collect::<Result<_>>()?,
            thresholds: numbers(facts, ["nodes_values", "nodes_values_as_tensor"])?,
        };
        let lengths = [
            ("nodes_treeids", lists.trees.len()),
            ("nodes_featureids", lists.features.len()),
            ("nodes_truenodeids", lists.if_true.len()),
            ("nodes_falsenodeids", lists.if_false.len()),
            ("nodes_modes", lists.modes.len()),
            ("nodes_values", lists.thresholds.len()),
        ];
        same_lengths(lists.ids.len(), &lengths)?;
        if !lists.missing.is_empty() {
            let length = ("nodes_missing_value_tracks_true", lists.missing.len());
            same_lengths(lists.ids.len(), &[length])?;
        }
        Ok(lists)
    }
}

fn same_lengths(expected: usize, found: &[(&str, usize)]) -> Result<()> {
    match found.iter().find(|(_, length)| *length != expected) {
        None => Ok(()),
        Some((name, length)) => Err(fault!("`{name}` has {length} values, expected {expected}")),
    }
}

/// The test of this name; a leaf has none.
fn mode(name: &str) -> Result<Option<Mode>> {
    Ok(Some(match name {
        "LEAF" => return Ok(None),
        "BRANCH_LEQ" => Mode::AtMost,
        "BRANCH_LT" => Mode::Below,
        "BRANCH_GTE" => Mode::AtLeast,
        "BRANCH_GT" => Mode::Above,
        "BRANCH_EQ" => Mode::Equal,
        "BRANCH_NEQ" => Mode::Unequal,
        other => return Err(fault!("a node has mode `{other}`, which is not known")),
    }))
}

/// Reads the trees with the votes of so many targets.
pub(super) fn draft<T: Threshold>(
    facts: &Facts<'_>,
    votes: &VoteNames,
    targets: usize,
) -> Result<Draft<T>> {
    let lists = Lists::<T>::read(facts)?;
    let mut draft = Draft {
        nodes: Vec::new(),
        roots: Vec::new(),
        leaves: Vec::new(),
    };
    let places = places(&lists, &mut draft)?;
    for (i, mode) in lists.modes.iter().enumerate() {
        let Some(mode) = *mode else { continue };
        let tree = lists.trees[i];
        let branch = |node: i64| {
            let found = places.get(&(tree, node)).copied();
            found.ok_or_else(|| {
                fault!("a branch leads to node {node} of tree {tree}, which is not there")
            })
        };
        draft.nodes.push(DraftNode {
            feature: lists.features[i],
            threshold: lists.thresholds[i],
            mode,
            members: Vec::new(),
            missing_is_true: lists.missing.get(i).is_some_and(|&tracks| tracks != 0),
            if_false: branch(lists.if_false[i])?,
            if_true: branch(lists.if_true[i])?,
        });
    }
    read_votes(facts, votes, targets, &places, &mut draft)?;
    Ok(draft)
}

/// A node's tree and its number there.
type Name = (i64, i64);

/// Finds out which entries are nodes and which are leaves. The first entry of a tree is its root.
fn places<T: Threshold>(
    lists: &Lists<'_, T>,
    draft: &mut Draft<T>,
) -> Result<HashMap<Name, Child>> {
    let mut places = HashMap::with_capacity(lists.ids.len());
    let mut trees = std::collections::HashSet::new();
    let mut node_count = 0;
    for (i, mode) in lists.modes.iter().enumerate() {
        let (tree, id) = (lists.trees[i], lists.ids[i]);
        let place = if mode.is_some() {
            node_count += 1;
            Child::Node(node_count - 1)
        } else {
            draft.leaves.push(Vec::new());
            Child::Leaf(draft.leaves.len() - 1)
        };
        if places.insert((tree, id), place).is_some() {
            return Err(fault!("node {id} of tree {tree} is there twice"));
        }
        if trees.insert(tree) {
            draft.roots.push(place);
        }
    }
    Ok(places)
}

fn read_votes<T: Threshold>(
    facts: &Facts<'_>,
    names: &VoteNames,
    targets: usize,
    places: &HashMap<Name, Child>,
    draft: &mut Draft<T>,
) -> Result<()> {
    let list = |name| Ok(facts.ints(name)?.unwrap_or_default());
    let (trees, nodes, ids) = (list(names.trees)?, list(names.nodes)?, list(names.targets)?);
    let weights: Vec<T> = numbers(facts, names.weights)?;
    let lengths = [
        (names.trees, trees.len()),
        (names.nodes, nodes.len()),
        (names.weights[0], weights.len()),
    ];
    same_lengths(ids.len(), &lengths)?;
    for (i, &weight) in weights.iter().enumerate() {
        let (tree, node) = (trees[i], nodes[i]);
        let target = usize::try_from(ids[i]).ok().filter(|&id| id < targets);
        let target =
            target.ok_or_else(|| fault!("a vote is for {} of {targets} targets", ids[i]))?;
        match places.get(&(tree, node)) {
            Some(&Child::Leaf(leaf)) => draft.leaves[leaf].push(Vote { target, weight }),
            // Old exporters write votes for inner nodes too; nothing ends there.
            Some(Child::Node(_)) => {}
            None => {
                return Err(fault!(
                    "a vote is for node {node} of tree {tree}, which is not there"
                ));
            }
        }
    }
    Ok(())
}
