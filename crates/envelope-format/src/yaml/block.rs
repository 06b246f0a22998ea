//! The shape that MLflow's own files have, read without the parser: mappings by indentation whose
//! keys and values stand on one line. An `MLmodel` with thousands of digests is read so in a
//! fraction of the time.
//!
//! Whatever else stands between such lines, be it a folded string or a list, goes to the parser,
//! entry by entry. Where the lines cannot be told apart for certain there is no answer, and the
//! parser reads the whole. Both give the same nodes at the same places, but for nulls that nothing
//! stands for; the tests and the fuzz target `yaml` hold one against the other.

use super::build::{Builder, DoubledKey, Properties};
use super::read::{Entries, parse_entries};
use super::{Content, Node, Position};

/// Longer keys are left to the parser, which refuses those that YAML does not allow.
const MAX_KEY_BYTES: usize = 1000;

/// Reads a document; `None` where it is not of the shape.
pub(super) fn parse(text: &str) -> Option<(Node, Vec<DoubledKey>)> {
    // Other line ends, and what the parser takes for the end of the text.
    if memchr::memchr2(b'\r', b'\0', text.as_bytes()).is_some() {
        return None;
    }
    let mut reader = Reader {
        text,
        cursor: Cursor::new(text, 0, 1),
        ahead: None,
        builder: Builder::default(),
    };
    if reader.cursor.indent > 0 || reader.cursor.is_at_end(text) {
        return None;
    }
    reader.mapping(0)?;
    let is_whole = reader.cursor.is_at_end(text);
    is_whole.then(|| reader.builder.into_document())
}

/// A line that is not blank.
#[derive(Clone, Copy)]
struct Cursor {
    /// Where it begins; at the end of the text there is none.
    at: usize,
    /// Its number, from 1.
    line: usize,
    /// How many spaces it begins with.
    indent: usize,
}

impl Cursor {
    /// The line here, or the first after it that is not blank.
    fn new(text: &str, mut at: usize, mut line: usize) -> Self {
        loop {
            let rest = &text.as_bytes()[at..];
            let indent = rest.iter().take_while(|byte| **byte == b' ').count();
            match rest.get(indent) {
                Some(b'\n') => {
                    at += indent + 1;
                    line += 1;
                }
                Some(_) => return Self { at, line, indent },
                None => {
                    let at = text.len();
                    return Self {
                        at,
                        line,
                        indent: 0,
                    };
                }
            }
        }
    }

    /// The next line.
    fn next(self, text: &str) -> Self {
        let rest = &text.as_bytes()[self.at..];
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        Self::new(text, self.at + end, self.line + 1)
    }

    fn is_at_end(self, text: &str) -> bool {
        self.at == text.len()
    }

    /// The text from the line's first character on.
    fn rest(self, text: &str) -> &[u8] {
        &text.as_bytes()[self.at + self.indent..]
    }
}

/// A key, and its value if that stands on the same line.
struct Simple<'t> {
    key: &'t str,
    value: Value<'t>,
    /// The bytes before the value.
    value_at: usize,
    next: Cursor,
}

enum Value<'t> {
    /// Nothing: it stands on the next lines, or is null.
    Below,
    Plain(&'t str),
    /// A text in quotes, or a collection without anything in it.
    Other(Content),
}

struct Reader<'t> {
    text: &'t str,
    /// The first line that is not read yet.
    cursor: Cursor,
    /// What that line is, where it has been looked at already.
    ahead: Option<Simple<'t>>,
    builder: Builder,
}

