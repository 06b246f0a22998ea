//! Which C library a Linux system has: glibc says its version in a text inside itself, musl is told by
//! its loader's name and has its version there too.

use std::fs;
use std::path::{Path, PathBuf};

/// Where distributions keep the library, from the root; Debian's folders carry the architecture.
const FOLDERS: [&str; 4] = ["lib64", "usr/lib64", "lib", "usr/lib"];

pub(super) fn find(root: &Path) -> Result<String, String> {
    let places = || {
        FOLDERS
            .iter()
            .map(|folder| root.join(folder))
            .flat_map(with_architectures)
    };
    let glibc = places().find_map(|folder| glibc(&folder.join("libc.so.6")));
    glibc
        .or_else(|| places().find_map(|folder| musl(&folder)))
        .ok_or_else(|| "no C library is found where Linux systems have it".to_owned())
}

/// A folder, and those in it that are named after this machine's architecture.
fn with_architectures(folder: PathBuf) -> Vec<PathBuf> {
    let of_debian = format!("{}-linux-gnu", std::env::consts::ARCH);
    vec![folder.join(of_debian), folder]
}

/// `GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36.`
fn glibc(library: &Path) -> Option<String> {
    let bytes = fs::read(library).ok()?;
    let version = text_behind(&bytes, b" release version ")?;
    Some(format!("glibc {}", version.trim_end_matches('.')))
}

/// `libc.musl-x86_64.so.1` and `ld-musl-x86_64.so.1`; the version stands before the usage.
fn musl(folder: &Path) -> Option<String> {
    let entries = fs::read_dir(folder).ok()?;
    let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    names.sort();
    let loader = names.into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("ld-musl-") && name.ends_with(".so.1")
    })?;
    let version = fs::read(loader)
        .ok()
        .and_then(|bytes| version_of_musl(&bytes));
    Some(version.map_or("musl".into(), |version| format!("musl {version}")))
}

/// The only text of the form `1.2.5` with zeros around it.
fn version_of_musl(bytes: &[u8]) -> Option<String> {
    bytes.split(|&byte| byte == 0).find_map(|text| {
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| text.len() <= 12)?;
        let parts: Vec<&str> = text.split('.').collect();
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        (parts.len() == 3 && parts.iter().all(is_number)).then(|| text.to_owned())
    })
}

/// The digits and dots that follow a text.
fn text_behind(bytes: &[u8], text: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(bytes, text)? + text.len();
    let rest = bytes[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    let version: String = rest.map(|&byte| char::from(byte)).collect();
    (!version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_libraries_by_their_files() {
        let glibc = "\0GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\nCopyright";
        let musl = "\0\x01\x021.2.5\0musl libc (x86_64)\nVersion %s\n\0\x31.2.5\0";
        for (path, bytes, found) in [
            ("lib/libc.so.6", glibc, Ok("glibc 2.36")),
            ("lib64/libc.so.6", glibc, Ok("glibc 2.36")),
            ("lib/ld-musl-x86_64.so.1", musl, Ok("musl 1.2.5")),
            ("lib/ld-musl-aarch64.so.1", "", Ok("musl")),
            ("lib/libc.so.6", "no text", Err(())),
            ("lib/libm.so.6", glibc, Err(())),
        ] {
            let root = tempfile::tempdir().unwrap();
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
            let answer = find(root.path());
            assert_eq!(
                answer.as_deref().map_err(|_| ()),
                found,
                "{}",
                path.display()
            );
        }
    }
}
