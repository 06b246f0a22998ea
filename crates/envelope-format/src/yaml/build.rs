//! Nodes put together from events, with limits that hold against hostile text.

use super::read::YamlError;
use super::scalar::{self, PlainKind};
use super::{Content, Node, Position, tag};
use std::collections::HashMap;

/// The deepest nesting that is read, aliases resolved; MLflow's own files stay below ten.
pub const MAX_DEPTH: usize = 100;
/// The most nodes that one document may hold.
pub const MAX_NODES: usize = 2_000_000;
/// The most nodes that aliases may repeat, which stops documents that double with every line.
pub const MAX_ALIAS_NODES: usize = 100_000;
/// The most bytes of text that aliases and tags may repeat.
pub const MAX_REPEATED_BYTES: usize = 16 << 20;

/// What stands before a node: where it begins, and what it is called.
#[derive(Clone, Copy, Default)]
pub(super) struct Properties<'a> {
    pub(super) position: Position,
    /// The number of its anchor; 0 where it has none.
    pub(super) anchor: usize,
    /// The handle of its tag and the rest of it.
    pub(super) tag: Option<(&'a str, &'a str)>,
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
        let tag = node.tag.as_ref().map_or(0, |tag| tag.len());
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

/// A document that is being put together.
#[derive(Default)]
pub(super) struct Builder {
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

impl Builder {
    /// The document, null where nothing came, and the keys in it that others of the same name hide.
    pub(super) fn into_document(self) -> (Node, Vec<DoubledKey>) {
        (self.root.unwrap_or_else(Node::null), self.doubled)
    }

    /// Whether the document's outermost node is complete.
    pub(super) fn has_document(&self) -> bool {
        self.root.is_some()
    }

    /// Adds a scalar. A tag such as `!!str` decides the type, so that the text alone no longer does.
    pub(super) fn scalar(
        &mut self,
        text: String,
        plain: bool,
        properties: Properties<'_>,
    ) -> Result<(), YamlError> {
        let plain = plain && properties.tag.is_none();
        let Properties {
            position, anchor, ..
        } = properties;
        let node = self.located(Content::Scalar { text, plain }, properties)?;
        let size = Size::of(&node);
        self.finish(node, size, anchor, position)
    }

    /// Adds an entry to the mapping that is open: a scalar, and a scalar or empty collection, both
    /// without properties.
    pub(super) fn entry(&mut self, key: Node, value: Node) -> Result<(), YamlError> {
        if value.text().is_none() {
            self.descend(1, value.position)?;
        }
        self.count(2, value.position)?;
        let open = self.stack.last_mut();
        if let Some(open) = open.filter(|open| open.key.is_none())
            && let Content::Mapping(entries) = &mut open.node.content
        {
            open.size.add(Size::of(&key));
            open.size.add(Size::of(&value));
            push(entries, key, value);
        }
        Ok(())
    }

    /// Adds the key of an entry whose value is yet to come.
    pub(super) fn key(&mut self, key: Node) -> Result<(), YamlError> {
        let (size, position) = (Size::of(&key), key.position);
        self.finish(key, size, 0, position)
    }

    /// Begins a sequence or a mapping.
    pub(super) fn open(
        &mut self,
        content: Content,
        properties: Properties<'_>,
    ) -> Result<(), YamlError> {
        self.descend(1, properties.position)?;
        let anchor = properties.anchor;
        let node = self.located(content, properties)?;
        self.stack.push(Open {
            size: Size::of(&node),
            node,
            anchor,
            key: None,
        });
        Ok(())
    }

    /// Ends the collection that was begun last.
    pub(super) fn close(&mut self, position: Position) -> Result<(), YamlError> {
        let Some(mut open) = self.stack.pop() else {
            return Ok(());
        };
        if let Content::Mapping(entries) = &mut open.node.content {
            *entries = settle(std::mem::take(entries), &mut self.doubled);
        }
        self.finish(open.node, open.size, open.anchor, position)
    }

