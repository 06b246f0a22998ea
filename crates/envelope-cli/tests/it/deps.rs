//! `envelope deps`: what it writes, what it says, and how it ends.

use crate::support::Scratch;
use serde_json::{Value, json};
use std::fs;

const REQUIREMENTS: &str = "\
# made by uv
jinja2==3.1.6
    # via jupyterlab
jupyterlab==4.4.0
    # via -r requirements.in
markupsafe==3.0.2
    # via
    #   jinja2
    #   mako
mako==1.3.10
    # via mlflow
mlflow==3.1.0  # the tracking server
    # via -r requirements.in
";
const MODEL: &str = "\
# made by uv
markupsafe==3.0.2
    # via mako
mako==1.3.10
    # via mlflow
mlflow==3.1.0  # the tracking server
    # via -r requirements.in
";
const PLAN: &str =
    "[[prune]]\ninput = 'requirements.txt'\nprune = ['jupyterlab']\noutput = 'model.txt'\n";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("requirements.txt", REQUIREMENTS);
    scratch
}

fn answer(scratch: &Scratch, words: &[&str]) -> (i32, Value) {
    let answer = scratch.envelope(words);
    let document = serde_json::from_str(&answer.out).unwrap_or_else(|error| {
        panic!("{words:?}: {error}: {}{}", answer.out, answer.err);
    });
    (answer.status, document)
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn prunes_a_file_and_says_what_went() {
    let scratch = scratch();
    let words = [
        "deps",
        "prune",
        "requirements.txt",
        "--prune",
        "jupyterlab",
        "-o",
        "model.txt",
    ];
    let said = scratch.envelope(&words);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.starts_with("5 → 3 packages\n"), "{}", said.out);
    assert!(said.out.contains("jinja2, jupyterlab"), "{}", said.out);
    assert_eq!(
        fs::read_to_string(scratch.path("model.txt")).unwrap(),
        MODEL
    );
}

#[test]
fn writes_to_the_standard_output_and_nothing_else() {
    let scratch = scratch();
    let words = [
        "deps",
        "prune",
        "requirements.txt",
        "--prune",
        "JupyterLab",
        "-o",
        "-",
    ];
    let said = scratch.envelope(&words);
    assert_eq!((said.status, said.out.as_str()), (0, MODEL));
    assert_eq!(fs::read_dir(scratch.path(".")).unwrap().count(), 1);
}

#[test]
fn the_report_for_programs_has_its_keys() {
    let scratch = scratch();
    let words = [
        "deps",
        "prune",
        "requirements.txt",
        "--prune",
        "jupyterlab",
        "--json",
    ];
    let (status, report) = answer(&scratch, &words);
    assert_eq!(status, 0);
    assert_eq!(names(&report["kept"]), ["mako", "markupsafe", "mlflow"]);
    assert_eq!(names(&report["removed"]), ["jinja2", "jupyterlab"]);
    assert_eq!(report["removed"][0]["because"], json!(["jupyterlab"]));
    assert_eq!(names(&report["roots"]), ["mlflow"]);
    assert_eq!(report["edge_source"], "annotations");
    for key in [
        "broken",
        "missing",
        "narrowed",
        "unmatched",
        "still_required",
    ] {
        assert_eq!(report[key], json!([]), "{key}");
    }
    for key in ["bytes_saved", "files_saved"] {
        assert_eq!(report.get(key), Some(&Value::Null), "{key}");
    }
}

#[test]
fn a_refusal_has_a_word_and_ends_with_1() {
    let scratch = scratch();
    for (words, code, detail) in [
        (
            &["--prune", "mako"][..],
            "pruned-but-required",
            json!([["mlflow", "mako"]]),
        ),
        (
            &["--prune", "jupiterlab"],
            "unmatched-prune",
            json!(["jupiterlab"]),
        ),
        (
            &["--prune", "jupyterlab", "--keep", "jupyterlab"],
            "keep-and-prune",
            json!(["jupyterlab"]),
        ),
    ] {
        let words = [&["deps", "prune", "requirements.txt", "--json"], words].concat();
        let (status, report) = answer(&scratch, &words);
        assert_eq!(status, 1, "{words:?}");
        assert_eq!(
            (&report["error"], &report["detail"]),
            (&json!(code), &detail)
        );
    }
    let said = scratch.envelope(&["deps", "prune", "requirements.txt", "--prune", "mako"]);
    assert_eq!((said.status, said.out.as_str()), (1, ""));
    assert!(
        said.err
            .contains("`mako` is needed by `mlflow`, which was asked for")
    );
    assert!(said.err.contains("--on-required cut"), "{}", said.err);
}

