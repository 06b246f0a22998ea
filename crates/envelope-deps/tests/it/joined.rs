//! Requirements files that get their edges elsewhere: from an environment or from a lock.

use crate::corpora::{corpus, text};
use envelope_deps::source::{self, ReadOptions, RequirementsFile, RewriteOptions};
use envelope_deps::{Environment, Graph, Inventory, Pattern, Platform, PruneSpec, Target};
use std::path::Path;

fn read(path: &Path) -> Inventory {
    source::read(path, &ReadOptions::default()).expect("a source")
}

/// The lines that stay when jupyterlab goes.
fn staying(file: &RequirementsFile, joined: &Inventory, target: Target) -> Vec<String> {
    let graph = Graph::build(joined, &[], target);
    let jupyterlab = PruneSpec {
        prune: vec![Pattern::parse("jupyterlab").expect("a name")],
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&jupyterlab).expect("a prune");
    let output = file.rewrite(&pruned, RewriteOptions::default());
    pins(&String::from_utf8(output).expect("UTF-8"))
}

fn pins(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .filter(|line| line.starts_with(char::is_alphanumeric));
    let pin = |line: &str| line.split([' ', ';']).next().unwrap_or_default().to_owned();
    lines.map(pin).collect()
}

#[test]
fn edges_of_an_environment_are_exact() {
    for (name, file, site) in [
        ("a", "requirements.txt", "site-headers"),
        ("a", "freeze.txt", "site-headers"),
        ("c", "requirements.txt", "fake-c"),
    ] {
        let document = RequirementsFile::read(&corpus(name).join(file)).expect("requirements");
        let joined = document.joined_with(read(&corpus(name).join(site)));
        // The files were compiled for this environment.
        let linux = Environment::new("3.11", Platform::LinuxX86_64).expect("an environment");
        let stay = staying(&document, &joined, Target::One(linux));
        let resolved = text(name, "requirements-model-reresolved.txt");
        assert_eq!(stay, pins(&resolved), "{name} {file}");
    }
}

#[test]
fn edges_of_a_lock_are_exact() {
    for name in ["a", "b", "c"] {
        let project = corpus(name).join("project");
        let document = RequirementsFile::read(&project.join("export.txt")).expect("requirements");
        let joined = document.joined_with(read(&project.join("uv.lock")));
        let stay = staying(&document, &joined, Target::Universal);
        assert_eq!(
            stay,
            pins(&text(name, "project/export-pruned.txt")),
            "{name}"
        );
    }
}

#[test]
fn a_lock_of_other_versions_is_taken_with_a_note() {
    let document = RequirementsFile::read(&corpus("a").join("requirements.txt"));
    let document = document.expect("requirements");
    let joined = document.joined_with(read(&corpus("a").join("project/uv.lock")));
    let notes = [
        "`graphene` is pinned at 3.4.3, what it needs is taken from 3.4",
        "`python-dateutil` is pinned at 2.9.0.post0, what it needs is taken from 4.0.0",
    ];
    assert_eq!(joined.notes, notes);
}

#[test]
fn a_freeze_has_the_roots_that_nothing_else_needs() {
    let document = RequirementsFile::read(&corpus("a").join("freeze.txt")).expect("a freeze");
    assert!(document.is_freeze());
    let joined = document.joined_with(read(&corpus("a").join("site-headers")));
    assert!(joined.roots.is_none());
    let alone = document.inventory();
    assert_eq!(alone.roots.map(|roots| roots.len()), Some(160));
    for file in ["requirements.txt", "requirements.in", "project/export.txt"] {
        let document = RequirementsFile::read(&corpus("a").join(file)).expect("requirements");
        assert!(!document.is_freeze(), "{file}");
    }
}

/// The lines of these packages when jupyterlab goes and markers are narrowed.
fn narrowed(file: &RequirementsFile, inventory: &Inventory, prune: &str) -> String {
    let graph = Graph::build(inventory, &[], Target::Universal);
    let spec = PruneSpec {
        prune: vec![Pattern::parse(prune).expect("a name")],
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).expect("a prune");
    let output = file.rewrite(
        &pruned,
        RewriteOptions {
            narrow_markers: true,
        },
    );
    String::from_utf8(output).expect("UTF-8")
}

#[test]
fn a_lock_narrows_markers() {
    let project = corpus("a").join("project");
    let document = RequirementsFile::read(&project.join("export.txt")).expect("requirements");
    let before = text("a", "project/export.txt");
    let joined = document.joined_with(read(&project.join("uv.lock")));
    let output = narrowed(&document, &joined, "jupyterlab");
    let is_said = |line: &&str| line.starts_with(char::is_alphanumeric);
    let said: Vec<&str> = before.lines().filter(is_said).collect();
    let changed: Vec<&str> = output.lines().filter(is_said).collect();
    let changed: Vec<&&str> = changed.iter().filter(|line| !said.contains(line)).collect();
    assert_eq!(
        changed,
        [
            &"cffi==2.1.1 ; platform_python_implementation != 'PyPy' \\",
            &"pycparser==3.12 ; implementation_name != 'PyPy' and platform_python_implementation != 'PyPy' \\",
        ]
    );
}

#[test]
fn comments_narrow_markers_by_those_of_parents() {
    let list = "\
a==1 ; sys_platform == 'win32'
    # via -r r.in
j==1
    # via -r r.in
c==1
    # via
    #   a
    #   j
d==1 ; sys_platform == 'linux'
    # via c
";
    let path = Path::new("r.txt");
    let file = RequirementsFile::read_with(path, &mut |_| Ok(list.into()));
    let file = file.expect("requirements");
    let expected = "\
a==1 ; sys_platform == 'win32'
    # via -r r.in
c==1 ; sys_platform == 'win32'
    # via a
";
    assert_eq!(
        narrowed(&file, &file.inventory_with_markers(), "j"),
        expected
    );
}
