//! The header of METADATA and PKG-INFO, see
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>.
//!
//! A header is made of lines `Name: value`, long values continue on lines that begin with a space,
//! and an empty line ends it. The description after it is not read.

use crate::inventory::Distribution;
use crate::names::ExtraName;
use crate::requirement::{Markers, Requirement};
use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use uv_pep508::MarkerTree;

/// A package as its header describes it, and what of that could not be understood.
pub(super) struct Header {
    pub(super) distribution: Distribution,
    pub(super) problems: Vec<String>,
}

const STEP: usize = 16 << 10;
const LONGEST: usize = 16 << 20;

/// A room for headers that is used again, since making one anew for each would cost more than
/// reading.
#[derive(Default)]
pub(super) struct Room {
    bytes: Vec<u8>,
}

impl Room {
    /// Reads a file up to the empty line that ends its header.
    pub(super) fn read_header(&mut self, path: &Path) -> Result<Cow<'_, str>, String> {
        let unreadable = |error| match path.file_name() {
            Some(name) => format!("cannot read its {}: {error}", name.to_string_lossy()),
            None => format!("cannot read it: {error}"),
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut known = 0;
        loop {
            if known >= LONGEST {
                return Err(format!("its header has more than {LONGEST} bytes"));
            }
            if self.bytes.len() < known + STEP {
                self.bytes.resize(known + STEP, 0);
            }
            let count = file.read(&mut self.bytes[known..]).map_err(unreadable)?;
            // The end may lie across two steps.
            let from = known.saturating_sub(3);
            known += count;
            let end = end_of_header(&self.bytes[..known], from);
            if end.is_some() || count == 0 {
                let header = &self.bytes[..end.unwrap_or(known)];
                return Ok(String::from_utf8_lossy(header));
            }
        }
    }
}

/// Where the first line break of an empty line stands.
fn end_of_header(text: &[u8], from: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', &text[from..])
        .map(|at| from + at + 1)
        .find(|&next| {
            let rest = &text[next..];
            rest.starts_with(b"\n") || rest.starts_with(b"\r\n")
        })
}

/// What a header says.
pub(super) fn parse(text: &str, markers: &mut Markers) -> Result<Header, String> {
    let mut name = None;
    let mut version = None;
    let mut requires = Vec::new();
    let mut extras: Vec<ExtraName> = Vec::new();
    let mut problems = Vec::new();
    for (field, value) in Headers::of(text) {
        if field.eq_ignore_ascii_case("Requires-Dist") {
            requires.extend(requirement(&value, markers, &mut problems));
        } else if field.eq_ignore_ascii_case("Provides-Extra") {
            // Old packages have extras that no requirement can name; nothing is lost with them.
            extras.extend(value.trim().parse::<ExtraName>().ok());
        } else if field.eq_ignore_ascii_case("Name") && name.is_none() {
            name = Some(value);
        } else if field.eq_ignore_ascii_case("Version") && version.is_none() {
            version = Some(value);
        }
    }
    let name = name.ok_or("its metadata has no name")?;
    let name = name
        .trim()
        .parse()
        .map_err(|_| format!("`{}` is no name of a package", name.trim()))?;
    let mut distribution = Distribution::new(name);
    distribution.version = version.map(|version| version.trim().into());
    distribution.requires = requires.into();
    distribution.extras = extras;
    Ok(Header {
        distribution,
        problems,
    })
}

