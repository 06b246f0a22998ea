//! Lets a product add the bias that follows it: a row that is the same in each run.

use crate::compile::Draft;
use crate::graph::ValueId;
use crate::ops::registry::OWN_DOMAIN;
use crate::passes::pattern;

/// Rewrites each such pair.
pub(crate) fn fuse(draft: &mut Draft) {
    pattern::join_pairs(draft, |draft, first, second| {
        let product = &draft.steps[first].node;
        let sum = &draft.steps[second].node;
        let is_pair = product.domain.is_empty()
            && product.operator == "MatMul"
            && sum.domain.is_empty()
            && sum.operator == "Add"
            && pattern::is_f32(draft, product);
        let Some(&made) = product.outputs.first().filter(|_| is_pair) else {
            return false;
        };
        let other = match sum.inputs[..] {
            [a, b] if a == made => b,
            [a, b] if b == made => a,
            _ => return false,
        };
        let Some(bias) = other.filter(|&id| is_row(draft, first, id)) else {
            return false;
        };
        let node = &mut draft.steps[first].node;
        OWN_DOMAIN.clone_into(&mut node.domain);
        node.inputs.truncate(2);
        node.inputs.push(Some(bias));
        true
    });
}

/// Whether the value is known, and has a number for each column of the product.
fn is_row(draft: &Draft, product: usize, bias: ValueId) -> bool {
    let inputs = &draft.steps[product].node.inputs;
    let Some(weights) = inputs.get(1).copied().flatten() else {
        return false;
    };
    match (draft.constants.get(&weights), draft.constants.get(&bias)) {
        (Some(weights), Some(bias)) => {
            weights.rank() == 2 && bias.rank() == 1 && bias.shape()[0] == weights.shape()[1]
        }
        _ => false,
    }
}
