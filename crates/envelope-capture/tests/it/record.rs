//! Records of runs: what is written is read again, and git does not see it.

use crate::support::{Scratch, environment, example, files, git, program};
use envelope_capture::entrypoint::Started;
use envelope_capture::metrics::Sample;
use envelope_capture::provenance::{Circumstances, probe};
use envelope_capture::record::{
    METRICS, PAGE, PATCH, RECORD, Record, RunFolder, Uncommitted, list,
};
use envelope_capture::run::{Exit, Outcome};
use envelope_capture::{Known, changes};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

fn sample(step: u64) -> Sample {
    Sample {
        timestamp_ms: 1_795_854_396_026 + i64::try_from(step).unwrap(),
        step,
        values: [("process/cpu_time_seconds".to_owned(), 0.1 + 0.2)].into(),
    }
}

fn record(scratch: &Scratch, folder: &RunFolder) -> Record {
    let words = ["python3", "train.py", "--num-epochs", "10"].map(OsString::from);
    let program = program();
    let (provenance, repository) = probe(&Circumstances {
        words: &words,
        folder: &scratch.here(),
        variables: &environment(),
        git: &program,
        python: None,
        with_os_packages: false,
        adapters: Vec::new,
    });
    let repository = repository.value().unwrap();
    let changes = changes::capture(
        repository,
        &program,
        scratch.path(),
        changes::Limits::default(),
    )
    .unwrap();
    let changes = Known::Value(Uncommitted::new(&changes));
    let mut record = Record::new(folder, "envelope 0.1.0", provenance, changes);
    record.user = Some("somebody".into());
    record
}

fn outcome() -> Outcome {
    Outcome {
        exit: Exit::Signal(9),
        started_ms: 1,
        ended_ms: 2,
        wall_seconds: 0.1,
        cpu_user_seconds: 1.0 / 3.0,
        cpu_system_seconds: 0.0,
        peak_process_memory_bytes: 1 << 40,
        peak_memory_bytes: u64::MAX,
        left_running: vec![7],
    }
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let scratch = Scratch::committed();
    scratch.write("train.py", "print('changed')\n");
    let folder = RunFolder::create_below(&scratch.here()).unwrap();
    let mut written = record(&scratch, &folder);
    folder.write_record(&written).unwrap();
    let (_, read) = RunFolder::open(folder.path()).unwrap();
    assert_eq!(read.outcome, None);
    written.outcome = Some(outcome());
    folder.write_record(&written).unwrap();
    let (again, mut read) = RunFolder::open(folder.path()).unwrap();
    assert_eq!(again.id(), folder.id());
    let Known::Value(entrypoint) = &mut read.provenance.entrypoint else {
        panic!("{:?}", read.provenance.entrypoint);
    };
    assert_eq!(entrypoint.started, Started::Script("train.py".into()));
    assert_eq!(entrypoint.parameters["num-epochs"].to_string(), "10");
    assert!(!read.changes.value().unwrap().is_clean && read.changes.value().unwrap().restores_all);
    // Where the interpreter is names one machine and is not written.
    if let Known::Value(Some(path)) = written
        .provenance
        .entrypoint
        .clone()
        .map(|found| found.interpreter.value().map(|i| i.path.clone()))
    {
        assert!(
            !fs::read_to_string(folder.path().join(RECORD))
                .unwrap()
                .contains(path.to_str().unwrap())
        );
        if let Known::Value(interpreter) = &mut entrypoint.interpreter {
            interpreter.path = path;
        }
    }
    assert_eq!(read, written);
}

#[test]
fn git_does_not_see_runs() {
    let scratch = Scratch::committed();
    let folder = RunFolder::create_below(&scratch.here()).unwrap();
    folder.write_record(&record(&scratch, &folder)).unwrap();
    let (more, within) = (scratch.here().join("out"), scratch.here().join("out/run"));
    fs::create_dir(&more).unwrap();
    RunFolder::create_at(&within).unwrap();
    assert_eq!(
        scratch.git(&["status", "--porcelain", "--untracked-files=all"]),
        ""
    );
    assert!(
        folder
            .path()
            .starts_with(scratch.here().join(".envelope/runs"))
    );
}

