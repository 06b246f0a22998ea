//! Python's JSON: what is read survives writing and reading again.

#![no_main]

use envelope_format::json::Json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = Json::parse(bytes) else {
        return;
    };
    let _ = (value.excerpt(), value.is_truthy());
    let written = value.to_python_string();
    let again = Json::parse(written.as_bytes()).expect("what is written can be read");
    assert_eq!(again.to_python_string(), written);
    assert_eq!(again, value, "{written}");
});
