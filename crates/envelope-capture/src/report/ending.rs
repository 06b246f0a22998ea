//! How a run ended, or that nobody wrote it down.

use super::Report;
use crate::run::Exit;

/// A run whose end is not recorded and that was sampled within so many usual distances still runs, as
/// far as one can tell.
const ALIVE_INTERVALS: f64 = 4.0;
/// And so does one that was heard of within this time.
const ALIVE_MS: i64 = 30_000;

/// The states of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It ended by itself, with this status.
    Code(i32),
    /// It was ended by this signal.
    Signal(i32),
    /// It never began; a shell would show this status.
    NotStarted(i32),
    /// It ended, and the system did not say how.
    Untold,
    /// It was heard of just now.
    Running,
    /// It was last heard of at this time, and its end is not recorded.
    Lost(i64),
    /// Its end is not recorded, and nobody said what time it is.
    Open,
}

impl Ending {
    pub(super) fn of(report: &Report<'_>) -> Self {
        match report.record.outcome.as_ref().map(|outcome| outcome.exit) {
            Some(Exit::Code(code)) => return Self::Code(code),
            Some(Exit::Signal(signal)) => return Self::Signal(signal),
            Some(Exit::NotStarted(status)) => return Self::NotStarted(status),
            Some(Exit::Unknown) => return Self::Untold,
            None => {}
        }
        let last = report.samples.last().map(|sample| sample.timestamp_ms);
        let last = last.unwrap_or(report.record.created_ms);
        let Some(now) = report.written_ms else {
            return Self::Open;
        };
        let usual = match report.samples {
            [first, .., last] => {
                let span = last.timestamp_ms.saturating_sub(first.timestamp_ms);
                span as f64 / (report.samples.len() - 1) as f64
            }
            _ => 0.0,
        };
        let silence = now.saturating_sub(last);
        if silence <= ALIVE_MS || (silence as f64) < usual * ALIVE_INTERVALS {
            Self::Running
        } else {
            Self::Lost(last)
        }
    }

    /// Its class on the page.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Code(0) => "good",
            Self::Code(_) | Self::Signal(_) | Self::NotStarted(_) => "bad",
            Self::Running => "now",
            Self::Lost(_) | Self::Open | Self::Untold => "lost",
        }
    }

    /// In words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Code(0) => "Finished, exit status 0".to_owned(),
            Self::Code(code) => format!("Failed, exit status {code}"),
            Self::Signal(signal) => match name(signal) {
                Some(name) => format!("Ended by signal {signal}, {name}"),
                None => format!("Ended by signal {signal}"),
            },
            Self::NotStarted(status) => {
                let because = match status {
                    126 => "it cannot be executed, ",
                    127 => "it was not found, ",
                    _ => "",
                };
                format!("Could not be started: {because}exit status {status}")
            }
            Self::Untold => "Ended, and the system did not say how".to_owned(),
            Self::Running => "Still running".to_owned(),
            Self::Lost(_) => "Lost: its end is not recorded".to_owned(),
            Self::Open => "Running, or lost: no end is recorded".to_owned(),
        }
    }
}

/// The names of signals that have the same number on every system.
fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        _ => return None,
    })
}
