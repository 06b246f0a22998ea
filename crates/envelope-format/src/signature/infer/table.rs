//! Types of the columns of a table, as pandas would hold them.

use crate::data_type::DataType;
use crate::json::Json;
use crate::signature::{Column, ColumnName, ColumnType, Presence, Schema, SignatureError, cast};

use super::data::item_type;

/// The schema of `{"columns": …, "data": …}`; without columns the names are 0 to n-1.
pub(super) fn schema(table: &Json) -> Result<Schema, SignatureError> {
    let rows = table
        .get("data")
        .and_then(Json::as_array)
        .unwrap_or_default();
    let names = table.get("columns").and_then(Json::as_array);
    let row_width = |row: &Json| row.as_array().map_or(1, <[Json]>::len);
    let width = names.map_or_else(
        || rows.iter().map(row_width).max().unwrap_or(0),
        <[Json]>::len,
    );
    if width == 0 {
        return Err(SignatureError::new(
            "",
            "found no column, expected at least one",
        ));
    }
    let column = |index: usize| {
        let given = names.map(|names| ColumnName::from_json(names.get(index)));
        let number = ColumnName::Integer(i64::try_from(index).unwrap_or(i64::MAX));
        let name = given.unwrap_or(Some(number));
        let place = name
            .as_ref()
            .map_or_else(|| format!("[{index}]"), ToString::to_string);
        let ty = column_type(&cells(rows, index)).map_err(|error| error.within(&place))?;
        let required = !cells(rows, index).iter().any(cast::is_missing);
        Ok(Column {
            name,
            ty,
            presence: Presence::from_required(required),
        })
    };
    (0..width)
        .map(column)
        .collect::<Result<_, _>>()
        .map(Schema::Columns)
}

fn cells(rows: &[Json], column: usize) -> Vec<Json> {
    let cell = |row: &Json| match row {
        Json::Array(cells) => cells.get(column).cloned().unwrap_or(Json::Null),
        other if column == 0 => other.clone(),
        _ => Json::Null,
    };
    rows.iter().map(cell).collect()
}

/// Numbers follow pandas, which makes a column of whole numbers with a gap or a fraction one of
/// floats; all else follows the values.
fn column_type(cells: &[Json]) -> Result<ColumnType, SignatureError> {
    if cells.is_empty() {
        return Ok(ColumnType::Scalar(DataType::String));
    }
    let numeric = |cell: &Json| matches!(cell, Json::Number(_) | Json::Null);
    let number = |cell: &Json| matches!(cell, Json::Number(_));
    if !cells.iter().all(numeric) || !cells.iter().any(number) {
        return item_type(cells);
    }
    let integer = |cell: &Json| {
        cell.as_number()
            .is_some_and(crate::json::Number::is_integer)
    };
    let i64 = |cell: &Json| {
        cell.as_number()
            .is_some_and(|number| number.as_i64().is_some())
    };
    let u64 = |cell: &Json| {
        cell.as_number()
            .is_some_and(|number| number.as_u64().is_some())
    };
    let data_type = match () {
        () if cells.iter().all(i64) => DataType::Long,
        () if cells.iter().all(u64) => {
            let message = "found whole numbers over 63 bits, expected at most 63";
            return Err(SignatureError::new("", message));
        }
        () if cells.iter().all(integer) => DataType::Long,
        () => DataType::Double,
    };
    Ok(ColumnType::Scalar(data_type))
}
