//! Runs the binary in a folder of its own, and writes small packages there.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A folder in which commands are run.
pub(crate) struct Scratch {
    folder: TempDir,
}

/// What a command answered.
pub(crate) struct Answer {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The variables that change what the command says; each test starts without them.
const VARIABLES: [&str; 7] = [
    "SOURCE_DATE_EPOCH",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "TERM",
];

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command in this folder.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_envelope"));
        command
            .current_dir(self.folder.path())
            .args(words)
            .stdin(Stdio::null());
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn envelope(&self, words: &[&str]) -> Answer {
        Answer::of(&self.command(words).output().unwrap())
    }

    /// The same with variables of the environment set.
    pub(crate) fn envelope_with(&self, words: &[&str], variables: &[(&str, &str)]) -> Answer {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        Answer::of(&command.output().unwrap())
    }

    /// Runs a command that prints JSON.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let answer = self.envelope(words);
        serde_json::from_str(&answer.out)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {}{}", answer.out, answer.err))
    }

    /// A spec of kind `code` with all that it names.
    pub(crate) fn write_spec(&self) {
        self.write("model.py", MODEL);
        self.write("envelope.yaml", SPEC);
    }

    /// The package of [`Scratch::write_spec`], in the folder `doubler`.
    pub(crate) fn package(&self) {
        self.write_spec();
        let answer = self.envelope(&["package"]);
        assert_eq!(answer.status, 0, "{}", answer.err);
    }

    /// A package with nothing but the `MLmodel` given.
    pub(crate) fn write_mlmodel(&self, mlmodel: &str) {
        self.write("p/MLmodel", mlmodel);
    }
}

impl Answer {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            status: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

const MODEL: &str = "\
import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


mlflow.models.set_model(Doubler())
";

pub(crate) const SPEC: &str = "\
name: doubler
kind: code
description: Doubles a number.
python: 3.11.7
mlflow: 3.17.2
model:
  file: model.py
requirements:
  - pandas==2.2.2
signature:
  inputs: [{type: double, name: x, required: true}]
  outputs: [{type: double, name: y, required: true}]
params:
  - {name: times, type: long, default: 2, shape: null}
example:
  input: {columns: [x], data: [[1.5], [2.0]]}
metadata: {author: me}
tags: {stage: test}
";

/// The repository's own example.
pub(crate) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../example")
}
