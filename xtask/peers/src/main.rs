//! Tells how long another engine takes to load a model and to run it, as `envelope infer --json`
//! does.
//!
//! Usage: `peers tract|rten MODEL.onnx INPUTS.npz REPEAT THREADS`, or `peers simd-json`, which tells how
//! long the bare text of a request takes. The inputs are `x0`, `x1`, …; an
//! array `y` is the output that is expected, and an engine that answers something else fails.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the times and what went wrong are told to the caller"
)]

mod arrays;
mod rten;
mod simd;
mod tract;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use arrays::Arrays;

/// The most that an output may differ, as a part of the greatest value expected.
const TOLERANCE: f64 = 1e-3;

/// A model as an engine is asked to run it.
struct Task<'a> {
    model: &'a Path,
    arrays: &'a Arrays,
    repeat: usize,
    threads: usize,
}

/// What an engine took, and its first output.
struct Told {
    load: Duration,
    runs: Vec<Duration>,
    output: Vec<f32>,
}

fn main() -> ExitCode {
    // An engine that panics has one line to say, without the place in its source.
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("{}", panic.payload_as_str().unwrap_or("panicked"));
    }));
    let words: Vec<String> = std::env::args().skip(1).collect();
    let answer = match words.as_slice() {
        [one] if one == "simd-json" => simd::serve(),
        words => told(words).map(|line| println!("{line}")),
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn told(words: &[String]) -> Result<String> {
    let [engine, model, inputs, repeat, threads] = words else {
        bail!("expected `tract|rten MODEL.onnx INPUTS.npz REPEAT THREADS`");
    };
    let measure = match engine.as_str() {
        "tract" => tract::measure,
        "rten" => rten::measure,
        _ => bail!("found the engine `{engine}`, expected `tract` or `rten`"),
    };
    let arrays = Arrays::read(Path::new(inputs)).with_context(|| format!("read `{inputs}`"))?;
    let repeat = repeat.parse().context("REPEAT is no number")?;
    ensure!(repeat > 1, "found REPEAT {repeat}, expected at least 2");
    let task = Task {
        model: Path::new(model),
        arrays: &arrays,
        repeat,
        threads: threads.parse().context("THREADS is no number")?,
    };
    let told = measure(&task)?;
    let error = match &arrays.expected {
        Some(expected) => format!("{:e}", difference(expected, &told.output)?),
        None => "null".to_owned(),
    };
    Ok(format!(
        r#"{{"load_seconds": {}, "median_run_seconds": {}, "largest_difference": {error}}}"#,
        told.load.as_secs_f64(),
        median(&told.runs[1..])
    ))
}

/// Runs so many times; gives the times and the last answer.
fn repeated<T>(repeat: usize, mut run: impl FnMut() -> Result<T>) -> Result<(Vec<Duration>, T)> {
    let mut once = || {
        let start = Instant::now();
        let answer = run()?;
        anyhow::Ok((start.elapsed(), answer))
    };
    let (first, mut answer) = once()?;
    let mut times = vec![first];
    for _ in 1..repeat {
        let time;
        (time, answer) = once()?;
        times.push(time);
    }
    Ok((times, answer))
}

/// The middle value in seconds; of an even number of them the mean of the two in the middle.
fn median(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    let middle = sorted.len() / 2;
    let upper = sorted[middle].as_secs_f64();
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1].as_secs_f64(), upper)
    } else {
        upper
    }
}

/// The largest difference as a part of the greatest value expected.
///
/// # Errors
/// When it is above what rounding explains.
fn difference(expected: &[f32], found: &[f32]) -> Result<f64> {
    ensure!(
        expected.len() == found.len(),
        "its output has {} values, expected {}",
        found.len(),
        expected.len()
    );
    let greatest = expected.iter().map(|one| f64::from(one.abs()));
    let greatest = greatest.fold(f64::MIN_POSITIVE, f64::max);
    let mut largest = 0.0;
    for (expected, found) in expected.iter().zip(found) {
        let part = f64::from(expected - found).abs() / greatest;
        if part.is_nan() || part > TOLERANCE {
            bail!("its output differs by {part:.1e} of the greatest value expected");
        }
        largest = f64::max(largest, part);
    }
    Ok(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        let seconds = |list: &[u64]| -> Vec<Duration> {
            list.iter().map(|one| Duration::from_secs(*one)).collect()
        };
        for (list, expected) in [(&[3, 1, 2][..], 2.0), (&[4, 1, 2, 3], 2.5), (&[7], 7.0)] {
            let found = median(&seconds(list));
            assert!((found - expected).abs() < f64::EPSILON, "{list:?}: {found}");
        }
    }

    #[test]
    fn the_first_run_is_among_the_times() {
        let mut count = 0;
        let (times, last) = repeated(3, || {
            count += 1;
            Ok(count)
        })
        .unwrap();
        assert_eq!((times.len(), last), (3, 3));
    }

    #[test]
    fn refuses_an_output_that_is_wrong() {
        assert!(difference(&[1.0, -2.0], &[1.0, -2.0001]).unwrap() > 0.0);
        for found in [&[1.0, -2.1][..], &[1.0, f32::NAN], &[1.0]] {
            assert!(difference(&[1.0, -2.0], found).is_err(), "{found:?}");
        }
    }
}
