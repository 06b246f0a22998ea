//! Reads and enforces requests again and again: `receive_on_request SIGNATURE` reads the path of a
//! request per line and answers with the seconds that reading and enforcing it took, its bytes being in
//! memory. The benchmark compares these with a warm Python process.

#![allow(clippy::print_stdout, reason = "an example may speak")]

use envelope_format::enforce::receive;
use envelope_format::json::Json;
use envelope_format::payload::ContentType;
use envelope_format::signature::Signature;
use std::io::Write as _;
use std::time::Instant;

/// The allocator of the program `envelope`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: receive_on_request SIGNATURE < REQUESTS")?;
    let signature = Signature::from_json(&Json::parse(&std::fs::read(path)?)?)?;
    for path in std::io::stdin().lines() {
        let path = path?;
        let body = std::fs::read(path)?;
        let begun = Instant::now();
        let received = receive(&body, &ContentType::Json, &signature)?;
        let seconds = begun.elapsed().as_secs_f64();
        drop(received);
        println!("{seconds}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
