//! Tensors out of nothing: constants, ranges, random numbers.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
