//! Examples against a column signature.

use crate::json::Json;
use crate::signature::{Column, ColumnName, ColumnType, cast, nested};

use super::{Misfit, SHOWN_PER_COLUMN, Table, tensors};

/// A table: each declared column present, each cell castable.
pub(super) fn table_misfits(schema: &[Column], table: &Table<'_>) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    for (position, column) in schema.iter().enumerate() {
        let place = place(column, position);
        match find(column, position, table) {
            Found::At(index) => {
                let cells = table
                    .cells(index)
                    .map(|(row, cell)| (format!("[{row}]"), cell));
                misfits.extend(cell_misfits(column, cells).map(|misfit| misfit.within(&place)));
            }
            Found::Twice => {
                misfits.push(Misfit::new(&place, "two columns of this name", "one"));
            }
            Found::Missing if column.name.is_none() || column.presence.is_required() => {
                misfits.push(Misfit::new(
                    &place,
                    "no such column",
                    &column.ty.to_string(),
                ));
            }
            Found::Missing => {}
        }
    }
    misfits
}

fn place(column: &Column, position: usize) -> String {
    column
        .name
        .as_ref()
        .map_or_else(|| format!("[{position}]"), ToString::to_string)
}

enum Found {
    At(usize),
    Missing,
    Twice,
}

fn find(column: &Column, position: usize, table: &Table<'_>) -> Found {
    let Some(name) = &column.name else {
        return if position < table.width {
            Found::At(position)
        } else {
            Found::Missing
        };
    };
    let Some(names) = table.names else {
        return match name {
            ColumnName::Integer(number) => usize::try_from(*number)
                .ok()
                .filter(|index| *index < table.width)
                .map_or(Found::Missing, Found::At),
            _ => Found::Missing,
        };
    };
    let wanted = name.to_json();
    let mut places = names
        .iter()
        .enumerate()
        .filter(|(_, found)| **found == wanted);
    match (places.next(), places.next()) {
        (Some((index, _)), None) => Found::At(index),
        (Some(_), Some(_)) => Found::Twice,
        (None, _) => Found::Missing,
    }
}

fn cell_misfits<'a>(
    column: &'a Column,
    cells: impl Iterator<Item = (String, &'a Json)>,
) -> impl Iterator<Item = Misfit> {
    let check = |(place, cell): (String, &Json)| {
        let misfit = match &column.ty {
            ColumnType::Scalar(data_type) if cast::fits_cell(cell, *data_type) => return None,
            ColumnType::Scalar(data_type) => Misfit::of(cell, data_type.name()),
            ty => nested::check_type(cell, ty, column.presence.is_required()).err()?,
        };
        Some(misfit.within(&place))
    };
    cells.filter_map(check).take(SHOWN_PER_COLUMN)
}

/// A value under `inputs`: a dict of columns, a list of records, a list for a signature of one
/// column, and anything list-like for columns without names.
pub(super) fn value_misfits(schema: &[Column], value: &Json) -> Vec<Misfit> {
    match value {
        Json::Array(rows) if has_matrix_names(schema) => matrix_misfits(schema, rows),
        _ if schema[0].name.is_none() => unnamed_misfits(schema, value),
        Json::Object(_) => record_misfits(schema, value, Form::Columns),
        Json::Array(items) if is_records(items) => {
            let misfits = |(row, item): (usize, &Json)| {
                let misfits = record_misfits(schema, item, Form::Record);
                misfits
                    .into_iter()
                    .map(move |misfit| misfit.within(&format!("[{row}]")))
            };
            let misfits = items.iter().enumerate().flat_map(misfits);
            misfits.take(SHOWN_PER_COLUMN * schema.len()).collect()
        }
        Json::Array(_) if schema.len() == 1 => {
            named_misfits(&schema[0], value, form_of_object(schema, Form::Columns))
        }
        _ => vec![Misfit::of(value, "an object of columns")],
    }
}

fn is_records(items: &[Json]) -> bool {
    !items.is_empty() && items.iter().all(|item| matches!(item, Json::Object(_)))
}

/// Columns without names: rows of scalars, or the items of one nested column. MLflow serves
/// nested ones only to models with type hints, which take the list as it is.
fn unnamed_misfits(schema: &[Column], value: &Json) -> Vec<Misfit> {
    let nested = is_nested(&schema[0]);
    match value {
        Json::Array(rows) if !nested || schema.len() > 1 => matrix_misfits(schema, rows),
        Json::Array(items) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(row, item)| (format!("[{row}]"), item));
            item_misfits(&schema[0], items)
        }
        Json::Null => vec![Misfit::of(value, &schema[0].ty.to_string())],
        Json::Object(_) if !nested => {
            vec![Misfit::of(
                value,
                "a list or single value, as the columns have no names",
            )]
        }
        _ if schema.len() > 1 => {
            vec![Misfit::of(
                value,
                &format!("rows of {} columns", schema.len()),
            )]
        }
        _ => item_misfits(&schema[0], std::iter::once((String::new(), value))),
    }
}

