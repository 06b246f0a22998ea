//! The interpreter behind a script of pyenv, as pyenv chooses it:
//! <https://github.com/pyenv/pyenv#understanding-python-version-selection>. Starting the script to ask it
//! takes longer than all other probes together.

use crate::os::variable;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder of pyenv's scripts, below its root.
const SHIMS: &str = "shims";
/// Scripts of pyenv are shorter.
const LONGEST: u64 = 4096;

/// The interpreter that the script would start in a folder; `None` where it is no script of pyenv, or
/// the choice is not that of one installed version by its full name.
pub(crate) fn behind(
    script: &Path,
    folder: &Path,
    variables: &[(OsString, OsString)],
) -> Option<PathBuf> {
    let shims = script.parent().filter(|above| above.ends_with(SHIMS))?;
    if !is_of_pyenv(script) {
        return None;
    }
    let root = shims.parent()?;
    let versions = match variable(variables, "PYENV_VERSION") {
        Some(named) => named.to_str()?.replace(':', "\n"),
        None => written(root, folder)?,
    };
    let name = script.file_name()?;
    let mut programs = Vec::new();
    for version in versions.split_whitespace() {
        let home = root.join("versions").join(version);
        // A part of a version, or the system's Python: pyenv itself must say which one that is.
        if version.contains(['/', '\\']) || version.starts_with('.') || !home.is_dir() {
            return None;
        }
        programs.push(home.join("bin").join(name));
    }
    programs.into_iter().find(|program| program.is_file())
}

fn is_of_pyenv(script: &Path) -> bool {
    let mut text = Vec::new();
    let read = File::open(script).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
    read.is_ok() && text.starts_with(b"#!") && memchr::memmem::find(&text, b"pyenv").is_some()
}

/// The versions in the nearest file that names some: that of the folder, of one above it, or pyenv's own.
fn written(root: &Path, folder: &Path) -> Option<String> {
    let local = folder
        .ancestors()
        .map(|above| above.join(".python-version"));
    let text = local
        .chain([root.join("version")])
        .find_map(|file| fs::read_to_string(file).ok())?;
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_variable_the_folder_or_pyenv() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |relative: &str| scratch.path().join(relative);
        let write = |relative: &str, text: &str| {
            fs::create_dir_all(path(relative).parent().unwrap()).unwrap();
            fs::write(path(relative), text).unwrap();
        };
        for version in ["3.11.7", "3.12.4"] {
            write(&format!("pyenv/versions/{version}/bin/python3"), "");
        }
        write("pyenv/versions/3.12.4/bin/python3.12", "");
        write(
            "pyenv/shims/python3",
            "#!/usr/bin/env bash\nexec pyenv exec \"$0\"\n",
        );
        write(
            "pyenv/shims/python3.12",
            "#!/usr/bin/env bash\nexec pyenv exec \"$0\"\n",
        );
        write("pyenv/shims/other", "#!/bin/sh\n");
        write("project/sub/train.py", "");
        let found = |program: &str, variable: Option<&str>| {
            let variables = variable.map(|value| ("PYENV_VERSION".into(), value.into()));
            let variables: Vec<(OsString, OsString)> = variables.into_iter().collect();
            let script = path("pyenv/shims").join(program);
            let found = behind(&script, &path("project/sub"), &variables)?;
            let inside = found.strip_prefix(path("pyenv/versions")).unwrap();
            Some(inside.to_str().unwrap().to_owned())
        };
        let python = |version: &str| Some(format!("{version}/bin/python3"));
        assert_eq!(found("python3", None), None);
        write("pyenv/version", "3.11.7\n");
        assert_eq!(found("python3", None), python("3.11.7"));
        write(
            "project/.python-version",
            "# of the project\n3.12.4\n3.11.7\n",
        );
        assert_eq!(found("python3", None), python("3.12.4"));
        assert_eq!(found("python3", Some("3.11.7:3.12.4")), python("3.11.7"));
        let second = Some("3.12.4/bin/python3.12".to_owned());
        assert_eq!(found("python3.12", Some("3.11.7:3.12.4")), second);
        for unclear in ["3.12", "system", "3.11.7:system", "../3.11.7", "."] {
            assert_eq!(found("python3", Some(unclear)), None, "{unclear}");
        }
        assert_eq!(found("other", Some("3.11.7")), None);
        let elsewhere = path("project/sub/train.py");
        assert_eq!(behind(&elsewhere, &path("project"), &[]), None);
    }
}
