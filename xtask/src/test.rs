//! `cargo xtask test`: everything the tests need, then all tests of the workspace.

use crate::failure::Failure;
use crate::process;
use crate::python;
use crate::workspace::Workspace;

/// Tells the tests where the Python environments are: `$ENVELOPE_TEST_PYTHON_DIR/NAME/bin/python`.
const PYTHON_FOLDER: &str = "ENVELOPE_TEST_PYTHON_DIR";

/// `test [ARGS]`: the arguments go to `cargo test --workspace`.
///
/// # Errors
/// When an environment cannot be made or a test fails.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let folder = python::prepare(workspace, &python::ENVIRONMENTS)?;
    let mut command = workspace.cargo();
    command
        .args(["test", "--workspace"])
        .args(arguments)
        .env(PYTHON_FOLDER, folder);
    process::run(&mut command)
}
