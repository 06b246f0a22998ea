//! A mistake in a spec: where, what was found, what was expected.

use crate::yaml::{Content, Node, Position};

/// The most mistakes that are reported of one spec.
pub const MAX_MISTAKES: usize = 1000;

/// One mistake in a spec.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mistake {
    /// Where it stands; line 0 when it stands nowhere, such as a missing key of the whole.
    pub position: Position,
    /// The key: `model.class`, `code[1]`; empty for the whole.
    pub element: String,
    /// What was found and what was expected.
    pub message: String,
    /// What to write instead, when that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.position.line > 0 {
            write!(f, "line {}: ", self.position.line)?;
        }
        if !self.element.is_empty() {
            write!(f, "`{}`: ", self.element)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Collects mistakes, each at its place in the spec.
pub(super) struct Mistakes<'a> {
    document: &'a Node,
    found: Vec<Mistake>,
}

impl<'a> Mistakes<'a> {
    pub(super) fn new(document: &'a Node) -> Self {
        Self {
            document,
            found: Vec::new(),
        }
    }

    /// Adds a mistake at an element such as `model.class`, `signature.inputs[2].type`.
    pub(super) fn add(&mut self, element: &str, message: impl Into<String>) {
        self.add_with_hint(element, message, None);
    }

    pub(super) fn add_with_hint(
        &mut self,
        element: &str,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        if self.found.len() >= MAX_MISTAKES {
            return;
        }
        let position = locate(self.document, element);
        self.push(Mistake {
            position,
            element: element.to_owned(),
            message: message.into(),
            hint,
        });
    }

    /// Adds a mistake at a position that the element's name does not tell.
    pub(super) fn add_at(&mut self, position: Position, element: &str, message: String) {
        self.push(Mistake {
            position,
            element: element.to_owned(),
            message,
            hint: None,
        });
    }

    fn push(&mut self, mistake: Mistake) {
        if !self.found.contains(&mistake) {
            self.found.push(mistake);
        }
    }

    /// What an element of the spec is, for a message: "a number 3.11".
    pub(super) fn describe(&self, element: &str) -> String {
        match descend(self.document, element) {
            Some(node) => match (&node.content, node.is_null()) {
                (_, true) => "nothing".to_owned(),
                (Content::Scalar { text, .. }, _) if text.chars().count() <= 60 => {
                    format!("{} `{text}`", node.describe())
                }
                _ => node.describe().to_owned(),
            },
            None => "nothing".to_owned(),
        }
    }

    /// Whether there is a mistake at an element already.
    pub(super) fn is_at(&self, element: &str) -> bool {
        self.found.iter().any(|mistake| mistake.element == element)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The mistakes in the order of the file.
    pub(super) fn into_sorted(mut self) -> Vec<Mistake> {
        self.found.sort_by_key(|mistake| mistake.position);
        self.found
    }
}

/// The parts of an element's name: `a.b[2].c` has `a`, `b`, `2`, `c`.
fn parts(element: &str) -> impl Iterator<Item = &str> {
    element
        .split(['.', '['])
        .map(|part| part.trim_end_matches(']'))
        .filter(|part| !part.is_empty())
}

fn child<'a>(node: &'a Node, part: &str) -> Option<&'a Node> {
    match &node.content {
        Content::Sequence(items) => items.get(part.parse::<usize>().ok()?),
        _ => node.get(part),
    }
}

fn descend<'a>(document: &'a Node, element: &str) -> Option<&'a Node> {
    parts(element).try_fold(document, child)
}

/// The place of the innermost part of an element that the document has. For the value of a key
/// that is the place of the key, which is where a reader looks.
fn locate(document: &Node, element: &str) -> Position {
    let mut node = document;
    let mut position = Position::default();
    for part in parts(element) {
        let key = node
            .entries()
            .and_then(|e| e.iter().find(|(k, _)| k.text() == Some(part)));
        let Some(next) = child(node, part) else { break };
        position = key.map_or(next.position, |(key, _)| key.position);
        node = next;
    }
    position
}
