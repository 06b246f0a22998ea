//! Signatures against recordings of MLflow 3.17.2 (see the scripts beside the fixtures).

use crate::recording::{cases, text};
use envelope_format::json::Json;
use envelope_format::signature::{Signature, SignatureError};

fn written(signature: &Signature, part: &str) -> Option<String> {
    match part {
        "inputs" => signature.inputs_json(),
        "outputs" => signature.outputs_json(),
        _ => signature.params_json(),
    }
}

fn read(case: &Json) -> Result<Signature, SignatureError> {
    let part = text(case, "part").unwrap();
    let given = |name: &str| (part == name).then(|| text(case, "text").unwrap());
    Signature::from_parts(given("inputs"), given("outputs"), given("params"))
}

#[test]
fn writes_recorded_signatures_back_to_the_same_text() {
    let recorded = cases(include_str!("../fixtures/signatures.json"));
    assert!(recorded.len() >= 30);
    for case in recorded {
        let part = |name| text(&case, name);
        let signature = Signature::from_parts(part("inputs"), part("outputs"), part("params"));
        let signature = signature.unwrap();
        for name in ["inputs", "outputs", "params"] {
            assert_eq!(
                written(&signature, name).as_deref(),
                part(name),
                "{:?}",
                part("source")
            );
        }
        assert_eq!(Signature::from_json(&signature.to_json()), Ok(signature));
    }
}

#[test]
fn agrees_with_mlflow_on_every_schema_variant() {
    let mut wrong = Vec::new();
    let recorded = cases(include_str!("../fixtures/signature-cases.json"));
    assert!(recorded.len() > 1000);
    for case in &recorded {
        let accepted = case.get("accepted").and_then(Json::as_bool).unwrap();
        let part = text(case, "part").unwrap();
        match read(case) {
            Ok(_) if !accepted => wrong.push(format!("accepted {}", case.to_python_string())),
            Err(error) if accepted => {
                wrong.push(format!("refused ({error}) {}", case.to_python_string()));
            }
            Ok(signature) if text(case, "written").is_some() => {
                let ours = written(&signature, part);
                if ours.as_deref() != text(case, "written") {
                    wrong.push(format!("wrote {ours:?} for {}", case.to_python_string()));
                }
            }
            _ => {}
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        recorded.len(),
        wrong.join("\n")
    );
}