#[test]
fn what_cannot_be_read_ends_with_2_and_its_place() {
    let scratch = scratch();
    scratch.write("include.txt", "a==1\n-r nope.txt\n");
    scratch.write("pins.txt", "a==1\n\na==2\n");
    scratch.write("marker.txt", "a==1\nb==1 ; python_versio < '3'\n");
    scratch.write("Pipfile.lock", "{\"default\": {}}");
    scratch.write("uv.lock", "version = 2\nrevision = 1\n");
    for (file, code, place) in [
        ("include.txt", "missing-include", "include.txt:2"),
        ("pins.txt", "conflicting-pins", "pins.txt:3"),
        ("marker.txt", "syntax", "marker.txt:2"),
        ("Pipfile.lock", "no-edges", "Pipfile.lock"),
        ("uv.lock", "unsupported-version", "uv.lock"),
        ("nothing.txt", "unreadable", "nothing.txt"),
    ] {
        let (status, report) = answer(&scratch, &["deps", "prune", file, "--prune", "a", "--json"]);
        assert_eq!((status, &report["error"]), (2, &json!(code)), "{report}");
        let message = report["message"].as_str().unwrap();
        assert!(message.contains(place), "{message}");
    }
}

#[test]
fn a_check_writes_nothing_and_shows_the_first_difference() {
    let scratch = scratch();
    let words = [
        "deps",
        "prune",
        "requirements.txt",
        "--prune",
        "jupyterlab",
        "-o",
        "model.txt",
    ];
    let check = [&words[..], &["--check"]].concat();
    let said = scratch.envelope(&check);
    assert_eq!(said.status, 1);
    assert!(said.out.contains("is not there"), "{}", said.out);
    assert!(!scratch.path("model.txt").exists());
    assert_eq!(scratch.envelope(&words).status, 0);
    assert_eq!(scratch.envelope(&check).status, 0);
    scratch.write(
        "requirements.txt",
        REQUIREMENTS.replace("mako==1.3.10", "mako==1.4.0"),
    );
    let said = scratch.envelope(&check);
    assert_eq!(said.status, 1);
    let shown = "4: - mako==1.3.10\n    4: + mako==1.4.0\n";
    assert!(said.out.contains(shown), "{}", said.out);
    assert_eq!(
        fs::read_to_string(scratch.path("model.txt")).unwrap(),
        MODEL
    );
}

