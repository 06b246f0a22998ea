//! Pythons of this machine, and what they say of themselves.

use envelope_capture::python::{Installation, Package, Python, Search, probe};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn variables() -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    std::env::vars_os()
        .filter(|(name, _)| name != "PYTHONPATH")
        .collect()
}

fn look(interpreter: &Path, may_ask: bool) -> Python {
    let search = Search {
        interpreter,
        python_path: None,
        user_base: None,
        ask_with: may_ask.then(variables),
    };
    probe(&search)
        .value()
        .unwrap_or_else(|| panic!("{}", interpreter.display()))
        .clone()
}

/// What Python itself finds: `(version, name → version)`.
fn truth(interpreter: &Path) -> (String, BTreeMap<String, String>) {
    let program = "import importlib.metadata as m, json, platform, re\n\
        found = {}\n\
        for d in m.distributions():\n\
        \x20   found.setdefault(re.sub(r'[-_.]+', '-', d.metadata['Name']).lower(), d.version)\n\
        print(json.dumps([platform.python_version(), found]))";
    let output = Command::new(interpreter)
        .args(["-I", "-c", program])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn names(packages: &[Package]) -> BTreeMap<String, String> {
    let name = |name: &str| name.replace(['_', '.'], "-").to_lowercase();
    packages
        .iter()
        .map(|package| (name(&package.name), package.version.clone()))
        .collect()
}

fn python3() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut folders = std::env::split_paths(&path).map(|folder| folder.join("python3"));
    folders
        .find(|file| file.exists())
        .expect("there is no Python: `apt-get install python3`")
}

fn environment(folder: &Path, options: &[&str]) -> PathBuf {
    let made = Command::new(python3())
        .args(["-m", "venv"])
        .args(options)
        .arg(folder)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&made.stderr);
    assert!(
        made.status.success(),
        "{log}: `apt-get install python3-venv`"
    );
    folder.join("bin/python")
}

#[test]
fn agrees_with_the_python_of_this_machine() {
    let (version, packages) = truth(&python3());
    let found = look(&python3(), true);
    assert_eq!(found.version.value(), Some(&version));
    assert_eq!(names(found.packages.value().unwrap()), packages);
}

#[test]
fn a_virtual_environment_is_read_without_starting_it() {
    let folder = tempfile::tempdir().unwrap();
    let interpreter = environment(&folder.path().join("env"), &[]);
    let found = look(&interpreter, false);
    let (version, packages) = truth(&interpreter);
    assert_eq!(found.installation, Installation::Virtual);
    assert_eq!(found.version.value(), Some(&version));
    assert_eq!(
        found.implementation.value().map(String::as_str),
        Some("CPython")
    );
    assert!(packages.contains_key("pip"), "{packages:?}");
    assert_eq!(names(found.packages.value().unwrap()), packages);
}

#[test]
fn an_environment_that_sees_the_base_has_its_packages_too() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--without-pip", "--system-site-packages"];
    let interpreter = environment(&folder.path().join("env"), &options);
    let (_, packages) = truth(&interpreter);
    let found = look(&interpreter, true);
    assert_eq!(names(found.packages.value().unwrap()), packages);
}

#[test]
fn the_search_path_of_modules_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let interpreter = environment(&folder.path().join("env"), &["--without-pip"]);
    let info = folder.path().join("more/mine-5.dist-info");
    std::fs::create_dir_all(&info).unwrap();
    std::fs::write(info.join("METADATA"), "Name: mine\nVersion: 5\n").unwrap();
    let more = folder.path().join("more");
    let search = Search {
        interpreter: &interpreter,
        python_path: Some(more.as_os_str()),
        user_base: None,
        ask_with: None,
    };
    let found = probe(&search);
    let packages = found.value().unwrap().packages.value().unwrap();
    assert_eq!(names(packages), [("mine".into(), "5".into())].into());
}

#[cfg(unix)]
#[test]
fn what_is_no_python_is_not_known() {
    for (interpreter, because) in [
        ("/nowhere/python3", "cannot"),
        ("/bin/true", "does not say which Python"),
    ] {
        let search = Search {
            interpreter: Path::new(interpreter),
            python_path: None,
            user_base: None,
            ask_with: Some(variables()),
        };
        let found = probe(&search);
        let found = found.because().unwrap();
        assert!(found.contains(because), "{found}");
    }
}
