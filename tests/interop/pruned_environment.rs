//! An environment of pruned requirements really works: uv installs it and finds nothing missing,
//! and MLflow saves and loads a scikit-learn model in it.

use crate::support::fixtures::repository;
use crate::support::python::program;
use crate::support::scratch::Scratch;
use envelope_deps::source::{RequirementsFile, RewriteOptions};
use envelope_deps::{Graph, Pattern, PruneSpec, Target};
use lzma_rust2::XzReader;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// The compiled requirements of corpus a.
fn requirements(scratch: &Scratch) -> RequirementsFile {
    let archive = repository().join("crates/envelope-deps/tests/fixtures/corpora/a.tar.xz");
    let mut archive = tar::Archive::new(XzReader::new(File::open(archive).unwrap(), false));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap() == Path::new("a/requirements.txt") {
            entry.unpack_in(scratch.path()).unwrap();
        }
    }
    RequirementsFile::read(&scratch.join("a/requirements.txt")).unwrap()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_environment_of_pruned_requirements_works() {
    let scratch = Scratch::new("pruned");
    let file = requirements(&scratch);
    let inventory = file.inventory();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let spec = PruneSpec {
        prune: vec![Pattern::parse("jupyterlab").unwrap()],
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).unwrap();
    assert_eq!((pruned.kept.len(), pruned.removed.len()), (87, 73));
    let model = scratch.join("model.txt");
    fs::write(&model, file.rewrite(&pruned, RewriteOptions::default())).unwrap();

    let environment = scratch.join("environment");
    let python = environment.join("bin/python");
    let uv = || {
        let mut uv = Command::new(program("tools", "uv"));
        uv.arg("--quiet").current_dir(scratch.path());
        uv
    };
    let interpreter = program("tools", "python");
    run(uv()
        .args(["venv", "--no-project", "--python"])
        .arg(interpreter)
        .arg(&environment));
    run(uv()
        .args(["pip", "install", "--python"])
        .arg(&python)
        .arg("-r")
        .arg(&model));
    run(uv().args(["pip", "check", "--python"]).arg(&python));
    let script = repository().join("tests/support/pruned_model.py");
    let predicted = run(Command::new(&python)
        .arg(script)
        .arg(scratch.join("package"))
        .current_dir(scratch.path())
        .env("MLFLOW_TRACKING_URI", "sqlite:///tracking.db")
        .env("MLFLOW_DISABLE_TELEMETRY", "true"));
    assert_eq!(predicted.trim(), "7.0");
}
