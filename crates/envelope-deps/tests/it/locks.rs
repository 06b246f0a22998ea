//! `uv.lock`: the worked cases, the corpora, and texts that no reader should trust.

use crate::corpora::{corpus, text};
use envelope_deps::source::{ReadOptions, read};
use envelope_deps::{
    Environment, Error, Graph, Inventory, MarkerTree, OnRequired, PackageId, Pattern, PruneSpec,
    Pruned, Requirement, Target,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tempfile::TempDir;

const CASES: &str = include_str!("../fixtures/prune-cases.json");

fn cases() -> Value {
    serde_json::from_str(CASES).expect("the cases")
}

/// The environments of the cases, by name.
fn matrix() -> BTreeMap<String, Environment> {
    let cases = cases();
    let matrix = cases["envs"]["matrix"].as_object().expect("environments");
    let read = |(name, markers): (&String, &Value)| {
        let environment = Environment::from_json(&markers.to_string());
        (name.clone(), environment.expect("an environment"))
    };
    matrix.iter().map(read).collect()
}

fn read_text(text: &str, options: &ReadOptions) -> Result<Inventory, Error> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("uv.lock");
    std::fs::write(&path, text).expect("a lock");
    read(&path, options)
}

fn inventory(text: &str) -> Inventory {
    read_text(text, &ReadOptions::default()).expect("a lock")
}

fn corpus_inventory(name: &str) -> Inventory {
    let path = corpus(name).join("project/uv.lock");
    read(&path, &ReadOptions::default()).expect("a lock")
}

fn spec(names: &[&str], on_required: OnRequired) -> PruneSpec {
    let parse = |name: &&str| Pattern::parse(name).expect("a pattern");
    PruneSpec {
        prune: names.iter().map(parse).collect(),
        on_required,
        ..PruneSpec::default()
    }
}

fn shown(graph: &Graph, package: PackageId) -> String {
    let version = graph.version(package).unwrap_or_default();
    format!("{}=={version}", graph.name(package))
}

fn kept(graph: &Graph, pruned: &Pruned) -> BTreeSet<String> {
    let kept = pruned.kept.iter();
    kept.map(|one| shown(graph, one.package)).collect()
}

#[test]
fn lock_cases_have_their_answers() {
    let cases = cases();
    let environments = matrix();
    let mut count = 0;
    for case in cases["cases"].as_array().expect("cases") {
        if case["kind"] != "lock" {
            continue;
        }
        count += 1;
        let inventory = inventory(case["lock"].as_str().expect("a text"));
        let prune: Vec<&str> = case["prune"]
            .as_array()
            .expect("names")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let spec = spec(&prune, OnRequired::Error);
        let id = case["id"].as_str().expect("an id");
        if let Some(names) = case["env"].as_array() {
            let mut kept_in: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for name in names.iter().filter_map(Value::as_str) {
                let target = Target::One(environments[name].clone());
                let graph = Graph::build(&inventory, &[], target);
                for package in kept(&graph, &graph.prune(&spec).expect("a prune")) {
                    kept_in.entry(package).or_default().push(name);
                }
            }
            assert_eq!(case["expect"]["kept_in"], json!(kept_in), "{id}");
            continue;
        }
        let name = case["env"].as_str().unwrap_or("linux-3.11");
        let graph = Graph::build(&inventory, &[], Target::One(environments[name].clone()));
        let pruned = graph.prune(&spec).expect("a prune");
        let removed: Vec<String> = pruned
            .removed
            .iter()
            .map(|one| shown(&graph, one.package))
            .collect();
        assert_eq!(case["expect"]["kept"], json!(kept(&graph, &pruned)), "{id}");
        assert_eq!(case["expect"]["removed"], json!(removed), "{id}");
        assert_eq!(case["expect"]["broken"], json!([]), "{id}");
    }
    assert_eq!(count, 4);
}

