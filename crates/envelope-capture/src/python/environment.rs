//! Where a Python lies, and what its folders say about it.

use super::EnvironmentKind;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An interpreter, its environment, and the installation behind it.
pub(super) struct Place {
    interpreter: PathBuf,
    /// The folder above `bin`.
    prefix: PathBuf,
    /// The same of the Python that the environment was made from, or the same folder.
    base: PathBuf,
    /// What `pyvenv.cfg` says.
    settings: BTreeMap<String, String>,
}

impl Place {
    pub(super) fn of(interpreter: &Path) -> Self {
        let above = |path: &Path| path.parent().and_then(Path::parent).map(Path::to_owned);
        let prefix = above(interpreter).unwrap_or_default();
        let text = fs::read_to_string(prefix.join("pyvenv.cfg")).unwrap_or_default();
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let settings =
            pairs.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
        let real = interpreter
            .canonicalize()
            .unwrap_or_else(|_| interpreter.to_owned());
        let base = above(&real).unwrap_or_else(|| prefix.clone());
        Self {
            interpreter: real,
            prefix,
            base,
            settings: settings.collect(),
        }
    }

    pub(super) fn kind(&self) -> EnvironmentKind {
        if self.prefix.join("pyvenv.cfg").is_file() {
            return EnvironmentKind::Virtual;
        }
        if self.prefix.join("conda-meta").is_dir() {
            return EnvironmentKind::Conda;
        }
        EnvironmentKind::System
    }

    /// The version, as exactly as any of the files has it.
    pub(super) fn version(&self) -> Result<String, String> {
        let said = ["version_info", "version"]
            .iter()
            .find_map(|name| self.settings.get(*name));
        let said = said
            .map(|text| release(text))
            .filter(|text| text.matches('.').count() >= 2);
        let found = said
            .or_else(|| self.header())
            .or_else(|| self.conda_record())
            .or_else(|| self.short());
        found.ok_or_else(|| {
            format!(
                "found nothing that says the version of `{}`",
                self.interpreter.display()
            )
        })
    }

    /// The header for those who write extensions in C.
    fn header(&self) -> Option<String> {
        let name = format!("include/python{}/patchlevel.h", self.short()?);
        let text = fs::read_to_string(self.base.join(name)).ok()?;
        let mut lines = text.lines();
        let quoted =
            lines.find_map(|line| line.strip_prefix("#define PY_VERSION")?.split('"').nth(1))?;
        Some(quoted.to_owned())
    }

    /// The name of conda's record: `conda-meta/python-3.12.4-h99e199e_1.json`.
    fn conda_record(&self) -> Option<String> {
        let entries = fs::read_dir(self.prefix.join("conda-meta")).ok()?.flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_version = |text: &String| text.starts_with(|letter: char| letter.is_ascii_digit());
        let versions = names.filter_map(|name| {
            let version = name.strip_prefix("python-")?.split('-').next()?;
            Some(version.to_owned())
        });
        versions.filter(is_version).max()
    }

    /// The version without its last part, as the names of files and folders have it.
    fn short(&self) -> Option<String> {
        let of_name = |name: &str| {
            let version = name
                .strip_prefix("python")
                .or_else(|| name.strip_prefix("pypy"))?;
            let version: String = version
                .chars()
                .take_while(|letter| letter.is_ascii_digit() || *letter == '.')
                .collect();
            version
                .contains('.')
                .then(|| version.trim_end_matches('.').to_owned())
        };
        let name = self.interpreter.file_name().and_then(|name| name.to_str());
        let folders = || {
            fs::read_dir(self.prefix.join("lib"))
                .into_iter()
                .flatten()
                .flatten()
        };
        let names = folders().map(|entry| entry.file_name().to_string_lossy().into_owned());
        name.and_then(of_name)
            .or_else(|| names.filter_map(|name| of_name(&name)).max())
    }

    pub(super) fn implementation(&self) -> Result<String, String> {
        if let Some(said) = self.settings.get("implementation") {
            return Ok(said.clone());
        }
        let name = self
            .interpreter
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        match name.unwrap_or_default() {
            name if name.starts_with("pypy") => Ok("PyPy".to_owned()),
            name if name.starts_with("python") => Ok("CPython".to_owned()),
            name => Err(format!(
                "`{name}` is not the name of a Python that is known"
            )),
        }
    }

    /// The folders with packages, in the order in which Python looks into them.
    pub(super) fn site_packages(&self) -> Vec<PathBuf> {
        let mut folders = inside(&self.prefix, self.short().as_deref());
        let sees_base = self
            .settings
            .get("include-system-site-packages")
            .is_some_and(|value| value == "true");
        if self.kind() != EnvironmentKind::Virtual || sees_base {
            folders.extend(inside(&self.base, self.short().as_deref()));
            // Debian keeps its own packages apart from those that people install.
            for part in [
                "local/lib/python3/dist-packages",
                "lib/python3/dist-packages",
            ] {
                folders.push(self.base.join(part));
            }
            if let Some(short) = self.short() {
                folders.push(
                    self.base
                        .join(format!("local/lib/python{short}/dist-packages")),
                );
            }
        }
        let mut seen = Vec::new();
        folders.retain(|folder| {
            let real = folder
                .canonicalize()
                .ok()
                .filter(|real| !seen.contains(real));
            seen.extend(real.clone());
            real.is_some()
        });
        folders
    }
}

fn inside(prefix: &Path, short: Option<&str>) -> Vec<PathBuf> {
    let Some(short) = short else {
        return Vec::new();
    };
    let mut folders = Vec::new();
    for lib in ["lib", "lib64"] {
        for name in [format!("python{short}"), format!("pypy{short}")] {
            for packages in ["site-packages", "dist-packages"] {
                folders.push(prefix.join(lib).join(&name).join(packages));
            }
        }
    }
    folders
}

/// The version in `3.12.4.final.0`, as `virtualenv` writes it.
fn release(text: &str) -> String {
    let is_number = |part: &&str| part.starts_with(|letter: char| letter.is_ascii_digit());
    let parts: Vec<&str> = text.split('.').take_while(is_number).take(3).collect();
    parts.join(".")
}
