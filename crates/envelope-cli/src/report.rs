//! What commands have to say, as text for people or JSON for programs.

pub(crate) mod human;
pub(crate) mod json;
#[cfg(feature = "infer")]
mod profile;

#[cfg(feature = "infer")]
use profile::{Share, median, shares};
