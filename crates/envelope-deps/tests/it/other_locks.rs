//! The locks of poetry and pdm, `pylock.toml` and `Pipfile.lock`.

use crate::corpora::{corpus, text};
use envelope_deps::source::{ReadOptions, read, refuse_without_edges};
use envelope_deps::{EdgeSource, Environment, Error, Graph, Inventory, Pattern, PruneSpec, Target};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

const LOCKS: [(&str, &str); 3] = [
    ("poetry", "poetry.lock"),
    ("poetry1", "poetry.lock"),
    ("pdm", "pdm.lock"),
];

fn on(platform: &str, python: &str) -> Target {
    let platform = platform.parse().expect("a platform");
    Target::One(Environment::new(python, platform).expect("a version"))
}

fn kept(inventory: &Inventory, prune: &[&str], target: Target) -> BTreeSet<String> {
    let graph = Graph::build(inventory, &[], target);
    let spec = PruneSpec {
        prune: prune
            .iter()
            .map(|name| Pattern::parse(name).expect("a pattern"))
            .collect(),
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).expect("a prune");
    let shown = |package| {
        let version = graph.version(package).unwrap_or_default();
        format!("{}=={version}", graph.name(package))
    };
    pruned.kept.iter().map(|one| shown(one.package)).collect()
}

fn options(extras: &[&str], groups: &[&str]) -> ReadOptions {
    ReadOptions {
        extras: extras
            .iter()
            .map(|name| name.parse().expect("an extra"))
            .collect(),
        groups: groups.iter().map(ToString::to_string).collect(),
        ..ReadOptions::default()
    }
}

/// Reads files that are written into a folder of their own; the first of them.
fn read_files(files: &[(&str, &str)], options: &ReadOptions) -> Result<Inventory, Error> {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    read(&folder.path().join(files[0].0), options)
}

#[test]
fn locks_of_poetry_and_pdm_keep_what_uv_resolves() {
    for (tool, file) in LOCKS {
        let path = corpus("locks").join(tool).join(file);
        let inventory = read(&path, &ReadOptions::default()).expect("a lock");
        for platform in ["linux", "windows"] {
            for (prune, expected) in [(&[][..], "full"), (&["jupyterlab"], "pruned")] {
                let expected = text("locks", &format!("{tool}/{expected}-{platform}.txt"));
                let expected: BTreeSet<String> = expected.lines().map(str::to_owned).collect();
                let kept = kept(&inventory, prune, on(platform, "3.12"));
                assert_eq!(kept, expected, "{tool} {platform} {prune:?}");
            }
        }
    }
}

#[test]
fn without_the_project_only_what_it_states_is_lost() {
    for (tool, file) in LOCKS {
        let lock = text("locks", &format!("{tool}/{file}"));
        let inventory = read_files(&[(file, &lock)], &ReadOptions::default()).expect("a lock");
        assert!(
            inventory.roots.is_none() && inventory.notes.len() == 1,
            "{tool}"
        );
        let kept = kept(&inventory, &["jupyterlab"], on("linux", "3.12"));
        let expected = text("locks", &format!("{tool}/pruned-linux.txt"));
        // That `requests[socks]` was asked for is written in the project alone, and so is that
        // requests was, which jupyterlab needs too.
        for line in expected
            .lines()
            .filter(|line| line.starts_with("scikit") || line.starts_with("pysocks"))
        {
            assert!(kept.contains(line), "{tool} {line}");
        }
    }
}

#[test]
fn extras_and_groups_count_when_asked_for() {
    for (tool, file) in LOCKS {
        let path = corpus("locks").join(tool).join(file);
        let with = |options: &ReadOptions| -> BTreeSet<String> {
            let inventory = read(&path, options).expect("a lock");
            let kept = kept(&inventory, &[], on("linux", "3.12"));
            kept.iter()
                .filter_map(|one| one.split("==").next())
                .map(str::to_owned)
                .collect()
        };
        let production = with(&ReadOptions::default());
        assert!(
            !production.contains("matplotlib") && !production.contains("pytest"),
            "{tool}"
        );
        let plots = with(&options(&["plots"], &[]));
        assert!(
            plots.contains("matplotlib") && plots.contains("kiwisolver"),
            "{tool}"
        );
        let dev = with(&options(&[], &["dev"]));
        assert!(dev.contains("pytest") && dev.contains("pluggy"), "{tool}");
        for wrong in [options(&["slow"], &[]), options(&[], &["slow"])] {
            let error = read(&path, &wrong).expect_err("no such extra").to_string();
            assert!(
                error.ends_with("` has no extra `slow`")
                    || error.ends_with("` has no group `slow`"),
                "{error}"
            );
        }
    }
    let path = corpus("locks").join("poetry/poetry.lock");
    let inventory = read(&path, &options(&[], &["docs"])).expect("a lock");
    let kept = kept(&inventory, &[], on("linux", "3.12"));
    assert!(kept.iter().any(|one| one.starts_with("mkdocs==")));
}

