//! Describes files of model weights without running anything in them.
//!
//! [`describe`] knows what `torch.save`, `torch.jit.save`, `torch.export.save` and `skops` write,
//! which are all zip archives, and plain pickles, compressed or not. Whatever a loader would
//! unpickle is scanned with [`crate::pickle`], in archives inside archives too. Tensor data is not
//! read.
//!
//! The zip directory is read here rather than by a zip library, because what matters is what a
//! hostile archive would show to Python's `zipfile` and to PyTorch's reader: names that occur twice
//! are all scanned, and archives that the two would read differently are refused.

mod content;
mod directory;
mod inspection;
mod json_walk;
#[cfg(test)]
pub(crate) mod mutations;
mod numpy_header;
mod skops;
mod torch_export;

use std::io::{Read, Seek, SeekFrom};

use serde::Serialize;

use crate::compressed::Compression;
use crate::pickle::{self, Danger, Limits, PickleError, PickleReport, scan};

pub use content::{Content, Storage};
pub use numpy_header::NumpyArray;
pub use skops::{Skops, SkopsClass};
pub use torch_export::{ExportTensor, TorchExport};

use directory::Directory;
use inspection::Inspection;

/// Members of an archive at most, those of archives inside it included.
pub const MAX_MEMBERS: usize = 100_000;
/// Bytes of a zip directory at most.
pub const MAX_DIRECTORY_BYTES: u64 = 32 << 20;
/// Bytes of pickles and inner archives read at most, after decompression.
pub const MAX_SCANNED_BYTES: u64 = 1 << 30;
/// Bytes of one JSON member at most.
pub const MAX_JSON_BYTES: u64 = 64 << 20;
/// Bytes of one JSON member that lists tensors at most.
pub const MAX_CONFIG_BYTES: u64 = 16 << 20;
/// Archives inside one another at most.
pub const MAX_NESTING: usize = 3;
/// Bytes of a compressed archive inside an archive at most; stored ones are read in place.
pub const MAX_INNER_ARCHIVE_BYTES: u64 = 64 << 20;
/// Pickles scanned in one archive at most.
pub const MAX_PICKLES: usize = 10_000;
/// Different globals listed for all pickles of an archive together at most.
pub const MAX_GLOBALS: usize = 100_000;
/// Classes, operators, arrays or tensors listed at most, each.
pub const MAX_LISTED: usize = 200_000;

/// A pickle in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScannedPickle {
    /// Name of the member, with `!/` between the names of an archive and of a member inside it;
    /// empty where the file itself is the pickle.
    pub member: String,
    /// What is in it.
    pub report: PickleReport,
}

/// A member that could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadMember {
    /// Name of the member.
    pub member: String,
    /// Why.
    pub reason: String,
}

/// What is in a file of model weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArchiveDescription {
    /// What kind of file it is, with the facts of that kind.
    pub content: Content,
    /// Worst class of all pickles, and [`Danger::Unknown`] where a member could not be read.
    pub danger: Danger,
    /// Members of the archive, those of inner archives included.
    pub members: u64,
    /// Bytes of all members of the outer archive when decompressed, as it declares them.
    pub bytes: u64,
    /// Names that would leave the folder they are unpacked into, or mislead a reader.
    pub unsafe_names: Vec<String>,
    /// Names that occur more than once, so that two readers may see different content.
    pub duplicate_names: Vec<String>,
    /// All pickles.
    pub pickles: Vec<ScannedPickle>,
    /// Members that could not be read.
    pub unread: Vec<UnreadMember>,
}

/// Says why a file cannot be described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The reader failed.
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
    /// The zip directory is broken.
    #[error("broken zip archive: {0}")]
    Malformed(&'static str),
    /// A limit of this reader is reached.
    #[error("the archive has more than the {limit} allowed {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
    /// The file is no zip archive and no pickle either.
    #[error(transparent)]
    Pickle(#[from] PickleError),
}

/// Reading and seeking, as one trait to pass around.
trait ReadSeek: Read + Seek {}

impl<R: Read + Seek> ReadSeek for R {}

/// How much of a file may be read to describe it.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// What one scan of a pickle may cost.
    pub pickle: Limits,
    /// Bytes of all pickles, inner archives and lists of an archive, after decompression.
    pub archive_bytes: u64,
}

