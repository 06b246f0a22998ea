//! Files of weights: each is described or refused, under every name that decides how it is read.

#![no_main]

use envelope_format::archive::describe;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    for name in [
        "m.pkl",
        "m.pt2",
        "m.skops",
        "m.pth",
        "m.pkl.gz",
        "m.pkl.xz",
        "m.pkl.bz2",
    ] {
        let _ = describe(Cursor::new(bytes), name);
    }
});
