//! Seals one spec again and again: `seal_on_request SPEC [--no-sync]` reads a destination per line
//! and answers with the seconds that loading the spec, gathering its files and sealing took. The benchmark
//! compares these with a warm Python process.

#![allow(clippy::print_stdout, reason = "an example may speak")]

use envelope_format::Error;
use envelope_format::package::{Durability, SealOptions, Silent, seal};
use envelope_format::spec::Spec;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

fn package(spec: &Path, destination: &Path, durability: Durability) -> Result<(), Error> {
    let base = spec.parent().unwrap_or(Path::new(""));
    let contents = Spec::load(spec)?.contents(base, spec)?;
    let options = SealOptions {
        durability,
        ..SealOptions::default()
    };
    seal(contents, destination, options, &Silent).map(drop)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spec = std::env::args()
        .nth(1)
        .ok_or("usage: seal_on_request SPEC [--no-sync] < DESTINATIONS")?;
    let durability = match std::env::args().nth(2).as_deref() {
        Some("--no-sync") => Durability::Process,
        _ => Durability::PowerLoss,
    };
    for destination in std::io::stdin().lines() {
        // What others left to be written is no part of this call.
        #[cfg(unix)]
        rustix::fs::sync();
        let begun = Instant::now();
        package(Path::new(&spec), Path::new(&destination?), durability)?;
        println!("{}", begun.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}
