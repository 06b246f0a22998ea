//! A package on disk: opening one, and writing one whole or not at all.

mod copy;
mod digest;
mod flush;
mod parts;
mod read;
mod staging;
mod tree;
mod write;

pub use digest::{Digest, DigestManifest};
pub use read::{MAX_TEXT_BYTES, Package};
pub(crate) use read::{read_bytes, read_text};
pub use tree::{Entry, EntryKind, MAX_ENTRIES, Tree};
pub(crate) use write::identity;
pub use write::{Contents, Durability, Progress, SealOptions, Sealed, Silent, Source, seal};
