//! Values of nested types: lists, objects and maps, down to their scalars.
//!
//! A list of scalars is checked as pandas would hold it, since MLflow does: `[1, 2]` is no list of
//! doubles, because pandas makes it 64-bit integers, and `[1.5, 2]` is one.

use indexmap::IndexMap;

use super::scalars;
use crate::array::{Array, Elements};
use crate::data_type::DataType;
use crate::signature::{ColumnType, Property};
use crate::table::Table;
use crate::value::{Items, NOT_A_TIME, Value};

type Enforced = Result<Value, String>;

/// Checks a value, and gives it as the model receives it.
pub(crate) fn enforce_type(value: &Value, ty: &ColumnType, required: bool) -> Enforced {
    match ty {
        ColumnType::Any => Ok(value.clone()),
        ColumnType::Scalar(data_type) => enforce_scalar(value, *data_type, required),
        ColumnType::Array(items) => enforce_array(value, items, required),
        ColumnType::SparkMlVector => {
            enforce_array(value, &ColumnType::Scalar(DataType::Double), required)
        }
        ColumnType::Object(properties) => enforce_object(value, properties, required),
        ColumnType::Map(values) => enforce_map(value, values, required),
    }
}

fn unexpected(value: &Value, expected: &str) -> String {
    let found: String = value.to_repr().chars().take(60).collect();
    format!("found {} `{found}`, expected {expected}", value.type_name())
}

fn enforce_scalar(value: &Value, data_type: DataType, required: bool) -> Enforced {
    if !required && value.is_null_or_nan() {
        return Ok(Value::Null);
    }
    let is_scalar = match value {
        Value::Null | Value::List(_) | Value::Map(_) | Value::Array(_) => false,
        Value::Other(other) => other.is_scalar(),
        _ => true,
    };
    if !is_scalar {
        return Err(unexpected(value, data_type.name()));
    }
    let column = Table::infer(std::iter::once(value.clone()).collect());
    let column =
        scalars::enforce(column, data_type).map_err(|_| unexpected(value, data_type.name()))?;
    Ok(match column {
        // A scalar of a narrower type keeps it: it is checked once more when the model is called.
        Elements::Float32(_) | Elements::Int32(_) => Value::Scalar(Box::new(Array {
            shape: Vec::new(),
            elements: column,
        })),
        other => other.get(0).unwrap_or(Value::Null),
    })
}

fn is_empty_list(value: &Value) -> bool {
    match value {
        Value::List(items) => items.is_empty(),
        Value::Array(array) => array.shape.first() == Some(&0),
        _ => false,
    }
}

fn enforce_array(value: &Value, ty: &ColumnType, required: bool) -> Enforced {
    let may_be_absent = !required || *ty == ColumnType::Any;
    if may_be_absent {
        if matches!(value, Value::Null) || is_empty_list(value) {
            return Ok(value.clone());
        }
        if matches!(value, Value::Array(array) if array.shape.is_empty()) {
            return Err("found an array without dimensions, expected a list".to_owned());
        }
    }
    let items = match value {
        Value::List(items) => (**items).clone(),
        Value::Array(array) if !array.shape.is_empty() => {
            (0..array.rows()).map(|place| array.row(place)).collect()
        }
        Value::Array(_) => {
            return Err("found an array without dimensions, expected a list".to_owned());
        }
        other => return Err(unexpected(other, &format!("a list of {ty}"))),
    };
    let ColumnType::Scalar(data_type) = ty else {
        return enforce_each(value, &items, ty, required);
    };
    if items.is_empty() {
        return Ok(value.clone());
    }
    let column = column_of(value, items)?;
    let enforced = scalars::enforce(column, *data_type).map_err(|error| {
        let message = error.message;
        format!("{message} in a list of {data_type}")
    })?;
    let enforced = to_numpy(enforced, *data_type)?;
    Ok(match value {
        Value::List(_) => Value::list(enforced.iter().map(python_time)),
        _ => Value::Array(Box::new(Array::of_row(enforced))),
    })
}

/// Of a time in nanoseconds, `tolist` gives the number.
fn python_time(value: Value) -> Value {
    match value {
        Value::Time(NOT_A_TIME) => Value::Null,
        Value::Time(time) => Value::Int(time),
        other => other,
    }
}

/// The items as a column: of an array, of its type.
fn column_of(value: &Value, items: Items) -> Result<Elements, String> {
    match value {
        Value::Array(array) if array.shape.len() == 1 => {
            Ok(Table::column_of_array(array.elements.clone()))
        }
        Value::Array(array) => Err(format!(
            "found an array of shape {}, expected one dimension",
            array.shape_text()
        )),
        _ => Ok(Table::infer(items)),
    }
}

