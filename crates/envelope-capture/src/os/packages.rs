//! The packages of the operating system: of dpkg, apk and rpm.

use crate::known::Known;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A package of the operating system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OsPackage {
    /// Its name: `libc6`.
    pub name: String,
    /// Its version, as its system writes it: `2.36-9+deb12u9`.
    pub version: String,
    /// What it is made for: `amd64`, `all`.
    pub architecture: String,
}

/// Reads which packages are installed below a root, in order of their names.
///
/// For `rpm` the program is started, in the environment given.
pub fn packages(root: &Path, environment: &BTreeMap<OsString, OsString>) -> Known<Vec<OsPackage>> {
    let readers: [&dyn Fn() -> Result<Vec<OsPackage>, String>; 3] = [
        &|| installed_by_dpkg(root),
        &|| installed_by_apk(root),
        &|| installed_by_rpm(root, environment),
    ];
    let mut reasons = Vec::new();
    for read in readers {
        match read() {
            Ok(mut packages) => {
                packages.sort();
                packages.dedup();
                return Known::Value(packages);
            }
            Err(reason) => reasons.push(reason),
        }
    }
    Known::Unknown(reasons.join("; "))
}

/// Reads the paragraphs of Debian's control files, see
/// <https://www.debian.org/doc/debian-policy/ch-controlfields.html>.
fn installed_by_dpkg(root: &Path) -> Result<Vec<OsPackage>, String> {
    let status = root.join("var/lib/dpkg/status");
    // Images without a package manager have a file for each package.
    let folder = fs::read_dir(root.join("var/lib/dpkg/status.d"))
        .into_iter()
        .flatten()
        .flatten();
    let single = folder
        .filter(|entry| entry.path().extension().is_none())
        .map(|entry| entry.path());
    let files = std::iter::once(status).chain(single);
    let texts: Vec<String> = files
        .filter_map(|file| fs::read(file).ok())
        .map(|bytes| lossy(&bytes))
        .collect();
    if texts.is_empty() {
        return Err("found no `/var/lib/dpkg/status`".to_owned());
    }
    let paragraphs = texts.iter().flat_map(|text| text.split("\n\n"));
    let package = |paragraph: &str| {
        let value = |name: &str| field(paragraph, name, ": ");
        let is_installed = value("Status").is_none_or(|status| status.ends_with(" installed"));
        is_installed.then(|| of(value("Package"), value("Version"), value("Architecture")))?
    };
    Ok(paragraphs.filter_map(package).collect())
}

/// Reads the database of Alpine, see <https://wiki.alpinelinux.org/wiki/Apk_spec>.
pub(super) fn installed_by_apk(root: &Path) -> Result<Vec<OsPackage>, String> {
    let path = "lib/apk/db/installed";
    let bytes = fs::read(root.join(path)).map_err(|_| format!("found no `/{path}`"))?;
    let text = lossy(&bytes);
    let package = |paragraph: &str| {
        let value = |name: &str| field(paragraph, name, ":");
        of(value("P"), value("V"), value("A"))
    };
    Ok(text.split("\n\n").filter_map(package).collect())
}

/// Asks the program, whose database has changed its form twice.
fn installed_by_rpm(
    root: &Path,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<Vec<OsPackage>, String> {
    let folders = ["var/lib/rpm", "usr/lib/sysimage/rpm"];
    if !folders.iter().any(|folder| root.join(folder).is_dir()) {
        return Err("found no `/var/lib/rpm`".to_owned());
    }
    let mut command = Command::new("rpm");
    command
        .env_clear()
        .envs(environment)
        .arg("--root")
        .arg(root);
    command.args(["-qa", "--qf", "%{NAME}\t%{EVR}\t%{ARCH}\n"]);
    let output = command
        .output()
        .map_err(|error| format!("cannot start `rpm`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`rpm -qa` failed ({})", output.status));
    }
    let text = lossy(&output.stdout);
    let package = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        of(parts.next(), parts.next(), parts.next())
    };
    Ok(text.lines().filter_map(package).collect())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn field(paragraph: &str, name: &str, separator: &str) -> Option<String> {
    let mut lines = paragraph.lines();
    lines
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(separator))
        .map(str::to_owned)
}

fn of(
    name: Option<String>,
    version: Option<String>,
    architecture: Option<String>,
) -> Option<OsPackage> {
    Some(OsPackage {
        name: name?,
        version: version?,
        architecture: architecture.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rooted(path: &str, text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        folder
    }

    fn names(root: &Path) -> Vec<String> {
        let packages = packages(root, &BTreeMap::new());
        let packages = packages.value().unwrap().iter();
        packages
            .map(|package| {
                format!(
                    "{} {} {}",
                    package.name, package.version, package.architecture
                )
            })
            .collect()
    }

    #[test]
    fn reads_what_dpkg_and_apk_installed() {
        let status = "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13\n\
                      Description: text\n Version: no\n\nPackage: gone\nStatus: deinstall ok config-files\n\
                      Version: 1\n\nPackage: adduser\nStatus: install ok installed\nArchitecture: all\nVersion: 3.134\n";
        let dpkg = rooted("var/lib/dpkg/status", status);
        assert_eq!(
            names(dpkg.path()),
            ["adduser 3.134 all", "zlib1g 1:1.2.13 amd64"]
        );
        let single = rooted(
            "var/lib/dpkg/status.d/tzdata",
            "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
        );
        assert_eq!(names(single.path()), ["tzdata 2024a all"]);
        let apk = rooted(
            "lib/apk/db/installed",
            "C:Q1x\nP:musl\nV:1.2.5-r0\nA:x86_64\n\nP:zlib\nV:1\nA:x86_64\n",
        );
        assert_eq!(names(apk.path()), ["musl 1.2.5-r0 x86_64", "zlib 1 x86_64"]);
    }

    #[test]
    fn says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let packages = packages(folder.path(), &BTreeMap::new());
        assert_eq!(
            packages.because(),
            Some(
                "found no `/var/lib/dpkg/status`; found no `/lib/apk/db/installed`; found no `/var/lib/rpm`"
            )
        );
    }
}
