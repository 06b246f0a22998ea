//! Whether a JSON value is of a column type by MLflow's enforcement, without any cast.
//!
//! Lists are checked as pandas would hold them, because MLflow does: `[1, 2]` is no array of
//! double (pandas makes it 64-bit integers), `[1.5, 2]` is one.

use std::collections::HashMap;

use crate::data_type::DataType;
use crate::json::{Json, Number};

use super::fit::Misfit;
use super::{ColumnType, Property};

type Check = Result<(), Misfit>;

/// Checks any value; `required` is that of the column around it.
pub(super) fn check_type(value: &Json, ty: &ColumnType, required: bool) -> Check {
    match ty {
        ColumnType::Any => Ok(()),
        ColumnType::Scalar(data_type) => check_scalar(value, *data_type, required),
        ColumnType::Array(items) => check_array(value, items, required),
        ColumnType::SparkMlVector => {
            check_array(value, &ColumnType::Scalar(DataType::Double), required)
        }
        ColumnType::Object(properties) => check_object(value, properties, required),
        ColumnType::Map(values) => check_map(value, values, required),
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn check_array(value: &Json, items: &ColumnType, required: bool) -> Check {
    if value.is_null() && (!required || *items == ColumnType::Any) {
        return Ok(());
    }
    let Some(values) = value.as_array() else {
        return Err(Misfit::of(value, &format!("array of {items}")));
    };
    if let ColumnType::Scalar(data_type) = items {
        return check_series(values, *data_type);
    }
    values.iter().enumerate().try_for_each(|(index, item)| {
        check_type(item, items, required).map_err(|misfit| misfit.within(&format!("[{index}]")))
    })
}

/// Checks an object: all required keys, no unknown ones, each value of its type.
pub(super) fn check_object(value: &Json, properties: &[Property], required: bool) -> Check {
    let Some(map) = value.as_object().filter(|map| required || !map.is_empty()) else {
        let accepted = !required && is_empty(value) && !matches!(value, Json::Array(_));
        return if accepted {
            Ok(())
        } else {
            Err(Misfit::of(value, "object"))
        };
    };
    let missing = properties
        .iter()
        .find(|property| property.presence.is_required() && !map.contains_key(&property.name));
    if let Some(property) = missing {
        return Err(Misfit::new(
            &property.name,
            "nothing",
            &property.ty.to_string(),
        ));
    }
    let by_name = properties
        .iter()
        .map(|property| (property.name.as_str(), property));
    let by_name: HashMap<&str, &Property> = by_name.collect();
    map.iter().try_for_each(|(key, item)| {
        let Some(property) = by_name.get(key.as_str()) else {
            return Err(Misfit::new(
                key,
                "a key the type does not have",
                "only its keys",
            ));
        };
        check_type(item, &property.ty, property.presence.is_required())
            .map_err(|misfit| misfit.within(key))
    })
}

fn check_map(value: &Json, values: &ColumnType, required: bool) -> Check {
    let may_be_null = !required || *values == ColumnType::Any;
    match value {
        Json::Null if may_be_null => Ok(()),
        Json::Object(map) => map.iter().try_for_each(|(key, item)| {
            check_type(item, values, required).map_err(|misfit| misfit.within(key))
        }),
        _ => Err(Misfit::of(value, &format!("map of {values}"))),
    }
}

/// How pandas would hold a list of values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Bool,
    Int64,
    Uint64,
    Float64,
    Text,
    Object,
}

fn held(values: &[Json]) -> Held {
    let all = |test: fn(&Json) -> bool| values.iter().all(test);
    let some = |test: fn(&Json) -> bool| values.iter().any(test);
    let number = |value: &Json| value.as_number().is_some();
    let float = |value: &Json| value.as_number().is_some_and(|number| !number.is_integer());
    let i64 = |value: &Json| {
        value
            .as_number()
            .is_some_and(|number| number.as_i64().is_some())
    };
    let u64 = |value: &Json| {
        value
            .as_number()
            .is_some_and(|number| number.as_u64().is_some())
    };
    let wide = |value: &Json| {
        let integer = value.as_number().filter(|number| number.is_integer());
        integer.is_some_and(|number| number.as_i64().is_none() && number.as_u64().is_none())
    };
    let text_like = |value: &Json| matches!(value, Json::String(_)) || is_missing(value);
    match () {
        () if all(|value| matches!(value, Json::Bool(_))) => Held::Bool,
        () if all(i64) => Held::Int64,
        () if all(u64) => Held::Uint64,
        () if some(wide) => Held::Object,
        () if some(number) && (some(float) || some(Json::is_null)) && all(is_numeric_or_null) => {
            Held::Float64
        }
        () if some(|value| matches!(value, Json::String(_))) && all(text_like) => Held::Text,
        () => Held::Object,
    }
}

fn is_numeric_or_null(value: &Json) -> bool {
    matches!(value, Json::Number(_) | Json::Null)
}

fn is_missing(value: &Json) -> bool {
    value.is_null() || value.as_number().is_some_and(Number::is_nan)
}

fn is_zero_or_one(value: &Json) -> bool {
    matches!(value.as_number().and_then(Number::as_i64), Some(0 | 1))
}

/// Checks the items of an array of scalars.
fn check_series(values: &[Json], data_type: DataType) -> Check {
    if values.is_empty() {
        return Ok(());
    }
    let held = held(values);
    let fits = match data_type {
        DataType::Boolean => matches!(held, Held::Bool | Held::Object),
        DataType::Integer => false,
        DataType::Long => held == Held::Int64,
        DataType::Float => held == Held::Int64 && values.iter().all(is_zero_or_one),
        DataType::Double => match held {
            Held::Float64 => true,
            Held::Int64 => values.iter().all(is_zero_or_one),
            Held::Object => values.iter().all(is_numeric_text),
            _ => false,
        },
        DataType::String | DataType::Binary => matches!(held, Held::Text | Held::Object),
        DataType::Datetime => held == Held::Object && values.iter().all(Json::is_null),
    };
    let list = |value: &Json| matches!(value, Json::Array(_));
    if fits && !(data_type != DataType::Boolean && values.iter().any(list)) {
        return Ok(());
    }
    let found = Json::Array(values.to_vec());
    Err(Misfit::of(&found, &format!("array of {data_type}")))
}

fn is_numeric_text(value: &Json) -> bool {
    match value {
        Json::String(text) => super::cast::parses_as_float(text),
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
        Json::Array(_) | Json::Object(_) => false,
    }
}

fn check_scalar(value: &Json, data_type: DataType, required: bool) -> Check {
    if !required && is_missing(value) {
        return Ok(());
    }
    let fits = match value {
        Json::Null | Json::Array(_) | Json::Object(_) => false,
        _ => check_series(std::slice::from_ref(value), data_type).is_ok(),
    };
    if fits {
        Ok(())
    } else {
        Err(Misfit::of(value, data_type.name()))
    }
}