#[test]
fn locks_of_poetry_and_pdm_know_hashes_and_python() {
    for (tool, file) in LOCKS {
        let path = corpus("locks").join(tool).join(file);
        let inventory = read(&path, &ReadOptions::default()).expect("a lock");
        let numpy = inventory
            .distributions
            .iter()
            .find(|one| one.name.as_str() == "numpy");
        assert!(numpy.expect("numpy").hashes.len() > 20, "{tool}");
        let python = inventory.requires_python.try_to_string().expect("a range");
        assert_eq!(
            python, "python_full_version >= '3.11' and python_full_version < '3.14'",
            "{tool}"
        );
        assert_eq!(inventory.edge_source, EdgeSource::Lock);
    }
}

/// Two versions of one package, extras without markers, files at the end, every kind of source.
const OLD_POETRY: &str = r#"
[[package]]
name = "Np"
version = "1.26"
optional = false
python-versions = "*"

[[package]]
name = "np"
version = "2.1"
optional = false
python-versions = "*"

[package.dependencies]
young = "*"

[[package]]
name = "lib"
version = "1"
optional = false
python-versions = "*"
develop = true

[package.dependencies]
np = [
    {version = "^1.20", markers = "python_version < \"3.12\""},
    {version = "^2.0", markers = "python_version >= \"3.12\""},
]
socks = {version = "*", optional = true}
"weird_Name" = "*"

[package.extras]
proxy = ["socks (>=1)"]
"not an extra!" = ["nothing"]

[package.source]
type = "directory"
url = "../lib"

[[package]]
name = "socks"
version = "3"
optional = false
python-versions = "*"

[package.source]
type = "git"
url = "https://git.example/socks.git"
reference = "main"
resolved_reference = "0123"

[[package]]
name = "young"
version = "1"
optional = false
python-versions = "*"

[[package]]
name = "weird-name"
version = "1"
optional = false
python-versions = "*"

[metadata]
lock-version = "1.1"
python-versions = "^3.8 || ^4"

[metadata.files]
lib = []
Np = [{file = "np.whl", hash = "sha256:00"}]
"#;

const POETRY_PROJECT: &str = r#"
[tool.poetry]
name = "app"

[tool.poetry.dependencies]
python = "^3.8"
lib = {version = "*", extras = ["proxy"], platform = "linux", python = ">=3.9"}
"#;

