//! `envelope run`, `envelope capture` and `envelope report`.

use crate::support::Scratch;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// A repository with a commit, and something that is not committed.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("train.sh", "echo trained \"$@\"\nexit 7\n");
    for words in [
        &["init", "-q", "-b", "main"][..],
        &["add", "."],
        &["commit", "-q", "-m", "first"],
    ] {
        git(&scratch, words);
    }
    scratch.write("train.sh", "echo trained \"$@\"\nexit 3\n");
    scratch
}

fn git(scratch: &Scratch, words: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(scratch.path(""))
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(words)
        .output()
        .expect("there is no git: `apt-get install git`");
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The folder of the only run.
fn only_run(scratch: &Scratch) -> PathBuf {
    let runs = std::fs::read_dir(scratch.path(".envelope/runs")).unwrap();
    let mut folders: Vec<PathBuf> = runs.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

fn record(folder: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("record.json")).unwrap()).unwrap()
}

#[test]
fn a_command_runs_unchanged_and_is_recorded() {
    let scratch = repository();
    let words = [
        "run",
        "--sample",
        "50ms",
        "--",
        "sh",
        "train.sh",
        "--num-epochs",
        "2",
    ];
    let answer = scratch.envelope(&words);
    assert_eq!(
        (answer.status, answer.out.as_str()),
        (3, "trained --num-epochs 2\n")
    );
    let commit = git(&scratch, &["rev-parse", "HEAD"]);
    assert!(answer.err.starts_with("Recorded "), "{}", answer.err);
    assert!(
        answer.err.contains("exit status 3 after "),
        "{}",
        answer.err
    );
    assert!(answer.err.contains(&commit), "{}", answer.err);
    let folder = only_run(&scratch);
    let record = record(&folder);
    let found = &record["provenance"];
    assert_eq!(found["git"]["value"]["commit"]["value"], commit);
    let entrypoint = &found["entrypoint"]["value"];
    assert_eq!(entrypoint["parameters"]["num-epochs"], "2");
    assert_eq!(record["outcome"]["exit"]["code"], 3);
    assert!(folder.join("metrics.jsonl").exists());
    // Git does not see it, and the patch makes a clean clone what was run.
    assert_eq!(git(&scratch, &["status", "--short"]), "M train.sh");
    let clone = scratch.path("clone");
    git(&scratch, &["clone", "-q", ".", clone.to_str().unwrap()]);
    let patch = folder.join("uncommitted_changes.patch");
    git(
        &scratch,
        &[
            "-C",
            clone.to_str().unwrap(),
            "apply",
            patch.to_str().unwrap(),
        ],
    );
    let text = |path| std::fs::read(scratch.path(path)).unwrap();
    assert_eq!(text("clone/train.sh"), text("train.sh"));
    assert!(folder.join("uncommitted_changes.html").exists());
}

#[test]
fn what_cannot_be_run_or_recorded_has_the_statuses_of_shells() {
    let scratch = repository();
    for (words, status, message) in [
        (
            &["run", "--", "no-such-program"][..],
            127,
            "`no-such-program`",
        ),
        (&["run", "--", "./train.sh"], 126, "`./train.sh`"),
        (
            &["run", "--record", "train.sh", "--", "true"],
            125,
            "`train.sh`",
        ),
        (&["run", "--sample", "often", "--", "true"], 2, "often"),
        (&["run"], 2, "COMMAND"),
    ] {
        let answer = scratch.envelope(words);
        assert_eq!(
            (answer.status, answer.out.as_str()),
            (status, ""),
            "{words:?}"
        );
        assert!(answer.err.contains(message), "{words:?}: {}", answer.err);
    }
    let answer = scratch.envelope(&[
        "run",
        "--quiet",
        "--record",
        "r",
        "--",
        "sh",
        "-c",
        "kill -9 $$",
    ]);
    assert_eq!(
        (answer.status, answer.out.as_str(), answer.err.as_str()),
        (137, "", "")
    );
    assert_eq!(record(&scratch.path("r"))["outcome"]["exit"]["signal"], 9);
    let again = scratch.envelope(&["run", "--record", "r", "--", "touch", "started"]);
    assert_eq!(again.status, 125);
    assert!(!scratch.path("started").exists());
}

