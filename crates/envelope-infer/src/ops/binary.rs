//! Arithmetic of two or more tensors that broadcast.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
