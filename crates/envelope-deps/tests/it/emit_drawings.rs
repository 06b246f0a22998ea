//! Drawings for Graphviz and Mermaid, and the bill of materials.

use crate::explain::inventory;
use envelope_deps::emit::{cyclonedx, dot, mermaid};
use envelope_deps::{Graph, Inventory, OnRequired, Origin, Pattern, PruneSpec, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn hostile() -> Inventory {
    let mut inventory = inventory(
        &["lab", "model[fast]"],
        &[
            ("lab", &["core", "extra-tool"]),
            ("model", &["core[io]", "nowhere"]),
            ("core", &[]),
            ("extra-tool", &[]),
        ],
    );
    let version = "1\"]; <script>\\\n`#&'";
    inventory.distributions[2].version = Some(version.into());
    inventory
}

fn spec() -> PruneSpec {
    PruneSpec {
        prune: vec![Pattern::parse("lab").expect("a pattern")],
        on_required: OnRequired::Error,
        ..PruneSpec::default()
    }
}

#[test]
fn graphviz_reads_every_label_as_a_text() {
    let inventory = hostile();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&spec()).expect("a prune");
    let expected = r#"digraph requirements {
    rankdir=LR;
    node [shape=box, style=rounded, fontname="sans-serif"];
    edge [color=gray50, fontsize=10, fontname="sans-serif"];
    n0 [label="core v1\"]; <script>\\\\u{a}`#&'"];
    n1 [label="extra-tool v1", style="rounded,dashed", color=gray60, fontcolor=gray50];
    n2 [label="lab v1", style="rounded,bold,dashed", color=gray60, fontcolor=gray50];
    n3 [label="model v1", style="rounded,bold"];
    n4 [label="nowhere", style="rounded,dotted"];
    n2 -> n0 [style=dashed, color=gray75];
    n2 -> n1 [style=dashed, color=gray75];
    n3 -> n0 [label="io"];
    n3 -> n4;
}
"#;
    assert_eq!(dot(&pruned), expected);
}

#[test]
fn mermaid_reads_every_label_as_a_text() {
    let inventory = hostile();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&spec()).expect("a prune");
    let expected = r#"flowchart LR
    n0["core v1#34;]#59; #60;script#62;#92;#92;u#123;a#125;#96;#35;#38;#39;"]
    n1["extra-tool v1"]
    n2["lab v1"]
    n3["model v1"]
    n4["nowhere"]
    n2 -.-> n0
    n2 -.-> n1
    n3 -->|"io"| n0
    n3 --> n4
    classDef removed stroke:#999,stroke-dasharray:5 4,color:#888
    class n1,n2 removed
    classDef missing stroke-dasharray:2 3
    class n4 missing
    classDef root stroke-width:3px,font-weight:bold
    class n2,n3 root
"#;
    assert_eq!(mermaid(&pruned), expected);
}

fn bill(inventory: &Inventory) -> Value {
    let graph = Graph::build(inventory, &[], Target::Universal);
    let pruned = graph.prune(&spec()).expect("a prune");
    serde_json::from_str(&cyclonedx(&pruned)).expect("JSON")
}

#[test]
fn the_bill_lists_what_stays() {
    let mut inventory = hostile();
    let digits = "0a".repeat(32);
    let hashes = [
        format!("sha256:{digits}"),
        format!("sha256:{digits}"),
        "sha256:short".to_owned(),
        format!("blake9:{digits}"),
        format!("sha512:{digits}{digits}"),
    ];
    inventory.distributions[2].hashes = hashes.map(Into::into).to_vec();
    inventory.distributions[1].origin = Origin::Editable("./model".to_owned());
    let bill = bill(&inventory);
    let expected = json!([
        {
            "type": "library",
            "bom-ref": "pkg:pypi/core@1%22%5D%3B%20%3Cscript%3E%5C%0A%60%23%26%27",
            "name": "core",
            "version": "1\"]; <script>\\\n`#&'",
            "hashes": [
                {"alg": "SHA-256", "content": digits},
                {"alg": "SHA-512", "content": format!("{digits}{digits}")},
            ],
            "purl": "pkg:pypi/core@1%22%5D%3B%20%3Cscript%3E%5C%0A%60%23%26%27",
        },
        {"type": "library", "bom-ref": "pkg:pypi/model@1", "name": "model", "version": "1"},
        {"type": "library", "bom-ref": "pkg:pypi/nowhere", "name": "nowhere"},
    ]);
    assert_eq!(bill["components"], expected);
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["specVersion"], "1.6");
    assert!(bill.get("serialNumber").is_none());
    assert!(bill["metadata"].get("timestamp").is_none());
}

#[test]
fn every_reference_of_the_bill_is_there_once() {
    let mut inventory = hostile();
    // The same version from two sources, as a lock may hold it.
    let again = inventory.distributions[2].clone();
    inventory.distributions.push(again);
    let bill = bill(&inventory);
    let strings = |list: &Value, key: &str| -> Vec<String> {
        let entries = list.as_array().expect("a list").iter();
        entries
            .map(|entry| entry[key].as_str().expect("a text").to_owned())
            .collect()
    };
    let mut known = strings(&bill["components"], "bom-ref");
    known.push("requirements".to_owned());
    let distinct: BTreeSet<&String> = known.iter().collect();
    assert_eq!(distinct.len(), 5, "{known:?}");
    let refs = strings(&bill["dependencies"], "ref");
    assert_eq!(refs.iter().collect::<BTreeSet<_>>(), distinct);
    for dependency in bill["dependencies"].as_array().expect("a list") {
        for on in dependency["dependsOn"].as_array().into_iter().flatten() {
            let on = on.as_str().expect("a text").to_owned();
            assert!(distinct.contains(&on), "{on}");
        }
    }
}
