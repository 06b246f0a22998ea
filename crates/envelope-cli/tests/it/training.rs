//! A training, recorded, packaged, and read by real MLflow: the example's own, from a repository with
//! changes that are not committed.

use crate::support::Scratch;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const SAYS_METADATA: &str = "
import json, sys
import mlflow
model = mlflow.models.Model.load(sys.argv[1])
loaded = mlflow.pyfunc.load_model(sys.argv[1])
answer = loaded.predict(loaded.input_example)
print(json.dumps({'metadata': model.metadata, 'shape': list(answer.shape)}))
";

const MAKES_RUN: &str = "
import mlflow
print(mlflow.MlflowClient().create_run('0').info.run_id)
";
const FITS: &str = "
import mlflow
from sklearn.linear_model import LogisticRegression
mlflow.sklearn.autolog(log_models=False, log_datasets=False)
LogisticRegression(C=0.5).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
";
const SAYS_RUNS: &str = "
import json
import mlflow
runs = mlflow.MlflowClient().search_runs(['0'])
print(json.dumps([[run.info.run_id, run.info.status, run.data.params['C']] for run in runs]))
";

/// Python with all that the training imports.
fn python() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = target.join("python/torch-3.17.2/bin/python");
    assert!(
        program.exists(),
        "there is no Python environment with PyTorch: run `cargo xtask test`"
    );
    program
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn git(scratch: &Scratch, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@b"]);
    said(git.current_dir(scratch.path("")).args(words))
}

/// The example in a repository of its own, with changes of every kind.
fn dirty_repository() -> Scratch {
    let scratch = Scratch::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../example");
    said(
        Command::new("cp")
            .arg("-r")
            .arg(example)
            .arg(scratch.path("example")),
    );
    git(&scratch, &["init", "-q", "-b", "main"]);
    git(&scratch, &["add", "."]);
    git(&scratch, &["commit", "-q", "-m", "first"]);
    let model = scratch.path("example/src/train_pytorch/constants.py");
    let text = std::fs::read_to_string(&model).unwrap();
    std::fs::write(&model, text + "\nTRIED = True\r\n").unwrap();
    std::fs::remove_file(scratch.path("example/requirements.in")).unwrap();
    scratch.write("example/notes.txt", "no newline at the end");
    scratch.write("example/binary.bin", [0_u8, 159, 146, 150].repeat(300));
    said(
        Command::new("cp")
            .arg("-r")
            .arg(scratch.path("example"))
            .arg(scratch.path("before")),
    );
    scratch
}

#[test]
fn its_package_says_what_made_it_to_git_and_to_mlflow() {
    let scratch = dirty_repository();
    let mut run = scratch.command(&["run", "--sample", "1s", "--"]);
    run.arg(python());
    run.args(["example/src/train_pytorch/train.py", "--num-epochs", "2"]);
    said(run.env("PYTHONDONTWRITEBYTECODE", "1").env("LOGNAME", "me"));
    let made = scratch.json(&["package", "example", "--json"]);
    let wrote = made["provenance"]["wrote"].as_str().unwrap();
    assert!(wrote.starts_with("artifacts/"), "{wrote}");
    assert_eq!(made["example"]["outcome"], "agrees", "{made}");
    let artifacts = scratch.path("item_price/artifacts");
    for name in [
        "provenance.json",
        "uncommitted_changes.patch",
        "uncommitted_changes.html",
        "requirements-graph-full.txt",
        "requirements-graph-model.txt",
    ] {
        assert!(artifacts.join(name).is_file(), "{name}");
    }
    let record = std::fs::read(artifacts.join("provenance.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    let entrypoint = &record["provenance"]["entrypoint"]["value"];
    assert_eq!(entrypoint["parameters"]["num-epochs"], "2");
    let packages = &record["provenance"]["python"]["value"]["packages"]["value"];
    let is_torch = |package: &Value| package["name"] == "torch";
    assert!(packages.as_array().unwrap().iter().any(is_torch));
    // A clone at that commit and the patch are what the training was started from.
    let commit = made["provenance"]["commit"].as_str().unwrap();
    let patch = artifacts.join("uncommitted_changes.patch");
    git(&scratch, &["clone", "-q", ".", "clone"]);
    git(&scratch, &["-C", "clone", "checkout", "-q", commit]);
    git(&scratch, &["-C", "clone", "apply", patch.to_str().unwrap()]);
    let mut diff = Command::new("diff");
    let (before, clone) = (scratch.path("before"), scratch.path("clone/example"));
    assert_eq!(said(diff.arg("-r").arg(before).arg(clone)), "");
    let mut mlflow = Command::new(python());
    mlflow
        .args(["-c", SAYS_METADATA])
        .arg(scratch.path("item_price"));
    let shown: Value = serde_json::from_str(&said(mlflow.current_dir(scratch.path("")))).unwrap();
    let metadata = &shown["metadata"];
    assert_eq!(metadata["mlflow.source.git.commit"], commit);
    assert_eq!(metadata["mlflow.source.git.branch"], "main");
    assert_eq!(metadata["mlflow.source.git.dirty"], "true");
    assert_eq!(
        metadata["mlflow.source.name"],
        "example/src/train_pytorch/train.py"
    );
    assert_eq!(metadata["mlflow.source.type"], "LOCAL");
    assert_eq!(metadata["mlflow.user"], "me");
    assert_eq!(metadata["window_days"], 30);
    assert_eq!(shown["shape"], serde_json::json!([2, 7]));
}

#[test]
fn what_mlflow_logs_by_itself_lands_in_the_run_that_it_was_told() {
    let scratch = Scratch::new();
    scratch.write("fit.py", FITS);
    let store = format!("sqlite:///{}", scratch.path("runs.db").display());
    let asked = |script: &str| {
        let mut asked = Command::new(python());
        asked.args(["-c", script]).current_dir(scratch.path(""));
        said(asked.env("MLFLOW_TRACKING_URI", &store))
    };
    let id = asked(MAKES_RUN);
    let mut run = scratch.command(&["run", "--record", "record", "--"]);
    run.arg(python()).arg("fit.py");
    said(
        run.env("MLFLOW_TRACKING_URI", &store)
            .env("MLFLOW_RUN_ID", &id),
    );
    let runs: Value = serde_json::from_str(&asked(SAYS_RUNS)).unwrap();
    assert_eq!(runs, serde_json::json!([[id, "FINISHED", "0.5"]]));
    let record = std::fs::read(scratch.path("record/record.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    let environment = &record["provenance"]["environment"];
    assert_eq!(environment["MLFLOW_RUN_ID"], *id, "{environment}");
}
