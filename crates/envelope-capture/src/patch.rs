//! Patches as `git diff --binary` writes them: one section a file, of headers and hunks.
//!
//! A patch is bytes, since the files are; reading it only says where things are. The form is told
//! in <https://git-scm.com/docs/diff-format#generate_patch_text_with_p>.

mod binary;
mod name;
mod read;
mod replace;

pub(crate) use binary::{BinaryHunk, copy_lines};
pub(crate) use name::{shown, unquote};

use crate::error::Error;
use std::ops::Range;

/// A patch that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    bytes: Vec<u8>,
    sections: Vec<Section>,
}

/// What a patch says about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Where in the patch it is.
    pub(crate) bytes: Range<usize>,
    /// Where its first hunk begins, or where it ends if it has none.
    pub(crate) body_start: usize,
    /// The number of its first line in the patch, from 1.
    pub(crate) first_line: usize,
    /// The path before and after, none on the side where there is no file.
    pub(crate) old_path: Option<Vec<u8>>,
    pub(crate) new_path: Option<Vec<u8>>,
    /// The mode before and after, where the patch states it.
    pub(crate) old_mode: Option<u32>,
    pub(crate) new_mode: Option<u32>,
    /// The objects before and after, where the patch states them.
    pub(crate) ids: Option<(String, String)>,
    pub(crate) change: Change,
    pub(crate) body: Body,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// It has other contents or another mode.
    Modified,
    /// It has another name, and perhaps other contents.
    Renamed,
    /// It is new, and made of another one.
    Copied,
}

/// How a section tells the new contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// Not at all: a new mode, a new name, an empty file.
    None,
    /// As lines.
    Text(Vec<Hunk>),
    /// As bytes that are compressed.
    Binary,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hunk {
    /// The number of its `@@` line in the patch, from 1.
    pub(crate) first_line: usize,
    /// The first line on each side, from 1.
    pub(crate) old_start: usize,
    pub(crate) new_start: usize,
    /// What stands behind the second `@@`: the function that the lines are in.
    pub(crate) heading: Range<usize>,
    pub(crate) lines: Vec<Line>,
}

/// One line of a hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) side: Side,
    /// Its text, without the sign before it and without its end.
    pub(crate) text: Range<usize>,
    /// Its number in the patch, from 1.
    pub(crate) number: usize,
    /// Whether it is the last of its file and does not end in a newline.
    pub(crate) is_unended: bool,
}

/// On which sides of a hunk a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Both,
    Old,
    New,
}

impl Patch {
    /// Reads a patch.
    ///
    /// # Errors
    /// The line that is not as git writes it.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Error> {
        let sections = read::sections(&bytes)?;
        Ok(Self { bytes, sections })
    }

    /// The patch as it stands.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The patch as it stands, where nothing else is wanted of it.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether nothing was changed. `git apply` takes no empty patch.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// What it says about each file, in its order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// A section that tells new contents as bytes; none where it does not name the object to start
    /// from, as where only the name is new.
    pub(crate) fn with_contents(
        &self,
        section: &Section,
        id: &str,
        hunk: &BinaryHunk,
    ) -> Option<Vec<u8>> {
        let (old, _) = section.ids.as_ref()?;
        let headers = self.slice(&(section.bytes.start..section.body_start));
        let mut written = Vec::with_capacity(headers.len());
        for line in headers.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b"index ") {
                let mode = line
                    .iter()
                    .rposition(|byte| *byte == b' ')
                    .filter(|at| *at > 5);
                written.extend_from_slice(format!("index {old}..{id}").as_bytes());
                written.extend_from_slice(mode.map_or(b"\n", |at| &line[at..]));
            } else if !line.starts_with(b"--- ") && !line.starts_with(b"+++ ") {
                written.extend_from_slice(line);
            }
        }
        written.extend_from_slice(&hunk.write());
        Some(written)
    }

    pub(crate) fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

impl Section {
    /// The file as it is called now, or was called if it is gone. A name that is no UTF-8 is
    /// written the way git quotes it.
    pub fn path(&self) -> String {
        shown(self.raw_path())
    }

    /// How the file was called before, if that was otherwise.
    pub fn old_path(&self) -> Option<String> {
        let moved = matches!(self.change, Change::Renamed | Change::Copied);
        self.old_path.as_deref().filter(|_| moved).map(shown)
    }

    /// What happened to the file.
    pub fn change(&self) -> Change {
        self.change
    }

    /// Whether its contents are told as bytes and not as lines.
    pub fn is_binary(&self) -> bool {
        self.body == Body::Binary
    }

    /// How many lines come and go.
    pub fn counts(&self) -> (usize, usize) {
        let lines = self.hunks().iter().flat_map(|hunk| &hunk.lines);
        lines.fold((0, 0), |(added, removed), line| match line.side {
            Side::New => (added + 1, removed),
            Side::Old => (added, removed + 1),
            Side::Both => (added, removed),
        })
    }

    pub(crate) fn raw_path(&self) -> &[u8] {
        let path = self.new_path.as_ref().or(self.old_path.as_ref());
        path.map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn hunks(&self) -> &[Hunk] {
        match &self.body {
            Body::Text(hunks) => hunks,
            Body::None | Body::Binary => &[],
        }
    }

    /// Whether the file is another repository at some commit.
    pub(crate) fn is_submodule(&self) -> bool {
        [self.old_mode, self.new_mode].contains(&Some(0o160_000))
    }
}

/// The object that a file of these contents is, in a repository whose objects have names of that
/// many letters.
pub(crate) fn blob_id(letters: usize, contents: &[u8]) -> String {
    let kind = if letters == 64 {
        gix::hash::Kind::Sha256
    } else {
        gix::hash::Kind::Sha1
    };
    let id = gix::objs::compute_hash(kind, gix::objs::Kind::Blob, contents);
    id.map(|id| id.to_string()).unwrap_or_default()
}
