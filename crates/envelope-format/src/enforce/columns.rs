//! Columns: what was read becomes a table, which must have the columns of the schema, each of its
//! type.

use indexmap::IndexMap;

use super::{nested, scalars};
use crate::array::Elements;
use crate::payload::{Data, is_named};
use crate::refusal::Refusal;
use crate::signature::{Column, ColumnName, ColumnType, Schema};
use crate::table::{Table, TableColumn, TableError};
use crate::value::{Items, Value};

/// The table that the model receives: the columns of the schema in its order.
pub(super) fn enforce(data: Data, schema: &Schema, columns: &[Column]) -> Result<Table, Refusal> {
    let table = table(data, columns).map_err(|error| Refusal::predict(error.message))?;
    if is_named(schema) {
        check_names(&table, columns)?;
        return enforce_named(table, columns);
    }
    if table.columns.len() < columns.len() {
        return Err(Refusal::predict(format!(
            "found {} columns, expected {}",
            table.columns.len(),
            columns.len()
        )));
    }
    let rows = table.rows;
    let index = table.index;
    let each = columns.iter().zip(table.columns).map(|(column, found)| {
        // Without names, nothing is optional.
        let elements = enforce_column(found.elements, column, true)
            .map_err(|message| Refusal::predict(message).in_column(&found.name))?;
        Ok(TableColumn {
            name: found.name,
            elements,
        })
    });
    let columns: Result<Vec<TableColumn>, Refusal> = each.collect();
    Ok(Table {
        columns: columns?,
        rows,
        index,
    })
}

/// What was read as a table.
fn table(data: Data, columns: &[Column]) -> Result<Table, TableError> {
    match data {
        Data::Table(table) => Ok(table),
        Data::Array(array) => Table::of_array(array),
        Data::List(items) => Table::of_value(Value::List(Box::new(items)), None, None),
        Data::Named(map) => table_of_named(map, columns),
        Data::Value(value @ (Value::Null | Value::List(_) | Value::Map(_) | Value::Array(_))) => {
            Err(TableError::new(format!(
                "found {}, expected a table",
                value.type_name()
            )))
        }
        Data::Value(value) => {
            let items: Items = std::iter::once(value).collect();
            Table::of_value(Value::List(Box::new(items)), None, None)
        }
    }
}

/// Values by name are one row, or columns.
fn table_of_named(map: IndexMap<Box<str>, Value>, columns: &[Column]) -> Result<Table, TableError> {
    let is_nested = |column: &Column| {
        matches!(
            column.ty,
            ColumnType::Array(_) | ColumnType::SparkMlVector | ColumnType::Object(_)
        )
    };
    let is_single = |value: &Value| match value {
        Value::List(items) => items.iter().all(|one| matches!(one, Value::Text(_))),
        Value::Map(_) | Value::Array(_) => false,
        _ => true,
    };
    if columns.iter().any(is_nested) || map.values().all(is_single) {
        return Ok(Table::of_one_row(map));
    }
    let is_single_text = |value: &Value| {
        matches!(value, Value::Array(array)
            if array.shape.is_empty() && matches!(array.elements, Elements::Text(_)))
    };
    if map.values().all(is_single_text) {
        return Ok(Table::of_one_row(map));
    }
    let has_wide = map
        .values()
        .any(|value| matches!(value, Value::Array(array) if array.shape.len() > 1));
    if !has_wide {
        return Table::of_map(map);
    }
    let flattened = map.into_iter().map(|(name, value)| match value {
        Value::Array(array) if array.shape.len() > 1 => (name, array.to_value()),
        other => (name, other),
    });
    Table::of_map(flattened.collect())
}

fn check_names(table: &Table, columns: &[Column]) -> Result<(), Refusal> {
    let required = columns
        .iter()
        .filter(|column| column.presence.is_required());
    let missing: Vec<&ColumnName> = required
        .filter_map(|column| column.name.as_ref())
        .filter(|name| table.column(name).is_none())
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let names = |names: &mut dyn Iterator<Item = &ColumnName>| {
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let is_known = |name: &ColumnName| columns.iter().any(|one| one.name.as_ref() == Some(name));
    let mut extra = table.columns.iter().map(|column| &column.name);
    let extra = names(&mut extra.by_ref().filter(|name| !is_known(name)));
    let missing = names(&mut missing.iter().copied());
    let message = if extra.is_empty() {
        format!("found no column {missing}, which the signature requires")
    } else {
        format!("found no column {missing}, but {extra}, which the signature does not have")
    };
    Err(Refusal::predict(message).in_column(first))
}

fn enforce_named(mut table: Table, columns: &[Column]) -> Result<Table, Refusal> {
    let mut enforced: Vec<TableColumn> = Vec::with_capacity(columns.len());
    for column in columns {
        let Some(name) = &column.name else { continue };
        if enforced.iter().any(|known| known.name == *name) {
            continue;
        }
        // Of two columns of one name in a signature, the later one counts.
        let same = columns
            .iter()
            .rev()
            .find(|one| one.name.as_ref() == Some(name));
        let column = same.unwrap_or(column);
        let place = table.columns.iter().position(|found| found.name == *name);
        let Some(place) = place else { continue };
        if !table.is_single(name) {
            let message = "found several columns of this name, expected one";
            return Err(Refusal::predict(message).in_column(name));
        }
        let found = table.columns[place].elements.take();
        let elements = enforce_column(found, column, column.presence.is_required())
            .map_err(|message| Refusal::predict(message).in_column(name))?;
        enforced.push(TableColumn {
            name: name.clone(),
            elements,
        });
    }
    if enforced.is_empty() {
        return Ok(Table::default());
    }
    Ok(Table {
        columns: enforced,
        rows: table.rows,
        index: table.index,
    })
}

fn enforce_column(elements: Elements, column: &Column, required: bool) -> Result<Elements, String> {
    if let ColumnType::Scalar(data_type) = &column.ty {
        let enforced = scalars::enforce(elements, *data_type).map_err(|error| error.message)?;
        return Ok(match enforced {
            // In a table, pandas keeps bytes as objects.
            Elements::Bytes(all) => Elements::Object(all.into_iter().map(Value::Bytes).collect()),
            other => other,
        });
    }
    let each = elements
        .into_values()
        .into_iter()
        .enumerate()
        .map(|(row, value)| {
            nested::enforce_type(&value, &column.ty, required)
                .map_err(|message| format!("row {row}: {message}"))
        });
    let values: Result<Items, String> = each.collect();
    Ok(Table::infer(values?))
}