/// The elements as an array of the declared type, as `Series.to_numpy` makes it.
fn to_numpy(elements: Elements, data_type: DataType) -> Result<Elements, String> {
    if elements.dtype_name() == data_type.tensor_dtype().name()
        && !matches!(&elements, Elements::Text(all) if all.iter().any(Option::is_none))
    {
        return Ok(elements);
    }
    let mut array = Elements::empty(&data_type.tensor_dtype()).map_err(|error| error.message)?;
    for value in elements.iter() {
        array.push(&value).map_err(|error| error.message)?;
    }
    // Where a text is missing, pandas lets numpy make room for one character.
    if matches!(&elements, Elements::Text(all) if all.iter().any(Option::is_none)) {
        return Ok(first_characters(array));
    }
    Ok(array)
}

fn first_characters(elements: Elements) -> Elements {
    match elements {
        Elements::Text(all) => {
            let first = |text: Box<str>| text.chars().take(1).collect::<String>().into();
            Elements::Text(all.into_iter().map(|one| one.map(first)).collect())
        }
        Elements::Bytes(all) => {
            let first = |bytes: Box<[u8]>| bytes.iter().copied().take(1).collect();
            Elements::Bytes(all.into_iter().map(first).collect())
        }
        other => other,
    }
}

fn enforce_each(value: &Value, items: &Items, ty: &ColumnType, required: bool) -> Enforced {
    let each = items.iter().enumerate().map(|(place, item)| {
        enforce_type(&item, ty, required).map_err(|error| format!("[{place}]: {error}"))
    });
    let all: Items = each
        .collect::<Result<Vec<Value>, String>>()?
        .into_iter()
        .collect();
    let list = Value::List(Box::new(all));
    match value {
        Value::Array(_) => {
            let array = Array::infer(&list).map_err(|error| error.message)?;
            Ok(Value::Array(Box::new(array)))
        }
        _ => Ok(list),
    }
}

/// Whether Python finds it equal to `{}`; an array of a single value is what it holds.
fn is_empty_map(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.is_empty(),
        Value::Array(array) if array.elements.len() == 1 => {
            array.first().is_some_and(|first| is_empty_map(&first))
        }
        _ => false,
    }
}

fn enforce_object(value: &Value, properties: &[Property], required: bool) -> Enforced {
    if !required && (matches!(value, Value::Null) || is_empty_map(value)) {
        return Ok(value.clone());
    }
    let Value::Map(map) = value else {
        return Err(unexpected(value, "an object"));
    };
    let mut missing = properties
        .iter()
        .filter(|property| property.presence.is_required());
    if let Some(property) = missing.find(|property| !map.contains_key(&*property.name)) {
        return Err(format!(
            "found no `{}`, expected {}",
            property.name, property.ty
        ));
    }
    let known = |name: &str| properties.iter().find(|property| property.name == name);
    if let Some(name) = map.keys().find(|name| known(name).is_none()) {
        let names: Vec<&str> = properties.iter().map(|one| one.name.as_str()).collect();
        return Err(format!(
            "found the key `{name}`, expected only {}",
            names.join(", ")
        ));
    }
    let mut enforced = IndexMap::new();
    for (name, item) in map.iter() {
        let Some(property) = known(name) else {
            continue;
        };
        let item = enforce_type(item, &property.ty, property.presence.is_required())
            .map_err(|error| format!("{name}: {error}"))?;
        enforced.insert(name.clone(), item);
    }
    Ok(Value::Map(Box::new(enforced)))
}

fn enforce_map(value: &Value, ty: &ColumnType, required: bool) -> Enforced {
    let may_be_absent = !required || *ty == ColumnType::Any;
    match value {
        Value::Null if may_be_absent => Ok(Value::Null),
        empty if may_be_absent && is_empty_map(empty) => Ok(empty.clone()),
        Value::Map(map) => {
            let each = map.iter().map(|(name, item)| {
                let item = enforce_type(item, ty, required);
                Ok((
                    name.clone(),
                    item.map_err(|error| format!("{name}: {error}"))?,
                ))
            });
            let map: Result<IndexMap<Box<str>, Value>, String> = each.collect();
            Ok(Value::Map(Box::new(map?)))
        }
        other => Err(unexpected(other, &format!("an object of {ty}"))),
    }
}
