//! The real uv writes what stays of a lock after a prune; this project writes the same text.

use crate::support::fixtures::repository;
use crate::support::python::program;
use crate::support::scratch::Scratch;
use envelope_deps::emit::{RequirementsOptions, requirements};
use envelope_deps::source::{ReadOptions, read};
use envelope_deps::{Graph, OnRequired, OnUnmatched, Pattern, PruneSpec, Target};
use lzma_rust2::XzReader;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The project of a corpus, unpacked.
fn project(name: &str, scratch: &Scratch) -> PathBuf {
    let folder = repository().join("crates/envelope-deps/tests/fixtures/corpora");
    let file = File::open(folder.join(format!("{name}.tar.xz"))).unwrap();
    let mut archive = tar::Archive::new(XzReader::new(file, false));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().starts_with(format!("{name}/project")) {
            entry.unpack_in(scratch.path()).unwrap();
        }
    }
    scratch.join(name).join("project")
}

/// What `uv export` writes, without the comment that names the command.
fn exported_by_uv(project: &Path, prune: &[&str], words: &[&str]) -> String {
    let mut uv = Command::new(program("tools", "uv"));
    uv.args(["export", "--frozen", "--offline", "--quiet", "--no-header"]);
    uv.args([
        "--no-emit-project",
        "--no-default-groups",
        "--no-python-downloads",
    ]);
    uv.arg("--python").arg(program("tools", "python"));
    for name in prune {
        uv.args(["--prune", name]);
    }
    uv.args(words).current_dir(project);
    let cache = Scratch::new("uv-cache");
    uv.env("UV_CACHE_DIR", cache.path());
    let output = uv.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{prune:?} {words:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn exported(
    project: &Path,
    prune: &[&str],
    read_options: &ReadOptions,
    options: RequirementsOptions,
) -> String {
    let inventory = read(&project.join("uv.lock"), read_options).unwrap();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pattern = |name: &&str| Pattern::parse(name).unwrap();
    let spec = PruneSpec {
        prune: prune.iter().map(pattern).collect(),
        on_required: OnRequired::Cut,
        on_unmatched: OnUnmatched::Warn,
    };
    requirements(&graph.prune(&spec).unwrap(), options)
}

const ANNOTATED: RequirementsOptions = RequirementsOptions {
    hashes: false,
    annotate: true,
    narrow_markers: true,
};

#[test]
fn prunes_of_the_corpora_are_written_as_uv_writes_them() {
    let prunes: [(&str, &[&[&str]]); 3] = [
        (
            "a",
            &[
                &[],
                &["jupyterlab"],
                &["mlflow"],
                &["pandas"],
                &["numpy", "jupyterlab"],
                &["scikit-learn", "mlflow-skinny"],
            ],
        ),
        (
            "b",
            &[&["jupyterlab"], &["torch"], &["datasets", "jupyterlab"]],
        ),
        (
            "c",
            &[
                &["jupyterlab"],
                &["apache-airflow-providers-papermill"],
                &["pandas", "nowhere"],
            ],
        ),
    ];
    for (name, prunes) in prunes {
        let scratch = Scratch::new("uv-export");
        let project = project(name, &scratch);
        let ours = |prune, options| exported(&project, prune, &ReadOptions::default(), options);
        for prune in prunes {
            let uv = exported_by_uv(&project, prune, &["--no-hashes"]);
            assert_same(&ours(prune, ANNOTATED), &uv, &format!("{name} {prune:?}"));
        }
        let with_hashes = RequirementsOptions {
            hashes: true,
            ..ANNOTATED
        };
        let uv = exported_by_uv(&project, &["jupyterlab"], &[]);
        assert_same(&ours(&["jupyterlab"], with_hashes), &uv, name);
    }
}

/// A workspace with a member, extras that exclude one another, groups and forks, as uv locked it.
#[test]
fn a_workspace_is_written_as_uv_writes_it_whatever_is_asked_for() {
    let project = repository().join("tests/fixtures/workspace");
    let options = RequirementsOptions {
        annotate: false,
        ..ANNOTATED
    };
    for (extras, groups) in [
        (&[][..], &[][..]),
        (&["cpu"], &[]),
        (&["gpu"], &["dev"]),
        (&["all", "cpu"], &[]),
        (&["web"], &["check", "dev"]),
    ] {
        let read_options = ReadOptions {
            extras: extras.iter().map(|name| name.parse().unwrap()).collect(),
            groups: groups.iter().map(ToString::to_string).collect(),
            ..ReadOptions::default()
        };
        let mut words = vec!["--no-hashes", "--no-annotate"];
        words.extend(extras.iter().flat_map(|name| ["--extra", name]));
        words.extend(groups.iter().flat_map(|name| ["--group", name]));
        for prune in [
            &[][..],
            &["notebook"],
            &["notebook", "web"],
            &["model", "schema"],
        ] {
            let ours = exported(&project, prune, &read_options, options);
            let uv = exported_by_uv(&project, prune, &words);
            assert_same(&ours, &uv, &format!("{extras:?} {groups:?} {prune:?}"));
        }
    }
}

fn assert_same(ours: &str, uv: &str, what: &str) {
    assert!(ours == uv, "{what}: {}", first_difference(ours, uv));
}

fn first_difference(ours: &str, theirs: &str) -> String {
    let mut lines = ours.lines().zip(theirs.lines()).zip(1..);
    let different = lines.find(|((our, their), _)| our != their);
    different.map_or_else(
        || "one is longer".to_owned(),
        |((our, their), number)| format!("line {number}\n{our}\n{their}"),
    )
}
