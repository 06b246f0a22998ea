//! The table of medians and ratios, and what it was measured on.

use std::path::Path;
use std::process::Command;

use super::Bench;
use super::samples::Samples;
use crate::process;
use crate::python;

/// What a measurement should reach.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    /// The other side takes at least this many times as long.
    TimesFaster(f64),
    /// Takes at most this many times as long as the other side.
    TimesTheTime(f64),
    /// Takes at most this much processor time.
    CpuSeconds(f64),
}

/// One line of the table.
pub(super) struct Row {
    what: String,
    envelope: String,
    other: String,
    other_time: String,
    ratio: String,
    goal: String,
}

impl Row {
    /// Compares with something that should take many times as long.
    pub(super) fn faster(
        what: &str,
        envelope: &Samples,
        label: String,
        other: &Samples,
        goal: Goal,
    ) -> Self {
        let ratio = other.median() / envelope.median();
        let words = format!("{} faster", times(ratio));
        Self::compared(
            what,
            envelope,
            (label, other),
            (words, verdict(goal, ratio)),
        )
    }

    /// Compares with something that should take about as long.
    pub(super) fn slower(
        what: &str,
        envelope: &Samples,
        label: String,
        other: &Samples,
        goal: Goal,
    ) -> Self {
        let ratio = envelope.median() / other.median();
        let words = format!("{} the time", times(ratio));
        Self::compared(
            what,
            envelope,
            (label, other),
            (words, verdict(goal, ratio)),
        )
    }

    /// Holds one median against a goal.
    pub(super) fn alone(what: String, envelope: &Samples, goal: Goal) -> Self {
        Self {
            what,
            envelope: format!("{} of CPU", spread(envelope)),
            other: String::new(),
            other_time: String::new(),
            ratio: String::new(),
            goal: verdict(goal, envelope.median()),
        }
    }

    fn compared(
        what: &str,
        envelope: &Samples,
        (label, other): (String, &Samples),
        (ratio, goal): (String, String),
    ) -> Self {
        let what = what.to_owned();
        Self {
            what,
            envelope: spread(envelope),
            other: label,
            other_time: spread(other),
            ratio,
            goal,
        }
    }

    fn cells(&self) -> [&str; 6] {
        [
            &self.what,
            &self.envelope,
            &self.other,
            &self.other_time,
            &self.ratio,
            &self.goal,
        ]
    }
}

/// The whole page: what was measured, on what, the table.
pub(super) fn markdown(bench: &Bench, rows: &[Row]) -> String {
    format!(
        "# Benchmarks

`cargo xtask bench package --runs {runs}` measured this: all sides of a comparison ran alternately
in one go, each once untimed first. A time is the median, with the least and the greatest value in
brackets. A small package is one model or class of a few kilobytes with a signature, an input
example and a fixed list of requirements; a script is a whole Python process, a warm call one more
call in a process that has saved before, begun when nothing waits to be written. MLflow and `cp` do
not wait until the disk has what they wrote; `envelope` does, but for warm calls that do not say \"on
disk\", where it is called as with `--no-sync`. Processor time is user and system time together.

{conditions}

{table}",
        runs = bench.runs,
        conditions = conditions(bench),
        table = table(rows),
    )
}

/// The machine and the versions, as a list.
fn conditions(bench: &Bench) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let said = |command: &mut Command| {
        process::output(command)
            .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
    };
    let python = said(Command::new(&bench.python).arg("--version"));
    let filesystem = said(
        Command::new("stat")
            .args(["-f", "-c", "%T"])
            .arg(&bench.folder),
    );
    let version = python::NEWEST.trim_start_matches("mlflow-");
    format!(
        "- processor: {}, {cores} cores\n- file system: {filesystem}\n- {python}, MLflow {version}",
        processor()
    )
}

fn processor() -> String {
    let text = std::fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(
        || std::env::consts::ARCH.to_owned(),
        |(_, name)| name.trim().to_owned(),
    )
}

fn table(rows: &[Row]) -> String {
    let head = [
        "what",
        "envelope",
        "against",
        "its time",
        "envelope is",
        "goal",
    ];
    let width = |column: usize| {
        let cells = rows
            .iter()
            .map(|row| row.cells()[column])
            .chain([head[column]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let line = |cells: [&str; 6]| {
        let cells = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!(" {cell:width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let rules = widths.map(|width| "-".repeat(width + 2)).join("|");
    let body: String = rows.iter().map(|row| line(row.cells())).collect();
    format!("{}|{rules}|\n{body}", line(head))
}

/// A median with its range, in a unit that suits it.
fn spread(samples: &Samples) -> String {
    let (least, greatest) = samples.range();
    let (factor, unit) = if samples.median() < 1.0 {
        (1e3, "ms")
    } else {
        (1.0, "s")
    };
    let number = |seconds: f64| significant(seconds * factor);
    format!(
        "{} {unit} ({}–{})",
        number(samples.median()),
        number(least),
        number(greatest)
    )
}

fn times(ratio: f64) -> String {
    format!("{}×", significant(ratio))
}

/// Three digits that count, as far as there is a use for them.
fn significant(value: f64) -> String {
    let digits = match value {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// The goal, and whether the measured value reaches it.
fn verdict(goal: Goal, value: f64) -> String {
    let (words, reached) = match goal {
        Goal::TimesFaster(least) => (format!("at least {least}× faster"), value >= least),
        Goal::TimesTheTime(most) => (format!("at most {most}× the time"), value <= most),
        Goal::CpuSeconds(most) => (format!("at most {} ms", most * 1e3), value <= most),
    };
    format!("{words}: {}", if reached { "reached" } else { "missed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(seconds: &[f64]) -> Samples {
        let mut samples = Samples::default();
        for one in seconds {
            samples.push(*one);
        }
        samples
    }

    #[test]
    fn a_table_shows_medians_ratios_and_goals() {
        let ours = samples(&[0.002, 0.004, 0.003]);
        let theirs = samples(&[3.0, 3.3, 3.6]);
        let rows = [
            Row::faster(
                "small",
                &ours,
                "script".to_owned(),
                &theirs,
                Goal::TimesFaster(100.0),
            ),
            Row::slower(
                "large",
                &theirs,
                "`cp`".to_owned(),
                &samples(&[2.0]),
                Goal::TimesTheTime(1.3),
            ),
            Row::alone("`inspect`".to_owned(), &ours, Goal::CpuSeconds(0.01)),
        ];
        let table = table(&rows);
        for words in [
            "| small     | 3.00 ms (2.00–4.00)        | script  | 3.30 s (3.00–3.60) | 1100× faster",
            "at least 100× faster: reached |",
            "1.65× the time | at most 1.3× the time: missed |",
            "3.00 ms (2.00–4.00) of CPU |",
            "at most 10 ms: reached ",
        ] {
            assert!(table.contains(words), "{words}\nin\n{table}");
        }
        let lengths: Vec<_> = table.lines().map(|line| line.chars().count()).collect();
        assert!(
            lengths.iter().all(|length| *length == lengths[0]),
            "{table}"
        );
    }

    #[test]
    fn numbers_keep_the_digits_that_count() {
        for (value, expected) in [(1.234, "1.23"), (12.34, "12.3"), (1234.0, "1234")] {
            assert_eq!(significant(value), expected);
        }
    }
}