    /// Repeats the node with an anchor.
    pub(super) fn alias(&mut self, anchor: usize, position: Position) -> Result<(), YamlError> {
        let Some((_, size)) = self.anchors.get(&anchor) else {
            return Err(YamlError::new(
                position,
                "alias to an anchor that is not complete yet",
            ));
        };
        let size = *size;
        self.descend(size.depth, position)?;
        self.repeat(size, position)?;
        let node = self.anchors[&anchor].0.clone();
        self.finish(node, size, 0, position)
    }

    /// Forgets all anchors: those that come next are numbered anew.
    pub(super) fn forget_anchors(&mut self) {
        self.anchors.clear();
    }

    /// Refuses what would be nested too deep here.
    fn descend(&self, depth: usize, position: Position) -> Result<(), YamlError> {
        if self.stack.len() + depth > MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(YamlError::new(position, message));
        }
        Ok(())
    }

    /// Counts a copy of nodes that the text holds once.
    fn repeat(&mut self, size: Size, position: Position) -> Result<(), YamlError> {
        self.alias_nodes += size.nodes;
        if self.alias_nodes > MAX_ALIAS_NODES {
            let message = format!("aliases repeat more than {MAX_ALIAS_NODES} nodes");
            return Err(YamlError::new(position, message));
        }
        self.repeat_bytes(size.bytes, position)
    }

    fn repeat_bytes(&mut self, bytes: usize, position: Position) -> Result<(), YamlError> {
        self.repeated_bytes += bytes;
        if self.repeated_bytes > MAX_REPEATED_BYTES {
            let message =
                format!("aliases and tags repeat more than {MAX_REPEATED_BYTES} bytes of text");
            return Err(YamlError::new(position, message));
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, position: Position) -> Result<(), YamlError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} nodes");
            return Err(YamlError::new(position, message));
        }
        Ok(())
    }

    /// Puts a whole node where it belongs: the open collection, or the root.
    fn finish(
        &mut self,
        node: Node,
        size: Size,
        anchor: usize,
        position: Position,
    ) -> Result<(), YamlError> {
        self.count(1, position)?;
        if anchor != 0 {
            self.repeat(size, position)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.size.add(size);
        match (&mut open.node.content, open.key.take()) {
            (Content::Sequence(items), _) => items.push(node),
            (Content::Mapping(entries), Some(key)) => push(entries, key, node),
            (Content::Mapping(_), None) => open.key = Some(node),
            (Content::Scalar { .. }, _) => {}
        }
        Ok(())
    }

    /// A node with its place and tag. A short tag may stand for a long one, each time anew.
    fn located(&mut self, content: Content, properties: Properties<'_>) -> Result<Node, YamlError> {
        let mut node = Node::from(content);
        node.position = properties.position;
        if let Some((handle, suffix)) = properties.tag {
            self.repeat_bytes(handle.len() + suffix.len(), node.position)?;
            let tag = tag::shortest(handle, suffix)
                .map_err(|message| YamlError::new(node.position, message))?;
            node.tag = tag.map(String::into_boxed_str);
        }
        Ok(node)
    }
}

/// Adds an entry. Most mappings have one or two, and room for more would cost more than they.
fn push(entries: &mut Vec<(Node, Node)>, key: Node, value: Node) {
    if entries.len() < 2 {
        entries.reserve_exact(1);
    }
    entries.push((key, value));
}

/// Resolves merge keys (`<<`) and doubled keys the way `PyYAML` does: own keys win over merged
/// ones, and the last of two equal keys wins. Of doubled keys the hidden ones are noted.
fn settle(entries: Vec<(Node, Node)>, doubled: &mut Vec<DoubledKey>) -> Vec<(Node, Node)> {
    if are_settled(&entries) {
        return entries;
    }
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

/// Whether nothing is to be merged and no key can stand twice, since each sorts after the one
/// before: so MLflow writes them. A null has several spellings, of which that tells nothing.
fn are_settled(entries: &[(Node, Node)]) -> bool {
    let mut last = None;
    entries.iter().all(|(key, _)| {
        let text = key.text().filter(|_| key.tag.is_none());
        let is_next = text > last;
        last = text;
        is_next && text != Some("<<") && !key.is_null()
    })
}

/// What two keys that are the same have in common: tag, type and text.
type KeyIdentity = (Option<Box<str>>, PlainKind, String);

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
