//! Operators that take elements from places that are no whole numbers, or put patches together.

mod affine;
mod columns;
mod roi_align;
mod sample;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("AffineGrid", 20, affine::affine_grid),
    Entry::since("Col2Im", 18, columns::col2im),
    Entry::since("GridSample", 16, sample::grid_sample),
    Entry::since("RoiAlign", 10, roi_align::roi_align),
];
