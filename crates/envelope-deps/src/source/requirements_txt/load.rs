//! Reading a file and those that it includes, each once, where the line that includes it stands.
//!
//! The walk has its own stack, so that no depth of includes exhausts the program's.

use super::files::{Files, MOST_BYTES, normalised};
use super::line_requirement::Refused;
use super::lines::{
    Body, CONSTRAINT, Content, EDITABLE, INCLUDE, Logical, Names, Splitter, option_value,
    options_start,
};
use super::options;
use super::pins::Pins;
use super::project::Projects;
use super::requirement::{self, Asked};
use super::text::Text;
use super::{Item, Kind, RequirementsFile};
use crate::error::{Error, Place};
use crate::inventory::Origin;
use rustc_hash::FxHashSet;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// As many logical lines as all files together may have.
const MOST_LINES: usize = 1_000_000;

/// As many notes as a user reads.
const MOST_NOTES: usize = 100;

/// Reads files one after the other, each with what it includes.
pub(super) fn load(
    first: &Path,
    others: &[&Path],
    files: Files,
) -> Result<RequirementsFile, Error> {
    // A single file is seen from its own folder, so that it does not matter where that is.
    let folder = first.parent().filter(|_| others.is_empty());
    let mut loader = Loader {
        files,
        folder: folder.map(PathBuf::from).unwrap_or_default(),
        seen: FxHashSet::default(),
        bytes_left: MOST_BYTES,
        pins: Pins::default(),
        projects: Projects::default(),
        document: RequirementsFile::default(),
    };
    for path in std::iter::once(&first).chain(others) {
        let seen_from_here = folder.and(path.file_name()).map(Path::new);
        loader.open(path, seen_from_here.unwrap_or(path))?;
    }
    Ok(loader.document)
}

struct Loader<'a> {
    files: Files<'a>,
    /// Where all files are seen from.
    folder: PathBuf,
    seen: FxHashSet<PathBuf>,
    bytes_left: usize,
    pins: Pins,
    projects: Projects,
    document: RequirementsFile,
}

/// A file that is being walked.
struct Frame {
    file: usize,
    /// Its path from where all files are seen, normalised.
    name: PathBuf,
    splitter: Splitter,
}

