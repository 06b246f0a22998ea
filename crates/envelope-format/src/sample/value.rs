//! Made-up values of each type, different from row to row.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::data_type::{DataType, DtypeFamily, TensorDtype};
use crate::json::{Json, object};
use crate::signature::{Column, ColumnType, Property};

/// A value for a cell of a column; none where MLflow refuses every JSON value.
pub(super) fn of_column(column: &Column, row: usize) -> Option<Json> {
    match &column.ty {
        ColumnType::Scalar(data_type) => Some(scalar(*data_type, row)),
        ty => nested(ty, row),
    }
}

/// A value that is cast to its type by the parser.
fn scalar(data_type: DataType, row: usize) -> Json {
    match data_type {
        DataType::Boolean => (row.is_multiple_of(2)).into(),
        DataType::Integer | DataType::Long => whole(row + 1),
        DataType::Float | DataType::Double => half(row),
        DataType::String => word(row).into(),
        DataType::Binary => STANDARD.encode(word(row)).into(),
        DataType::Datetime => moment(row).into(),
    }
}

/// A value inside an array, object or map, which is checked without a cast: numbers as JSON holds
/// them are 64 bits wide, and no text is a time.
fn nested(ty: &ColumnType, row: usize) -> Option<Json> {
    match ty {
        ColumnType::Any => Some(word(row).into()),
        ColumnType::Scalar(DataType::Integer | DataType::Datetime) => None,
        // Of whole numbers, only 0 and 1 become floats.
        ColumnType::Scalar(DataType::Float) => Some(whole(row % 2)),
        ColumnType::Scalar(data_type) => Some(scalar(*data_type, row)),
        ColumnType::SparkMlVector => Some(nested_list(&ColumnType::Scalar(DataType::Double), row)),
        ColumnType::Array(items) => Some(nested_list(items, row)),
        ColumnType::Map(values) => {
            let value = nested(values, row).map(|value| ("key", value));
            Some(object(value))
        }
        ColumnType::Object(properties) => {
            let mut values = Vec::new();
            for property in properties {
                match nested(&property.ty, row) {
                    Some(value) => values.push((property.name.clone(), value)),
                    None if property.presence.is_required() => return None,
                    None => {}
                }
            }
            Some(object(values))
        }
    }
}

/// A list of two, or an empty one, which is right for any type of its items.
fn nested_list(items: &ColumnType, row: usize) -> Json {
    // Narrow floats are widened between the two checks that MLflow makes, and fail the second.
    let narrow = *items == ColumnType::Scalar(DataType::Float);
    let of = |row| nested(items, row).filter(|_| !narrow);
    let values: Option<Vec<Json>> = [row, row + 1].into_iter().map(of).collect();
    values.unwrap_or_default().into()
}

/// A value for a model whose type hints check it: as Python has it, with texts for bytes and times.
pub(super) fn hinted(ty: &ColumnType, row: usize) -> Json {
    match ty {
        ColumnType::Any => word(row).into(),
        ColumnType::Scalar(data_type) => scalar(*data_type, row),
        ColumnType::SparkMlVector => vec![half(row), half(row + 1)].into(),
        ColumnType::Array(items) => vec![hinted(items, row), hinted(items, row + 1)].into(),
        ColumnType::Map(values) => object([("key", hinted(values, row))]),
        ColumnType::Object(properties) => {
            let value = |property: &Property| (property.name.clone(), hinted(&property.ty, row));
            object(properties.iter().map(value))
        }
    }
}

/// An element of a tensor, the `index`th of it; none for types that JSON cannot hold.
pub(super) fn element(dtype: &TensorDtype, index: usize) -> Option<Json> {
    let narrow = index % 100;
    match dtype.family() {
        DtypeFamily::Boolean => Some((index.is_multiple_of(2)).into()),
        DtypeFamily::Signed | DtypeFamily::Unsigned => Some(whole(narrow)),
        DtypeFamily::Float | DtypeFamily::Complex => Some(half(narrow)),
        DtypeFamily::Text | DtypeFamily::Object => Some(word(index).into()),
        DtypeFamily::Bytes => (dtype.name() == "bytes").then(|| word(index).into()),
        DtypeFamily::Time if dtype.name().starts_with("timedelta") => Some(whole(narrow)),
        // numpy does not read a time without knowing its unit.
        DtypeFamily::Time => (dtype.name() != "datetime64").then(|| moment(index).into()),
    }
}

fn whole(number: usize) -> Json {
    i64::try_from(number).unwrap_or_default().into()
}

fn half(number: usize) -> Json {
    (number as f64 + 0.5).into()
}

/// A letter: none of the words that pandas takes as missing.
fn word(number: usize) -> &'static str {
    const WORDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    WORDS[number % WORDS.len()]
}

/// All of one layout, as pandas expects of a column.
fn moment(number: usize) -> String {
    format!("2026-01-{:02}T12:30:00", number % 28 + 1)
}
