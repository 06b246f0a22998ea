//! `envelope schema`.

use crate::support::Scratch;

#[test]
fn prints_the_schema_of_the_spec() {
    let scratch = Scratch::new();
    let schema = scratch.json(&["schema"]);
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert!(schema["properties"]["kind"].is_object());
}

#[test]
fn refuses_words_it_does_not_know() {
    let answer = Scratch::new().envelope(&["schema", "--yaml"]);
    assert_eq!((answer.status, answer.out.as_str()), (2, ""));
    assert!(
        answer.err.contains("unexpected argument '--yaml'"),
        "{}",
        answer.err
    );
}
