//! Installed packages, as their `dist-info` and `egg-info` folders record them.

use crate::redact::redact_url;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A package that is installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonPackage {
    /// Its name, as it writes it itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from, if that was no index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// Where a package came from, as `direct_url.json` says, see
/// <https://packaging.python.org/en/latest/specifications/direct-url/>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The address, credentials masked. That of a folder names one machine, so only its last part is
    /// kept.
    pub url: String,
    /// Whether it is used where it lies, and changes with what lies there.
    pub editable: bool,
    /// The commit, if it is of a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Reads the packages of some folders. Of those with one name, Python takes the first.
pub(super) fn read(folders: &[PathBuf]) -> Vec<PythonPackage> {
    let mut packages: BTreeMap<String, PythonPackage> = BTreeMap::new();
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for package in paths.iter().filter_map(|path| package(path)) {
            packages.entry(normalized(&package.name)).or_insert(package);
        }
    }
    packages.into_values().collect()
}

fn package(path: &Path) -> Option<PythonPackage> {
    let kind = path.extension()?.to_str()?;
    let metadata = match kind {
        "dist-info" => path.join("METADATA"),
        "egg-info" if path.is_dir() => path.join("PKG-INFO"),
        "egg-info" => path.to_owned(),
        _ => return None,
    };
    let bytes = fs::read(metadata).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // Headers end at the first empty line; a description may hold anything.
    let headers = || text.lines().take_while(|line| !line.trim().is_empty());
    let value = |name: &str| {
        let value = headers().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(value.trim().to_owned())
    };
    Some(PythonPackage {
        name: value("Name")?,
        version: value("Version")?,
        source: source(path),
    })
}

fn source(path: &Path) -> Option<Source> {
    let text = fs::read_to_string(path.join("direct_url.json")).ok()?;
    let value: Value = serde_json::from_str(&text).ok()?;
    let url = value["url"].as_str()?;
    let url = match url.strip_prefix("file://") {
        Some(folder) => format!(
            "file:{}",
            folder
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default()
        ),
        None => redact_url(url),
    };
    let commit = value["vcs_info"]["commit_id"].as_str().map(str::to_owned);
    Some(Source {
        url,
        editable: value["dir_info"]["editable"] == true,
        commit,
    })
}

/// A name as indexes compare it, see
/// <https://packaging.python.org/en/latest/specifications/name-normalization/>.
fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}
