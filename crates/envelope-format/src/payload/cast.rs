//! Casting the columns of a table to the types of a signature.
//!
//! Casts are far looser than what is checked afterwards: `1.9` becomes a `long` 1, and any text a
//! `boolean`. Columns that the signature does not have are left alone, and missing ones are not
//! noticed here.

use super::{base64, is_named};
use crate::array::{CastError, Elements};
use crate::data_type::{DataType, TensorDtype};
use crate::enforce::nested;
use crate::refusal::Refusal;
use crate::signature::{Column, ColumnName, ColumnType, Schema};
use crate::table::{Table, to_datetime};
use crate::value::Value;

/// Casts each column of a table that the schema has.
pub(super) fn table(mut table: Table, schema: Option<&Schema>) -> Result<Table, Refusal> {
    let Some(schema) = schema else {
        return Ok(table);
    };
    match schema {
        Schema::Columns(columns) if is_named(schema) => {
            for column in columns {
                let name = column.name.as_ref();
                let required = column.presence.is_required();
                cast_named(&mut table, name, |elements| {
                    cast_column(elements, column, required)
                })?;
            }
        }
        Schema::Columns(columns) => {
            for (place, column) in columns.iter().enumerate().take(table.columns.len()) {
                let found = &mut table.columns[place];
                // What is required goes by numbers where there are no names.
                let number = i64::try_from(place).map(ColumnName::Integer);
                let required = number.as_ref() == Ok(&found.name);
                found.elements = cast_column(found.elements.take(), column, required)
                    .map_err(|error| refuse(error, &found.name))?;
            }
        }
        Schema::Tensors(tensors) if is_named(schema) => {
            for tensor in tensors {
                let name = tensor.name.as_ref();
                cast_named(&mut table, name, |elements| {
                    cast_tensor(elements, &tensor.dtype)
                })?;
            }
        }
        Schema::Tensors(tensors) => {
            let dtype = &tensors[0].dtype;
            for column in &mut table.columns {
                column.elements = cast_tensor(column.elements.take(), dtype)
                    .map_err(|error| refuse(error, &column.name))?;
            }
        }
    }
    Ok(table)
}

fn cast_named(
    table: &mut Table,
    name: Option<&ColumnName>,
    cast: impl Fn(Elements) -> Result<Elements, CastError>,
) -> Result<(), Refusal> {
    let Some(name) = name else { return Ok(()) };
    for column in table
        .columns
        .iter_mut()
        .filter(|column| column.name == *name)
    {
        column.elements = cast(column.elements.take()).map_err(|error| refuse(error, name))?;
    }
    Ok(())
}

fn refuse(error: CastError, name: &ColumnName) -> Refusal {
    Refusal::parse(error.message).in_column(name)
}

fn cast_column(elements: Elements, column: &Column, required: bool) -> Result<Elements, CastError> {
    match &column.ty {
        ColumnType::Any => Ok(elements),
        ColumnType::Scalar(data_type) => cast_scalars(elements, *data_type),
        nested_type => {
            let each = elements.iter().enumerate().map(|(row, value)| {
                nested::enforce_type(&value, nested_type, required)
                    .map_err(|message| CastError::new(format!("row {row}: {message}")))
            });
            let values: Result<Vec<Value>, CastError> = each.collect();
            Ok(Table::infer(values?.into_iter().collect()))
        }
    }
}

fn cast_scalars(elements: Elements, data_type: DataType) -> Result<Elements, CastError> {
    match data_type {
        DataType::Binary => decode(&elements),
        DataType::Datetime => to_datetime(&elements),
        // A column of texts stays one; other values are kept as they are.
        DataType::String if matches!(elements, Elements::Text(_)) => Ok(elements),
        DataType::String => Ok(Elements::Object(elements.into_values())),
        _ => elements.into_type(&data_type.tensor_dtype()),
    }
}

/// Texts in base64 as bytes.
fn decode(elements: &Elements) -> Result<Elements, CastError> {
    let each = elements
        .iter()
        .enumerate()
        .map(|(row, value)| match &value {
            Value::Text(text) => match base64::decode(text) {
                Some(bytes) => Ok(Value::Bytes(bytes.into())),
                None => Err(CastError::new(format!(
                    "row {row}: found text of a wrong length or padding, expected bytes in base64"
                ))),
            },
            other => {
                let found = other.type_name();
                Err(CastError::new(format!(
                    "row {row}: found {found}, expected bytes as text in base64"
                )))
            }
        });
    Ok(Elements::Object(each.collect::<Result<_, _>>()?))
}

/// Lists are left for later, when the shape is known.
fn cast_tensor(elements: Elements, dtype: &TensorDtype) -> Result<Elements, CastError> {
    if dtype.name() == "bytes" {
        return elements.astype(dtype);
    }
    match elements.get(0) {
        None => Err(CastError::new("found no rows, expected one or more")),
        Some(Value::List(_)) => Ok(elements),
        Some(_) => elements.into_type(dtype),
    }
}
