//! The spec: it is read, or every mistake in it has a place in the text.

#![no_main]

use std::path::Path;
use envelope_format::spec::Spec;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(mistakes) = Spec::parse(text, Path::new("nowhere")) {
        assert!(!mistakes.is_empty());
        for mistake in mistakes {
            let _ = mistake.to_string();
        }
    }
});
