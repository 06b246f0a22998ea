//! Requirements written from locks, against what `uv export` wrote from the same.

use crate::corpora::{corpus, text};
use envelope_deps::emit::{RequirementsOptions, requirements};
use envelope_deps::source::{ReadOptions, read};
use envelope_deps::{Environment, Graph, OnRequired, Pattern, PruneSpec, Target};

fn export(corpus_name: &str, prune: &[&str], options: RequirementsOptions) -> String {
    let path = corpus(corpus_name).join("project/uv.lock");
    let inventory = read(&path, &ReadOptions::default()).expect("a lock");
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let spec = PruneSpec {
        prune: prune
            .iter()
            .map(|name| Pattern::parse(name).expect("a pattern"))
            .collect(),
        on_required: OnRequired::Cut,
        ..PruneSpec::default()
    };
    requirements(&graph.prune(&spec).expect("a prune"), options)
}

/// A recording without its first lines, which say how it was made.
fn recorded(corpus_name: &str, file: &str) -> String {
    let text = text(corpus_name, file);
    let lines = text
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with('#'));
    lines.collect()
}

#[test]
fn a_lock_is_written_as_uv_writes_it() {
    for name in ["a", "b", "c"] {
        let options = RequirementsOptions {
            annotate: true,
            ..RequirementsOptions::default()
        };
        let written = export(name, &[], options);
        let uv = recorded(name, "project/export.txt");
        assert!(written == uv, "{name}: {}", first_difference(&written, &uv));
    }
}

#[test]
fn a_pruned_lock_is_written_as_uv_writes_it() {
    for name in ["a", "b", "c"] {
        let options = RequirementsOptions {
            annotate: true,
            hashes: false,
            ..RequirementsOptions::default()
        };
        let written = export(name, &["jupyterlab"], options);
        let uv = recorded(name, "project/export-pruned.txt");
        assert!(written == uv, "{name}: {}", first_difference(&written, &uv));
    }
}

fn first_difference(ours: &str, theirs: &str) -> String {
    let mut lines = ours.lines().zip(theirs.lines()).zip(1..);
    let different = lines.find(|((our, their), _)| our != their);
    different.map_or_else(
        || "one is longer".to_owned(),
        |((our, their), number)| format!("line {number}\n{our}\n{their}"),
    )
}

/// A package of every origin, one of them for Windows only.
const LOCK: &str = r#"
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "editable" },
    { name = "folder" },
    { name = "git" },
    { name = "index" },
    { name = "root" },
    { name = "url" },
    { name = "windows", marker = "sys_platform == 'win32'" },
]

[[package]]
name = "editable"
source = { editable = "../editable" }
dependencies = [{ name = "index" }]

[[package]]
name = "folder"
version = "1"
source = { directory = "vendored/folder" }

[[package]]
name = "git"
version = "1"
source = { git = "https://git.example/git?subdirectory=python&rev=main#0123" }

[[package]]
name = "index"
version = "1"
source = { registry = "https://index.example/simple" }
sdist = { url = "https://files.example/index.tar.gz", hash = "sha256:01" }
wheels = [
    { url = "https://files.example/index.whl", hash = "sha256:00" },
]

[[package]]
name = "root"
version = "1"
source = { path = "/wheels/root.whl" }

[[package]]
name = "url"
version = "1"
source = { url = "https://files.example/url.zip" }
sdist = { hash = "sha256:02" }

[[package]]
name = "windows"
version = "1"
source = { registry = "https://index.example/simple" }
"#;

fn written(target: Target, options: RequirementsOptions) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("uv.lock");
    std::fs::write(&path, LOCK).expect("a lock");
    let inventory = read(&path, &ReadOptions::default()).expect("a lock");
    let graph = Graph::build(&inventory, &[], target);
    requirements(
        &graph.prune(&PruneSpec::default()).expect("a prune"),
        options,
    )
}

#[test]
fn every_origin_has_its_line() {
    let options = RequirementsOptions {
        annotate: true,
        ..RequirementsOptions::default()
    };
    let expected = r"-e ../editable
    # via app
./vendored/folder
    # via app
git @ git+https://git.example/git@0123#subdirectory=python
    # via app
index==1 \
    --hash=sha256:00 \
    --hash=sha256:01
    # via
    #   app
    #   editable
root @ file:///wheels/root.whl
    # via app
url @ https://files.example/url.zip \
    --hash=sha256:02
    # via app
windows==1 ; sys_platform == 'win32'
    # via app
";
    assert_eq!(written(Target::Universal, options), expected);
}

#[test]
fn for_one_environment_no_line_has_a_marker() {
    let options = RequirementsOptions {
        hashes: false,
        ..RequirementsOptions::default()
    };
    let platform = "windows".parse().expect("a platform");
    let windows = Environment::new("3.12.1", platform).expect("a version");
    let text = written(Target::One(windows), options);
    assert!(text.ends_with("\nwindows==1\n"), "{text}");
    let platform = "linux".parse().expect("a platform");
    let linux = Environment::new("3.12.1", platform).expect("a version");
    let text = written(Target::One(linux), options);
    assert!(
        text.ends_with("\nurl @ https://files.example/url.zip\n"),
        "{text}"
    );
}
