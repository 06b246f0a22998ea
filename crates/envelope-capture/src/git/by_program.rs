//! The facts as the program `git` says them, for repositories that the library does not read.

use super::pointer::{LEAST_BYTES, LIMIT_BYTES, LfsPointer};
use super::{GitFacts, GitProgram, Question, Remote, Repository, Submodule, remotes};
use crate::error::Error;
use crate::known::Known;
use crate::redact::redact_url;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Reads the repository at a folder or above it.
///
/// # Errors
/// There is none, it has no files, it belongs to somebody else, or there is no program.
pub(super) fn read(folder: &Path, git: &GitProgram) -> Result<Repository, Error> {
    let root = match line(git, folder, &["rev-parse", "--show-toplevel"]) {
        Err(Error::Git { log, .. }) if log.contains("must be run in a work tree") => {
            return Err(Error::Bare {
                path: folder.to_owned(),
            });
        }
        root => PathBuf::from(root?),
    };
    Ok(Repository {
        facts: facts(git, &root),
        root,
    })
}

fn facts(git: &GitProgram, root: &Path) -> GitFacts {
    let commit = commit(git, root);
    let is_unborn = matches!(commit, Ok(None));
    let described = |words: &[&str]| line(git, root, words).map(Some);
    let branch = line(git, root, &["symbolic-ref", "-q", "HEAD"]);
    let tags = || answer(git, root, &["tag", "--points-at", "HEAD", "--sort=refname"]);
    let describe = || described(&["describe", "--tags", "--always"]);
    GitFacts {
        commit: Known::of(commit),
        branch: Known::of(none_if_silent(branch).map(|name| {
            name.map(|name| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned())
        })),
        tags: Known::of(if is_unborn { Ok(String::new()) } else { tags() })
            .map(|tags| tags.lines().map(str::to_owned).collect()),
        describe: Known::of(if is_unborn { Ok(None) } else { describe() }),
        remotes: Known::of(configured_remotes(git, root)),
        submodules: Known::of(submodules(git, root)),
        lfs: Known::of(lfs(git, root)),
        shallow: Known::of(line(git, root, &["rev-parse", "--is-shallow-repository"]))
            .map(|word| word == "true"),
        linked_worktree: Known::of(line(git, root, &["rev-parse", "--absolute-git-dir"]))
            .map(|folder| Path::new(&folder).join("commondir").is_file()),
    }
}

fn commit(git: &GitProgram, root: &Path) -> Result<Option<String>, Error> {
    let commit = line(git, root, &["rev-parse", "--verify", "-q", "HEAD^{commit}"]);
    let commit = none_if_silent(commit)?;
    if commit.is_none() {
        // A branch without a commit has a name at least; a damaged head has none.
        line(git, root, &["symbolic-ref", "HEAD"])?;
    }
    Ok(commit)
}

/// With `-q`, git says that there is nothing by ending with 1 and no word.
fn none_if_silent(answer: Result<String, Error>) -> Result<Option<String>, Error> {
    match answer {
        Ok(text) => Ok(Some(text)),
        Err(Error::Git { log, .. }) if log.is_empty() => Ok(None),
        Err(error) => Err(error),
    }
}