impl Reader<'_> {
    fn mapping(&mut self, indent: usize) -> Option<()> {
        let position = self.position(indent);
        let properties = Properties {
            position,
            ..Properties::default()
        };
        let content = Content::Mapping(Vec::new());
        self.builder.open(content, properties).ok()?;
        while !self.cursor.is_at_end(self.text) && self.cursor.indent >= indent {
            if self.cursor.indent > indent {
                return None;
            }
            self.entry()?;
        }
        self.builder.close(position).ok()
    }

    fn entry(&mut self) -> Option<()> {
        let known = self.ahead.take();
        let Some(simple) = known.or_else(|| simple(self.text, self.cursor)) else {
            return self.other_entries();
        };
        let next = simple.next;
        let has_more = next.indent > self.cursor.indent;
        let content = match simple.value {
            Value::Below if has_more => {
                self.ahead = self::simple(self.text, next);
                if self.ahead.is_none() {
                    return self.other_entries();
                }
                let key = self.node(scalar(simple.key), self.cursor.indent);
                self.builder.key(key).ok()?;
                self.cursor = next;
                return self.mapping(next.indent);
            }
            // Lists, nulls, and values that go on below their first line.
            Value::Below => return self.other_entries(),
            _ if has_more => return self.other_entries(),
            Value::Plain(text) => scalar(text),
            Value::Other(content) => content,
        };
        let key = self.node(scalar(simple.key), self.cursor.indent);
        let value = self.node(content, simple.value_at);
        self.builder.entry(key, value).ok()?;
        self.cursor = next;
        Some(())
    }

    /// A node that begins so far into the line.
    fn node(&self, content: Content, column: usize) -> Node {
        Node {
            content,
            position: self.position(column),
            tag: None,
        }
    }

    /// A place in the line, where all characters before it are ASCII.
    fn position(&self, column: usize) -> Position {
        Position {
            line: self.cursor.line,
            column: column + 1,
        }
    }

    /// Leaves the entry here to the parser, and those after it that are of no other shape.
    fn other_entries(&mut self) -> Option<()> {
        let start = self.cursor;
        let mut end = entry_end(self.text, start)?;
        while end.indent == start.indent
            && !end.is_at_end(self.text)
            && simple(self.text, end).is_none()
        {
            end = entry_end(self.text, end)?;
        }
        let entries = Entries {
            text: &self.text[start.at..end.at],
            lines_before: start.line - 1,
            followed_at: (!end.is_at_end(self.text)).then_some(start.indent),
        };
        parse_entries(&entries, &mut self.builder).ok()?;
        self.cursor = end;
        Some(())
    }
}

fn scalar(text: &str) -> Content {
    Content::Scalar {
        text: text.to_owned(),
        plain: true,
    }
}

/// The line after an entry of any shape: the next that is indented no deeper than its key, but for
/// those that begin with the `-` of a list or the `:` of a value. `None` where no key begins.
fn entry_end(text: &str, start: Cursor) -> Option<Cursor> {
    let mark = match start.rest(text) {
        [b'?', b' ', ..] => b':',
        [b'.', b'.', ..] => return None,
        [b'-', second, ..] if begins_plain(*second) => b'\n',
        [first, ..] if begins_plain(*first) || begins_other_key(*first) => {
            match simple(text, start).map(|simple| simple.value) {
                Some(Value::Below) => b'-',
                _ => b'\n',
            }
        }
        _ => return None,
    };
    let goes_on = |line: Cursor| match line.rest(text) {
        [] => false,
        _ if line.indent != start.indent => line.indent > start.indent,
        [first] => *first == mark,
        [first, second, ..] => *first == mark && matches!(second, b' ' | b'\n'),
    };
    let mut end = start.next(text);
    while goes_on(end) {
        end = end.next(text);
    }
    Some(end)
}

/// The line as a key with at most one short value; `None` where it is something else.
fn simple(text: &str, cursor: Cursor) -> Option<Simple<'_>> {
    let rest = cursor.rest(text);
    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let line = &rest[..length];
    let colon = memchr::memchr(b':', line)?;
    // A document may end with three points.
    let begins = begins_plain(line[0]) && line[0] != b'.';
    let begins = begins && colon <= MAX_KEY_BYTES && line[colon - 1] != b' ';
    let after = &line[colon + 1..];
    let spaces = after.iter().take_while(|byte| **byte == b' ').count();
    if !begins || (spaces == 0 && !after.is_empty()) || !is_printable(line) {
        return None;
    }
    let start = cursor.at + cursor.indent;
    let value_at = colon + 1 + spaces;
    let next = (start + length + 1).min(text.len());
    Some(Simple {
        key: &text[start..start + colon],
        value: value(&text[start + value_at..start + length])?,
        value_at: cursor.indent + value_at,
        next: Cursor::new(text, next, cursor.line + 1),
    })
}

/// Whether there is nothing but ASCII without `#`, which may begin a comment. In quotes it does not,
/// but there it is rare.
fn is_printable(line: &[u8]) -> bool {
    const WIDTH: usize = 16;
    let check = |bytes: &[u8]| {
        let is_printable = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'#';
        // Without an early end, so that all bytes are compared at once.
        bytes
            .iter()
            .fold(true, |all, byte| all & is_printable(byte))
    };
    match line.last_chunk::<WIDTH>() {
        Some(last) => line.chunks_exact(WIDTH).all(check) && check(last),
        None => check(line),
    }
}

/// Whether a plain scalar may begin so, whatever follows.
fn begins_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/')
}

/// Whether a quoted key may begin so, or one with letters beyond ASCII; spaces, line ends and byte
/// order marks beyond ASCII do not.
fn begins_other_key(byte: u8) -> bool {
    matches!(byte, b'\'' | b'"' | 0xc3..=0xdf | 0xe3..=0xed)
}

fn quoted(text: String) -> Value<'static> {
    Value::Other(Content::Scalar { text, plain: false })
}

