//! Real networks with random weights, exported by PyTorch, with its own answers beside them; and a
//! chain of small nodes.

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
    let mut command = script(workspace, "export_models.py")?;
    let folder = folder(workspace)?;
    let is_made = |name: &&&str| folder.join(format!("{name}.npz")).is_file();
    let missing: Vec<_> = names.iter().filter(|name| !is_made(name)).collect();
    if missing.is_empty() {
        return Ok(folder);
    }
    eprintln!("exporting {} models with PyTorch", missing.len());
    process::run_silently(command.arg(&folder).args(missing))?;
    Ok(folder)
}

/// The folder with `chain.onnx` and `chain.npz`, a model of so many nodes on tiny tensors.
///
/// # Errors
/// When the environment or the model cannot be made.
pub(crate) fn chain(workspace: &Workspace, nodes: usize) -> Result<PathBuf, Failure> {
    let folder = folder(workspace)?;
    let mut command = script(workspace, "chain_model.py")?;
    process::run_silently(command.arg(&folder).arg(nodes.to_string()))?;
    Ok(folder)
}

/// A script of ours with the interpreter that runs it.
fn script(workspace: &Workspace, name: &str) -> Result<Command, Failure> {
    let environment = python::named(ENVIRONMENT)?;
    let environments = python::prepare(workspace, std::slice::from_ref(environment))?;
    let mut command = Command::new(environment.python(&environments));
    command.arg(workspace.root.join("xtask").join("python").join(name));
    Ok(command)
}

fn folder(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let folder = workspace.target.join("models");
    fs::create_dir_all(&folder).map_err(|source| Failure::io("make", &folder, source))?;
    Ok(folder)
}
