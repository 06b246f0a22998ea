//! The facts as the program `git` says them, for repositories that the library does not read.

use super::place::ask_path;
use super::pointer::{LEAST_BYTES, LIMIT_BYTES, LfsPointer};
use super::{GitFacts, GitProgram, Place, Remote, Repository, Submodule, remotes};
use crate::error::Error;
use crate::known::Known;
use crate::redact::redact_url;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads the repository at a folder or above it.
///
/// # Errors
/// There is none, it has no files, it belongs to somebody else, or there is no program.
pub(super) fn read(folder: &Path, git: &GitProgram) -> Result<Repository, Error> {
    let root = match ask_path(git, folder, "--show-toplevel") {
        Err(Error::Git { log, .. }) if log.contains("must be run in a work tree") => {
            return Err(Error::Bare {
                path: folder.to_owned(),
            });
        }
        root => root?,
    };
    let git_dir = ask_path(git, folder, "--absolute-git-dir")?;
    let place = Place {
        root: &root,
        git_dir: &git_dir,
    };
    Ok(Repository {
        facts: facts(git, place),
        root,
        git_dir,
    })
}

/// The facts of a repository at a place that git itself would use.
pub(super) fn facts(git: &GitProgram, place: Place<'_>) -> GitFacts {
    let commit = commit(git, place);
    let is_unborn = matches!(commit, Ok(None));
    let described = |words: &[&str]| line(git, place, words).map(Some);
    let branch = line(git, place, &["symbolic-ref", "-q", "HEAD"]);
    let tags = || {
        answer(
            git,
            place,
            &["tag", "--points-at", "HEAD", "--sort=refname"],
        )
    };
    let describe = || described(&["describe", "--tags", "--always"]);
    GitFacts {
        commit: Known::of(commit),
        branch: Known::of(none_if_silent(branch).map(|name| {
            name.map(|name| name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned())
        })),
        tags: Known::of(if is_unborn { Ok(String::new()) } else { tags() })
            .map(|tags| tags.lines().map(str::to_owned).collect()),
        describe: Known::of(if is_unborn { Ok(None) } else { describe() }),
        remotes: Known::of(configured_remotes(git, place)),
        submodules: Known::of(submodules(git, place)),
        lfs: Known::of(lfs(git, place)),
        shallow: Known::of(line(git, place, &["rev-parse", "--is-shallow-repository"]))
            .map(|word| word == "true"),
        linked_worktree: Known::Value(place.git_dir.join("commondir").is_file()),
    }
}

/// The commit that is checked out; none on a branch without one.
///
/// # Errors
/// The head is damaged, or what it names is not there.
pub(crate) fn commit(git: &GitProgram, place: Place<'_>) -> Result<Option<String>, Error> {
    let head = line(git, place, &["rev-parse", "--verify", "-q", "HEAD"]);
    if none_if_silent(head)?.is_none() {
        // A branch without a commit has a name at least; a damaged head has none.
        line(git, place, &["symbolic-ref", "HEAD"])?;
        return Ok(None);
    }
    // A name is not yet a commit: this looks it up.
    line(git, place, &["rev-list", "--no-walk", "HEAD", "--"]).map(Some)
}

/// With `-q`, git says that there is nothing by ending with 1 and no word.
fn none_if_silent(answer: Result<String, Error>) -> Result<Option<String>, Error> {
    match answer {
        Ok(text) => Ok(Some(text)),
        Err(Error::Git { log, .. }) if log.is_empty() => Ok(None),
        Err(error) => Err(error),
    }
}

fn answer(git: &GitProgram, place: Place<'_>, words: &[&str]) -> Result<String, Error> {
    let answer = git.ask(place.question(words))?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn line(git: &GitProgram, place: Place<'_>, words: &[&str]) -> Result<String, Error> {
    let text = answer(git, place, words)?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// Asks for settings of some names: pairs of key and value, none where there are no such settings.
fn settings(
    git: &GitProgram,
    place: Place<'_>,
    words: &[&str],
) -> Result<Vec<(String, String)>, Error> {
    let mut all = vec!["config", "-z"];
    all.extend_from_slice(words);
    let text = none_if_silent(answer(git, place, &all))?.unwrap_or_default();
    let pairs = text
        .split_terminator('\0')
        .filter_map(|pair| pair.split_once('\n'));
    Ok(pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect())
}

fn configured_remotes(git: &GitProgram, place: Place<'_>) -> Result<Vec<Remote>, Error> {
    let pattern = r"^remote\..*\.(url|pushurl)$";
    let settings = settings(git, place, &["--local", "--get-regexp", pattern])?;
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

fn index(git: &GitProgram, place: Place<'_>) -> Result<Vec<Entry>, Error> {
    let text = answer(git, place, &["ls-files", "-s", "-z"])?;
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

fn submodules(git: &GitProgram, place: Place<'_>) -> Result<Vec<Submodule>, Error> {
    let links: Vec<Entry> = index(git, place)?
        .into_iter()
        .filter(|entry| entry.mode == "160000")
        .collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let pattern = r"^submodule\..*\.(path|url)$";
    let said =
        settings(git, place, &["-f", ".gitmodules", "--get-regexp", pattern]).unwrap_or_default();
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

fn lfs(git: &GitProgram, place: Place<'_>) -> Result<Vec<LfsPointer>, Error> {
    let entries = index(git, place)?;
    let is_attributes = |path: &str| path == ".gitattributes" || path.ends_with("/.gitattributes");
    let attributes = entries.iter().filter(|entry| is_attributes(&entry.path));
    let mut texts = attributes.map(|entry| answer(git, place, &["cat-file", "blob", &entry.id]));
    if !texts.any(|text| text.is_ok_and(|text| text.contains("filter=lfs"))) {
        return Ok(Vec::new());
    }
    let files: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.mode.starts_with("100"))
        .collect();
    let ids: Vec<&str> = files.iter().map(|entry| entry.id.as_str()).collect();
    let ids = ids.join("\n");
    let words = ["cat-file", "--batch-check=%(objectsize)"];
    let sizes = git.ask(place.question(words).input(ids.into_bytes()))?;
    let sizes = String::from_utf8_lossy(&sizes).into_owned();
    let mut found = Vec::new();
    for (entry, size) in files.into_iter().zip(sizes.lines()) {
        if size
            .parse()
            .is_ok_and(|size: u64| (LEAST_BYTES..=LIMIT_BYTES).contains(&size))
        {
            let bytes = git.ask(place.question(["cat-file", "blob", &entry.id]))?;
            found.extend(LfsPointer::read(&entry.path, &bytes));
        }
    }
    Ok(found)
}
