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
    pub(super) fn read(text: &'a [u8]) -> Self {
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
    // Counted, since counting looks at many bytes at once, and a search at one after the other.
    let is_plain = |byte: &&u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let plain = text.iter().filter(is_plain).count();
    let next = text.get(1..).unwrap_or_default();
    let pairs = text.iter().zip(next);
    let runs = pairs
        .filter(|(one, next)| **one == b'-' && **next == b'-')
        .count();
    let is_open = text.starts_with(b"-") || text.ends_with(b"-");
    plain == text.len() && runs == 0 && !is_open && !text.is_empty()
}

const ASKS_FOR_NOTHING: [&str; 3] = ["--constraint", "--override", "--build-constraint"];

/// `mlflow`, `mlflow[extras]`, `project (pyproject.toml)`.
fn name(text: &str) -> Option<PackageName> {
    let word = text.split(' ').next().unwrap_or_default();
    word.split('[').next().unwrap_or_default().parse().ok()
}

/// Shows every parent that the lines of one requirement name, as it stands there; gives whether any
/// comment is about parents.
pub(super) fn each_parent<'a>(raw: &'a [u8], mut see: impl FnMut(&'a [u8])) -> bool {
    let mut is_annotated = false;
    let mut is_inside = false;
    for line in lines(raw) {
        let comment = Comment::read(line.content);
        let head = comment.as_ref().and_then(Comment::after_via);
        let names = if head.is_some() {
            is_inside = true;
            head
        } else {
            let more = comment.as_ref().and_then(Comment::continued);
            let more = more.filter(|_| is_inside);
            is_inside = more.is_some();
            more.or_else(|| Some(Inline::read(line.content)?.names))
        };
        if let Some(names) = names {
            is_annotated = true;
            split(names).for_each(&mut see);
        }
    }
    is_annotated
}

/// Whether a parent that goes is named.
pub(super) fn names_any(raw: &[u8], goes: &dyn Fn(&[u8]) -> bool) -> bool {
    let mut is_named = false;
    each_parent(raw, |name| is_named = is_named || !stays(name, goes));
    is_named
}

fn stays(name: &[u8], goes: &dyn Fn(&[u8]) -> bool) -> bool {
    if is_normalised(name) {
        return !goes(name);
    }
    match Parent::read(name) {
        Parent::Package(name) => !goes(name.as_bytes()),
        _ => true,
    }
}

/// Appends the lines of one requirement, with the parents that go taken out of its comments. All
/// else stays as it is.
pub(super) fn push_without(raw: &[u8], goes: &dyn Fn(&[u8]) -> bool, out: &mut Vec<u8>) {
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
        let comment = Comment::read(line)?;
        Some(Self {
            indent: comment.indent,
            names: comment.after_via()?,
        })
    }
}

/// The names on a comment line that goes on with a list.
fn continued(line: &[u8]) -> Option<&[u8]> {
    Comment::read(line)?.continued()
}

/// A line that is nothing but a comment.
struct Comment<'a> {
    indent: &'a [u8],
    /// How much white space follows its `#`.
    gap: usize,
    text: &'a [u8],
}

impl<'a> Comment<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let said = line.trim_ascii_start();
        let comment = said.strip_prefix(b"#")?;
        let text = comment.trim_ascii_start();
        Some(Self {
            indent: &line[..line.len() - said.len()],
            gap: comment.len() - text.len(),
            text: text.trim_ascii_end(),
        })
    }

    /// The names after `via`, where it is about parents; none where they follow.
    fn after_via(&self) -> Option<&'a [u8]> {
        after_via(self.gap, self.text)
    }

    /// The names, where it goes on with a list: it is indented after its `#`.
    fn continued(&self) -> Option<&'a [u8]> {
        (self.gap >= 3 && !self.text.is_empty()).then_some(self.text)
    }
}

/// What follows `via` in the text of a comment, when white space is before and after it.
fn after_via(gap: usize, text: &[u8]) -> Option<&[u8]> {
    let names = text.strip_prefix(b"via").filter(|_| gap > 0)?;
    let is_word = names.first().is_none_or(u8::is_ascii_whitespace);
    is_word.then(|| names.trim_ascii())
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
            .find_map(|at| {
                let text = line[at + 1..].trim_ascii_start();
                Some((at, after_via(line.len() - at - 1 - text.len(), text)?))
            })?;
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
    let mut left = Some(names);
    let parts = std::iter::from_fn(move || {
        let names = left?;
        let comma = memchr::memchr(b',', names);
        left = comma.map(|at| &names[at + 1..]);
        Some(names[..comma.unwrap_or(names.len())].trim_ascii())
    });
    parts.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parents(raw: &str) -> Option<Vec<Parent<'_>>> {
        let mut parents = Vec::new();
        each_parent(raw.as_bytes(), |text| parents.push(Parent::read(text))).then_some(parents)
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
            let found = parents(raw).map(|parents| {
                let words: Vec<Cow<str>> = parents
                    .into_iter()
                    .map(|parent| match parent {
                        Parent::Package(text) | Parent::File(text) | Parent::Other(text) => text,
                        Parent::Constraint => "-c".into(),
                    })
                    .collect();
                words.join(" ")
            });
            assert_eq!(found.as_deref(), expected, "{raw:?} {:?}", parents(raw));
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
            push_without(raw.as_bytes(), &|name| name == b"x", &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{raw:?}");
        }
    }
}
