//! How long simd-json takes for the bare text of a request: a tape, of which nothing is made.

use std::io::Write as _;
use std::time::Instant;

use anyhow::Result;

/// Reads a path per line and answers with the seconds that its text took, its bytes being in memory.
pub(crate) fn serve() -> Result<()> {
    for path in std::io::stdin().lines() {
        let mut bytes = std::fs::read(path?)?;
        let begun = Instant::now();
        let tape = simd_json::to_tape(&mut bytes)?;
        let seconds = begun.elapsed().as_secs_f64();
        drop(tape);
        println!("{seconds}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