/// Reads a requirement. Of one that is wrong only what can be read counts: the graph needs names
/// and extras, not versions, and a package too many does less harm than one too few.
pub(super) fn requirement(
    text: &str,
    markers: &mut Markers,
    problems: &mut Vec<String>,
) -> Option<Requirement> {
    let wrong = match Requirement::parse_with(text, markers) {
        Ok(requirement) => return Some(requirement),
        Err(wrong) => wrong,
    };
    let wrong = wrong.lines().next().unwrap_or_default().to_owned();
    let shown: String = text.trim().chars().take(80).collect();
    let (asked, marker) = text.split_once(';').unwrap_or((text, ""));
    let ends = asked.find(|c: char| !is_of_name(c)).unwrap_or(asked.len());
    let ends = match asked[ends..].trim_start().strip_prefix('[') {
        Some(rest) => asked.len() - rest.len() + rest.find(']').map_or(0, |at| at + 1),
        None => ends,
    };
    let Ok(mut repaired) = Requirement::parse_with(&asked[..ends], markers) else {
        problems.push(format!("`{shown}` was passed over: {wrong}"));
        return None;
    };
    repaired.marker = match marker.trim() {
        "" => MarkerTree::TRUE,
        marker => markers.read(marker).unwrap_or(MarkerTree::TRUE),
    };
    problems.push(format!("`{shown}` was read as `{repaired}`: {wrong}"));
    Some(repaired)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The fields of a header, in order, with continued lines joined.
struct Headers<'a> {
    rest: &'a str,
}

impl<'a> Headers<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text }
    }

    fn line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest.as_bytes();
        let ends = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
        let line = &self.rest[..ends];
        self.rest = self.rest.get(ends + 1..).unwrap_or_default();
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = self.line()?;
            if line.is_empty() {
                self.rest = "";
                return None;
            }
            let Some((field, value)) = line.split_once(':') else {
                continue;
            };
            let mut value = Cow::Borrowed(value.trim_start());
            while self.rest.starts_with([' ', '\t']) {
                let more = self.line()?;
                let whole = value.to_mut();
                whole.push(' ');
                whole.push_str(more.trim());
            }
            return Some((field, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Header {
        parse(text, &mut Markers::default()).expect("a header")
    }

    #[test]
    fn a_header_ends_at_its_first_empty_line() {
        let header = header(
            "Metadata-Version: 2.1\r\nname: Foo.Bar\r\nVersion: 1.0\r\n\
             Requires-Dist: a[x]\r\n (>=1.0)\r\n\t; extra == 'y'\r\nProvides-Extra: y\r\n\
             Summary: Name: no\r\nno colon\r\n\r\nRequires-Dist: never\r\n",
        );
        let distribution = header.distribution;
        assert_eq!(distribution.name.as_str(), "foo-bar");
        assert_eq!(distribution.version.as_deref(), Some("1.0"));
        assert_eq!(distribution.extras[0].as_str(), "y");
        let shown: Vec<String> = distribution
            .requires
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(shown, ["a[x]>=1.0"]);
        assert!(header.problems.is_empty(), "{:?}", header.problems);
    }

    #[test]
    fn what_is_wrong_with_a_requirement_costs_only_that() {
        for (text, expected) in [
            ("pytz (>dev)", Some("pytz")),
            ("numpy>=1.*", Some("numpy")),
            ("a [x] >=1.* ; extra == 'y'", Some("a[x]")),
            ("a; nonsense", Some("a")),
            ("-- none --", None),
            ("[x]", None),
            ("a[x", None),
            ("ä>=1", None),
        ] {
            let mut problems = Vec::new();
            let read = requirement(text, &mut Markers::default(), &mut problems);
            assert_eq!(read.map(|read| read.to_string()).as_deref(), expected);
            assert_eq!(problems.len(), 1, "{text}");
        }
    }

    #[test]
    fn refuses_a_header_without_a_name() {
        for text in ["", "Version: 1", "Name: a b", "Name:\nVersion: 1"] {
            assert!(parse(text, &mut Markers::default()).is_err(), "{text}");
        }
    }

    #[test]
    fn long_headers_are_read_in_steps() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("METADATA");
        for length in (STEP - 3)..(STEP + 3) {
            let head = format!("Name: {}\n", "a".repeat(length - "Name: \n".len()));
            std::fs::write(&path, format!("{head}\nbody\n")).expect("a file");
            let mut room = Room::default();
            assert_eq!(room.read_header(&path).expect("a header"), head);
        }
    }
}