#[test]
fn secrets_are_masked_and_named() {
    let scratch = repository();
    let secret = ["wJalrXUtnFEMI", "K7MDENGbPxRfiCYzQ8x", "T4mRv"].join("/");
    scratch.write("keys.py", format!("aws_secret_access_key = '{secret}'\n"));
    let token = ["ghp", "9fK2mQ7xW4vB8nT1rL6yD3sH5jZ0cP2eA7uG"].join("_");
    let answer = scratch.envelope(&["run", "--", "true", "--token", &token]);
    assert_eq!(answer.status, 0, "{}", answer.err);
    assert!(answer.err.contains("keys.py:1 ("), "{}", answer.err);
    for entry in std::fs::read_dir(only_run(&scratch)).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            !text.contains(&secret) && !text.contains(&token),
            "{}",
            path.display()
        );
    }
}

#[test]
fn what_there_is_now_is_told_or_written() {
    let scratch = repository();
    let answer = scratch.envelope(&["capture"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    assert!(answer.out.contains(" on main\n"), "{}", answer.out);
    assert!(!scratch.path(".envelope").exists());
    let found = scratch.json(&["capture", "--json"]);
    assert_eq!(found["changes"]["value"]["is_clean"], false);
    let written = scratch.envelope(&["capture", "--out", "now"]);
    assert_eq!(written.status, 0, "{}", written.err);
    for name in [
        "record.json",
        "uncommitted_changes.patch",
        "uncommitted_changes.html",
    ] {
        assert!(scratch.path("now").join(name).exists(), "{name}");
    }
    let outside = Scratch::new();
    let found = outside.json(&["capture", "--json"]);
    assert!(found["provenance"]["git"]["unknown"].is_string(), "{found}");
    let wrong = outside.envelope(&["capture", "nothing"]);
    assert_eq!((wrong.status, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("`nothing`"), "{}", wrong.err);
}

#[test]
fn the_report_of_a_run_is_one_page() {
    let scratch = repository();
    let none = scratch.envelope(&["report"]);
    assert_eq!((none.status, none.out.as_str()), (2, ""));
    assert!(none.err.contains("found no run"), "{}", none.err);
    let words = ["run", "--sample", "50ms", "--", "sh", "-c", "sleep 0.3"];
    assert_eq!(scratch.envelope(&words).status, 0);
    let folder = only_run(&scratch);
    let id = folder.file_name().unwrap().to_str().unwrap();
    let written = scratch.envelope(&["report"]);
    assert_eq!((written.status, written.err.as_str()), (0, ""));
    let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains(id));
    assert!(page.contains("<svg"), "no plot");
    for named in [&id[..10], folder.to_str().unwrap()] {
        let answer = scratch.envelope(&["report", named, "-o", "-"]);
        assert!(
            answer.out.starts_with("<!doctype html>"),
            "{named}: {}",
            answer.err
        );
    }
    let wrong = scratch.envelope(&["report", "1999"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("`1999`"), "{}", wrong.err);
}

#[test]
fn a_package_holds_what_is_recorded_of_its_run() {
    let scratch = repository();
    let commit = git(&scratch, &["rev-parse", "HEAD"]);
    let words = ["run", "--record", "r", "--quiet", "--", "sh", "train.sh"];
    let answer = scratch.envelope_with(&words, &[("MLFLOW_RUN_ID", "abc"), ("USER", "me")]);
    assert_eq!(answer.status, 3, "{}", answer.err);
    scratch.write_spec();
    let answer = scratch.envelope(&["package", "--from-run", "r"]);
    assert_eq!((answer.status, answer.err.as_str()), (0, ""));
    let card = scratch.json(&["inspect", "doubler", "--json"]);
    let metadata = &card["metadata"];
    assert_eq!(metadata["mlflow.source.git.commit"], commit);
    assert_eq!(metadata["mlflow.source.git.branch"], "main");
    assert_eq!(metadata["mlflow.source.git.dirty"], "true");
    assert_eq!(metadata["mlflow.source.name"], "train.sh");
    assert_eq!(metadata["mlflow.source.type"], "LOCAL");
    assert_eq!(metadata["mlflow.user"], "me");
    assert_eq!(metadata["author"], "me");
    assert_eq!(card["run_id"], "abc");
    assert_eq!(card["provenance"]["commit"], commit);
    let shown = scratch.envelope(&["inspect", "doubler"]).out;
    assert!(shown.contains(&format!("{commit} on main")), "{shown}");
    for name in [
        "provenance.json",
        "uncommitted_changes.patch",
        "uncommitted_changes.html",
    ] {
        assert!(
            scratch.path("doubler/artifacts").join(name).exists(),
            "{name}"
        );
    }
    let clone = scratch.path("clone");
    let clone = clone.to_str().unwrap();
    git(&scratch, &["clone", "-q", ".", clone]);
    let patch = scratch.path("doubler/artifacts/uncommitted_changes.patch");
    git(&scratch, &["-C", clone, "apply", patch.to_str().unwrap()]);
    let text = |path| std::fs::read(scratch.path(path)).unwrap();
    assert_eq!(text("clone/train.sh"), text("train.sh"));
    assert_eq!(
        scratch.envelope(&["verify", "doubler"]).out,
        "doubler: clean; MLflow loads it\n"
    );
    let wrong = scratch.envelope(&["package", "--force", "--from-run", "1999"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("`1999`"), "{}", wrong.err);
}

#[test]
fn a_package_finds_the_run_that_wrote_its_model() {
    let scratch = repository();
    let spec = "\
name: loaded
kind: loader
python: 3.11.7
model: {module: churn, data: out/weights.bin}
code: {from: [src]}
";
    scratch.write("envelope.yaml", spec);
    scratch.write("out/weights.bin", "old");
    let run = |words: &[&str]| {
        // The time of a file is a tick behind.
        std::thread::sleep(std::time::Duration::from_millis(30));
        let words = [&["run", "--quiet", "--"], words].concat();
        assert_eq!(scratch.envelope(&words).status, 0, "{words:?}");
    };
    // Code that is written while a training goes on says nothing of what wrote the model.
    run(&["sh", "-c", "mkdir src; echo > src/churn.py"]);
    let made = |words: &[&str]| {
        let all = [&["package", "--force", "--json"], words].concat();
        scratch.json(&all)["provenance"].clone()
    };
    assert_eq!(made(&[]), Value::Null);
    run(&["sh", "-c", "echo new > out/weights.bin"]);
    run(&["true"]);
    let folders = std::fs::read_dir(scratch.path(".envelope/runs")).unwrap();
    let names = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != ".gitignore").collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    let origin = made(&[]);
    assert_eq!(origin["run"], names[1]);
    assert_eq!(origin["wrote"], "data/weights.bin");
    assert_eq!(origin["is_dirty"], true);
    assert!(
        scratch
            .path("loaded/artifacts/uncommitted_changes.patch")
            .exists()
    );
    let shown = scratch.envelope(&["package", "--force"]).out;
    let commit = git(&scratch, &["rev-parse", "HEAD"]);
    let lines = format!(
        "  run           {}  it wrote data/weights.bin\n  commit        {commit}  and",
        names[1]
    );
    assert!(shown.contains(&lines), "{shown}");
    assert_eq!(made(&["--no-provenance"]), Value::Null);
    assert!(!scratch.path("loaded/artifacts").exists());
    assert_eq!(made(&["--from-run", &names[2]])["run"], names[2]);
    std::fs::remove_file(
        scratch
            .path(".envelope/runs")
            .join(&names[1])
            .join("uncommitted_changes.patch"),
    )
    .unwrap();
    let lost = scratch.envelope(&["package", "--force"]);
    assert_eq!(lost.status, 2);
    assert!(lost.err.contains("--no-provenance"), "{}", lost.err);
    scratch.write("out/weights.bin", "by hand");
    assert_eq!(made(&[]), Value::Null);
}

/// In a folder that is open to all, anybody may lay down records.
#[cfg(unix)]
#[test]
fn records_in_folders_above_count_up_to_the_repository_and_not_where_all_may_write() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    let scratch = Scratch::new();
    scratch.write(
        "project/envelope.yaml",
        "\
name: loaded
kind: loader
python: 3.11.7
model: {module: churn, data: weights.bin}
",
    );
    let run = [
        "run",
        "--quiet",
        "--",
        "sh",
        "-c",
        "echo new > project/weights.bin",
    ];
    assert_eq!(scratch.envelope(&run).status, 0);
    let made = || {
        let words = ["package", "project", "--force", "--json", "--no-run"];
        let words = if cfg!(feature = "infer") {
            &words[..]
        } else {
            &words[..4]
        };
        scratch.json(words)["provenance"]["wrote"].clone()
    };
    assert_eq!(made(), "data/weights.bin");
    let set_mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(scratch.path(""), permissions).unwrap();
    };
    set_mode(0o1777);
    // They are the user's own.
    assert_eq!(made(), "data/weights.bin");
    // Only the system's administrator can give a file away.
    if chown(scratch.path(".envelope"), Some(65534), None).is_ok() {
        assert_eq!(made(), Value::Null);
        set_mode(0o755);
        assert_eq!(made(), "data/weights.bin");
    }
    git(&scratch, &["init", "-q", "project"]);
    assert_eq!(made(), Value::Null);
}

#[test]
fn a_package_takes_no_secrets_unless_told_to() {
    let scratch = repository();
    scratch.write_spec();
    let secret = ["wJalrXUtnFEMI", "K7MDENGbPxRfiCYzQ8x", "T4mRv"].join("/");
    scratch.write("keys.py", format!("aws_secret_access_key = '{secret}'\n"));
    let refused = scratch.envelope(&["package", "--provenance"]);
    assert_eq!((refused.status, refused.out.as_str()), (2, ""));
    assert!(refused.err.contains("`keys.py:1` ("), "{}", refused.err);
    assert!(refused.err.contains("--secrets mask"), "{}", refused.err);
    assert!(!scratch.path("doubler").exists());
    for (how, is_there) in [("mask", false), ("keep", true)] {
        let words = ["package", "--out", how, "--provenance", "--secrets", how];
        let answer = scratch.envelope(&words);
        assert_eq!((answer.status, answer.err.as_str()), (0, ""), "{how}");
        let patch = scratch
            .path(how)
            .join("artifacts/uncommitted_changes.patch");
        let patch = std::fs::read_to_string(patch).unwrap();
        assert_eq!(patch.contains(&secret), is_there, "{how}");
    }
    let wrong = scratch.envelope(&["package", "--secrets", "mask"]);
    assert_eq!(wrong.status, 2);
}

#[cfg(unix)]
#[test]
fn mlflows_variables_reach_the_command_and_the_measuring() {
    let scratch = repository();
    let script = "echo $MLFLOW_TRACKING_URI $MLFLOW_RUN_ID; sleep 0.3";
    let words = ["run", "--record", "r", "--quiet", "--", "sh", "-c", script];
    let variables = [
        (
            "MLFLOW_TRACKING_URI",
            "https://user:word@host.example/a?b=%20",
        ),
        ("MLFLOW_RUN_ID", "0123abcd"),
        ("MLFLOW_SYSTEM_METRICS_NODE_ID", "node_7"),
        ("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1"),
    ];
    let answer = scratch.envelope_with(&words, &variables);
    let expected = "https://user:word@host.example/a?b=%20 0123abcd\n";
    assert_eq!((answer.status, answer.out.as_str()), (0, expected));
    let samples = std::fs::read_to_string(scratch.path("r/metrics.jsonl")).unwrap();
    assert!(samples.lines().count() > 2, "{samples}");
    assert!(samples.contains("\"process/node_7/count\""), "{samples}");
    let wrong = [("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "often")];
    let words = ["run", "--record", "w", "--", "touch", "started"];
    let answer = scratch.envelope_with(&words, &wrong);
    assert_eq!(answer.status, 125);
    assert!(answer.err.contains(wrong[0].0), "{}", answer.err);
    assert!(!scratch.path("started").exists() && !scratch.path("w").exists());
    let words = ["run", "--sample", "0", "--record", "w", "--", "true"];
    assert_eq!(scratch.envelope_with(&words, &wrong).status, 0);
}

#[test]
fn that_a_command_could_not_be_started_is_recorded_and_reported() {
    let scratch = repository();
    for (program, status) in [("no-such-program", 127), ("./train.sh", 126)] {
        let answer = scratch.envelope(&["run", "--", program]);
        assert_eq!(answer.status, status);
        let says = format!("could not be started, exit status {status}");
        assert!(answer.err.contains(&says), "{}", answer.err);
        let page = scratch.envelope(&["report", "-o", "-"]).out;
        assert!(page.contains("Could not be started"), "{program}");
        assert!(page.contains(&format!("exit status {status}")), "{program}");
        assert!(!page.contains("Still running"), "{program}");
    }
}

#[test]
fn a_record_in_a_folder_with_files_is_refused_and_changes_nothing() {
    let scratch = repository();
    scratch.write("notes.txt", "new\n");
    scratch.write("out/a.txt", "new\n");
    let before = git(&scratch, &["status", "--short", "--untracked-files=all"]);
    for words in [
        &["run", "--record", ".", "--", "touch", "started"][..],
        &["run", "--record", "out", "--", "touch", "started"],
        &["capture", "--out", "out"],
    ] {
        let answer = scratch.envelope(words);
        assert!([2, 125].contains(&answer.status), "{words:?}");
        assert!(answer.err.contains("expected a new"), "{}", answer.err);
        let after = git(&scratch, &["status", "--short", "--untracked-files=all"]);
        assert_eq!(after, before, "{words:?}");
    }
    std::fs::create_dir(scratch.path("empty")).unwrap();
    let answer = scratch.envelope(&["run", "--record", "empty", "--", "true"]);
    assert_eq!(answer.status, 0, "{}", answer.err);
    let after = git(&scratch, &["status", "--short", "--untracked-files=all"]);
    assert_eq!(after, before);
}

#[cfg(unix)]
#[test]
fn a_record_that_the_command_took_away_is_not_said_to_be_there() {
    let scratch = repository();
    let answer = scratch.envelope(&["run", "--record", "r", "--", "rm", "-r", "r"]);
    assert_eq!(answer.status, 0);
    assert!(answer.err.contains("record.json"), "{}", answer.err);
    assert!(!answer.err.contains("Recorded"), "{}", answer.err);
}

#[cfg(unix)]
#[test]
fn the_usual_python_is_recorded_where_the_command_line_names_none() {
    let scratch = repository();
    let words = ["run", "--record", "r", "--", "sh", "-c", "python3 -c pass"];
    assert_eq!(scratch.envelope(&words).status, 0);
    let python = &record(&scratch.path("r"))["provenance"]["python"];
    assert!(python["value"]["version"]["value"].is_string(), "{python}");
}
