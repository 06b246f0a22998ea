//! The packages in folders, by what installers leave there: `dist-info`, and the older `egg-info` and
//! `egg-link`.
//!
//! The standards: <https://packaging.python.org/en/latest/specifications/recording-installed-packages/>.

use super::{Origin, Package};
use crate::redact::redact_url;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Metadata holds the package's whole description; name and version come long before this.
const HEAD_BYTES: u64 = 64 * 1024;

/// Reads the packages of folders; a folder that is not there has none.
pub(super) fn read(folders: &[PathBuf]) -> Result<Vec<Package>, String> {
    let mut found: BTreeMap<String, Package> = BTreeMap::new();
    let mut readable = false;
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        readable = true;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        // Within one folder too the first wins, so that an older one that was left behind loses to
        // none that Python would prefer.
        for package in paths.iter().filter_map(|path| package(path)) {
            found.entry(normalized(&package.name)).or_insert(package);
        }
    }
    if !readable {
        let names: Vec<_> = folders
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        return Err(format!(
            "none of the folders of packages can be read: {}",
            names.join(", ")
        ));
    }
    Ok(found.into_values().collect())
}

fn package(path: &Path) -> Option<Package> {
    let name = path.file_name()?.to_str()?;
    let (stem, ending) = name.rsplit_once('.')?;
    match ending {
        "dist-info" => Some(Package {
            origin: origin(&path.join("direct_url.json")),
            ..metadata(&path.join("METADATA"), stem)?
        }),
        "egg-info" if path.is_dir() => metadata(&path.join("PKG-INFO"), stem),
        "egg-info" => metadata(path, stem),
        "egg-link" => linked(path),
        _ => None,
    }
}

/// Name and version: as the metadata has them, or else as the folder's name has them.
fn metadata(file: &Path, stem: &str) -> Option<Package> {
    let mut head = Vec::new();
    if let Ok(file) = fs::File::open(file) {
        // What could be read of it is enough, or the name of the folder has to be.
        let _ = std::io::Read::read_to_end(&mut std::io::Read::take(file, HEAD_BYTES), &mut head);
    }
    let head = String::from_utf8_lossy(&head);
    let field = |name: &str| {
        let lines = head.lines().take_while(|line| !line.trim().is_empty());
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.trim().to_owned())
    };
    let mut parts = stem.split('-').map(str::to_owned);
    let (first, second) = (parts.next(), parts.next());
    Some(Package {
        name: field("Name").or(first).filter(|name| !name.is_empty())?,
        version: field("Version").or(second)?,
        origin: None,
    })
}

/// A package that `setup.py develop` left where it is: the link names its folder.
fn linked(link: &Path) -> Option<Package> {
    let text = fs::read_to_string(link).ok()?;
    let folder = PathBuf::from(text.lines().next()?.trim());
    let mut entries: Vec<PathBuf> = fs::read_dir(&folder)
        .ok()?
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    let info = entries
        .iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "egg-info"))?;
    Some(Package {
        origin: Some(Origin {
            url: without_folders(&format!("file://{}", folder.display())),
            commit: None,
            editable: true,
        }),
        ..metadata(&info.join("PKG-INFO"), info.file_stem()?.to_str()?)?
    })
}

#[derive(Deserialize)]
struct DirectUrl {
    url: String,
    #[serde(default)]
    vcs_info: VcsInfo,
    #[serde(default)]
    dir_info: DirInfo,
}

#[derive(Default, Deserialize)]
struct VcsInfo {
    commit_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct DirInfo {
    #[serde(default)]
    editable: bool,
}

fn origin(file: &Path) -> Option<Origin> {
    let written: DirectUrl = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    Some(Origin {
        url: without_folders(&written.url),
        commit: written.vcs_info.commit_id,
        editable: written.dir_info.editable,
    })
}

/// An address without credentials; that of a file or folder without those that it is in, since they
/// name one machine.
fn without_folders(url: &str) -> String {
    match url.strip_prefix("file:") {
        Some(path) => format!(
            "file:{}",
            path.trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or(path)
        ),
        None => redact_url(url),
    }
}

/// One name for all spellings of it.
fn normalized(name: &str) -> String {
    let parts: Vec<String> = name
        .split(['-', '_', '.'])
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn metadata_of(name: &str) -> String {
        format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\nName: no\n")
    }

    /// Two folders, `a` before `b`, with a package for each way to install one.
    fn installed(root: &Path) -> Vec<Package> {
        let linked = format!("{}\n.\n", root.join("code").display());
        let plain = metadata_of("Plain.Name");
        for (path, text) in [
            ("a/Plain_Name-1.0.dist-info/METADATA", &*plain),
            ("a/mine-1.0.dist-info/METADATA", &metadata_of("mine")),
            (
                "a/mine-1.0.dist-info/direct_url.json",
                r#"{"url": "file:///code/mine", "dir_info": {"editable": true}}"#,
            ),
            ("a/pinned-1.0.dist-info/METADATA", &metadata_of("pinned")),
            (
                "a/pinned-1.0.dist-info/direct_url.json",
                r#"{"url": "https://me:word@host.example/x.git", "vcs_info": {"commit_id": "abc"}}"#,
            ),
            ("a/broken-2.0.dist-info/direct_url.json", "{"),
            ("a/old-3.0-py3.11.egg-info/PKG-INFO", "no field\n"),
            ("a/older-4.0.egg-info", &metadata_of("older")),
            ("a/linked.egg-link", &linked),
            ("a/nothing.txt", ""),
            ("a/.dist-info/RECORD", ""),
            ("code/linked.egg-info/PKG-INFO", &metadata_of("linked")),
            (
                "b/plain_name-0.9.dist-info/METADATA",
                "Name: plain-name\nVersion: 0.9\n",
            ),
        ] {
            write(root, path, text);
        }
        read(&["nowhere", "a", "b"].map(|folder| root.join(folder))).unwrap()
    }

    #[test]
    fn reads_each_way_in_which_packages_are_installed() {
        let root = tempfile::tempdir().unwrap();
        let found = installed(root.path());
        let names: Vec<_> = found
            .iter()
            .map(|p| format!("{} {}", p.name, p.version))
            .collect();
        let expected =
            "broken 2.0, linked 1.0, mine 1.0, old 3.0, older 1.0, pinned 1.0, Plain.Name 1.0";
        assert_eq!(names.join(", "), expected);
        let origin = |name: &str| {
            found
                .iter()
                .find(|p| p.name == name)
                .unwrap()
                .origin
                .clone()
        };
        assert!(origin("mine").unwrap().editable && origin("linked").unwrap().editable);
        assert_eq!(origin("mine").unwrap().url, "file:mine");
        assert_eq!(origin("linked").unwrap().url, "file:code");
        assert_eq!(origin("pinned").unwrap().commit.as_deref(), Some("abc"));
        assert_eq!(
            origin("pinned").unwrap().url,
            "https://***@host.example/x.git"
        );
        assert_eq!(origin("broken"), None);
    }

    #[test]
    fn folders_that_are_not_there_are_no_empty_environment() {
        let refusal = read(&[PathBuf::from("/nowhere/site-packages")]).unwrap_err();
        assert!(refusal.contains("/nowhere/site-packages"), "{refusal}");
    }
}
