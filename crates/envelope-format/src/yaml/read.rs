//! Text to nodes, with limits that hold against hostile text.

use super::scalar::{self, PlainKind};
use super::{Content, Node, Position, tag};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// The deepest nesting that is read, aliases resolved; MLflow's own files stay below ten.
pub const MAX_DEPTH: usize = 100;
/// The most nodes that one document may hold.
pub const MAX_NODES: usize = 2_000_000;
/// The most nodes that aliases may repeat, which stops documents that double with every line.
pub const MAX_ALIAS_NODES: usize = 100_000;
/// The most bytes of text that aliases and tags may repeat.
pub const MAX_REPEATED_BYTES: usize = 16 << 20;

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
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            position: position(span),
            message: message.into(),
        }
    }
}

impl From<ScanError> for YamlError {
    fn from(error: ScanError) -> Self {
        let marker = error.marker();
        Self {
            position: Position {
                line: marker.line(),
                column: marker.col() + 1,
            },
            message: error.info().to_owned(),
        }
    }
}

fn position(span: Span) -> Position {
    Position {
        line: span.start.line(),
        column: span.start.col() + 1,
    }
}

/// A collection whose end has not come yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The key of a mapping whose value has not come yet.
    key: Option<Node>,
    size: Size,
}

/// What a node costs when it is repeated.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    bytes: usize,
    /// Collections inside one another.
    depth: usize,
}

impl Size {
    fn of(node: &Node) -> Self {
        let tag = node.tag.as_ref().map_or(0, String::len);
        Self {
            nodes: 1,
            bytes: tag + node.text().map_or(0, str::len),
            depth: usize::from(node.text().is_none()),
        }
    }

    fn add(&mut self, inner: Self) {
        self.nodes += inner.nodes;
        self.bytes += inner.bytes;
        self.depth = self.depth.max(inner.depth + 1);
    }
}

#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    nodes: usize,
    alias_nodes: usize,
    repeated_bytes: usize,
    doubled: Vec<DoubledKey>,
    root: Option<Node>,
}

/// A key that stands twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DoubledKey {
    /// The key.
    pub(crate) name: String,
    /// Where it stands first.
    pub(crate) first: Position,
    /// Where it stands again; this one counts.
    pub(crate) second: Position,
}

pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    parse_with_doubled_keys(text).map(|(document, _)| document)
}

/// Reads a document, and tells the keys in it that another of the same name hides.
pub(crate) fn parse_with_doubled_keys(text: &str) -> Result<(Node, Vec<DoubledKey>), YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_indicators(text)?;
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        builder.event(event, span)?;
    }
    Ok((builder.root.unwrap_or_else(Node::null), builder.doubled))
}

