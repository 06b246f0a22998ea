//! Tensors: arrays by name or a single one, of the declared type and shape; and tables, whose
//! columns are put into that shape.

use indexmap::IndexMap;

use super::scalars;
use crate::array::{Array, Elements, tuple};
use crate::payload::{Data, is_named};
use crate::refusal::Refusal;
use crate::signature::{Schema, TensorSpec};
use crate::table::Table;
use crate::value::Value;

/// The tensors that the model receives.
pub(super) fn enforce(
    data: Data,
    schema: &Schema,
    tensors: &[TensorSpec],
) -> Result<Data, Refusal> {
    if is_named(schema) {
        return enforce_named(data, tensors);
    }
    let tensor = &tensors[0];
    let array = match data {
        Data::Array(array) => array,
        Data::Table(table) => {
            let array = from_table(&table, tensor).map_err(Refusal::predict)?;
            if table.columns.len() == 1 {
                return Ok(Data::Array(array));
            }
            array
        }
        other => {
            return Err(Refusal::predict(format!(
                "found {}, expected an array of {} of shape {}",
                kind(&other),
                tensor.dtype,
                tuple(tensor.shape.iter())
            )));
        }
    };
    check(array, tensor)
        .map(Data::Array)
        .map_err(Refusal::predict)
}

fn kind(data: &Data) -> &'static str {
    match data {
        Data::Table(_) => "a table",
        Data::Array(_) => "an array",
        Data::Named(_) => "values by name",
        Data::List(_) => "a list",
        Data::Value(value) => value.type_name(),
    }
}

fn enforce_named(data: Data, tensors: &[TensorSpec]) -> Result<Data, Refusal> {
    let data = match data {
        // A single tensor needs no name.
        Data::Array(array) if tensors.len() == 1 => {
            let name: Box<str> = name_of(&tensors[0]).into();
            Data::Named(IndexMap::from([(name, Value::Array(Box::new(array)))]))
        }
        other => other,
    };
    let mut enforced = IndexMap::new();
    check_names(&data, tensors)?;
    for tensor in tensors {
        let name = name_of(tensor);
        let refuse = |message: String| {
            let refusal = Refusal::predict(message);
            match &tensor.name {
                Some(name) => refusal.in_column(name),
                None => refusal,
            }
        };
        let array = match &data {
            Data::Named(map) => match map.get(&*name) {
                Some(Value::Array(array)) => (**array).clone(),
                Some(other) => {
                    let found = other.type_name();
                    return Err(refuse(format!("found {found}, expected an array")));
                }
                None => continue,
            },
            Data::Table(table) => {
                let Some(known) = &tensor.name else { continue };
                let Some(column) = table.column(known) else {
                    continue;
                };
                if !table.is_single(known) {
                    let message = "found several columns of this name, expected one";
                    return Err(refuse(message.to_owned()));
                }
                let array = from_column(column, tensor, table.begins_at_zero()).map_err(refuse)?;
                // MLflow has checked what comes of a column, but for the type of arrays.
                enforced.insert(name.into(), Value::Array(Box::new(array)));
                continue;
            }
            other => {
                let message = format!("found {}, expected arrays by name", kind(other));
                return Err(Refusal::predict(message));
            }
        };
        let array = check(array, tensor).map_err(refuse)?;
        enforced.insert(name.into(), Value::Array(Box::new(array)));
    }
    Ok(Data::Named(enforced))
}

