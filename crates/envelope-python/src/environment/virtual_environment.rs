//! Virtual environments, made by uv or by `venv` and pip.

use super::cache::Place;
use super::program::Runner;
use super::{Environments, Interpreter, Recipe, python};
use crate::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

const MAKE: &str = "make a virtual environment";
const INSTALL: &str = "install the package's requirements";

/// Finds or makes an environment with uv.
pub(super) fn with_uv(
    environments: &Environments,
    recipe: &Recipe,
    progress: &mut dyn FnMut(&str),
) -> Result<Interpreter, Error> {
    let uv = environments.uv()?;
    let place = Place::new(&environments.cache, &recipe.key("uv", environments));
    place.obtain(environments, progress, |lock, progress| {
        let mut runner = environments.runner(progress);
        let notes = uv_venv(&uv, &place, recipe, lock, &mut runner)?;
        let python = place.environment().join("bin/python");
        for list in lists(recipe, &place.work())? {
            let mut install = Command::new(&uv);
            install.args(["pip", "install", "--python"]).arg(&python);
            install.arg("-r").arg(list).current_dir(place.work());
            runner.run(&mut install, lock)?.check("uv", INSTALL)?;
        }
        Ok(notes)
    })
}

/// Makes the bare environment: with the version asked for, else with the newest of the same minor
/// version, which the note says.
fn uv_venv(
    uv: &Path,
    place: &Place,
    recipe: &Recipe,
    lock: &File,
    runner: &mut Runner<'_>,
) -> Result<Vec<String>, Error> {
    let wanted = recipe.python();
    let minor = python::minor_version(wanted);
    let mut versions = vec![wanted.to_owned()];
    if minor != wanted {
        versions.push(minor);
    }
    let mut log = String::new();
    for version in &versions {
        let mut command = Command::new(uv);
        command.args(["venv", "--no-project", "--clear"]);
        command.arg(format!("--python={version}"));
        command.arg(place.environment()).current_dir(place.work());
        let finished = runner.run(&mut command, lock)?;
        if finished.status.success() {
            let made = version_of(&place.environment()).unwrap_or_else(|| version.clone());
            return Ok(note(wanted, &made));
        }
        if !log.is_empty() {
            log.push('\n');
        }
        log.push_str(&finished.log);
    }
    Err(Error::NoPython {
        wanted: wanted.to_owned(),
        tried: versions
            .iter()
            .map(|version| format!("Python {version}"))
            .collect(),
        log,
    })
}

/// What to say where the version is not the one asked for.
fn note(wanted: &str, made: &str) -> Vec<String> {
    let fits = made == wanted || made.starts_with(&format!("{wanted}."));
    let text = || format!("found no Python {wanted}, the package runs with {made}");
    if fits { Vec::new() } else { vec![text()] }
}

/// The version that uv wrote into an environment.
fn version_of(environment: &Path) -> Option<String> {
    let settings = fs::read_to_string(environment.join("pyvenv.cfg")).ok()?;
    let version = settings
        .lines()
        .find_map(|line| line.strip_prefix("version_info = "));
    version.map(|version| version.trim().to_owned())
}

/// Finds or makes an environment with a Python that is there, its `venv` and pip.
pub(super) fn with_pip(
    environments: &Environments,
    recipe: &Recipe,
    progress: &mut dyn FnMut(&str),
) -> Result<Interpreter, Error> {
    let place = Place::new(&environments.cache, &recipe.key("virtualenv", environments));
    place.obtain(environments, progress, |lock, progress| {
        let wanted = recipe.python();
        let (base, version) = python::fitting(environments, wanted)?;
        let mut runner = environments.runner(progress);
        let mut venv = Command::new(&base);
        venv.args(["-m", "venv"]).arg(place.environment());
        runner.run(&mut venv, lock)?.check("venv", MAKE)?;
        let python = place.environment().join("bin/python");
        for list in lists(recipe, &place.work())? {
            let mut pip = Command::new(&python);
            pip.args([
                "-m",
                "pip",
                "install",
                "--no-input",
                "--disable-pip-version-check",
                "-r",
            ]);
            pip.arg(list).current_dir(place.work());
            runner.run(&mut pip, lock)?.check("pip", INSTALL)?;
        }
        Ok(note(wanted, &version))
    })
}

/// Writes the lists to install, in order, into a folder in which the package's own files are found
/// by the names that its requirements give them.
fn lists(recipe: &Recipe, work: &Path) -> Result<Vec<String>, Error> {
    let root = recipe.root();
    for entry in fs::read_dir(root).map_err(Error::io("read", root))? {
        let name = entry.map_err(Error::io("read", root))?.file_name();
        let link = work.join(&name);
        std::os::unix::fs::symlink(root.join(&name), &link).map_err(Error::io("link", &link))?;
    }
    let mut written = Vec::new();
    for (number, lines) in recipe.lists().into_iter().enumerate() {
        // A name that no file of the package has.
        let name = format!("envelope-{number}-{}.txt", recipe.salt());
        let list = work.join(&name);
        fs::write(&list, lines.join("\n")).map_err(Error::io("write", &list))?;
        written.push(name);
    }
    Ok(written)
}
