//! The Python probe: which Python a program is, and which packages it would import. Files are read;
//! Python itself is started only where they do not say enough, and then runs nothing of the user's.
//!
//! What the packages are for is not known here; requirements are for another crate.

mod layout;
mod packages;
mod question;
pub(crate) mod shim;

use crate::known::Known;
use layout::Layout;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Which Python to look at, and how.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// The interpreter: of a virtual environment the link inside it, since that is what makes it one.
    pub interpreter: &'a Path,
    /// The value of `PYTHONPATH`, where packages are found before all others.
    pub python_path: Option<&'a OsStr>,
    /// The folder of packages that the user has installed for himself: `~/.local`.
    pub user_base: Option<&'a Path>,
    /// Variables to start the interpreter with, where it has to be asked; nothing for never.
    pub ask_with: Option<Vec<(OsString, OsString)>>,
}

/// A Python and its packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    /// `3.12.4`, or `3.12` where no more is written anywhere and the interpreter was not asked.
    pub version: Known<String>,
    /// `CPython` or `PyPy`.
    pub implementation: Known<String>,
    /// What kind of installation it is.
    pub installation: Installation,
    /// The packages that can be imported, in order of their names. Of two with one name, the first on
    /// the path.
    pub packages: Known<Vec<Package>>,
    /// What conda has installed, Python's packages and others, in order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conda_packages: Vec<CondaPackage>,
}

/// The kinds of installations of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Installation {
    /// A virtual environment.
    Virtual,
    /// An environment of conda.
    Conda,
    /// One that stands by itself.
    Base,
}

/// An installed package of Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name, as it spells it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from, if not from an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Where a package comes from that comes from no index, as installers [record] it.
///
/// [record]: https://packaging.python.org/en/latest/specifications/direct-url/
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The address, without credentials; of a file or folder its last part, since the rest names one
    /// machine.
    pub url: String,
    /// The commit, where it is a repository's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether its files are used where they are, so that what is written here says little of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub editable: bool,
}

/// What conda has installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CondaPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Which build of the version it is.
    pub build: String,
}

/// Reads which Python an interpreter is.
///
/// It is unknown where nothing is installed around the interpreter in a way that is known here, and
/// the interpreter was not to be asked or gave no answer.
pub fn probe(search: &Search<'_>) -> Known<Python> {
    let layout = match Layout::read(search.interpreter) {
        Ok(layout) if layout.is_complete() || search.ask_with.is_none() => Ok(layout),
        incomplete => ask(search, incomplete),
    };
    Known::of(layout.map(|layout| describe(search, layout)))
}

/// Asks the interpreter what its files do not say, such as where it is behind a script of the same
/// name.
fn ask(search: &Search<'_>, found: Result<Layout, String>) -> Result<Layout, String> {
    let variables = search.ask_with.as_deref().unwrap_or_default();
    let answer = match (question::ask(search.interpreter, variables), found) {
        (Ok(answer), _) => answer,
        (Err(_), Ok(layout)) => return Ok(layout),
        (Err(refusal), Err(_)) => return Err(refusal),
    };
    let mut layout = Layout::read(&answer.executable)?;
    layout.version = Some(answer.version);
    layout.implementation = Some(answer.implementation);
    Ok(layout)
}

fn describe(search: &Search<'_>, layout: Layout) -> Python {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(python_path) = search.python_path {
        folders
            .extend(std::env::split_paths(python_path).filter(|path| !path.as_os_str().is_empty()));
    }
    if let (Some(base), true) = (search.user_base, layout.sees_user) {
        folders.extend(layout.in_user_base(base));
    }
    folders.extend(layout.folders.iter().cloned());
    let not_written = |what: &str| format!("the files of the installation do not say the {what}");
    Python {
        version: Known::of(layout.version.ok_or_else(|| not_written("version"))),
        implementation: Known::of(
            layout
                .implementation
                .ok_or_else(|| not_written("implementation")),
        ),
        installation: layout.installation,
        packages: Known::of(packages::read(&folders)),
        conda_packages: layout.conda_packages,
    }
}
