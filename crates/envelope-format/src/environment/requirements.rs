//! `requirements.txt` and `constraints.txt`: one requirement a line.
//!
//! The lines' text is kept as it is. Requirements are parsed as
//! [PEP 508](https://peps.python.org/pep-0508/) says, the rest of a line as
//! [pip does](https://pip.pypa.io/en/stable/reference/requirements-file-format/).

mod marker;

use pep508_rs::pep440_rs::Operator;
use pep508_rs::{VerbatimUrl, VersionOrUrl};
use std::str::FromStr as _;

/// The longest requirement in bytes, marker and options left aside: long lists of extras take the
/// library quadratic time.
pub const MAX_REQUIREMENT_BYTES: usize = 4096;

/// The most logical lines of a file that are read; one more says that there are too many.
pub const MAX_LINES: usize = 100_000;

/// The lines of a requirements file that say something.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Requirements {
    /// The logical lines: continued lines joined, comments and blank lines left out.
    pub lines: Vec<RequirementLine>,
}

/// A logical line of a requirements file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RequirementLine {
    /// Where it begins, from 1.
    pub line: usize,
    /// Its text, without comment.
    pub text: String,
    /// What it is.
    pub requirement: Requirement,
}

/// What a line of a requirements file is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Requirement {
    /// A named distribution.
    Named {
        /// Its name, normalised: lower case, `-` between words.
        name: String,
        /// How narrowly its version is fixed.
        pin: Pin,
    },
    /// A URL or a path without a name, or an editable one.
    Location {
        /// The URL or path.
        location: String,
    },
    /// An option such as `-c constraints.txt` or `--index-url …`.
    Option {
        /// The option: `-c`.
        flag: String,
        /// What follows it.
        value: String,
    },
    /// What pip would refuse.
    Unparsable {
        /// Why.
        reason: String,
    },
}

/// How narrowly a requirement fixes its version.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    /// To one version: `==1.2.3`.
    Exact(String),
    /// To a URL: `name @ https://…`.
    Url(String),
    /// To a range: `>=1,<2`, `==1.*`.
    Range(String),
    /// Not at all.
    None,
}

impl Requirements {
    /// Parses the text of a requirements file; what cannot be parsed becomes
    /// [`Requirement::Unparsable`], and so does whatever follows [`MAX_LINES`] lines.
    pub fn parse(text: &str) -> Self {
        let lines = logical_lines(text).into_iter().enumerate();
        let lines = lines.map(|(index, (line, text))| {
            let requirement = if index < MAX_LINES {
                Requirement::parse(&text)
            } else {
                let reason = format!("found more than {MAX_LINES} lines");
                Requirement::Unparsable { reason }
            };
            RequirementLine {
                line,
                text,
                requirement,
            }
        });
        Self {
            lines: lines.collect(),
        }
    }

    /// The lines' texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    /// The line that requires a distribution, by its normalised name.
    pub fn get(&self, wanted: &str) -> Option<&RequirementLine> {
        self.lines.iter().find(
            |line| matches!(&line.requirement, Requirement::Named { name, .. } if name == wanted),
        )
    }
}

impl Requirement {
    /// Parses one logical line.
    pub fn parse(text: &str) -> Self {
        if text.starts_with('-') {
            return Self::option(text);
        }
        // Options of a single requirement, such as `--hash`, are no part of PEP 508.
        let specification = text.split(" --").next().unwrap_or(text).trim();
        if is_location(specification) {
            return Self::Location {
                location: specification.to_owned(),
            };
        }
        named(specification).unwrap_or_else(|reason| Self::Unparsable { reason })
    }

    fn option(text: &str) -> Self {
        let end = text.find([' ', '=', '\t']).unwrap_or(text.len());
        let (flag, rest) = text.split_at(end);
        let value = rest.trim_start_matches(['=', ' ', '\t']).trim().to_owned();
        if matches!(flag, "-e" | "--editable") {
            return Self::Location { location: value };
        }
        if flag.trim_start_matches('-').is_empty() {
            return Self::Unparsable {
                reason: "expected an option after `-`".to_owned(),
            };
        }
        Self::Option {
            flag: flag.to_owned(),
            value,
        }
    }
}

