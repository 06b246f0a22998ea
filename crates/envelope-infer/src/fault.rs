//! What an operator says when it cannot go on: a message, to which the session adds the node.

use std::fmt;

/// Why an operator, or a step of reading, failed. Lower case, what was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a [`Fault`] from a format string.
macro_rules! fault {
    ($($words:tt)*) => { $crate::fault::Fault(format!($($words)*)) };
}
pub(crate) use fault;

/// What operators return.
pub(crate) type Result<T> = std::result::Result<T, Fault>;
