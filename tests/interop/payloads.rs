//! Every request that `sample` makes is taken by MLflow, and by the schema of requests.

mod made_up;

use crate::support::fixtures::{packages, unpack};
use crate::support::python::{MLFLOW, ask};
use crate::support::scratch::Scratch;
use envelope_format::input_example::{ExampleKind, InputExample, Orient};
use envelope_format::mlmodel::MlModel;
use envelope_format::package::Package;
use envelope_format::request_schema::request_schema;
use envelope_format::sample::{
    Body, Sample, SampleError, SampleFormat, SampleOptions, Subject, offered, sample,
};
use serde_json::{Value, json};
use std::path::Path;

/// A request, and where it goes.
struct Request {
    label: String,
    case: Value,
}

/// Every request that can be made for one subject; the refusals of what cannot are told apart.
fn requests(label: &str, subject: &Subject, place: &Value) -> (Vec<Request>, Vec<String>) {
    let mut requests = Vec::new();
    let mut refusals = Vec::new();
    let schema = request_schema(subject)
        .ok()
        .map(|schema| jsonschema::draft202012::new(&schema.to_serde()).unwrap());
    let formats = [None]
        .into_iter()
        .chain(offered(subject).into_iter().map(Some));
    for format in formats {
        for rows in [None, Some(1), Some(3)] {
            let label = format!("{label} {format:?} {rows:?}");
            match sample(subject, SampleOptions { format, rows }) {
                Ok(made) => {
                    if let (Some(schema), Body::Json(body)) = (&schema, &made.body) {
                        let body = body.to_serde();
                        let errors = schema.iter_errors(&body);
                        let errors: Vec<String> = errors.map(|one| one.to_string()).collect();
                        assert!(errors.is_empty(), "{label}: {}: {errors:?}", made.to_text());
                    }
                    requests.push(request(label, place, &made));
                }
                Err(SampleError::FixedRows { .. }) if rows.is_some() => {}
                Err(error) => refusals.push(format!("{label}: {error}")),
            }
        }
    }
    (requests, refusals)
}

fn request(label: String, place: &Value, made: &Sample) -> Request {
    let mut case = place.clone();
    case["content_type"] = made.format.content_type().into();
    case["body"] = made.to_text().into();
    Request { label, case }
}

/// Asks MLflow, and says which requests it refuses.
fn refused(requests: &[Request]) -> Vec<String> {
    let cases: Vec<Value> = requests.iter().map(|one| one.case.clone()).collect();
    let answers = ask(MLFLOW[2], "accepts.py", &cases);
    let refused = requests
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| !answer.is_null());
    refused
        .map(|(one, answer)| format!("{}: {}: {answer}", one.label, one.case["body"]))
        .collect()
}

/// Packages of which nothing is known, so that no request can be made.
fn is_unknown(root: &Path) -> bool {
    let text = std::fs::read_to_string(root.join("MLmodel")).unwrap();
    MlModel::parse(&text).is_ok_and(|model| {
        let signature = model.read_signature().ok().flatten();
        model.saved_input_example_info().is_none()
            && signature.is_none_or(|signature| signature.inputs.is_none())
    })
}

#[test]
fn mlflow_takes_every_payload_of_saved_packages() {
    let scratch = Scratch::new("payloads");
    let mut all = packages(&unpack("packages", &scratch));
    all.extend(packages(&unpack("serving-packages", &scratch)));
    all.extend(packages(&unpack("minimal-packages", &scratch)));
    let mut made = Vec::new();
    let mut wrong = Vec::new();
    let mut sampled = 0;
    for (name, root) in &all {
        // Some of the minimal packages are broken on purpose.
        let Ok(package) = Package::open(root) else {
            continue;
        };
        let Ok(subject) = Subject::read(&package) else {
            continue;
        };
        let (requests, refusals) = requests(name, &subject, &json!({"package": root}));
        if is_unknown(root) {
            assert!(requests.is_empty(), "{name}");
            continue;
        }
        if subject
            .signature
            .as_ref()
            .is_some_and(|one| one.inputs.is_some())
        {
            let bare = Subject {
                example: None,
                ..subject.clone()
            };
            let (requests, refusals) = self::requests(name, &bare, &json!({"package": root}));
            wrong.extend(refusals);
            made.extend(requests);
        }
        sampled += 1;
        // Examples without a signature may have no rows to repeat.
        wrong.extend(refusals.into_iter().filter(|_| subject.signature.is_some()));
        made.extend(requests);
    }
    wrong.extend(refused(&made));
    println!("{} payloads of {sampled} packages", made.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        sampled > 80 && made.len() > 2500,
        "{} of {sampled}",
        made.len()
    );
}

/// Examples of a signature: a table, and a value or arrays.
fn examples(subject: &Subject) -> Vec<InputExample> {
    let of = |format, kind| {
        let options = SampleOptions {
            format: Some(format),
            rows: None,
        };
        let made = sample(subject, options).ok()?;
        let Body::Json(body) = made.body else {
            return None;
        };
        Some(InputExample {
            kind,
            value: body.get(format.key()?)?.clone(),
            params: body.get("params").cloned(),
        })
    };
    let orient = Orient::Split;
    let examples = [
        of(SampleFormat::Split, ExampleKind::Dataframe { orient }),
        of(SampleFormat::Inputs, ExampleKind::Ndarray),
        of(SampleFormat::Inputs, ExampleKind::JsonObject),
    ];
    examples.into_iter().flatten().collect()
}

#[test]
fn mlflow_takes_every_payload_of_made_up_signatures() {
    let mut made = Vec::new();
    let mut wrong = Vec::new();
    let mut without = 0;
    for seed in 0..260 {
        let (label, text) = made_up::signature(seed);
        let signature = made_up::read(&text);
        let subject = Subject {
            signature: Some(signature),
            ..Subject::default()
        };
        let label = format!("{label} {text}");
        let (requests, refusals) = requests(&label, &subject, &json!({"signature": text}));
        without += usize::from(requests.is_empty());
        for example in examples(&subject) {
            let label = format!("{label} example {}", example.value.to_python_string());
            let subject = Subject {
                example: Some(example),
                ..subject.clone()
            };
            let (requests, _) = self::requests(&label, &subject, &json!({"signature": text}));
            made.extend(requests);
        }
        let impossible = |refusal: &String| refusal.contains("MLflow takes no value");
        wrong.extend(refusals.into_iter().filter(|refusal| !impossible(refusal)));
        made.extend(requests);
    }
    wrong.extend(refused(&made));
    println!("{} payloads, {without} signatures without any", made.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        without < 30 && made.len() > 9000,
        "{without}, {}",
        made.len()
    );
}
