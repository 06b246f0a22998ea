//! The comments that say who needs a package, as `uv pip compile` and `pip-compile` write them:
//!
//! ```text
//! markupsafe==3.0.2
//!     # via
//!     #   jinja2
//!     #   mako
//! mako==1.3.10              # via -r requirements.in, mlflow
//! ```
//!
//! They name parents, but not the extras that asked.

use super::text::{Line, lines};
use crate::names::PackageName;
use std::borrow::Cow;

/// Who needs a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parent<'a> {
    /// A package by its normalised name, which may be listed or not.
    Package(Cow<'a, str>),
    /// The user, in a file: `-r requirements.in`.
    File(Cow<'a, str>),
    /// A constraint or an override, which asks for nothing.
    Constraint,
    /// Something else, as it stands.
    Other(Cow<'a, str>),
}

impl<'a> Parent<'a> {
    fn read(text: &'a [u8]) -> Self {
        if is_normalised(text)
            && let Ok(name) = std::str::from_utf8(text)
        {
            return Self::Package(name.into());
        }
        let text = String::from_utf8_lossy(text);
        if text.starts_with("-r ") || text.starts_with("--requirement") {
            return Self::File(text);
        }
        if text.starts_with("-c ") || ASKS_FOR_NOTHING.iter().any(|word| text.starts_with(word)) {
            return Self::Constraint;
        }
        match name(&text) {
            Some(name) => Self::Package(name.to_string().into()),
            None => Self::Other(text),
        }
    }
}

/// Whether a text is a name as compilers write it: a file names thousands, and making each a
/// [`PackageName`] would cost more than all the rest of reading it.
fn is_normalised(text: &[u8]) -> bool {
    let mut before = b'-';
    for &byte in text {
        let is_plain = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !is_plain && (byte != b'-' || before == b'-') {
            return false;
        }
        before = byte;
    }
    before != b'-'
}

const ASKS_FOR_NOTHING: [&str; 3] = ["--constraint", "--override", "--build-constraint"];

/// `mlflow`, `mlflow[extras]`, `project (pyproject.toml)`.
fn name(text: &str) -> Option<PackageName> {
    let word = text.split(' ').next().unwrap_or_default();
    word.split('[').next().unwrap_or_default().parse().ok()
}

/// The parents that the lines of one requirement name; `None` when no comment does.
pub(super) fn parents(raw: &[u8]) -> Option<Vec<Parent<'_>>> {
    let mut found: Option<Vec<Parent>> = None;
    each_list(raw, |names| {
        let found = found.get_or_insert_default();
        found.extend(split(names).map(Parent::read));
    });
    found
}

/// Whether a parent that goes is named.
pub(super) fn names_any(raw: &[u8], goes: &dyn Fn(&str) -> bool) -> bool {
    let mut is_named = false;
    each_list(raw, |names| {
        is_named = is_named || split(names).any(|name| !stays(name, goes));
    });
    is_named
}

fn stays(name: &[u8], goes: &dyn Fn(&str) -> bool) -> bool {
    match Parent::read(name) {
        Parent::Package(name) => !goes(&name),
        _ => true,
    }
}

/// Every list of parents in the lines of one requirement, also those that hold none.
fn each_list<'a>(raw: &'a [u8], mut see: impl FnMut(&'a [u8])) {
    if memchr::memmem::find(raw, b"via").is_none() {
        return;
    }
    let mut is_inside = false;
    for line in lines(raw) {
        if let Some(head) = Head::read(line.content) {
            is_inside = true;
            see(head.names);
        } else if let Some(names) = continued(line.content).filter(|_| is_inside) {
            see(names);
        } else {
            is_inside = false;
            if let Some(inline) = Inline::read(line.content) {
                see(inline.names);
            }
        }
    }
}

/// Appends the lines of one requirement, with the parents that go taken out of its comments. All
/// else stays as it is.
pub(super) fn push_without(raw: &[u8], goes: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
    let stays = |name: &[u8]| stays(name, goes);
    let mut waiting = lines(raw).peekable();
    while let Some(line) = waiting.next() {
        if let Some(head) = Head::read(line.content) {
            let mut block = vec![line];
            while let Some(more) = waiting.next_if(|line| continued(line.content).is_some()) {
                block.push(more);
            }
            push_block(&head, &block, &stays, out);
        } else if let Some(inline) = Inline::read(line.content) {
            push_inline(&inline, line, &stays, out);
        } else {
            push(line, out);
        }
    }
}

fn push(line: Line, out: &mut Vec<u8>) {
    out.extend_from_slice(line.content);
    out.extend_from_slice(line.end);
}

/// A block loses the lines of parents that go, and is one line when one parent is left.
fn push_block(head: &Head, block: &[Line], stays: &dyn Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
    let mut names: Vec<&[u8]> = split(head.names).collect();
    for line in &block[1..] {
        names.extend(continued(line.content).into_iter().flat_map(split));
    }
    let left: Vec<&[u8]> = names.iter().copied().filter(|name| stays(name)).collect();
    if left.len() == names.len() {
        for line in block {
            push(*line, out);
        }
        return;
    }
    if left.is_empty() {
        return;
    }
    if left.len() == 1 || block.len() == 1 {
        out.extend_from_slice(head.indent);
        out.extend_from_slice(b"# via ");
        out.extend_from_slice(&left.join(&b", "[..]));
        out.extend_from_slice(block[0].end);
        return;
    }
    push_filtered(block[0], head.names, stays, out);
    for line in &block[1..] {
        let names = continued(line.content).unwrap_or_default();
        if split(names).any(stays) {
            push_filtered(*line, names, stays, out);
        }
    }
}

/// A line that ends with a list of names, of which some may go.
fn push_filtered(line: Line, names: &[u8], stays: &dyn Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
    let left: Vec<&[u8]> = split(names).filter(|name| stays(name)).collect();
    if left.len() == split(names).count() {
        return push(line, out);
    }
    let content = line.content.trim_ascii_end();
    let before = &content[..content.len() - names.len()];
    let before = if left.is_empty() {
        before.trim_ascii_end()
    } else {
        before
    };
    out.extend_from_slice(before);
    out.extend_from_slice(&left.join(&b", "[..]));
    out.extend_from_slice(line.end);
}

fn push_inline(inline: &Inline, line: Line, stays: &dyn Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
    let names: Vec<&[u8]> = split(inline.names).collect();
    let left: Vec<&[u8]> = names.iter().copied().filter(|name| stays(name)).collect();
    if left.len() == names.len() {
        return push(line, out);
    }
    if left.is_empty() {
        out.extend_from_slice(inline.before);
    } else {
        out.extend_from_slice(inline.before);
        out.extend_from_slice(inline.word);
        out.extend_from_slice(&left.join(&b", "[..]));
    }
    out.extend_from_slice(line.end);
}

/// A comment line that begins a list of parents.
struct Head<'a> {
    indent: &'a [u8],
    /// The names that stand on it; none where they follow.
    names: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let text = line.trim_ascii_start();
        let names = after_via(text.strip_prefix(b"#")?)?;
        Some(Self {
            indent: &line[..line.len() - text.len()],
            names: names.trim_ascii(),
        })
    }
}

