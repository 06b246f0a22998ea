//! Installed environments: real ones, and small ones with what may be odd about them.

use crate::corpora::corpus;
use envelope_deps::source::{self, ReadOptions};
use envelope_deps::{
    EdgeSource, Environment, Graph, Inventory, Origin, Pattern, Platform, PruneSpec, Pruned,
    Requirement, Root, Size, Target, size,
};
use std::fs;
use std::path::Path;

fn read(path: &Path) -> Inventory {
    source::read(path, &ReadOptions::default()).expect("an environment")
}

/// The lines of a `requirements.in`, as roots.
fn roots(path: &Path) -> Vec<Root> {
    let text = fs::read_to_string(path).expect("a list");
    let root = |line: &str| Root {
        requirement: Requirement::parse(line).expect("a requirement"),
        origin: "-r requirements.in".to_owned(),
    };
    text.lines().map(root).collect()
}

fn linux(python: &str) -> Target {
    Target::One(Environment::new(python, Platform::LinuxX86_64).expect("an environment"))
}

fn without_jupyterlab<'g, 'a>(graph: &'g Graph<'a>) -> Pruned<'g, 'a> {
    let spec = PruneSpec {
        prune: vec![Pattern::parse("jupyterlab").expect("a name")],
        ..PruneSpec::default()
    };
    graph.prune(&spec).expect("a prune")
}

#[test]
fn mlflow_keeps_87_of_160_with_roots_asked_for_or_inferred() {
    let folder = corpus("a");
    let mut inventory = read(&folder.join("site-headers"));
    assert_eq!(inventory.edge_source, EdgeSource::Metadata);
    for stated in [None, Some(roots(&folder.join("requirements.in")))] {
        inventory.roots = stated;
        let graph = Graph::build(&inventory, &[], linux("3.11.7"));
        let pruned = without_jupyterlab(&graph);
        assert_eq!(graph.packages().len(), 160);
        assert_eq!(pruned.kept.len(), 87);
        assert_eq!(pruned.removed.len(), 73);
    }
}

#[test]
fn airflow_keeps_546_of_570() {
    let folder = corpus("c");
    let mut inventory = read(&folder.join("fake-c"));
    assert_eq!(inventory.distributions.len(), 576);
    inventory.roots = Some(roots(&folder.join("requirements.in")));
    // Below Python 3.11.3 `async-timeout` is needed as well.
    for (python, packages, kept) in [("3.11", 570, 546), ("3.11.7", 569, 545)] {
        let graph = Graph::build(&inventory, &[], linux(python));
        let pruned = without_jupyterlab(&graph);
        let counts = (graph.packages().len(), pruned.kept.len());
        assert_eq!(counts, (packages, kept), "{python}");
    }
}

#[test]
fn the_record_of_every_file_tells_what_is_saved() {
    let inventory = read(&corpus("a").join("site-headers"));
    let graph = Graph::build(&inventory, &[], linux("3.11.7"));
    let pruned = without_jupyterlab(&graph);
    let removed = pruned.removed.iter();
    let saved: Size = removed
        .filter_map(|one| size::measure(graph.distribution(one.package)?))
        .sum();
    let whole: Size = inventory
        .distributions
        .iter()
        .filter_map(size::measure)
        .sum();
    assert_eq!((saved.files, whole.files), (11_335, 25_696));
    assert_eq!(saved.bytes / 100_000, 1_298, "129.8 MB");
    assert!(
        (768..=771).contains(&(whole.bytes / 1_000_000)),
        "{whole:?}"
    );
}

#[test]
fn compiled_files_tell_the_interpreter() {
    let inventory = read(&corpus("a").join("site-headers"));
    let environment = inventory.environment.expect("an environment");
    assert_eq!(
        environment.to_string(),
        "CPython 3.11.0 on linux x86_64",
        "the short version is all that there is"
    );
    assert_eq!(
        inventory.notes,
        ["not told by the environment, and taken: Python 3.11 for 3.11.0"]
    );
}

/// Writes the files of a small environment.
fn environment(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    root
}