fn name_of(tensor: &TensorSpec) -> String {
    tensor
        .name
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn check_names(data: &Data, tensors: &[TensorSpec]) -> Result<(), Refusal> {
    let is_there = |tensor: &TensorSpec| match (data, &tensor.name) {
        (Data::Named(map), _) => map.contains_key(&*name_of(tensor)),
        (Data::Table(table), Some(name)) => table.column(name).is_some(),
        _ => false,
    };
    let missing = tensors.iter().filter(|tensor| !is_there(tensor));
    let missing: Vec<&TensorSpec> = missing.collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let names: Vec<String> = missing
        .iter()
        .map(|one| format!("`{}`", name_of(one)))
        .collect();
    let refusal = Refusal::predict(format!(
        "found {} without {}, which the signature requires",
        kind(data),
        names.join(", ")
    ));
    Err(match &first.name {
        Some(name) => refusal.in_column(name),
        None => refusal,
    })
}

/// Checks the type and shape of an array.
fn check(array: Array, tensor: &TensorSpec) -> Result<Array, String> {
    let is_object = matches!(array.elements, Elements::Object(_));
    let expected = tensor.shape.as_slice();
    if tensor.dtype.name() == "object" && expected == [-1] {
        return Ok(array);
    }
    // Arrays of lists of different lengths have one dimension.
    let is_ragged = expected.iter().skip(1).any(|size| *size == -1);
    if is_ragged && array.shape.len() == 1 && is_object {
        return Ok(array);
    }
    let fits = |(expected, found): (&i64, &usize)| {
        *expected == -1 || usize::try_from(*expected) == Ok(*found)
    };
    if expected.len() != array.shape.len() || !expected.iter().zip(&array.shape).all(fits) {
        return Err(format!(
            "found shape {}, expected {}",
            array.shape_text(),
            tuple(expected.iter())
        ));
    }
    if array.elements.dtype_name() != tensor.dtype.name() {
        return Err(format!(
            "found {}, expected {}",
            array.elements.dtype_name(),
            tensor.dtype
        ));
    }
    Ok(array)
}

/// A table as the single tensor: one column, or as many as a row of the tensor has numbers.
fn from_table(table: &Table, tensor: &TensorSpec) -> Result<Array, String> {
    if table.rows == 0 || table.columns.is_empty() {
        return Err("found a table without rows or columns".to_owned());
    }
    if let [column] = table.columns.as_slice() {
        return from_column(&column.elements, tensor, table.begins_at_zero());
    }
    let width = table.columns.len();
    if tensor.shape != [-1, i64::try_from(width).unwrap_or(-1)] {
        return Err(format!(
            "found a table of {width} columns, expected shape {}",
            tuple(tensor.shape.iter())
        ));
    }
    let columns: Vec<&Elements> = table
        .columns
        .iter()
        .map(|column| &column.elements)
        .collect();
    let elements = interleaved(&columns, table.rows);
    Ok(Array {
        shape: vec![table.rows, width],
        elements,
    })
}

/// Row by row: of the type that all columns have, or objects where they differ or pandas keeps them
/// as such.
fn interleaved(columns: &[&Elements], rows: usize) -> Elements {
    if let Some(columns) = alike(columns) {
        let columns: Vec<&Elements> = columns.iter().collect();
        return interleaved(&columns, rows);
    }
    let cells = || (0..rows).flat_map(|row| columns.iter().filter_map(move |one| one.get(row)));
    let name = columns[0].dtype_name();
    let is_same = columns.iter().all(|column| column.dtype_name() == name);
    if is_same && name != "str" && name != "object" {
        let list = Value::list(cells());
        let dtype = name.parse();
        if let Ok(array) = dtype.map_or(Err(()), |dtype| Array::cast(&list, &dtype).map_err(|_| ()))
        {
            return array.elements;
        }
    }
    Elements::Object(cells().collect())
}

/// Columns of different numbers in the type that holds them all; `None` where there is none, or
/// nothing to do.
fn alike(columns: &[&Elements]) -> Option<Vec<Elements>> {
    let name = columns.first()?.dtype_name();
    if columns.iter().all(|column| column.dtype_name() == name) {
        return None;
    }
    let kinds = columns.iter().map(|column| {
        let (kind, bytes) = scalars::kind(column);
        matches!(kind, 'i' | 'u' | 'f').then_some((kind, bytes))
    });
    let (kind, bytes) = kinds.reduce(|one, other| Some(joined(one?, other?)))??;
    let kind = match kind {
        'i' => "int",
        'u' => "uint",
        _ => "float",
    };
    let dtype = format!("{kind}{}", bytes * 8).parse().ok()?;
    let each = columns
        .iter()
        .map(|column| column.as_processor(&dtype).ok());
    each.collect()
}

/// The type that numbers of two types have in common in numpy, as letter and bytes.
fn joined(one: (char, u32), other: (char, u32)) -> (char, u32) {
    match (one, other) {
        ((kind, bytes), (same, others)) if kind == same => (kind, bytes.max(others)),
        // A float holds whole numbers of half its size.
        (('f', float), (_, whole)) | ((_, whole), ('f', float)) => {
            ('f', float.max(whole * 2).min(8))
        }
        (('i', signed), (_, unsigned)) | ((_, unsigned), (_, signed)) => {
            match signed.max(unsigned * 2) {
                16 => ('f', 8),
                bytes => ('i', bytes),
            }
        }
    }
}

/// A column as a tensor: single values, or lists that are put into shape.
fn from_column(
    column: &Elements,
    tensor: &TensorSpec,
    begins_at_zero: bool,
) -> Result<Array, String> {
    let shape = tensor.shape.as_slice();
    if shape.first() != Some(&-1) || shape[1..].contains(&-1) {
        return Err(format!(
            "found a table, expected an array of shape {}: a column can only be put into a shape \
             of which the first size varies and no other",
            tuple(shape.iter())
        ));
    }
    let first = column.get(0).filter(|_| begins_at_zero);
    match first {
        None => Err("found no row labelled 0".to_owned()),
        Some(Value::List(items)) if is_single(items.get(0).as_ref()) => {
            put_into_shape(column, tensor)
        }
        Some(Value::Array(_)) => stack_rows(column, tensor),
        Some(value) if is_single(Some(&value)) => {
            if shape != [-1] && shape != [-1, 1] {
                return Err(format!(
                    "found single values, expected shape {}",
                    tuple(shape.iter())
                ));
            }
            let rows = column.len();
            let elements = single_values(column, tensor)?;
            let found = if shape.len() == 1 {
                vec![rows]
            } else {
                vec![rows, 1]
            };
            Ok(Array {
                shape: found,
                elements,
            })
        }
        Some(other) => Err(format!(
            "found {}, expected single values or flat lists",
            other.type_name()
        )),
    }
}

/// Single values as `numpy.array` makes them of a column: numbers as a processor converts them.
fn single_values(column: &Elements, tensor: &TensorSpec) -> Result<Elements, String> {
    let inferred;
    let column = match column {
        Elements::Other { dtype, .. } if matches!(*dtype, "period" | "interval") => {
            return Err(format!("found {dtype}, expected {}", tensor.dtype));
        }
        Elements::Other { dtype, values }
            if *dtype == "category" && !values.iter().all(Value::is_null_or_nan) =>
        {
            inferred = Table::infer(values.iter().cloned().collect());
            &inferred
        }
        other => other,
    };
    if column.is_number() && Elements::empty(&tensor.dtype).is_ok_and(|one| one.is_number()) {
        return column
            .as_processor(&tensor.dtype)
            .map_err(|error| error.message);
    }
    let values = Value::list(column.iter());
    let array = Array::cast(&values, &tensor.dtype).map_err(|error| error.message)?;
    Ok(array.elements)
}

/// Whether numpy counts it as a scalar, which nothing is not, and neither are pandas' times.
fn is_single(value: Option<&Value>) -> bool {
    match value {
        None
        | Some(Value::Null | Value::List(_) | Value::Map(_) | Value::Array(_) | Value::Time(_)) => {
            false
        }
        Some(Value::Other(other)) => other.is_scalar(),
        Some(_) => true,
    }
}

/// Arrays of one size one above the other, which keep their type.
fn stack_rows(column: &Elements, tensor: &TensorSpec) -> Result<Array, String> {
    let inner = row_size(tensor);
    let mut all = Vec::with_capacity(column.len());
    for (row, value) in column.iter().enumerate() {
        match value {
            Value::Array(array) if array.elements.len() == inner => all.push(Value::Array(array)),
            Value::Array(array) => {
                let found = array.elements.len();
                return Err(format!(
                    "found an array of {found} values in row {row}, expected {inner}"
                ));
            }
            other => {
                let found = other.type_name();
                return Err(format!("found {found} in row {row}, expected an array"));
            }
        }
    }
    let joined = Array::infer(&Value::list(all)).map_err(|error| error.message)?;
    let sizes = tensor.shape[1..].iter();
    let mut shape = vec![column.len()];
    shape.extend(sizes.filter_map(|size| usize::try_from(*size).ok()));
    Ok(Array {
        shape,
        elements: joined.elements,
    })
}

/// How many values a row of a tensor has.
fn row_size(tensor: &TensorSpec) -> usize {
    let sizes = tensor.shape[1..].iter();
    let sizes = sizes.map(|size| usize::try_from(*size).unwrap_or(0));
    sizes.fold(1, usize::saturating_mul)
}

fn put_into_shape(column: &Elements, tensor: &TensorSpec) -> Result<Array, String> {
    let rows = column.len();
    let inner = row_size(tensor);
    let expected = || {
        format!(
            "found lists that cannot be put into shape {}",
            tuple(tensor.shape.iter())
        )
    };
    let mut lists = Vec::with_capacity(rows);
    let mut width = None;
    for value in column.iter() {
        let list = match value {
            Value::List(_) => value,
            single => Value::list([single]),
        };
        // Each list has a type of its own, and the joined array the one that those share.
        let array = Array::infer(&list).map_err(|error| error.message)?;
        if array.shape.len() != 1 {
            return Err(format!("{}: they hold lists", expected()));
        }
        if *width.get_or_insert(array.rows()) != array.rows() {
            return Err(format!("{}: their lengths differ", expected()));
        }
        lists.push(Value::Array(Box::new(array)));
    }
    if width != Some(inner) {
        let found = width.unwrap_or(0);
        return Err(format!(
            "{}: they have {found} values, expected {inner}",
            expected()
        ));
    }
    let joined = Array::infer(&Value::list(lists)).map_err(|error| error.message)?;
    let elements = converted(&joined.elements, tensor)?;
    let mut shape = vec![rows];
    shape.extend(
        tensor.shape[1..]
            .iter()
            .filter_map(|size| usize::try_from(*size).ok()),
    );
    Ok(Array { shape, elements })
}

/// The elements in the declared type: numbers as a processor converts them, others one by one.
fn converted(elements: &Elements, tensor: &TensorSpec) -> Result<Elements, String> {
    let is_plain = !matches!(
        elements,
        Elements::Text(_) | Elements::Object(_) | Elements::Bytes(_)
    );
    let is_text = matches!(tensor.dtype.name(), "str" | "bytes" | "object");
    if is_plain && !is_text {
        return elements
            .astype_in_array(&tensor.dtype)
            .map_err(|error| error.message);
    }
    let mut all = Elements::empty(&tensor.dtype).map_err(|error| error.message)?;
    for value in elements.iter() {
        all.push(&value).map_err(|error| error.message)?;
    }
    Ok(all)
}