#[test]
fn the_corpora_keep_what_they_should() {
    let linux = Environment::new("3.11.7", "linux-x86_64".parse().expect("a platform"));
    let linux = Target::One(linux.expect("a version"));
    for (name, target, removed, stays) in [
        ("a", Target::Universal, 77, 92),
        ("a", linux.clone(), 73, 87),
        ("b", Target::Universal, 82, 71),
        ("b", linux.clone(), 79, 67),
        ("c", linux, 24, 545),
    ] {
        let inventory = corpus_inventory(name);
        let graph = Graph::build(&inventory, &[], target);
        let pruned = graph
            .prune(&spec(&["jupyterlab"], OnRequired::Error))
            .expect("a prune");
        let counts = (pruned.removed.len(), pruned.kept.len());
        assert_eq!(counts, (removed, stays), "{name} {:?}", graph.target());
    }
}

/// The lines of a recorded `uv export`, as `name==version` and when.
fn exported(text: &str) -> Vec<(String, MarkerTree)> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with(['#', '-']));
    let read = |line: &str| {
        let line = line.trim_end_matches('\\').trim();
        let parsed = Requirement::parse(line).expect("a requirement");
        (
            format!("{}{}", parsed.name, parsed.specifier),
            parsed.marker,
        )
    };
    lines
        .filter(|line| !line.trim().is_empty())
        .map(read)
        .collect()
}

#[test]
fn a_prune_keeps_what_uv_keeps_in_every_environment() {
    let mut pairs = 0;
    for name in ["a", "b", "c"] {
        let exported = exported(&text(name, "project/export-pruned.txt"));
        let inventory = corpus_inventory(name);
        let universal = Graph::build(&inventory, &[], Target::Universal);
        let spec = spec(&["jupyterlab"], OnRequired::Cut);
        let universal_pruned = universal.prune(&spec).expect("a prune");
        for (environment_name, environment) in matrix() {
            if !environment.fulfils(inventory.requires_python) {
                continue;
            }
            pairs += 1;
            let expected: BTreeSet<String> = exported
                .iter()
                .filter(|(_, marker)| environment.fulfils(*marker))
                .map(|(package, _)| package.clone())
                .collect();
            let at_once: BTreeSet<String> = universal_pruned
                .kept
                .iter()
                .filter(|kept| environment.fulfils(kept.marker))
                .map(|kept| shown(&universal, kept.package))
                .collect();
            assert_eq!(at_once, expected, "{name} {environment_name}");
            let graph = Graph::build(&inventory, &[], Target::One(environment));
            let pruned = graph.prune(&spec).expect("a prune");
            assert_eq!(kept(&graph, &pruned), expected, "{name} {environment_name}");
        }
    }
    assert!(pairs > 8, "{pairs}");
}

#[test]
fn both_ways_of_reading_agree() {
    for name in ["a", "b", "c"] {
        let lock = text(name, "project/uv.lock");
        // What looks like a string over several lines keeps the files from being taken out.
        let whole = format!("{lock}\n# \"\"\"\n");
        let crossed = lock.replace('\n', "\r\n");
        assert_eq!(
            format!("{:?}", inventory(&lock)),
            format!("{:?}", inventory(&crossed)),
            "{name}"
        );
        assert_eq!(
            format!("{:?}", inventory(&lock)),
            format!("{:?}", inventory(&whole)),
            "{name}"
        );
    }
}

#[test]
fn a_lock_says_which_hashes_its_packages_have() {
    let inventory = corpus_inventory("a");
    let hashes: usize = inventory
        .distributions
        .iter()
        .map(|one| one.hashes.len())
        .sum();
    assert_eq!(
        hashes,
        text("a", "project/uv.lock")
            .matches("hash = \"sha256:")
            .count()
    );
}

/// Projects of a workspace, extras that name extras, groups, sources of every kind.
const WORKSPACE: &str = r#"
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = ["app", "lib"]

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "lib" }, { name = "a" }]

[package.optional-dependencies]
all = [{ name = "app", extra = ["fast"] }]
fast = [{ name = "b" }]

