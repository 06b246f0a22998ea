//! The ONNX header: it is read or refused.

#![no_main]

use envelope_format::onnx::read_header;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_header(Cursor::new(bytes));
});
