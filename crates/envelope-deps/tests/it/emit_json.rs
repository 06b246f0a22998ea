//! The reports for scripts.

use crate::explain::inventory;
use envelope_deps::emit::{error_json, graph_json, report_json};
use envelope_deps::{
    Distribution, Error, Graph, Inventory, OnRequired, Pattern, PruneSpec, Refusal, Size, Sizes,
    Target,
};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    assert!(text.ends_with("}\n"));
    serde_json::from_str(text).expect("JSON")
}

fn spec(prune: &str, on_required: OnRequired) -> PruneSpec {
    PruneSpec {
        prune: vec![Pattern::parse(prune).expect("a pattern")],
        on_required,
        ..PruneSpec::default()
    }
}

fn server() -> Inventory {
    inventory(
        &["j", "m[x] ; sys_platform == 'linux'"],
        &[
            ("j", &["s", "t"]),
            ("t", &["gone"]),
            (
                "m",
                &["s", "t ; extra == 'x'", "win ; sys_platform == 'linux'"],
            ),
            ("s", &[]),
            ("win", &[]),
        ],
    )
}

#[test]
fn the_report_holds_what_scripts_rely_on() {
    let inventory = server();
    let graph = Graph::build(
        &inventory,
        &["win".parse().expect("a name")],
        Target::Universal,
    );
    let sizes = Sizes::measure(&graph, |distribution: &Distribution| {
        let is_known = distribution.name.as_str() == "j";
        is_known.then_some(Size { bytes: 7, files: 2 })
    });
    let pruned = graph.prune(&spec("j", OnRequired::Error)).expect("a prune");
    let expected = json!({
        "roots": [
            {"name": "m", "extras": ["x"], "marker": "sys_platform == 'linux'", "origin": "--root"},
            {"name": "win", "extras": [], "marker": null, "origin": "kept by name"},
        ],
        "kept": [
            {"name": "gone", "version": null, "marker": "sys_platform == 'linux'"},
            {"name": "m", "version": "1", "marker": "sys_platform == 'linux'"},
            {"name": "s", "version": "1", "marker": "sys_platform == 'linux'"},
            {"name": "t", "version": "1", "marker": "sys_platform == 'linux'"},
            {"name": "win", "version": "1"},
        ],
        "removed": [{"name": "j", "version": "1", "because": ["j"], "bytes": 7, "files": 2}],
        "broken": [],
        "still_required": [],
        "missing": ["gone"],
        "narrowed": [
            {"name": "gone", "version": null, "before": null, "after": "sys_platform == 'linux'"},
            {"name": "s", "version": "1", "before": null, "after": "sys_platform == 'linux'"},
            {"name": "t", "version": "1", "before": null, "after": "sys_platform == 'linux'"},
        ],
        "unmatched": [],
        "edges": [["m", "s"], ["m", "t"], ["m", "win"], ["t", "gone"]],
        "bytes_saved": 7,
        "files_saved": 2,
        "holdings": [
            {"root": "j", "packages": 1, "bytes": 7, "files": 2},
            {"root": "m", "packages": 1},
        ],
        "edge_source": "lock",
        "target": "every environment",
        "notes": [],
    });
    let report = parsed(&report_json(&pruned, &sizes));
    assert_eq!(report, expected);
    let keys: Vec<&String> = report.as_object().expect("an object").keys().collect();
    let order: Vec<&String> = expected.as_object().expect("an object").keys().collect();
    assert_eq!(keys, order);
}

#[test]
fn what_is_broken_or_unknown_is_told() {
    let inventory = inventory(&["m"], &[("m", &["j>=2"]), ("j", &[])]);
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&spec("j", OnRequired::Cut)).expect("a prune");
    let report = parsed(&report_json(&pruned, &Sizes::default()));
    let expected = json!([{"name": "m", "requires": "j", "requirement": "j>=2", "path": ["m"]}]);
    assert_eq!(report["broken"], expected);
    assert_eq!(report["bytes_saved"], Value::Null);
    let pruned = graph.prune(&spec("j", OnRequired::Keep)).expect("a prune");
    let report = parsed(&report_json(&pruned, &Sizes::default()));
    assert_eq!(report["still_required"], json!(["j"]));
}

#[test]
fn the_graph_keeps_markers_and_extras() {
    let inventory = inventory(
        &["a[x]", "b"],
        &[
            ("a", &["c[y] ; extra == 'x' and sys_platform == 'win32'"]),
            ("b", &[]),
            ("c", &[]),
        ],
    );
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&spec("b", OnRequired::Error)).expect("a prune");
    let expected = json!({
        "nodes": [
            {"name": "a", "version": "1"},
            {"name": "b", "version": "1", "removed": true},
            {"name": "c", "version": "1"},
        ],
        "edges": [{
            "from": 0, "to": 2, "extras": ["y"], "behind": ["x"],
            "marker": "sys_platform == 'win32'",
        }],
        "roots": [
            {"name": "a", "extras": ["x"], "marker": null, "origin": "--root"},
            {"name": "b", "extras": [], "marker": null, "origin": "--root"},
        ],
        "keep": [],
        "edge_source": "lock",
        "target": "every environment",
    });
    assert_eq!(parsed(&graph_json(&pruned, &Sizes::default())), expected);
}

#[test]
fn a_refusal_has_a_word_for_scripts() {
    let inventory = inventory(&["m"], &[("m", &["j"]), ("j", &[])]);
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let refused = graph
        .prune(&spec("j", OnRequired::Error))
        .expect_err("a refusal");
    let answer = parsed(&error_json(&refused));
    assert_eq!(answer["error"], "pruned-but-required");
    assert_eq!(answer["detail"], json!([["m", "j"]]));
    assert_eq!(answer["message"], "`j` is needed by `m`, which stays (m)");
    let refused = graph
        .prune(&spec("jj", OnRequired::Error))
        .expect_err("a refusal");
    let answer = parsed(&error_json(&refused));
    assert_eq!(answer["error"], "unmatched-prune");
    assert_eq!(answer["detail"], json!(["jj"]));
    let refused: Error = Refusal::KeepAndPrune {
        names: vec!["j".parse().expect("a name")],
    }
    .into();
    assert_eq!(parsed(&error_json(&refused))["detail"], json!(["j"]));
}
