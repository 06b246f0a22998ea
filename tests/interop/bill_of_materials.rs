//! Bills of materials, held against the schema of CycloneDX by its own library.

use crate::support::python::ask;
use envelope_deps::emit::cyclonedx;
use envelope_deps::{Distribution, Graph, Inventory, Origin, PruneSpec, Requirement, Root, Target};
use serde_json::{Value, json};

fn inventory() -> Inventory {
    let requirement = |name: &str| Requirement::parse(name).unwrap();
    let mut model = Distribution::new("model".parse().unwrap());
    model.origin = Origin::Editable("./model".to_owned());
    model.requires = ["numpy[io]", "nowhere"]
        .map(requirement)
        .into_iter()
        .collect();
    let mut numpy = Distribution::new("numpy".parse().unwrap());
    numpy.version = Some("2.4.6+local.1 \"<odd>\"".into());
    numpy.hashes = vec![
        format!("sha256:{}", "0a".repeat(32)).into(),
        format!("sha512:{}", "0a".repeat(64)).into(),
        format!("blake2b:{}", "0a".repeat(32)).into(),
    ];
    let again = numpy.clone();
    Inventory {
        distributions: vec![model, numpy, again],
        roots: Some(vec![Root {
            requirement: requirement("model"),
            origin: "pyproject.toml".to_owned(),
        }]),
        ..Inventory::default()
    }
}

#[test]
fn a_bill_of_materials_follows_its_schema() {
    let inventory = inventory();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let pruned = graph.prune(&PruneSpec::default()).unwrap();
    let bill: Value = serde_json::from_str(&cyclonedx(&pruned)).unwrap();
    assert_eq!(bill["components"].as_array().unwrap().len(), 4);
    let mut wrong = bill.clone();
    wrong["components"][0]["hashes"] = json!([{"alg": "SHA-255", "content": "0a"}]);
    let answers = ask("peers", "bill_mistakes.py", &[bill, wrong]);
    assert_eq!(answers[0], Value::Null);
    assert!(
        answers[1].as_str().unwrap().contains("SHA-255"),
        "{answers:?}"
    );
}
