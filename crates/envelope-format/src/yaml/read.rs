//! Text to nodes, through the parser's events.

use super::block;
use super::build::{Builder, DoubledKey, Properties};
use super::{Content, Node, Position};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

/// The most characters in one document that separate or begin nodes in flow collections, wherever
/// they stand: the parser keeps a whole flow collection in memory before it shows the first node.
pub const MAX_INDICATORS: usize = 2_000_000;

/// A text that cannot be read as YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", .position.line, .position.column)]
pub struct YamlError {
    /// Where reading stopped.
    pub position: Position,
    /// What was found and what was expected.
    pub message: String,
}

impl YamlError {
    pub(super) fn new(position: Position, message: impl Into<String>) -> Self {
        Self {
            position,
            message: message.into(),
        }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        let marker = error.marker();
        let position = Position {
            line: marker.line(),
            column: marker.col() + 1,
        };
        Self::new(position, error.info())
    }
}

pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    parse_with_doubled_keys(text).map(|(document, _)| document)
}

/// Reads a document, and tells the keys in it that another of the same name hides.
pub(crate) fn parse_with_doubled_keys(text: &str) -> Result<(Node, Vec<DoubledKey>), YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_indicators(text)?;
    match block::parse(text) {
        Some(document) => Ok(document),
        None => parse_any(text),
    }
}

fn refuse_indicators(text: &str) -> Result<(), YamlError> {
    let is_indicator = |byte: &u8| b",[]{}?:&*!'\"#".contains(byte);
    if text.len() <= MAX_INDICATORS || text.bytes().filter(is_indicator).count() <= MAX_INDICATORS {
        return Ok(());
    }
    let message =
        format!("more than {MAX_INDICATORS} brackets, quotes, commas and other indicators");
    Err(YamlError::new(Position { line: 1, column: 1 }, message))
}

/// Reads a document of any shape.
pub(super) fn parse_any(text: &str) -> Result<(Node, Vec<DoubledKey>), YamlError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        if matches!(event, Event::DocumentStart(_)) && builder.has_document() {
            let message = "found a second document, expected one";
            return Err(YamlError::new(position(span, 0), message));
        }
        add(&mut builder, event, position(span, 0))?;
    }
    Ok(builder.into_document())
}

/// Some lines of a document: entries of a mapping, whole ones.
pub(super) struct Entries<'t> {
    pub(super) text: &'t str,
    /// How many lines of the document stand before.
    pub(super) lines_before: usize,
    /// How far the keys are indented, where more of the document follows.
    pub(super) followed_at: Option<usize>,
}

/// Reads entries of the mapping that is open in the builder.
///
/// # Errors
/// What stands there is no YAML, or more or less than entries of a mapping.
pub(super) fn parse_entries(entries: &Entries<'_>, builder: &mut Builder) -> Result<(), YamlError> {
    // At the end of a text the parser reads some things in another way than before a further key.
    const NEXT: &str = "next";
    let text = match entries.followed_at {
        Some(indent) => format!("{}{:indent$}{NEXT}: {NEXT}", entries.text, ""),
        None => entries.text.to_owned(),
    };
    let next_line = entries.followed_at.map(|_| text.lines().count());
    builder.forget_anchors();
    let mut depth = 0;
    for event in Parser::new_from_str(&text) {
        let (event, span) = event?;
        let position = position(span, entries.lines_before);
        let begins = matches!(event, Event::MappingStart(..) | Event::SequenceStart(..));
        let ends = matches!(event, Event::MappingEnd | Event::SequenceEnd);
        depth -= usize::from(ends);
        match event {
            Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
            Event::DocumentStart(false)
            | Event::DocumentEnd
            | Event::MappingStart(0, None)
            | Event::MappingEnd
                if depth == 0 => {}
            Event::Scalar(text, ..) if text == NEXT && Some(span.start.line()) == next_line => {}
            event if depth > 0 => add(builder, event, position)?,
            _ => {
                let message = "expected entries of a mapping";
                return Err(YamlError::new(position, message));
            }
        }
        depth += usize::from(begins);
    }
    builder.forget_anchors();
    Ok(())
}

fn position(span: Span, lines: usize) -> Position {
    Position {
        line: span.start.line() + lines,
        column: span.start.col() + 1,
    }
}

fn add(builder: &mut Builder, event: Event<'_>, position: Position) -> Result<(), YamlError> {
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            let plain = style == ScalarStyle::Plain;
            let properties = properties(position, anchor, tag.as_deref());
            builder.scalar(text.into_owned(), plain, properties)
        }
        Event::SequenceStart(anchor, tag) => {
            let properties = properties(position, anchor, tag.as_deref());
            builder.open(Content::Sequence(Vec::new()), properties)
        }
        Event::MappingStart(anchor, tag) => {
            let properties = properties(position, anchor, tag.as_deref());
            builder.open(Content::Mapping(Vec::new()), properties)
        }
        Event::SequenceEnd | Event::MappingEnd => builder.close(position),
        Event::Alias(anchor) => builder.alias(anchor, position),
        Event::DocumentStart(_)
        | Event::DocumentEnd
        | Event::StreamStart
        | Event::StreamEnd
        | Event::Nothing => Ok(()),
    }
}

