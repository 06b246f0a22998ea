//! What a model receives, in JSON: kind, columns or shape, types, values.
//!
//! What JSON has no words for is an object with one key that begins with `$`: `{"$float": "nan"}`,
//! `{"$bytes": …}` in base64, `{"$datetime": …}` in ISO 8601, `{"$nat": true}`, and arrays within
//! tables as `{"$ndarray": […], "dtype": …, "shape": […]}`. Of any other value, `$other` has the
//! text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Received;
use crate::array::{Array, Elements};
use crate::data_type::DataType;
use crate::json::{Json, object};
use crate::payload::Data;
use crate::signature::{Moment, ParamSpec, ParamType};
use crate::table::Table;
use crate::value::{Items, NOT_A_TIME, Other, Value};

impl Received {
    /// The data in JSON.
    pub fn data_json(&self) -> Json {
        match &self.data {
            Data::Table(table) => describe_table(table),
            Data::Array(array) => describe_array(array),
            Data::Named(map) => {
                let items = map.iter().map(|(name, value)| (&**name, describe(value)));
                object([("kind", "dict".into()), ("items", object(items))])
            }
            Data::List(items) => describe_list(items),
            Data::Value(value) => describe(value),
        }
    }

    /// The parameters in JSON, where there are any.
    pub fn params_json(&self, declared: &[ParamSpec]) -> Option<Json> {
        let params = self.params.as_ref()?;
        Some(object(params.iter().map(|(name, value)| {
            let param = declared.iter().find(|param| param.name == *name);
            let is_time =
                param.is_some_and(|param| param.ty == ParamType::Scalar(DataType::Datetime));
            (name.as_str(), param_value(value, is_time))
        })))
    }
}

fn param_value(value: &Json, is_time: bool) -> Json {
    match value {
        Json::String(_) if is_time => object([("$datetime", value.clone())]),
        Json::Array(items) => {
            Json::Array(items.iter().map(|one| param_value(one, is_time)).collect())
        }
        other => plain(&Value::from(other)),
    }
}

fn describe(value: &Value) -> Json {
    match value {
        Value::Array(array) => describe_array(array),
        Value::List(items) => describe_list(items),
        Value::Map(map) => {
            let items = map.iter().map(|(name, value)| (&**name, describe(value)));
            object([("kind", "dict".into()), ("items", object(items))])
        }
        other => object([
            ("kind", "scalar".into()),
            ("type", other.type_name().into()),
            ("value", plain(other)),
        ]),
    }
}

fn describe_list(items: &Items) -> Json {
    let items = items.iter().map(|item| plain(&item));
    object([
        ("kind", "list".into()),
        ("data", Json::Array(items.collect())),
    ])
}

fn describe_table(table: &Table) -> Json {
    let names = table.columns.iter().map(|column| match &column.name {
        crate::signature::ColumnName::Text(text) => text.as_str().into(),
        crate::signature::ColumnName::Integer(number) => (*number).into(),
        crate::signature::ColumnName::Other(value) => value.clone(),
    });
    let dtypes = table
        .columns
        .iter()
        .map(|column| dtype(&column.elements).into());
    let rows = (0..table.rows).map(|row| {
        let cells = table.columns.iter().map(|column| {
            let value = column.elements.get(row);
            value.map_or(Json::Null, |value| plain(&value))
        });
        Json::Array(cells.collect())
    });
    object([
        ("kind", "dataframe".into()),
        ("columns", Json::Array(names.collect())),
        ("dtypes", Json::Array(dtypes.collect())),
        ("rows", Json::Array(rows.collect())),
    ])
}

fn describe_array(array: &Array) -> Json {
    object([
        ("kind", "ndarray".into()),
        ("dtype", dtype(&array.elements).into()),
        ("shape", sizes(&array.shape)),
        ("data", plain(&array.to_value())),
    ])
}

fn sizes(shape: &[usize]) -> Json {
    let sizes = shape
        .iter()
        .map(|size| i64::try_from(*size).unwrap_or(i64::MAX).into());
    Json::Array(sizes.collect())
}

/// The name of a type; of bytes, with the longest length, as numpy writes it.
fn dtype(elements: &Elements) -> String {
    match elements {
        Elements::Bytes(all) => {
            let longest = all.iter().map(|one| one.len()).max().unwrap_or(0);
            format!("|S{}", longest.max(1))
        }
        other => other.dtype_name().to_owned(),
    }
}

/// The same for an array within a table, where texts are numpy's and have a size.
fn inner_dtype(elements: &Elements) -> String {
    match elements {
        Elements::Text(all) => {
            let lengths = all.iter().flatten().map(|one| one.chars().count());
            format!("<U{}", lengths.max().unwrap_or(0).max(1))
        }
        other => dtype(other),
    }
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Float(float) if !float.is_finite() => {
            let name = crate::value::python::float_repr(*float);
            object([("$float", name.into())])
        }
        Value::Bytes(bytes) => object([("$bytes", STANDARD.encode(bytes).into())]),
        Value::Time(NOT_A_TIME) => object([("$nat", true.into())]),
        Value::Time(time) => object([(
            "$datetime",
            Moment::of_nanoseconds(*time).isoformat().into(),
        )]),
        Value::List(items) => Json::Array(items.iter().map(|item| plain(&item)).collect()),
        Value::Map(map) => object(map.iter().map(|(name, value)| (&**name, plain(value)))),
        Value::Array(array) => {
            let elements = array.elements.iter().map(|one| plain(&one));
            let data = match array.shape.len() {
                0 => Json::Array(elements.collect()),
                _ => plain(&array.to_value()),
            };
            object([
                ("$ndarray", data),
                ("dtype", inner_dtype(&array.elements).into()),
                ("shape", sizes(&array.shape)),
            ])
        }
        Value::Scalar(scalar) => plain(&scalar.to_value()),
        Value::Other(other) => plain_other(other),
        other => other.to_json(),
    }
}

fn plain_other(other: &Other) -> Json {
    match other {
        Other::Moment(_) | Other::Date(_) => object([("$datetime", other.to_string().into())]),
        Other::Tuple(items) => Json::Array(items.iter().map(plain).collect()),
        _ => object([("$other", other.to_string().into())]),
    }
}