#[test]
fn an_update_does_what_is_written_down_and_then_rests() {
    let scratch = scratch();
    let said = scratch.envelope(&["deps", "update"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("found no plan"), "{}", said.err);
    scratch.write("envelope-deps.toml", PLAN);
    assert_eq!(scratch.envelope(&["deps", "update", "--check"]).status, 1);
    assert_eq!(scratch.envelope(&["deps", "update"]).status, 1);
    assert_eq!(
        fs::read_to_string(scratch.path("model.txt")).unwrap(),
        MODEL
    );
    for words in [&["deps", "update"][..], &["deps", "update", "--check"]] {
        assert_eq!(scratch.envelope(words).status, 0, "{words:?}");
    }
    scratch.write("envelope-deps.toml", PLAN.replace("prune =", "prun ="));
    let said = scratch.envelope(&["deps", "update"]);
    assert_eq!(said.status, 2);
    assert!(said.err.contains("envelope-deps.toml:3"), "{}", said.err);
}

#[test]
fn a_file_keeps_its_permissions_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = scratch();
    scratch.write("real.txt", "old\n");
    fs::set_permissions(scratch.path("real.txt"), fs::Permissions::from_mode(0o664)).unwrap();
    std::os::unix::fs::symlink("real.txt", scratch.path("model.txt")).unwrap();
    let words = [
        "deps",
        "prune",
        "requirements.txt",
        "--prune",
        "jupyterlab",
        "-o",
        "model.txt",
    ];
    assert_eq!(scratch.envelope(&words).status, 0);
    assert_eq!(fs::read_to_string(scratch.path("real.txt")).unwrap(), MODEL);
    assert!(scratch.path("model.txt").is_symlink());
    let mode = fs::metadata(scratch.path("real.txt"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o664);
}

#[test]
fn explains_why_a_package_is_there() {
    let scratch = scratch();
    let (status, why) = answer(
        &scratch,
        &["deps", "why", "MarkupSafe", "requirements.txt", "--json"],
    );
    assert_eq!(
        (status, &why["why"]),
        (0, &json!(["jupyterlab", "jinja2", "markupsafe"]))
    );
    assert_eq!(names(&why["needed_by"]), ["jinja2", "mako"]);
    let said = scratch.envelope(&["deps", "why", "markupsafe", "requirements.txt"]);
    assert!(
        said.out.starts_with("jupyterlab → jinja2 → markupsafe\n"),
        "{}",
        said.out
    );
    let said = scratch.envelope(&["deps", "why", "torch", "requirements.txt"]);
    assert_eq!(
        (said.status, said.out.as_str()),
        (1, "nothing is named `torch`\n")
    );
}

#[test]
fn tells_what_each_requirement_costs_and_what_differs() {
    let scratch = scratch();
    let (_, holdings) = answer(
        &scratch,
        &["deps", "holdings", "requirements.txt", "--json"],
    );
    let holdings = &holdings["holdings"];
    assert_eq!(names(holdings), ["jupyterlab", "mlflow"]);
    assert_eq!(holdings[0]["exclusive"], json!(["jinja2", "jupyterlab"]));
    scratch.write("model.txt", MODEL.replace("mako==1.3.10", "mako==1.4.0"));
    let (_, diff) = answer(
        &scratch,
        &["deps", "diff", "requirements.txt", "model.txt", "--json"],
    );
    assert_eq!(names(&diff["removed"]), ["jinja2", "jupyterlab"]);
    assert_eq!(names(&diff["changed"]), ["mako"]);
    assert_eq!((&diff["added"], &diff["same"]), (&json!([]), &json!(2)));
}

#[test]
fn draws_the_graph_in_every_format() {
    let scratch = scratch();
    for (format, part) in [
        ("tree", "jupyterlab v4.4.0 ✂"),
        ("json", "\"edges\""),
        ("dot", "digraph"),
        ("mermaid", "flowchart"),
        ("cyclonedx", "\"specVersion\": \"1.6\""),
        ("html", "<!DOCTYPE html>"),
    ] {
        let words = [
            "deps",
            "graph",
            "requirements.txt",
            "--prune",
            "jupyterlab",
            "--format",
            format,
        ];
        let said = scratch.envelope(&words);
        assert_eq!(said.status, 0, "{format}: {}", said.err);
        assert!(
            said.out.to_lowercase().contains(&part.to_lowercase()),
            "{format}: {}",
            said.out
        );
    }
}

#[test]
fn suggests_what_nothing_imports() {
    let scratch = scratch();
    scratch.write(
        "src/serve.py",
        "import mlflow\nimport importlib\nimportlib.import_module(x)\n",
    );
    let words = ["deps", "suggest", "requirements.txt", "--code", "src"];
    let (status, answer_) = answer(&scratch, &[&words[..], &["--json"]].concat());
    assert_eq!((status, &answer_["prune"]), (0, &json!(["jupyterlab"])));
    assert_eq!(answer_["cannot_know"][0]["place"], "src/serve.py:3");
    scratch.write("src/plot.py", "from jupyterlab import labapp\n");
    let said = scratch.envelope(&[&words[..], &["--prune", "jupyterlab"]].concat());
    assert_eq!(said.status, 1);
    assert!(said.out.contains("src/plot.py:1"), "{}", said.out);
}
