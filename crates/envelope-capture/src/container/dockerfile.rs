//! The base images in a repository's Dockerfiles: their `FROM` lines, with the `ARG` defaults that
//! stand before them put in.
//!
//! The format: <https://docs.docker.com/reference/dockerfile/#from>.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep in a repository Dockerfiles are looked for.
const DEPTH: usize = 4;

/// Folders that hold other people's files.
const FOREIGN: [&str; 4] = ["node_modules", "site-packages", "target", "venv"];

/// More than any Dockerfile has.
const LIMIT_BYTES: u64 = 1 << 20;

/// One Dockerfile and what it builds on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// Its stages, in their order.
    pub bases: Vec<Base>,
}

/// What one stage of a Dockerfile builds on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The image, or the name of an earlier stage. A variable without a default stays as it stands.
    pub image: String,
    /// The name of the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}

pub(super) fn all(repository: &Path) -> Result<Vec<Dockerfile>, String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(repository);
    entries.map_err(|error| format!("cannot read `{}`: {error}", repository.display()))?;
    collect(repository, &mut Vec::new(), &mut found);
    found.sort_by(|one: &Dockerfile, other| one.path.cmp(&other.path));
    Ok(found)
}

fn collect(folder: &Path, above: &mut Vec<String>, found: &mut Vec<Dockerfile>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        above.push(name);
        let name = above.last().map_or("", String::as_str);
        let is_hidden = name.starts_with('.') && name != ".devcontainer";
        let is_foreign = is_hidden || FOREIGN.contains(&name);
        if kind.is_dir() && !is_foreign && above.len() < DEPTH {
            collect(&entry.path(), above, found);
        } else if kind.is_file() && is_dockerfile(name) {
            found.extend(read(&entry.path()).map(|bases| Dockerfile {
                path: above.join("/"),
                bases,
            }));
        }
        above.pop();
    }
}

fn read(file: &PathBuf) -> Option<Vec<Base>> {
    let small = fs::metadata(file).ok()?.len() <= LIMIT_BYTES;
    small
        .then(|| fs::read_to_string(file).ok())
        .flatten()
        .map(|text| bases(&text))
}

/// `Dockerfile`, `Dockerfile.gpu`, `gpu.Dockerfile`, and the same with `Containerfile`.
fn is_dockerfile(name: &str) -> bool {
    let name = name.to_lowercase();
    ["dockerfile", "containerfile"].iter().any(|&word| {
        name == word
            || name
                .strip_prefix(word)
                .is_some_and(|rest| rest.starts_with('.') && rest != ".dockerignore")
            || name
                .strip_suffix(word)
                .is_some_and(|rest| rest.ends_with('.'))
    })
}

fn bases(text: &str) -> Vec<Base> {
    let mut defaults = BTreeMap::new();
    let mut bases: Vec<Base> = Vec::new();
    for line in joined(text) {
        let mut words = line.split_whitespace();
        let instruction = words.next().unwrap_or_default();
        if instruction.eq_ignore_ascii_case("ARG") && bases.is_empty() {
            for (name, value) in words.filter_map(|word| word.split_once('=')) {
                let value = filled(value.trim_matches(['"', '\'']), &defaults);
                defaults.insert(name.to_owned(), value);
            }
        } else if instruction.eq_ignore_ascii_case("FROM") {
            let mut words = words.skip_while(|word| word.starts_with("--"));
            let Some(image) = words.next() else {
                continue;
            };
            let stage = words.next().filter(|word| word.eq_ignore_ascii_case("AS"));
            bases.push(Base {
                image: filled(image, &defaults),
                stage: stage.and_then(|_| words.next()).map(str::to_owned),
            });
        }
    }
    bases
}

