//! The facts as the library reads them: gix, see <https://docs.rs/gix>.
//!
//! It is opened so that it reads this repository and nothing of the user: no environment, no
//! settings outside, no program. That is also why another owner is no reason to refuse.

use super::discovery::{Found, find};
use super::pointer::{LEAST_BYTES, LIMIT_BYTES, LfsPointer};
use super::{GitFacts, GitProgram, Remote, Repository, Submodule, remotes};
use crate::error::Error;
use crate::known::Known;
use crate::redact::redact_url;
use gix::bstr::{BStr, ByteSlice};
use gix::index::entry::Mode;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

/// Reads the repository at a folder or above it.
///
/// # Errors
/// There is none, it has no files, or it is of a form that the library does not read.
pub(super) fn read(folder: &Path, git: &GitProgram) -> Result<Repository, Error> {
    let folder = folder.canonicalize().map_err(Error::io("find", folder))?;
    let found = find(&folder, git)?;
    let (Found::Files(place) | Found::Data(place)) = &found;
    let repository = open(place)?;
    let bare = || Error::Bare {
        path: repository.git_dir().to_owned(),
    };
    let root = repository.workdir().ok_or_else(bare)?;
    // From among its data, a repository has files only where a setting says which.
    let settings = repository.config_snapshot();
    if found == Found::Data(place.clone()) && settings.string("core.worktree").is_none() {
        return Err(bare());
    }
    let real = |path: &Path| path.canonicalize().map_err(Error::io("find", path));
    Ok(Repository {
        facts: facts(&repository),
        root: real(root)?,
        git_dir: real(repository.git_dir())?,
    })
}

/// Opens a repository that was found before.
pub(super) fn open_again(found: &Repository) -> Result<gix::Repository, Error> {
    // The files know where they are; data of a linked worktree may still name a place of before.
    let by_files = open(&found.root.join(".git")).ok().filter(|repository| {
        let data = repository.git_dir().canonicalize();
        data.is_ok_and(|data| data == found.git_dir)
    });
    by_files.map_or_else(|| open(&found.git_dir), Ok)
}

fn open(place: &Path) -> Result<gix::Repository, Error> {
    let options = gix::open::Options::isolated()
        .strict_config(false)
        .open_path_as_is(true);
    let opened = gix::ThreadSafeRepository::open_opts(place, options);
    Ok(opened.map_err(unread("settings"))?.to_thread_local())
}

fn unread<E: Display>(part: &'static str) -> impl FnOnce(E) -> Error {
    move |error| Error::Repository {
        part,
        message: error.to_string(),
    }
}

fn facts(repository: &gix::Repository) -> GitFacts {
    let head = || repository.head().map_err(unread("head"));
    let linked = repository.git_dir() != repository.common_dir();
    // A submodule's folder is no linked worktree, although its `.git` is a file as well.
    let linked = linked && repository.git_dir().join("commondir").is_file();
    GitFacts {
        commit: Known::of(commit(repository).map(|commit| commit.map(|id| id.to_string()))),
        branch: Known::of(head().map(|head| {
            let name = head.referent_name().map(|name| name.shorten().to_string());
            name.filter(|_| !head.is_detached())
        })),
        tags: Known::of(tags(repository)),
        describe: Known::of(describe(repository)),
        remotes: Known::Value(configured_remotes(repository)),
        submodules: Known::of(submodules(repository)),
        lfs: Known::of(lfs(repository)),
        shallow: Known::of(repository.is_shallow().map_err(unread("shallow file"))),
        linked_worktree: Known::Value(linked),
    }
}

fn commit(repository: &gix::Repository) -> Result<Option<gix::ObjectId>, Error> {
    let head = repository.head().map_err(unread("head"))?;
    if head.is_unborn() {
        return Ok(None);
    }
    let id = head.into_peeled_id().map_err(unread("head"))?.detach();
    // A name is not yet a commit.
    repository.find_commit(id).map_err(unread("commit"))?;
    Ok(Some(id))
}

