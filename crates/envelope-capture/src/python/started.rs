//! What a Python says of itself, for those that no file describes: behind a script that chooses one,
//! or laid out by hand.

use super::{EnvironmentKind, PythonFacts, packages};
use crate::known::Known;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const QUESTION: &str = "import json, platform, sys; print(json.dumps({\
    'version': platform.python_version(), 'implementation': platform.python_implementation(), \
    'executable': sys.executable, 'virtual': sys.prefix != sys.base_prefix, 'prefix': sys.prefix, \
    'path': [part for part in sys.path if part]}))";

/// The answer.
#[derive(Deserialize)]
struct Answer {
    version: String,
    implementation: String,
    executable: PathBuf,
    r#virtual: bool,
    prefix: PathBuf,
    path: Vec<PathBuf>,
}

/// Asks a Python by starting it, in the environment given; gives what it says with where it lies.
///
/// # Errors
/// It cannot be started, it fails, or it says something else.
pub fn ask(
    interpreter: &Path,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<(PythonFacts, PathBuf), String> {
    let shown = interpreter.display();
    let mut command = Command::new(interpreter);
    command.env_clear().envs(environment).args(["-c", QUESTION]);
    let output = command
        .output()
        .map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{shown}` failed ({})", output.status));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`{shown}` does not say what it is: {error}"))?;
    let environment = match answer {
        Answer {
            r#virtual: true, ..
        } => EnvironmentKind::Virtual,
        _ if answer.prefix.join("conda-meta").is_dir() => EnvironmentKind::Conda,
        _ => EnvironmentKind::System,
    };
    let facts = PythonFacts {
        version: Known::Value(answer.version),
        implementation: Known::Value(answer.implementation),
        environment,
        packages: Known::Value(packages::read(&answer.path)),
    };
    Ok((facts, answer.executable))
}
