//! The name of the project that lies at a path, as its own files state it.

use super::files::{Files, normalised};
use crate::names::PackageName;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};

/// As many files as are asked for names.
const MOST_PROJECTS: usize = 1_000;

/// The projects that were looked at.
#[derive(Debug, Default)]
pub(super) struct Projects {
    names: FxHashMap<PathBuf, Option<PackageName>>,
}

impl Projects {
    /// The name of the project at a place, seen from the first folder in which there is one.
    pub(super) fn name_at(
        &mut self,
        place: &str,
        folders: &[Option<&Path>],
        files: Files,
    ) -> Option<PackageName> {
        let path = place.strip_prefix("file://").unwrap_or(place);
        if path.contains("://") || path.contains('$') {
            return None;
        }
        let path = path.split('#').next().unwrap_or_default();
        let path = path.split('[').next().unwrap_or_default();
        folders.iter().flatten().find_map(|folder| {
            let project = normalised(folder, path);
            if self.names.len() >= MOST_PROJECTS {
                return None;
            }
            let name = self.names.entry(project);
            name.or_insert_with_key(|project| name_of(project, files))
                .clone()
        })
    }
}

fn name_of(project: &Path, files: Files) -> Option<PackageName> {
    let mut text = |name: &str| String::from_utf8(files(&project.join(name)).ok()?).ok();
    let pyproject = text("pyproject.toml").and_then(|text| name_in_pyproject(&text));
    pyproject.or_else(|| text("setup.cfg").and_then(|text| name_in_setup_cfg(&text)))
}

fn name_in_pyproject(text: &str) -> Option<PackageName> {
    let document: toml::Table = toml::from_str(text).ok()?;
    let project = document.get("project");
    let poetry = document.get("tool").and_then(|tool| tool.get("poetry"));
    let mut names = [project, poetry].into_iter().flatten();
    names.find_map(|table| table.get("name")?.as_str()?.parse().ok())
}

/// `name = x` under `[metadata]`.
fn name_in_setup_cfg(text: &str) -> Option<PackageName> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == "[metadata]")?;
    let mut lines = lines.take_while(|line| !line.starts_with('['));
    lines.find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "name").then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_state_their_names() {
        for (text, expected) in [
            ("[project]\nname = \"My_Model\"\n", Some("my-model")),
            ("[tool.poetry]\nname = \"a\"\n", Some("a")),
            ("[project]\nversion = \"1\"\n", None),
            ("[project", None),
        ] {
            let name = name_in_pyproject(text);
            assert_eq!(name.as_ref().map(PackageName::as_str), expected, "{text}");
        }
        for (text, expected) in [
            (
                "[metadata]\nversion = 1\nname = My.Model\n",
                Some("my-model"),
            ),
            ("[options]\nname = x\n[metadata]\n[other]\nname = y\n", None),
        ] {
            let name = name_in_setup_cfg(text);
            assert_eq!(name.as_ref().map(PackageName::as_str), expected, "{text}");
        }
    }
}
