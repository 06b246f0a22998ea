//! Reads trees from the attributes of `TreeEnsemble`: inner nodes and leaves in lists of their own,
//! branches that are positions in them, and tests for membership in a set.

use super::forest::{Child, Draft, DraftNode, Mode, Threshold, Vote};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::Facts;
use crate::ops::ml_scores::numbers_of;

/// The tests in the order of their numbers.
const MODES: [Mode; 7] = [
    Mode::AtMost,
    Mode::Below,
    Mode::AtLeast,
    Mode::Above,
    Mode::Equal,
    Mode::Unequal,
    Mode::Member,
];

/// The lists that describe the nodes.
struct Lists<'a, T> {
    modes: Vec<Mode>,
    thresholds: Vec<T>,
    members: Vec<T>,
    features: &'a [i64],
    missing: &'a [i64],
    branches: [Branch<'a>; 2],
}

/// Where the nodes go if the test fails, or if it holds.
struct Branch<'a> {
    to: &'a [i64],
    is_leaf: &'a [i64],
}

/// Reads the trees; their numbers must be of this type.
pub(super) fn draft<T: Threshold>(
    facts: &Facts<'_>,
    data_type: DataType,
    targets: usize,
) -> Result<Draft<T>> {
    let lists = Lists::<T>::read(facts, data_type)?;
    let mut members = lists.members.split(|member| member.is_nan());
    let mut nodes = Vec::with_capacity(lists.modes.len());
    for (i, &mode) in lists.modes.iter().enumerate() {
        let members = match mode {
            Mode::Member => members
                .next()
                .ok_or_else(|| fault!("membership_values has too few sets"))?
                .to_vec(),
            _ => Vec::new(),
        };
        nodes.push(DraftNode {
            feature: lists.features[i],
            threshold: lists.thresholds[i],
            mode,
            members,
            missing_is_true: lists.missing.get(i).is_some_and(|&tracks| tracks != 0),
            if_false: lists.branches[0].at(i)?,
            if_true: lists.branches[1].at(i)?,
        });
    }
    if members.flatten().next().is_some() {
        return Err(fault!(
            "membership_values has more sets than there are tests"
        ));
    }
    let roots = facts.ints("tree_roots")?.unwrap_or_default();
    let root = |&root: &i64| {
        usize::try_from(root)
            .map(Child::Node)
            .map_err(|_| fault!("a tree begins at node {root}"))
    };
    Ok(Draft {
        nodes,
        roots: roots.iter().map(root).collect::<Result<_>>()?,
        leaves: leaves(facts, data_type, targets)?,
    })
}

impl<'a, T: Threshold> Lists<'a, T> {
    fn read(facts: &Facts<'a>, data_type: DataType) -> Result<Self> {
        let list = |name| Ok(facts.ints(name)?.unwrap_or_default());
        // How often a node is visited matters to nobody who only predicts.
        facts.tensor("nodes_hitrates")?;
        let lists = Self {
            modes: modes(facts)?,
            thresholds: numbers(facts, "nodes_splits", data_type)?,
            members: numbers(facts, "membership_values", data_type)?,
            features: list("nodes_featureids")?,
            missing: list("nodes_missing_value_tracks_true")?,
            branches: [
                Branch {
                    to: list("nodes_falsenodeids")?,
                    is_leaf: list("nodes_falseleafs")?,
                },
                Branch {
                    to: list("nodes_truenodeids")?,
                    is_leaf: list("nodes_trueleafs")?,
                },
            ],
        };
        let count = lists.modes.len();
        let [no, yes] = &lists.branches;
        let lengths = [
            lists.thresholds.len(),
            lists.features.len(),
            no.to.len(),
            no.is_leaf.len(),
            yes.to.len(),
            yes.is_leaf.len(),
        ];
        let missing_fits = lists.missing.is_empty() || lists.missing.len() == count;
        if lengths.iter().any(|&length| length != count) || !missing_fits {
            return Err(fault!("the `nodes_*` attributes are not all of one length"));
        }
        Ok(lists)
    }
}

fn modes(facts: &Facts<'_>) -> Result<Vec<Mode>> {
    let Some(tensor) = facts.tensor("nodes_modes")? else {
        return Ok(Vec::new());
    };
    let mode = |&number: &u8| {
        let found = MODES.get(usize::from(number)).copied();
        found.ok_or_else(|| fault!("a node has mode {number}, which is not known"))
    };
    tensor.values::<u8>()?.iter().map(mode).collect()
}

fn numbers<T: Threshold>(facts: &Facts<'_>, name: &str, data_type: DataType) -> Result<Vec<T>> {
    match facts.tensor(name)? {
        None => Ok(Vec::new()),
        Some(tensor) if tensor.data_type() != data_type => Err(fault!(
            "`{name}` has elements of {}, expected {data_type}",
            tensor.data_type()
        )),
        Some(tensor) => Ok(numbers_of::<T>(tensor)?.into_owned()),
    }
}

impl Branch<'_> {
    fn at(&self, node: usize) -> Result<Child> {
        let to = self.to[node];
        let place = usize::try_from(to).map_err(|_| fault!("a branch leads to node {to}"))?;
        Ok(if self.is_leaf[node] == 0 {
            Child::Node(place)
        } else {
            Child::Leaf(place)
        })
    }
}

fn leaves<T: Threshold>(
    facts: &Facts<'_>,
    data_type: DataType,
    targets: usize,
) -> Result<Vec<Vec<Vote<T>>>> {
    let weights: Vec<T> = numbers(facts, "leaf_weights", data_type)?;
    let ids = facts.ints("leaf_targetids")?.unwrap_or_default();
    if ids.len() != weights.len() {
        return Err(fault!(
            "leaf_targetids has {} values, expected {}",
            ids.len(),
            weights.len()
        ));
    }
    let vote = |(&id, &weight): (&i64, &T)| {
        let target = usize::try_from(id).ok().filter(|&id| id < targets);
        let target = target.ok_or_else(|| fault!("a leaf is for {id} of {targets} targets"))?;
        Ok(vec![Vote { target, weight }])
    };
    ids.iter().zip(&weights).map(vote).collect()
}
