//! Lets a convolution end in the Relu or Clip that follows it: its values are moved into the range
//! while they are still in registers.

use crate::compile::Draft;
use crate::data_type::DataType;
use crate::graph::{Attribute, Node};
use crate::ops::registry::OWN_DOMAIN;
use crate::passes::pattern;

/// Rewrites each such pair.
pub(crate) fn fuse(draft: &mut Draft) {
    pattern::join_pairs(draft, |draft, first, second| {
        let conv = &draft.steps[first].node;
        let is_conv = conv.domain.is_empty() && conv.operator == "Conv" && is_f32(draft, conv);
        if !is_conv || draft.steps[second].node.inputs.first() != conv.outputs.first() {
            return false;
        }
        let Some((low, high)) = range(draft, &draft.steps[second].node) else {
            return false;
        };
        let node = &mut draft.steps[first].node;
        OWN_DOMAIN.clone_into(&mut node.domain);
        node.attributes
            .insert("low".to_owned(), Attribute::Float(low));
        node.attributes
            .insert("high".to_owned(), Attribute::Float(high));
        true
    });
}

fn is_f32(draft: &Draft, node: &Node) -> bool {
    let first = node.inputs.first().copied().flatten();
    first.and_then(|id| draft.types[id.index()].as_ref()?.data_type()) == Some(DataType::F32)
}

/// The range that a node moves its input into, if that is all it does and the range is known.
fn range(draft: &Draft, node: &Node) -> Option<(f32, f32)> {
    if !node.domain.is_empty() {
        return None;
    }
    let end = |input: usize, attribute: &str, default: f32| match node
        .inputs
        .get(input)
        .copied()
        .flatten()
    {
        Some(id) => match draft.constants.get(&id)?.values::<f32>().ok()?[..] {
            [value] => Some(value),
            _ => None,
        },
        None => pattern::float_attribute(node, attribute, default),
    };
    match node.operator.as_str() {
        "Relu" => Some((0.0, f32::INFINITY)),
        "Clip" => {
            let range = (
                end(1, "min", f32::NEG_INFINITY)?,
                end(2, "max", f32::INFINITY)?,
            );
            // Clip by an empty range, or by NaN, is left to the operator.
            (range.0 <= range.1).then_some(range)
        }
        _ => None,
    }
}
