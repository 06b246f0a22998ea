//! Parameters: those that the signature declares, of the declared types; unknown ones are left out.

use indexmap::IndexMap;

use crate::array::Array;
use crate::json::Json;
use crate::refusal::Refusal;
use crate::signature::{ParamShape, ParamSpec};
use crate::value::Value;

/// The parameters that the model receives.
pub(super) fn enforce(
    given: Option<&Json>,
    declared: Option<&[ParamSpec]>,
) -> Result<Option<IndexMap<String, Json>>, Refusal> {
    let Some(declared) = declared else {
        // Without any declared, MLflow warns, and gives none.
        return Ok(match given {
            None | Some(Json::Null) => None,
            Some(_) => Some(IndexMap::new()),
        });
    };
    let empty = IndexMap::new();
    let given = match given {
        None | Some(Json::Null) => &empty,
        Some(Json::Object(map)) => map,
        Some(other) => {
            let found = other.kind();
            let message = format!("found {found} in `params`, expected an object");
            return Err(Refusal::predict(message));
        }
    };
    let mut received = IndexMap::new();
    let mut faults = Vec::new();
    let mut names = Vec::new();
    for (name, value) in given {
        let Some(param) = declared.iter().find(|param| param.name == *name) else {
            continue;
        };
        if is_ragged(value) && param.shape == ParamShape::List {
            // MLflow fails before it knows which parameter that is.
            let message = "found lists of different lengths, expected a flat list";
            let mut refusal = Refusal::parse(format!("parameter `{name}`: {message}"));
            refusal.params = vec![name.clone()];
            return Err(refusal);
        }
        match param.convert(value) {
            Ok(value) => drop(received.insert(name.clone(), value)),
            Err(error) => {
                faults.push(format!("parameter `{name}`: {error}"));
                names.push(name.clone());
            }
        }
    }
    if !faults.is_empty() {
        let mut refusal = Refusal::predict(faults.join("; "));
        refusal.params = names;
        return Err(refusal);
    }
    for param in declared {
        if !received.contains_key(&param.name) {
            received.insert(param.name.clone(), param.default.clone());
        }
    }
    Ok(Some(received))
}

/// Whether a list holds lists of which numpy makes no array.
fn is_ragged(value: &Json) -> bool {
    let Some(items) = value.as_array() else {
        return false;
    };
    let has_list = items.iter().any(|item| item.as_array().is_some());
    has_list && Array::infer(&Value::from(value)).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Stage;

    #[test]
    fn parameters_are_refused_at_the_stage_at_which_mlflow_fails() {
        let declared = r#"[{"name": "p", "type": "float", "default": [0.5], "shape": [-1]}]"#;
        let declared = ParamSpec::parse_json(declared).unwrap();
        for (given, expected) in [
            (r#"{"p": [1, null]}"#, None),
            (r#"{"q": [[1], 2]}"#, None),
            (r#"{"p": 1}"#, Some(Stage::Predict)),
            (r#"{"p": [[1], [2]]}"#, Some(Stage::Predict)),
            (r#"{"p": [[1], 2]}"#, Some(Stage::Parse)),
            (r#"{"p": [[1], [2, 3]]}"#, Some(Stage::Parse)),
        ] {
            let json = Json::parse(given.as_bytes()).unwrap();
            let found = enforce(Some(&json), Some(&declared));
            assert_eq!(
                found.err().map(|refusal| refusal.stage),
                expected,
                "{given}"
            );
        }
    }
}
