//! Drops nodes whose outputs nobody reads.

use std::collections::HashSet;

use crate::compile::Draft;
use crate::graph::ValueId;

/// Drops them.
pub(crate) fn drop(draft: &mut Draft) {
    let mut wanted: HashSet<ValueId> = draft.outputs.iter().copied().collect();
    let mut kept = Vec::with_capacity(draft.steps.len());
    for step in std::mem::take(&mut draft.steps).into_iter().rev() {
        if step
            .node
            .outputs
            .iter()
            .flatten()
            .any(|id| wanted.contains(id))
        {
            wanted.extend(step.node.reads());
            kept.push(step);
        }
    }
    kept.reverse();
    draft.steps = kept;
}