/// What follows `via`, where a comment is about parents.
fn after_via(comment: &[u8]) -> Option<&[u8]> {
    let text = comment.trim_ascii_start();
    let names = text.strip_prefix(b"via")?;
    let is_spaced = text.len() < comment.len();
    let is_word = names.first().is_none_or(u8::is_ascii_whitespace);
    (is_spaced && is_word).then_some(names)
}

/// The names on a comment line that goes on with a list: it is indented after its `#`.
fn continued(line: &[u8]) -> Option<&[u8]> {
    let comment = line.trim_ascii_start().strip_prefix(b"#")?;
    let names = comment.trim_ascii_start();
    let indent = comment.len() - names.len();
    (indent >= 3 && !names.is_empty()).then(|| names.trim_ascii_end())
}

/// A requirement whose parents stand on its own line.
struct Inline<'a> {
    before: &'a [u8],
    /// The white space, `#` and `via` in between.
    word: &'a [u8],
    names: &'a [u8],
}

impl<'a> Inline<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let hashes = memchr::memchr_iter(b'#', line);
        let (at, names) = hashes
            .filter(|at| *at > 0 && line[at - 1].is_ascii_whitespace())
            .find_map(|at| Some((at, after_via(&line[at + 1..])?.trim_ascii())))?;
        let before = line[..at].trim_ascii_end();
        let word = &line[before.len()..line.trim_ascii_end().len() - names.len()];
        (!names.is_empty()).then_some(Self {
            before,
            word,
            names,
        })
    }
}

