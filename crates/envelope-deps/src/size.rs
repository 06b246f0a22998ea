//! What installed packages weigh, by their RECORD.
//!
//! Every installed file has a row with its path and size
//! (<https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file>),
//! so that one file is read instead of thousands being looked at. Files whose row has no size, such
//! as RECORD itself, are looked at where they lie.

use crate::inventory::Distribution;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::path::Path;

/// What a package weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// The length of all its files, in bytes.
    pub bytes: u64,
    /// The number of its files.
    pub files: u64,
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            files: self.files.saturating_add(other.files),
        }
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Add::add)
    }
}

/// What an installed package weighs; nothing where its files are not listed.
pub fn measure(distribution: &Distribution) -> Option<Size> {
    let folder = distribution.metadata_folder.as_deref()?;
    let record = folder.join("RECORD");
    match File::open(&record) {
        Ok(file) => sum_record(file, folder.parent().unwrap_or(Path::new(""))).ok(),
        Err(_) => sum_installed_files(folder),
    }
}

/// A RECORD that is longer than this is not read to its end.
const LONGEST: u64 = 64 << 20;

fn sum_record(file: File, installed: &Path) -> io::Result<Size> {
    let mut reader = BufReader::with_capacity(32 << 10, file.take(LONGEST));
    let mut size = Size::default();
    let mut row = Vec::new();
    loop {
        row.clear();
        while reader.read_until(b'\n', &mut row)? > 0 && is_open(&row) {}
        if row.is_empty() {
            return Ok(size);
        }
        let text = row.trim_ascii();
        if text.is_empty() {
            continue;
        }
        size.files += 1;
        size.bytes = size.bytes.saturating_add(match own_size(text) {
            Some(bytes) => bytes,
            None => length_of(&installed.join(path_of(text))),
        });
    }
}

/// Whether a quoted path goes on in the next line.
fn is_open(row: &[u8]) -> bool {
    row.first() == Some(&b'"') && memchr::memchr_iter(b'"', row).count() % 2 == 1
}

/// The size at the end of a row.
fn own_size(row: &[u8]) -> Option<u64> {
    let comma = memchr::memrchr(b',', row)?;
    std::str::from_utf8(&row[comma + 1..]).ok()?.parse().ok()
}

/// The path at the beginning of a row, without its quotes.
fn path_of(row: &[u8]) -> String {
    let ends = |what: u8, from: usize| memchr::memchr(what, &row[from..]).map(|at| from + at);
    if row.first() != Some(&b'"') {
        let path = &row[..ends(b',', 0).unwrap_or(row.len())];
        return String::from_utf8_lossy(path).into_owned();
    }
    let mut path = Vec::new();
    let mut from = 1;
    while let Some(quote) = ends(b'"', from) {
        path.extend_from_slice(&row[from..quote]);
        if row.get(quote + 1) != Some(&b'"') {
            break;
        }
        path.push(b'"');
        from = quote + 2;
    }
    String::from_utf8_lossy(&path).into_owned()
}

fn length_of(path: &Path) -> u64 {
    path.symlink_metadata().map_or(0, |metadata| metadata.len())
}

/// What `installed-files.txt` of an `egg-info` lists, relative to that folder.
fn sum_installed_files(folder: &Path) -> Option<Size> {
    let file = File::open(folder.join("installed-files.txt")).ok()?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let paths = text.lines().map(str::trim).filter(|path| !path.is_empty());
    let sizes = paths.map(|path| Size {
        bytes: length_of(&folder.join(path)),
        files: 1,
    });
    Some(sizes.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_a_path_and_a_size() {
        for (row, path, size) in [
            ("a/b.py,sha256=x,12", "a/b.py", Some(12)),
            ("a/b.pyc,,", "a/b.pyc", None),
            ("\"a,\"\"b\"\".py\",sha256=x,7", "a,\"b\".py", Some(7)),
            ("a.py", "a.py", None),
            ("\"a.py", "", None),
            ("a.py,x,99999999999999999999999", "a.py", None),
            (",,", "", None),
        ] {
            assert_eq!(path_of(row.as_bytes()), path, "{row}");
            assert_eq!(own_size(row.as_bytes()), size, "{row}");
        }
    }

    #[test]
    fn files_without_a_size_are_looked_at() {
        let site = tempfile::tempdir().expect("a folder");
        let info = site.path().join("a-1.dist-info");
        std::fs::create_dir(&info).expect("a folder");
        std::fs::write(site.path().join("a.pyc"), "12345").expect("a file");
        let record = "a.py,x,100\na.pyc,,\ngone.pyc,,\n\"a,\nb.py\",x,10\n\na-1.dist-info/RECORD,,";
        std::fs::write(info.join("RECORD"), record).expect("a file");
        let mut distribution = Distribution::new("a".parse().expect("a name"));
        assert_eq!(measure(&distribution), None);
        distribution.metadata_folder = Some(info);
        let expected = Size {
            bytes: 100 + 5 + 10 + record.len() as u64,
            files: 5,
        };
        assert_eq!(measure(&distribution), Some(expected));
    }

    #[test]
    fn old_packages_list_their_files() {
        let site = tempfile::tempdir().expect("a folder");
        let info = site.path().join("a-1.egg-info");
        std::fs::create_dir(&info).expect("a folder");
        let mut distribution = Distribution::new("a".parse().expect("a name"));
        distribution.metadata_folder = Some(info.clone());
        assert_eq!(measure(&distribution), None);
        std::fs::write(site.path().join("a.py"), "12345").expect("a file");
        std::fs::write(info.join("PKG-INFO"), "1").expect("a file");
        std::fs::write(info.join("installed-files.txt"), "../a.py\nPKG-INFO\n").expect("a file");
        assert_eq!(measure(&distribution), Some(Size { bytes: 6, files: 2 }));
    }
}
