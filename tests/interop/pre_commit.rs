//! The hooks, run by the real pre-commit: built from this repository, and from the wheel.

use crate::support::fixtures::repository;
use crate::support::python::program;
use crate::support::scratch::Scratch;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const REQUIREMENTS: &str = "\
jinja2==3.1.6
    # via jupyterlab
jupyterlab==4.4.0
    # via -r requirements.in
mlflow==3.1.0
    # via -r requirements.in
";
const PLAN: &str = "\
[[prune]]
input = \"requirements.txt\"
prune = [\"jupyterlab\"]
output = \"requirements-model.txt\"
report-full = \"requirements-graph-full.txt\"
";

/// A user's repository, with a home of its own for what pre-commit keeps.
struct User {
    scratch: Scratch,
}

impl User {
    fn new() -> Self {
        let user = Self {
            scratch: Scratch::new("pre-commit"),
        };
        fs::create_dir(user.folder()).unwrap();
        user.git(&["init", "--quiet"]);
        user.write("requirements.txt", REQUIREMENTS);
        user.write("envelope-deps.toml", PLAN);
        user.git(&["add", "--all"]);
        user
    }

    fn folder(&self) -> PathBuf {
        self.scratch.join("repository")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap()
    }

    fn git(&self, words: &[&str]) {
        let mut git = Command::new("git");
        let output = git.current_dir(self.folder()).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", said(&output));
    }

    /// Runs pre-commit here; says whether all hooks passed, and what was printed.
    fn pre_commit(&self, words: &[&str]) -> (bool, String) {
        let output = Command::new(program("peers", "pre-commit"))
            .current_dir(self.folder())
            .args(words)
            .args(["--all-files", "--verbose", "--color=never"])
            .env("PRE_COMMIT_HOME", self.scratch.join("home"))
            .env("CARGO_TARGET_DIR", target())
            .output()
            .unwrap();
        (output.status.success(), said(&output))
    }

    /// Passes when all is up to date, fails after an edit, and passes again after the hook that
    /// writes.
    fn goes_through_a_commit(&self) {
        let check = &["run", "envelope-deps-check"];
        let update = &["run", "envelope-deps"];
        let (passed, text) = self.pre_commit(update);
        assert!(
            !passed,
            "files that are not there yet count as changed: {text}"
        );
        self.git(&["add", "--all"]);
        let model = self.read("requirements-model.txt");
        assert_eq!(model, "mlflow==3.1.0\n    # via -r requirements.in\n");
        let (passed, text) = self.pre_commit(check);
        assert!(passed, "{text}");
        let edited = self
            .read("requirements.txt")
            .replace("mlflow==3.1.0", "mlflow==3.17.2");
        self.write("requirements.txt", &edited);
        self.git(&["add", "--all"]);
        let (passed, text) = self.pre_commit(check);
        assert!(!passed, "{text}");
        assert!(
            text.contains("- mlflow==3.1.0") && text.contains("+ mlflow==3.17.2"),
            "{text}"
        );
        assert_eq!(
            self.read("requirements-model.txt"),
            model,
            "a check writes nothing"
        );
        let (passed, text) = self.pre_commit(update);
        assert!(!passed, "{text}");
        self.git(&["add", "--all"]);
        for words in [check, update] {
            let (passed, text) = self.pre_commit(words);
            assert!(passed, "{text}");
        }
    }
}

/// Where the hook is built, so that runs share what they compile.
fn target() -> PathBuf {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap().join("hook")
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

/// The commit that is checked out here: what is not committed yet is not tested.
fn commit() -> String {
    let mut git = Command::new("git");
    let output = git
        .current_dir(repository())
        .args(["rev-parse", "HEAD"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_hooks_are_built_from_this_repository() {
    let user = User::new();
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n      - id: envelope-deps\n      - id: \
         envelope-deps-check\n",
        repository().display(),
        commit()
    );
    user.write(".pre-commit-config.yaml", &config);
    user.git(&["add", "--all"]);
    user.goes_through_a_commit();
}

#[test]
fn the_hooks_are_installed_from_the_wheel() {
    let user = User::new();
    let wheels = user.scratch.join("wheels");
    let output = Command::new(program("peers", "maturin"))
        .current_dir(repository())
        .args(["build", "--release", "--out"])
        .arg(&wheels)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let wheel = fs::read_dir(&wheels)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let hook = |id: &str, arguments: &str| {
        format!(
            "      - id: {id}\n        name: {id}\n        entry: envelope-deps {arguments}\n        \
             language: python\n        pass_filenames: false\n        \
             additional_dependencies: ['{}']\n",
            wheel.display()
        )
    };
    let hooks = hook("envelope-deps", "update") + &hook("envelope-deps-check", "update --check");
    let config = format!("repos:\n  - repo: local\n    hooks:\n{hooks}");
    user.write(".pre-commit-config.yaml", &config);
    user.git(&["add", "--all"]);
    user.goes_through_a_commit();
}
