//! Writes the report of a run into its folder, from what is there:
//! `cargo run --example report -- .envelope/runs/ID`.

use envelope_capture::Patch;
use envelope_capture::record::{PAGE, PATCH, RunFolder};
use envelope_capture::report::Report;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = std::env::args_os().nth(1).map(PathBuf::from);
    let place = place.ok_or("expected the folder of a run")?;
    let (folder, record) = RunFolder::open(&place)?;
    let samples = folder.read_samples()?;
    let patch = std::fs::read(place.join(PATCH)).ok();
    let patch = patch.map(Patch::read).transpose()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let report = Report {
        patch: patch.as_ref(),
        changes_page: place.join(PAGE).exists().then_some(PAGE),
        written_ms: i64::try_from(now.as_millis()).ok(),
        ..Report::new(&record, &samples)
    };
    folder.write("report.html", report.html().as_bytes())?;
    Ok(())
}
