//! YAML: what is read means the same after writing and reading again.

#![no_main]

use envelope_format::yaml::Node;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(node) = Node::parse(text) else {
        return;
    };
    let written = node.to_yaml();
    let again = Node::parse(&written).expect("what is written can be read");
    assert_eq!(again.to_json(), node.to_json(), "{written}");
    assert_eq!(again, node, "{written}");
    assert_eq!(again.to_yaml(), written);
});
