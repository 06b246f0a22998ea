//! The directory of a zip archive, read as Python's `zipfile` reads it, and strictly.
//!
//! The format is PKWARE's
//! [APPNOTE](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Checksums are not
//! verified: they do not change what a loader would run.

use std::collections::HashMap;
use std::io::{Read, SeekFrom};

use flate2::read::DeflateDecoder;

use super::{ArchiveError, MAX_DIRECTORY_BYTES, MAX_MEMBERS, ReadSeek, Window};

const END_BYTES: usize = 22;
const MAX_COMMENT_BYTES: u64 = 65_535;
const ZIP64_LOCATOR_BYTES: u64 = 20;
const ZIP64_END_BYTES: u64 = 56;
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const ENCRYPTED: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// One entry of the directory.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// Bytes when decompressed, as declared.
    pub(super) bytes: u64,
    compressed_bytes: u64,
    method: u16,
    flags: u16,
    header_offset: u64,
}

/// All entries, in their order.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) members: Vec<Member>,
    /// Where the directory starts and the data of the members must have ended.
    start: u64,
}

/// Where the directory is and how much is in it.
struct Extent {
    start: u64,
    bytes: u64,
    entries: u64,
}

impl Directory {
    pub(super) fn read(reader: &mut dyn ReadSeek) -> Result<Self, ArchiveError> {
        let extent = find(reader)?;
        if extent.bytes > MAX_DIRECTORY_BYTES {
            let what = "bytes in the directory";
            return Err(ArchiveError::Limit {
                what,
                limit: MAX_DIRECTORY_BYTES,
            });
        }
        let buffer = read_at(reader, extent.start, extent.bytes)?;
        let mut rest = buffer.as_slice();
        let mut members = Vec::new();
        while !rest.is_empty() {
            if members.len() >= MAX_MEMBERS {
                return Err(ArchiveError::Limit {
                    what: "members",
                    limit: MAX_MEMBERS as u64,
                });
            }
            let member =
                entry(&mut rest).ok_or(ArchiveError::Malformed("a broken directory entry"))?;
            members.push(member);
        }
        if members.len() as u64 != extent.entries {
            return Err(ArchiveError::Malformed(
                "the directory has another number of entries",
            ));
        }
        Ok(Self {
            members,
            start: extent.start,
        })
    }

    pub(super) fn find(&self, name: &str) -> Option<&Member> {
        // Where a name occurs twice Python's `zipfile` takes the last.
        self.members.iter().rev().find(|member| member.name == name)
    }

    /// The declared bytes of each member by its name.
    pub(super) fn sizes(&self) -> HashMap<&str, u64> {
        self.members
            .iter()
            .map(|member| (member.name.as_str(), member.bytes))
            .collect()
    }

    /// Opens the data of a member as it is stored; says why not.
    fn raw<'a>(&self, reader: &'a mut dyn ReadSeek, member: &Member) -> Result<Window<'a>, String> {
        if member.flags & ENCRYPTED != 0 {
            return Err("it is encrypted".to_owned());
        }
        let header = read_at(reader, member.header_offset, LOCAL_BYTES as u64)
            .map_err(|error| error.to_string())?;
        let fields = header
            .strip_prefix(b"PK\x03\x04")
            .ok_or("its local header is missing")?;
        let name_bytes = u64::from(u16_at(fields, 22).unwrap_or(0));
        let extra_bytes = u64::from(u16_at(fields, 24).unwrap_or(0));
        let name_offset = member.header_offset + LOCAL_BYTES as u64;
        let name = read_at(reader, name_offset, name_bytes).map_err(|e| e.to_string())?;
        if String::from_utf8_lossy(&name) != member.name {
            return Err("its local header has another name".to_owned());
        }
        let start = name_offset + name_bytes + extra_bytes;
        let end = start.checked_add(member.compressed_bytes);
        if end.is_none_or(|end| end > self.start) {
            return Err("its data goes beyond the archive".to_owned());
        }
        Ok(Window {
            reader,
            start,
            length: member.compressed_bytes,
            position: 0,
        })
    }

    /// Opens a member; gives no more bytes than the directory declares.
    pub(super) fn open<'a>(
        &self,
        reader: &'a mut dyn ReadSeek,
        member: &Member,
    ) -> Result<Box<dyn Read + 'a>, String> {
        let raw = self.raw(reader, member)?;
        match member.method {
            STORED => Ok(Box::new(raw.take(member.bytes))),
            DEFLATED => Ok(Box::new(DeflateDecoder::new(raw).take(member.bytes))),
            method => Err(format!("its compression method {method} is not supported")),
        }
    }

    /// Opens a member that is stored without compression, for seeking.
    pub(super) fn open_stored<'a>(
        &self,
        reader: &'a mut dyn ReadSeek,
        member: &Member,
    ) -> Option<Window<'a>> {
        if member.method != STORED || member.bytes != member.compressed_bytes {
            return None;
        }
        self.raw(reader, member).ok()
    }
}

