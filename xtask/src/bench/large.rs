//! A package with a 1 GiB artifact: `envelope package` against copying the same file with `cp`,
//! without and with waiting until the copy is on the disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Bench;
use super::report::{Goal, Row};
use super::samples::{Side, alternate, clear, time};
use super::small::packaging;
use crate::failure::Failure;

const SIZE_BYTES: u64 = 1 << 30;

/// The most often that a gibibyte is copied.
const MOST_RUNS: usize = 5;

/// Measures all three sides.
///
/// # Errors
/// When a side fails.
pub(super) fn measure(bench: &Bench) -> Result<[Row; 2], Failure> {
    eprintln!("measuring: 1 GiB artifact");
    let sources = bench.folder.join("large");
    let artifact = sources.join("weights.bin");
    fill_with_noise(&artifact)?;
    let package = package(bench);
    let copy = bench.folder.join("weights-copy.bin");
    // Every side begins alike: no output of an earlier run is there or waits to be written, and
    // the artifact is in the page cache.
    let ready = || -> Result<(), Failure> {
        clear(&package)?;
        clear(&copy)?;
        time(&mut Command::new("sync"))?;
        read(&artifact)
    };
    let packaged = || time(&mut packaging(bench, &sources, &package));
    let cp = || time(Command::new("cp").arg(&artifact).arg(&copy));
    let sync = || time(Command::new("sync").arg(&copy));
    let envelope: Side = Box::new(|| {
        ready()?;
        packaged()
    });
    let copied: Side = Box::new(|| {
        ready()?;
        cp()
    });
    let on_disk: Side = Box::new(|| {
        ready()?;
        Ok(cp()? + sync()?)
    });
    let runs = bench.runs.min(MOST_RUNS);
    let [envelope, copied, on_disk] = alternate(runs, [envelope, copied, on_disk])?;
    clear(&copy)?;
    // Once more, for the measurements on packages.
    packaged()?;
    let title = "package with a 1 GiB artifact";
    let row =
        |label: &str, other, goal| Row::slower(title, &envelope, label.to_owned(), other, goal);
    Ok([
        row("`cp` of the artifact", &copied, Goal::TimesTheTime(1.3)),
        row(
            "`cp` and `sync` of the artifact",
            &on_disk,
            Goal::TimesTheTime(1.3),
        ),
    ])
}

/// The package with the large artifact.
pub(super) fn package(bench: &Bench) -> PathBuf {
    bench.folder.join("large-envelope")
}

/// Writes what no file system and no tool can compress.
fn fill_with_noise(path: &Path) -> Result<(), Failure> {
    let noise = Path::new("/dev/urandom");
    let mut source = File::open(noise)
        .map_err(|source| Failure::io("open", noise, source))?
        .take(SIZE_BYTES);
    let mut file = File::create(path).map_err(|source| Failure::io("make", path, source))?;
    io::copy(&mut source, &mut file).map_err(|source| Failure::io("write", path, source))?;
    file.sync_all()
        .map_err(|source| Failure::io("write", path, source))
}

fn read(path: &Path) -> Result<(), Failure> {
    let reading = |source| Failure::io("read", path, source);
    let mut file = File::open(path).map_err(reading)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer).map_err(reading)? > 0 {}
    Ok(())
}
