//! Finding two steps that can become one.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::Draft;
use crate::data_type::DataType;
use crate::graph::{Attribute, Node, ValueId};

/// Offers each pair of a step and the only reader of its only output. When `join` has rewritten the
/// first one to do both, the second is dropped and the first takes its outputs.
pub(super) fn join_pairs(
    draft: &mut Draft,
    mut join: impl FnMut(&mut Draft, usize, usize) -> bool,
) {
    let mut reads: BTreeMap<ValueId, usize> = BTreeMap::new();
    for id in draft
        .steps
        .iter()
        .flat_map(|step| step.node.reads())
        .chain(draft.outputs.iter().copied())
    {
        *reads.entry(id).or_default() += 1;
    }
    let mut makers: BTreeMap<ValueId, usize> = BTreeMap::new();
    let mut dropped: BTreeSet<usize> = BTreeSet::new();
    for second in 0..draft.steps.len() {
        let inputs = draft.steps[second].node.inputs.iter().flatten();
        let read_once = inputs.filter(|id| reads.get(id) == Some(&1));
        let firsts: Vec<usize> = read_once.filter_map(|id| makers.get(id).copied()).collect();
        let joined = firsts
            .into_iter()
            .find(|&first| has_one_output(&draft.steps[first].node) && join(draft, first, second));
        if let Some(first) = joined {
            let outputs = std::mem::take(&mut draft.steps[second].node.outputs);
            draft.steps[first].node.outputs = outputs.into_iter().take(1).collect();
            draft.steps[first].built = None;
            dropped.insert(second);
            makers.extend(
                draft.steps[first]
                    .node
                    .outputs
                    .iter()
                    .flatten()
                    .map(|&id| (id, first)),
            );
            continue;
        }
        makers.extend(
            draft.steps[second]
                .node
                .outputs
                .iter()
                .flatten()
                .map(|&id| (id, second)),
        );
    }
    let mut number = 0;
    draft.steps.retain(|_| {
        number += 1;
        !dropped.contains(&(number - 1))
    });
}

fn has_one_output(node: &Node) -> bool {
    node.outputs.iter().flatten().count() == 1
}

/// An attribute that is a float, or its default; nothing when it is something else.
pub(super) fn float_attribute(node: &Node, name: &str, default: f32) -> Option<f32> {
    match node.attributes.get(name) {
        None => Some(default),
        Some(Attribute::Float(value)) => Some(*value),
        Some(_) => None,
    }
}

/// An attribute that is an integer, or its default; nothing when it is something else.
pub(super) fn int_attribute(node: &Node, name: &str, default: i64) -> Option<i64> {
    match node.attributes.get(name) {
        None => Some(default),
        Some(Attribute::Int(value)) => Some(*value),
        Some(_) => None,
    }
}

/// Whether the first input of a node has numbers of single precision.
pub(super) fn is_f32(draft: &Draft, node: &Node) -> bool {
    let first = node.inputs.first().copied().flatten();
    first.and_then(|id| draft.types[id.index()].as_ref()?.data_type()) == Some(DataType::F32)
}
