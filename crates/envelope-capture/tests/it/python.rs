//! The Python probe, on environments laid out as their makers lay them out, and on a real one.

use envelope_capture::python::{EnvironmentKind, PythonFacts, ask, find, probe};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn packages(facts: &PythonFacts) -> Vec<String> {
    let packages = facts.packages.value().unwrap().iter();
    packages
        .map(|package| format!("{}=={}", package.name, package.version))
        .collect()
}

/// A Python of a system, and a virtual environment made from it.
fn laid_out() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "usr/bin/python3.12", "");
    write(
        root,
        "usr/include/python3.12/patchlevel.h",
        "#define PY_MINOR_VERSION 12\n#define PY_VERSION      \"3.12.4+\"\n",
    );
    write(
        root,
        "usr/lib/python3/dist-packages/apt-2.6.egg-info",
        "Metadata-Version: 2.1\nName: apt\nVersion: 2.6\n",
    );
    fs::create_dir_all(root.join("venv/bin")).unwrap();
    symlink(
        root.join("usr/bin/python3.12"),
        root.join("venv/bin/python"),
    )
    .unwrap();
    write(
        root,
        "venv/pyvenv.cfg",
        "home = /usr/bin\nimplementation = CPython\nversion_info = 3.12.4.final.0\n",
    );
    let site = "venv/lib/python3.12/site-packages";
    write(
        root,
        &format!("{site}/torch-2.4.0+cpu.dist-info/METADATA"),
        "Name: torch\nVersion: 2.4.0+cpu\n\nName: not this\n",
    );
    write(
        root,
        &format!("{site}/PyYAML-6.0.dist-info/METADATA"),
        "Name: PyYAML\nVersion: 6.0\n",
    );
    write(
        root,
        &format!("{site}/mine-0.1.dist-info/METADATA"),
        "Name: mine\nVersion: 0.1\n",
    );
    write(
        root,
        &format!("{site}/mine-0.1.dist-info/direct_url.json"),
        r#"{"url": "file:///srv/people/projects/mine", "dir_info": {"editable": true}}"#,
    );
    write(
        root,
        &format!("{site}/fork-2.dist-info/METADATA"),
        "Name: fork\nVersion: 2\n",
    );
    write(
        root,
        &format!("{site}/fork-2.dist-info/direct_url.json"),
        r#"{"url": "https://u:p@host.example/fork.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}"#,
    );
    folder
}

#[test]
fn a_virtual_environment_is_read_without_starting_it() {
    let folder = laid_out();
    let facts = probe(&folder.path().join("venv/bin/python"));
    assert_eq!(facts.version.value().map(String::as_str), Some("3.12.4"));
    assert_eq!(
        facts.implementation.value().map(String::as_str),
        Some("CPython")
    );
    assert_eq!(facts.environment, EnvironmentKind::Virtual);
    assert_eq!(
        packages(&facts),
        ["fork==2", "mine==0.1", "PyYAML==6.0", "torch==2.4.0+cpu"]
    );
    let sources = facts
        .packages
        .value()
        .unwrap()
        .iter()
        .filter_map(|package| package.source.as_ref());
    let sources: Vec<_> = sources
        .map(|source| {
            (
                source.url.as_str(),
                source.editable,
                source.commit.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        sources,
        [
            ("https://***@host.example/fork.git", false, Some("abc123")),
            ("file:mine", true, None)
        ]
    );
}

#[test]
fn a_system_and_conda_say_their_versions_otherwise() {
    let folder = laid_out();
    let facts = probe(&folder.path().join("usr/bin/python3.12"));
    assert_eq!(facts.version.value().map(String::as_str), Some("3.12.4+"));
    assert_eq!(facts.environment, EnvironmentKind::System);
    assert_eq!(packages(&facts), ["apt==2.6"]);
    let root = folder.path();
    write(root, "conda/bin/python3.11", "");
    write(root, "conda/conda-meta/python-3.11.9-h955ad1f_0.json", "{}");
    write(root, "conda/conda-meta/python-dateutil-2.9.json", "{}");
    write(
        root,
        "conda/lib/python3.11/site-packages/x-1.dist-info/METADATA",
        "Name: x\nVersion: 1\n",
    );
    let facts = probe(&root.join("conda/bin/python3.11"));
    assert_eq!(facts.version.value().map(String::as_str), Some("3.11.9"));
    assert_eq!(facts.environment, EnvironmentKind::Conda);
    assert_eq!(packages(&facts), ["x==1"]);
}

#[test]
fn what_is_no_python_gives_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let facts = probe(&folder.path().join("bin/interpreter"));
    assert!(
        facts
            .version
            .because()
            .unwrap()
            .contains("found nothing that says the version")
    );
    assert!(facts.implementation.because().is_some() && facts.packages.because().is_some());
}

#[test]
fn the_python_of_this_machine_says_the_same_when_it_is_started() {
    let path = std::env::var_os("PATH").unwrap();
    let interpreter =
        find("python3", &path).expect("there is no Python: `apt-get install python3`");
    let (said, executable) = ask(&interpreter, &std::env::vars_os().collect()).unwrap();
    let read = probe(&executable);
    // Without the header for extensions, only the beginning of the version is in a name.
    let (said_version, read_version) =
        (said.version.value().unwrap(), read.version.value().unwrap());
    assert!(
        said_version.starts_with(read_version.trim_end_matches('+')),
        "{said_version} {read_version}"
    );
    assert_eq!(
        (&said.implementation, said.environment),
        (&read.implementation, read.environment)
    );
    let said = packages(&said);
    assert!(
        packages(&read).iter().all(|package| said.contains(package)),
        "{read:?} {said:?}"
    );
}

#[test]
fn what_cannot_be_started_gives_reasons() {
    let none = BTreeMap::new();
    let error = ask(Path::new("/nowhere/python"), &none).unwrap_err();
    assert!(
        error.starts_with("cannot start `/nowhere/python`: "),
        "{error}"
    );
    let error = ask(Path::new("/bin/echo"), &none).unwrap_err();
    assert!(
        error.starts_with("`/bin/echo` does not say what it is: "),
        "{error}"
    );
}
