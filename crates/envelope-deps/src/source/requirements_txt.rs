//! Requirements files: what they ask for, and their bytes.
//!
//! A [`RequirementsFile`] is a document: every line of it, and of the files that it includes, is
//! known with all its bytes, so that the requirements that stay can be written as they stand. See
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>.
//!
//! Edges come from the comments `# via` where there are any. Constraints (`-c`) stay as they are:
//! they ask for nothing and hold nothing up, so that the file they name is not even looked for.

mod files;
mod inventory;
mod line_requirement;
mod lines;
mod load;
mod narrow;
mod options;
mod pins;
mod project;
mod recognise;
mod requirement;
mod rewrite;
mod text;
mod unnamed;
mod via;

pub(super) use recognise::RequirementsText;
pub use rewrite::RewriteOptions;

use crate::error::Error;
use crate::names::PackageName;
use requirement::Asked;
use std::io;
use std::ops::Range;
use std::path::Path;
use text::Text;

/// The word of the format.
pub(super) const FORMAT: &str = "requirements file";

/// A requirements file with what it includes.
#[derive(Debug, Default)]
pub struct RequirementsFile {
    /// The file itself, then those that it includes, in the order in which they were met.
    texts: Vec<Text>,
    /// Every logical line, the included ones in their places.
    items: Vec<Item>,
    notes: Vec<String>,
}

/// A logical line.
#[derive(Debug)]
struct Item {
    /// The number of its text.
    file: usize,
    /// Its bytes there.
    raw: Range<usize>,
    /// The number of its first line there, from 1.
    line: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Blank,
    Comment,
    Option,
    Requirement(Box<Asked>),
}

/// Reads a file that another one includes.
pub(super) fn read_included(path: &Path) -> io::Result<Vec<u8>> {
    files::read_from_disk(path, false)
}

impl RequirementsFile {
    /// Reads a file and what it includes.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the file cannot be read, [`Error::MissingInclude`] when an included one
    /// is not there, [`Error::Syntax`] for a line that asks for nothing known, and
    /// [`Error::ConflictingPins`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::read_all(path, &[])
    }

    /// Reads several files as one, in this order. They are written with the line ends and the
    /// encoding of the first.
    ///
    /// # Errors
    ///
    /// As [`RequirementsFile::read`].
    pub fn read_all(first: &Path, others: &[&Path]) -> Result<Self, Error> {
        load::load(first, others, &mut |path| {
            let is_named = path == first || others.contains(&path);
            files::read_from_disk(path, is_named)
        })
    }

    /// Reads a file and what it includes from elsewhere, such as git's index. `files` gives the
    /// bytes of each path; also projects that lie at the path of a line are asked for their names.
    ///
    /// # Errors
    ///
    /// As [`RequirementsFile::read`].
    pub fn read_with(
        path: &Path,
        files: &mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, Error> {
        load::load(path, &[], files)
    }

    /// Whether comments say who needs what.
    pub fn is_annotated(&self) -> bool {
        self.requirements()
            .any(|(item, _)| via::each_parent(self.raw(item), |_| ()))
    }

    /// Whether other files stand in it, so that writing it writes one file for several.
    pub fn has_includes(&self) -> bool {
        self.texts.len() > 1
    }

    /// How many lines ask for something whose name nothing says. They always stay.
    pub fn unnamed(&self) -> usize {
        let requirements = self.requirements();
        requirements
            .filter(|(_, asked)| asked.name.is_none())
            .count()
    }

    /// The packages that are listed, each once, in the order of the file.
    pub fn listed(&self) -> Vec<&PackageName> {
        let mut seen = rustc_hash::FxHashSet::default();
        let names = self
            .requirements()
            .filter_map(|(_, asked)| asked.name.as_ref());
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// What a user should know about the reading.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn requirements(&self) -> impl Iterator<Item = (&Item, &Asked)> {
        self.items.iter().filter_map(|item| match &item.kind {
            Kind::Requirement(asked) => Some((item, &**asked)),
            _ => None,
        })
    }

    /// The bytes of a logical line.
    fn raw(&self, item: &Item) -> &[u8] {
        &self.texts[item.file].bytes[item.raw.clone()]
    }
}
