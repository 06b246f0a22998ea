//! `ai.onnx.ml`: linear models, scalers, normalizers, support vector machines.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
