//! What is changed in a graph before it runs. Each pass is one file and can be switched off; the
//! outputs are the same with and without it, but for the rounding of the last bits.

pub(crate) mod activation;
pub(crate) mod batch_norm;
pub(crate) mod bias;
pub(crate) mod dead_code;
pub(crate) mod fold_constants;
mod pattern;

use crate::compile::{Draft, Options};

/// Which passes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each pass is on or off")]
pub struct Passes {
    /// Computes once what is the same in each run.
    pub fold_constants: bool,
    /// Puts batch normalizations into the weights of the convolutions before them.
    pub batch_norm: bool,
    /// Lets products of matrices add the bias that follows them.
    pub bias: bool,
    /// Lets convolutions and products end in the Relu or Clip that follows them.
    pub activation: bool,
    /// Drops nodes whose outputs nobody reads.
    pub dead_code: bool,
}

impl Passes {
    /// All passes: what sessions use.
    pub fn all() -> Self {
        Self {
            fold_constants: true,
            batch_norm: true,
            bias: true,
            activation: true,
            dead_code: true,
        }
    }

    /// No pass.
    pub fn none() -> Self {
        Self {
            fold_constants: false,
            batch_norm: false,
            bias: false,
            activation: false,
            dead_code: false,
        }
    }
}

impl Default for Passes {
    fn default() -> Self {
        Self::all()
    }
}

/// Runs the passes that are switched on, in order. Constants are folded while operators are made.
pub(crate) fn run(draft: &mut Draft, options: &Options) {
    if options.passes.dead_code {
        dead_code::drop(draft);
    }
    if options.passes.batch_norm {
        batch_norm::fold(draft);
    }
    if options.passes.bias {
        bias::fuse(draft);
    }
    if options.passes.activation {
        activation::fuse(draft);
    }
}