/// Parses `name[extra] == 1 ; marker`, or says why it is none.
fn named(specification: &str) -> Result<Requirement, String> {
    // Long white space takes the library quadratic time.
    let words: Vec<&str> = specification.split_whitespace().collect();
    let specification = words.join(" ");
    let (head, marker) = split_marker(&specification);
    marker.map_or(Ok(()), marker::check)?;
    if head.len() > MAX_REQUIREMENT_BYTES {
        let found = head.len();
        return Err(format!(
            "found {found} bytes, expected at most {MAX_REQUIREMENT_BYTES}"
        ));
    }
    let (head, url) = match head.split_once('@') {
        Some((head, url)) => (head.trim_end(), Some(checked_url(url.trim())?)),
        None => (head, None),
    };
    check_names(head)?;
    let parsed = pep508_rs::Requirement::<VerbatimUrl>::from_str(head).map_err(|error| {
        let reason = error.message.to_string();
        reason.lines().next().unwrap_or_default().to_owned()
    })?;
    let pin = match (parsed.version_or_url, url) {
        (None, Some(url)) => Pin::Url(url),
        (Some(_), Some(_)) => return Err("found a version and a URL, expected one".to_owned()),
        (version, None) => pin(version),
    };
    Ok(Requirement::Named {
        name: parsed.name.to_string(),
        pin,
    })
}

/// A URL as it stands; the library would put variables of this machine's environment into it.
fn checked_url(url: &str) -> Result<String, String> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    let has_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    if has_scheme && !url.contains(' ') {
        return Ok(url.to_owned());
    }
    Err(format!("found `{url}` after `@`, expected a URL"))
}

/// Refuses names and extras that end in punctuation, on which the library panics.
fn check_names(head: &str) -> Result<(), String> {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let end = head.find(|c| !is_inner(c)).unwrap_or(head.len());
    let extras = head.split_once('[').map_or("", |(_, extras)| extras);
    let extras = extras.split([']', ',', ' ']);
    for name in extras.chain([&head[..end]]) {
        if name.ends_with(['.', '_', '-']) {
            return Err(format!(
                "found the name `{name}`, expected a letter or digit at its end"
            ));
        }
    }
    Ok(())
}

/// Splits off the marker; in a URL only a `;` behind a space begins one.
fn split_marker(specification: &str) -> (&str, Option<&str>) {
    let head = specification.split(';').next().unwrap_or(specification);
    let mark = if head.contains('@') { " ;" } else { ";" };
    match specification.split_once(mark) {
        Some((head, marker)) => (head, Some(marker)),
        None => (specification, None),
    }
}

fn pin(version: Option<VersionOrUrl<VerbatimUrl>>) -> Pin {
    match version {
        None => Pin::None,
        Some(VersionOrUrl::Url(url)) => Pin::Url(url.to_string()),
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
            let exact = specifiers
                .iter()
                .find(|one| matches!(one.operator(), Operator::Equal | Operator::ExactEqual));
            match exact {
                Some(exact) => Pin::Exact(exact.version().to_string()),
                None if specifiers.is_empty() => Pin::None,
                None => Pin::Range(specifiers.to_string()),
            }
        }
    }
}

/// Whether pip takes the text for a URL or a path: it names no distribution before an `@`.
fn is_location(text: &str) -> bool {
    let head = text.split([' ', '@', '[', ';']).next().unwrap_or(text);
    head.contains("://")
        || text.starts_with(['.', '/'])
        || head.contains('/')
        || std::path::Path::new(head)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("whl"))
}

/// Joins lines that end in a backslash, and drops comments and blank lines. Ends with the first
/// line over [`MAX_LINES`].
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, raw) in text.lines().enumerate() {
        let (start, mut joined) = open.take().unwrap_or((number + 1, String::new()));
        let is_comment = raw.trim_start().starts_with('#');
        match raw.strip_suffix('\\') {
            Some(rest) if !is_comment => {
                joined.push_str(rest);
                open = Some((start, joined));
            }
            _ => {
                joined.push_str(raw);
                add_line(&mut lines, start, &joined);
            }
        }
        if lines.len() > MAX_LINES {
            return lines;
        }
    }
    if let Some((start, joined)) = open {
        add_line(&mut lines, start, &joined);
    }
    lines
}

fn add_line(lines: &mut Vec<(usize, String)>, start: usize, joined: &str) {
    let text = strip_comment(joined);
    if !text.is_empty() {
        lines.push((start, text.to_owned()));
    }
}