impl Default for Effort {
    /// Whatever can be read in reasonable time.
    fn default() -> Self {
        Self {
            pickle: Limits::default(),
            archive_bytes: MAX_SCANNED_BYTES,
        }
    }
}

/// Describes the file in `reader`; the name of the file decides where its bytes do not.
///
/// # Errors
/// When the reader fails, when the zip directory is broken or over a limit, and when the file is
/// neither a zip archive nor a pickle. Broken members do not fail: they are listed.
pub fn describe<R: Read + Seek>(
    reader: R,
    file_name: &str,
) -> Result<ArchiveDescription, ArchiveError> {
    describe_within(reader, file_name, Effort::default())
}

/// Describes the file as [`describe`] does, as far as the effort allows: a scan that it ends has a
/// fault, and a member that it leaves out is listed as unread.
///
/// # Errors
/// As [`describe`].
pub fn describe_within<R: Read + Seek>(
    mut reader: R,
    file_name: &str,
    effort: Effort,
) -> Result<ArchiveDescription, ArchiveError> {
    let mut start = [0; LEGACY_TORCH.len()];
    reader.rewind()?;
    let count = read_up_to(&mut reader, &mut start)?;
    reader.rewind()?;
    let start = &start[..count];
    let always_zip = [".skops", ".pt2", ".zip", ".npz"];
    if is_zip(start) || always_zip.iter().any(|end| file_name.ends_with(end)) {
        return describe_zip(&mut reader, effort);
    }
    if let Some(compression) = Compression::of_file_name(file_name) {
        let content = Content::CompressedPickle { compression };
        let decoder = compression.decoder(reader, effort.archive_bytes);
        return Ok(one_pickle(content, scan(decoder, &effort.pickle)?));
    }
    if start == LEGACY_TORCH {
        // The fifth pickle is followed by the raw bytes of the tensors.
        let limits = Limits {
            max_pickles: 5,
            ..effort.pickle
        };
        return Ok(one_pickle(Content::LegacyTorchSave, scan(reader, &limits)?));
    }
    Ok(one_pickle(Content::Pickle, scan(reader, &effort.pickle)?))
}

/// The first pickle of a file `torch.save` wrote before it wrote zip archives.
const LEGACY_TORCH: &[u8; 15] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";

fn is_zip(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

fn one_pickle(content: Content, report: PickleReport) -> ArchiveDescription {
    ArchiveDescription {
        content,
        danger: report.danger,
        members: 0,
        bytes: report.bytes + report.trailing_bytes,
        unsafe_names: Vec::new(),
        duplicate_names: Vec::new(),
        pickles: vec![ScannedPickle {
            member: String::new(),
            report,
        }],
        unread: Vec::new(),
    }
}

fn describe_zip(
    reader: &mut dyn ReadSeek,
    effort: Effort,
) -> Result<ArchiveDescription, ArchiveError> {
    let directory = Directory::read(reader)?;
    let mut inspection = Inspection::new(effort);
    let bytes = directory
        .members
        .iter()
        .fold(0_u64, |sum, m| sum.saturating_add(m.bytes));
    let content = content::find(reader, &directory, &mut inspection);
    inspection.inspect(reader, &directory, &content);
    let content = content.with_arrays(inspection.arrays);
    let pickles = inspection.pickles.iter().map(|pickle| pickle.report.danger);
    let unread = inspection.unread.iter().map(|_| Danger::Unknown);
    Ok(ArchiveDescription {
        content,
        danger: pickle::worst(pickles.chain(unread)),
        members: inspection.members as u64,
        bytes,
        unsafe_names: inspection.unsafe_names,
        duplicate_names: inspection.duplicate_names,
        pickles: inspection.pickles,
        unread: inspection.unread,
    })
}

/// Fills as much of the buffer as there are bytes.
fn read_up_to(reader: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match reader.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

/// A part of a file that reads like a file of its own.
struct Window<'a> {
    reader: &'a mut dyn ReadSeek,
    start: u64,
    length: u64,
    position: u64,
}

impl Read for Window<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let count = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        self.reader
            .seek(SeekFrom::Start(self.start + self.position))?;
        let count = self.reader.read(&mut buffer[..count])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Window<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests;
