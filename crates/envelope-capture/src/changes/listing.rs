//! Which files git is to look at: those of its index, and untracked ones within the limits.

use super::shadow::Shadow;
use super::{LeftOut, Limits, Reason};
use crate::error::Error;
use crate::patch::{blob_id, shown};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The endings with which a file of environment variables is an example for people.
const EXAMPLES: [&[u8]; 5] = [
    b".example",
    b".sample",
    b".template",
    b".dist",
    b".defaults",
];

/// Lists untracked files in the index beside, and takes from it what would hide a difference.
pub(super) fn list(shadow: &Shadow<'_>, limits: Limits) -> Result<Vec<LeftOut>, Error> {
    let entries = Entries::read(shadow)?;
    entries.look_at_hidden(shadow)?;
    let mut instructions = entries.settled(shadow);
    let mut left_out = Vec::new();
    let mut taken_bytes = 0;
    left_out.extend(special_files(shadow));
    let own = own_files(shadow).unwrap_or_else(|| b"/".to_vec());
    let words = ["ls-files", "-z", "--others", "--exclude-standard"];
    for path in names(&shadow.ask(&words, Vec::new())?) {
        if path.starts_with(&own) {
            continue;
        }
        match untracked(shadow, path, limits, &mut taken_bytes) {
            Ok(mode) => entry(mode, &shadow.empty_blob(), path, &mut instructions),
            Err(because) => left_out.push(leave(shadow.root(), path, because)),
        }
    }
    // What the index says of files is brought up to date first, so that they are read once only.
    let words = [
        "update-index",
        "-q",
        "--unmerged",
        "--refresh",
        "--replace",
        "--add",
        "-z",
        "--index-info",
    ];
    shadow.ask(&words, instructions)?;
    Ok(left_out)
}

/// What the path of every file begins with that is made here on the way, where that is among the
/// files of the repository.
fn own_files(shadow: &Shadow<'_>) -> Option<Vec<u8>> {
    let folder = shadow.scratch().canonicalize().ok()?;
    let inside = folder
        .strip_prefix(shadow.root().canonicalize().ok()?)
        .ok()?;
    Some([inside.as_os_str().as_bytes(), b"/"].concat())
}

/// Pipes, sockets and devices, which git passes over without a word. Those that the user's own rules
/// ignore are not named either.
fn special_files(shadow: &Shadow<'_>) -> Vec<LeftOut> {
    // What cannot be looked through by the library has no such files that anybody knows of.
    let found = crate::git::special_files(shadow.repository).unwrap_or_default();
    if found.is_empty() {
        return Vec::new();
    }
    let paths: Vec<&[u8]> = found.iter().map(Vec::as_slice).collect();
    let words = ["check-ignore", "-z", "--stdin"];
    // That none is ignored, git says by failing without a word.
    let ignored = shadow.ask(&words, paths.join(&0)).unwrap_or_default();
    let ignored: BTreeSet<&[u8]> = names(&ignored).collect();
    let paths = paths.into_iter().filter(|path| !ignored.contains(path));
    paths
        .map(|path| leave(shadow.root(), path, Reason::SpecialFile))
        .collect()
}

/// The entries of the index that git would not compare with their files.
struct Entries {
    /// Taken for unchanged because the user says so.
    assumed: Vec<Vec<u8>>,
    /// Outside of a sparse checkout, and there all the same.
    skipped: Vec<Vec<u8>>,
    /// In the middle of a merge.
    unmerged: Vec<Vec<u8>>,
}

impl Entries {
    fn read(shadow: &Shadow<'_>) -> Result<Self, Error> {
        let answer = shadow.ask(&["ls-files", "-z", "-v"], Vec::new())?;
        let mut entries = Self {
            assumed: Vec::new(),
            skipped: Vec::new(),
            unmerged: Vec::new(),
        };
        for line in names(&answer) {
            let [tag, b' ', path @ ..] = line else {
                continue;
            };
            if tag.is_ascii_lowercase() {
                entries.assumed.push(path.to_vec());
            }
            if tag.eq_ignore_ascii_case(&b'S') && shadow.file(path).symlink_metadata().is_ok() {
                entries.skipped.push(path.to_vec());
            }
            if tag.eq_ignore_ascii_case(&b'M') {
                entries.unmerged.push(path.to_vec());
            }
        }
        entries.unmerged.dedup();
        Ok(entries)
    }

