//! The probe of the operating system: distribution, kernel, C library, and on request the packages
//! of the distribution.

mod c_library;
mod packages;

use crate::known::Known;
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use sysinfo::System;

/// What to ask.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// Where the system's files begin: `/`, or a folder with the files of another system.
    pub root: &'a Path,
    /// Whether to read the packages too: there are hundreds.
    pub packages: Packages<'a>,
}

/// Whether to read the distribution's packages.
#[derive(Debug, Clone, Copy)]
pub enum Packages<'a> {
    /// No.
    LeftOut,
    /// Yes; those of RPM by the program `rpm`, started with these variables.
    Read(&'a [(OsString, OsString)]),
}

/// An operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatingSystem {
    /// The short name: `debian`, `alpine`, `macos`.
    pub distribution: Known<String>,
    /// The version of the distribution: `12`.
    pub version: Known<String>,
    /// Both, for people: `Debian GNU/Linux 12 (bookworm)`.
    pub name: Known<String>,
    /// The image that it was installed from, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The kernel's version.
    pub kernel: Known<String>,
    /// The C library: `glibc 2.36`.
    pub c_library: Known<String>,
    /// The distribution's packages, in order of their names; absent where they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packages: Option<Known<Vec<Package>>>,
}

/// An installed package of a distribution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, as the distribution writes it.
    pub version: String,
    /// What it was built for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
}

/// Reads what is known of the operating system.
///
/// ```
/// use envelope_capture::os::{Packages, Search, probe};
///
/// let search = Search { root: "/".as_ref(), packages: Packages::LeftOut };
/// println!("{:?}", probe(&search).name);
/// ```
pub fn probe(search: &Search<'_>) -> OperatingSystem {
    let release = Release::read(search.root);
    // Systems that have no such file say it otherwise; another system's files say nothing of this one.
    let is_own = search.root == Path::new("/");
    let field = |key: &str, by_system: Option<String>| {
        let by_system = by_system.filter(|_| is_own);
        let value = release
            .as_ref()
            .map_or(by_system, |release| release.get(key));
        Known::of(value.ok_or_else(|| format!("the system does not say its {key}")))
    };
    OperatingSystem {
        distribution: field("ID", Some(System::distribution_id())),
        version: field("VERSION_ID", System::os_version()),
        name: field("PRETTY_NAME", System::long_os_version()),
        image: release.as_ref().and_then(Release::image),
        kernel: Known::of(System::kernel_version().ok_or("the system does not say its kernel")),
        c_library: Known::of(c_library::find(search.root)),
        packages: match search.packages {
            Packages::LeftOut => None,
            Packages::Read(variables) => Some(Known::of(packages::read(search.root, variables))),
        },
    }
}

/// `os-release`, in which Linux distributions say what they are:
/// <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>.
struct Release(String);

impl Release {
    fn read(root: &Path) -> Option<Self> {
        let places = ["etc/os-release", "usr/lib/os-release"];
        let mut texts = places
            .iter()
            .map(|place| std::fs::read_to_string(root.join(place)));
        texts.find_map(Result::ok).map(Self)
    }

    fn image(&self) -> Option<String> {
        let image = self.get("IMAGE_ID")?;
        let version = self.get("IMAGE_VERSION");
        Some(version.map_or(image.clone(), |version| format!("{image} {version}")))
    }

    fn get(&self, key: &str) -> Option<String> {
        value_in(&self.0, key)
    }
}

/// A value in a file of assignments as a shell reads them, with quotes or without.
pub(crate) fn value_in(text: &str, key: &str) -> Option<String> {
    let mut pairs = text.lines().filter_map(|line| line.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == key)?;
    let quoted = ['"', '\'']
        .iter()
        .find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let plain = quoted
        .unwrap_or(value)
        .replace("\\\"", "\"")
        .replace("\\$", "$");
    (!plain.is_empty()).then_some(plain)
}

/// Whether a variable is set to something, among those handed in.
pub(crate) fn variable<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let mut found = variables
        .iter()
        .filter(|(key, value)| key == name && !value.is_empty());
    found.next().map(|(_, value)| value.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_assignments_as_a_shell_does() {
        let text =
            "NAME=plain\nPRETTY_NAME=\"With \\\"marks\\\" (x)\"\nID='one'\n# ID=no\nEMPTY=\n";
        for (key, value) in [
            ("NAME", Some("plain")),
            ("PRETTY_NAME", Some("With \"marks\" (x)")),
            ("ID", Some("one")),
            ("EMPTY", None),
            ("OTHER", None),
        ] {
            assert_eq!(value_in(text, key).as_deref(), value, "{key}");
        }
    }

    #[test]
    fn the_files_of_another_system_are_all_that_is_said_of_it() {
        let root = tempfile::tempdir().unwrap();
        let look = || {
            probe(&Search {
                root: root.path(),
                packages: Packages::Read(&[]),
            })
        };
        assert!(look().distribution.because().is_some());
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::fs::write(
            root.path().join("etc/os-release"),
            "ID=alpine\nVERSION_ID=3.20.1\nIMAGE_ID=train\nIMAGE_VERSION=7\n",
        )
        .unwrap();
        let found = look();
        assert_eq!(
            found.distribution.value().map(String::as_str),
            Some("alpine")
        );
        assert_eq!(found.version.value().map(String::as_str), Some("3.20.1"));
        assert!(found.name.because().unwrap().contains("PRETTY_NAME"));
        assert!(
            found
                .packages
                .unwrap()
                .because()
                .unwrap()
                .contains("package")
        );
    }
}
