//! From what was asked for to what is installed: by calling `uv pip compile`, and only on request.
//!
//! It is the one place that starts a program and may use the network. The program is handed in.

use crate::environment::Platform;
use crate::error::Error;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What is resolved, for which environment, and by which program.
#[derive(Clone, Copy, Debug)]
pub struct Resolve<'a> {
    /// What was asked for, such as `requirements.in`.
    pub requirements: &'a Path,
    /// The Python version, such as `3.11`; that of the Python that uv finds when none is given.
    pub python_version: Option<&'a str>,
    /// The platform; every platform when none is given.
    pub platform: Option<Platform>,
    /// `uv`.
    pub program: &'a Path,
}

/// As much of what a program says as is passed on.
const LIMIT_BYTES: usize = 8 * 1024;

/// Resolves requirements to a compiled list, with comments that say who needs what.
///
/// # Errors
///
/// [`Error::Program`] when uv cannot be started or does not find a resolution, with what it said.
pub fn resolve_with_uv(resolve: &Resolve) -> Result<String, Error> {
    let shown = resolve.program.display().to_string();
    let failed = |message: String| Error::Program {
        program: format!("{shown} pip compile"),
        message,
    };
    let output = command(resolve)
        .output()
        .map_err(|error| failed(format!("it cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(failed(said(&output)));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("its output is not UTF-8".to_owned()))
}

/// The command, in the folder of the requirements, so that comments name files from there.
fn command(resolve: &Resolve) -> Command {
    let is_path = resolve.program.components().count() > 1;
    // A path is seen from here, and not from the folder in which the program is started.
    let absolute = std::path::absolute(resolve.program)
        .ok()
        .filter(|_| is_path);
    let mut command = Command::new(absolute.as_deref().unwrap_or(resolve.program));
    let folder = resolve
        .requirements
        .parent()
        .filter(|folder| *folder != Path::new(""));
    command.current_dir(folder.unwrap_or(Path::new(".")));
    command.stdin(Stdio::null());
    command.args(["pip", "compile", "--quiet", "--color", "never"]);
    command.args([
        "--no-header",
        "--annotation-style",
        "split",
        "--no-strip-extras",
    ]);
    if let Some(version) = resolve.python_version {
        command.args(["--python-version", version]);
    }
    match resolve.platform {
        Some(platform) => command.args(["--python-platform", name_of(platform)]),
        None => command.arg("--universal"),
    };
    command.arg("--");
    command.arg(resolve.requirements.file_name().unwrap_or_default());
    command
}

/// What uv calls a platform.
fn name_of(platform: Platform) -> &'static str {
    match platform {
        Platform::LinuxX86_64 => "x86_64-unknown-linux-gnu",
        Platform::LinuxAarch64 => "aarch64-unknown-linux-gnu",
        Platform::MacosX86_64 => "x86_64-apple-darwin",
        Platform::MacosArm64 => "aarch64-apple-darwin",
        Platform::WindowsX86_64 => "x86_64-pc-windows-msvc",
        Platform::WindowsArm64 => "aarch64-pc-windows-msvc",
    }
}

/// What a program said before it failed.
fn said(output: &Output) -> String {
    let text = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let text = &text[..text.len().min(LIMIT_BYTES)];
    let text = String::from_utf8_lossy(text).trim().to_owned();
    if text.is_empty() {
        return format!("it ended with {}", output.status);
    }
    text
}
