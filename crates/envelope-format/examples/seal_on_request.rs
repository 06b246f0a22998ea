//! Seals one spec again and again: `seal_on_request SPEC` reads a destination per line and answers
//! with the seconds that loading the spec, gathering its files and sealing took. The benchmark
//! compares these with a warm Python process.

#![allow(clippy::print_stdout, reason = "an example may speak")]

use envelope_format::Error;
use envelope_format::package::{SealOptions, Silent, seal};
use envelope_format::spec::Spec;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

fn package(spec: &Path, destination: &Path) -> Result<(), Error> {
    let base = spec.parent().unwrap_or(Path::new(""));
    let contents = Spec::load(spec)?.contents(base, spec)?;
    seal(contents, destination, SealOptions::default(), &Silent).map(drop)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec = std::env::args()
        .nth(1)
        .ok_or("usage: seal_on_request SPEC < DESTINATIONS")?;
    for destination in std::io::stdin().lines() {
        // What others left to be written is no part of this call.
        #[cfg(unix)]
        rustix::fs::sync();
        let begun = Instant::now();
        package(Path::new(&spec), Path::new(&destination?))?;
        println!("{}", begun.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}