impl Member {
    /// Tells names that leave the folder they are unpacked into, or mislead a reader.
    pub(super) fn has_unsafe_name(&self) -> bool {
        let name = self.name.as_str();
        name.is_empty()
            || name.starts_with('/')
            || name.contains('\\')
            || name
                .chars()
                .any(|letter| letter.is_control() || letter == '\u{fffd}')
            || name.split('/').any(|part| part == ".." || part == ".")
            || name.as_bytes().get(1) == Some(&b':')
    }
}

/// Finds the end record, as the last place in the file that looks like one.
fn find(reader: &mut dyn ReadSeek) -> Result<Extent, ArchiveError> {
    let length = reader.seek(SeekFrom::End(0))?;
    let tail_bytes = length.min(END_BYTES as u64 + MAX_COMMENT_BYTES);
    let tail_start = length - tail_bytes;
    let tail = read_at(reader, tail_start, tail_bytes)?;
    let at = memchr::memmem::rfind(&tail, b"PK\x05\x06")
        .ok_or(ArchiveError::Malformed("there is no directory at its end"))?;
    let end_offset = tail_start + at as u64;
    let record = tail.get(at..).and_then(|tail| tail.get(..END_BYTES));
    let record = record.ok_or(ArchiveError::Malformed(
        "the end of the directory is cut short",
    ))?;
    let short = |at_field: usize| u16_at(record, at_field).map(u64::from);
    let long = |at_field: usize| u32_at(record, at_field).map(u64::from);
    let fields = short(10).zip(long(12)).zip(long(16));
    let ((entries, bytes), start) = fields.ok_or(ArchiveError::Malformed(
        "the end of the directory is cut short",
    ))?;
    let (extent, directory_end) = match zip64(reader, end_offset)? {
        Some((extent, end)) => (extent, end),
        None => (
            Extent {
                start,
                bytes,
                entries,
            },
            end_offset,
        ),
    };
    if extent.start.checked_add(extent.bytes) != Some(directory_end) {
        // PyTorch's reader and Python's would look for the members in different places.
        return Err(ArchiveError::Malformed(
            "its directory is not where it says",
        ));
    }
    Ok(extent)
}

/// Reads the larger end record, if there is one right before the end record.
fn zip64(reader: &mut dyn ReadSeek, end: u64) -> Result<Option<(Extent, u64)>, ArchiveError> {
    let Some(locator_offset) = end.checked_sub(ZIP64_LOCATOR_BYTES) else {
        return Ok(None);
    };
    let locator = read_at(reader, locator_offset, ZIP64_LOCATOR_BYTES)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    let broken = ArchiveError::Malformed("a broken zip64 record");
    let said = u64_at(&locator, 8);
    let Some(offset) = locator_offset.checked_sub(ZIP64_END_BYTES) else {
        return Err(broken);
    };
    if said != Some(offset) {
        return Err(ArchiveError::Malformed(
            "its zip64 record is not where it says",
        ));
    }
    let record = read_at(reader, offset, ZIP64_END_BYTES)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Err(broken);
    }
    let fields = u64_at(&record, 32)
        .zip(u64_at(&record, 40))
        .zip(u64_at(&record, 48));
    let ((entries, bytes), start) = fields.ok_or(broken)?;
    Ok(Some((
        Extent {
            start,
            bytes,
            entries,
        },
        offset,
    )))
}

/// Takes one entry off the front of the directory.
fn entry(rest: &mut &[u8]) -> Option<Member> {
    let (fixed, after) = rest.split_at_checked(ENTRY_BYTES)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return None;
    }
    let (name, after) = after.split_at_checked(usize::from(u16_at(fixed, 28)?))?;
    let (extra, after) = after.split_at_checked(usize::from(u16_at(fixed, 30)?))?;
    let (_comment, after) = after.split_at_checked(usize::from(u16_at(fixed, 32)?))?;
    *rest = after;
    let mut sizes = [u32_at(fixed, 24)?, u32_at(fixed, 20)?, u32_at(fixed, 42)?].map(u64::from);
    widen(&mut sizes, extra)?;
    let [bytes, compressed_bytes, header_offset] = sizes;
    Some(Member {
        name: String::from_utf8_lossy(name).into_owned(),
        bytes,
        compressed_bytes,
        method: u16_at(fixed, 10)?,
        flags: u16_at(fixed, 8)?,
        header_offset,
    })
}

/// Replaces sizes that are all ones by those of the zip64 extra field.
fn widen(sizes: &mut [u64; 3], mut extra: &[u8]) -> Option<()> {
    while let (Some(kind), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let (field, rest) = extra.get(4..)?.split_at_checked(usize::from(length))?;
        extra = rest;
        if kind != 1 {
            continue;
        }
        let mut at = 0;
        for size in sizes
            .iter_mut()
            .filter(|size| **size == u64::from(u32::MAX))
        {
            *size = u64_at(field, at)?;
            at += 8;
        }
    }
    Some(())
}

/// Reads exactly `count` bytes, allocating no more than there are.
fn read_at(reader: &mut dyn ReadSeek, offset: u64, count: u64) -> Result<Vec<u8>, ArchiveError> {
    reader.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    reader.take(count).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == count {
        Ok(bytes)
    } else {
        Err(ArchiveError::Malformed("it is cut short"))
    }
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array_at(bytes, at).map(u64::from_le_bytes)
}