fn answer(git: &GitProgram, root: &Path, words: &[&str]) -> Result<String, Error> {
    let answer = git.ask(Question::new(root, words))?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn line(git: &GitProgram, root: &Path, words: &[&str]) -> Result<String, Error> {
    let text = answer(git, root, words)?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// Asks for settings of some names: pairs of key and value, none where there are no such settings.
fn settings(git: &GitProgram, root: &Path, words: &[&str]) -> Result<Vec<(String, String)>, Error> {
    let mut all = vec!["config", "-z"];
    all.extend_from_slice(words);
    let text = none_if_silent(answer(git, root, &all))?.unwrap_or_default();
    let pairs = text
        .split_terminator('\0')
        .filter_map(|pair| pair.split_once('\n'));
    Ok(pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}

fn configured_remotes(git: &GitProgram, root: &Path) -> Result<Vec<Remote>, Error> {
    let pattern = r"^remote\..*\.(url|pushurl)$";
    let settings = settings(git, root, &["--local", "--get-regexp", pattern])?;
    let parts = settings.into_iter().filter_map(|(key, value)| {
        let (name, key) = key.strip_prefix("remote.")?.rsplit_once('.')?;
        Some((name.to_owned(), key.to_owned(), value))
    });
    Ok(remotes(parts))
}

/// One file of the index.
struct Entry {
    mode: String,
    id: String,
    path: String,
}

fn index(git: &GitProgram, root: &Path) -> Result<Vec<Entry>, Error> {
    let text = answer(git, root, &["ls-files", "-s", "-z"])?;
    let entries = text.split_terminator('\0').map(|entry| {
        let parts = entry.split_once('\t').and_then(|(facts, path)| {
            let mut facts = facts.split(' ');
            Some((facts.next()?, facts.next()?, path))
        });
        let expected = "mode, object, stage and path";
        let (mode, id, path) = parts.ok_or_else(|| Error::Answer {
            expected,
            found: entry.to_owned(),
        })?;
        Ok(Entry {
            mode: mode.to_owned(),
            id: id.to_owned(),
            path: path.to_owned(),
        })
    });
    entries.collect()
}

fn submodules(git: &GitProgram, root: &Path) -> Result<Vec<Submodule>, Error> {
    let links: Vec<Entry> = index(git, root)?
        .into_iter()
        .filter(|entry| entry.mode == "160000")
        .collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let pattern = r"^submodule\..*\.(path|url)$";
    let said =
        settings(git, root, &["-f", ".gitmodules", "--get-regexp", pattern]).unwrap_or_default();
    let mut paths = BTreeMap::new();
    let mut urls = BTreeMap::new();
    for (key, value) in said {
        match key.rsplit_once('.') {
            Some((name, "path")) => paths.insert(value, name.to_owned()),
            Some((name, _)) => urls.insert(name.to_owned(), redact_url(&value)),
            None => None,
        };
    }
    let link = |entry: Entry| {
        let url = paths
            .get(&entry.path)
            .and_then(|name| urls.get(name))
            .cloned();
        Submodule {
            path: entry.path,
            commit: entry.id,
            url,
        }
    };
    Ok(links.into_iter().map(link).collect())
}

fn lfs(git: &GitProgram, root: &Path) -> Result<Vec<LfsPointer>, Error> {
    let entries = index(git, root)?;
    let is_attributes = |path: &str| path == ".gitattributes" || path.ends_with("/.gitattributes");
    let attributes = entries.iter().filter(|entry| is_attributes(&entry.path));
    let mut texts = attributes.map(|entry| answer(git, root, &["cat-file", "blob", &entry.id]));
    if !texts.any(|text| text.is_ok_and(|text| text.contains("filter=lfs"))) {
        return Ok(Vec::new());
    }
    let files: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.mode.starts_with("100"))
        .collect();
    let ids: Vec<&str> = files.iter().map(|entry| entry.id.as_str()).collect();
    let ids = ids.join(
        "
",
    );
    let words = ["cat-file", "--batch-check=%(objectsize)"];
    let sizes = git.ask(Question::new(root, words).input(ids.into_bytes()))?;
    let sizes = String::from_utf8_lossy(&sizes).into_owned();
    let mut found = Vec::new();
    for (entry, size) in files.into_iter().zip(sizes.lines()) {
        if size
            .parse()
            .is_ok_and(|size: u64| (LEAST_BYTES..=LIMIT_BYTES).contains(&size))
        {
            let bytes = git.ask(Question::new(root, ["cat-file", "blob", &entry.id]))?;
            found.extend(LfsPointer::read(&entry.path, &bytes));
        }
    }
    Ok(found)
}