impl Loader<'_> {
    fn add_text(&mut self, path: PathBuf, name: &Path, bytes: Vec<u8>) -> Result<(), Error> {
        let Some(left) = self.bytes_left.checked_sub(bytes.len()) else {
            let message = format!("more than {MOST_BYTES} bytes of requirements");
            return Err(Error::syntax(&path, 0, 0, message));
        };
        self.bytes_left = left;
        let name = name.to_string_lossy().replace('\\', "/");
        let text = Text::new(path, name, bytes)?;
        let first = self.document.texts.first().unwrap_or(&text);
        if first.encoding.needs_characters() && std::str::from_utf8(&text.bytes).is_err() {
            let message = "the text is not UTF-8, but the file that it goes into is UTF-16";
            return Err(Error::syntax(&text.path, 0, 0, message));
        }
        self.document.texts.push(text);
        Ok(())
    }

    /// Reads a file that the user named, unless it stands somewhere already.
    fn open(&mut self, path: &Path, name: &Path) -> Result<(), Error> {
        let name = normalised(Path::new(""), &name.to_string_lossy());
        if !self.seen.insert(name.clone()) {
            return Ok(());
        }
        let bytes = (self.files)(path).map_err(|error| Error::io(path, error))?;
        self.add_text(path.to_owned(), &name, bytes)?;
        self.walk(name)
    }

    /// Walks the text that was added last.
    fn walk(&mut self, name: PathBuf) -> Result<(), Error> {
        let mut open = vec![Frame {
            file: self.document.texts.len() - 1,
            name,
            splitter: Splitter::default(),
        }];
        while let Some(frame) = open.last_mut() {
            let text = &self.document.texts[frame.file];
            let Some(logical) = frame.splitter.next_of(&text.bytes) else {
                open.pop();
                continue;
            };
            if let Content::Include(body) = &logical.content {
                let including = (frame.file, frame.name.clone());
                open.extend(self.include(including, &logical, body)?);
            } else {
                let file = frame.file;
                self.add(file, logical)?;
            }
        }
        Ok(())
    }

    /// Opens an included file, unless it stands somewhere already.
    fn include(
        &mut self,
        (file, name): (usize, PathBuf),
        logical: &Logical,
        body: &Body,
    ) -> Result<Option<Frame>, Error> {
        let text = &self.document.texts[file];
        let value = self.value(file, logical, body, INCLUDE)?;
        if value.contains("://") && !value.starts_with("file://") {
            let message = "an included file of another machine is not read, expected a path";
            return Err(wrong(text, logical, Some(body.place(0)), message));
        }
        let name = normalised(name.parent().unwrap_or(Path::new("")), &value);
        if !self.seen.insert(name.clone()) {
            return Ok(None);
        }
        let path = self.folder.join(&name);
        let bytes = (self.files)(&path).map_err(|error| {
            let include = name.to_string_lossy().replace('\\', "/");
            match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::MissingInclude {
                    place: place(text, logical, None),
                    include,
                },
                _ => {
                    let message = format!("cannot read the included file `{include}`: {error}");
                    wrong(text, logical, None, message)
                }
            }
        })?;
        self.add_text(path, &name, bytes)?;
        Ok(Some(Frame {
            file: self.document.texts.len() - 1,
            name,
            splitter: Splitter::default(),
        }))
    }

    /// The value of an option, as a text that is not empty.
    fn value(
        &self,
        file: usize,
        logical: &Logical,
        body: &Body,
        names: Names,
    ) -> Result<String, Error> {
        let text = &self.document.texts[file];
        let value = option_value(&body.text, names).unwrap_or_default();
        let value = utf8(text, logical, body, value)?;
        if value.is_empty() {
            let message = "expected a path after the option";
            return Err(wrong(text, logical, None, message));
        }
        Ok(value.to_owned())
    }

    fn add(&mut self, file: usize, logical: Logical) -> Result<(), Error> {
        let text = &self.document.texts[file];
        if self.document.items.len() >= MOST_LINES {
            let message = format!("more than {MOST_LINES} lines of requirements");
            return Err(wrong(text, &logical, None, message));
        }
        let kind = match &logical.content {
            Content::Blank | Content::Include(_) => Kind::Blank,
            Content::Comment => Kind::Comment,
            Content::Option(body) => {
                self.look_at_option(file, &logical, body)?;
                Kind::Option
            }
            Content::Requirement(body) => {
                let asked = self.asked(file, &logical, body)?;
                Kind::Requirement(Box::new(asked))
            }
        };
        self.document.items.push(Item {
            file,
            raw: logical.raw,
            line: logical.line,
            kind,
        });
        let RequirementsFile { texts, items, .. } = &self.document;
        self.pins.add_last(items, |item| Place {
            path: texts[item.file].path.clone(),
            line: item.line,
            column: 0,
        })
    }

    /// What a requirement line asks for, with the name that the project at its place may know.
    fn asked(&mut self, file: usize, logical: &Logical, body: &Body) -> Result<Asked, Error> {
        let text = &self.document.texts[file];
        let editable = option_value(&body.text, EDITABLE).filter(|_| body.text.starts_with(b"-"));
        let range = editable.clone().unwrap_or(0..body.text.len());
        let start = range.start;
        let end = options_start(&body.text[range.clone()]).map_or(range.end, |at| start + at);
        let said = utf8(text, logical, body, start..end)?.trim_end();
        let parsed = match editable {
            Some(_) => requirement::parse_editable(said),
            None => requirement::parse(said),
        };
        let mut asked = parsed.map_err(|Refused { at, message }| {
            wrong(text, logical, Some(body.place(start + at)), message)
        })?;
        if asked.name.is_none()
            && let Origin::Url(place) | Origin::Editable(place) = &asked.origin
        {
            let folders = [text.path.parent(), self.document.texts[0].path.parent()];
            asked.name = self.projects.name_at(place, &folders, self.files);
        }
        if let Some(name) = asked.name.as_ref().filter(|_| asked.is_legacy) {
            let remark = format!("only the name `{name}` is read, uv refuses the rest");
            self.note(file, logical, &remark);
        }
        if let Some(remark) = forgotten_include(body) {
            self.note(file, logical, &remark);
        }
        Ok(asked)
    }

    /// Options stay as they are; a constraints file is not even looked for.
    fn look_at_option(&mut self, file: usize, logical: &Logical, body: &Body) -> Result<(), Error> {
        if option_value(&body.text, CONSTRAINT).is_some() {
            self.value(file, logical, body, CONSTRAINT)?;
        }
        let name = Path::new(&self.document.texts[file].name);
        let folder = name.parent().unwrap_or(Path::new(""));
        if let Some(remark) = options::remark(&body.text, folder) {
            self.note(file, logical, &remark);
        }
        Ok(())
    }

    fn note(&mut self, file: usize, logical: &Logical, remark: &str) {
        let name = &self.document.texts[file].name;
        let notes = &mut self.document.notes;
        match notes.len() {
            count if count < MOST_NOTES => notes.push(format!("{name}:{}: {remark}", logical.line)),
            MOST_NOTES => notes.push("there is more of this kind".to_owned()),
            _ => {}
        }
    }
}

/// `base.txt` is a name as good as any, but hardly meant as one.
fn forgotten_include(body: &Body) -> Option<String> {
    let endings = [&b".txt"[..], b".in"];
    if !endings.iter().any(|ending| body.text.ends_with(ending)) {
        return None;
    }
    let said = std::str::from_utf8(&body.text).ok()?;
    let is_name = said
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_name
        .then(|| format!("`{said}` is read as the name of a package, `-r {said}` would include it"))
}

/// A part of a line as a text.
fn utf8<'b>(
    text: &Text,
    logical: &Logical,
    body: &'b Body,
    part: Range<usize>,
) -> Result<&'b str, Error> {
    let start = part.start;
    std::str::from_utf8(&body.text[part]).map_err(|error| {
        let at = body.place(start + error.valid_up_to());
        wrong(text, logical, Some(at), "the line is not UTF-8")
    })
}

fn wrong(text: &Text, logical: &Logical, at: Option<usize>, message: impl Into<String>) -> Error {
    Error::Syntax {
        place: place(text, logical, at),
        message: message.into(),
    }
}

/// The place of a byte in a file, or of a logical line as a whole.
fn place(text: &Text, logical: &Logical, at: Option<usize>) -> Place {
    let Some(at) = at else {
        return Place {
            path: text.path.clone(),
            line: logical.line,
            column: 0,
        };
    };
    let at = at.clamp(logical.raw.start, logical.raw.end);
    let before = super::text::lines(&text.bytes[logical.raw.start..at]);
    let ends = before.filter(|line| !line.end.is_empty()).count();
    Place {
        path: text.path.clone(),
        line: logical.line + ends,
        column: text.column(at),
    }
}