[package.dev-dependencies]
dev = [{ name = "c" }]

[package.metadata]
requires-dist = [{ name = "a", specifier = ">=1,<2" }]
provides-extras = ["all", "fast", "none"]

[[package]]
name = "lib"
source = { editable = "packages/lib" }
dependencies = [{ name = "d", marker = "sys_platform == 'win32'" }]

[[package]]
name = "other"
version = "1"
source = { virtual = "packages/other" }
dependencies = [{ name = "c" }]

[[package]]
name = "a"
version = "1.5"
source = { git = "https://git.example/a?rev=main#0123" }

[[package]]
name = "b"
version = "1"
source = { url = "https://files.example/b.zip", subdirectory = "python" }

[[package]]
name = "c"
version = "1"
source = { path = "wheels/c.whl" }

[[package]]
name = "d"
version = "1"
source = { directory = "../d" }
"#;

fn universal(text: &str, options: &ReadOptions) -> Vec<String> {
    let inventory = read_text(text, options).expect("a lock");
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&PruneSpec::default()).expect("a prune");
    kept(&graph, &pruned).into_iter().collect()
}

fn options(extras: &[&str], groups: &[&str], projects: &[&str]) -> ReadOptions {
    ReadOptions {
        extras: extras
            .iter()
            .map(|name| name.parse().expect("an extra"))
            .collect(),
        groups: groups.iter().map(ToString::to_string).collect(),
        projects: projects
            .iter()
            .map(|name| name.parse().expect("a name"))
            .collect(),
    }
}

#[test]
fn the_project_beside_the_lock_is_what_counts() {
    for (options, expected) in [
        (options(&[], &[], &[]), "a==1.5 d==1 lib=="),
        (options(&["all"], &[], &[]), "a==1.5 b==1 d==1 lib=="),
        (options(&["none"], &["dev"], &[]), "a==1.5 c==1 d==1 lib=="),
        (options(&[], &[], &["lib"]), "d==1"),
        (options(&[], &[], &["lib", "other"]), "c==1 d==1"),
    ] {
        assert_eq!(
            universal(WORKSPACE, &options).join(" "),
            expected,
            "{options:?}"
        );
    }
}

#[test]
fn roots_and_origins_say_where_they_stand() {
    let inventory = read_text(WORKSPACE, &options(&["fast"], &["dev"], &[])).expect("a lock");
    let roots = inventory.roots.as_ref().expect("roots");
    let roots: Vec<String> = roots
        .iter()
        .map(|root| format!("{} ({})", root.requirement, root.origin))
        .collect();
    assert_eq!(
        roots,
        [
            "lib (app (pyproject.toml))",
            "a>=1,<2 (app (pyproject.toml))",
            "b (app[fast] (pyproject.toml))",
            "c (app (pyproject.toml:dev))",
        ]
    );
    let shown = inventory
        .distributions
        .iter()
        .map(|one| format!("{} {:?} {:?}", one.name, one.role, one.origin));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            r#"app Project Editable(".")"#,
            r#"lib Package Editable("./packages/lib")"#,
            r#"other Project Editable("./packages/other")"#,
            r#"a Package Url("git+https://git.example/a@0123")"#,
            r#"b Package Url("https://files.example/b.zip#subdirectory=python")"#,
            r#"c Package Url("./wheels/c.whl")"#,
            r#"d Package Url("../d")"#,
        ]
    );
}

#[test]
fn a_workspace_without_a_project_of_its_own_counts_every_member() {
    let text = WORKSPACE.replace("editable = \".\"", "editable = \"packages/app\"");
    assert_eq!(
        universal(&text, &options(&[], &[], &[])).join(" "),
        "a==1.5 d==1"
    );
}

/// Two extras that exclude one another, as uv writes them.
const CONFLICTS: &str = r#"
version = 1
revision = 3
requires-python = ">=3.11"
conflicts = [[{ package = "proj", extra = "cpu" }, { package = "proj", extra = "gpu" }]]

[[package]]
name = "proj"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "model" }]

