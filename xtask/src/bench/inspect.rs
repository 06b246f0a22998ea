//! How much processor time `envelope inspect` takes, on packages of every size.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Bench;
use super::report::{Goal, Row};
use super::samples::{Samples, alternate};
use crate::failure::Failure;
use crate::process;

/// The least number of runs: one takes milliseconds.
const LEAST_RUNS: usize = 21;

/// Measures each package, user and system time together.
///
/// # Errors
/// When `inspect` fails.
pub(super) fn measure(
    bench: &Bench,
    packages: &[(&'static str, PathBuf)],
) -> Result<Vec<Row>, Failure> {
    let runs = bench.runs.max(LEAST_RUNS).to_string();
    let mut rows = Vec::new();
    for (title, package) in packages {
        eprintln!("measuring: inspect, {title}");
        let mut command = cpu_time(bench, &runs, &inspect(bench, package));
        let samples = samples(&process::output(&mut command)?)?;
        rows.push(Row::alone(
            format!("`inspect`, {title}"),
            &samples,
            Goal::CpuSeconds(0.010),
        ));
    }
    Ok(rows)
}

/// Measures `inspect` on a package and another command alternately, as [`measure`] does.
///
/// # Errors
/// When one of them fails.
pub(super) fn measure_beside(
    bench: &Bench,
    package: &Path,
    other: &[&OsStr],
) -> Result<[Samples; 2], Failure> {
    let once = |words: &[&OsStr]| -> Result<f64, Failure> {
        let text = process::output(&mut cpu_time(bench, "1", words))?;
        Ok(samples(&text)?.median())
    };
    alternate(
        bench.runs.max(LEAST_RUNS),
        [
            Box::new(|| once(&inspect(bench, package))),
            Box::new(|| once(other)),
        ],
    )
}

fn inspect<'a>(bench: &'a Bench, package: &'a Path) -> [&'a OsStr; 3] {
    [
        bench.envelope.as_ref(),
        "inspect".as_ref(),
        package.as_ref(),
    ]
}

/// The command that runs another so many times and tells the processor time of each.
pub(super) fn cpu_time(bench: &Bench, runs: &str, words: &[&OsStr]) -> Command {
    let mut command = bench.script("cpu_time.py");
    command.arg(runs).args(words);
    command
}

/// Reads seconds, one measurement a line.
pub(super) fn samples(text: &str) -> Result<Samples, Failure> {
    let mut samples = Samples::default();
    for line in text.lines() {
        samples.push(line.parse().map_err(|_| {
            Failure::Unexpected(format!("Python answered `{line}`, expected seconds"))
        })?);
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_measurement_a_line() {
        let samples = samples("0.002\n0.004\n0.003\n").unwrap();
        assert!((samples.median() - 0.003).abs() < 1e-12);
    }

    #[test]
    fn refuses_an_answer_that_is_no_number() {
        let message = super::samples("0.002\nfast\n").unwrap_err().to_string();
        assert!(message.contains("`fast`"), "{message}");
    }
}
