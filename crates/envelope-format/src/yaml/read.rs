//! Text to nodes, with limits that hold against hostile text.

use super::{Content, Node, Position};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// The deepest nesting that is read; MLflow's own files stay below ten.
pub const MAX_DEPTH: usize = 100;
/// The most nodes that one document may hold.
pub const MAX_NODES: usize = 2_000_000;
/// The most nodes that aliases may repeat, which stops documents that double with every line.
pub const MAX_ALIAS_NODES: usize = 100_000;

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
}

#[derive(Default)]
struct Builder {
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    alias_nodes: usize,
    root: Option<Node>,
}

pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event?;
        builder.event(event, span)?;
    }
    Ok(builder.root.unwrap_or_else(Node::null))
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
                let node = located(content, span, tag);
                self.finish(node, anchor, span)
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
        if self.stack.len() >= MAX_DEPTH {
            return Err(YamlError::new(
                span,
                format!("nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.stack.push(Open {
            node: located(content, span, tag),
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
            *entries = settle(std::mem::take(entries));
        }
        self.finish(open.node, open.anchor, span)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), YamlError> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(YamlError::new(
                span,
                "alias to an anchor that is not complete yet",
            ));
        };
        self.alias_nodes += size;
        if self.alias_nodes > MAX_ALIAS_NODES {
            let message = format!("aliases repeat more than {MAX_ALIAS_NODES} nodes");
            return Err(YamlError::new(span, message));
        }
        let node = node.clone();
        self.finish(node, 0, span)
    }

    /// Puts a whole node where it belongs: the open collection, or the root.
    fn finish(&mut self, node: Node, anchor: usize, span: Span) -> Result<(), YamlError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(YamlError::new(span, format!("more than {MAX_NODES} nodes")));
        }
        if anchor != 0 {
            let size = count(&node);
            self.anchors.insert(anchor, (node.clone(), size));
            self.alias_nodes += size;
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(open) => match (&mut open.node.content, open.key.take()) {
                (Content::Sequence(items), _) => items.push(node),
                (Content::Mapping(entries), Some(key)) => entries.push((key, node)),
                (Content::Mapping(_), None) => open.key = Some(node),
                (Content::Scalar { .. }, _) => {}
            },
        }
        Ok(())
    }
}

fn located(content: Content, span: Span, tag: Option<Cow<'_, Tag>>) -> Node {
    let tag = tag.map(|tag| match tag.handle.as_str() {
        "tag:yaml.org,2002:" => format!("!!{}", tag.suffix),
        handle => format!("{handle}{}", tag.suffix),
    });
    // A string tag says what quotes say; every other tag is kept.
    let tag = tag.filter(|tag| tag != "!!str" && tag != "!");
    Node {
        content,
        position: position(span),
        tag,
    }
}

/// How many nodes a tree holds. The depth is bounded by [`MAX_DEPTH`] and the aliases' bound.
fn count(node: &Node) -> usize {
    match &node.content {
        Content::Scalar { .. } => 1,
        Content::Sequence(items) => 1 + items.iter().map(count).sum::<usize>(),
        Content::Mapping(entries) => {
            1 + entries
                .iter()
                .map(|(k, v)| count(k) + count(v))
                .sum::<usize>()
        }
    }
}

/// Resolves merge keys (`<<`) and doubled keys the way `PyYAML` does: own keys win over merged
/// ones, and the last of two equal keys wins.
fn settle(entries: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
    let mut merged = Vec::new();
    let mut own = Vec::new();
    for (key, value) in entries {
        if matches!(&key.content, Content::Scalar { text, plain: true } if text == "<<") {
            merged.extend(merge_sources(value));
        } else {
            own.push((key, value));
        }
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut settled: Vec<(Node, Node)> = Vec::new();
    for (key, value) in merged.into_iter().chain(own) {
        let Some(text) = key.text().map(str::to_owned) else {
            settled.push((key, value));
            continue;
        };
        if let Some(&at) = places.get(&text) {
            settled[at].1 = value;
        } else {
            places.insert(text, settled.len());
            settled.push((key, value));
        }
    }
    settled
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
        let cases = [
            (bomb, "aliases repeat"),
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
    fn an_empty_text_is_null() {
        for text in ["", "\n", "# only a comment\n"] {
            assert!(Node::parse(text).unwrap().is_null());
        }
    }
}
