//! Whether an example fits a signature, by MLflow's rules for a served request.
//!
//! An example stands for a request: a table for `dataframe_split`, anything else for `inputs`,
//! and a chat body for itself. Values are first cast as MLflow's parser does, so that `1.9` fits a
//! `long`; presence, nesting, shapes and parameters are then checked. Unlike MLflow, which ignores
//! parameters it does not know with a line in the log, this reports them.

mod columns;
mod tensors;

use serde::Serialize;

use crate::input_example::{ExampleKind, InputExample};
use crate::json::Json;

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
        self.place = match self.place.as_str() {
            "" => outer.to_owned(),
            inner if inner.starts_with('[') => format!("{outer}{inner}"),
            inner => format!("{outer}.{inner}"),
        };
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
    let is_param = |key: &str| known.iter().any(|param| param.name == key);
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
    let check = |(name, value): (&String, &Json)| {
        let Some(param) = known.iter().find(|param| param.name == *name) else {
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
