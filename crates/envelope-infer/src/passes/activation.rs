//! Lets a convolution or product end in the Relu or Clip that follows it: its values are moved into
//! the range while they are still in registers.

use crate::compile::Draft;
use crate::graph::{Attribute, Node};
use crate::ops::registry::OWN_DOMAIN;
use crate::passes::pattern;

/// Rewrites each such pair.
pub(crate) fn fuse(draft: &mut Draft) {
    pattern::join_pairs(draft, |draft, first, second| {
        let maker = &draft.steps[first].node;
        let suits = match maker.operator.as_str() {
            "Conv" | "Gemm" => maker.domain.is_empty(),
            // A bias may have been joined to it, which our own operator takes.
            "MatMul" => maker.domain.is_empty() || is_open(maker),
            _ => false,
        };
        let follows = draft.steps[second].node.inputs.first() == maker.outputs.first();
        if !suits || !follows || !pattern::is_f32(draft, maker) {
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

/// Whether the node is our own and moves its values into no range yet.
fn is_open(node: &Node) -> bool {
    node.domain == OWN_DOMAIN
        && !node.attributes.contains_key("low")
        && !node.attributes.contains_key("high")
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
