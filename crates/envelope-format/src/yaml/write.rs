//! Nodes to text, byte for byte as `yaml.safe_dump(…, default_flow_style=False)` writes them: block
//! style, lists not indented under their key, strings quoted only where needed, lines folded at 80
//! columns, everything beyond ASCII escaped. A package that MLflow wrote, read and written again,
//! therefore has the very same `MLmodel`.

use super::scalar::{self, PlainKind};
use super::{Content, Node};
use std::fmt::Write as _;

/// The column after which a line is folded at its next single space.
const WIDTH: usize = 80;
/// The longest key that stands on the line of its value.
const SIMPLE_KEY: usize = 128;
/// The longest key that readers take for one on the line of its value, quotes left aside.
const READABLE_KEY: usize = 1000;

pub(super) fn to_yaml(node: &Node) -> String {
    let mut writer = Writer::default();
    if let Some(tag) = &node.tag {
        writer.push(tag);
        writer.push(if is_block(node) { "\n" } else { " " });
    }
    match &node.content {
        Content::Scalar { text, plain } => {
            let start = writer.out.len();
            writer.scalar(text, *plain && node.tag.is_none(), true, 2);
            let quoted = writer.out[start..].starts_with(['\'', '"']);
            writer.out.push_str(if quoted { "\n" } else { "\n...\n" });
        }
        _ if is_block(node) => {
            writer.column = 0;
            writer.block(node, 0);
        }
        _ => {
            writer.inline(node);
            writer.out.push('\n');
        }
    }
    writer.out
}

/// Whether the node takes lines of its own: a collection that is not empty.
fn is_block(node: &Node) -> bool {
    match &node.content {
        Content::Sequence(items) => !items.is_empty(),
        Content::Mapping(entries) => !entries.is_empty(),
        Content::Scalar { .. } => false,
    }
}

/// Whether a key stands on the line of its value. `PyYAML` asks for the length before escaping
/// only, and then cannot read what it wrote.
fn is_simple_key(text: &str, plain: bool) -> bool {
    let width = |c| escape(c).map_or(1, |escaped| escaped.len());
    (plain || !text.is_empty())
        && text.chars().count() < SIMPLE_KEY
        && !text.contains('\n')
        && text.chars().map(width).sum::<usize>() <= READABLE_KEY
}

#[derive(Default)]
struct Writer {
    out: String,
    column: usize,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn break_line(&mut self, indent: usize) {
        self.out.push('\n');
        self.indent(indent);
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Writes a collection that is not empty, from the present column, each entry on its lines.
    fn block(&mut self, node: &Node, indent: usize) {
        match &node.content {
            Content::Scalar { .. } => self.inline(node),
            Content::Sequence(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.start_entry(i, indent);
                    self.push("-");
                    self.item(item, indent);
                }
            }
            Content::Mapping(entries) => {
                for (i, (key, value)) in entries.iter().enumerate() {
                    self.start_entry(i, indent);
                    self.entry(key, value, indent);
                }
            }
        }
    }

    /// The first entry of a collection continues the line that the collection begins on.
    fn start_entry(&mut self, entry: usize, indent: usize) {
        if entry > 0 || self.column == 0 {
            self.indent(indent);
        }
    }

    fn item(&mut self, item: &Node, indent: usize) {
        self.tag(item);
        if !is_block(item) {
            self.leaf(item, indent);
        } else if item.tag.is_some() {
            self.break_line(indent + 2);
            self.block(item, indent + 2);
        } else {
            self.push(" ");
            self.block(item, indent + 2);
        }
    }

    fn value(&mut self, value: &Node, indent: usize) {
        self.tag(value);
        if !is_block(value) {
            return self.leaf(value, indent);
        }
        self.out.push('\n');
        self.column = 0;
        // MLflow's lists stand at the column of their key.
        let nested = matches!(value.content, Content::Mapping(_));
        self.block(value, if nested { indent + 2 } else { indent });
    }

    fn leaf(&mut self, node: &Node, indent: usize) {
        self.push(" ");
        match &node.content {
            Content::Scalar { text, plain } => {
                let plain = *plain && node.tag.is_none();
                self.scalar(text, plain, true, indent + 2);
            }
            _ => self.inline(node),
        }
        self.out.push('\n');
        self.column = 0;
    }

    /// Writes one entry of a mapping; a key that is long, empty or a collection stands after `? `.
    fn entry(&mut self, key: &Node, value: &Node, indent: usize) {
        match &key.content {
            Content::Scalar { text, plain } if key.tag.is_none() && is_simple_key(text, *plain) => {
                self.scalar(text, *plain, false, indent);
                self.push(":");
                self.value(value, indent);
            }
            _ => {
                self.push("?");
                self.item(key, indent);
                self.indent(indent);
                self.push(":");
                self.item(value, indent);
            }
        }
    }

    fn tag(&mut self, node: &Node) {
        if let Some(tag) = &node.tag {
            self.push(" ");
            self.push(tag);
        }
    }

    fn inline(&mut self, node: &Node) {
        match &node.content {
            Content::Scalar { text, plain } => self.scalar(text, *plain, false, 0),
            Content::Sequence(_) => self.push("[]"),
            Content::Mapping(_) => self.push("{}"),
        }
    }

    fn scalar(&mut self, text: &str, plain: bool, fold: bool, indent: usize) {
        if plain && scalar::resolve(text) != PlainKind::String {
            return self.push(if text.is_empty() { scalar::NULL } else { text });
        }
        match style(text) {
            Style::Plain => self.words(text, fold, indent),
            Style::Single if !fold && text.contains('\n') => self.double(text, fold, indent),
            Style::Single => {
                self.push("'");
                self.words(&text.replace('\'', "''"), fold, indent);
                self.push("'");
            }
            Style::Double => self.double(text, fold, indent),
        }
    }

