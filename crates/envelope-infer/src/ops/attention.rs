//! Attention in its forms, and what comes with it: rotary embeddings, causal convolution.

mod causal_conv;
mod dot_product;
mod flex;
mod heads;
mod linear;
mod mask;
mod rotary;
mod softmax;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Attention", 23, dot_product::build),
    Entry::since("CausalConvWithState", 27, causal_conv::build),
    Entry {
        domain: "ai.onnx.preview",
        name: "FlexAttention",
        since: 1,
        build: flex::build,
    },
    Entry::since("LinearAttention", 27, linear::build),
    Entry::since("RotaryEmbedding", 23, rotary::build),
];
