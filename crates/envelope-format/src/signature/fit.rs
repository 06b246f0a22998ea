//! Whether an example fits a signature, by MLflow's rules for a served request.
//!
//! An example stands for a request: a table for `dataframe_split`, anything else for `inputs`,
//! and a chat body for itself. Values are first cast as MLflow's parser does, so that `1.9` fits a
//! `long`; presence, nesting, shapes and parameters are then checked. Unlike MLflow, which ignores
//! parameters it does not know with a line in the log, this reports them.

mod columns;
mod tensors;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::input_example::{ExampleKind, InputExample};
use crate::json::Json;

use super::error::place_within;
use super::{ParamSpec, Schema, Signature};

/// A place where an example does not fit its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Misfit {
    /// Where, such as `inputs.price[3]` or `params.horizon`.
    pub place: String,
    /// What the example has there.
    pub found: String,
    /// What the signature asks for.
    pub expected: String,
}

impl Misfit {
    pub(crate) fn new(place: &str, found: &str, expected: &str) -> Self {
        Self {
            place: place.to_owned(),
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }

    pub(crate) fn of(value: &Json, expected: &str) -> Self {
        Self::new(
            "",
            &format!("{} `{}`", value.kind(), value.excerpt()),
            expected,
        )
    }

    pub(crate) fn within(mut self, outer: &str) -> Self {
        self.place = place_within(outer, &self.place);
        self
    }

    pub(crate) fn into_error(self) -> super::SignatureError {
        let message = format!("found {}, expected {}", self.found, self.expected);
        super::SignatureError::new(&self.place, message)
    }
}

/// The most misfits reported for one column or tensor; the first ones say enough.
const SHOWN_PER_COLUMN: usize = 3;

/// Where `example` does not fit `signature`; empty when it does.
///
/// ```
/// use envelope_format::{input_example::InputExample, json::Json, signature};
/// let inputs = r#"[{"type": "long", "name": "a", "required": true}]"#;
/// let signature = signature::Signature::from_parts(Some(inputs), None, None).unwrap();
/// let value = Json::parse(br#"{"columns": ["b"], "data": [[1]]}"#).unwrap();
/// let misfits = signature::fit::misfits(&signature, &InputExample::recognise(value).unwrap());
/// assert_eq!(misfits[0].place, "inputs.a");
/// ```
pub fn misfits(signature: &Signature, example: &InputExample) -> Vec<Misfit> {
    let chat = example.is_chat_body();
    let (data, params) = if chat {
        split_chat(signature, example)
    } else {
        whole(example)
    };
    let mut misfits = match &signature.inputs {
        Some(schema) => input_misfits(schema, example.kind, &data, chat),
        None => Vec::new(),
    };
    let known = signature.params.as_deref().unwrap_or_default();
    misfits.extend(
        params
            .iter()
            .flat_map(|params| param_misfits(known, params)),
    );
    misfits
}

fn whole(example: &InputExample) -> (Json, Option<Json>) {
    (example.value.clone(), example.params.clone())
}

/// Of a chat body the keys that are parameters belong to the parameters.
fn split_chat(signature: &Signature, example: &InputExample) -> (Json, Option<Json>) {
    let known = signature.params.as_deref().unwrap_or_default();
    let Some(body) = example.value.as_object() else {
        return whole(example);
    };
    let names: HashSet<&str> = known.iter().map(|param| param.name.as_str()).collect();
    let is_param = |key: &str| names.contains(key);
    let own = example.params.iter().filter_map(Json::as_object).flatten();
    let (params, data): (Vec<_>, Vec<_>) = body.iter().partition(|(key, _)| is_param(key));
    let clone = |(key, value): (&String, &Json)| (key.clone(), value.clone());
    let params = params.into_iter().chain(own).map(clone).collect();
    (
        Json::Object(data.into_iter().map(clone).collect()),
        Some(Json::Object(params)),
    )
}

fn input_misfits(schema: &Schema, kind: ExampleKind, data: &Json, chat: bool) -> Vec<Misfit> {
    let table = match kind {
        ExampleKind::Dataframe { .. } => match Table::read(data) {
            Ok(table) => Some(table),
            Err(misfit) => return vec![misfit.within("inputs")],
        },
        ExampleKind::SparseCsr | ExampleKind::SparseCsc => return sparse_misfits(schema, data),
        ExampleKind::Ndarray | ExampleKind::JsonObject => None,
    };
    let misfits = match (schema, table) {
        (Schema::Columns(schema), Some(table)) => columns::table_misfits(schema, &table),
        (Schema::Columns(schema), None) if chat => columns::chat_misfits(schema, data),
        (Schema::Columns(schema), None) => columns::value_misfits(schema, data),
        (Schema::Tensors(schema), Some(table)) => tensors::table_misfits(schema, &table),
        (Schema::Tensors(schema), None) => tensors::value_misfits(schema, data),
    };
    misfits
        .into_iter()
        .map(|misfit| misfit.within("inputs"))
        .collect()
}

/// A sparse matrix is checked by its stored shape alone.
fn sparse_misfits(schema: &Schema, data: &Json) -> Vec<Misfit> {
    let Schema::Tensors(schema) = schema else {
        return vec![Misfit::new("inputs", "a sparse matrix", "columns")];
    };
    let sizes = data
        .get("shape")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let size = |size: &Json| {
        size.as_number()
            .and_then(crate::json::Number::as_i64)
            .unwrap_or(0)
    };
    let shape: Vec<i64> = sizes.iter().map(size).collect();
    let misfit = tensors::shape_misfit(&shape, &schema[0].shape);
    misfit
        .map(|misfit| misfit.within("inputs"))
        .into_iter()
        .collect()
}

/// A table in split form: names, or none where columns are 0 to n-1.
pub(super) struct Table<'a> {
    names: Option<&'a [Json]>,
    rows: Vec<&'a [Json]>,
    width: usize,
}