fn tags(repository: &gix::Repository) -> Result<Vec<String>, Error> {
    let Some(commit) = commit(repository)? else {
        return Ok(Vec::new());
    };
    let references = repository.references().map_err(unread("tags"))?;
    let mut found = Vec::new();
    for tag in references.tags().map_err(unread("tags"))? {
        let mut tag = tag.map_err(unread("tags"))?;
        // A tag whose commit a shallow clone lacks is not one of this commit.
        if tag.peel_to_id().is_ok_and(|id| id.detach() == commit) {
            found.push(tag.name().shorten().to_string());
        }
    }
    found.sort();
    Ok(found)
}

fn describe(repository: &gix::Repository) -> Result<Option<String>, Error> {
    let Some(id) = commit(repository)? else {
        return Ok(None);
    };
    let commit = repository.find_commit(id).map_err(unread("commit"))?;
    let description = commit
        .describe()
        .names(gix::commit::describe::SelectRef::AllTags);
    let mut description = description.id_as_fallback(true);
    Ok(Some(
        description.format().map_err(unread("tags"))?.to_string(),
    ))
}

fn configured_remotes(repository: &gix::Repository) -> Vec<Remote> {
    let settings = repository.config_snapshot();
    let sections = settings.plumbing().sections_by_name("remote");
    let all = sections.into_iter().flatten().flat_map(|section| {
        let name = section.header().subsection_name().map(ToString::to_string);
        let values = ["url", "pushurl"].into_iter().filter_map(move |key| {
            let value = section.value(key)?.to_string();
            Some((name.clone()?, key.to_owned(), value))
        });
        values.collect::<Vec<_>>()
    });
    remotes(all.collect::<Vec<_>>())
}

fn submodules(repository: &gix::Repository) -> Result<Vec<Submodule>, Error> {
    let index = repository.index_or_empty().map_err(unread("index"))?;
    let links = index.entries().iter();
    let links = links.filter(|entry| entry.mode == Mode::COMMIT);
    let mut urls = None;
    let mut found = Vec::new();
    for entry in links {
        let path = entry.path(&index).to_string();
        let urls = urls.get_or_insert_with(|| submodule_urls(repository));
        let url = urls.get(&path).cloned();
        found.push(Submodule {
            path,
            commit: entry.id.to_string(),
            url,
        });
    }
    found.dedup_by(|one, other| one.path == other.path);
    Ok(found)
}

/// What `.gitmodules` says: the place of each submodule, and its address.
fn submodule_urls(repository: &gix::Repository) -> BTreeMap<String, String> {
    let file = repository.workdir().map(|root| root.join(".gitmodules"));
    let text = file
        .and_then(|file| std::fs::read(file).ok())
        .unwrap_or_default();
    let Ok(settings) = gix::config::File::try_from(text.to_str_lossy().as_ref()) else {
        return BTreeMap::new();
    };
    let sections = settings.sections_by_name("submodule").into_iter().flatten();
    let urls = sections.filter_map(|section| {
        let path = section.value("path")?.to_string();
        Some((path, redact_url(&section.value("url")?.to_string())))
    });
    urls.collect()
}

/// Looks at small files only, and only where attributes name the filter `lfs` at all.
fn lfs(repository: &gix::Repository) -> Result<Vec<LfsPointer>, Error> {
    let index = repository.index_or_empty().map_err(unread("index"))?;
    let contents = |id: gix::ObjectId| repository.find_blob(id).map(|mut blob| blob.take_data());
    let files = || {
        let entries = index.entries().iter();
        entries.filter(|entry| matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE))
    };
    let is_attributes =
        |path: &BStr| path == ".gitattributes" || path.ends_with(b"/.gitattributes");
    let mut attributes = files().filter(|entry| is_attributes(entry.path(&index)));
    if !attributes.any(|entry| contents(entry.id).is_ok_and(|text| text.contains_str("filter=lfs")))
    {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in files() {
        // What a partial clone has not fetched is no pointer that anyone has seen.
        let Ok(header) = repository.find_header(entry.id) else {
            continue;
        };
        if (LEAST_BYTES..=LIMIT_BYTES).contains(&header.size()) {
            let bytes = contents(entry.id).map_err(unread("files"))?;
            found.extend(LfsPointer::read(&entry.path(&index).to_string(), &bytes));
        }
    }
    found.sort();
    Ok(found)
}
