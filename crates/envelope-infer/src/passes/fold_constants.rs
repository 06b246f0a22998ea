//! Computes once, while the model loads, what is the same in each run.

use smallvec::SmallVec;

use crate::compile::{self, Draft, DraftStep, Options};
use crate::graph::ValueId;
use crate::operator::Inputs;
use crate::value::Value;

/// Results larger than this are made anew in each run, unless what they are made of is about as
/// large: weights of 8 bits may become floats.
const MAX_GROWN_BYTES: usize = 1 << 20;
const MAX_GROWTH: usize = 4;

/// Runs the step and keeps its outputs as constants, if all that it reads is constant.
///
/// Says whether it did. A step that fails is left in the graph: it fails when it runs.
pub(crate) fn fold(draft: &mut Draft, step: &DraftStep, options: &Options) -> bool {
    let Some(built) = step.built.as_ref().filter(|built| built.repeatable) else {
        return false;
    };
    if !step
        .node
        .reads()
        .all(|id| draft.constants.contains_key(&id))
    {
        return false;
    }
    let value = |id: ValueId| draft.constants.get(&id).cloned().map(Value::Tensor);
    let inputs: SmallVec<[Option<Value>; 4]> = step
        .node
        .inputs
        .iter()
        .map(|input| input.and_then(value))
        .collect();
    let read_bytes: usize = inputs
        .iter()
        .flatten()
        .filter_map(Value::as_tensor)
        .map(super::super::tensor::Tensor::size_bytes)
        .sum();
    let given = step.node.inputs.iter().flatten().count();
    let captured = step.node.reads().skip(given).map(value);
    let inputs = inputs.into_iter().chain(captured).collect();
    let Ok(outputs) = compile::run_alone(built, Inputs::new(inputs), options) else {
        return false;
    };
    let tensors: Option<Vec<_>> = outputs
        .into_iter()
        .map(|value| value.into_tensor().ok())
        .collect();
    let Some(tensors) = tensors else { return false };
    let made_bytes: usize = tensors
        .iter()
        .map(super::super::tensor::Tensor::size_bytes)
        .sum();
    if made_bytes > MAX_GROWN_BYTES.max(MAX_GROWTH * read_bytes) {
        return false;
    }
    for (output, tensor) in step.node.outputs.iter().zip(tensors) {
        if let Some(id) = output {
            draft.constants.insert(*id, tensor.dense());
        }
    }
    true
}
