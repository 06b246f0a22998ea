//! What is changed in a graph before it runs. Each pass is one file and can be switched off; the
//! outputs are the same with and without it.

pub(crate) mod dead_code;
pub(crate) mod fold_constants;

use crate::compile::{Draft, Options};

/// Which passes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each pass is on or off")]
pub struct Passes {
    /// Computes once what is the same in each run.
    pub fold_constants: bool,
    /// Drops nodes whose outputs nobody reads.
    pub dead_code: bool,
}

impl Passes {
    /// All passes: what sessions use.
    pub fn all() -> Self {
        Self {
            fold_constants: true,
            dead_code: true,
        }
    }

    /// No pass.
    pub fn none() -> Self {
        Self {
            fold_constants: false,
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
}