[package.optional-dependencies]
cpu = [{ name = "torch", version = "2+cpu", source = { registry = "https://cpu.example" } }]
gpu = [{ name = "torch", version = "2+gpu", source = { registry = "https://gpu.example" } }]

[[package]]
name = "model"
version = "1"
source = { registry = "https://index.example/simple" }
dependencies = [
    { name = "torch", version = "2+cpu", source = { registry = "https://cpu.example" }, marker = "extra == 'extra-4-proj-cpu'" },
    { name = "torch", version = "2+gpu", source = { registry = "https://gpu.example" }, marker = "extra == 'extra-4-proj-gpu' or (extra == 'extra-4-proj-cpu' and extra == 'extra-4-proj-gpu')" },
    { name = "plain", marker = "extra != 'extra-4-proj-cpu'" },
]

[[package]]
name = "plain"
version = "1"
source = { registry = "https://index.example/simple" }

[[package]]
name = "torch"
version = "2+cpu"
source = { registry = "https://cpu.example" }

[[package]]
name = "torch"
version = "2+gpu"
source = { registry = "https://gpu.example" }
"#;

#[test]
fn extras_that_exclude_one_another_are_settled() {
    for (extras, expected) in [
        (&[][..], "model==1 plain==1"),
        (&["cpu"], "model==1 torch==2+cpu"),
        (&["gpu"], "model==1 plain==1 torch==2+gpu"),
    ] {
        let options = options(extras, &[], &[]);
        assert_eq!(
            universal(CONFLICTS, &options).join(" "),
            expected,
            "{extras:?}"
        );
    }
}

#[test]
fn the_lock_of_a_script_states_what_is_asked_for() {
    let text = r#"
version = 1
requires-python = ">=3.11"

[manifest]
requirements = [{ name = "a", extras = ["x"], specifier = ">=1" }]

[[package]]
name = "a"
version = "1"
source = { registry = "https://index.example/simple" }

[package.optional-dependencies]
x = [{ name = "b" }]

[[package]]
name = "b"
version = "1"
source = { registry = "https://index.example/simple" }
"#;
    let inventory = inventory(text);
    let roots = inventory.roots.as_ref().expect("roots");
    assert_eq!(roots[0].requirement.to_string(), "a[x]>=1");
    assert_eq!(
        universal(text, &ReadOptions::default()).join(" "),
        "a==1 b==1"
    );
}

const PACKAGE: &str = "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://index.example\" }\n";

#[test]
fn what_is_no_lock_is_refused_with_its_place() {
    let lock = |rest: &str| format!("version = 1\n\n{PACKAGE}{rest}");
    for (text, expected) in [
        (
            String::new(),
            ":1:1: `version` is missing, expected a lock that begins with `version = 1`",
        ),
        (
            "version = \"1\"\n".to_owned(),
            ":1:11: found string, expected a whole number",
        ),
        (
            lock("dependencies = [{ name = \"b\" }]\n"),
            ":7:17: `a` requires `b`, which the lock does not hold",
        ),
        (
            lock("dependencies = [\n    { name = \"a\", version = \"2\" },\n]\n"),
            ":8:5: `a` requires `a` 2, which the lock does not hold",
        ),
        (
            lock("dependencies = [{ name = \"a\", marker = \"os_name ==\" }]\n"),
            ":7:40: `os_name ==` is not a marker: ",
        ),
        (lock(PACKAGE), ":7:1: `a` 1 is there twice"),
        (
            lock("wheels = [\n    { url = \"https://files.example/a.whl\" },\n"),
            ":8:",
        ),
        (
            lock(
                "sdist = { url = \"a\" }\nwheels = [\n    { url = \"b\" },\n]\ndependencies = 1\n",
            ),
            ":11:16: found integer, expected an array",
        ),
        (
            "version = 1\npackage = 3\n".to_owned(),
            ":2:11: found integer, expected an array",
        ),
        (
            "version = 1\n[[package]]\nname = \"a b\"\n".to_owned(),
            ":3:8: `a b` is not the name of a package",
        ),
        (
            "version = 1\n[[package]]\nname = \"a\"\n".to_owned(),
            ":2:1: `source` is missing",
        ),
        (
            "version = 1\nrequires-python = \"^3\"\n".to_owned(),
            ":2:19: `^3` is not a range of versions such as `>=3.11`",
        ),
    ] {
        let error = read_text(&text, &ReadOptions::default()).expect_err("a mistake");
        let error = error.to_string();
        let (_, place) = error.split_once("uv.lock").expect("a path");
        assert!(place.starts_with(expected), "{place}\n{expected}");
    }
}

