//! Normalizations: over batches, over rows and groups, over neighbours.

mod batch;
mod local;
mod rows;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("BatchNormalization", batch::batch_normalization),
    Entry::since("GroupNormalization", 18, rows::group_normalization),
    Entry::new("InstanceNormalization", rows::instance_normalization),
    Entry::since("LayerNormalization", 17, rows::layer_normalization),
    Entry::new("LpNormalization", local::lp_normalization),
    Entry::new("LRN", local::lrn),
    Entry::since(
        "MeanVarianceNormalization",
        9,
        local::mean_variance_normalization,
    ),
    Entry::since("RMSNormalization", 23, rows::rms_normalization),
];
