//! Secrets: where they are, and texts without them.
//!
//! What is looked for is the shape of a secret, and names that promise one beside values that look
//! like chance. A secret without either, a password that is a plain word, is not found. Nothing is
//! asked over a network whether it is valid.

mod find;
mod heading;
mod judge;
mod key_block;
mod key_part;
mod mask;
mod named_value;
mod netrc;
mod rules;
mod scan;
mod several_lines;
mod url;
mod words;

pub use find::{LineSide, Secret, secrets};
pub use mask::{Contents, Effect, Masked, MaskedLine, mask};
pub use url::redact_url;
pub use words::{redact_arguments, redact_text, redact_variable};

/// What stands where a secret stood.
pub(crate) const MASK: &str = "***";
