//! Small packages: `envelope package` against the whole script that saves the same with MLflow, and
//! one more call of the library against one more call in Python, both in processes that have
//! everything loaded already. Ours flushes the package to disk; MLflow does not.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::Bench;
use super::report::{Goal, Row};
use super::samples::{Side, alternate, clear, time};
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

/// Warm calls are over in no time, so there are more of them in a run.
const WARM_CALLS: usize = 10;

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

fn measure_kind(bench: &Bench, kind: &Kind) -> Result<[Row; 3], Failure> {
    let [flushed, unflushed] = measure_warm(bench, kind)?;
    Ok([measure_cold(bench, kind)?, unflushed, flushed])
}

/// The command against a script, both as whole processes.
fn measure_cold(bench: &Bench, kind: &Kind) -> Result<Row, Failure> {
    let sources = bench.folder.join(kind.folder);
    let package = ours(bench, kind);
    let by_mlflow = bench.folder.join(format!("{}-mlflow", kind.folder));
    let envelope: Side = Box::new(|| {
        clear(&package)?;
        time(&mut packaging(bench, &sources, &package))
    });
    let script: Side = Box::new(|| {
        clear(&by_mlflow)?;
        let mut script = bench.script("save.py");
        time(script.arg(kind.folder).arg(&sources).arg(&by_mlflow))
    });
    let [envelope, script] = alternate(bench.runs, [envelope, script])?;
    let title = format!("script with `{}`", kind.call);
    let goal = Goal::TimesFaster(100.0);
    Ok(Row::faster(kind.title, &envelope, title, &script, goal))
}

/// One more call of the library against one more call in Python: both as MLflow does it, which does
/// not wait for the disk, and both waiting for it, as `envelope` does by default. Only these take
/// turns, since a whole process between them would leave none of them warm.
fn measure_warm(bench: &Bench, kind: &Kind) -> Result<[Row; 2], Failure> {
    let sources = bench.folder.join(kind.folder);
    let by_library = bench.folder.join(format!("{}-library", kind.folder));
    let by_mlflow = bench.folder.join(format!("{}-mlflow", kind.folder));
    let python = |flags: &[&str]| {
        Warm::start(
            bench
                .script("warm.py")
                .arg(kind.folder)
                .arg(&sources)
                .args(flags),
        )
    };
    let rust = |flags: &[&str]| {
        let mut library = Command::new(&bench.library);
        Warm::start(library.arg(sources.join("envelope.yaml")).args(flags))
    };
    let side = |mut warm: Warm, package: &PathBuf| -> Side<'_> {
        let package = package.clone();
        Box::new(move || {
            clear(&package)?;
            warm.ask(&package)
        })
    };
    let sides = [
        side(rust(&["--no-sync"])?, &by_library),
        side(python(&[])?, &by_mlflow),
        side(rust(&[])?, &by_library),
        side(python(&["--flush"])?, &by_mlflow),
    ];
    let [ours, theirs, ours_flushed, theirs_flushed] = alternate(bench.runs * WARM_CALLS, sides)?;
    let call = format!("warm call of `{}`", kind.call);
    let row = |how: &str, ours: &_, theirs: &_| {
        let title = format!("{}, warm call{how}", kind.title);
        Row::faster(
            &title,
            ours,
            format!("{call}{how}"),
            theirs,
            Goal::TimesFaster(5.0),
        )
    };
    Ok([
        row(", on disk", &ours_flushed, &theirs_flushed),
        row("", &ours, &theirs),
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

/// A process that has everything loaded, and does its work for each path that it is given.
pub(super) struct Warm {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Warm {
    pub(super) fn start(command: &mut Command) -> Result<Self, Failure> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .map_err(|source| process::start_failure(command, source))?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            let message = "a warm process has no standard streams".to_owned();
            return Err(Failure::Unexpected(message));
        };
        Ok(Self {
            process,
            requests,
            answers: BufReader::new(answers),
        })
    }

    /// Hands a path over; gives the seconds that the process measured around the call alone.
    pub(super) fn ask(&mut self, path: &Path) -> Result<f64, Failure> {
        let failure = |source| Failure::Io {
            action: "talk to a warm process".to_owned(),
            source,
        };
        writeln!(self.requests, "{}", path.display()).map_err(failure)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(failure)?;
        let answer = answer.trim();
        answer.parse().map_err(|_| {
            Failure::Unexpected(format!(
                "a warm process answered `{answer}`, expected seconds"
            ))
        })
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        // The measurement is over, well or badly; nothing is lost with the process.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
