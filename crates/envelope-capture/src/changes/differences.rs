//! What differs from the commit, held against the limits, and the patch that git makes of it.

use super::listing::{entry, is_environment_file, leave, names};
use super::shadow::Shadow;
use super::{LeftOut, Limits, Reason};
use crate::error::Error;
use crate::patch::{Change, Patch, Section, shown};
use std::fs;

/// How the patch is written. `diff-index` reads none of a user's settings about looks; those few
/// that it does read are set here.
const PATCH: [&str; 16] = [
    "-c",
    "diff.suppressBlankEmpty=false",
    "diff-index",
    "-p",
    "--binary",
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--ignore-submodules=dirty",
    "--unified=3",
    "--inter-hunk-context=0",
    "--diff-algorithm=default",
];

/// A file that differs from the commit, as `git diff-index` lists it, see
/// <https://git-scm.com/docs/diff-format#_raw_output_format>.
struct Differing<'a> {
    old_mode: u32,
    new_mode: u32,
    old_id: &'a str,
    path: &'a [u8],
}

const SUBMODULE: u32 = 0o160_000;

/// Takes out of the index beside what is not to be in the patch, and gives the submodules that differ.
pub(super) fn limit(
    shadow: &Shadow<'_>,
    limits: Limits,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut answer = raw(shadow)?;
    if memchr::memmem::find(&answer, b".gitattributes\0").is_some() {
        // What the index holds for unchanged was so by other attributes.
        forget_times(shadow)?;
        answer = raw(shadow)?;
    }
    let mut parts = answer.split(|byte| *byte == 0);
    let mut submodules = Vec::new();
    let mut instructions = Vec::new();
    let mut unchanged = Vec::new();
    while let (Some(facts @ [b':', ..]), Some(path)) = (parts.next(), parts.next()) {
        let differing = differing(facts, path)?;
        if [differing.old_mode, differing.new_mode].contains(&SUBMODULE) {
            submodules.push(path.to_vec());
        }
        let Some(because) = refusal(shadow, &differing, limits) else {
            continue;
        };
        left_out.push(leave(shadow.root(), path, because));
        entry(
            differing.old_mode,
            differing.old_id,
            path,
            &mut instructions,
        );
        if differing.old_mode != 0 {
            unchanged.push(path.to_vec());
        }
    }
    if !instructions.is_empty() {
        shadow.ask(
            &["update-index", "--replace", "--add", "-z", "--index-info"],
            instructions,
        )?;
    }
    if !unchanged.is_empty() {
        let words = ["update-index", "--assume-unchanged", "-z", "--stdin"];
        shadow.ask(&words, unchanged.join(&0))?;
    }
    Ok(submodules)
}

fn raw(shadow: &Shadow<'_>) -> Result<Vec<u8>, Error> {
    let words = [
        "diff-index",
        "--raw",
        "-z",
        "--no-renames",
        "--ignore-submodules=none",
    ];
    shadow.ask(&[&words[..], &[&shadow.base, "--"]].concat(), Vec::new())
}

/// Makes git read all files, those left out that a sparse checkout does not have.
fn forget_times(shadow: &Shadow<'_>) -> Result<(), Error> {
    let entries = shadow.ask(&["ls-files", "-z", "-s", "-t"], Vec::new())?;
    let entries = || names(&entries).filter_map(|entry| entry.strip_prefix(b"H "));
    let list = |entries: Vec<&[u8]>| [entries.join(&0), vec![0]].concat();
    let words = ["update-index", "-z", "--index-info"];
    shadow.ask(&words, list(entries().collect()))?;
    shadow.ask(&["update-index", "-q", "--refresh"], Vec::new())?;
    // What stands for contents that nobody has looked at is no object that git could read.
    let empty = shadow.empty_blob();
    let is_empty = |entry: &&[u8]| memchr::memmem::find(entry, empty.as_bytes()) == Some(7);
    let empty: Vec<&[u8]> = entries().filter(is_empty).collect();
    if !empty.is_empty() {
        shadow.ask(&words, list(empty))?;
    }
    Ok(())
}

fn differing<'a>(facts: &'a [u8], path: &'a [u8]) -> Result<Differing<'a>, Error> {
    let parts = || {
        let mut words = std::str::from_utf8(facts)
            .ok()?
            .strip_prefix(':')?
            .split(' ');
        let mode = |word: &str| u32::from_str_radix(word, 8).ok();
        let (old_mode, new_mode) = (mode(words.next()?)?, mode(words.next()?)?);
        Some(Differing {
            old_mode,
            new_mode,
            old_id: words.next()?,
            path,
        })
    };
    parts().ok_or_else(|| Error::Answer {
        expected: "modes, objects and a status",
        found: String::from_utf8_lossy(facts).into_owned(),
    })
}

fn refusal(shadow: &Shadow<'_>, differing: &Differing<'_>, limits: Limits) -> Option<Reason> {
    if is_environment_file(differing.path) {
        return Some(Reason::EnvironmentFile);
    }
    let metadata = fs::symlink_metadata(shadow.file(differing.path)).ok()?;
    let kind = metadata.file_type();
    if !(kind.is_file() || kind.is_symlink() || kind.is_dir()) {
        return Some(Reason::SpecialFile);
    }
    let is_large = metadata.is_file() && metadata.len() > limits.file_bytes;
    is_large.then_some(Reason::TooLarge)
}

/// Lets git write the patch.
pub(super) fn patch(shadow: &Shadow<'_>, limits: Limits) -> Result<Patch, Error> {
    let ask = |renames: &str| {
        let words = [&PATCH[..], &[renames, &shadow.base, "--"]].concat();
        let bytes = shadow
            .git
            .ask_within(shadow.question(&words), limits.patch_bytes)?;
        Patch::read(bytes)
    };
    let patch = ask("--find-renames")?;
    if gives_way_to_folder(&patch) {
        ask("--no-renames")
    } else {
        Ok(patch)
    }
}

/// Whether a folder takes the place of a file that has another name now. Git does not say that such a
/// file is a link, and then does not apply its own patch: what is beyond a link is not to be touched.
fn gives_way_to_folder(patch: &Patch) -> bool {
    let moved = patch
        .sections()
        .iter()
        .filter(|section| section.change() == Change::Renamed);
    let mut moved = moved.filter_map(|section| section.old_path.as_deref());
    moved.any(|old| {
        let is_inside = |path: &[u8]| {
            path.strip_prefix(old)
                .is_some_and(|rest| rest.starts_with(b"/"))
        };
        patch
            .sections()
            .iter()
            .any(|section| is_inside(section.raw_path()))
    })
}

/// Of the submodules that differ, those that are at their commit: what differs is inside.
pub(super) fn dirty_submodules(patch: &Patch, submodules: Vec<Vec<u8>>) -> Vec<LeftOut> {
    let is_moved = |path: &[u8]| {
        let moved = patch
            .sections()
            .iter()
            .filter(|section| section.is_submodule());
        moved.map(Section::raw_path).any(|moved| moved == path)
    };
    let dirty = submodules.into_iter().filter(|path| !is_moved(path));
    let because = Reason::SubmoduleChanges;
    dirty
        .map(|path| LeftOut {
            path: shown(&path),
            because,
            size_bytes: None,
        })
        .collect()
}
