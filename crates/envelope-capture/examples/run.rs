//! `time -v` for a whole tree of processes: `run [--interval SECONDS] [--linger SECONDS]
//! [--report FILE] -- COMMAND…` runs a command unchanged, and says on standard error what it used, or
//! in a file as JSON, with all samples.

use envelope_capture::run::{Launch, Outcome, run};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (mut report, mut interval_s, mut linger_s) = (None, 5.0, 0.0);
    while let Some(word) = words.next().filter(|word| word != "--") {
        let value = words.next().unwrap_or_default();
        let seconds = || value.to_str().and_then(|value| value.parse().ok());
        match (word.to_str(), seconds()) {
            (Some("--report"), _) => report = Some(value),
            (Some("--interval"), Some(seconds)) => interval_s = seconds,
            (Some("--linger"), Some(seconds)) => linger_s = seconds,
            _ => return say(&format!("cannot use {}", word.display()), 2),
        }
    }
    let mut launch = Launch::new(words.next().unwrap_or_default());
    launch.arguments = words.collect();
    launch.linger = Duration::from_secs_f64(linger_s);
    if let Some(sampling) = &mut launch.sampling {
        sampling.interval = Duration::from_secs_f64(interval_s);
    }
    match run(&launch, &mut |_sample| {}) {
        Ok(outcome) => {
            let status = outcome.exit.shell_status();
            let status = u8::try_from(status).unwrap_or(u8::MAX);
            match report {
                None => say(&summary(&outcome), status),
                Some(file) => {
                    let report = serde_json::json!({
                        "outcome": outcome, "samples": outcome.samples,
                    });
                    let written = std::fs::write(file, report.to_string());
                    written.map_or_else(|error| say(&error.to_string(), 2), |()| status.into())
                }
            }
        }
        Err(error) => say(&error.to_string(), error.shell_status().unwrap_or(2)),
    }
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
