//! stub
/// A mistake.
#[derive(Clone, Debug)]
pub struct Mistake;
