//! Environments made by real uv and pip, from the package index.

use crate::support::{Scratch, fixture, limits, program, quiet};
use envelope_format::package::Package;
use envelope_python::{
    ContentType, EnvManager, Environments, Error, Interpreter, Recipe, Request, Trust, Wanted,
    Worker,
};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const UV: Wanted = Wanted {
    manager: EnvManager::Uv,
    install_mlflow: false,
};

/// The environments of a test, made by the real uv.
fn environments(scratch: &Scratch) -> Environments {
    Environments {
        cache: scratch.join("cache"),
        uv: Some(program("tools", "uv")),
        path: std::env::var_os("PATH").unwrap(),
        variables: quiet(),
        ..Environments::default()
    }
}

/// The Python version of the test's own environments, `3.11.7`.
fn version() -> String {
    let question = "import platform; print(platform.python_version())";
    let output = Command::new(program("tools", "python"))
        .args(["-c", question])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A package that asks for a Python version and requirements.
fn package(root: &Path, python: &str, requirements: &str) -> Package {
    std::fs::create_dir_all(root).unwrap();
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
    write(
        "MLmodel",
        "flavors:\n  python_function: {loader_module: own}\nmlflow_version: 3.17.2\n",
    );
    write(
        "python_env.yaml",
        &format!(
            "python: {python}\nbuild_dependencies: []\ndependencies: ['-r requirements.txt']\n"
        ),
    );
    write("requirements.txt", requirements);
    Package::open(root).unwrap()
}

fn has(interpreter: &Interpreter, module: &str) -> bool {
    let mut command = Command::new(&interpreter.python);
    command.args(["-c", &format!("import {module}")]);
    command.output().unwrap().status.success()
}

/// A recipe that needs no MLflow, and is there in a second.
fn small(scratch: &Scratch, requirements: &str) -> Recipe {
    Recipe::read(
        &package(&scratch.join("package"), &version(), requirements),
        false,
    )
    .unwrap()
}

#[test]
fn makes_an_environment_once_for_the_same_contents() {
    let scratch = Scratch::new("once");
    let environments = environments(&scratch);
    for manager in [EnvManager::Uv, EnvManager::Virtualenv] {
        let mut lines = Vec::new();
        let mut make = |requirements: &str| {
            lines.clear();
            let recipe = small(&scratch, requirements);
            let progress = &mut |line: &str| lines.push(line.to_owned());
            let made = environments.make(&recipe, manager, progress).unwrap();
            (made, lines.join("\n"))
        };
        let (first, log) = make("six==1.16.0");
        assert!(
            has(&first, "six") && !has(&first, "idna"),
            "{manager}: {log}"
        );
        assert!(log.contains("six"), "{manager}: {log}");
        assert_eq!(first.notes, Vec::<String>::new(), "{manager}");
        let (second, log) = make("six==1.16.0");
        assert_eq!((second, log.as_str()), (first.clone(), ""), "{manager}");
        let (other, _) = make("six==1.16.0\nidna==3.7\n");
        assert_ne!(other.python, first.python, "{manager}");
    }
}

#[test]
fn files_that_requirements_name_are_found_and_are_part_of_the_key() {
    let scratch = Scratch::new("files");
    let environments = environments(&scratch);
    let root = scratch.join("package");
    package(&root, &version(), "-r sub/more.txt\n-c constraints.txt\n");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    std::fs::write(root.join("sub/more.txt"), "six\n").unwrap();
    let mut made = Vec::new();
    for pin in ["1.16.0", "1.15.0"] {
        std::fs::write(root.join("constraints.txt"), format!("six=={pin}\n")).unwrap();
        let recipe = Recipe::read(&Package::open(&root).unwrap(), false).unwrap();
        let interpreter = environments
            .make(&recipe, EnvManager::Uv, &mut |_| {})
            .unwrap();
        let question = ["-c", "import six; print(six.__version__)"];
        let output = Command::new(&interpreter.python)
            .args(question)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), pin);
        made.push(interpreter.python);
    }
    assert_ne!(made[0], made[1]);
}

