//! Which files differ from the commit, as the library sees it: all that can be said on a machine
//! without the program `git`, which alone writes patches. And which files git itself does not see.

use super::{Repository, by_library};
use crate::error::Error;
use crate::known::Known;
use crate::patch::shown;
use gix::dir::EntryRef;
use gix::dir::entry::{Kind, Status};
use gix::dir::walk::{Action, Delegate};
use gix::progress::Discard;
use gix::status::tree_index::TrackRenames;
use gix::status::{Item, UntrackedFiles};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;

/// Names the files that differ from the commit that is checked out, or are not tracked, in order.
/// Submodules are not looked into.
pub fn differing(repository: &Repository) -> Known<Vec<String>> {
    let paths = Known::of(differing_paths(repository));
    paths.map(|paths| paths.iter().map(|path| shown(path)).collect())
}

fn unread(error: impl std::fmt::Display) -> Error {
    Error::Repository {
        part: "files",
        message: error.to_string(),
    }
}

/// The same, as the paths are.
pub(crate) fn differing_paths(repository: &Repository) -> Result<BTreeSet<Vec<u8>>, Error> {
    let opened = by_library::open_again(repository)?;
    let status = opened.status(Discard).map_err(unread)?;
    let status = status
        .untracked_files(UntrackedFiles::Files)
        .index_worktree_submodules(None)
        .index_worktree_rewrites(None)
        .tree_index_track_renames(TrackRenames::Disabled);
    let mut paths = BTreeSet::new();
    for item in status.into_iter(None).map_err(unread)? {
        let item = item.map_err(unread)?;
        // A file of another time and the same contents is no change.
        let is_change = match &item {
            Item::IndexWorktree(item) => item.summary().is_some(),
            Item::TreeIndex(_) => true,
        };
        if is_change {
            paths.insert(item.location().to_vec());
        }
    }
    Ok(paths)
}

/// What is neither a file nor a link nor a folder, and not ignored by the repository's own rules.
/// Git says nothing of such files unless it tracks one of their names.
pub(crate) fn special_files(repository: &Repository) -> Result<BTreeSet<Vec<u8>>, Error> {
    let opened = by_library::open_again(repository)?;
    let index = opened.index_or_empty().map_err(unread)?;
    let options = opened.dirwalk_options().map_err(unread)?;
    let mut found = Special(BTreeSet::new());
    let goes_on = AtomicBool::new(false);
    opened
        .dirwalk(&index, None::<&str>, &goes_on, options, &mut found)
        .map_err(unread)?;
    Ok(found.0)
}

struct Special(BTreeSet<Vec<u8>>);

impl Delegate for Special {
    fn emit(&mut self, entry: EntryRef<'_>, _: Option<Status>) -> Action {
        if entry.status == Status::Untracked && entry.disk_kind == Some(Kind::Untrackable) {
            self.0.insert(entry.rela_path.to_vec());
        }
        ControlFlow::Continue(())
    }
}
