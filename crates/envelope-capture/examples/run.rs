//! `time -v` for a whole tree of processes: `run [--interval SECONDS] [--linger SECONDS]
//! [--fill MEGABYTES] [--report FILE] -- COMMAND…` runs a command unchanged, and says on standard error
//! what it used, or in a file as JSON, with all samples. `--fill` makes this program itself as large.

use envelope_capture::metrics::Sample;
use envelope_capture::run::{Launch, Outcome, run};
use envelope_capture::sampler::Sampling;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (mut report, mut interval_s, mut linger_s) = (None, 5.0, 0.0);
    let mut filled = Vec::new();
    while let Some(word) = words.next().filter(|word| word != "--") {
        let value = words.next().unwrap_or_default();
        let number = value.to_str().and_then(|value| value.parse().ok());
        match (word.to_str(), number) {
            (Some("--report"), _) => report = Some(value),
            (Some("--interval"), Some(seconds)) => interval_s = seconds,
            (Some("--linger"), Some(seconds)) => linger_s = seconds,
            (Some("--fill"), Some(megabytes)) => filled = memory(megabytes),
            _ => return say(&format!("cannot use {}", word.display()), 2),
        }
    }
    let mut launch = Launch::new(words.next().unwrap_or_default());
    launch.arguments = words.collect();
    launch.linger = Duration::from_secs_f64(linger_s);
    launch.sampling = (interval_s > 0.0).then(|| Sampling {
        interval: Duration::from_secs_f64(interval_s),
        ..Sampling::default()
    });
    let mut samples: Vec<Sample> = Vec::new();
    let ran = run(&launch, &mut |sample| samples.push(sample.clone()));
    drop(filled);
    match ran {
        Ok(outcome) => {
            let status = outcome.exit.shell_status();
            let status = u8::try_from(status).unwrap_or(u8::MAX);
            match report {
                None => say(&summary(&outcome), status),
                Some(file) => {
                    let report = serde_json::json!({
                        "outcome": outcome, "samples": samples,
                    });
                    let written = std::fs::write(file, report.to_string());
                    written.map_or_else(|error| say(&error.to_string(), 2), |()| status.into())
                }
            }
        }
        Err(error) => say(&error.to_string(), error.shell_status().unwrap_or(2)),
    }
}

/// Memory that is in use, and not only promised.
fn memory(megabytes: f64) -> Vec<u8> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "nobody has as much memory, or less than none"
    )]
    let bytes = (megabytes * 1e6) as usize;
    vec![1; bytes]
}

fn summary(outcome: &Outcome) -> String {
    format!(
        "{:.2} s, {:.2} s user, {:.2} s system, at most {:.0} MB in one process and {:.0} MB in all",
        outcome.wall_seconds,
        outcome.cpu_user_seconds,
        outcome.cpu_system_seconds,
        outcome.peak_process_memory_bytes as f64 / 1e6,
        outcome.peak_memory_bytes as f64 / 1e6,
    )
}

#[expect(clippy::print_stderr, reason = "it is a program")]
fn say(line: &str, status: u8) -> ExitCode {
    eprintln!("{line}");
    status.into()
}