    /// Writes the text of a plain or single-quoted scalar, folding at single spaces past the width.
    fn words(&mut self, text: &str, fold: bool, indent: usize) {
        let mut rest = text;
        while !rest.is_empty() {
            let breaks = rest.len() - rest.trim_start_matches('\n').len();
            if breaks > 0 {
                // One line break within a scalar would read as a space, so there is one more.
                self.out.extend(std::iter::repeat_n('\n', breaks + 1));
                self.indent(indent);
                rest = &rest[breaks..];
            }
            let (word, tail) = rest.split_at(rest.find([' ', '\n']).unwrap_or(rest.len()));
            self.push(word);
            let spaces = tail.len() - tail.trim_start_matches(' ').len();
            let at_edge = rest.len() == text.len() && word.is_empty() || spaces == tail.len();
            if spaces == 1 && fold && self.column > WIDTH && !at_edge {
                self.break_line(indent);
            } else {
                self.push(&tail[..spaces]);
            }
            rest = &tail[spaces..];
        }
    }

    fn double(&mut self, text: &str, fold: bool, indent: usize) {
        let chars: Vec<char> = text.chars().collect();
        self.push("\"");
        let mut pending = String::new();
        for (i, &c) in chars.iter().enumerate() {
            let escape = escape(c);
            if let Some(escape) = &escape {
                self.push(&std::mem::take(&mut pending));
                self.push(escape);
            }
            // `pending` grows after the check below, as the character may begin the next line.
            let may_break = fold && i > 0 && i + 1 < chars.len();
            let at_break = c == ' ' || pending.is_empty();
            // PyYAML lets an escape end one column later than other text.
            let used = self.column + pending.chars().count() - usize::from(escape.is_some());
            if may_break && at_break && used > WIDTH {
                self.push(&std::mem::take(&mut pending));
                self.push("\\");
                self.break_line(indent);
                let next = if escape.is_some() { chars[i + 1] } else { c };
                if next == ' ' {
                    self.push("\\");
                }
            }
            if escape.is_none() {
                pending.push(c);
            }
        }
        self.push(&pending);
        self.push("\"");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
}

/// The plainest style in which a string stays the string it is.
fn style(text: &str) -> Style {
    let printable = |c: char| c == '\n' || (' '..='~').contains(&c);
    let space_then_break = text.contains(" \n");
    let break_then_space = text.contains("\n ");
    if !text.chars().all(printable) || space_then_break || break_then_space {
        return Style::Double;
    }
    let edges = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
    let ambiguous = scalar::resolve(text) != PlainKind::String;
    if edges || ambiguous || text.contains('\n') || has_indicator(text) {
        return Style::Single;
    }
    Style::Plain
}

/// Whether the text holds what YAML would take for structure.
fn has_indicator(text: &str) -> bool {
    let blank_at = |i: usize| text[i..].chars().next().is_none_or(|c| c == ' ');
    let first = text.chars().next().unwrap_or(' ');
    text.starts_with("---")
        || text.starts_with("...")
        || "#,[]{}&*!|>'\"%@`".contains(first)
        || ("?:-".contains(first) && blank_at(1))
        || text.contains(" #")
        || text
            .char_indices()
            .any(|(i, c)| c == ':' && blank_at(i + 1))
}

fn escape(c: char) -> Option<String> {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        ' '..='~' => return None,
        _ => {
            let code = u32::from(c);
            let mut text = String::new();
            let written = match code {
                0..=0xff => write!(text, "\\x{code:02X}"),
                0x100..=0xffff => write!(text, "\\u{code:04X}"),
                _ => write!(text, "\\U{code:08X}"),
            };
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
            return Some(text);
        }
    };
    Some(format!("\\{short}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts were written by `yaml.safe_dump` of `PyYAML` 6.0.3; the script beside them makes more.
    #[test]
    fn writes_what_pyyaml_writes() {
        let cases: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/yaml-dump.json")).unwrap();
        let cases = cases.as_array().unwrap();
        assert!(cases.len() > 300, "the fixture holds {} cases", cases.len());
        for case in cases {
            let text = Node::from(&case["value"]).to_yaml();
            assert_eq!(text, case["yaml"].as_str().unwrap(), "{}", case["value"]);
            let again = Node::parse(&text).unwrap();
            assert_eq!(again.to_json(), case["value"]);
            assert_eq!(again.to_yaml(), text);
        }
    }

    #[test]
    fn what_no_program_writes_reads_the_same_after_writing() {
        let long_key = "\u{1f600}".repeat(SIMPLE_KEY - 1);
        let cases = [
            ("!a x", "!a x\n...\n"),
            ("!a [!b {}, !c [x]]", "!a\n- !b {}\n- !c\n  - x\n"),
            ("!!set {? !d a}", "!!set\n? !d a\n: null\n"),
            (": a", "null: a\n"),
            ("'': a", "? ''\n: a\n"),
            ("!<tag:a,b%21> x", "!<tag:a%2Cb%21> x\n...\n"),
            ("2026-11-20t\n\n17:40:12", "'2026-11-20t\n\n  17:40:12'\n"),
            (&format!("\"{long_key}\": a"), "? \""),
        ];
        for (text, expected) in cases {
            let node = Node::parse(text).unwrap();
            let written = node.to_yaml();
            assert!(written.starts_with(expected), "{text} became {written}");
            let again = Node::parse(&written).unwrap();
            assert_eq!((again.to_yaml(), &again), (written, &node), "{text}");
        }
    }
}
