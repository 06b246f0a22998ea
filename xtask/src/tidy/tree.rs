//! The text files of the repository, as git lists them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::process;

/// A text file of the repository.
#[derive(Debug)]
pub(super) struct TextFile {
    /// Its path from the root, with `/`.
    pub(super) path: String,
    /// What it says.
    pub(super) text: String,
}

impl TextFile {
    /// Whether it is Rust source.
    pub(super) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether the name ends in this extension.
    pub(super) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    /// Whether it is test data, which stays as its maker wrote it.
    pub(super) fn is_fixture(&self) -> bool {
        self.path.split('/').any(|part| part == "fixtures")
    }

    /// The lines, counted from 1.
    pub(super) fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

/// Reads every file that git tracks or would track; what is no UTF-8 is no text.
///
/// # Errors
/// When git cannot be asked or a file cannot be read.
pub(super) fn read(root: &Path) -> Result<Vec<TextFile>, Failure> {
    let list = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let names = process::output(Command::new("git").current_dir(root).args(list))?;
    let mut files = Vec::new();
    for name in names.split_terminator('\0') {
        let path = root.join(name);
        // Absent: deleted, not yet committed. A link or a folder of another repository: no text.
        if !path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file())
        {
            continue;
        }
        let bytes = fs::read(&path).map_err(|source| Failure::io("read", &path, source))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TextFile {
                path: name.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_files_of_this_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let files = read(root).unwrap();
        let this = files
            .iter()
            .find(|file| file.path == "xtask/src/tidy/tree.rs")
            .unwrap();
        assert!(this.is_rust() && !this.is_fixture());
        assert_eq!(this.numbered_lines().next().unwrap().0, 1);
        assert!(files.iter().all(|file| !file.path.starts_with("target/")));
    }
}
