//! YAML: what is read means the same after writing and reading again, and lines that are read by
//! themselves are read as the parser reads them.

#![no_main]

use envelope_format::yaml::{Content, Node, Position};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = Node::parse(text);
    // What begins with a document's mark is always left to the parser.
    if text.starts_with(|c: char| c.is_ascii_alphanumeric() || "_/'\"".contains(c)) {
        let marked = Node::parse(&format!("---\n{text}"));
        match (&read, &marked) {
            (Ok(read), Ok(marked)) => assert_same(read, marked),
            _ => assert_eq!(read.is_ok(), marked.is_ok(), "{read:?} {marked:?}"),
        }
    }
    let Ok(node) = read else {
        return;
    };
    let written = node.to_yaml();
    let again = Node::parse(&written).expect("what is written can be read");
    assert_eq!(again.to_json(), node.to_json(), "{written}");
    assert_eq!(again, node, "{written}");
    assert_eq!(again.to_yaml(), written);
});

/// Nodes of the same texts and styles, the second ones a line further down.
fn assert_same(node: &Node, marked: &Node) {
    let Position { line, column } = node.position;
    let moved = if line > 0 { line + 1 } else { 0 };
    // Where nothing stands, its place is that of what comes next.
    if node.text() != Some("") {
        assert_eq!(
            (moved, column),
            (marked.position.line, marked.position.column)
        );
    }
    assert_eq!(node.tag, marked.tag);
    match (&node.content, &marked.content) {
        (Content::Sequence(items), Content::Sequence(marked)) => {
            assert_eq!(items.len(), marked.len());
            items
                .iter()
                .zip(marked)
                .for_each(|(a, b)| assert_same(a, b));
        }
        (Content::Mapping(entries), Content::Mapping(marked)) => {
            assert_eq!(entries.len(), marked.len());
            for ((key, value), (marked_key, marked_value)) in entries.iter().zip(marked) {
                assert_same(key, marked_key);
                assert_same(value, marked_value);
            }
        }
        (
            Content::Scalar { text, plain },
            Content::Scalar {
                text: other,
                plain: also,
            },
        ) => {
            assert_eq!((text, plain), (other, also));
        }
        (content, marked) => panic!("{content:?} {marked:?}"),
    }
}