fn properties(position: Position, anchor: usize, tag: Option<&Tag>) -> Properties<'_> {
    Properties {
        position,
        anchor,
        tag: tag.map(|tag| (tag.handle.as_str(), tag.suffix.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::MAX_DEPTH;
    use std::fmt::Write as _;

    #[test]
    fn keeps_order_types_and_places() {
        let node = Node::parse("b: yes\na: 'yes'\nc:\n- 1\n- {d: 2024-01-02}\n").unwrap();
        let keys: Vec<_> = node
            .entries()
            .unwrap()
            .iter()
            .map(|(k, _)| k.text().unwrap())
            .collect();
        assert_eq!(keys, ["b", "a", "c"]);
        assert_eq!(node.get("b").unwrap().as_bool(), Some(true));
        assert_eq!(node.get("a").unwrap().as_str(), Some("yes"));
        let date = node.get("c").unwrap().items().unwrap()[1].get("d").unwrap();
        assert_eq!(
            (date.describe(), date.position),
            ("a date", Position { line: 5, column: 7 })
        );
    }

    #[test]
    fn merges_and_doubled_keys_follow_pyyaml() {
        let node = Node::parse("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n  b: 4\n").unwrap();
        assert_eq!(
            node.get("y").unwrap().to_json(),
            serde_json::json!({"a": 1, "b": 4})
        );
    }

    #[test]
    fn refuses_what_no_reader_should_take() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..20 {
            let refs = vec![format!("*a{}", i - 1); 10].join(", ");
            writeln!(bomb, "a{i}: &a{i} [{refs}]").unwrap();
        }
        let blocks = (0..5000).fold(String::new(), |text, i| {
            text + &" ".repeat(i % 200) + "- \n"
        });
        let long = "x".repeat(1 << 20);
        let nested = "&a [".repeat(90);
        let cases = [
            (bomb, "aliases repeat"),
            (
                format!("- &a {long}\n{}", "- *a\n".repeat(20)),
                "bytes of text",
            ),
            (
                format!("%TAG ! {long}\n---\n{}", "- !a\n".repeat(20)),
                "bytes of text",
            ),
            (
                format!("{nested}{}{}", "x,".repeat(2000), "]".repeat(90)),
                "aliases repeat",
            ),
            (
                format!(
                    "- &a {}{}\n- {}*a{}\n",
                    "[".repeat(50),
                    "]".repeat(50),
                    "[".repeat(50),
                    "]".repeat(50)
                ),
                "nested deeper",
            ),
            ("- !%C3%A9 x".to_owned(), "beyond ASCII"),
            (format!("[{}", "a,".repeat(MAX_INDICATORS)), "indicators"),
            ("[".repeat(100_000), ""),
            ("- ".repeat(100_000), ""),
            ("{a: ".repeat(50_000), ""),
            (blocks, ""),
            ("a: b: c".to_owned(), ""),
            ("a: 1\n---\nb: 2\n".to_owned(), "second document"),
            ("a: *missing".to_owned(), ""),
            ("a: \"open".to_owned(), ""),
        ];
        for (text, message) in cases {
            let start: String = text.chars().take(20).collect();
            let error = Node::parse(&text).expect_err(&start);
            assert!(error.to_string().contains(message), "{start}: {error}");
        }
    }

    #[test]
    fn aliases_and_tags_within_the_bounds_are_read() {
        let node = Node::parse("- &a [x, !mine y]\n- *a\n- [*a]\n").unwrap();
        let items = node.items().unwrap();
        assert_eq!(items[0], items[1]);
        assert_eq!(items[2].items().unwrap()[0], items[0]);
        let deepest = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(Node::parse(&deepest).is_ok());
    }

    #[test]
    fn keys_of_other_types_are_other_keys() {
        let node = Node::parse("1: a\n'1': b\n~: c\nnull: d\n1: e\n").unwrap();
        assert_eq!(node.to_yaml(), "1: e\n'1': b\n~: d\n");
        let empty = Node::parse(": a\n").unwrap();
        assert_eq!(empty.to_json(), serde_json::json!({"null": "a"}));
    }

    #[test]
    fn an_empty_text_is_null() {
        for text in ["", "\n", "# only a comment\n"] {
            assert!(Node::parse(text).unwrap().is_null());
        }
    }
}
