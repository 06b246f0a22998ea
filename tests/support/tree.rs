//! Folders as values: every file with its bytes, and copying and writing such folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Every regular file below a folder, by its path there, with its bytes.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    collect(root, "", &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else {
            found.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Copies a folder of regular files.
pub(crate) fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        write(&to.join(path), &bytes);
    }
}

/// Writes a file, and the folders it needs.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Asserts that two folders hold the same files with the same bytes, and names those that do not.
pub(crate) fn assert_same(found: &Path, expected: &Path) {
    let (found, expected) = (files(found), files(expected));
    let paths = |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&found), paths(&expected));
    let other = |path: &&String| found[*path] != expected[*path];
    let different: Vec<&String> = expected.keys().filter(other).collect();
    assert!(different.is_empty(), "these differ: {different:?}");
}
