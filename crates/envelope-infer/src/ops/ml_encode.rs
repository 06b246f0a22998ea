//! `ai.onnx.ml`: encoders, imputers, feature vectors and maps.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