#[test]
fn a_folder_that_holds_something_is_refused_and_left_as_it_is() {
    let scratch = Scratch::committed();
    for (name, file) in [("notes", "a.txt"), ("ignoring", ".gitignore")] {
        scratch.write(&format!("{name}/{file}"), "!*\n");
        let before = files(&scratch.here());
        let refusal = RunFolder::create_at(&scratch.here().join(name)).unwrap_err();
        let refusal = refusal.to_string();
        assert!(
            refusal.contains(&format!("`{file}`")) && refusal.contains("expected a new"),
            "{refusal}"
        );
        assert_eq!(files(&scratch.here()), before);
    }
    let refusal = RunFolder::create_at(&scratch.here()).unwrap_err();
    assert!(refusal.to_string().contains("expected a new"), "{refusal}");
    assert!(RunFolder::create_at(&scratch.here().join("train.py")).is_err());
    let seen = scratch.git(&["status", "--porcelain", "--untracked-files=all"]);
    assert_eq!(seen, "?? ignoring/.gitignore\n?? notes/a.txt");
}

#[test]
fn git_does_not_see_runs_whatever_lies_above_them() {
    let look = ["status", "--porcelain", "--untracked-files=all"];
    for ignore in ["", "!*\n"] {
        let scratch = Scratch::committed();
        scratch.write(".envelope/runs/.gitignore", ignore);
        let before = scratch.git(&look);
        let folder = RunFolder::create_below(&scratch.here()).unwrap();
        folder.write_record(&record(&scratch, &folder)).unwrap();
        assert_eq!(scratch.git(&look), before, "{ignore:?}");
    }
    #[cfg(unix)]
    {
        let scratch = Scratch::committed();
        fs::create_dir(scratch.here().join("store")).unwrap();
        scratch.write("store/runs/.gitignore", "!*\n");
        std::os::unix::fs::symlink("store", scratch.here().join(".envelope")).unwrap();
        let before = scratch.git(&look);
        let folder = RunFolder::create_below(&scratch.here()).unwrap();
        folder.write_record(&record(&scratch, &folder)).unwrap();
        assert_eq!(scratch.git(&look), before);
    }
}

#[cfg(unix)]
#[test]
fn refuses_pipes_in_the_place_of_files() {
    let scratch = Scratch::empty();
    let folder = RunFolder::create_at(&scratch.path().join("run")).unwrap();
    for name in [METRICS, RECORD] {
        let made = std::process::Command::new("mkfifo")
            .arg(folder.path().join(name))
            .status();
        assert!(made.unwrap().success());
    }
    let refusals = [
        folder.read_samples().map(drop),
        folder.metrics().map(drop),
        RunFolder::open(folder.path()).map(drop),
    ];
    for refusal in refusals {
        let refusal = refusal.unwrap_err().to_string();
        assert!(refusal.contains("no regular file"), "{refusal}");
    }
}

#[test]
fn samples_come_back_as_they_were_though_the_writer_was_killed() {
    let scratch = Scratch::empty();
    let folder = RunFolder::create_at(&scratch.path().join("run")).unwrap();
    assert_eq!(folder.read_samples().unwrap(), []);
    let mut metrics = folder.metrics().unwrap();
    for step in 0..3 {
        metrics.add(&sample(step)).unwrap();
    }
    let expected: Vec<Sample> = (0..3).map(sample).collect();
    assert_eq!(folder.read_samples().unwrap(), expected);
    let file = folder.path().join(METRICS);
    let whole = fs::read(&file).unwrap();
    for cut in 0..whole.len() {
        fs::write(&file, &whole[..cut]).unwrap();
        let read = folder.read_samples().unwrap();
        assert!(expected.starts_with(&read), "cut at {cut}");
    }
    fs::write(&file, "{}\n").unwrap();
    let refusal = folder.read_samples().unwrap_err().to_string();
    assert!(refusal.contains("line 1"), "{refusal}");
}

