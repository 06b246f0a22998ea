//! Requests by chance: the library takes and refuses them as MLflow's scoring server does, and hands
//! over the same values.

use crate::support::python::{MLFLOW, ask};
use envelope_format::Refusal;
use envelope_format::enforce::{Received, receive};
use envelope_format::json::{Json, Number};
use envelope_format::payload::{ContentType, Data};
use envelope_format::signature::Signature;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What became of a request, beside what MLflow did with it.
struct Case {
    signature: Signature,
    recorded: Json,
    found: Result<Received, Refusal>,
}

impl Case {
    fn of(recorded: &str) -> Self {
        let recorded = Json::parse(recorded.as_bytes()).unwrap();
        let signature = match recorded.get("signature") {
            None | Some(Json::Null) => Signature::default(),
            Some(signature) => Signature::from_json(signature).unwrap(),
        };
        let text = |key| recorded.get(key).and_then(Json::as_str).unwrap();
        let content_type = ContentType::read(text("content_type")).unwrap();
        let found = receive(text("body").as_bytes(), &content_type, &signature);
        Self {
            signature,
            recorded,
            found,
        }
    }

    fn is_accepted(&self) -> bool {
        self.recorded.get("accepted").and_then(Json::as_bool) == Some(true)
    }

    /// How the two differ, if they do.
    fn difference(&self) -> Option<String> {
        match &self.found {
            Ok(received) if self.is_accepted() => self.differing(received),
            Ok(received) => Some(format!("accepted {}", received.data_json().excerpt())),
            Err(refusal) if self.is_accepted() => Some(format!("refused: {refusal}")),
            Err(refusal) => {
                let status = self.recorded.get("http_status");
                let status = status.and_then(Json::as_number).and_then(Number::as_i64);
                let code = self.recorded.get("error_code").and_then(Json::as_str);
                let stage = refusal.stage;
                let found = (Some(stage.http_status().into()), stage.error_code());
                (found != (status, code)).then(|| format!("refused with {found:?}: {refusal}"))
            }
        }
    }

    fn differing(&self, received: &Received) -> Option<String> {
        let data = received.data_json();
        if self.recorded.get("received") != Some(&data) {
            return Some(format!("received {}", data.to_python_string()));
        }
        let declared = self.signature.params.as_deref().unwrap_or_default();
        let params = received.params_json(declared).unwrap_or(Json::Null);
        let expected = self.recorded.get("params_received").unwrap_or(&Json::Null);
        let is_same = params == *expected || !(params.is_truthy() || expected.is_truthy());
        (!is_same).then(|| format!("received the parameters {}", params.to_python_string()))
    }
}

/// The usual requests; or 3000 for each seed in `ENVELOPE_TEST_SEEDS`, such as `3 4 5`.
fn seeds() -> Vec<Value> {
    let Ok(asked) = std::env::var("ENVELOPE_TEST_SEEDS") else {
        return vec![
            json!({"seed": 1, "count": 500}),
            json!({"seed": 2, "count": 1000}),
        ];
    };
    let each = asked.split_whitespace();
    each.map(|seed| json!({"seed": seed.parse::<u32>().unwrap(), "count": 3000}))
        .collect()
}

/// The version of MLflow that answers: the newest, or that in `ENVELOPE_TEST_MLFLOW`.
fn mlflow() -> String {
    std::env::var("ENVELOPE_TEST_MLFLOW").unwrap_or_else(|_| MLFLOW[2].to_owned())
}

#[test]
fn requests_by_chance_are_taken_and_refused_as_mlflow_does() {
    let answers = ask(&mlflow(), "received.py", &seeds());
    let recorded = answers.iter().filter_map(Value::as_array).flatten();
    let cases: Vec<Case> = recorded.filter_map(Value::as_str).map(Case::of).collect();
    let mut differing = String::new();
    for case in &cases {
        if let Some(difference) = case.difference() {
            let shown = case.recorded.to_python_string();
            let _ = writeln!(differing, "{difference}\n  {shown}");
        }
    }
    let accepted = cases.iter().filter(|case| case.is_accepted()).count();
    println!("{} requests, {accepted} accepted", cases.len());
    assert!(differing.is_empty(), "{differing}");
    assert!(cases.len() >= 1500, "{}", cases.len());
    let share = accepted * 100 / cases.len();
    assert!((40..70).contains(&share), "{share} % accepted");
}

/// What the library reads where one number stands, as Python would write it in JSON.
fn number(text: &str) -> Option<String> {
    let body = format!(r#"{{"dataframe_records": [{{"a": {text}}}]}}"#);
    let received = receive(body.as_bytes(), &ContentType::Json, &Signature::default()).ok()?;
    let Data::Table(table) = received.data else {
        return None;
    };
    let value = table.columns[0].elements.get(0)?;
    Some(value.to_json().to_python_string())
}

#[test]
fn numbers_are_read_as_python_reads_them() {
    let answers = ask(
        MLFLOW[2],
        "json_numbers.py",
        &[json!({"seed": 1, "count": 20_000})],
    );
    let numbers = answers[0].as_array().unwrap();
    let mut read = 0;
    for pair in numbers {
        let (text, expected) = (pair[0].as_str().unwrap(), pair[1].as_str());
        assert_eq!(number(text).as_deref(), expected, "{text}");
        let json = Json::parse(text.as_bytes()).map(|json| json.to_python_string());
        assert_eq!(json.ok().as_deref(), expected, "{text}");
        read += usize::from(expected.is_some());
    }
    assert!(
        (10_000..19_000).contains(&read),
        "{read} of {}",
        numbers.len()
    );
}
