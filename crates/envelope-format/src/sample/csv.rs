//! CSV as `pandas.read_csv` reads it with its own settings.

use crate::data_type::DataType;
use crate::json::{Json, Number};

/// Texts that pandas reads as missing values.
const MISSING: [&str; 19] = [
    "", " ", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
];

/// The lines of a table; none where a cell would be read as something else.
pub(super) fn text(header: &[String], types: &[DataType], rows: &[Vec<Json>]) -> Option<String> {
    let mut text = line(header.iter().map(|name| quoted(name)));
    for row in rows {
        let cells = row.iter().zip(types).map(|(value, ty)| cell(value, *ty));
        text.push_str(&line(cells.collect::<Option<Vec<_>>>()?.into_iter()));
    }
    Some(text)
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut cells: Vec<String> = cells.collect();
    // A line without a character is skipped.
    if cells.len() == 1 && cells[0].is_empty() {
        "\"\"".clone_into(&mut cells[0]);
    }
    cells.join(",") + "\n"
}

fn cell(value: &Json, ty: DataType) -> Option<String> {
    match (ty, value) {
        (DataType::Boolean, Json::Bool(true)) => Some("True".to_owned()),
        (DataType::Boolean, Json::Bool(false)) => Some("False".to_owned()),
        (DataType::Integer | DataType::Long, Json::Number(number)) if number.is_integer() => {
            Some(number.to_python_string())
        }
        (DataType::Float | DataType::Double, Json::Number(number)) => Some(float(number)),
        (DataType::Float | DataType::Double | DataType::String, Json::Null) => Some(String::new()),
        (DataType::String, Json::Number(number)) if number.is_nan() => Some(String::new()),
        (DataType::String, Json::String(text)) => {
            let missing = MISSING.contains(&text.as_str()) || text == "null" || text.contains('\r');
            (!missing).then(|| quoted(text))
        }
        _ => None,
    }
}

fn float(number: &Number) -> String {
    match number.to_python_string().as_str() {
        "NaN" => String::new(),
        "Infinity" => "inf".to_owned(),
        "-Infinity" => "-inf".to_owned(),
        text => text.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) || text.is_empty() {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_cells_by_their_types_and_refuses_what_would_change() {
        let cases = [
            (DataType::Boolean, "true", Some("x\nTrue\n")),
            (DataType::Boolean, "null", None),
            (DataType::Long, "5", Some("x\n5\n")),
            (DataType::Long, "1.5", None),
            (DataType::Double, "1", Some("x\n1\n")),
            (DataType::Double, "null", Some("x\n\"\"\n")),
            (DataType::Float, "-Infinity", Some("x\n-inf\n")),
            (DataType::String, r#""a,\"b""#, Some("x\n\"a,\"\"b\"\n")),
            (DataType::String, r#""NA""#, None),
            (DataType::String, "5", None),
        ];
        for (ty, value, expected) in cases {
            let value = Json::parse(value.as_bytes()).unwrap();
            let found = text(&["x".to_owned()], &[ty], &[vec![value]]);
            assert_eq!(found.as_deref(), expected, "{ty}");
        }
    }
}