#[test]
fn two_at_once_make_one_environment() {
    let scratch = Scratch::new("two");
    let environments = environments(&scratch);
    let recipe = small(&scratch, "six==1.16.0");
    let lines = Mutex::new(Vec::new());
    let obtain = || {
        let mut progress = |line: &str| lines.lock().unwrap().push(line.to_owned());
        environments
            .make(&recipe, EnvManager::Uv, &mut progress)
            .unwrap()
    };
    let made: Vec<Interpreter> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(obtain)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(made.iter().all(|one| *one == made[0]) && has(&made[0], "six"));
    let lines = lines.into_inner().unwrap();
    let built = lines
        .iter()
        .filter(|line| line.contains("six==1.16.0"))
        .count();
    assert_eq!(built, 1, "{lines:?}");
}

/// The test below, in a process that is killed in the middle.
const KILLED: &str = "ENVELOPE_PYTHON_KILLED";

#[test]
fn an_environment_whose_maker_was_killed_is_made_again() {
    if let Some(scratch) = std::env::var_os(KILLED) {
        let root = Path::new(&scratch);
        let slow = root.join("slow");
        let environments = Environments {
            cache: root.join("cache"),
            uv: Some(slow),
            ..Environments::default()
        };
        let recipe = Recipe::read(&Package::open(&root.join("package")).unwrap(), false).unwrap();
        let _ = environments.make(&recipe, EnvManager::Uv, &mut |_| {});
        return;
    }
    let scratch = Scratch::new("killed");
    // A uv that makes the environment and then installs for a while; it outlives its parent.
    let uv = program("tools", "uv");
    let mark = scratch.join("installing");
    let script = format!(
        "#!/bin/sh\nif [ $1 = pip ]; then touch {mark}; sleep 3; touch {mark}.late; fi\n\
         exec {uv} \"$@\"\n",
        mark = mark.display(),
        uv = uv.display()
    );
    let slow = scratch.join("slow");
    std::fs::write(&slow, script).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&slow, executable).unwrap();
    let recipe = small(&scratch, "six==1.16.0");
    let mut killed = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "environments::an_environment_whose_maker_was_killed_is_made_again",
        ])
        .env(KILLED, scratch.path())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !mark.exists() {
        assert!(Instant::now() < deadline, "uv was never asked to install");
        std::thread::sleep(Duration::from_millis(10));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    // The program that it started still runs, and holds the lock as long.
    let mut lines = Vec::new();
    let mut progress = |line: &str| lines.push(line.to_owned());
    let made = environments(&scratch)
        .make(&recipe, EnvManager::Uv, &mut progress)
        .unwrap();
    assert!(
        lines[0].starts_with("waiting for another process"),
        "{lines:?}"
    );
    assert!(scratch.join("installing.late").exists());
    assert!(has(&made, "six"));
}

#[test]
fn a_failed_installation_says_why_and_is_tried_again() {
    let scratch = Scratch::new("failed");
    let environments = environments(&scratch);
    for manager in [EnvManager::Uv, EnvManager::Virtualenv] {
        for _ in 0..2 {
            let recipe = small(&scratch, "six==99.99");
            let error = environments
                .make(&recipe, manager, &mut |_| {})
                .unwrap_err();
            assert!(
                matches!(&error, Error::Install { .. }),
                "{manager}: {error}"
            );
            assert!(
                error.log().unwrap().contains("six==99.99"),
                "{manager}: {error}"
            );
        }
    }
}

#[test]
fn a_version_that_is_not_there_falls_back_to_its_minor_version_or_is_refused() {
    let scratch = Scratch::new("version");
    let variables = vec![("UV_PYTHON_DOWNLOADS".into(), "never".into())];
    let environments = Environments {
        variables,
        ..environments(&scratch)
    };
    let minor = version().rsplit_once('.').unwrap().0.to_owned();
    for manager in [EnvManager::Uv, EnvManager::Virtualenv] {
        let read = |python: &str| {
            let package = package(&scratch.join("package"), python, "six==1.16.0");
            Recipe::read(&package, false).unwrap()
        };
        let recipe = read(&format!("{minor}.99"));
        let made = environments.make(&recipe, manager, &mut |_| {}).unwrap();
        let note = format!("found no Python {minor}.99, the package runs with {minor}.");
        assert!(
            made.notes[0].starts_with(&note),
            "{manager}: {:?}",
            made.notes
        );
        let again = environments.make(&recipe, manager, &mut |_| {}).unwrap();
        assert_eq!(again.notes, made.notes, "{manager}");

        let error = environments
            .make(&read("3.2.1"), manager, &mut |_| {})
            .unwrap_err();
        assert!(
            matches!(&error, Error::NoPython { .. }),
            "{manager}: {error}"
        );
        let message = error.to_string();
        assert!(
            message.starts_with("found no Python 3.2.1, looked for"),
            "{message}"
        );
        assert!(!error.log().unwrap().is_empty());
    }
}

