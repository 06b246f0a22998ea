//! Sampling images at given points, and folding patches back.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