#[test]
fn an_old_lock_of_poetry_is_read_as_well() {
    let files = [
        ("poetry.lock", OLD_POETRY),
        ("pyproject.toml", POETRY_PROJECT),
    ];
    let inventory = read_files(&files, &ReadOptions::default()).expect("a lock");
    let shown = |target| {
        kept(&inventory, &[], target)
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        shown(on("linux", "3.11")),
        "lib==1 np==1.26 socks==3 weird-name==1"
    );
    assert_eq!(
        shown(on("linux", "3.12")),
        "lib==1 np==2.1 socks==3 weird-name==1 young==1"
    );
    assert_eq!(shown(on("linux", "3.8")), "");
    assert_eq!(shown(on("windows", "3.12")), "");
    let shown: Vec<String> = inventory
        .distributions
        .iter()
        .map(|one| format!("{} {:?} {:?}", one.name, one.origin, one.hashes))
        .collect();
    assert_eq!(shown[0], r#"np Index ["sha256:00"]"#);
    assert_eq!(shown[2], r#"lib Editable("../lib") []"#);
    assert_eq!(
        shown[3],
        r#"socks Url("git+https://git.example/socks.git@0123") []"#
    );
}

const PDM: &str = r#"
[metadata]
groups = ["default"]
lock_version = "4.5.0"

[[package]]
name = "tool"
version = "1"
groups = ["default"]
dependencies = ["np<2; python_version < '3.12'", "np>=2; python_version >= '3.12'"]

[[package]]
name = "tool"
version = "1"
extras = ["a"]
groups = ["default"]
dependencies = ["tool==1", "x"]

[[package]]
name = "tool"
version = "1"
extras = ["a", "b"]
groups = ["default"]
dependencies = ["tool==1", "x", "y"]

[[package]]
name = "np"
version = "1.26"
groups = ["default"]

[[package]]
name = "np"
version = "2.1"
groups = ["default"]

[[package]]
name = "x"
version = "1"
groups = ["default"]
git = "https://git.example/x.git"
revision = "0123"
subdirectory = "python"

[[package]]
name = "y"
version = "1"
groups = ["default"]
path = "./y"
editable = true
"#;

#[test]
fn extras_of_pdm_are_entries_of_their_own() {
    for (asked, expected) in [
        ("tool", "np==2.1 tool==1"),
        ("tool[a]", "np==2.1 tool==1 x==1"),
        ("tool[a,b]", "np==2.1 tool==1 x==1 y==1"),
    ] {
        let project = format!("[project]\nname = \"app\"\ndependencies = [\"{asked}\"]\n");
        let files = [("pdm.lock", PDM), ("pyproject.toml", &project)];
        let inventory = read_files(&files, &ReadOptions::default()).expect("a lock");
        let kept: Vec<String> = kept(&inventory, &[], on("linux", "3.12"))
            .into_iter()
            .collect();
        assert_eq!(kept.join(" "), expected, "{asked}");
    }
}

/// A project with extras that name extras and groups that include groups, one of them itself.
const PROJECT: &str = r#"
[project]
name = "App"
dependencies = ["tool"]

[project.optional-dependencies]
all = ["app[some]"]
some = ["x", "App[all]"]

[dependency-groups]
dev = ["y", {include-group = "Te_st"}]
te-st = ["np>=2", {include-group = "dev"}]

[tool.pdm.dev-dependencies]
old = ["x", "-e file:///y#egg=y", "-e ./nameless"]
"#;

#[test]
fn extras_and_groups_may_name_one_another() {
    let files = [("pdm.lock", PDM), ("pyproject.toml", PROJECT)];
    let roots = |options: &ReadOptions| -> Vec<String> {
        let inventory = read_files(&files, options).expect("a lock");
        let roots = inventory.roots.expect("roots").into_iter();
        roots
            .map(|root| format!("{} {}", root.requirement, root.origin))
            .collect()
    };
    assert_eq!(
        roots(&options(&["all"], &[])),
        ["tool app (pyproject.toml)", "x app[some] (pyproject.toml)"]
    );
    assert_eq!(
        roots(&options(&[], &["dev", "old"])),
        [
            "tool app (pyproject.toml)",
            "y app (pyproject.toml:dev)",
            "np>=2 app (pyproject.toml:dev)",
            "x app (pyproject.toml:old)",
            "y app (pyproject.toml:old)",
        ]
    );
}

const PYLOCK: &str = r#"
lock-version = "1.0"
requires-python = ">=3.11"
extras = ["gpu"]
dependency-groups = ["dev", "docs"]
default-groups = ["dev"]
created-by = "a tool"

[[packages]]
name = "app"
version = "1"
directory = { path = "app", editable = true }
dependencies = [{ name = "np" }, { name = "x", marker = "sys_platform == 'win32'" }]

[[packages]]
name = "np"
version = "1.26"
marker = "python_version < '3.12' and 'dev' in dependency_groups and 'gpu' not in extras"
wheels = [{ name = "np.whl", url = "https://files.example/np.whl", hashes = { sha256 = "00", blake2b = "01" } }]

[[packages]]
name = "np"
version = "2.1"
marker = "python_version >= '3.12'"
sdist = { name = "np.tar.gz", path = "np.tar.gz", hashes = { sha256 = "02" } }

[[packages]]
name = "x"
version = "1"
marker = "sys_platform == 'win32'"
archive = { url = "https://files.example/x.zip", subdirectory = "python", hashes = { sha256 = "03" } }

[[packages]]
name = "y"
vcs = { type = "git", url = "https://git.example/y", commit-id = "0123" }
"#;

#[test]
fn a_pylock_with_edges_can_be_pruned_alone() {
    let inventory =
        read_files(&[("pylock.gpu.toml", PYLOCK)], &ReadOptions::default()).expect("a lock");
    assert_eq!(inventory.edge_source, EdgeSource::Lock);
    let shown = |python| {
        kept(&inventory, &["y"], on("linux", python))
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(shown("3.11"), "app==1 np==1.26");
    assert_eq!(shown("3.12"), "app==1 np==2.1");
    let shown: Vec<String> = inventory
        .distributions
        .iter()
        .map(|one| format!("{} {:?} {:?}", one.name, one.origin, one.hashes))
        .collect();
    assert_eq!(
        shown,
        [
            r#"app Editable("./app") []"#,
            r#"np Index ["sha256:00", "blake2b:01"]"#,
            r#"np Index ["sha256:02"]"#,
            r#"x Url("https://files.example/x.zip#subdirectory=python") ["sha256:03"]"#,
            r#"y Url("git+https://git.example/y@0123") []"#,
        ]
    );
    let gpu = read_files(&[("pylock.toml", PYLOCK)], &options(&["gpu"], &[])).expect("a lock");
    assert_eq!(
        gpu.distributions[1].chosen_when,
        envelope_deps::MarkerTree::FALSE
    );
}

#[test]
fn a_pylock_without_edges_takes_them_from_another_source() {
    for (name, removed) in [("a", 77), ("b", 82)] {
        let path = corpus(name).join("project/pylock.toml");
        let inventory = read(&path, &ReadOptions::default()).expect("a lock");
        assert_eq!(inventory.edge_source, EdgeSource::None);
        let error = refuse_without_edges(&path, &inventory).expect_err("no edges");
        assert!(matches!(error, Error::NoEdges { .. }), "{error}");
        let lock = read(
            &corpus(name).join("project/uv.lock"),
            &ReadOptions::default(),
        );
        let joined = inventory.with_edges_of(lock.expect("a lock"));
        refuse_without_edges(&path, &joined).expect("edges");
        let graph = Graph::build(&joined, &[], Target::Universal);
        let spec = PruneSpec {
            prune: vec![Pattern::parse("jupyterlab").expect("a pattern")],
            ..PruneSpec::default()
        };
        let pruned = graph.prune(&spec).expect("a prune");
        assert_eq!(pruned.removed.len(), removed, "{name}");
    }
}

#[test]
fn a_list_of_packages_needs_no_edges() {
    let inventory = Inventory::default();
    refuse_without_edges(Path::new("requirements.txt"), &inventory).expect("a list");
}

#[test]
fn a_pipfile_lock_is_refused_with_the_reason() {
    let error =
        read_files(&[("Pipfile.lock", "{}")], &ReadOptions::default()).expect_err("a refusal");
    assert!(matches!(&error, Error::NoEdges { .. }));
    assert!(
        error
            .to_string()
            .contains("holds no edges: a Pipfile.lock lists packages"),
        "{error}"
    );
}

#[test]
fn locks_of_other_versions_are_refused() {
    for (name, text, version) in [
        ("pylock.toml", "lock-version = \"2.0\"\n", "2.0"),
        ("poetry.lock", "[metadata]\nlock-version = \"3.0\"\n", "3.0"),
        (
            "pdm.lock",
            "[metadata]\nlock_version = \"5.0.0\"\n",
            "5.0.0",
        ),
        (
            "x.lock",
            "# This file is @generated by PDM.\n[metadata]\nlock_version = \"3.1\"\n",
            "3.1",
        ),
    ] {
        let error = read_files(&[(name, text)], &ReadOptions::default()).expect_err("a refusal");
        assert!(
            matches!(&error, Error::UnsupportedVersion { found, .. } if found == version),
            "{error}"
        );
    }
}

#[test]
fn mistakes_in_locks_have_their_places() {
    let metadata = "[metadata]\nlock-version = \"2.1\"\n";
    for (name, text, expected) in [
        ("pylock.toml", "", ":1:1: `lock-version` is missing"),
        (
            "pylock.toml",
            "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nmarker = \"x\"\n",
            ":4:10: `x` is not a marker",
        ),
        ("poetry.lock", "\n", ":1:1: `[metadata]` is missing"),
        (
            "poetry.lock",
            &format!("{metadata}[[package]]\nname = \"a\"\n"),
            ":3:1: `version` is missing",
        ),
        (
            "poetry.lock",
            &format!(
                "{metadata}[[package]]\nname = \"a\"\nversion = \"1\"\n[package.dependencies]\nb = 3\n"
            ),
            ":7:5: found integer, expected an array",
        ),
        (
            "pdm.lock",
            "[metadata]\nlock_version = \"4.5\"\n[[package]]\nname = \"a\"\ndependencies = [\"b c\"]\n",
            ":5:17: `b c` is not a requirement: ",
        ),
    ] {
        let error = read_files(&[(name, text)], &ReadOptions::default()).expect_err("a mistake");
        let error = error.to_string();
        let (_, place) = error.split_once(name).expect("a path");
        assert!(place.starts_with(expected), "{place}\n{expected}");
    }
}
