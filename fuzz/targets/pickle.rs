//! The pickle scanner: it ends, with a report or a refusal, and says the same twice.

#![no_main]

use envelope_format::pickle::{Limits, scan};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(report) = scan(bytes, &limits) else {
        return;
    };
    let length = bytes.len() as u64;
    assert!(report.bytes + report.trailing_bytes <= length, "{report:?}");
    assert!(report.globals.len() <= limits.max_globals);
    assert_eq!(scan(bytes, &limits).ok(), Some(report));
});