#[test]
fn virtual_environments_tell_their_interpreter() {
    for (config, folder, expected) in [
        (
            "version = 3.12.4\n",
            "lib/python3.12/site-packages",
            Some("3.12.4"),
        ),
        (
            "implementation = CPython\nversion_info = 3.9.2.final.0\nversion = 20.1\n",
            "lib/python3.9/site-packages",
            Some("3.9.2"),
        ),
        ("version = 3.10.1\n", "Lib/site-packages", Some("3.10.1")),
        (
            "home = /usr/bin\n",
            "lib/python3.13/site-packages",
            Some("3.13.0"),
        ),
        (
            "implementation = PyPy\nversion_info = 3.10.14\n",
            "lib/pypy3.10/site-packages",
            None,
        ),
    ] {
        let metadata = format!("{folder}/a-1.dist-info/METADATA");
        let root = environment(&[
            ("pyvenv.cfg", config),
            (&metadata, "Name: a\nVersion: 1\n\n"),
        ]);
        let inventory = read(root.path());
        assert_eq!(inventory.distributions.len(), 1, "{folder}");
        let version = inventory.environment.map(|one| one.python_full_version());
        assert_eq!(version.as_deref(), expected, "{config}");
        assert_eq!(read(&root.path().join(folder)).distributions.len(), 1);
    }
}

#[test]
fn conda_environments_tell_their_interpreter() {
    let root = environment(&[
        ("conda-meta/python-dateutil-2.9-0.json", "{}"),
        ("conda-meta/python-3.11.9-h955ad1f_0.json", "{}"),
        (
            "lib/python3.11/site-packages/a-1.dist-info/METADATA",
            "Name: a\n",
        ),
    ]);
    let environment = read(root.path()).environment.expect("an environment");
    assert_eq!(environment.python_full_version(), "3.11.9");
}

#[test]
fn odd_packages_are_noted_and_the_rest_is_read() {
    let root = environment(&[
        ("~ld-1.dist-info/METADATA", "Name: old\n"),
        (
            "a-1.0.dist-info/METADATA",
            "Name: A\nVersion: 1.0\nRequires-Dist: b (>dev)\n",
        ),
        ("a-2.0.dist-info/METADATA", "Name: a\nVersion: 2.0\n"),
        ("b-1.dist-info/RECORD", ""),
        ("c-1.dist-info/METADATA", "Version: 1\n"),
        ("d-1-py3.11.egg-info/PKG-INFO", "Name: d\nVersion: 1\n"),
        ("d-1-py3.11.egg-info/requires.txt", "a\n\n[x]\nc\n"),
        ("e-1.egg-info", "Name: e\nVersion: 1\n"),
        ("f-1-py3.11.egg/EGG-INFO/PKG-INFO", "Name: f\nVersion: 1\n"),
        ("g.egg-link", "src/g\n.\n"),
        ("src/g/g.egg-info/PKG-INFO", "Name: g\nVersion: 3\n"),
        ("h-1.dist-info/METADATA", "Name: h\n"),
        (
            "h-1.dist-info/direct_url.json",
            r#"{"url": "file:///src/h", "dir_info": {"editable": true}}"#,
        ),
        ("README.dist-info", "a file"),
        (".dist-info/METADATA", "Name: nameless\n"),
    ]);
    let inventory = read(root.path());
    let known: Vec<String> = inventory
        .distributions
        .iter()
        .map(|one| format!("{} {}", one.name, one.version.as_deref().unwrap_or("?")))
        .collect();
    assert_eq!(known, ["a 1.0", "d 1", "e 1", "f 1", "g 3", "h ?"]);
    let origin = |place: usize| inventory.distributions[place].origin.clone();
    assert_eq!(origin(4), Origin::Editable("src/g".to_owned()));
    assert_eq!(origin(5), Origin::Editable("file:///src/h".to_owned()));
    let notes = inventory.notes.join("\n");
    for part in [
        "`~ld-1.dist-info` is left over",
        "`a-1.0.dist-info`: `b (>dev)` was read as `b`",
        "`a-2.0.dist-info` was passed over: `a-1.0.dist-info` is of the same package",
        "`b-1.dist-info` was passed over: cannot read its METADATA",
        "`c-1.dist-info` was passed over: its metadata has no name",
        "`README.dist-info` was passed over",
        "the Python version is not known",
    ] {
        assert!(notes.contains(part), "{part} in\n{notes}");
    }
}

#[test]
fn a_folder_without_packages_is_no_environment() {
    let root = environment(&[("src/main.py", "")]);
    let error = source::read(root.path(), &ReadOptions::default()).expect_err("no environment");
    assert!(error.to_string().contains("no known format"), "{error}");
}
