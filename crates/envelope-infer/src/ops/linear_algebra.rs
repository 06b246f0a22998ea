//! Einstein sums and determinants.

mod determinant;
mod einsum;
mod equation;
mod term;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Det", 11, determinant::build),
    Entry::since("Einsum", 12, einsum::build),
];
