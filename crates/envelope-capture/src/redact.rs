//! Secrets: where they are, and texts without them.

mod url;

pub use url::redact_url;

/// What stands where a secret stood.
pub(crate) const MASK: &str = "***";
