//! `cargo xtask bench deps`: how much processor time and memory pruning takes, side by side with
//! the programs that come nearest to it.
//!
//! Every command is a whole process on the same machine-made inputs: corpus a is MLflow,
//! scikit-learn, pandas, matplotlib and `JupyterLab`, corpus c an Airflow with 63 extras.

mod commands;
mod instructions;
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::Arguments;
use super::report::{self, Conditions};
use super::samples::Samples;
use crate::failure::Failure;
use crate::process;
use crate::python;
use crate::workspace::{Profile, Workspace};

/// The least number of runs: most of the commands take milliseconds.
const LEAST_RUNS: usize = 21;

const TITLE: &str = "Pruning requirements";

/// What is compared.
struct Bench {
    envelope: PathBuf,
    uv: PathBuf,
    pipdeptree: PathBuf,
    python: PathBuf,
    scripts: PathBuf,
    /// A folder that is removed at the end.
    folder: PathBuf,
    runs: usize,
}

impl Bench {
    /// A path below the folder of the inputs.
    fn at(&self, path: &str) -> String {
        self.folder.join(path).display().to_string()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // A folder left over is a nuisance, not a wrong measurement.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Measures, shows the table, and records it where that is asked for.
///
/// # Errors
/// When something does not build, or a measured program fails.
pub(super) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<(), Failure> {
    let peers = python::prepare(workspace, std::slice::from_ref(&python::PEERS))?;
    let bin = |environment: &str, program: &str| peers.join(environment).join("bin").join(program);
    let bench = Bench {
        envelope: workspace.build_envelope("package,requirements-txt", Profile::Release)?,
        uv: bin(python::TOOLS.name, "uv"),
        pipdeptree: bin(python::PEERS.name, "pipdeptree"),
        python: python::PEERS.python(&peers),
        scripts: workspace.root.join("xtask").join("python"),
        folder: workspace
            .target
            .join(format!("bench-deps-{}", std::process::id())),
        runs: arguments.runs.max(LEAST_RUNS),
    };
    fs::create_dir_all(&bench.folder)
        .map_err(|source| Failure::io("make", &bench.folder, source))?;
    make_inputs(&bench, &workspace.root)?;
    let measured = measure(&bench)?;
    let rows = rows::rows(&measured);
    let conditions = Conditions {
        python: &bench.python,
        folder: &bench.folder,
        versions: "pipdeptree 4.2.14, uv 0.13.8",
    };
    let text = format!(
        "{}\n\n{}\n\n{}",
        introduction(bench.runs),
        conditions.list(),
        report::table(&rows)
    );
    report::publish(TITLE, &text, arguments.markdown.as_deref())
}

fn introduction(runs: usize) -> String {
    format!(
        "`cargo xtask bench deps --runs {runs}` measured this: whole processes that took turns in one go,
each once untimed first. A time is user and system time together, the median, with the least and
the greatest value in brackets. Corpus a is an environment of 160 packages of which 87 stay without
`jupyterlab`, corpus c one of 570 of which 546 stay; both are among the fixtures of `envelope-deps`.
pipdeptree and `uv pip tree` show what they leave out of a tree, `uv export` writes requirements, as
`envelope` does here, which from an environment also adds up the sizes of what goes. The grown locks
and lists have ten requirements a package, at random: of 12,500 packages all that is known of them
nearly fits into a processor's caches, of 50,000 it does not, and then most steps along an edge wait
for memory. So their instructions are counted too, by valgrind, which does not depend on that.
\"Half of it\" is 12,500 packages for 25,000, \"a quarter of it\" the same for 50,000. Peak memory is
the greatest of all runs; less than that of the measuring interpreter, some 10 MiB, cannot be seen."
    )
}

/// Unpacks the corpora, fills an environment, and makes the grown inputs.
fn make_inputs(bench: &Bench, root: &Path) -> Result<(), Failure> {
    eprintln!("making inputs");
    let environment = bench.folder.join("environment");
    let mut venv = Command::new(&bench.uv);
    venv.args(["--quiet", "venv", "--no-project", "--python"]);
    process::run_silently(venv.arg(&bench.python).arg(&environment))?;
    let packages = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let mut asking = Command::new(environment.join("bin").join("python"));
    let site_packages = process::output(asking.args(["-c", packages]))?;
    let mut making = Command::new(&bench.python);
    making
        .arg(bench.scripts.join("make_inventories.py"))
        .arg(&bench.folder)
        .arg(root.join("crates/envelope-deps/tests/fixtures/corpora"))
        .arg(site_packages.trim());
    process::run_silently(&mut making)
}

/// The times of one command, its greatest peak of memory in bytes, and how many instructions it
/// executes, where they were counted.
#[derive(Debug, Default)]
struct Measured {
    times: Samples,
    peak: f64,
    instructions: Option<f64>,
}

/// Runs all commands in turn.
fn measure(bench: &Bench) -> Result<BTreeMap<String, Measured>, Failure> {
    let mut all = BTreeMap::new();
    let series = [
        (commands::of_corpora(bench), bench.runs),
        (commands::of_grown(bench), bench.runs.div_ceil(4)),
    ];
    for (commands, runs) in series {
        eprintln!("measuring: {} commands, {runs} times each", commands.len());
        let (names, lines): (Vec<String>, Vec<Vec<String>>) = commands.into_iter().unzip();
        let work = json!({"runs": runs, "commands": lines}).to_string();
        let answer = ask(bench, &work)?;
        all.extend(names.into_iter().zip(read(&answer)?));
    }
    if instructions::can_be_counted() {
        eprintln!("counting instructions");
        for (name, line) in commands::of_grown(bench) {
            let measured = all.entry(name).or_default();
            measured.instructions = Some(instructions::count(&line, &bench.folder)?);
        }
    } else {
        eprintln!("found no valgrind: instructions are not counted");
    }
    Ok(all)
}

/// Hands the work to the script, in a file: it is longer than a pipe holds.
fn ask(bench: &Bench, work: &str) -> Result<String, Failure> {
    let path = bench.folder.join("work.json");
    fs::write(&path, work).map_err(|source| Failure::io("write", &path, source))?;
    let input = fs::File::open(&path).map_err(|source| Failure::io("read", &path, source))?;
    let mut script = Command::new(&bench.python);
    script
        .args(["-S", "-E"])
        .arg(bench.scripts.join("sides.py"))
        .stdin(Stdio::from(input));
    process::output(&mut script)
}

/// Reads `NUMBER SECONDS BYTES`, one measurement a line.
fn read(answer: &str) -> Result<Vec<Measured>, Failure> {
    let mut all: Vec<Measured> = Vec::new();
    for line in answer.lines() {
        let wrong = || {
            let message = format!("Python answered `{line}`, expected a number, seconds and bytes");
            Failure::Unexpected(message)
        };
        let mut words = line.split(' ');
        let number: usize = words
            .next()
            .and_then(|w| w.parse().ok())
            .ok_or_else(wrong)?;
        let seconds: f64 = words
            .next()
            .and_then(|w| w.parse().ok())
            .ok_or_else(wrong)?;
        let bytes: f64 = words
            .next()
            .and_then(|w| w.parse().ok())
            .ok_or_else(wrong)?;
        if all.len() <= number {
            all.resize_with(number + 1, Measured::default);
        }
        all[number].times.push(seconds);
        all[number].peak = all[number].peak.max(bytes);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_measurement_a_line() {
        let measured = read("0 0.002 1000\n1 0.5 7\n0 0.004 3000\n").unwrap();
        assert_eq!(measured.len(), 2);
        assert!((measured[0].times.median() - 0.003).abs() < 1e-12);
        assert!((measured[0].peak - 3000.0).abs() < 1e-12);
    }

    #[test]
    fn refuses_an_answer_that_is_no_measurement() {
        let message = read("0 0.002\n").unwrap_err().to_string();
        assert!(message.contains("`0 0.002`"), "{message}");
    }
}