#[test]
fn refuses_records_that_it_does_not_know() {
    let scratch = Scratch::empty();
    let path = scratch.path().join("run");
    let folder = RunFolder::create_at(&path).unwrap();
    for (text, says) in [
        ("", "this is no record"),
        ("{}", "schema_version"),
        (
            r#"{"schema_version": 2, "new": 1}"#,
            "version 2, expected at most 1",
        ),
        (r#"{"schema_version": 1}"#, "missing field"),
    ] {
        folder.write(RECORD, text.as_bytes()).unwrap();
        let refusal = RunFolder::open(&path).unwrap_err().to_string();
        assert!(
            refusal.contains(says) && refusal.contains(RECORD),
            "{refusal}"
        );
    }
    let refusal = RunFolder::create_at(&path).unwrap_err().to_string();
    assert!(refusal.contains("has a record already"), "{refusal}");
    assert!(RunFolder::open(Path::new("/nowhere")).is_err());
}

#[test]
fn runs_that_begin_at_once_have_folders_of_their_own() {
    let scratch = Scratch::committed();
    let root = scratch.here();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let root = root.clone();
            std::thread::spawn(move || {
                (0..8)
                    .map(|_| RunFolder::create_below(&root).unwrap())
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let folders: Vec<RunFolder> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(
        list(&root).unwrap(),
        [],
        "a folder without a record is none of a run"
    );
    for folder in &folders {
        folder.write(RECORD, b"{}").unwrap();
    }
    fs::create_dir(root.join(".envelope/runs/other")).unwrap();
    let listed = list(&root).unwrap();
    assert_eq!(listed.len(), 64);
    assert!(listed.is_sorted());
    assert!(list(&root.join("nowhere")).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_run() {
    use std::os::unix::fs::PermissionsExt;
    let scratch = Scratch::committed();
    let folder = RunFolder::create_below(&scratch.here()).unwrap();
    let named = RunFolder::create_at(&scratch.here().join("out/run")).unwrap();
    for folder in [folder, named] {
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

/// Runs a training that fails in a dirty repository, by the example, which puts everything together
/// as a program would.
#[cfg(unix)]
fn recorded(scratch: &Scratch) -> (RunFolder, Record) {
    scratch.write(
        "train.py",
        "import time\nprint('training')\ntime.sleep(0.2)\nraise SystemExit(3)\n",
    );
    scratch.write("notes.txt", "new\n");
    let output = std::process::Command::new(example("record"))
        .args([
            "python3",
            "train.py",
            "--num-epochs",
            "2",
            "--api-key",
            "q7Xb2",
        ])
        .env("HF_TOKEN", "hf_of_somebody")
        .current_dir(scratch.here())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{log}");
    assert_eq!(output.stdout, b"training\n");
    let runs = list(&scratch.here()).unwrap();
    let [(id, path)] = &runs[..] else {
        panic!("{runs:?}");
    };
    let (folder, record) = RunFolder::open(path).unwrap();
    assert_eq!((&record.id, folder.id()), (id, id));
    (folder, record)
}

#[cfg(unix)]
#[test]
fn a_run_in_a_dirty_repository_is_recorded_whole() {
    let scratch = Scratch::committed();
    let (folder, record) = recorded(&scratch);
    assert_eq!(record.outcome.unwrap().exit, Exit::Code(3));
    let provenance = &record.provenance;
    let entrypoint = provenance.entrypoint.value().unwrap();
    assert_eq!(entrypoint.parameters["num-epochs"].to_string(), "2");
    let python = provenance.python.value().unwrap();
    assert!(python.packages.value().is_some());
    assert_eq!(provenance.environment["HF_TOKEN"], "***");
    assert!(folder.read_samples().unwrap().len() >= 2);
    let text = fs::read_to_string(folder.path().join(RECORD)).unwrap();
    assert!(!text.contains("q7Xb2") && !text.contains("hf_of_somebody"));
    let page = fs::read_to_string(folder.path().join(PAGE)).unwrap();
    assert!(page.contains("notes.txt"));
}

#[test]
fn ends_are_written_as_they_were_before_and_those_that_are_new() {
    for (exit, text) in [
        (Exit::Code(3), r#"{"code":3}"#),
        (Exit::Signal(9), r#"{"signal":9}"#),
        (Exit::NotStarted(127), r#"{"not_started":127}"#),
        (Exit::Unknown, r#""unknown""#),
    ] {
        assert_eq!(serde_json::to_string(&exit).unwrap(), text);
        assert_eq!(serde_json::from_str::<Exit>(text).unwrap(), exit);
    }
}

#[cfg(unix)]
#[test]
fn that_a_command_could_not_be_started_is_recorded() {
    let scratch = Scratch::committed();
    let output = std::process::Command::new(example("record"))
        .arg("no-such-program-anywhere")
        .current_dir(scratch.here())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(127), "{output:?}");
    let (_, path) = &list(&scratch.here()).unwrap()[0];
    let (_, record) = RunFolder::open(path).unwrap();
    let outcome = record.outcome.unwrap();
    assert_eq!(outcome.exit, Exit::NotStarted(127));
    assert_eq!(outcome.exit.shell_status(), 127);
}

#[cfg(unix)]
#[test]
fn the_patch_of_a_run_gives_a_clone_its_files() {
    let scratch = Scratch::committed();
    let (folder, record) = recorded(&scratch);
    let facts = record.provenance.git.value().unwrap();
    let commit = facts.commit.value().unwrap().as_ref().unwrap();
    let clone = scratch.path().join("clone");
    scratch.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    git(&clone, &["checkout", "-q", commit]);
    git(
        &clone,
        &["apply", folder.path().join(PATCH).to_str().unwrap()],
    );
    for file in ["train.py", "notes.txt", "data/labels.csv"] {
        let original = fs::read(scratch.here().join(file)).unwrap();
        assert_eq!(fs::read(clone.join(file)).unwrap(), original, "{file}");
    }
}