impl<'a> Table<'a> {
    fn read(data: &'a Json) -> Result<Self, Misfit> {
        let refuse = || Misfit::of(data, "an object with columns and data");
        let known = ["columns", "data", "index"];
        let map = data.as_object().ok_or_else(refuse)?;
        if map.keys().any(|key| !known.contains(&key.as_str())) {
            return Err(refuse());
        }
        let rows = data
            .get("data")
            .and_then(Json::as_array)
            .ok_or_else(refuse)?;
        let names = data.get("columns").and_then(Json::as_array);
        // A row that is no list is a row of one cell.
        let rows: Vec<&[Json]> = rows
            .iter()
            .map(|row| row.as_array().unwrap_or(std::slice::from_ref(row)))
            .collect();
        let width = names
            .map(<[Json]>::len)
            .or(rows.iter().map(|row| row.len()).max());
        let width = width.unwrap_or(0);
        let misshapen = rows
            .iter()
            .position(|row| row.len() > width || (names.is_some() && row.len() < width));
        if let Some(index) = misshapen {
            let place = format!("data[{index}]");
            let found = format!("{} cells", rows[index].len());
            return Err(Misfit::new(&place, &found, &format!("{width} cells")));
        }
        Ok(Self { names, rows, width })
    }

    /// The cells of a column with their row numbers; cells a short row lacks are null.
    fn cells(&self, column: usize) -> impl Iterator<Item = (usize, &'a Json)> {
        let cell = move |row: &&'a [Json]| row.get(column).unwrap_or(&Json::Null);
        self.rows.iter().map(cell).enumerate()
    }
}

