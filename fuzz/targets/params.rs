//! Parameters: a model receives every declared one and no other, and takes what it received once
//! more.
//!
//! The input is the JSON of `params`.

#![no_main]

use envelope_format::enforce::receive;
use envelope_format::json::Json;
use envelope_format::payload::ContentType;
use envelope_format::signature::Signature;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Types with a default, each of them as a single value and as a list.
const TYPES: [(&str, &str); 7] = [
    ("boolean", "true"),
    ("integer", "1"),
    ("long", "-1"),
    ("float", "0.5"),
    ("double", "1e300"),
    ("string", "\"s\""),
    ("datetime", "\"2020-01-02T03:04:05\""),
];

/// With the parameters `a` to `g` for single values, and `A` to `G` for lists.
static SIGNATURE: LazyLock<Signature> = LazyLock::new(|| {
    let single = TYPES.iter().zip('a'..).map(|((ty, default), name)| {
        format!(r#"{{"name": "{name}", "type": "{ty}", "default": {default}, "shape": null}}"#)
    });
    let lists = TYPES.iter().zip('A'..).map(|((ty, default), name)| {
        format!(r#"{{"name": "{name}", "type": "{ty}", "default": [{default}], "shape": [-1]}}"#)
    });
    let all: Vec<String> = single.chain(lists).collect();
    let params = format!("[{}]", all.join(", "));
    Signature::from_parts(None, None, Some(&params)).unwrap()
});

fuzz_target!(|params: &str| {
    let Some(received) = received(params) else {
        return;
    };
    let Json::Object(map) = &received else {
        panic!("parameters have names");
    };
    assert_eq!(map.len(), 2 * TYPES.len());
    let again = self::received(&received.to_python_string());
    assert_eq!(again.as_ref(), Some(&received));
});

/// What a model receives, if it is not refused.
fn received(params: &str) -> Option<Json> {
    let body = format!(r#"{{"inputs": [1], "params": {params}}}"#);
    match receive(body.as_bytes(), &ContentType::Json, &SIGNATURE) {
        Ok(received) if !received.is_unwrapped => received.params.map(|map| Json::Object(map)),
        Ok(_) => None,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            None
        }
    }
}