/// Lines without comments, those put together that end in the escape character.
fn joined(text: &str) -> Vec<String> {
    let directive = text
        .lines()
        .next()
        .unwrap_or_default()
        .replace(' ', "")
        .to_lowercase();
    let escape = if directive == "#escape=`" { '`' } else { '\\' };
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('#') || (open && line.is_empty()) {
            continue;
        }
        let part = line.strip_suffix(escape);
        match lines.last_mut().filter(|_| open) {
            Some(last) => {
                last.push(' ');
                last.push_str(part.unwrap_or(line));
            }
            None => lines.push(part.unwrap_or(line).to_owned()),
        }
        open = part.is_some();
    }
    lines
}

/// Puts in `$name`, `${name}` and `${name:-default}`.
fn filled(text: &str, defaults: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let variable = &rest[at + 1..];
        let (name, default, end) = variable_at(variable);
        match defaults
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
            .or(default)
        {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&rest[at..at + 1 + end]),
        }
        rest = &variable[end..];
    }
    filled + rest
}

/// What stands behind a `$`: the name, the default, and where it ends.
fn variable_at(text: &str) -> (&str, Option<&str>, usize) {
    let in_braces = text
        .strip_prefix('{')
        .and_then(|inner| inner.split_once('}'));
    if let Some((inner, _)) = in_braces {
        let pair = inner.split_once(":-");
        let (name, default) = pair.map_or((inner, None), |(name, default)| (name, Some(default)));
        return (name, default, inner.len() + 2);
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    (&text[..end], None, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_stages_build_on() {
        for (text, expected) in [
            ("FROM python:3.12-slim\nRUN x", "python:3.12-slim"),
            (
                "from --platform=linux/amd64 a:1 as build\nFROM build\n",
                "a:1 as build, build",
            ),
            (
                "ARG V=3.12\nARG IMAGE=python:${V}\nFROM $IMAGE-slim AS x\n",
                "python:3.12-slim as x",
            ),
            ("ARG V\nFROM a:${V:-1}\n", "a:1"),
            ("ARG V\nFROM a:${V}\n", "a:${V}"),
            ("FROM a\nARG V=1\nFROM b:$V\n", "a, b:$V"),
            (
                "# FROM no\n\nFROM \\\n  # between\n  a:2 \\\n  AS c\n",
                "a:2 as c",
            ),
            ("# escape=`\nFROM `\n a:3\n", "a:3"),
            ("ARG A=\"x:1\" B=y\nFROM ${A}${B}\n", "x:1y"),
            ("FROM\nFROM a$\nFROM b${\n", "a$, b${"),
            ("RUN echo FROM x\n", ""),
            ("", ""),
        ] {
            let found = bases(text).into_iter().map(|base| match base.stage {
                Some(stage) => format!("{} as {stage}", base.image),
                None => base.image,
            });
            assert_eq!(found.collect::<Vec<_>>().join(", "), expected, "{text}");
        }
    }

    #[test]
    fn finds_dockerfiles_by_their_names() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "Dockerfile",
            "docker/gpu.Dockerfile",
            "a/b/Containerfile.test",
            "Dockerfile.dockerignore",
            "Dockerfiles/readme",
            "node_modules/x/Dockerfile",
            ".git/Dockerfile",
            ".devcontainer/Dockerfile",
            "a/b/c/d/Dockerfile",
            "mydockerfile",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "FROM a\n").unwrap();
        }
        let found = all(root.path()).unwrap();
        let paths: Vec<&str> = found.iter().map(|file| &*file.path).collect();
        assert_eq!(
            paths,
            [
                ".devcontainer/Dockerfile",
                "Dockerfile",
                "a/b/Containerfile.test",
                "docker/gpu.Dockerfile"
            ]
        );
        assert!(all(&root.path().join("nowhere")).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in r"([$A-Z{}:\- \\#\n]|FROM |ARG |AS |\u{e9}){0,40}") {
            for base in bases(&text) {
                assert!(!base.stage.is_some_and(|stage| stage.is_empty()));
            }
        }
    }
}
