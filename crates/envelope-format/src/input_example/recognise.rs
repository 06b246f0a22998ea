//! The kind of a bare JSON file, told from its form.

use indexmap::{IndexMap, IndexSet};

use crate::json::{Json, object};

use super::{ExampleError, ExampleKind, InputExample, Orient};

impl InputExample {
    /// Tells what a bare JSON value stands for:
    ///
    /// - `{"inputs": …, "params": {…}}`: the example under `inputs`, with parameters
    /// - `{"columns": […], "data": [[…], …]}` and `{"data": [[…], …]}`: a table
    /// - a list of objects: a table of records, null where a record lacks a column
    /// - a list of numbers, nested or not, in equal lengths: an array
    /// - an object of such lists: arrays by name
    /// - anything else: a JSON value
    ///
    /// # Errors
    /// A table whose rows differ from its columns in length.
    pub fn recognise(value: Json) -> Result<Self, ExampleError> {
        if let Some((inputs, params)) = split_params(&value) {
            return Ok(Self {
                params: Some(params),
                ..Self::recognise(inputs)?
            });
        }
        let (kind, value) = if is_table(&value) {
            check_widths(&value)?;
            let split = value.get("columns").is_some();
            let orient = if split { Orient::Split } else { Orient::Values };
            (ExampleKind::Dataframe { orient }, value)
        } else if let Some(table) = records_to_table(&value) {
            (
                ExampleKind::Dataframe {
                    orient: Orient::Split,
                },
                table,
            )
        } else if is_array(&value) || is_arrays_by_name(&value) {
            (ExampleKind::Ndarray, value)
        } else {
            (ExampleKind::JsonObject, value)
        };
        Ok(Self {
            kind,
            value,
            params: None,
        })
    }
}

fn split_params(value: &Json) -> Option<(Json, Json)> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    let params = map
        .get("params")
        .filter(|params| matches!(params, Json::Object(_)))?;
    Some((map.get("inputs")?.clone(), params.clone()))
}

/// Whether the value has only `data`, a list of rows, and maybe `columns`, a list of names.
pub(super) fn is_table(value: &Json) -> bool {
    let Some(map) = value.as_object() else {
        return false;
    };
    let rows = map.get("data").and_then(Json::as_array);
    let of_rows = |rows: &[Json]| rows.iter().all(|row| matches!(row, Json::Array(_)));
    let names = map
        .get("columns")
        .map(|names| matches!(names, Json::Array(_)));
    let no_other = map.keys().all(|key| key == "data" || key == "columns");
    let named_or_filled = names == Some(true) || rows.is_some_and(|rows| !rows.is_empty());
    no_other && names != Some(false) && named_or_filled && rows.is_some_and(of_rows)
}

fn check_widths(value: &Json) -> Result<(), ExampleError> {
    let Some(names) = value.get("columns").and_then(Json::as_array) else {
        return Ok(());
    };
    let rows = value
        .get("data")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let width = |row: &Json| row.as_array().map_or(0, <[Json]>::len);
    match rows.iter().find(|row| width(row) != names.len()) {
        Some(row) => Err(ExampleError::wrong_form(
            row,
            &format!("{} cells", names.len()),
        )),
        None => Ok(()),
    }
}

/// A list of objects as a table, columns in the order they first appear.
fn records_to_table(value: &Json) -> Option<Json> {
    let items = value.as_array().filter(|items| !items.is_empty())?;
    let records: Vec<&IndexMap<String, Json>> =
        items.iter().map(Json::as_object).collect::<Option<_>>()?;
    let names: IndexSet<&String> = records.iter().flat_map(|record| record.keys()).collect();
    if names.is_empty() {
        return None;
    }
    let row = |record: &&IndexMap<String, Json>| -> Json {
        let cell = |name: &&String| record.get(*name).cloned().unwrap_or(Json::Null);
        names.iter().map(cell).collect::<Vec<_>>().into()
    };
    let columns = names
        .iter()
        .map(|name| name.as_str().into())
        .collect::<Vec<Json>>();
    let data = records.iter().map(row).collect::<Vec<_>>();
    Some(object([("columns", columns.into()), ("data", data.into())]))
}

