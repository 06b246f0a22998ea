//! Repositories to try things on, made with the program `git` and none of its user's settings.

use envelope_capture::GitProgram;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that goes when the test is over, with a repository in `here`.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A repository in `here`, without a commit.
    pub(crate) fn unborn() -> Self {
        let scratch = Self::empty();
        fs::create_dir(scratch.here()).unwrap();
        scratch.git(&["init", "-q", "-b", "main"]);
        scratch
    }

    /// A repository in `here` with one commit of a few files.
    pub(crate) fn committed() -> Self {
        let scratch = Self::unborn();
        scratch.write("train.py", "import torch\n\nprint('trained')\n");
        scratch.write("data/labels.csv", "id,label\n1,cat\n2,dog\n");
        scratch.commit("first");
        scratch
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn here(&self) -> PathBuf {
        self.path().join("here")
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.here().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git in `here`, and gives what it says.
    pub(crate) fn git(&self, words: &[&str]) -> String {
        git(&self.here(), words)
    }
}

/// What is in a folder: for each file that is not git's own, its kind and its contents.
pub(crate) type Files = BTreeMap<PathBuf, (char, Vec<u8>)>;

/// Reads all files of a folder, those of git left out; links with where they point.
pub(crate) fn files(root: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_owned();
            if metadata.is_symlink() {
                let target = fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes();
                found.insert(name, ('l', target));
            } else if metadata.is_dir() && !path.ends_with(".git") {
                folders.push(path);
            } else if metadata.is_file() && !path.ends_with(".git") {
                let kind = if metadata.permissions().mode() & 0o100 == 0 {
                    'f'
                } else {
                    'x'
                };
                found.insert(name, (kind, fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// What a user's environment may be: nothing of this machine but its programs.
pub(crate) fn environment() -> Vec<(OsString, OsString)> {
    let path = std::env::var_os("PATH").unwrap();
    let set = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
    vec![
        ("PATH".into(), path),
        set("GIT_CONFIG_NOSYSTEM", "1"),
        set("GIT_CONFIG_GLOBAL", "/dev/null"),
    ]
}

pub(crate) fn program() -> GitProgram {
    GitProgram::new("git", environment())
}

/// A program that is not there.
pub(crate) fn no_program() -> GitProgram {
    GitProgram::new("/nowhere/git", environment())
}

/// A program in an environment with some more variables.
pub(crate) fn program_with(path: &str, variables: &[(&str, &str)]) -> GitProgram {
    let more = variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    GitProgram::new(path, environment().into_iter().chain(more))
}

/// Runs git in a folder, and gives what it says.
pub(crate) fn git(folder: &Path, words: &[&str]) -> String {
    let output = git_output(folder, words);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "git {words:?} in {}: {log}",
        folder.display()
    );
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

pub(crate) fn git_output(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.env_clear().envs(environment()).current_dir(folder);
    for (who, value) in [("NAME", "A U Thor"), ("EMAIL", "author@host.example")] {
        command.env(format!("GIT_AUTHOR_{who}"), value);
        command.env(format!("GIT_COMMITTER_{who}"), value);
    }
    command.args([
        "-c",
        "protocol.file.allow=always",
        "-c",
        "advice.detachedHead=false",
    ]);
    command
        .args(words)
        .output()
        .expect("there is no git: `apt-get install git`")
}

/// An example, which `cargo test` builds beside the tests: a program of its own, for what takes over
/// things that a process has only one of.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap();
    let example = built.join("examples").join(name);
    assert!(
        example.exists(),
        "`{}` is not there: `cargo build -p envelope-capture --examples`",
        example.display()
    );
    example
}
