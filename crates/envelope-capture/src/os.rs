//! The probe of the operating system: distribution, kernel, C library, and on request its packages.
//!
//! Everything is read from files below a root, which is `/` unless someone looks at an image. Only the
//! packages of `rpm` take a program, since their database has a form of its own.

mod packages;

use crate::known::Known;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub use packages::{OsPackage, packages};

/// What the operating system is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OsFacts {
    /// The distribution.
    pub distribution: Known<Distribution>,
    /// The release of the kernel: `6.1.0-28-amd64`. In a container it is that of the host.
    pub kernel: Known<String>,
    /// The processors that programs are made for: `x86_64`.
    pub architecture: String,
    /// The C library, which decides which wheels fit.
    pub libc: Known<Libc>,
}

/// A distribution, as `os-release` names it, see
/// <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Its name in lower case: `debian`.
    pub id: String,
    /// Its version; rolling distributions have none.
    pub version: Option<String>,
    /// Its name for people: `Debian GNU/Linux 12 (bookworm)`.
    pub name: String,
    /// The image that it was installed from, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// A C library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Libc {
    /// `glibc` or `musl`.
    pub name: String,
    /// Its version: `2.36`.
    pub version: Option<String>,
}

/// Reads what the operating system below a root is.
pub fn probe(root: &Path) -> OsFacts {
    OsFacts {
        distribution: Known::of(distribution(root)),
        kernel: Known::of(text(root, "proc/sys/kernel/osrelease")),
        architecture: std::env::consts::ARCH.to_owned(),
        libc: Known::of(libc(root)),
    }
}

/// Reads a file below a root, without the blanks at its end.
fn text(root: &Path, path: &str) -> Result<String, String> {
    let text = fs::read_to_string(root.join(path));
    let text = text.map_err(|error| format!("cannot read `/{path}`: {error}"))?;
    Ok(text.trim_end().to_owned())
}

fn distribution(root: &Path) -> Result<Distribution, String> {
    let text = text(root, "etc/os-release")
        .or_else(|first| text(root, "usr/lib/os-release").map_err(|_| first))?;
    let values = assignments(&text);
    let value = |name: &str| values.get(name).filter(|value| !value.is_empty()).cloned();
    let id = value("ID").unwrap_or_else(|| "linux".to_owned());
    let image = value("IMAGE_ID").map(|image| match value("IMAGE_VERSION") {
        Some(version) => format!("{image} {version}"),
        None => image,
    });
    Ok(Distribution {
        name: value("PRETTY_NAME")
            .or_else(|| value("NAME"))
            .unwrap_or_else(|| id.clone()),
        version: value("VERSION_ID"),
        id,
        image,
    })
}

/// Reads assignments as a shell does that knows no substitution.
fn assignments(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once('=')?;
        let quoted = ['"', '\'']
            .into_iter()
            .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        Some((name.to_owned(), unescaped(quoted.unwrap_or(value))))
    });
    pairs.filter(|(name, _)| !name.starts_with('#')).collect()
}

fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' {
            letters.next()
        } else {
            Some(letter)
        });
    }
    text
}

/// Where the C library lies, on one architecture or another.
fn libc(root: &Path) -> Result<Libc, String> {
    let folders = ["lib", "lib64", "usr/lib", "usr/lib64"];
    for folder in folders
        .iter()
        .map(|folder| root.join(folder))
        .flat_map(with_inner)
    {
        let glibc = folder.join("libc.so.6");
        if let Ok(bytes) = fs::read(&glibc) {
            return Ok(Libc {
                name: "glibc".to_owned(),
                version: glibc_version(&bytes),
            });
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        if names.into_iter().any(|name| name.starts_with("ld-musl-")) {
            let version = packages::installed_by_apk(root).ok();
            let musl = version
                .into_iter()
                .flatten()
                .find(|package| package.name == "musl");
            return Ok(Libc {
                name: "musl".to_owned(),
                version: musl.map(|package| package.version),
            });
        }
    }
    Err("found no `libc.so.6` and no `ld-musl-*` in the folders of libraries".to_owned())
}

/// A folder, and those in it whose name says an architecture: `x86_64-linux-gnu`.
fn with_inner(folder: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let inner = entries.filter(|entry| entry.file_name().to_string_lossy().contains("-linux-"));
    let mut folders: Vec<_> = inner.map(|entry| entry.path()).collect();
    folders.sort();
    folders.insert(0, folder);
    folders
}

/// The library says its version in a sentence, which it prints when it is started as a program.
fn glibc_version(bytes: &[u8]) -> Option<String> {
    let start = b"stable release version ";
    let place = memchr::memmem::find(bytes, start)? + start.len();
    let rest = &bytes[place..bytes.len().min(place + 16)];
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let version = std::str::from_utf8(&rest[..length])
        .ok()?
        .trim_end_matches('.');
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_an_operating_system() {
        let facts = probe(Path::new("/"));
        assert!(facts.distribution.value().is_some(), "{facts:?}");
        assert!(facts.kernel.value().is_some(), "{facts:?}");
        assert!(facts.libc.value().is_some(), "{facts:?}");
    }

    #[test]
    fn assignments_are_read_as_a_shell_reads_them() {
        let text =
            "# no\nNAME=\"Some \\\"Linux\\\"\"\nID='some'\nVERSION_ID=12\nEMPTY=\nnonsense\n";
        let values = assignments(text);
        for (name, value) in [
            ("NAME", "Some \"Linux\""),
            ("ID", "some"),
            ("VERSION_ID", "12"),
            ("EMPTY", ""),
        ] {
            assert_eq!(values.get(name).map(String::as_str), Some(value));
        }
        assert_eq!(values.len(), 4);
    }

    #[test]
    fn an_empty_root_gives_reasons() {
        let folder = tempfile::tempdir().unwrap();
        let facts = probe(folder.path());
        assert!(
            facts
                .distribution
                .because()
                .unwrap()
                .starts_with("cannot read `/etc/os-release`: ")
        );
        assert!(
            facts
                .libc
                .because()
                .unwrap()
                .starts_with("found no `libc.so.6`")
        );
    }

    #[test]
    fn alpine_has_musl_of_the_version_of_its_package() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (path, text) in [
            (
                "etc/os-release",
                "ID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\n",
            ),
            ("lib/ld-musl-x86_64.so.1", ""),
            (
                "lib/apk/db/installed",
                "P:musl\nV:1.2.5-r0\nA:x86_64\n\nP:zlib\nV:1.3.1-r1\nA:x86_64\n",
            ),
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let facts = probe(root);
        let libc = Libc {
            name: "musl".into(),
            version: Some("1.2.5-r0".into()),
        };
        assert_eq!(facts.libc, Known::Value(libc));
        assert_eq!(
            facts.distribution.value().unwrap().name,
            "Alpine Linux v3.20"
        );
        assert_eq!(
            glibc_version(b"x\0GNU C Library (Debian) stable release version 2.36.\nC"),
            Some("2.36".into())
        );
    }
}
