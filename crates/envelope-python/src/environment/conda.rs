//! Conda environments, made by whichever of three programs is there.
//!
//! No conda channel can be reached where this crate is tested, so only the refusal is.

use super::cache::Place;
use super::{Environments, Interpreter, Recipe, program};
use crate::error::Error;
use std::path::Path;
use std::process::Command;

/// The programs, first wins.
const PROGRAMS: [&str; 3] = ["micromamba", "mamba", "conda"];

/// Finds or makes the conda environment of a recipe.
pub(super) fn create(
    environments: &Environments,
    recipe: &Recipe,
    progress: &mut dyn FnMut(&str),
) -> Result<Interpreter, Error> {
    let purpose = "make the package's conda environment";
    let conda = program::find(&environments.path, &PROGRAMS)
        .ok_or_else(|| program::none_of(&PROGRAMS, purpose))?;
    let name = conda
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let place = Place::new(&environments.cache, &recipe.key("conda", environments));
    place.obtain(environments, progress, |lock, progress| {
        let prefix = place.environment();
        let mut runner = environments.runner(progress);
        let mut command = creation(&conda, &name);
        command.arg("-p").arg(&prefix);
        command
            .arg("-f")
            .arg(recipe.file())
            .current_dir(recipe.root());
        runner.run(&mut command, lock)?.check(&name, purpose)?;
        if let Some(mlflow) = recipe.mlflow() {
            let mut pip = Command::new(prefix.join("bin/python"));
            pip.args(["-m", "pip", "install", mlflow]);
            runner.run(&mut pip, lock)?.check("pip", "install mlflow")?;
        }
        Ok(Vec::new())
    })
}

/// The command that makes an environment: micromamba has no `env` before `create`.
fn creation(conda: &Path, name: &str) -> Command {
    let mut command = Command::new(conda);
    match name {
        "micromamba" => command.args(["create", "-y"]),
        "mamba" => command.args(["env", "create", "-y"]),
        _ => command.args(["env", "create"]),
    };
    command
}
