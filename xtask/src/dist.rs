//! `cargo xtask dist`: the wheel of `envelope-deps`, for those who have Python and no Rust.

use crate::failure::Failure;
use crate::process;
use crate::python;
use crate::workspace::Workspace;
use std::fs;
use std::process::Command;

/// `dist [ARGS]`: the arguments go to `maturin build`.
///
/// # Errors
/// When the Python environment cannot be made, or the wheel cannot be built.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let environments = python::prepare(workspace, &[python::PEERS])?;
    let wheels = workspace.target.join("dist");
    fs::create_dir_all(&wheels).map_err(|source| Failure::io("make", &wheels, source))?;
    let maturin = environments
        .join(python::PEERS.name)
        .join("bin")
        .join("maturin");
    let mut command = Command::new(maturin);
    command
        .current_dir(&workspace.root)
        .args(["build", "--release", "--locked", "--out"])
        .arg(&wheels)
        .args(arguments);
    process::run(&mut command)?;
    println!("The wheel is in {}", workspace.relative(&wheels).display());
    Ok(())
}
