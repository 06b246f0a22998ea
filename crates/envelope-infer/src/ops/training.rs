//! Steps of optimizers, as `ai.onnx.preview.training` has them.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
