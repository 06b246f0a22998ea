//! Puts a batch normalization that follows a convolution into the convolution's weights.

use crate::compile::Draft;
use crate::data_type::DataType;
use crate::graph::ValueId;
use crate::passes::pattern;
use crate::tensor::Tensor;

/// Rewrites each such pair.
pub(crate) fn fold(draft: &mut Draft) {
    pattern::join_pairs(draft, |draft, first, second| {
        let conv = &draft.steps[first].node;
        let norm = &draft.steps[second].node;
        let is_pair = conv.domain.is_empty()
            && conv.operator == "Conv"
            && norm.domain.is_empty()
            && norm.operator == "BatchNormalization"
            && norm.outputs.iter().skip(1).all(Option::is_none);
        if !is_pair || draft.steps[second].node.inputs.first() != conv.outputs.first() {
            return false;
        }
        let Some((weights, bias)) = folded(draft, first, second) else {
            return false;
        };
        let weights = add_constant(draft, "weights", weights);
        let bias = add_constant(draft, "bias", bias);
        let node = &mut draft.steps[first].node;
        node.inputs.truncate(1);
        node.inputs.extend([Some(weights), Some(bias)]);
        true
    });
}

fn add_constant(draft: &mut Draft, name: &str, value: Tensor) -> ValueId {
    let id = ValueId(u32::try_from(draft.names.len()).unwrap_or(u32::MAX));
    draft.names.push(format!("{name} with its normalization"));
    draft.types.push(Some(value.data_type().into()));
    draft.constants.insert(id, value);
    id
}

/// The weights and the bias that do what convolution and normalization do together, if all that
/// they are made of is known.
fn folded(draft: &Draft, conv: usize, norm: usize) -> Option<(Tensor, Tensor)> {
    let epsilon = pattern::float_attribute(&draft.steps[norm].node, "epsilon", 1e-5)?;
    if pattern::int_attribute(&draft.steps[norm].node, "training_mode", 0)? != 0 {
        return None;
    }
    let constant = |step: usize, input: usize| {
        let id = draft.steps[step]
            .node
            .inputs
            .get(input)
            .copied()
            .flatten()?;
        draft
            .constants
            .get(&id)
            .filter(|value| value.data_type() == DataType::F32)
    };
    let weights = constant(conv, 1)?;
    let channels = *weights.shape().first()?;
    let vector = |input: usize| {
        let value = constant(norm, input)?;
        (value.elements() == channels)
            .then(|| value.values::<f32>().ok())
            .flatten()
    };
    let (scale, shift, mean, variance) = (vector(1)?, vector(2)?, vector(3)?, vector(4)?);
    let has_bias = draft.steps[conv]
        .node
        .inputs
        .get(2)
        .copied()
        .flatten()
        .is_some();
    let bias = if has_bias {
        constant(conv, 2)?.values::<f32>().ok()?.into_owned()
    } else {
        vec![0.0; channels]
    };
    let factors: Vec<f32> = scale
        .iter()
        .zip(variance.iter())
        .map(|(&scale, &variance)| scale / (variance + epsilon).sqrt())
        .collect();
    let mut values = weights.values::<f32>().ok()?.into_owned();
    let of_channel = (values.len() / channels.max(1)).max(1);
    for (weights, &factor) in values.chunks_mut(of_channel).zip(&factors) {
        for weight in weights {
            *weight *= factor;
        }
    }
    let moved = bias
        .iter()
        .zip(mean.iter())
        .zip(factors.iter().zip(shift.iter()));
    let bias = moved
        .map(|((&bias, &mean), (&factor, &shift))| (bias - mean) * factor + shift)
        .collect();
    Some((
        Tensor::from_vec(weights.shape().clone(), values),
        Tensor::from_vec([channels], bias),
    ))
}