#[test]
fn refuses_what_says_nothing_usable() {
    let scratch = Scratch::new("unusable");
    let environments = environments(&scratch);
    let root = scratch.join("package");
    let prepare = |package: &Package| environments.prepare(package, UV, &mut |_| {}).unwrap_err();

    let error = prepare(&package(&root, "3.11.7", "six==1.16.0\n"));
    assert!(error.lacks_mlflow(), "{error}");
    assert_eq!(
        error.to_string(),
        "`requirements.txt` does not require mlflow, expected it among the requirements"
    );
    let error = prepare(&package(&root, "../evil/python", "mlflow\n"));
    assert!(
        error.to_string().contains("expected digits and points"),
        "{error}"
    );

    std::fs::remove_file(root.join("python_env.yaml")).unwrap();
    let error = prepare(&Package::open(&root).unwrap());
    assert!(
        error
            .to_string()
            .contains("expected it or `python_env.yaml`"),
        "{error}"
    );
    let conda = |dependencies: &str| {
        std::fs::write(
            root.join("conda.yaml"),
            format!("dependencies: [{dependencies}]\n"),
        )
        .unwrap();
        Recipe::read(&Package::open(&root).unwrap(), false)
    };
    let error = conda("python=3.11.7, cudatoolkit=11").unwrap_err();
    assert!(error.to_string().contains("`cudatoolkit=11`"), "{error}");
    let recipe = conda("python=3.11.7, pip<=23.2.1, {pip: [mlflow]}").unwrap();
    assert_eq!(recipe.python(), "3.11.7");
    assert!(recipe.check_mlflow().is_ok());

    let without = Environments {
        uv: None,
        path: scratch.path().into(),
        ..environments.clone()
    };
    let error = without
        .make(&recipe, EnvManager::Uv, &mut |_| {})
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "found none of the programs `uv`, expected one to make the package's environment"
    );
}

#[test]
fn local_takes_the_python_that_is_there() {
    let scratch = Scratch::new("local");
    let package = package(&scratch.join("package"), "3.1", "");
    let wanted = Wanted {
        manager: EnvManager::Local,
        install_mlflow: false,
    };
    let tools = program("tools", "python");
    let mut environments = Environments {
        path: tools.parent().unwrap().into(),
        ..Environments::default()
    };
    let found = environments.prepare(&package, wanted, &mut |_| {}).unwrap();
    assert_eq!(found.python, tools.with_file_name("python3"));
    environments.python = Some("/some/python".into());
    let found = environments.prepare(&package, wanted, &mut |_| {}).unwrap();
    assert_eq!(found.python, Path::new("/some/python"));
    let nowhere = Environments {
        path: scratch.path().into(),
        ..Environments::default()
    };
    assert!(matches!(
        nowhere.prepare(&package, wanted, &mut |_| {}),
        Err(Error::NoProgram { .. })
    ));
}

#[test]
fn a_scikit_learn_package_runs_in_the_environment_that_uv_makes_for_it() {
    let scratch = Scratch::new("sklearn");
    let package = fixture("packages/v3.17.2/sklearn_default", &scratch);
    // The requirements do not name MLflow, so that what installs it is tested as well.
    let requirements = package.root().join("requirements.txt");
    let text = std::fs::read_to_string(&requirements).unwrap();
    std::fs::write(&requirements, text.replace("mlflow==3.17.2\n", "")).unwrap();
    let environments = environments(&scratch);
    assert!(
        environments
            .prepare(&package, UV, &mut |_| {})
            .unwrap_err()
            .lacks_mlflow()
    );
    let wanted = Wanted {
        install_mlflow: true,
        ..UV
    };
    let interpreter = environments.prepare(&package, wanted, &mut |_| {}).unwrap();
    let limits = limits(&scratch);
    let mut worker = Worker::start(&package, &interpreter, Trust::NoPickles, &limits).unwrap();
    assert_eq!(worker.facts().mlflow_version, "3.17.2");
    let payload = std::fs::read(package.root().join("serving_input_example.json")).unwrap();
    let answer = worker
        .predict(&Request::new(ContentType::Json, &payload))
        .unwrap();
    let answer = String::from_utf8(answer.document).unwrap();
    assert!(answer.starts_with("{\"predictions\": ["), "{answer}");
}
