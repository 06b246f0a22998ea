//! The files of which git stores something else than their bytes, judged by their attributes.

use crate::changes::listing::names;
use crate::changes::shadow::Shadow;
use crate::error::Error;
use crate::patch::{Patch, Section, Side};
use memchr::memchr;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The attributes that change what git stores of a file, see
/// <https://git-scm.com/docs/gitattributes>.
const ATTRIBUTES: [&str; 6] = [
    "text",
    "eol",
    "crlf",
    "filter",
    "ident",
    "working-tree-encoding",
];

/// Sections of a patch, by their place in it.
pub(super) struct Suspects {
    /// All whose file may come back otherwise.
    pub(super) all: BTreeSet<usize>,
    /// Those of them that hold a pointer of Git LFS in place of the file.
    pub(super) pointers: BTreeSet<usize>,
}

/// The settings that stand in for attributes.
struct Settings {
    auto_crlf: bool,
    writes_crlf: bool,
}

/// The attributes of one file that are set to anything.
type Attributes = BTreeMap<String, String>;

impl Suspects {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn of(shadow: &Shadow<'_>, patch: &Patch) -> Result<Self, Error> {
        let mut suspects = Self {
            all: BTreeSet::new(),
            pointers: BTreeSet::new(),
        };
        let is_file = |section: &Section| {
            let modes = [section.old_mode, section.new_mode];
            !modes
                .iter()
                .flatten()
                .any(|mode| mode & 0o170_000 != 0o100_000)
        };
        let sections = patch.sections().iter().enumerate();
        let files: Vec<_> = sections.filter(|(_, section)| is_file(section)).collect();
        if files.is_empty() {
            return Ok(suspects);
        }
        let settings = Settings::read(shadow)?;
        let paths: Vec<&[u8]> = files
            .iter()
            .map(|(_, section)| section.raw_path())
            .collect();
        let attributes = attributes(shadow, &paths)?;
        // Where attributes themselves differ, any file may be meant by those of before.
        let is_attributes = |path: &&[u8]| path.ends_with(b".gitattributes");
        let all = paths.iter().any(is_attributes);
        for (at, section) in files {
            let none = Attributes::new();
            let attributes = attributes.get(section.raw_path()).unwrap_or(&none);
            if all || settings.suspect(attributes, || has_return(shadow, patch, section)) {
                suspects.all.insert(at);
            }
            if attributes.contains_key("filter") && is_pointer(patch, section) {
                suspects.pointers.insert(at);
            }
        }
        Ok(suspects)
    }
}

impl Settings {
    fn read(shadow: &Shadow<'_>) -> Result<Self, Error> {
        let words = ["config", "-z", "--get-regexp", r"^core\.(autocrlf|eol)$"];
        let answer = match shadow.git.ask(shadow.repository.place().question(words)) {
            // That there are none, git says by failing without a word.
            Err(Error::Git { log, .. }) if log.is_empty() => Vec::new(),
            answer => answer?,
        };
        let (mut auto_crlf, mut writes_crlf) = (false, false);
        for setting in names(&answer) {
            match setting {
                b"core.autocrlf\ninput" => auto_crlf = true,
                b"core.autocrlf\nfalse" | b"core.autocrlf\nno" | b"core.autocrlf\n0" => {
                    auto_crlf = false;
                }
                b"core.eol\ncrlf" => writes_crlf = true,
                b"core.eol\nlf" | b"core.eol\nnative" => {}
                // `core.autocrlf` without a value, or with any that means yes.
                _ => (auto_crlf, writes_crlf) = (true, true),
            }
        }
        Ok(Self {
            auto_crlf,
            writes_crlf,
        })
    }

    /// Whether what git stores may differ from the file; whether that holds a carriage return is
    /// only looked up where it matters.
    fn suspect(&self, attributes: &Attributes, has_return: impl Fn() -> bool) -> bool {
        let filtered = ["filter", "ident", "working-tree-encoding"];
        if filtered.iter().any(|name| attributes.contains_key(*name)) {
            return true;
        }
        let named = ["text", "eol", "crlf"];
        let is_text = self.auto_crlf || named.iter().any(|name| attributes.contains_key(*name));
        let writes_crlf =
            self.writes_crlf || attributes.get("eol").is_some_and(|eol| eol == "crlf");
        is_text && (writes_crlf || has_return())
    }
}

/// Asks for the attributes of all files at once; those that are not set are left out.
fn attributes(
    shadow: &Shadow<'_>,
    paths: &[&[u8]],
) -> Result<BTreeMap<Vec<u8>, Attributes>, Error> {
    let mut words = vec!["check-attr", "-z", "--stdin"];
    words.extend(ATTRIBUTES);
    let answer = shadow.ask(&words, [paths.join(&0), vec![0]].concat())?;
    let mut all: BTreeMap<Vec<u8>, Attributes> = BTreeMap::new();
    let mut parts = answer.split(|byte| *byte == 0);
    while let (Some(path), Some(name), Some(value)) = (parts.next(), parts.next(), parts.next()) {
        if value != b"unspecified" && value != b"unset" {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            all.entry(path.to_vec())
                .or_default()
                .insert(text(name), text(value));
        }
    }
    Ok(all)
}

fn has_return(shadow: &Shadow<'_>, patch: &Patch, section: &Section) -> bool {
    let holds = |bytes: &[u8]| memchr(b'\r', bytes).is_some();
    let file = section
        .new_path
        .as_deref()
        .map(|path| fs::read(shadow.file(path)));
    holds(patch.slice(&section.bytes))
        || file.is_some_and(|file| file.is_ok_and(|file| holds(&file)))
}

fn is_pointer(patch: &Patch, section: &Section) -> bool {
    let mut lines = section.hunks().iter().flat_map(|hunk| &hunk.lines);
    lines.any(|line| line.side != Side::Old && patch.slice(&line.text).starts_with(b"oid sha256:"))
}
