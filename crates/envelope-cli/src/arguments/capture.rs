//! The words of `envelope run`, `envelope capture` and `envelope report`.

use clap::Args;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

/// How often is measured where nobody says it.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);

/// Runs a command unchanged, and records what made its result
///
/// The command has the terminal, the input and the output to itself, gets all signals, and ends with
/// its own exit status; MLflow's variables, too, reach it as they are.
/// Beside it a record is written: the commit, what was not committed as a patch and as a page, the
/// command line and its parameters, Python and its packages, the machine, and how much processor,
/// memory, disk, network and GPU the command and all that it started used over time, under MLflow's
/// names, with that of this machine in them where `MLFLOW_SYSTEM_METRICS_NODE_ID` says it. Secrets are
/// masked. The record lies in `.envelope/runs/` at the root of the repository, out of git's sight.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope run -- python train.py --num-epochs 10
  envelope run --sample 1s -- torchrun --nproc-per-node 2 train.py
  envelope run --record runs/first -- make train

Exit status:
  that of the command; 128 and the number of the signal that ended it; 127 where it is not found,
  126 where it cannot be started, 125 where nothing can be recorded, and then it is not started")]
pub(crate) struct RunArguments {
    /// How often to measure: `500ms`, `5s`, `1m`; `0` for not at all [default: as many seconds as
    /// `MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL` says, else 5s]
    #[arg(long, value_name = "TIME", value_parser = interval)]
    pub(crate) sample: Option<Duration>,
    /// The folder of the record, new or empty [default: .envelope/runs/ID at the root of the
    /// repository, or here where there is none]
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
    /// List the packages of the operating system, too
    #[arg(long)]
    pub(crate) os_packages: bool,
    /// The command and its arguments
    #[arg(
        value_name = "COMMAND",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) command: Vec<OsString>,
}

impl RunArguments {
    /// How often to measure, if this is what MLflow's variable says.
    pub(crate) fn interval(&self, of_mlflow: Option<&OsStr>) -> Result<Duration, String> {
        match (self.sample, of_mlflow) {
            (Some(given), _) => Ok(given),
            (None, Some(text)) => interval(&text.to_string_lossy()),
            (None, None) => Ok(USUAL_INTERVAL),
        }
    }
}

/// Records what there is now, without running anything
///
/// The commit, what was not committed, Python and its packages, the operating system, the container
/// and the machine; what cannot be known says why. Secrets are masked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope capture
  envelope capture --out provenance
  envelope capture --json | jq .provenance.git")]
pub(crate) struct CaptureArguments {
    /// The folder to look at
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Write a record there, into a new or empty folder: `record.json`, `uncommitted_changes.patch`
    /// and `uncommitted_changes.html`
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The Python whose packages are recorded [default: that of the active environment, else
    /// `python3` on the path]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) python: Option<PathBuf>,
    /// List the packages of the operating system, too
    #[arg(long)]
    pub(crate) os_packages: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Makes a page of a recorded run
///
/// What ran and how it ended, plots of what it used, parameters, environment, machine, and what was not
/// committed, in one file that needs nothing else.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope report
  envelope report 20261128-084812-123-k3v9x2q7 -o report.html
  envelope report runs/first -o - > report.html")]
pub(crate) struct ReportArguments {
    /// The folder of the run, or its id, or as much of it as no other run here begins with [default:
    /// the latest run of the repository]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<PathBuf>,
    /// The page, or `-` for the standard output [default: report.html in the folder of the run]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Reads a time with its unit.
fn interval(text: &str) -> Result<Duration, String> {
    let expected = || format!("found `{text}`, expected a time such as 500ms, 5s or 1m");
    let split = text.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = text.split_at(split.unwrap_or(text.len()));
    let number: f64 = number.trim().parse().map_err(|_| expected())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" | "" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(expected()),
    };
    let interval = Duration::try_from_secs_f64(seconds).map_err(|_| expected())?;
    if interval.is_zero() || interval >= Duration::from_millis(50) {
        return Ok(interval);
    }
    Err(format!("found `{text}`, expected at least 50ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("5s", 5000),
            ("5", 5000),
            ("1.5m", 90_000),
            ("1h", 3_600_000),
            ("0", 0),
        ] {
            let expected = Duration::from_millis(milliseconds);
            assert_eq!(interval(text), Ok(expected), "{text}");
        }
        for text in ["", "s", "5 days", "-1s", "1ms", "1e99h", "nan"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }
}