/// The value that is the rest of a line without `#`.
fn value(text: &str) -> Option<Value<'_>> {
    match text.as_bytes() {
        [] => Some(Value::Below),
        b"{}" => Some(Value::Other(Content::Mapping(Vec::new()))),
        b"[]" => Some(Value::Other(Content::Sequence(Vec::new()))),
        [b'\'', inner @ .., b'\''] => {
            let inner = &text[1..=inner.len()];
            let is_whole = !inner.replace("''", "").contains('\'');
            is_whole.then(|| quoted(inner.replace("''", "'")))
        }
        [b'"', inner @ .., b'"'] => {
            let is_whole = memchr::memchr2(b'"', b'\\', inner).is_none();
            is_whole.then(|| quoted(text[1..=inner.len()].to_owned()))
        }
        [b'-', first, ..] | [first, ..] if begins_plain(*first) => {
            let colons = memchr::memchr_iter(b':', text.as_bytes());
            // What follows a colon and a space is a value of its own.
            let ends = |at: usize| matches!(text.as_bytes().get(at + 1), None | Some(b' '));
            let is_whole = !text.ends_with(' ') && colons.map(ends).all(|ends| !ends);
            is_whole.then_some(Value::Plain(text))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read::parse_any;

    /// Nodes that are equal and stand at the same places.
    fn assert_same(found: &Node, expected: &Node, text: &str) {
        assert_eq!(
            (&found.content, &found.tag),
            (&expected.content, &expected.tag),
            "{text}"
        );
        assert_eq!(found.position, expected.position, "{found:?} in {text}");
        match (&found.content, &expected.content) {
            (Content::Sequence(found), Content::Sequence(expected)) => {
                for (found, expected) in found.iter().zip(expected) {
                    assert_same(found, expected, text);
                }
            }
            (Content::Mapping(found), Content::Mapping(expected)) => {
                for ((found_key, found), (key, expected)) in found.iter().zip(expected) {
                    assert_same(found_key, key, text);
                    assert_same(found, expected, text);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn reads_what_the_parser_reads() {
        let cases = [
            "a: b\n",
            "a: b",
            "\n\na: b\n   \n\nc: d\n\n",
            "a:\n  b: 1\n  c:\n    d: x y, z\n  e: -2\nf: {}\ng: []\n",
            "a: 'it''s'\nb: \"x: y # z\"\nc: ''\nd:   spaced\n",
            "a: 2024-01-02 03:04:05\nb: runs:/x\nc: https://a.b/c?d=e&f\n",
            "k/one.txt: 00ff\nk/two-3.txt: 1e5\nk (4) x.txt: a\n",
            // What the parser gets: folded texts, lists, nulls, tags, comments, other keys.
            "a: one\n  two\nb: 1\n",
            "s:\n  i: '[{\"type\": \"tensor\",\n    -1]}]'\n  n: 2\nt: 3\n",
            "l:\n- 1\n- b: 2\n  c: 3\nm: 4\n",
            "l:\n  - 1\nm:\nn: ~\no:\n",
            "a: !!str 1 # why\nb: |\n  x\n\n  y\n\nc: >-\n    z\n",
            "a:\n  - {b: [1, 2]}\n  - 'x'\nb: [1,\n  2]\nc: {d: e}\n",
            "a:\n  .b: 1\n  c: .5\n.d: 2\n",
            "'quoted': 1\n\"b\": 2\n? x\n: y\n-z: 1\nü: ä\nb#c: d\n",
            "a:\n  x: &x 1\nb: &y 2\nc: [&z 3, *z]\nd: \"\\u00fc\"\n",
            "a:\n  text\nb: 1\n",
            "a: |+2\n\nb: 1\nc:\n  d: >\n  e: 1\nf: |+\n\n",
            "a:\n  b:\n  -\n  c: 1\nd: next\n",
            "b: 1\na: 2\nb: 3\n",
        ];
        for text in cases {
            let (found, doubled) = parse(text).expect(text);
            let (expected, also_doubled) = parse_any(text).expect(text);
            assert_same(&found, &expected, text);
            assert_eq!(doubled, also_doubled, "{text}");
        }
    }

    #[test]
    fn has_no_answer_to_other_shapes() {
        let cases = [
            "",
            "text\n",
            "- a\n",
            "{a: b}\n",
            "  a: b\n",
            "---\na: b\n",
            "# why\na: b\n",
            "a: b\n...\n",
            "a: b\n...  c: d\n",
            "a: b\r\nc: d\r\n",
            "a: &x 1\nb: c\nd: *x\n",
            "a: [\nb]\n",
            "a: 'b\nc'\n",
            "a: b\n  c: d\n",
            "a:\n    b: c\n  d: e\n",
            "a: b: c\n",
            "a: b\n\tc: d\n",
            "a: b\n- c\n",
        ];
        for text in cases {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