fn split(names: &[u8]) -> impl Iterator<Item = &[u8]> {
    let names = names.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    names.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(raw: &str) -> Option<Vec<String>> {
        let words = |parents: Vec<Parent>| parents.iter().map(|one| format!("{one:?}")).collect();
        parents(raw.as_bytes()).map(words)
    }

    #[test]
    fn parents_are_read_in_every_spelling() {
        for (raw, expected) in [
            ("a==1\n", None),
            ("a==1 # needed via the proxy\n", None),
            ("a==1\n    # viaduct\n", None),
            ("a==1\n    # via b\n", Some("b")),
            ("a==1\n    # via B_c, d[e]\n", Some("b-c d")),
            (
                "a==1\n    # via\n    #   b\n    #   -r x.in\n",
                Some("b -r x.in"),
            ),
            ("a==1 \\\n    --hash=sha256:0\n    # via b\r\n", Some("b")),
            ("a==1  # via b, -c c.txt\n", Some("b -c")),
            ("a==1\n    # via\n", Some("")),
            ("a==1\n    # via b\n    # from x\n    #   c\n", Some("b")),
            ("a==1\n    # via proj (pyproject.toml)\n", Some("proj")),
            ("a==1\n    # via (x)\n", Some("(x)")),
            ("a==1\n    # via b--c, -d, e-, F\n", Some("b-c -d e- f")),
        ] {
            let found = parents(raw.as_bytes()).map(|parents| {
                let words: Vec<Cow<str>> = parents
                    .into_iter()
                    .map(|parent| match parent {
                        Parent::Package(text) | Parent::File(text) | Parent::Other(text) => text,
                        Parent::Constraint => "-c".into(),
                    })
                    .collect();
                words.join(" ")
            });
            assert_eq!(found.as_deref(), expected, "{raw:?} {:?}", words(raw));
        }
    }

    #[test]
    fn parents_that_go_are_taken_out() {
        for (raw, expected) in [
            ("a==1\n    # via b\n", "a==1\n    # via b\n"),
            ("a==1\n    # via x\n", "a==1\n"),
            ("a==1\n  # via\n  #   b\n  #   x\n", "a==1\n  # via b\n"),
            (
                "a==1\r\n  # via\r\n  #   b\r\n  #   x\r\n  #   c\r\n",
                "a==1\r\n  # via\r\n  #   b\r\n  #   c\r\n",
            ),
            ("a\n  # via x, b, c\n", "a\n  # via b, c\n"),
            ("a   # via x, b\n", "a   # via b\n"),
            ("a   #  via x\n", "a\n"),
            ("a # why not  # via x, b", "a # why not  # via b"),
            ("a\n  # via b, x\n  #   c\n", "a\n  # via b\n  #   c\n"),
            (
                "a\n  # via x\n  #   b, x\n  #   c\n",
                "a\n  # via\n  #   b\n  #   c\n",
            ),
            ("a\n  # via\n  #   x\n  # from y\n", "a\n  # from y\n"),
            ("a # via -r x", "a # via -r x"),
        ] {
            let mut out = Vec::new();
            push_without(raw.as_bytes(), &|name| name == "x", &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{raw:?}");
        }
    }
}