    fn look_at_hidden(&self, shadow: &Shadow<'_>) -> Result<(), Error> {
        for (paths, word) in [
            (&self.assumed, "--no-assume-unchanged"),
            (&self.skipped, "--no-skip-worktree"),
        ] {
            if !paths.is_empty() {
                shadow.ask(&["update-index", word, "-z", "--stdin"], paths.join(&0))?;
            }
        }
        Ok(())
    }

    /// Instructions that settle a merge: the entries only say which files to look at.
    fn settled(&self, shadow: &Shadow<'_>) -> Vec<u8> {
        let mut instructions = Vec::new();
        for path in &self.unmerged {
            entry(0, &shadow.empty_blob(), path, &mut instructions);
            let is_link = shadow
                .file(path)
                .symlink_metadata()
                .is_ok_and(|file| file.is_symlink());
            let mode = if is_link { 0o120_000 } else { 0o100_644 };
            entry(mode, &shadow.empty_blob(), path, &mut instructions);
        }
        instructions
    }
}

/// An instruction for `git update-index --index-info`; the mode 0 takes the path out.
pub(super) fn entry(mode: u32, id: &str, path: &[u8], instructions: &mut Vec<u8>) {
    instructions.extend_from_slice(format!("{mode:o} {id} 0\t").as_bytes());
    instructions.extend_from_slice(path);
    instructions.push(0);
}

/// The parts of an answer that ends each of them with a zero.
pub(super) fn names(answer: &[u8]) -> impl Iterator<Item = &[u8]> {
    answer
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
}

/// Decides about an untracked file: its mode, or why it is left out.
fn untracked(
    shadow: &Shadow<'_>,
    path: &[u8],
    limits: Limits,
    taken_bytes: &mut u64,
) -> Result<u32, Reason> {
    if path.ends_with(b"/") {
        return Err(Reason::Repository);
    }
    if is_environment_file(path) {
        return Err(Reason::EnvironmentFile);
    }
    let file = shadow.file(path);
    let metadata = fs::symlink_metadata(&file).map_err(|_| Reason::Unreadable)?;
    if metadata.is_symlink() {
        return Ok(0o120_000);
    }
    if !metadata.is_file() {
        return Err(Reason::SpecialFile);
    }
    if metadata.len() > limits.file_bytes {
        return Err(Reason::TooLarge);
    }
    if taken_bytes.saturating_add(metadata.len()) > limits.untracked_bytes {
        return Err(Reason::TooMuch);
    }
    File::open(&file).map_err(|_| Reason::Unreadable)?;
    *taken_bytes += metadata.len();
    let is_program = metadata.permissions().mode() & 0o100 != 0;
    Ok(if is_program { 0o100_755 } else { 0o100_644 })
}

pub(super) fn leave(root: &Path, path: &[u8], because: Reason) -> LeftOut {
    let metadata = fs::symlink_metadata(root.join(OsStr::from_bytes(path)));
    let size_bytes = metadata
        .ok()
        .filter(fs::Metadata::is_file)
        .map(|file| file.len());
    LeftOut {
        path: shown(path),
        because,
        size_bytes,
    }
}

/// Whether a file is named `.env`, `.env.local`, `prod.env` or `.envrc`, and is no example.
pub(super) fn is_environment_file(path: &[u8]) -> bool {
    let name = path
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let named = name.starts_with(b".env.") || name.ends_with(b".env") || name == b".envrc";
    named && !EXAMPLES.iter().any(|ending| name.ends_with(ending))
}

impl Shadow<'_> {
    pub(super) fn file(&self, path: &[u8]) -> PathBuf {
        self.root().join(OsStr::from_bytes(path))
    }

    /// The object of an empty file: what stands for contents that nobody has looked at yet.
    pub(super) fn empty_blob(&self) -> String {
        self.id_of(b"")
    }

    /// The object that a file of these contents is.
    pub(super) fn id_of(&self, contents: &[u8]) -> String {
        blob_id(self.base.len(), contents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_files_of_environment_variables_by_their_names() {
        for (path, is_one) in [
            (".env", true),
            ("app/.env", true),
            (".env.local", true),
            (".ENV", true),
            ("docker/prod.env", true),
            (".envrc", true),
            (".env.example", false),
            ("prod.env.template", false),
            ("environment.py", false),
            ("env", false),
            (".envelope/x", false),
            (".env/notes.txt", false),
        ] {
            assert_eq!(is_environment_file(path.as_bytes()), is_one, "{path}");
        }
    }
}