/// Whether the value is a list of numbers, or of such lists of one shape; null counts as NaN when
/// there is also a number.
fn is_array(value: &Json) -> bool {
    let Json::Array(items) = value else {
        return false;
    };
    let mut numbers = 0;
    !items.is_empty() && uniform(value, &mut numbers).is_some() && numbers > 0
}

/// The shape when all lists of a level have one length and all leaves are numbers or null.
fn uniform(value: &Json, numbers: &mut usize) -> Option<Vec<usize>> {
    match value {
        Json::Null => Some(Vec::new()),
        Json::Number(_) => {
            *numbers += 1;
            Some(Vec::new())
        }
        Json::Array(items) => {
            let mut shape: Option<Vec<usize>> = None;
            for item in items {
                let inner = uniform(item, numbers)?;
                if *shape.get_or_insert_with(|| inner.clone()) != inner {
                    return None;
                }
            }
            Some([vec![items.len()], shape.unwrap_or_default()].concat())
        }
        _ => None,
    }
}

fn is_arrays_by_name(value: &Json) -> bool {
    value
        .as_object()
        .is_some_and(|map| !map.is_empty() && map.values().all(is_array))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(text: &str) -> Result<InputExample, ExampleError> {
        InputExample::recognise(Json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn tells_the_kind_from_the_form() {
        let cases = [
            (r#"{"columns": ["a"], "data": [[1]]}"#, "dataframe"),
            (r#"{"columns": ["a"], "data": []}"#, "dataframe"),
            (r#"{"data": [[1, "x"]]}"#, "dataframe"),
            (r#"[{"a": 1}]"#, "dataframe"),
            ("[1, 2.5, null]", "ndarray"),
            ("[[[1], [2]]]", "ndarray"),
            (r#"{"x": [[1]], "y": [1, 2]}"#, "ndarray"),
            (r#"{"data": [1, 2]}"#, "ndarray"),
            ("[[1, 2], [3]]", "json_object"),
            ("[null]", "json_object"),
            (r#"["a"]"#, "json_object"),
            ("[true]", "json_object"),
            ("[]", "json_object"),
            ("[[]]", "json_object"),
            ("{}", "json_object"),
            ("[{}]", "json_object"),
            (r#"{"data": []}"#, "json_object"),
            (r#"{"columns": "a", "data": [[1]]}"#, "json_object"),
            (
                r#"{"columns": ["a"], "data": [[1]], "more": 1}"#,
                "json_object",
            ),
            (r#"{"x": [1], "y": "a"}"#, "json_object"),
            (r#"{"messages": []}"#, "json_object"),
            (r#"{"inputs": [1], "params": 5}"#, "json_object"),
            ("5", "json_object"),
        ];
        for (text, kind) in cases {
            assert_eq!(recognise(text).unwrap().kind.type_name(), kind, "{text}");
        }
    }

    #[test]
    fn takes_parameters_apart_and_puts_them_back() {
        let text = r#"{"inputs": [[1.0, 2.0]], "params": {"k": 3}}"#;
        let example = recognise(text).unwrap();
        assert_eq!(example.kind, ExampleKind::Ndarray);
        assert_eq!(example.to_stored_text(), text);
        assert_eq!(example.to_request().to_python_string(), text);
        let chat = recognise(r#"{"inputs": {"prompt": "x"}, "params": {"n": 1}}"#).unwrap();
        assert_eq!(
            chat.to_request().to_python_string(),
            r#"{"prompt": "x", "n": 1}"#
        );
        let none = recognise(r#"{"inputs": [1], "params": {}}"#).unwrap();
        assert_eq!(
            (none.to_stored_text().as_str(), none.info().len()),
            ("[1]", 3)
        );
    }

    #[test]
    fn makes_a_table_of_records() {
        let example = recognise(r#"[{"b": 1, "a": "x"}, {"a": "y", "c": true}]"#).unwrap();
        let expected =
            r#"{"columns": ["b", "a", "c"], "data": [[1, "x", null], [null, "y", true]]}"#;
        assert_eq!(example.to_stored_text(), expected);
    }

    #[test]
    fn refuses_rows_that_differ_from_the_columns() {
        let error = recognise(r#"{"columns": ["a", "b"], "data": [[1]]}"#).unwrap_err();
        assert_eq!(error.to_string(), "found list `[1]`, expected 2 cells");
    }
}
