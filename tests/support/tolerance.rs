//! How near two answers of a model must be.

use serde_json::Value;

/// A named bound on the difference of two numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tolerance {
    /// Relative to the expected number.
    pub(crate) relative: f64,
    /// For numbers near zero.
    pub(crate) absolute: f64,
}

/// The same number: models that compute nothing that rounds differently.
pub(crate) const EXACT: Tolerance = Tolerance {
    relative: 0.0,
    absolute: 0.0,
};

/// A few roundings of float32: sums whose order differs between releases of onnxruntime.
pub(crate) const FLOAT32: Tolerance = Tolerance {
    relative: 1e-5,
    absolute: 1e-6,
};

/// Says where the found answer is not the expected one; `None` when it is everywhere near enough.
pub(crate) fn difference(found: &Value, expected: &Value, within: Tolerance) -> Option<String> {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let (found, expected) = (found.as_f64()?, expected.as_f64()?);
            let limit = within.absolute + within.relative * expected.abs();
            let near = (found - expected).abs() <= limit;
            (!near).then(|| format!("found {found}, expected {expected}"))
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let mut pairs = found.iter().zip(expected).enumerate();
            pairs.find_map(|(i, (found, expected))| {
                Some(format!("[{i}]: {}", difference(found, expected, within)?))
            })
        }
        (Value::Object(found), Value::Object(expected)) if found.len() == expected.len() => {
            expected.iter().find_map(|(key, expected)| {
                let found = found.get(key).unwrap_or(&Value::Null);
                Some(format!("{key}: {}", difference(found, expected, within)?))
            })
        }
        _ => (found != expected).then(|| format!("found {found}, expected {expected}")),
    }
}

#[test]
fn tells_near_from_far() {
    let value = |text| serde_json::from_str::<Value>(text).unwrap();
    for (found, expected, within, differs) in [
        ("[1.0, 2]", "[1, 2.0]", EXACT, false),
        ("[1.0, 2.1]", "[1, 2.0]", EXACT, true),
        ("1000.001", "1000.0", FLOAT32, false),
        ("1000.1", "1000.0", FLOAT32, true),
        ("[1]", "[1, 2]", FLOAT32, true),
        (r#"{"a": [1]}"#, r#"{"a": [2]}"#, FLOAT32, true),
        (r#"{"a": 1}"#, r#"{"b": 1}"#, FLOAT32, true),
        (r#""1""#, "1", FLOAT32, true),
        ("null", "null", EXACT, false),
    ] {
        let difference = difference(&value(found), &value(expected), within);
        assert_eq!(
            difference.is_some(),
            differs,
            "{found} {expected}: {difference:?}"
        );
    }
}
