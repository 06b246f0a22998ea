//! Small packages: `envelope package` against the same save by MLflow, as a whole script and as
//! one more call in a Python process that has everything imported already.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Bench;
use super::report::{Goal, Row};
use super::samples::{Samples, Side, alternate, clear, time};
use crate::failure::Failure;
use crate::process;

/// A kind of package: its folder among the sources, what to call it, the call it replaces.
struct Kind {
    folder: &'static str,
    title: &'static str,
    call: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        folder: "onnx",
        title: "small ONNX package",
        call: "mlflow.onnx.save_model",
    },
    Kind {
        folder: "class",
        title: "small class package",
        call: "mlflow.pyfunc.save_model",
    },
];

/// Measures both kinds.
///
/// # Errors
/// When a side fails.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    process::run_silently(bench.script("make_sources.py").arg(&bench.folder))?;
    let mut rows = Vec::new();
    for kind in &KINDS {
        eprintln!("measuring: {}", kind.title);
        rows.extend(measure_kind(bench, kind)?);
    }
    Ok(rows)
}

/// The packages that `envelope` wrote, for measurements on packages.
pub(super) fn packages(bench: &Bench) -> Vec<(&'static str, PathBuf)> {
    KINDS
        .iter()
        .map(|kind| (kind.title, ours(bench, kind)))
        .collect()
}

fn ours(bench: &Bench, kind: &Kind) -> PathBuf {
    bench.folder.join(format!("{}-envelope", kind.folder))
}

fn measure_kind(bench: &Bench, kind: &Kind) -> Result<[Row; 2], Failure> {
    let sources = bench.folder.join(kind.folder);
    let package = ours(bench, kind);
    let by_mlflow = bench.folder.join(format!("{}-mlflow", kind.folder));
    let mut warm = WarmPython::start(bench, kind, &sources)?;
    let envelope: Side = Box::new(|| {
        clear(&package)?;
        time(&mut packaging(bench, &sources, &package))
    });
    let script: Side = Box::new(|| {
        clear(&by_mlflow)?;
        time(
            bench
                .script("save.py")
                .arg(kind.folder)
                .arg(&sources)
                .arg(&by_mlflow),
        )
    });
    let call: Side = Box::new(|| {
        clear(&by_mlflow)?;
        warm.save(&by_mlflow)
    });
    let [envelope, script, call] = alternate(bench.runs, [envelope, script, call])?;
    let row = |label: String, other: &Samples, goal| {
        Row::faster(kind.title, &envelope, label, other, goal)
    };
    Ok([
        row(
            format!("script with `{}`", kind.call),
            &script,
            Goal::TimesFaster(100.0),
        ),
        row(
            format!("warm call of `{}`", kind.call),
            &call,
            Goal::TimesFaster(5.0),
        ),
    ])
}

/// The command that packages what a folder's `envelope.yaml` describes.
pub(super) fn packaging(bench: &Bench, sources: &Path, package: &Path) -> Command {
    let mut command = Command::new(&bench.envelope);
    command
        .arg("package")
        .arg(sources.join("envelope.yaml"))
        .arg("--out")
        .arg(package);
    command
}

/// A Python process that has imported MLflow and saved a few times before it is measured.
struct WarmPython {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl WarmPython {
    fn start(bench: &Bench, kind: &Kind, sources: &Path) -> Result<Self, Failure> {
        let mut command = bench.script("warm.py");
        command
            .arg(kind.folder)
            .arg(sources)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .map_err(|source| process::start_failure(&command, source))?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Failure::Unexpected(
                "Python has no standard streams".to_owned(),
            ));
        };
        Ok(Self {
            process,
            requests,
            answers: BufReader::new(answers),
        })
    }

    /// Saves once; gives the seconds that Python measured around the call alone.
    fn save(&mut self, package: &Path) -> Result<f64, Failure> {
        let failure = |source| Failure::Io {
            action: "talk to Python".to_owned(),
            source,
        };
        writeln!(self.requests, "{}", package.display()).map_err(failure)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(failure)?;
        answer.trim().parse().map_err(|_| {
            Failure::Unexpected(format!(
                "Python answered `{}`, expected seconds",
                answer.trim()
            ))
        })
    }
}

impl Drop for WarmPython {
    fn drop(&mut self) {
        // The measurement is over, well or badly; nothing is lost with the process.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
