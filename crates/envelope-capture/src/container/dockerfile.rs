//! What the Dockerfiles of a repository build on: their `FROM` lines, see
//! <https://docs.docker.com/reference/dockerfile/#from>.

use crate::known::Known;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An image that a Dockerfile builds on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BaseImage {
    /// The Dockerfile, from the root of the repository.
    pub file: String,
    /// The image, with the defaults of the file's arguments put in.
    pub image: String,
    /// Whether the image that the file makes in the end is built on it; others are only built with.
    pub is_last: bool,
}

/// Reads the Dockerfiles in a repository's root and in the folders right below it.
pub fn base_images(root: &Path) -> Known<Vec<BaseImage>> {
    let folder = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let top = folder(root);
    let is_hidden = |path: &Path| name(path).starts_with('.') && name(path) != ".devcontainer";
    let inner = top
        .iter()
        .filter(|path| path.is_dir() && !is_hidden(path) && !path.is_symlink());
    let inner: Vec<PathBuf> = inner.flat_map(|path| folder(path)).collect();
    let files = top
        .iter()
        .chain(&inner)
        .filter(|path| is_dockerfile(&name(path)) && path.is_file());
    let mut images = Vec::new();
    for path in files {
        let file = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned();
        if let Ok(text) = fs::read_to_string(path) {
            let found = read(&text).into_iter();
            images.extend(found.map(|(image, is_last)| BaseImage {
                file: file.clone(),
                image,
                is_last,
            }));
        }
    }
    if images.is_empty() {
        return Known::Unknown("the repository has no Dockerfile with an image".to_owned());
    }
    Known::Value(images)
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn is_dockerfile(name: &str) -> bool {
    let name = name.to_lowercase();
    ["dockerfile", "containerfile"].iter().any(|known| {
        name == *known
            || name.starts_with(&format!("{known}."))
            || name.ends_with(&format!(".{known}"))
    })
}

/// The images of a file in order, and whether the last stage builds on each.
fn read(text: &str) -> Vec<(String, bool)> {
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    // For each stage its name, and what it builds on: an image, or the place of a stage before it.
    let mut stages: Vec<(Option<String>, Result<String, usize>)> = Vec::new();
    for line in instructions(text) {
        let mut words = line.split_whitespace();
        match words.next().map(str::to_uppercase).as_deref() {
            Some("ARG") if stages.is_empty() => {
                for (name, value) in words.filter_map(|word| word.split_once('=')) {
                    let value = filled(value.trim_matches(['"', '\'']), &arguments);
                    arguments.insert(name.to_owned(), value);
                }
            }
            Some("FROM") => {
                let words: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
                let Some(image) = words.first().map(|image| filled(image, &arguments)) else {
                    continue;
                };
                let stage = stages
                    .iter()
                    .position(|(name, _)| name.as_deref() == Some(&image.to_lowercase()));
                let is_named = words
                    .get(1)
                    .is_some_and(|word| word.eq_ignore_ascii_case("as"));
                let name = words
                    .get(2)
                    .filter(|_| is_named)
                    .map(|name| name.to_lowercase());
                stages.push((name, stage.map_or(Ok(image), Err)));
            }
            _ => {}
        }
    }
    let mut last = stages.len().checked_sub(1);
    while let Some(Err(before)) = last.and_then(|at| stages.get(at)).map(|(_, base)| base) {
        last = Some(*before);
    }
    let images = stages.iter().enumerate();
    let images =
        images.filter_map(|(at, (_, base))| Some((base.as_ref().ok()?.clone(), Some(at) == last)));
    images.filter(|(image, _)| image != "scratch").collect()
}

/// The lines of a file, with those joined that end in a backslash, and without comments.
fn instructions(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        let (line, goes_on) = match line.trim_end().strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        match lines.last_mut() {
            Some(last) if is_open => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
        is_open = goes_on;
    }
    lines
}

/// Puts defaults in: `$NAME`, `${NAME}`, `${NAME:-default}`. What has none stays as it stands.
fn filled(text: &str, arguments: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let inside = after
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'));
        let (name, default, behind) = if let Some((inside, behind)) = inside {
            let parts = inside.split_once(":-");
            let (name, default) =
                parts.map_or((inside, None), |(name, default)| (name, Some(default)));
            (name, default, behind)
        } else {
            let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
            let end = after.find(|letter| !is_name(letter)).unwrap_or(after.len());
            (&after[..end], None, &after[end..])
        };
        match arguments.get(name).map(String::as_str).or(default) {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&rest[before.len()..rest.len() - behind.len()]),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_through_arguments_and_stages() {
        let text = "# syntax=docker/dockerfile:1\nARG PYTHON=3.12\nARG BASE=\"python:${PYTHON}-slim\"\n\
                    FROM --platform=$BUILDPLATFORM rust:1.95 AS Build\nARG PYTHON=3.1\nRUN cargo build\n\
                    FROM \\\n  $BASE as base\nFROM nvidia/cuda:${CUDA:-12.4}-base\nFROM scratch\n\
                    FROM base\nCOPY --from=build /x /x\n";
        let images = read(text);
        let images: Vec<_> = images
            .iter()
            .map(|(image, is_last)| (image.as_str(), *is_last))
            .collect();
        assert_eq!(
            images,
            [
                ("rust:1.95", false),
                ("python:3.12-slim", true),
                ("nvidia/cuda:12.4-base", false)
            ]
        );
        assert_eq!(
            read("FROM $NOWHERE:1\nFROM\n"),
            [("$NOWHERE:1".to_owned(), true)]
        );
        assert_eq!(read("RUN true\n"), []);
    }

    #[test]
    fn dockerfiles_are_found_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("Dockerfile", "FROM a:1\n"),
            ("docker/train.Dockerfile", "FROM b:1\n"),
            (".devcontainer/Dockerfile", "FROM c:1\n"),
            (".hidden/Dockerfile", "FROM d:1\n"),
            ("docker/deep/Dockerfile", "FROM e:1\n"),
            ("dockerfile_notes.md", "FROM f:1\n"),
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let images = base_images(folder.path());
        let images = images
            .value()
            .unwrap()
            .iter()
            .map(|image| (image.file.as_str(), image.image.as_str()));
        assert_eq!(
            images.collect::<Vec<_>>(),
            [
                ("Dockerfile", "a:1"),
                (".devcontainer/Dockerfile", "c:1"),
                ("docker/train.Dockerfile", "b:1")
            ]
        );
        let empty = tempfile::tempdir().unwrap();
        assert!(
            base_images(empty.path())
                .because()
                .unwrap()
                .contains("no Dockerfile")
        );
    }
}
