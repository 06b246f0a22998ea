//! The Python probe: which Python, and which packages it has, without starting it.
//!
//! An environment says all that in files: `pyvenv.cfg`, conda's records, the header with the version,
//! and a `dist-info` folder for each package, see
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>.

mod environment;
mod packages;
mod started;

use crate::known::Known;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

pub use packages::{PythonPackage, Source};
pub use started::ask;

/// What is known of a Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonFacts {
    /// Its version: `3.12.4`.
    pub version: Known<String>,
    /// Who made it: `CPython`.
    pub implementation: Known<String>,
    /// What kind of environment it is.
    pub environment: EnvironmentKind,
    /// The packages that it finds, in order of their names.
    pub packages: Known<Vec<PythonPackage>>,
}

/// What kind of environment a Python is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentKind {
    /// A virtual environment, of `venv`, `virtualenv` or `uv`.
    Virtual,
    /// One of conda's.
    Conda,
    /// None of its own.
    System,
}

/// Finds out about the Python of an interpreter, `.venv/bin/python`, from files alone. What they do not
/// say, [`ask`] finds out by starting it.
pub fn probe(interpreter: &Path) -> PythonFacts {
    let place = environment::Place::of(interpreter);
    let folders = place.site_packages();
    let packages = match folders.as_slice() {
        [] => Known::Unknown(format!(
            "found no folder of packages beside `{}`",
            interpreter.display()
        )),
        folders => Known::Value(packages::read(folders)),
    };
    PythonFacts {
        version: Known::of(place.version()),
        implementation: Known::of(place.implementation()),
        environment: place.kind(),
        packages,
    }
}

/// Finds the interpreter that a command means: the path itself, or the first of that name in the
/// folders of a `PATH`.
pub fn find(interpreter: &str, search_path: &std::ffi::OsStr) -> Option<PathBuf> {
    if interpreter.contains('/') {
        return Some(PathBuf::from(interpreter));
    }
    let mut folders = std::env::split_paths(search_path);
    folders.find_map(|folder| Some(folder.join(interpreter)).filter(|path| path.is_file()))
}
