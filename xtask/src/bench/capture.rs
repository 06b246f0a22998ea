//! Capturing what is not committed, beside `git diff --binary HEAD`: processor time, since a training
//! waits for it, and both do much at once.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::inspect::{cpu_time, samples};
use super::report::{self, Conditions, Goal, Row};
use super::samples::{Samples, alternate, clear};
use super::{Arguments, Bench};
use crate::failure::Failure;
use crate::process;
use crate::python;
use crate::workspace::{Profile, Workspace};

/// How many bytes of changes there are.
const CHANGED_BYTES: usize = 10_000_000;

/// Measures, and tells or writes the table.
///
/// # Errors
/// When something does not build, git is absent, or a side fails.
pub(super) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let newest = python::named(python::NEWEST)?;
    let environments = python::prepare(workspace, std::slice::from_ref(newest))?;
    let bench = Bench {
        envelope: workspace.build_envelope("capture", Profile::Release)?,
        // No library is measured here.
        library: PathBuf::new(),
        python: newest.python(&environments),
        scripts: workspace.root.join("xtask").join("python"),
        folder: workspace
            .target
            .join(format!("bench-{}", std::process::id())),
        runs: arguments.runs,
    };
    std::fs::create_dir_all(&bench.folder)
        .map_err(|source| Failure::io("make", &bench.folder, source))?;
    let row = measure(&bench, &workspace.root)?;
    let conditions = Conditions {
        python: &bench.python,
        folder: &bench.folder,
        versions: &process::output(Command::new("git").arg("--version"))?,
    };
    let text = format!(
        "{}\n\n{}\n\n{}",
        introduction(bench.runs),
        conditions.list(),
        report::table(&[row])
    );
    clear(&bench.folder)?;
    report::publish("Capturing", &text, arguments.markdown.as_deref())
}

fn introduction(runs: usize) -> String {
    format!(
        "`cargo xtask bench capture --runs {runs}` measured this: both sides ran alternately in one go,
each once untimed first. A time is the median of user and system time together, children included, with
the least and the greatest value in brackets. What is captured is a clone of this repository with 10 MB
of lines added to the files that it tracks; `envelope capture --out` looks at everything else, too,
searches the patch for secrets, and writes it as a page."
    )
}

fn measure(bench: &Bench, root: &Path) -> Result<Row, Failure> {
    let clone = bench.folder.join("clone");
    let mut command = Command::new("git");
    command.args(["clone", "-q"]).arg(root).arg(&clone);
    process::run_silently(&mut command)?;
    change(&clone)?;
    let out = bench.folder.join("record");
    let once = |words: &[&OsStr]| -> Result<f64, Failure> {
        let text = process::output(&mut cpu_time(bench, "1", words))?;
        Ok(samples(&text)?.median())
    };
    // A record is not written over another.
    let capture: [&OsStr; 6] = [
        "sh".as_ref(),
        "-c".as_ref(),
        "rm -rf \"$2\" && exec \"$0\" capture \"$1\" --out \"$2\"".as_ref(),
        bench.envelope.as_ref(),
        clone.as_ref(),
        out.as_ref(),
    ];
    let diff: [&OsStr; 6] = [
        "git".as_ref(),
        "-C".as_ref(),
        clone.as_ref(),
        "diff".as_ref(),
        "--binary".as_ref(),
        "HEAD".as_ref(),
    ];
    let [envelope, git]: [Samples; 2] = alternate(
        bench.runs,
        [Box::new(|| once(&capture)), Box::new(|| once(&diff))],
    )?;
    let goal = Goal::TimesTheTime(2.0);
    let title = "`git diff --binary HEAD`".to_owned();
    Ok(Row::slower(
        "10 MB of uncommitted changes, captured",
        &envelope,
        title,
        &git,
        goal,
    ))
}

/// Adds lines to the tracked files, as many to each.
fn change(clone: &Path) -> Result<(), Failure> {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(clone)
        .args(["ls-files", "*.rs", "*.md", "*.py"]);
    let listed = process::output(&mut command)?;
    let files: Vec<&str> = listed.lines().collect();
    let share = CHANGED_BYTES / files.len().max(1);
    for (place, file) in files.iter().enumerate() {
        let path = clone.join(file);
        let io = |source| Failure::io("change", &path, source);
        let mut text = std::fs::read(&path).map_err(io)?;
        let before = text.len();
        let mut line = 0;
        while text.len() < before + share {
            let more = format!("let value_{place}_{line} = measure(&rows[{line}], {place}.5);\n");
            text.extend_from_slice(more.as_bytes());
            line += 1;
        }
        std::fs::write(&path, text).map_err(io)?;
    }
    Ok(())
}
