//! `cargo xtask bench package`, `deps`, `infer`, `predict` and `capture`: how long packaging, pruning,
//! running models, answering requests and capturing changes take, beside what they replace.
//!
//! Everything compared runs alternately in one go on one machine, so that a busy moment strikes
//! all sides; what is told is the median of each side and the ratio of the medians.

mod capture;
mod deps;
mod infer;
mod inspect;
mod large;
mod many;
mod predict;
mod report;
mod samples;
mod small;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::python;
use crate::workspace::{Profile, Workspace};
use report::{Conditions, Row};

/// What every measurement needs.
struct Bench {
    /// The release build of `envelope`.
    envelope: PathBuf,
    /// The release build of the library's example that seals on request.
    library: PathBuf,
    /// The Python with the newest MLflow.
    python: PathBuf,
    /// The folder of the Python scripts.
    scripts: PathBuf,
    /// A folder that is removed at the end.
    folder: PathBuf,
    /// How often each side runs.
    runs: usize,
}

impl Bench {
    /// A script of ours with the interpreter that runs it.
    fn script(&self, name: &str) -> std::process::Command {
        let mut command = std::process::Command::new(&self.python);
        command
            .arg(self.scripts.join(name))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // What MLflow advises is of no use here; that it stays silent costs it nothing.
            .env("PYTHONWARNINGS", "ignore")
            .env("MLFLOW_LOGGING_LEVEL", "ERROR");
        command
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // A folder left over is a nuisance, not a wrong measurement.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Package,
    Deps,
    Infer,
    Predict,
    Capture,
}

/// The words after `bench`.
#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    subject: Subject,
    runs: usize,
    markdown: Option<PathBuf>,
}

/// `bench package [--runs N] [--markdown FILE]`, or `deps`, `infer`, `predict` or `capture` in its
/// place.
///
/// # Errors
/// When an argument is unknown, something does not build, or a measured program fails.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let arguments = parse(arguments)?;
    match arguments.subject {
        Subject::Package => run_package(workspace, &arguments),
        Subject::Deps => deps::run(workspace, &arguments),
        Subject::Infer => infer::run(workspace, &arguments),
        Subject::Predict => predict::run(workspace, &arguments),
        Subject::Capture => capture::run(workspace, &arguments),
    }
}

fn run_package(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let python = python::prepare(
        workspace,
        std::slice::from_ref(python::named(python::NEWEST)?),
    )?;
    let bench = Bench {
        envelope: workspace.build_envelope("package", Profile::Release)?,
        library: workspace.build(
            "envelope-format",
            &["--example", "seal_on_request"],
            Profile::Release,
        )?,
        python: python::named(python::NEWEST)?.python(&python),
        scripts: workspace.root.join("xtask").join("python"),
        folder: workspace
            .target
            .join(format!("bench-{}", std::process::id())),
        runs: arguments.runs,
    };
    fs::create_dir_all(&bench.folder)
        .map_err(|source| Failure::io("make", &bench.folder, source))?;
    let rows = measure(&bench, &workspace.root)?;
    let version = python::NEWEST.trim_start_matches("mlflow-");
    let conditions = Conditions {
        python: &bench.python,
        folder: &bench.folder,
        versions: &format!("MLflow {version}"),
    };
    let text = format!(
        "{}\n\n{}\n\n{}",
        introduction(bench.runs),
        conditions.list(),
        report::table(&rows)
    );
    report::publish("Packaging", &text, arguments.markdown.as_deref())
}

fn introduction(runs: usize) -> String {
    format!(
        "`cargo xtask bench package --runs {runs}` measured this: all sides of a comparison ran alternately
in one go, each once untimed first. A time is the median, with the least and the greatest value in
brackets. A small package is one model or class of a few kilobytes with a signature, an input
example and a fixed list of requirements; a script is a whole Python process, a warm call one more
call in a process that has saved before, begun when nothing waits to be written. MLflow and `cp` do
not wait until the disk has what they wrote; `envelope` does, but for warm calls that do not say \"on
disk\", where it is called as with `--no-sync`. Processor time is user and system time together."
    )
}

fn measure(bench: &Bench, root: &Path) -> Result<Vec<Row>, Failure> {
    let mut rows = small::measure(bench)?;
    rows.extend(large::measure(bench)?);
    let mut packages = small::packages(bench);
    packages.push(("the 1 GiB package", large::package(bench)));
    let example = root.join("target/example/item_price");
    if example.is_dir() {
        packages.push(("the bundled example", example));
    }
    rows.extend(inspect::measure(bench, &packages)?);
    rows.extend(many::measure(bench)?);
    Ok(rows)
}

fn parse(arguments: &[String]) -> Result<Arguments, Failure> {
    let subjects = [
        ("package", Subject::Package),
        ("deps", Subject::Deps),
        ("infer", Subject::Infer),
        ("predict", Subject::Predict),
        ("capture", Subject::Capture),
    ];
    let named = arguments.split_first().and_then(|(word, rest)| {
        let found = subjects.iter().find(|(name, _)| name == word)?;
        Some((found.1, rest))
    });
    let Some((subject, rest)) = named else {
        let expected =
            "expected `bench package`, `deps`, `infer`, `predict` or `capture`".to_owned();
        return Err(Failure::Usage(expected));
    };
    let mut parsed = Arguments {
        subject,
        runs: 9,
        markdown: None,
    };
    let mut words = rest.iter();
    while let Some(flag) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| Failure::Usage(format!("expected a value after `{flag}`")))
        };
        match flag.as_str() {
            "--runs" => {
                let value = value()?;
                parsed.runs = value.parse().ok().filter(|runs| *runs > 0).ok_or_else(|| {
                    Failure::Usage(format!("found `--runs {value}`, expected a number above 0"))
                })?;
            }
            "--markdown" => parsed.markdown = Some(PathBuf::from(value()?)),
            _ => {
                return Err(Failure::Usage(format!(
                    "found `{flag}`, expected `--runs N` or `--markdown FILE`"
                )));
            }
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn reads_its_arguments() {
        for (line, subject, runs, markdown) in [
            ("package", Subject::Package, 9, None),
            ("deps --runs 3", Subject::Deps, 3, None),
            (
                "package --markdown docs/benchmarks.md --runs 1",
                Subject::Package,
                1,
                Some("docs/benchmarks.md"),
            ),
        ] {
            let expected = Arguments {
                subject,
                runs,
                markdown: markdown.map(PathBuf::from),
            };
            assert_eq!(parse(&words(line)).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn refuses_arguments_it_does_not_know() {
        for (line, part) in [
            ("", "expected `bench package`"),
            ("serve", "expected `bench package`"),
            ("package --runs", "expected a value after `--runs`"),
            ("package --runs 0", "found `--runs 0`"),
            ("package --fast", "found `--fast`"),
        ] {
            let message = parse(&words(line)).unwrap_err().to_string();
            assert!(message.contains(part), "{line}: {message}");
        }
    }
}
