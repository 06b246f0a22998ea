//! Real MLflow: scripts of this folder, run in the Python environments of the tests.

use super::scratch::Scratch;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The environments with the three versions of MLflow.
pub(crate) const MLFLOW: [&str; 3] = ["mlflow-2.20.0", "mlflow-3.1.0", "mlflow-3.17.2"];
/// The environment with PyTorch.
pub(crate) const TORCH: &str = "torch-3.17.2";

/// Where the environments are: where the variable says, or below cargo's target folder.
fn environments() -> PathBuf {
    let target = || {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        scratch.parent().unwrap().join("python")
    };
    std::env::var_os("ENVELOPE_TEST_PYTHON_DIR").map_or_else(target, PathBuf::from)
}

/// The interpreter of an environment.
fn interpreter(environment: &str) -> PathBuf {
    program(environment, "python")
}

/// A program of an environment.
pub(crate) fn program(environment: &str, name: &str) -> PathBuf {
    let program = environments().join(environment).join("bin").join(name);
    assert!(
        program.exists(),
        "there is no `{name}` in the Python environment {environment}: run `cargo xtask test`"
    );
    program
}

/// The folder of an environment's packages.
pub(crate) fn site_packages(environment: &str) -> PathBuf {
    let library = program(environment, "python").with_file_name("../lib");
    let versions = std::fs::read_dir(library).unwrap();
    let mut folders = versions.map(|entry| entry.unwrap().path().join("site-packages"));
    let folder = folders.find(|folder| folder.is_dir()).unwrap();
    folder.canonicalize().unwrap()
}

fn command(environment: &str, script: &str, scratch: &Scratch) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support");
    let mut command = Command::new(interpreter(environment));
    command
        .arg(folder.join(script))
        .current_dir(scratch.path())
        .env("PYTHONPATH", folder)
        .env("OMP_NUM_THREADS", "1")
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .env("MLFLOW_TRACKING_URI", "sqlite:///tracking.db");
    command
}

/// Hands the cases to a script, each of which it runs in a process of its own, and returns its
/// answers in the same order.
pub(crate) fn ask(environment: &str, script: &str, cases: &[Value]) -> Vec<Value> {
    let scratch = Scratch::new("python");
    let answers = scratch.join("answers.json");
    let mut child = command(environment, script, &scratch)
        .arg(&answers)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let question = serde_json::to_vec(cases).unwrap();
    child.stdin.take().unwrap().write_all(&question).unwrap();
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} in {environment}: {log}");
    let answers: Vec<Value> = serde_json::from_slice(&std::fs::read(answers).unwrap()).unwrap();
    assert_eq!(answers.len(), cases.len(), "{script} in {environment}");
    answers
}

/// The versions of Python and of distributions in an environment.
pub(crate) fn versions(environment: &str, names: &[&str]) -> Value {
    let scratch = Scratch::new("python");
    let mut command = command(environment, "versions.py", &scratch);
    let output = command.args(names).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "versions.py in {environment}: {log}"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
