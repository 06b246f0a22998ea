//! Goes through the members of an archive and scans whatever a loader would unpickle.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Cursor, Read};

use super::content::{Content, raw_torch_members};
use super::directory::{Directory, Member};
use super::numpy_header::{self, NumpyArray};
use super::{
    Effort, MAX_GLOBALS, MAX_INNER_ARCHIVE_BYTES, MAX_LISTED, MAX_MEMBERS, MAX_NESTING,
    MAX_PICKLES, ReadSeek, ScannedPickle, UnreadMember, is_zip, read_up_to,
};
use crate::pickle::{Limits, scan};

/// Name endings of members that are taken for pickles whatever their first bytes are.
const PICKLE_ENDINGS: [&str; 7] = [".pkl", ".pickle", ".pt", ".pth", ".bin", ".ckpt", ".joblib"];

/// What was found so far, and what may still be read.
pub(super) struct Inspection {
    pub(super) members: usize,
    pub(super) unsafe_names: Vec<String>,
    pub(super) duplicate_names: Vec<String>,
    pub(super) pickles: Vec<ScannedPickle>,
    pub(super) unread: Vec<UnreadMember>,
    pub(super) arrays: Vec<NumpyArray>,
    limits: Limits,
    bytes_left: u64,
    globals_left: usize,
    listed_left: usize,
}

impl Inspection {
    /// Nothing found yet.
    pub(super) fn new(effort: Effort) -> Self {
        Self {
            members: 0,
            unsafe_names: Vec::new(),
            duplicate_names: Vec::new(),
            pickles: Vec::new(),
            unread: Vec::new(),
            arrays: Vec::new(),
            limits: effort.pickle,
            bytes_left: effort.archive_bytes,
            globals_left: MAX_GLOBALS,
            listed_left: MAX_LISTED,
        }
    }
}

/// An archive on the way: its directory, the names before its own, and how deep it is.
struct Place<'a> {
    directory: &'a Directory,
    prefix: &'a str,
    depth: usize,
}

/// What the first bytes and the name of a member say.
enum Form {
    Pickle,
    Zip,
    Array,
    Other,
}

impl Inspection {
    /// Goes through the outermost archive.
    pub(super) fn inspect(
        &mut self,
        reader: &mut dyn ReadSeek,
        directory: &Directory,
        content: &Content,
    ) {
        let raw = content.raw_members(directory);
        self.inspect_members(
            reader,
            &Place {
                directory,
                prefix: "",
                depth: 1,
            },
            &raw,
        );
    }

    /// Notes a member that could not be read.
    pub(super) fn leave_unread(&mut self, member: String, reason: impl Into<String>) {
        self.unread.push(UnreadMember {
            member,
            reason: reason.into(),
        });
    }

    fn inspect_members(
        &mut self,
        reader: &mut dyn ReadSeek,
        place: &Place<'_>,
        raw: &BTreeSet<String>,
    ) {
        let mut seen = HashSet::new();
        for member in &place.directory.members {
            if self.members >= MAX_MEMBERS {
                self.leave_unread(place.path(member), "the archive has too many members");
                return;
            }
            self.members += 1;
            if member.has_unsafe_name() {
                self.unsafe_names.push(place.path(member));
            }
            if !seen.insert(member.name.as_str()) {
                self.duplicate_names.push(place.path(member));
            }
            if raw.contains(&member.name) || member.bytes == 0 {
                continue;
            }
            if let Err(reason) = self.inspect_member(reader, place, member) {
                self.leave_unread(place.path(member), reason);
            }
        }
    }

    fn inspect_member(
        &mut self,
        reader: &mut dyn ReadSeek,
        place: &Place<'_>,
        member: &Member,
    ) -> Result<(), String> {
        let mut start = [0; 8];
        let mut opened = place.directory.open(reader, member)?;
        let count = read_up_to(&mut opened, &mut start).map_err(|error| error.to_string())?;
        drop(opened);
        match form_of(&member.name, &start[..count]) {
            Form::Other => Ok(()),
            Form::Zip => self.inspect_inner(reader, place, member),
            Form::Pickle => {
                self.charge(member.bytes)?;
                let opened = place.directory.open(reader, member)?;
                self.scan_pickle(opened, place.path(member))
            }
            Form::Array => self.inspect_array(reader, place, member),
        }
    }

