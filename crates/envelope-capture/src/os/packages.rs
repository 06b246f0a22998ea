//! The packages of a Linux distribution: those of dpkg and apk are read from their files, those of RPM,
//! which are in a database, are asked of the program `rpm`.

use super::{Package, variable};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

pub(super) fn read(
    root: &Path,
    variables: &[(OsString, OsString)],
) -> Result<Vec<Package>, String> {
    let mut packages = Vec::new();
    let mut found = false;
    for text in of_dpkg(root) {
        found = true;
        packages.extend(text.split("\n\n").filter_map(dpkg));
    }
    if let Ok(text) = fs::read_to_string(root.join("lib/apk/db/installed")) {
        found = true;
        packages.extend(text.split("\n\n").filter_map(apk));
    }
    let databases = ["var/lib/rpm", "usr/lib/sysimage/rpm"];
    if !found && databases.iter().any(|place| root.join(place).is_dir()) {
        found = true;
        packages = rpm(root, variables)?;
    }
    if !found {
        return Err("no package database is found: neither dpkg's, apk's nor RPM's".into());
    }
    packages.sort();
    Ok(packages)
}

/// The status file, and the single files that images without a package manager have in its place.
fn of_dpkg(root: &Path) -> Vec<String> {
    let folder = fs::read_dir(root.join("var/lib/dpkg/status.d"));
    let singles = folder
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let is_status =
        |path: &std::path::PathBuf| path.extension().is_none_or(|ending| ending != "md5sums");
    let files = singles
        .filter(is_status)
        .chain([root.join("var/lib/dpkg/status")]);
    files
        .filter_map(|file| fs::read(file).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect()
}

/// A paragraph of dpkg's status; nothing for a package that was removed and left its settings.
fn dpkg(paragraph: &str) -> Option<Package> {
    let field = |name: &str| {
        let mut fields = paragraph.lines().filter_map(|line| line.split_once(": "));
        fields
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim().to_owned())
    };
    if field("Status").is_some_and(|status| !status.ends_with(" installed")) {
        return None;
    }
    Some(Package {
        name: field("Package")?,
        version: field("Version")?,
        architecture: field("Architecture"),
    })
}

/// A paragraph of apk's database: one letter for each field.
fn apk(paragraph: &str) -> Option<Package> {
    let field = |name: &str| {
        let mut lines = paragraph.lines();
        lines
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::to_owned)
    };
    Some(Package {
        name: field("P")?,
        version: field("V")?,
        architecture: field("A"),
    })
}

const OF_RPM: &str = "%{NAME}\\t%{EVR}\\t%{ARCH}\\n";

fn rpm(root: &Path, variables: &[(OsString, OsString)]) -> Result<Vec<Package>, String> {
    let program = which::which_in("rpm", variable(variables, "PATH"), root);
    let program = program.map_err(|_| "the program `rpm` is not found".to_owned())?;
    let output = Command::new(program)
        .args(["--root".as_ref(), root.as_os_str()])
        .args(["-qa", "--queryformat", OF_RPM])
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `rpm`: {error}"))?;
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr);
        let last = log.lines().last().unwrap_or_default();
        return Err(format!("`rpm` failed ({}): {last}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(rpm_line)
        .collect())
}

fn rpm_line(line: &str) -> Option<Package> {
    let mut fields = line.split('\t');
    Some(Package {
        name: fields.next()?.to_owned(),
        version: fields.next()?.to_owned(),
        architecture: fields
            .next()
            .filter(|&field| field != "(none)")
            .map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(packages: &[Package]) -> Vec<String> {
        let name =
            |p: &Package| format!("{} {} {:?}", p.name, p.version, p.architecture.as_deref());
        packages.iter().map(name).collect()
    }

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn reads_what_dpkg_has_installed() {
        let status = "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2\n\
            Description: a: b\n Version: no\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
        let single = "Package: base-files\nVersion: 12.4\nArchitecture: all\n";
        let root = root(&[
            ("var/lib/dpkg/status", status),
            ("var/lib/dpkg/status.d/base", single),
            ("var/lib/dpkg/status.d/base.md5sums", "abc  etc/x\n"),
        ]);
        let found = names(&read(root.path(), &[]).unwrap());
        assert_eq!(
            found,
            [
                "base-files 12.4 Some(\"all\")",
                "zlib1g 1:1.2 Some(\"amd64\")"
            ]
        );
    }

    #[test]
    fn reads_what_apk_has_installed() {
        let installed =
            "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nT:the C library\n\nP:busybox\nV:1.36\n";
        let root = root(&[("lib/apk/db/installed", installed)]);
        let found = names(&read(root.path(), &[]).unwrap());
        assert_eq!(
            found,
            ["busybox 1.36 None", "musl 1.2.5-r0 Some(\"x86_64\")"]
        );
    }

    #[test]
    fn reads_the_lines_of_rpm() {
        let lines = ["bash\t5.1-9.el9\tx86_64", "gpg-pubkey\t1-2\t(none)", "odd"];
        let found: Vec<Package> = lines.into_iter().filter_map(rpm_line).collect();
        assert_eq!(
            names(&found),
            ["bash 5.1-9.el9 Some(\"x86_64\")", "gpg-pubkey 1-2 None"]
        );
    }

    #[test]
    fn a_database_of_rpm_without_the_program_is_not_known() {
        let root = root(&[("var/lib/rpm/rpmdb.sqlite", "")]);
        let refusal = read(root.path(), &[("PATH".into(), "/nowhere".into())]).unwrap_err();
        assert!(refusal.contains("`rpm` is not found"), "{refusal}");
    }
}