fn param_misfits(known: &[ParamSpec], params: &Json) -> Vec<Misfit> {
    let Some(params) = params.as_object() else {
        return vec![Misfit::of(params, "an object of parameters").within("params")];
    };
    let by_name = known.iter().map(|param| (param.name.as_str(), param));
    let by_name: HashMap<&str, &ParamSpec> = by_name.collect();
    let check = |(name, value): (&String, &Json)| {
        let Some(param) = by_name.get(name.as_str()) else {
            return Some(Misfit::new(name, "a parameter", "one the signature has"));
        };
        let error = param.convert(value).err()?;
        let expected = error
            .message
            .split_once(", expected ")
            .map_or("its type", |(_, rest)| rest);
        let found = format!("{} `{}`", value.kind(), value.excerpt());
        Some(Misfit::new(&error.place, &found, expected).within(name))
    };
    params
        .iter()
        .filter_map(check)
        .map(|misfit| misfit.within("params"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    /// The first misfit as `place: found, expected`, or an empty text.
    fn first(signature: &str, example: &str) -> String {
        let signature = Signature::from_json(&json(signature)).unwrap();
        let example = InputExample::recognise(json(example)).unwrap();
        let misfits = misfits(&signature, &example);
        let line = |misfit: &Misfit| {
            format!(
                "{}: {}, expected {}",
                misfit.place, misfit.found, misfit.expected
            )
        };
        misfits.first().map(line).unwrap_or_default()
    }

    fn assert_first(signature: &str, cases: &[(&str, &str)]) {
        for (example, expected) in cases {
            assert_eq!(first(signature, example), *expected, "{example}");
        }
    }

    #[test]
    fn checks_tables_against_columns() {
        let signature = r#"{"inputs": [{"type": "long", "name": "a"},
            {"type": "datetime", "name": "t", "required": false},
            {"type": "array", "items": {"type": "string"}, "name": "s", "required": false}]}"#;
        assert_first(
            signature,
            &[
                (r#"{"columns": ["a"], "data": [[1], [2.5]]}"#, ""),
                (
                    r#"{"columns": ["x", "t", "a"], "data": [[1, "2024-01-02", "7"]]}"#,
                    "",
                ),
                (r#"[{"a": 1, "s": ["x"]}]"#, ""),
                (
                    r#"{"columns": ["b"], "data": [[1]]}"#,
                    "inputs.a: no such column, expected long",
                ),
                (
                    r#"{"columns": ["a", "a"], "data": [[1, 2]]}"#,
                    "inputs.a: two columns of this name, expected one",
                ),
                (
                    r#"{"columns": ["a"], "data": [[1], [null]]}"#,
                    "inputs.a[1]: null `null`, expected long",
                ),
                (
                    r#"{"columns": ["a", "t"], "data": [[1, "abc"]]}"#,
                    "inputs.t[0]: text `\"abc\"`, expected datetime",
                ),
                (
                    r#"{"columns": ["a", "s"], "data": [[1, [5]]]}"#,
                    "inputs.s[0]: list `[5]`, expected array of string",
                ),
                (
                    r#"{"data": [[1]]}"#,
                    "inputs.a: no such column, expected long",
                ),
            ],
        );
    }

    #[test]
    fn checks_values_against_columns() {
        let named =
            r#"{"inputs": [{"type": "long", "name": "a"}, {"type": "double", "name": "b"}]}"#;
        assert_first(
            named,
            &[
                (r#"{"a": "5", "b": null}"#, ""),
                (
                    r#"{"a": [1, "x"], "b": [1, 2]}"#,
                    "inputs.a[1]: text `\"x\"`, expected long",
                ),
                (
                    r#"{"a": true}"#,
                    "inputs.b: no such column, expected double",
                ),
                (
                    "true",
                    "inputs: boolean `true`, expected an object of columns",
                ),
            ],
        );
        let unnamed = r#"{"inputs": [{"type": "string"}]}"#;
        assert_first(
            unnamed,
            &[
                (r#"["a", "b"]"#, ""),
                (r#""a""#, ""),
                (
                    r#"{"a": "x"}"#,
                    "inputs: object `{\"a\": \"x\"}`, expected a list or single value, as the columns have no names",
                ),
            ],
        );
        let hinted = r#"{"inputs": [{"type": "object", "properties": {"x": {"type": "long"}}, "required": true}]}"#;
        let example = InputExample {
            kind: ExampleKind::JsonObject,
            value: json(r#"[{"x": 1.5}]"#),
            params: None,
        };
        let misfits = misfits(&Signature::from_json(&json(hinted)).unwrap(), &example);
        assert_eq!(
            misfits,
            [Misfit::new("inputs[0].x", "number `1.5`", "long")]
        );
    }

    #[test]
    fn checks_tensors() {
        let single = r#"{"inputs": [{"type": "tensor", "tensor-spec": {"dtype": "int8", "shape": [-1, 2]}}]}"#;
        assert_first(
            single,
            &[
                ("[[1, 2], [3, 4]]", ""),
                (r#"{"data": [[1, 2]]}"#, ""),
                ("[1, 2]", "inputs: shape [2], expected shape [-1, 2]"),
                (
                    "[[1, 2, 3]]",
                    "inputs: shape [1, 3], expected shape [-1, 2]",
                ),
                ("[[1, 300]]", "inputs[0][1]: number `300`, expected int8"),
                (
                    "[[1, 2], [3]]",
                    "inputs[1]: a value or list of another length than those before, expected one shape",
                ),
                (
                    r#"{"columns": ["a", "b", "c"], "data": [[1, 2, 3]]}"#,
                    "inputs: 3 columns, expected int8 of shape [-1, 2]",
                ),
            ],
        );
        let named = r#"{"inputs": [{"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}},
            {"type": "tensor", "name": "y", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]}"#;
        assert_first(
            named,
            &[
                (r#"{"x": [[1, 2]], "y": [1]}"#, ""),
                (r#"{"columns": ["y", "x"], "data": [[1, [1.5, 2]]]}"#, ""),
                (
                    r#"{"x": [[1, 2]]}"#,
                    "inputs.y: no such array, expected int64 of shape [-1]",
                ),
                (
                    r#"{"columns": ["y", "x"], "data": [[1, [1.5]]]}"#,
                    "inputs.x[0]: list `[1.5]`, expected 2 values",
                ),
                (
                    "[[1, 2]]",
                    "inputs: list `[[1, 2]]`, expected an object of arrays by name",
                ),
            ],
        );
    }

    #[test]
    fn checks_parameters_and_chat_bodies() {
        let signature = r#"{"inputs": [{"type": "string"}],
            "params": [{"name": "k", "type": "long", "default": 1}]}"#;
        assert_first(
            signature,
            &[
                (r#"{"inputs": "a", "params": {"k": 2}}"#, ""),
                (
                    r#"{"inputs": "a", "params": {"k": 2.5}}"#,
                    "params.k: number `2.5`, expected long",
                ),
                (
                    r#"{"inputs": "a", "params": {"n": 1}}"#,
                    "params.n: a parameter, expected one the signature has",
                ),
            ],
        );
        let chat = r#"{"inputs": [{"type": "any", "name": "messages", "required": true},
            {"type": "double", "name": "temperature", "required": false}],
            "params": [{"name": "n", "type": "long", "default": 1}]}"#;
        assert_first(
            chat,
            &[
                (r#"{"messages": [], "temperature": 1, "n": 5}"#, ""),
                (
                    r#"{"messages": [], "temperature": 2}"#,
                    "inputs.temperature: number `2`, expected double",
                ),
                (
                    r#"{"messages": [], "n": "x"}"#,
                    "params.n: text `\"x\"`, expected long",
                ),
                (
                    r#"{"prompt": "x"}"#,
                    "inputs.messages: no such column, expected any",
                ),
            ],
        );
    }
}