fn refuse_indicators(text: &str) -> Result<(), YamlError> {
    let is_indicator = |byte: &u8| b",[]{}?:&*!'\"#".contains(byte);
    if text.len() <= MAX_INDICATORS || text.bytes().filter(is_indicator).count() <= MAX_INDICATORS {
        return Ok(());
    }
    Err(YamlError {
        position: Position { line: 1, column: 1 },
        message: format!(
            "more than {MAX_INDICATORS} brackets, quotes, commas and other indicators"
        ),
    })
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // A tag such as `!!str` decides the type, so that the text alone no longer does.
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let content = Content::Scalar {
                    text: text.into_owned(),
                    plain,
                };
                let node = self.located(content, span, tag)?;
                let size = Size::of(&node);
                self.finish(node, size, anchor, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(Content::Sequence(Vec::new()), anchor, tag, span)
            }
            Event::MappingStart(anchor, tag) => {
                self.open(Content::Mapping(Vec::new()), anchor, tag, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(_) if self.root.is_some() => Err(YamlError::new(
                span,
                "found a second document, expected one",
            )),
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => Ok(()),
        }
    }

    fn open(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        span: Span,
    ) -> Result<(), YamlError> {
        self.descend(1, span)?;
        let node = self.located(content, span, tag)?;
        self.stack.push(Open {
            size: Size::of(&node),
            node,
            anchor,
            key: None,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), YamlError> {
        let Some(mut open) = self.stack.pop() else {
            return Ok(());
        };
        if let Content::Mapping(entries) = &mut open.node.content {
            *entries = settle(std::mem::take(entries), &mut self.doubled);
        }
        self.finish(open.node, open.size, open.anchor, span)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), YamlError> {
        let Some((_, size)) = self.anchors.get(&anchor) else {
            return Err(YamlError::new(
                span,
                "alias to an anchor that is not complete yet",
            ));
        };
        let size = *size;
        self.descend(size.depth, span)?;
        self.repeat(size, span)?;
        let node = self.anchors[&anchor].0.clone();
        self.finish(node, size, 0, span)
    }

    /// Refuses what would be nested too deep here.
    fn descend(&self, depth: usize, span: Span) -> Result<(), YamlError> {
        if self.stack.len() + depth > MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(YamlError::new(span, message));
        }
        Ok(())
    }

    /// Counts a copy of nodes that the text holds once.
    fn repeat(&mut self, size: Size, span: Span) -> Result<(), YamlError> {
        self.alias_nodes += size.nodes;
        if self.alias_nodes > MAX_ALIAS_NODES {
            let message = format!("aliases repeat more than {MAX_ALIAS_NODES} nodes");
            return Err(YamlError::new(span, message));
        }
        self.repeat_bytes(size.bytes, span)
    }

    fn repeat_bytes(&mut self, bytes: usize, span: Span) -> Result<(), YamlError> {
        self.repeated_bytes += bytes;
        if self.repeated_bytes > MAX_REPEATED_BYTES {
            let message =
                format!("aliases and tags repeat more than {MAX_REPEATED_BYTES} bytes of text");
            return Err(YamlError::new(span, message));
        }
        Ok(())
    }

    /// Puts a whole node where it belongs: the open collection, or the root.
    fn finish(
        &mut self,
        node: Node,
        size: Size,
        anchor: usize,
        span: Span,
    ) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(YamlError::new(span, format!("more than {MAX_NODES} nodes")));
        }
        if anchor != 0 {
            self.repeat(size, span)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size.add(size);
        match (&mut open.node.content, open.key.take()) {
            (Content::Sequence(items), _) => items.push(node),
            (Content::Mapping(entries), Some(key)) => entries.push((key, node)),
            (Content::Mapping(_), None) => open.key = Some(node),
            (Content::Scalar { .. }, _) => {}
        }
        Ok(())
    }

    /// A node with its place and tag. A short tag may stand for a long one, each time anew.
    fn located(
        &mut self,
        content: Content,
        span: Span,
        tag: Option<Cow<'_, Tag>>,
    ) -> Result<Node, YamlError> {
        let mut node = Node::from(content);
        node.position = position(span);
        if let Some(tag) = tag {
            self.repeat_bytes(tag.handle.len() + tag.suffix.len(), span)?;
            node.tag = tag::shortest(&tag.handle, &tag.suffix)
                .map_err(|message| YamlError::new(span, message))?;
        }
        Ok(node)
    }
}

/// Resolves merge keys (`<<`) and doubled keys the way `PyYAML` does: own keys win over merged
/// ones, and the last of two equal keys wins. Of doubled keys the hidden ones are noted.
fn settle(entries: Vec<(Node, Node)>, doubled: &mut Vec<DoubledKey>) -> Vec<(Node, Node)> {
    let mut merged = Vec::new();
    let mut own = Vec::new();
    for (key, value) in entries {
        if matches!(&key.content, Content::Scalar { text, plain: true } if text == "<<") {
            merged.extend(merge_sources(value));
        } else {
            own.push((key, value));
        }
    }
    // Where a key stands in what is settled, and whether it is one of the mapping's own.
    let mut places: HashMap<KeyIdentity, (usize, bool)> = HashMap::new();
    let mut settled: Vec<(Node, Node)> = Vec::new();
    let merged_count = merged.len();
    for (number, (key, value)) in merged.into_iter().chain(own).enumerate() {
        let Some(identity) = identity(&key) else {
            settled.push((key, value));
            continue;
        };
        if let Some((at, is_own)) = places.get_mut(&identity) {
            if *is_own {
                doubled.push(DoubledKey {
                    name: key.text().unwrap_or_default().to_owned(),
                    first: settled[*at].0.position,
                    second: key.position,
                });
            }
            settled[*at].1 = value;
            *is_own = number >= merged_count;
        } else {
            places.insert(identity, (settled.len(), number >= merged_count));
            settled.push((key, value));
        }
    }
    settled
}

/// What two keys that are the same have in common: tag, type and text.
type KeyIdentity = (Option<String>, PlainKind, String);

/// The identity of a scalar key: `1` is another key than `'1'`, but `~` is the key `null`.
fn identity(key: &Node) -> Option<KeyIdentity> {
    let kind = key.kind()?;
    let text = match kind {
        PlainKind::Null => scalar::NULL,
        _ => key.text()?,
    };
    Some((key.tag.clone(), kind, text.to_owned()))
}

/// The entries that a merge key brings; of several sources the first wins, so it comes last.
fn merge_sources(value: Node) -> Vec<(Node, Node)> {
    match value.content {
        Content::Mapping(entries) => entries,
        Content::Sequence(items) => items.into_iter().rev().flat_map(merge_sources).collect(),
        Content::Scalar { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
