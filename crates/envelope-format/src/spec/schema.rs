//! The spec's JSON Schema, and its verdicts in words.

use super::mistake::Mistakes;
use crate::yaml::Node;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use std::sync::LazyLock;

/// The JSON Schema (draft 2020-12) of `envelope.yaml`, for editors to complete and check it.
pub const JSON_SCHEMA: &str = include_str!("envelope.schema.json");

/// The longest text that is compared with the right words.
const MAX_HINTED_BYTES: usize = 64;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(JSON_SCHEMA).expect("the shipped schema is JSON, as a test shows")
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::draft202012::new(&SCHEMA).expect("the shipped schema is a schema, as a test shows")
});

/// Adds every way in which the document breaks the schema.
pub(super) fn check(document: &Node, mistakes: &mut Mistakes<'_>) {
    let instance = document.to_json();
    for error in VALIDATOR.iter_errors(&instance) {
        report(&error, mistakes);
    }
}

fn report(error: &ValidationError<'_>, mistakes: &mut Mistakes<'_>) {
    let element = element(error.instance_path().as_str());
    let keyed = |key: &str| {
        if element.is_empty() {
            key.to_owned()
        } else {
            format!("{element}.{key}")
        }
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_keys(error);
            for key in unexpected {
                let hint = nearest(key, &known);
                let message = match &hint {
                    Some(_) => "unknown key".to_owned(),
                    None => format!("unknown key, expected one of {}", known.join(", ")),
                };
                mistakes.add_with_hint(&keyed(key), message, hint);
            }
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let message = format!("key `{key}` is missing: {}", describe_key(error, key));
            mistakes.add(&element, message);
        }
        ValidationErrorKind::Type { kind } => {
            let found = mistakes.describe(&element);
            let hint = type_hint(&found, kind);
            let message = format!("found {found}, expected {}", expected_type(kind));
            mistakes.add_with_hint(&element, message, hint);
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(word)
                .collect();
            let found = mistakes.describe(&element);
            let hint = error
                .instance()
                .as_str()
                .and_then(|text| nearest(text, &options));
            let message = format!("found {found}, expected one of {}", options.join(", "));
            mistakes.add_with_hint(&element, message, hint);
        }
        _ => {
            let found = mistakes.describe(&element);
            let message = format!("found {found}, expected {}", expected(error));
            mistakes.add(&element, message);
        }
    }
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A JSON Pointer as the name of an element: `/code/1` is `code[1]`.
fn element(pointer: &str) -> String {
    let mut name = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            name = format!("{name}[{part}]");
        } else {
            name = if name.is_empty() {
                part
            } else {
                format!("{name}.{part}")
            };
        }
    }
    name
}

/// The part of the schema that an error speaks of, without its last keyword.
fn subschema<'s>(error: &ValidationError<'_>) -> Option<&'s Value> {
    let location = error
        .absolute_keyword_location()
        .map(|uri| uri.as_str().to_owned());
    let path = match location.as_deref().and_then(|uri| uri.split_once('#')) {
        Some((_, pointer)) => pointer.to_owned(),
        None => error.schema_path().as_str().to_owned(),
    };
    let (parent, _) = path.rsplit_once('/')?;
    resolve(parent)
}

/// Walks the schema along a pointer, through references.
fn resolve<'s>(pointer: &str) -> Option<&'s Value> {
    let mut schema: &'static Value = &SCHEMA;
    for part in pointer.split('/').skip(1) {
        if part == "$ref" {
            let target = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
            schema = SCHEMA.pointer(target)?;
        } else if let Some(items) = schema.as_array() {
            schema = items.get(part.parse::<usize>().ok()?)?;
        } else {
            schema = schema.get(part)?;
        }
    }
    Some(schema)
}

fn known_keys(error: &ValidationError<'_>) -> Vec<String> {
    let properties = subschema(error).and_then(|schema| schema.get("properties")?.as_object());
    properties
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}

fn describe_key(error: &ValidationError<'_>, key: &str) -> String {
    let pointer = format!("/properties/{key}/description");
    let description = subschema(error).and_then(|schema| schema.pointer(&pointer)?.as_str());
    description
        .unwrap_or("it is required")
        .trim_end_matches('.')
        .to_owned()
}

/// The schema's description of an element, and the pattern or limit that it broke.
fn expected(error: &ValidationError<'_>) -> String {
    let description = subschema(error).and_then(|schema| schema.get("description")?.as_str());
    match (description, error.kind()) {
        (_, ValidationErrorKind::MinLength { .. }) => "a text that is not empty".to_owned(),
        (_, ValidationErrorKind::MinItems { .. }) => "at least one item".to_owned(),
        (Some(description), _) => {
            let mut text = description.trim_end_matches('.').to_owned();
            if let Some(first) = text.get_mut(0..1) {
                first.make_ascii_lowercase();
            }
            text
        }
        (None, ValidationErrorKind::Pattern { pattern }) => format!("text like `{pattern}`"),
        (None, _) => error.to_string(),
    }
}

fn type_names(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(set) => set.iter().map(|one| one.to_string()).collect(),
    }
}

fn expected_type(kind: &TypeKind) -> String {
    let names = type_names(kind);
    let words = names.iter().map(|name| match name.as_str() {
        "object" => "a mapping",
        "array" => "a list",
        "string" => "text",
        "boolean" => "true or false",
        "null" => "nothing",
        _ => "a number",
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// Versions and ids that YAML takes for numbers need quotes; a single item is a list all the same.
fn type_hint(found: &str, kind: &TypeKind) -> Option<String> {
    let wanted = type_names(kind);
    let is_wanted = |name: &str| wanted.iter().any(|one| one == name);
    let scalar = ["a number ", "an integer ", "a boolean ", "a date "];
    if wanted == ["string"] && scalar.iter().any(|start| found.starts_with(start)) {
        return Some("put it in quotes".to_owned());
    }
    if !is_wanted("array") {
        return None;
    }
    let text = found.strip_prefix("a string `")?.strip_suffix('`')?;
    Some(format!("write `[{text}]`"))
}

/// The nearest known word, when it is near enough to be meant.
fn nearest(word: &str, known: &[String]) -> Option<String> {
    // Comparing takes the product of both lengths.
    if word.len() > MAX_HINTED_BYTES {
        return None;
    }
    let score = |other: &String| strsim::jaro_winkler(&word.to_lowercase(), &other.to_lowercase());
    let best = known.iter().max_by(|a, b| score(a).total_cmp(&score(b)))?;
    (score(best) > 0.75).then(|| format!("did you mean `{best}`?"))
}
