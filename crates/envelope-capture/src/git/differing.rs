//! Which files differ from the commit, as the library sees it: all that can be said on a machine
//! without the program `git`, which alone writes patches.

use super::by_library;
use crate::error::Error;
use crate::known::Known;
use crate::patch::shown;
use gix::progress::Discard;
use gix::status::tree_index::TrackRenames;
use gix::status::{Item, UntrackedFiles};
use std::collections::BTreeSet;
use std::path::Path;

/// Names the files that differ from the commit that is checked out, or are not tracked, in order.
/// Submodules are not looked into.
pub fn differing(folder: &Path) -> Known<Vec<String>> {
    Known::of(read(folder))
}

fn read(folder: &Path) -> Result<Vec<String>, Error> {
    let repository = by_library::open(folder)?;
    let unread = |error: gix::Error| Error::Repository {
        part: "files",
        message: error.to_string(),
    };
    let status = repository.status(Discard).map_err(unread)?;
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
            paths.insert(shown(item.location()));
        }
    }
    Ok(paths.into_iter().collect())
}
