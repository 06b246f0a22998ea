//! Logical lines: what pip takes for one line, with every byte of it accounted for.
//!
//! A backslash at a line's end joins it with the next; a comment begins at a `#` that stands at
//! the beginning or after white space; indented comments below a requirement belong to it. See
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/>.

use super::text::Line;
use std::ops::Range;

/// A run of lines that belong together.
#[derive(Debug)]
pub(super) struct Logical {
    /// Its bytes in the text, line ends and all.
    pub(super) raw: Range<usize>,
    /// The number of its first line, from 1.
    pub(super) line: usize,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// Lines with nothing on them.
    Blank,
    /// Comment lines.
    Comment,
    /// `-r` and the like: a file whose lines stand here.
    Include(Body),
    /// Any other option.
    Option(Body),
    /// A requirement.
    Requirement(Body),
}

/// What a logical line says, without comments, line ends and surrounding white space.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) text: Vec<u8>,
    /// Where pieces of it stand in the file: from this place in the text on, at that byte.
    pieces: Vec<(usize, usize)>,
}

impl Body {
    /// The byte of the file at which a byte of the text stands.
    pub(super) fn place(&self, at: usize) -> usize {
        let piece = self.pieces.iter().rfind(|(from, _)| *from <= at);
        piece.map_or(0, |(from, place)| place + (at - from))
    }
}

/// Takes a text apart, one logical line a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Splitter {
    at: usize,
    lines_before: usize,
}

impl Splitter {
    /// The next logical line of a text; always called with the same one.
    pub(super) fn next_of(&mut self, text: &[u8]) -> Option<Logical> {
        let (start, line) = (self.at, self.lines_before + 1);
        let first = Line::first_of(&text[start..])?;
        let content = if is_blank(first.content) {
            self.take_while(text, is_blank);
            Content::Blank
        } else if is_comment(first.content) {
            self.take_while(text, is_comment);
            Content::Comment
        } else {
            let content = self.take_body(text).into_content();
            if matches!(content, Content::Requirement(_)) {
                self.take_while(text, is_indented_comment);
            }
            content
        };
        Some(Logical {
            raw: start..self.at,
            line,
            content,
        })
    }

    fn take_while(&mut self, text: &[u8], belongs: fn(&[u8]) -> bool) {
        while let Some(line) = Line::first_of(&text[self.at..]) {
            if !belongs(line.content) {
                break;
            }
            self.take(line);
        }
    }

    fn take(&mut self, line: Line) {
        self.at += line.len();
        self.lines_before += 1;
    }

    /// Joins lines as pip does: a backslash at the end of one is taken out, and a comment ends the
    /// line.
    fn take_body(&mut self, text: &[u8]) -> Body {
        let mut body = Body {
            text: Vec::new(),
            pieces: Vec::new(),
        };
        while let Some(line) = Line::first_of(&text[self.at..]) {
            let continues = continues(line.content);
            let content = continues.unwrap_or(line.content);
            body.pieces.push((body.text.len(), self.at));
            body.text.extend_from_slice(content);
            self.take(line);
            if continues.is_none() || is_comment(line.content) {
                break;
            }
            // What follows a backslash that is not directly at the end would be glued on.
            if !line.content.ends_with(b"\\") {
                body.text.push(b' ');
            }
        }
        body.trim();
        body
    }
}

impl Body {
    fn trim(&mut self) {
        let end = comment_start(&self.text).unwrap_or(self.text.len());
        self.text.truncate(end);
        self.text.truncate(self.text.trim_ascii_end().len());
        let indent = self.text.len() - self.text.trim_ascii_start().len();
        self.text.drain(..indent);
        for (from, place) in &mut self.pieces {
            let cut = indent.saturating_sub(*from);
            *place += cut;
            *from = (*from + cut) - indent;
        }
    }

    fn into_content(self) -> Content {
        let text = &self.text;
        if text.is_empty() {
            Content::Blank
        } else if !text.starts_with(b"-") || option_value(text, EDITABLE).is_some() {
            Content::Requirement(self)
        } else if option_value(text, INCLUDE).is_some() {
            Content::Include(self)
        } else {
            Content::Option(self)
        }
    }
}

/// An option by its short and its long name.
pub(super) type Names = (&'static [u8], &'static [u8]);

pub(super) const EDITABLE: Names = (b"-e", b"--editable");
pub(super) const INCLUDE: Names = (b"-r", b"--requirement");
pub(super) const CONSTRAINT: Names = (b"-c", b"--constraint");

/// Where the value of an option stands in a line, when the line is that option: `-r base.txt`,
/// `-rbase.txt`, `--requirement=base.txt`, `-r "base.txt"`.
pub(super) fn option_value(text: &[u8], (short, long): Names) -> Option<Range<usize>> {
    let rest = if let Some(rest) = text.strip_prefix(long) {
        let is_end = |byte: &u8| *byte == b'=' || byte.is_ascii_whitespace();
        rest.first().is_none_or(is_end).then_some(rest)?
    } else {
        text.strip_prefix(short)?
    };
    let value = rest.trim_ascii_start();
    let value = value.strip_prefix(b"=").unwrap_or(value);
    let value = unquoted(value.trim_ascii());
    // Both are parts of one line, so that their addresses say where the one begins.
    let start = value.as_ptr() as usize - text.as_ptr() as usize;
    Some(start..start + value.len())
}

fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => value,
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii_start().is_empty()
}

fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"#")
}

fn is_indented_comment(line: &[u8]) -> bool {
    is_comment(line) && !line.starts_with(b"#")
}

/// What a line says that goes on in the next one.
fn continues(line: &[u8]) -> Option<&[u8]> {
    let content = line.trim_ascii_end();
    content.strip_suffix(b"\\")
}

fn comment_start(text: &[u8]) -> Option<usize> {
    let mut hashes = memchr::memchr_iter(b'#', text);
    hashes.find(|at| *at == 0 || text[at - 1].is_ascii_whitespace())
}

/// Where the options of a requirement begin: at the first word with a dash in front.
pub(super) fn options_start(text: &[u8]) -> Option<usize> {
    let mut dashes = memchr::memchr_iter(b'-', text);
    dashes.find(|at| {
        let is_word = *at > 0 && text[at - 1].is_ascii_whitespace();
        let next = text.get(at + 1);
        is_word && next.is_some_and(|next| *next == b'-' || next.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut shown = Vec::new();
        let mut end = 0;
        while let Some(logical) = splitter.next_of(text.as_bytes()) {
            assert_eq!(logical.raw.start, end, "no byte is lost");
            end = logical.raw.end;
            let said = |body: &Body| String::from_utf8_lossy(&body.text).into_owned();
            let content = match &logical.content {
                Content::Blank => "blank".to_owned(),
                Content::Comment => "comment".to_owned(),
                Content::Include(body) => format!("include {}", said(body)),
                Content::Option(body) => format!("option {}", said(body)),
                Content::Requirement(body) => format!("requirement {}", said(body)),
            };
            shown.push(format!("{} {content}", logical.line));
        }
        assert_eq!(end, text.len(), "no byte is lost");
        shown
    }

    #[test]
    fn a_text_is_taken_apart() {
        for (text, expected) in [
            ("", &[][..]),
            ("\n\n \n", &["1 blank"]),
            ("# a\n #b\na\n", &["1 comment", "3 requirement a"]),
            (
                "a\n  # via b\n# c\nd",
                &["1 requirement a", "3 comment", "4 requirement d"],
            ),
            (
                "a \\\n  --hash=x\\\n--y\nb",
                &["1 requirement a   --hash=x--y", "4 requirement b"],
            ),
            ("a \\ \n b\n", &["1 requirement a   b"]),
            ("a \\\n# c \\\nb\n", &["1 requirement a", "3 requirement b"]),
            ("a # c \\\nb\nc\n", &["1 requirement a", "3 requirement c"]),
            ("a \\", &["1 requirement a"]),
            ("\\\n\\\n", &["1 blank"]),
            ("a#b # c", &["1 requirement a#b"]),
            (
                "-rb.txt\r-r b\r\n--requirement=b",
                &[
                    "1 include -rb.txt",
                    "2 include -r b",
                    "3 include --requirement=b",
                ],
            ),
            (
                "-e .\n  # via x\n--editable=x",
                &["1 requirement -e .", "3 requirement --editable=x"],
            ),
            ("--pre\n  # c\n", &["1 option --pre", "2 comment"]),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_byte_of_a_joined_line_has_its_place() {
        let text = b"\n  ab \\\n   cd";
        let mut splitter = Splitter::default();
        splitter.next_of(text).expect("a blank line");
        let logical = splitter.next_of(text).expect("a line");
        let Content::Requirement(body) = logical.content else {
            panic!("a requirement");
        };
        assert_eq!(body.text, b"ab    cd");
        for (at, byte) in [(0, b'a'), (1, b'b'), (6, b'c'), (7, b'd')] {
            assert_eq!(text[body.place(at)], byte, "{at}");
        }
    }

    #[test]
    fn options_have_values() {
        for (text, expected) in [
            ("-r base.txt", Some("base.txt")),
            ("-rbase.txt", Some("base.txt")),
            ("-r=base.txt", Some("base.txt")),
            ("--requirement  base.txt", Some("base.txt")),
            ("--requirement=\"my base.txt\"", Some("my base.txt")),
            ("--requirements=x", None),
            ("-r", Some("")),
            ("--require-hashes", None),
        ] {
            let value = option_value(text.as_bytes(), INCLUDE);
            assert_eq!(value.map(|range| &text[range]), expected, "{text}");
        }
    }

    #[test]
    fn options_of_a_requirement_begin_at_a_word() {
        for (text, expected) in [
            ("a-b==1 --hash=sha256:0", Some(7)),
            ("a -C x=y", Some(2)),
            ("a @ file:///a-b", None),
            ("a == -1", None),
        ] {
            assert_eq!(options_start(text.as_bytes()), expected, "{text}");
        }
    }
}
