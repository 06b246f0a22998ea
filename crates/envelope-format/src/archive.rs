//! Describes archives of model weights without running anything in them.
#[cfg(test)]
pub(crate) mod mutations;