/// A comment begins at a `#` that follows white space or begins the line.
fn strip_comment(text: &str) -> &str {
    let begins = |(at, _): &(usize, &str)| *at == 0 || text[..*at].ends_with([' ', '\t']);
    let end = text
        .match_indices('#')
        .find(begins)
        .map_or(text.len(), |(at, _)| at);
    text[..end].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(requirement: &Requirement) -> String {
        match requirement {
            Requirement::Named { name, pin } => format!("{name} {pin:?}"),
            Requirement::Location { location } => format!("at {location}"),
            Requirement::Option { flag, value } => format!("{flag} {value}"),
            Requirement::Unparsable { .. } => "unparsable".to_owned(),
        }
    }

    #[test]
    fn tells_the_kinds_of_line_apart() {
        let cases = [
            ("numpy==1.26.4", "numpy Exact(\"1.26.4\")"),
            (
                "Foo_Bar[x,y] == 1.0 ; python_version < '3.12'",
                "foo-bar Exact(\"1.0\")",
            ),
            ("torch==2.1.0+cu121", "torch Exact(\"2.1.0+cu121\")"),
            ("numpy", "numpy None"),
            ("numpy>=1,<2", "numpy Range(\">=1, <2\")"),
            ("numpy==1.*", "numpy Range(\"==1.*\")"),
            (
                "a @ https://x.example/a.whl",
                "a Url(\"https://x.example/a.whl\")",
            ),
            ("a==1 --hash=sha256:00 --hash=sha256:11", "a Exact(\"1\")"),
            ("-c constraints.txt", "-c constraints.txt"),
            (
                "--index-url=https://x.example",
                "--index-url https://x.example",
            ),
            ("-e ./pkg", "at ./pkg"),
            ("./wheels/a.whl", "at ./wheels/a.whl"),
            ("https://x.example/a.whl", "at https://x.example/a.whl"),
            ("a=1", "unparsable"),
            ("a b", "unparsable"),
            ("==1", "unparsable"),
            ("a==", "unparsable"),
            (
                "a @ https://x.example/a;b.whl ; os_name == 'nt'",
                "a Url(\"https://x.example/a;b.whl\")",
            ),
            ("a @ https://x.example/a.whl; os_name == 'nt'", "unparsable"),
            (
                "a @ https://x.example/${HOME}.whl",
                "a Url(\"https://x.example/${HOME}.whl\")",
            ),
            ("a[x] @ file:///a.whl", "a Url(\"file:///a.whl\")"),
            ("a==1 @ https://x.example/a.whl", "unparsable"),
            ("a @ a.whl", "unparsable"),
            ("a- b", "unparsable"),
            ("a-==1", "unparsable"),
            ("a[b-]==1", "unparsable"),
            ("a[b- c", "unparsable"),
            ("a[b-, c]==1", "unparsable"),
            ("a[b,c-d]==1", "a Exact(\"1\")"),
            ("a==1 ; os_name", "unparsable"),
            ("a==1 ;", "unparsable"),
        ];
        for (text, expected) in cases {
            assert_eq!(summary(&Requirement::parse(text)), expected, "{text}");
        }
    }

    #[test]
    fn hostile_requirements_end_soon() {
        use std::fmt::Write as _;
        let mut exponential = "a; extra == 'x'".to_owned();
        for i in 0..100 {
            write!(exponential, " or extra == 'a{i}' and extra == 'b{i}'").unwrap();
        }
        let cases = [
            (exponential, "a None"),
            (format!("a; {}", "(".repeat(1 << 20)), "unparsable"),
            (format!("a @ x{}y", " ".repeat(1 << 20)), "unparsable"),
            (format!("a[{}b]", "a,".repeat(1 << 20)), "unparsable"),
            (format!("a[{}b]", "a,".repeat(1 << 10)), "a None"),
        ];
        for (text, expected) in cases {
            assert_eq!(summary(&Requirement::parse(&text)), expected);
        }
    }

    #[test]
    fn reads_lines_up_to_the_limit() {
        for (count, read, unparsable) in [(MAX_LINES, MAX_LINES, 0), (300_000, MAX_LINES + 1, 1)] {
            let lines = Requirements::parse(&"a\n".repeat(count)).lines;
            let found = lines.iter().map(|line| summary(&line.requirement));
            let found = found.filter(|summary| summary == "unparsable").count();
            assert_eq!((lines.len(), found), (read, unparsable));
        }
    }

    #[test]
    fn joins_continued_lines_and_drops_comments() {
        let text = "# head\na==1 \\\n    --hash=sha256:00\n\nb==2  # why\n    # via a\nc#d";
        let requirements = Requirements::parse(text);
        let lines: Vec<_> = requirements
            .lines
            .iter()
            .map(|l| (l.line, l.text.as_str()))
            .collect();
        assert_eq!(
            lines,
            [(2, "a==1     --hash=sha256:00"), (5, "b==2"), (7, "c#d")]
        );
        assert_eq!(requirements.get("b").map(|line| line.line), Some(5));
    }
}
