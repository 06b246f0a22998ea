//! Columns of scalars: which types are widened to the declared one, and which are refused.

use crate::array::{CastError, Elements, TimeUnit};
use crate::data_type::DataType;
use crate::table::Table;
use crate::value::{Items, Value, python};

/// What a type of elements is, by numpy's letter, and how many bytes one takes.
pub(super) fn kind(elements: &Elements) -> (char, u32) {
    match elements {
        Elements::Bool(_) => ('b', 1),
        Elements::Int8(_) => ('i', 1),
        Elements::Int16(_) => ('i', 2),
        Elements::Int32(_) => ('i', 4),
        Elements::Int64(_) => ('i', 8),
        Elements::UInt8(_) => ('u', 1),
        Elements::UInt16(_) => ('u', 2),
        Elements::UInt32(_) => ('u', 4),
        Elements::UInt64(_) => ('u', 8),
        Elements::Float16(_) => ('f', 2),
        Elements::Float32(_) => ('f', 4),
        Elements::Float64(_) => ('f', 8),
        _ => ('O', 8),
    }
}

fn declared(data_type: DataType) -> (char, u32) {
    match data_type {
        DataType::Boolean => ('b', 1),
        DataType::Integer => ('i', 4),
        DataType::Long => ('i', 8),
        DataType::Float => ('f', 4),
        DataType::Double => ('f', 8),
        DataType::String | DataType::Binary | DataType::Datetime => ('-', 0),
    }
}

/// Widens a column to the declared type where that loses nothing.
pub(super) fn enforce(elements: Elements, data_type: DataType) -> Result<Elements, CastError> {
    let takes_objects = matches!(data_type, DataType::String | DataType::Binary);
    let elements = match elements {
        Elements::Object(all) if !takes_objects => Table::infer(all.into_iter().collect()),
        other => other,
    };
    let dtype = data_type.tensor_dtype();
    match (&elements, data_type) {
        (Elements::Object(_) | Elements::Text(_), DataType::String | DataType::Binary)
        | (Elements::Bytes(_), DataType::Binary)
        | (Elements::Object(_), DataType::Boolean) => return Ok(elements),
        (
            Elements::Time {
                unit: TimeUnit::Nanosecond,
                ..
            },
            DataType::Datetime,
        ) => {
            return Ok(elements);
        }
        (Elements::ZonedTime(_), DataType::Datetime) => {
            return Err(CastError::new(
                "found times with a zone, expected times without",
            ));
        }
        (Elements::Time { .. } | Elements::Object(_), DataType::Datetime) => {
            return elements.astype(&dtype);
        }
        (Elements::Object(all), DataType::Double) => return to_numeric(all),
        (Elements::Other { dtype, values }, DataType::Float | DataType::Double)
            if is_held(dtype, data_type) =>
        {
            return to_numeric(values)?.astype(&data_type.tensor_dtype());
        }
        _ => {}
    }
    let ((from, size), (to, width)) = (kind(&elements), declared(data_type));
    let is_widened = match (from, to) {
        _ if from == to => size <= width,
        ('u', 'i') => size < width,
        ('i' | 'u', 'f') => width == 8 && size <= 4,
        _ => false,
    };
    if is_widened || is_zeros_and_ones(&elements, data_type) {
        return if elements.dtype_name() == dtype.name() {
            Ok(elements)
        } else {
            elements.astype(&dtype)
        };
    }
    Err(CastError::new(format!(
        "found {}, expected {data_type} ({dtype}), into which that cannot be converted safely",
        elements.dtype_name()
    )))
}

/// Whether floats hold all numbers of a type of pandas' own, of which some are missing.
fn is_held(dtype: &str, data_type: DataType) -> bool {
    let narrow = [
        "Int8", "Int16", "Int32", "UInt8", "UInt16", "UInt32", "Float64",
    ];
    dtype == "Float32" || (data_type == DataType::Double && narrow.contains(&dtype))
}

/// Objects as numbers, as `pandas.to_numeric` reads them: MLflow means to let decimals through,
/// and lets all through that this takes.
fn to_numeric(all: &[Value]) -> Result<Elements, CastError> {
    let number = |value: &Value| {
        let refuse = || {
            let found = value.type_name();
            let shown: String = value.to_repr().chars().take(60).collect();
            CastError::new(format!("found {found} `{shown}`, expected a number"))
        };
        match value {
            Value::List(items) if items.is_empty() => Ok(Value::Float(f64::NAN)),
            Value::Map(map) if map.is_empty() => Ok(Value::Float(f64::NAN)),
            Value::Array(array) if array.shape.first() == Some(&0) => Ok(Value::Float(f64::NAN)),
            Value::Text(text) if text.is_empty() => Ok(Value::Float(f64::NAN)),
            Value::Text(text) => number_of_text(text).ok_or_else(refuse),
            Value::Bool(value) => Ok(Value::Int((*value).into())),
            Value::Other(other) => match other.as_float() {
                Some(float) => Ok(Value::Float(float)),
                None => Err(refuse()),
            },
            Value::Null | Value::Int(_) | Value::Big(_) | Value::Float(_) => Ok(value.clone()),
            _ => Err(refuse()),
        }
    };
    let numbers: Result<Items, CastError> = all.iter().map(number).collect();
    let numbers = Table::infer(numbers?);
    Ok(match numbers {
        Elements::Object(all) if all.iter().all(Value::is_null_or_nan) => {
            Elements::Float64(vec![f64::NAN; all.len()])
        }
        other => other,
    })
}

fn number_of_text(text: &str) -> Option<Value> {
    let text = text.trim();
    let is_plain =
        text.is_ascii() && !text.contains('_') && !text.to_ascii_lowercase().contains("nan");
    if !is_plain {
        return None;
    }
    match python::integer(text) {
        Some(integer) => Some(match i64::try_from(integer) {
            Ok(integer) => Value::Int(integer),
            Err(_) => Value::Big(integer.to_string().into()),
        }),
        None => python::float(text).map(Value::Float),
    }
}

/// 64-bit integers become floats where all are 0 or 1.
fn is_zeros_and_ones(elements: &Elements, data_type: DataType) -> bool {
    let is_float = matches!(data_type, DataType::Float | DataType::Double);
    match elements {
        Elements::Int64(all) => is_float && all.iter().all(|one| matches!(one, 0 | 1)),
        _ => false,
    }
}
