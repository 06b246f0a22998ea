//! Examples against a tensor signature.

use crate::json::Json;
use crate::signature::{ColumnName, TensorSpec, cast};

use super::{Misfit, Table};

/// A value under `inputs`: an array, or an object of arrays by name.
pub(super) fn value_misfits(schema: &[TensorSpec], value: &Json) -> Vec<Misfit> {
    if schema[0].name.is_none() || (schema.len() == 1 && !matches!(value, Json::Object(_))) {
        return array_misfit(&schema[0], value).into_iter().collect();
    }
    if !matches!(value, Json::Object(_)) {
        return vec![Misfit::of(value, "an object of arrays by name")];
    }
    let check = |tensor: &TensorSpec| {
        let name = tensor
            .name
            .as_ref()
            .map(ColumnName::to_string)
            .unwrap_or_default();
        let misfit = match value.get(&name) {
            Some(array) => array_misfit(tensor, array),
            None => Some(Misfit::new("", "no such array", &describe(tensor))),
        };
        misfit.map(|misfit| misfit.within(&name))
    };
    schema.iter().filter_map(check).collect()
}

fn describe(tensor: &TensorSpec) -> String {
    format!("{} of shape {:?}", tensor.dtype, tensor.shape)
}

fn array_misfit(tensor: &TensorSpec, value: &Json) -> Option<Misfit> {
    if tensor.dtype.name() == "object" && tensor.shape == [-1] {
        return None;
    }
    if !matches!(value, Json::Array(_)) && !tensor.shape.is_empty() {
        return Some(Misfit::of(value, &describe(tensor)));
    }
    let mut shape = Vec::new();
    measure(value, &mut shape);
    let misfit = ragged_misfit(value).or_else(|| shape_misfit(&shape, &tensor.shape));
    misfit.or_else(|| element_misfit(tensor, value))
}

/// The first list whose length differs from those beside it.
pub(super) fn ragged_misfit(value: &Json) -> Option<Misfit> {
    let mut shape = Vec::new();
    measure(value, &mut shape);
    let place = ragged(value, &shape)?;
    let found = "a value or list of another length than those before";
    Some(Misfit::new(&place, found, "one shape"))
}

/// The sizes along the first item of each dimension.
fn measure(value: &Json, shape: &mut Vec<i64>) {
    if let Json::Array(items) = value {
        shape.push(i64::try_from(items.len()).unwrap_or(i64::MAX));
        items.iter().take(1).for_each(|first| measure(first, shape));
    }
}

/// The place of the first list or value that breaks the shape.
fn ragged(value: &Json, shape: &[i64]) -> Option<String> {
    match (value, shape.split_first()) {
        (Json::Array(items), Some((size, inner))) => {
            if i64::try_from(items.len()) != Ok(*size) {
                return Some(String::new());
            }
            let place = |(index, item)| Some(format!("[{index}]{}", ragged(item, inner)?));
            items.iter().enumerate().find_map(place)
        }
        (Json::Array(_), None) | (_, Some(_)) => Some(String::new()),
        (_, None) => None,
    }
}

/// Compares a shape with a declared one.
pub(super) fn shape_misfit(found: &[i64], declared: &[i64]) -> Option<Misfit> {
    let fits = found.len() == declared.len()
        && found
            .iter()
            .zip(declared)
            .all(|(size, wanted)| *wanted == -1 || size == wanted);
    let misfit = || {
        Misfit::new(
            "",
            &format!("shape {found:?}"),
            &format!("shape {declared:?}"),
        )
    };
    // An empty list is refused whatever the shape.
    (!fits || found == [0]).then(misfit)
}

fn element_misfit(tensor: &TensorSpec, value: &Json) -> Option<Misfit> {
    match value {
        Json::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            Some(element_misfit(tensor, item)?.within(&format!("[{index}]")))
        }),
        _ if cast::fits_element(value, &tensor.dtype) => None,
        _ => Some(Misfit::of(value, tensor.dtype.name())),
    }
}

/// A table: one column per named tensor, or the columns of a matrix.
pub(super) fn table_misfits(schema: &[TensorSpec], table: &Table<'_>) -> Vec<Misfit> {
    if schema[0].name.is_none() {
        return unnamed_table_misfit(&schema[0], table)
            .into_iter()
            .collect();
    }
    let check = |tensor: &TensorSpec| {
        let name = tensor.name.as_ref()?;
        let wanted = name.to_json();
        let column = table
            .names
            .and_then(|names| names.iter().position(|found| *found == wanted));
        let misfit = match column {
            Some(column) => column_misfit(tensor, table, column),
            None => Some(Misfit::new("", "no such column", &describe(tensor))),
        };
        misfit.map(|misfit| misfit.within(&name.to_string()))
    };
    schema.iter().filter_map(check).collect()
}

fn unnamed_table_misfit(tensor: &TensorSpec, table: &Table<'_>) -> Option<Misfit> {
    if table.rows.is_empty() {
        return Some(Misfit::new("data", "no rows", &describe(tensor)));
    }
    if table.width == 1 {
        return column_misfit(tensor, table, 0);
    }
    let width = i64::try_from(table.width).unwrap_or(i64::MAX);
    if tensor.shape != [-1, width] {
        let found = format!("{width} columns");
        return Some(Misfit::new("", &found, &describe(tensor)));
    }
    (0..table.width).find_map(|column| cell_misfit(tensor, table, column))
}

fn cell_misfit(tensor: &TensorSpec, table: &Table<'_>, column: usize) -> Option<Misfit> {
    table
        .cells(column)
        .find_map(|(row, cell)| Some(element_misfit(tensor, cell)?.within(&format!("[{row}]"))))
}

/// One column: scalars for `[-1]` or `[-1, 1]`, or lists that are reshaped to the declared shape.
fn column_misfit(tensor: &TensorSpec, table: &Table<'_>, column: usize) -> Option<Misfit> {
    let of_lists = table
        .cells(column)
        .any(|(_, cell)| matches!(cell, Json::Array(_)));
    if !of_lists && tensor.shape != [-1] && tensor.shape != [-1, 1] {
        return Some(Misfit::new(
            "",
            "a column of single values",
            &describe(tensor),
        ));
    }
    let inner = tensor.shape.get(1..).unwrap_or_default();
    if of_lists && (tensor.shape.first() != Some(&-1) || inner.contains(&-1)) {
        let expected = "a shape with only the first size free, as a table needs";
        return Some(Misfit::new("", &describe(tensor), expected));
    }
    let size: i64 = inner.iter().product();
    let wrong_length = |(row, cell): (usize, &Json)| {
        let length = cell
            .as_array()
            .map(|items| i64::try_from(items.len()).unwrap_or(i64::MAX));
        let place = format!("[{row}]");
        (length != Some(size)).then(|| Misfit::of(cell, &format!("{size} values")).within(&place))
    };
    let lists = if of_lists {
        table.cells(column).find_map(wrong_length)
    } else {
        None
    };
    lists.or_else(|| cell_misfit(tensor, table, column))
}
