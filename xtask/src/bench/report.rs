//! The table of medians and ratios, and what it was measured on.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use super::samples::Samples;
use crate::failure::Failure;
use crate::process;

/// What a measurement should reach.
#[derive(Clone, Copy)]
pub(super) enum Goal {
    /// The other side takes at least this many times as long.
    TimesFaster(f64),
    /// Takes at most this many times as long as the other side.
    TimesTheTime(f64),
    /// Takes at most this much processor time.
    CpuSeconds(f64),
    /// Takes at most this many microseconds.
    Microseconds(f64),
    /// Takes at most this much memory, in bytes.
    Memory(f64),
    /// Executes at most this many times as many instructions as the other side.
    TimesTheInstructions(f64),
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

    /// Compares with something that there is no goal about.
    pub(super) fn beside(what: &str, envelope: &Samples, label: String, other: &Samples) -> Self {
        let ratio = envelope.median() / other.median();
        let words = format!("{} the time", times(ratio));
        Self::compared(what, envelope, (label, other), (words, String::new()))
    }

    /// Says why something cannot be compared with.
    pub(super) fn unable(what: &str, envelope: &Samples, label: String, reason: &str) -> Self {
        Self {
            what: what.to_owned(),
            envelope: spread(envelope),
            other: label,
            // A line between cells would end this one.
            other_time: format!("cannot run it: {}", reason.replace('|', "\\|")),
            ratio: String::new(),
            goal: String::new(),
        }
    }

    /// Compares peaks of memory, in bytes.
    pub(super) fn more_memory(
        what: &str,
        envelope: f64,
        label: String,
        other: f64,
        most: f64,
    ) -> Self {
        let ratio = envelope / other;
        let mebibytes = |bytes: f64| format!("{:.0} MiB", bytes / 1024.0 / 1024.0);
        Self {
            what: what.to_owned(),
            envelope: mebibytes(envelope),
            other: label,
            other_time: mebibytes(other),
            ratio: format!("{} the memory", times(ratio)),
            goal: verdict(Goal::TimesTheTime(most), ratio).replace("the time", "the memory"),
        }
    }

    /// Holds one median of elapsed time against a goal.
    pub(super) fn elapsed(what: String, envelope: &Samples, goal: Goal) -> Self {
        Self {
            envelope: spread(envelope),
            ..Self::alone(what, envelope, goal)
        }
    }

    /// Holds one median of processor time against a goal.
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

    /// Holds a peak of memory against a goal.
    pub(super) fn memory(what: String, bytes: f64, goal: Goal) -> Self {
        Self {
            what,
            envelope: format!("{} MiB", significant(bytes / MEBIBYTE)),
            other: String::new(),
            other_time: String::new(),
            ratio: String::new(),
            goal: verdict(goal, bytes),
        }
    }

    /// Compares numbers of instructions, which are the same in every run.
    pub(super) fn instructions(
        what: String,
        (envelope, other): (f64, f64),
        label: String,
        goal: Goal,
    ) -> Self {
        let ratio = envelope / other;
        let millions = |count: f64| format!("{} million", significant(count / 1e6));
        Self {
            what,
            envelope: millions(envelope),
            other: label,
            other_time: millions(other),
            ratio: format!("{} as many", times(ratio)),
            goal: verdict(goal, ratio),
        }
    }

    /// Holds one median of processor time against a goal, or against that of something else.
    pub(super) fn cpu(
        what: String,
        envelope: &Samples,
        label: String,
        other: &Samples,
        goal: Goal,
    ) -> Self {
        let ratio = envelope.median() / other.median();
        let reached = match goal {
            Goal::CpuSeconds(_) => verdict(goal, envelope.median()),
            _ => verdict(goal, ratio),
        };
        Self {
            other: label,
            other_time: format!("{} of CPU", spread(other)),
            ratio: format!("{} the time", times(ratio)),
            goal: reached,
            ..Self::alone(what, envelope, goal)
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

const MEBIBYTE: f64 = 1024.0 * 1024.0;

const HEAD: &str = "# Benchmarks\n";

/// Shows a section, and records it in a page where one is named.
///
/// # Errors
/// When the page cannot be read or written.
pub(super) fn publish(title: &str, text: &str, page: Option<&Path>) -> Result<(), Failure> {
    print!("{text}");
    let Some(path) = page else { return Ok(()) };
    let known = match fs::read_to_string(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::io("read", path, source));
        }
        known => known.unwrap_or_default(),
    };
    fs::write(path, page_with(&known, title, text))
        .map_err(|source| Failure::io("write", path, source))
}

/// The page with this section in place of the one of that title, or at its end.
fn page_with(page: &str, title: &str, text: &str) -> String {
    let page = page.strip_prefix(HEAD).unwrap_or_default();
    let sections = page.split("\n## ").skip(1);
    let mut sections: Vec<(&str, &str)> = sections
        .filter_map(|section| section.split_once('\n'))
        .map(|(title, text)| (title, text.trim()))
        .collect();
    match sections.iter_mut().find(|(known, _)| *known == title) {
        Some(section) => section.1 = text.trim(),
        None => sections.push((title, text.trim())),
    }
    let sections = sections.iter();
    let sections = sections.map(|(title, text)| format!("\n## {title}\n\n{text}\n"));
    format!("{HEAD}{}", sections.collect::<String>())
}

/// What a measurement was made on.
pub(super) struct Conditions<'a> {
    /// The interpreter that took part.
    pub(super) python: &'a Path,
    /// The folder of what was written and read.
    pub(super) folder: &'a Path,
    /// The other programs with their versions.
    pub(super) versions: &'a str,
}