fn is_nested(column: &Column) -> bool {
    !matches!(column.ty, ColumnType::Scalar(_))
}

/// Whether the columns are named 0 to n-1, as pandas names those of an array.
fn has_matrix_names(schema: &[Column]) -> bool {
    schema
        .iter()
        .zip(0..)
        .all(|(column, index)| column.name == Some(ColumnName::Integer(index)))
}

fn matrix_misfits(schema: &[Column], rows: &[Json]) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let cells = row.as_array().unwrap_or(std::slice::from_ref(row));
        let place = format!("[{index}]");
        if cells.len() < schema.len() {
            let found = format!("{} columns", cells.len());
            misfits.push(Misfit::new(
                &place,
                &found,
                &format!("{} columns", schema.len()),
            ));
        }
        for (column, cell) in schema.iter().zip(cells) {
            misfits.extend(value_misfit(column, cell).map(|misfit| misfit.within(&place)));
        }
    }
    misfits.truncate(SHOWN_PER_COLUMN * schema.len());
    misfits
}

fn item_misfits<'a>(
    column: &Column,
    items: impl Iterator<Item = (String, &'a Json)>,
) -> Vec<Misfit> {
    items
        .filter_map(|(place, item)| value_misfit(column, item).map(|misfit| misfit.within(&place)))
        .take(SHOWN_PER_COLUMN)
        .collect()
}

fn value_misfit(column: &Column, value: &Json) -> Option<Misfit> {
    match &column.ty {
        ColumnType::Scalar(data_type) if cast::fits_value(value, *data_type) => None,
        ColumnType::Scalar(data_type) => Some(Misfit::of(value, data_type.name())),
        // MLflow turns arrays into numpy arrays here, which can be neither null nor ragged.
        ColumnType::Array(_) if value.is_null() => Some(Misfit::of(value, "a list")),
        ty => {
            let misfit = nested::check_type(value, ty, column.presence.is_required()).err();
            misfit.or_else(|| {
                if is_matrix(ty) {
                    tensors::ragged_misfit(value)
                } else {
                    None
                }
            })
        }
    }
}

/// Whether the type is a list of lists.
fn is_matrix(ty: &ColumnType) -> bool {
    match ty {
        ColumnType::Array(items) => {
            matches!(**items, ColumnType::Array(_) | ColumnType::SparkMlVector)
        }
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One object whose lists are whole columns
    Columns,
    /// One row
    Record,
    /// One row that is not cast first
    Chat,
}

fn record_misfits(schema: &[Column], record: &Json, form: Form) -> Vec<Misfit> {
    // One nested column makes MLflow take the object as one row.
    let one_row = schema
        .iter()
        .any(|column| matches!(column.ty, ColumnType::Array(_) | ColumnType::Object(_)));
    let form = if form == Form::Columns && one_row {
        Form::Record
    } else {
        form
    };
    let mut misfits = Vec::new();
    for (position, column) in schema.iter().enumerate() {
        let Some(name) = &column.name else {
            misfits.push(Misfit::of(
                record,
                "a list or single value, as the columns have no names",
            ));
            break;
        };
        let place = place(column, position);
        let found = match record.get(&name.to_string()) {
            None if !column.presence.is_required() => continue,
            None => vec![Misfit::new("", "no such column", &column.ty.to_string())],
            Some(value) => named_misfits(column, value, form),
        };
        misfits.extend(found.into_iter().map(|misfit| misfit.within(&place)));
    }
    misfits
}

/// One list or object column makes MLflow take an object as one row.
fn form_of_object(schema: &[Column], form: Form) -> Form {
    let one_row = schema.iter().any(|column| {
        matches!(
            column.ty,
            ColumnType::Array(_) | ColumnType::Object(_) | ColumnType::SparkMlVector
        )
    });
    if form == Form::Columns && one_row {
        Form::Record
    } else {
        form
    }
}

fn named_misfits(column: &Column, value: &Json, form: Form) -> Vec<Misfit> {
    match (form, &column.ty, value) {
        (Form::Columns, ColumnType::Scalar(_), Json::Array(items)) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(row, item)| (format!("[{row}]"), item));
            item_misfits(column, items)
        }
        (Form::Columns, ColumnType::Map(_), _) if column.presence.is_required() => {
            vec![Misfit::of(
                value,
                "a table or a list of records, as MLflow takes no map here",
            )]
        }
        (Form::Chat, ColumnType::Scalar(_), Json::Null) => Vec::new(),
        (Form::Chat, ty, _) => nested::check_type(value, ty, column.presence.is_required())
            .err()
            .into_iter()
            .collect(),
        _ => value_misfit(column, value).into_iter().collect(),
    }
}

/// A chat body, which MLflow checks without a cast.
pub(super) fn chat_misfits(schema: &[Column], body: &Json) -> Vec<Misfit> {
    record_misfits(schema, body, Form::Chat)
}
