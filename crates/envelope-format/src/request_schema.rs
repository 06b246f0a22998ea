//! The JSON Schema of requests: what a client should send to a model with a signature.
//!
//! The schema is of [draft 2020-12](https://json-schema.org/draft/2020-12). It takes every JSON
//! body that [`sample`](crate::sample::sample) makes, and is stricter than MLflow, which casts:
//! texts for numbers, numbers for texts and keys that MLflow ignores are not in it.
//!
//! ```
//! use envelope_format::request_schema::request_schema;
//! use envelope_format::sample::Subject;
//! use envelope_format::signature::Signature;
//! let inputs = r#"[{"type": "long", "name": "a", "required": true}]"#;
//! let subject = Subject {
//!     signature: Some(Signature::from_parts(Some(inputs), None, None)?),
//!     ..Subject::default()
//! };
//! let schema = request_schema(&subject)?;
//! assert!(schema.get("oneOf").is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod params;
mod tensors;

use crate::json::{Json, object};
use crate::sample::{SampleError, SampleFormat, Subject, refusal, refuse_unusable};
use crate::signature::{Column, Schema};

/// The keys by which MLflow knows a body for chat, completion or embedding models.
const UNWRAPPED_KEYS: [&str; 3] = ["messages", "prompt", "input"];

/// Makes the schema of a JSON request to a model.
///
/// # Errors
/// No signature, and one whose names MLflow never finds.
pub fn request_schema(subject: &Subject) -> Result<Json, SampleError> {
    let nothing = || SampleError::NothingKnown {
        after: "; an example alone does not say what else is right".to_owned(),
    };
    let signature = subject.signature.as_ref().ok_or_else(nothing)?;
    let checked = signature.inputs.as_ref();
    if let Some(schema) = checked.filter(|_| !subject.is_checked_by_type_hints) {
        refuse_unusable(schema)?;
    }
    let params = signature.params.as_deref().unwrap_or_default();
    let mut forms = Vec::new();
    for format in SampleFormat::ALL {
        let Some(key) = format.key() else { continue };
        let is_known = signature.inputs.is_some();
        if is_known && refusal(subject, format).is_some() {
            continue;
        }
        let data = match &signature.inputs {
            None => true.into(),
            Some(Schema::Columns(columns)) if subject.is_checked_by_type_hints => {
                columns::hinted_list(columns)
            }
            Some(Schema::Columns(columns)) => columns::data(columns, format),
            Some(Schema::Tensors(specs)) => tensors::data(specs, format),
        };
        forms.push(wrapped(key, data, !params.is_empty()));
    }
    if let Some(Schema::Columns(columns)) = &signature.inputs
        && !subject.is_checked_by_type_hints
        && takes_unwrapped(columns)
    {
        forms.push(columns::unwrapped(columns, params, &UNWRAPPED_KEYS));
    }
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    let head = [
        ("$schema", dialect.into()),
        ("title", "A request to the model".into()),
        ("type", "object".into()),
        ("oneOf", forms.into()),
    ];
    let params = (!params.is_empty()).then(|| ("$defs", object([("params", params::all(params))])));
    Ok(object(head.into_iter().chain(params)))
}

/// A body with its data under a key, and maybe parameters.
fn wrapped(key: &str, data: Json, has_params: bool) -> Json {
    let params = object([("$ref", "#/$defs/params".into())]);
    let params = has_params.then_some(("params", params));
    let properties = object([(key, data)].into_iter().chain(params));
    object([
        ("title", key.into()),
        ("properties", properties),
        ("required", vec![key.into()].into()),
        ("additionalProperties", false.into()),
    ])
}

fn takes_unwrapped(columns: &[Column]) -> bool {
    let mut names = columns.iter().filter_map(|column| column.name.as_ref());
    names.any(|name| UNWRAPPED_KEYS.contains(&name.to_string().as_str()))
}

/// A list of items, at least one.
fn list(items: Json) -> Json {
    object([
        ("type", "array".into()),
        ("items", items),
        ("minItems", 1.into()),
    ])
}

/// A list of a fixed number of items.
fn list_of(items: Json, length: i64) -> Json {
    object([
        ("type", "array".into()),
        ("items", items),
        ("minItems", length.into()),
        ("maxItems", length.into()),
    ])
}

/// A value of one type.
fn typed(name: &str) -> Json {
    object([("type", name.into())])
}

/// The same, or `null`.
fn or_null(schema: Json) -> Json {
    let null = || Json::from("null");
    let Json::Object(mut map) = schema else {
        return match schema {
            Json::Bool(false) => object([("type", null())]),
            other => other,
        };
    };
    match map.get_mut("type") {
        Some(Json::Array(types)) if types.contains(&null()) => {}
        Some(Json::Array(types)) => types.push(null()),
        Some(ty) if *ty != null() => *ty = vec![ty.clone(), null()].into(),
        _ => {}
    }
    Json::Object(map)
}

/// A whole number within bounds.
fn whole(least: Json, most: Json) -> Json {
    object([
        ("type", "integer".into()),
        ("minimum", least),
        ("maximum", most),
    ])
}

/// A time without a zone, as pandas and numpy read it.
fn moment() -> Json {
    let pattern = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$";
    object([("type", "string".into()), ("pattern", pattern.into())])
}

#[cfg(test)]
mod tests;
