//! Activations: functions of single elements with parameters, and those that networks name.

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[];
