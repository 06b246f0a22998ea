//! Asking an interpreter which Python it is. It starts isolated: nothing of the user's is imported, and
//! no variable changes what it does.

use serde::Deserialize;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = "import json, platform, sys; print(json.dumps({'executable': sys.executable, \
    'version': platform.python_version(), 'implementation': platform.python_implementation()}))";

/// An interpreter that takes longer waits for something that will not come.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) executable: PathBuf,
    pub(super) version: String,
    pub(super) implementation: String,
}

pub(super) fn ask(
    interpreter: &Path,
    variables: &[(OsString, OsString)],
) -> Result<Answer, String> {
    let name = interpreter.display();
    let mut child = Command::new(interpreter)
        .args(["-I", "-S", "-c", PROGRAM])
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start `{name}`: {error}"))?;
    let status = wait(&mut child).map_err(|error| format!("`{name}` {error}"))?;
    let mut text = String::new();
    if let Some(mut said) = child.stdout.take() {
        said.read_to_string(&mut text)
            .map_err(|error| format!("cannot read what `{name}` says: {error}"))?;
    }
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line)
        .map_err(|_| format!("`{name}` does not say which Python it is ({status})"))
}

/// What it says fits into the pipe, so that it ends whether or not it is read.
fn wait(child: &mut Child) -> Result<std::process::ExitStatus, String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                // It may have ended just now; waiting for it takes leave of it in any case.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("does not answer within {} s", PATIENCE.as_secs()));
            }
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}
