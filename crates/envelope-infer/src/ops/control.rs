//! Control flow: If, Loop, Scan, and SequenceMap.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
