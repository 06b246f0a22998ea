//! Real networks with random weights, exported by PyTorch, with its own answers beside them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::python;
use crate::workspace::Workspace;

/// The environment that exports them.
pub(crate) const ENVIRONMENT: &str = "torch-3.17.2";

/// The folder with `NAME.onnx` and `NAME.npz` for each of the names; each is made once.
///
/// # Errors
/// When the environment or a model cannot be made.
pub(crate) fn exported(workspace: &Workspace, names: &[&str]) -> Result<PathBuf, Failure> {
    let environment = python::named(ENVIRONMENT)?;
    let environments = python::prepare(workspace, std::slice::from_ref(environment))?;
    let script = workspace
        .root
        .join("xtask")
        .join("python")
        .join("export_models.py");
    let folder = workspace.target.join("models");
    let is_made = |name: &&&str| folder.join(format!("{name}.npz")).is_file();
    let missing: Vec<_> = names.iter().filter(|name| !is_made(name)).collect();
    if missing.is_empty() {
        return Ok(folder);
    }
    eprintln!("exporting {} models with PyTorch", missing.len());
    fs::create_dir_all(&folder).map_err(|source| Failure::io("make", &folder, source))?;
    let mut command = Command::new(environment.python(&environments));
    process::run_silently(command.arg(&script).arg(&folder).args(missing))?;
    Ok(folder)
}