impl Conditions<'_> {
    /// The machine and the versions, as a list.
    pub(super) fn list(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let said = |command: &mut Command| {
            process::output(command)
                .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
        };
        let python = said(Command::new(self.python).arg("--version"));
        let filesystem = said(
            Command::new("stat")
                .args(["-f", "-c", "%T"])
                .arg(self.folder),
        );
        format!(
            "- processor: {}, {cores} cores\n- file system: {filesystem}\n- {python}, {}",
            processor(),
            self.versions
        )
    }
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

/// The rows under their heads, as wide as they need.
pub(super) fn table(rows: &[Row]) -> String {
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
    let (factor, unit) = match samples.median() {
        ..1e-3 => (1e6, "µs"),
        ..1.0 => (1e3, "ms"),
        _ => (1.0, "s"),
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
pub(super) fn significant(value: f64) -> String {
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
        Goal::Microseconds(most) => (format!("at most {most} µs"), value * 1e6 <= most),
        Goal::Memory(most) => (format!("at most {} MiB", most / MEBIBYTE), value <= most),
        Goal::TimesTheInstructions(most) => (format!("at most {most}× as many"), value <= most),
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
            Row::cpu(
                "many".to_owned(),
                &ours,
                "`find`".to_owned(),
                &samples(&[0.004]),
                Goal::TimesTheTime(1.2),
            ),
        ];
        let table = table(&rows);
        for words in [
            "| small     | 3.00 ms (2.00–4.00)        | script  | 3.30 s (3.00–3.60)         | 1100× faster",
            "at least 100× faster: reached  |",
            "1.65× the time | at most 1.3× the time: missed  |",
            "3.00 ms (2.00–4.00) of CPU |",
            "at most 10 ms: reached ",
            "0.75× the time | at most 1.2× the time: reached ",
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
    fn a_peer_is_compared_without_a_goal_or_says_why_not() {
        let ours = samples(&[0.003]);
        let rows = [
            Row::beside("net", &ours, "tract".to_owned(), &samples(&[0.004])),
            Row::unable("net", &ours, "rten".to_owned(), "no operator `A|B`"),
            Row::elapsed(
                "node".to_owned(),
                &samples(&[0.000_001_9]),
                Goal::Microseconds(2.0),
            ),
            Row::elapsed(
                "node".to_owned(),
                &samples(&[0.000_002_1]),
                Goal::Microseconds(2.0),
            ),
        ];
        let cells = rows.each_ref().map(|row| row.cells().join(" | "));
        assert_eq!(
            cells,
            [
                "net | 3.00 ms (3.00–3.00) | tract | 4.00 ms (4.00–4.00) | 0.75× the time | ",
                r"net | 3.00 ms (3.00–3.00) | rten | cannot run it: no operator `A\|B` |  | ",
                "node | 1.90 µs (1.90–1.90) |  |  |  | at most 2 µs: reached",
                "node | 2.10 µs (2.10–2.10) |  |  |  | at most 2 µs: missed",
            ]
        );
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let page = page_with("", "One", "first\n\ntext\n");
        assert_eq!(page, "# Benchmarks\n\n## One\n\nfirst\n\ntext\n");
        let page = page_with(&page, "Two", "second");
        let page = page_with(&page, "One", "changed");
        assert_eq!(
            page,
            "# Benchmarks\n\n## One\n\nchanged\n\n## Two\n\nsecond\n"
        );
        assert_eq!(page_with(&page, "Two", "second"), page);
    }

    #[test]
    fn numbers_keep_the_digits_that_count() {
        for (value, expected) in [(1.234, "1.23"), (12.34, "12.3"), (1234.0, "1234")] {
            assert_eq!(significant(value), expected);
        }
    }
}
