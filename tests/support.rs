//! What the tests stand on: scratch folders, fixtures, real MLflow, processes that seal.

pub(crate) mod browser;
pub(crate) mod fixtures;
pub(crate) mod python;
pub(crate) mod scratch;
pub(crate) mod sealer;
pub(crate) mod tolerance;
pub(crate) mod tree;
