//! Names of columns and tensors by which MLflow finds nothing, whatever is sent.

use std::collections::HashMap;

use crate::json::Json;
use crate::signature::{ColumnName, Schema};

use super::SampleError;

/// Refuses schemas that no request fits because of their names: two of one name that differ, and
/// names that Python takes for none.
pub(crate) fn refuse_unusable(schema: &Schema) -> Result<(), SampleError> {
    let mut seen: HashMap<String, Json> = HashMap::new();
    let specs = match schema {
        Schema::Columns(columns) => columns.iter().map(|column| column.ty.to_json()).collect(),
        Schema::Tensors(tensors) => vec![Json::Null; tensors.len()],
    };
    let are_tensors = matches!(schema, Schema::Tensors(_));
    for (place, (name, spec)) in schema.names().into_iter().zip(specs).enumerate() {
        let Some(name) = name else { continue };
        if is_lost(name, place) {
            let reason = "MLflow takes such a name for none, and then finds neither";
            return Err(no_value(name, reason));
        }
        let key = name.to_json().to_python_string();
        if let Some(other) = seen.insert(key, spec.clone())
            && (are_tensors || other != spec)
        {
            let reason = "the signature has the name twice, for different things";
            return Err(no_value(name, reason));
        }
    }
    Ok(())
}

/// Python's `name or place`: the place stands for names that count as false.
fn is_lost(name: &ColumnName, place: usize) -> bool {
    let json = name.to_json();
    let is_text = matches!(json, Json::String(_));
    !json.is_truthy() && (is_text || place > 0)
}

fn no_value(name: &ColumnName, reason: &str) -> SampleError {
    SampleError::NoValue {
        name: name.to_string(),
        reason: reason.to_owned(),
        hint: "give each column or tensor of the signature a name of its own",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_that_nothing_is_found_by() {
        let tensor = r#""type": "tensor", "tensor-spec": {"dtype": "int8", "shape": [-1]}"#;
        let cases = [
            (
                r#"[{"type": "long", "name": "a"}, {"type": "long", "name": "b"}]"#,
                true,
            ),
            (
                r#"[{"type": "long", "name": "a"}, {"type": "long", "name": "a"}]"#,
                true,
            ),
            (
                r#"[{"type": "long", "name": "a"}, {"type": "string", "name": "a"}]"#,
                false,
            ),
            (
                r#"[{"type": "long", "name": 0}, {"type": "long", "name": 1}]"#,
                true,
            ),
            (
                r#"[{"type": "long", "name": 1}, {"type": "long", "name": 0}]"#,
                false,
            ),
            (r#"[{"type": "long", "name": ""}]"#, false),
            (r#"[{"type": "long"}, {"type": "string"}]"#, true),
            (
                &format!(r#"[{{{tensor}, "name": "a"}}, {{{tensor}, "name": "a"}}]"#),
                false,
            ),
        ];
        for (inputs, expected) in cases {
            let schema = Schema::parse_json(inputs).unwrap();
            assert_eq!(refuse_unusable(&schema).is_ok(), expected, "{inputs}");
        }
    }
}