#[test]
fn an_extra_that_the_project_lacks_is_a_mistake() {
    for (options, expected) in [
        (
            options(&["slow"], &[], &[]),
            "the project `app` has no extra `slow`",
        ),
        (
            options(&[], &["docs"], &[]),
            "the project `app` has no group `docs`",
        ),
        (options(&[], &[], &["a"]), "the lock holds no project `a`"),
    ] {
        let error = read_text(WORKSPACE, &options).expect_err("a mistake");
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[test]
fn a_lock_of_another_version_is_refused() {
    let error = read_text(
        "version = 2\nnew = { things = [] }\n",
        &ReadOptions::default(),
    );
    assert!(matches!(
        error.expect_err("a refusal"),
        Error::UnsupportedVersion { found, expected: "1", .. } if found == "2"
    ));
}

#[test]
fn a_chain_of_fifty_thousand_packages_is_walked() {
    let mut text = String::from("version = 1\n");
    for number in 0..50_000 {
        let source = if number == 0 {
            "virtual = \".\""
        } else {
            "registry = \"https://index.example\""
        };
        write!(
            text,
            "[[package]]\nname = \"p{number}\"\nversion = \"1\"\nsource = {{ {source} }}\n"
        )
        .expect("memory");
        if number < 49_999 {
            writeln!(text, "dependencies = [{{ name = \"p{}\" }}]", number + 1).expect("memory");
        }
    }
    let inventory = inventory(&text);
    for target in [
        Target::Universal,
        Target::One(matrix()["linux-3.11"].clone()),
    ] {
        let graph = Graph::build(&inventory, &[], target);
        let pruned = graph
            .prune(&spec(&["p25000"], OnRequired::Cut))
            .expect("a prune");
        assert_eq!((pruned.kept.len(), pruned.removed.len()), (24_999, 25_000));
    }
}

#[test]
fn nothing_from_outside_overflows_the_stack() {
    for text in [
        format!("version = 1\nx = {}", "[".repeat(100_000)),
        format!("version = 1\nx = {}", "{ a = ".repeat(100_000)),
        format!("version = 1\n[{}a]\n", "a.".repeat(100_000)),
        format!(
            "version = 1\n\n{PACKAGE}dependencies = [{{ name = \"a\", marker = \"{}\" }}]\n",
            "(".repeat(100_000)
        ),
    ] {
        let error = read_text(&text, &ReadOptions::default());
        assert!(matches!(error, Err(Error::Syntax { .. })));
    }
}

#[test]
fn more_text_than_any_lock_has_is_refused_or_read_quickly() {
    let files =
        "    { url = \"https://files.example/a.whl\", hash = \"sha256:00\" },\n".repeat(300_000);
    let lock = format!("version = 1\n\n{PACKAGE}wheels = [\n{files}]\n");
    assert!(lock.len() > 18_000_000);
    assert_eq!(inventory(&lock).distributions[0].hashes.len(), 300_000);
    for text in [
        format!("version = 1\n{}", "a\n".repeat(10_000_000)),
        format!("version = 1\nx = {}", "[".repeat(20_000_000)),
    ] {
        let error = read_text(&text, &ReadOptions::default()).expect_err("a refusal");
        assert!(
            error
                .to_string()
                .contains(" bytes, expected at most 16777216"),
            "{error}"
        );
    }
}