    fn scan_pickle(&mut self, opened: Box<dyn Read + '_>, member: String) -> Result<(), String> {
        if self.pickles.len() >= MAX_PICKLES {
            return Err("the archive has too many pickles".to_owned());
        }
        let max_globals = self.limits.max_globals.min(self.globals_left);
        let limits = Limits {
            max_globals,
            ..self.limits
        };
        let report = scan(opened, &limits).map_err(|error| error.to_string())?;
        self.globals_left -= report.globals.len();
        self.pickles.push(ScannedPickle { member, report });
        Ok(())
    }

    fn inspect_array(
        &mut self,
        reader: &mut dyn ReadSeek,
        place: &Place<'_>,
        member: &Member,
    ) -> Result<(), String> {
        self.list(1)?;
        let mut opened = place.directory.open(reader, member)?;
        let array = numpy_header::read(&mut opened, place.path(member), member.bytes)?;
        let holds_objects = array.holds_objects();
        self.arrays.push(array);
        if holds_objects {
            // The data of an array of objects is a pickle.
            self.charge(member.bytes)?;
            return self.scan_pickle(opened, place.path(member));
        }
        Ok(())
    }

    /// Goes through an archive inside an archive.
    fn inspect_inner(
        &mut self,
        reader: &mut dyn ReadSeek,
        place: &Place<'_>,
        member: &Member,
    ) -> Result<(), String> {
        if place.depth >= MAX_NESTING {
            return Err("it is an archive too deep inside others".to_owned());
        }
        self.charge(member.bytes)?;
        if let Some(mut window) = place.directory.open_stored(reader, member) {
            return self.inspect_inner_archive(&mut window, place, member);
        }
        if member.bytes > MAX_INNER_ARCHIVE_BYTES {
            return Err("it is a compressed archive too large to open".to_owned());
        }
        let mut bytes = Vec::new();
        let mut opened = place.directory.open(reader, member)?;
        opened
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        drop(opened);
        self.inspect_inner_archive(&mut Cursor::new(bytes), place, member)
    }

    fn inspect_inner_archive(
        &mut self,
        reader: &mut dyn ReadSeek,
        place: &Place<'_>,
        member: &Member,
    ) -> Result<(), String> {
        let directory = Directory::read(reader).map_err(|error| error.to_string())?;
        let prefix = format!("{}!/", place.path(member));
        let inner = Place {
            directory: &directory,
            prefix: &prefix,
            depth: place.depth + 1,
        };
        let raw = raw_torch_members(&directory);
        self.inspect_members(reader, &inner, &raw);
        Ok(())
    }

    /// Takes bytes from what may be read in all.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), String> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(bytes)
            .ok_or("the archive has more to scan than the limit allows")?;
        Ok(())
    }

    /// Takes entries from what may be listed in all.
    pub(super) fn list(&mut self, count: usize) -> Result<(), String> {
        self.listed_left = self
            .listed_left
            .checked_sub(count)
            .ok_or("the archive has more to list than the limit allows")?;
        Ok(())
    }

    /// Opens a JSON member of bounded size.
    pub(super) fn open_json<'a>(
        &mut self,
        reader: &'a mut dyn ReadSeek,
        directory: &Directory,
        member: &Member,
        limit_bytes: u64,
    ) -> Result<io::BufReader<Box<dyn Read + 'a>>, String> {
        if member.bytes > limit_bytes {
            return Err(format!(
                "it has {} bytes, expected at most {limit_bytes}",
                member.bytes
            ));
        }
        self.charge(member.bytes)?;
        directory.open(reader, member).map(io::BufReader::new)
    }
}

impl Place<'_> {
    fn path(&self, member: &Member) -> String {
        format!("{}{}", self.prefix, member.name)
    }
}

fn form_of(name: &str, start: &[u8]) -> Form {
    let starts_pickle = matches!(start, [0x80, 0..=5, ..]);
    if is_zip(start) {
        Form::Zip
    } else if starts_pickle || PICKLE_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        Form::Pickle
    } else if start.starts_with(b"\x93NUMPY") {
        Form::Array
    } else {
        Form::Other
    }
}
