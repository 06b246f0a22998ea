//! Types of JSON values and arrays.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::data_type::{DataType, TensorDtype};
use crate::json::{Json, Number};
use crate::signature::{
    Column, ColumnName, ColumnType, Presence, Property, Schema, SignatureError, TensorSpec,
};

/// The type of a value: objects and lists by their contents, nothing known for null and what is
/// empty.
pub(super) fn value_type(value: &Json) -> Result<ColumnType, SignatureError> {
    let scalar = match value {
        Json::Null => return Ok(ColumnType::Any),
        Json::Bool(_) => DataType::Boolean,
        Json::Number(number) if number.is_nan() => return Ok(ColumnType::Any),
        Json::Number(number) if number.is_integer() => DataType::Long,
        Json::Number(_) => DataType::Double,
        Json::String(_) => DataType::String,
        Json::Array(items) if items.is_empty() => return Ok(ColumnType::Any),
        Json::Array(items) => return Ok(ColumnType::Array(Box::new(item_type(items)?))),
        Json::Object(map) if map.is_empty() => return Ok(ColumnType::Any),
        Json::Object(map) => return object_type(map),
    };
    Ok(ColumnType::Scalar(scalar))
}

fn object_type(map: &IndexMap<String, Json>) -> Result<ColumnType, SignatureError> {
    let property = |(name, value): (&String, &Json)| {
        let ty = value_type(value).map_err(|error| error.within(name))?;
        let presence = Presence::from_required(ty != ColumnType::Any);
        Ok(Property {
            name: name.clone(),
            ty,
            presence,
        })
    };
    map.iter()
        .map(property)
        .collect::<Result<_, _>>()
        .map(ColumnType::object)
}

/// The one type of all items.
pub(super) fn item_type(items: &[Json]) -> Result<ColumnType, SignatureError> {
    let mut joined = ColumnType::Any;
    for (index, item) in items.iter().enumerate() {
        let place = format!("[{index}]");
        let ty = value_type(item).map_err(|error| error.within(&place))?;
        joined = match index {
            0 => ty,
            _ => merge(joined, ty).map_err(|error| error.within(&place))?,
        };
    }
    Ok(joined)
}

/// Joins the types of two values of one list: what one object lacks becomes optional.
fn merge(left: ColumnType, right: ColumnType) -> Result<ColumnType, SignatureError> {
    match (left, right) {
        (left, right) if left == right => Ok(left),
        (ColumnType::Any, ColumnType::Object(properties))
        | (ColumnType::Object(properties), ColumnType::Any) => {
            let optional = |property| Property {
                presence: Presence::Optional,
                ..property
            };
            Ok(ColumnType::Object(
                properties.into_iter().map(optional).collect(),
            ))
        }
        (ColumnType::Any, other) | (other, ColumnType::Any) => Ok(other),
        (ColumnType::Array(left), ColumnType::Array(right)) => {
            Ok(ColumnType::Array(Box::new(merge(*left, *right)?)))
        }
        (ColumnType::Object(left), ColumnType::Object(right)) => merge_objects(left, right),
        (left, right) => {
            let message = format!("found {right} after {left}, expected one type in a list");
            Err(SignatureError::new("", message))
        }
    }
}

fn merge_objects(left: Vec<Property>, right: Vec<Property>) -> Result<ColumnType, SignatureError> {
    let by_name = |properties: Vec<Property>| -> BTreeMap<String, Property> {
        properties
            .into_iter()
            .map(|property| (property.name.clone(), property))
            .collect()
    };
    let mut right = by_name(right);
    let mut joined = Vec::new();
    for (name, property) in by_name(left) {
        joined.push(match right.remove(&name) {
            None => Property {
                presence: Presence::Optional,
                ..property
            },
            Some(other) => {
                let both = property.presence.is_required() && other.presence.is_required();
                let ty = merge(property.ty, other.ty).map_err(|error| error.within(&name))?;
                Property {
                    name,
                    ty,
                    presence: Presence::from_required(both),
                }
            }
        });
    }
    let optional = |property| Property {
        presence: Presence::Optional,
        ..property
    };
    joined.extend(right.into_values().map(optional));
    Ok(ColumnType::object(joined))
}

fn unnamed(ty: ColumnType) -> Schema {
    Schema::Columns(vec![Column {
        name: None,
        ty,
        presence: Presence::Required,
    }])
}

fn columns(columns: Vec<Column>) -> Result<Schema, SignatureError> {
    if columns.is_empty() {
        return Err(SignatureError::new(
            "",
            "found no column, expected at least one",
        ));
    }
    Ok(Schema::Columns(columns))
}

/// The schema of a JSON value: records and objects by their keys, all else one unnamed column.
pub(super) fn json_schema(value: &Json) -> Result<Schema, SignatureError> {
    match value {
        Json::Array(items) if items.is_empty() => Ok(unnamed(ColumnType::Scalar(DataType::String))),
        Json::Array(items) => {
            let records: Option<Vec<_>> = items.iter().map(Json::as_object).collect();
            match records {
                Some(records) => record_columns(&records),
                None => item_type(items).map(unnamed),
            }
        }
        Json::Object(map) => {
            let column = |(name, value): (&String, &Json)| {
                let ty = value_type(value).map_err(|error| error.within(name))?;
                let required = match value {
                    Json::Array(items) => !items.iter().any(super::super::cast::is_missing),
                    _ => !super::super::cast::is_missing(value),
                };
                Ok(named(name, ty, required))
            };
            columns(map.iter().map(column).collect::<Result<_, _>>()?)
        }
        _ => value_type(value).map(unnamed),
    }
}

fn named(name: &str, ty: ColumnType, required: bool) -> Column {
    let name = Some(ColumnName::Text(name.to_owned()));
    Column {
        name,
        ty,
        presence: Presence::from_required(required),
    }
}

fn record_columns(records: &[&IndexMap<String, Json>]) -> Result<Schema, SignatureError> {
    let mut values: IndexMap<&String, Vec<Json>> = IndexMap::new();
    for (name, value) in records.iter().copied().flatten() {
        values.entry(name).or_default().push(value.clone());
    }
    let column = |(name, values): (&String, Vec<Json>)| {
        let ty = item_type(&values).map_err(|error| error.within(name))?;
        let given =
            |record: &&IndexMap<String, Json>| record.get(name).is_some_and(|v| !v.is_null());
        Ok(named(name, ty, records.iter().all(given)))
    };
    columns(values.into_iter().map(column).collect::<Result<_, _>>()?)
}

/// The schema of an array, or of an object of arrays.
pub(super) fn array_schema(value: &Json) -> Result<Schema, SignatureError> {
    let Some(map) = value.as_object() else {
        return Ok(Schema::Tensors(vec![tensor(None, value)?]));
    };
    if map.is_empty() {
        return Err(SignatureError::new(
            "",
            "found no array, expected at least one",
        ));
    }
    let named = |(name, array): (&String, &Json)| {
        tensor(Some(ColumnName::Text(name.clone())), array).map_err(|error| error.within(name))
    };
    map.iter()
        .map(named)
        .collect::<Result<_, _>>()
        .map(Schema::Tensors)
}

/// The tensor of an array; its first size is free.
fn tensor(name: Option<ColumnName>, array: &Json) -> Result<TensorSpec, SignatureError> {
    if !matches!(array, Json::Array(_)) {
        return Err(SignatureError::expected("", array, "a list"));
    }
    let mut kinds = Kinds::default();
    let mut shape = kinds.scan(array)?;
    shape[0] = -1;
    Ok(TensorSpec {
        name,
        dtype: kinds.dtype(array)?,
        shape,
    })
}

/// A kind of value in an array.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Null,
    Bool,
    Text,
    /// A whole number of 64 bits with sign
    Integer,
    /// A whole number that needs 64 bits without sign
    Wide,
    Float,
    Other,
}

/// The kinds of values seen in an array.
#[derive(Default)]
struct Kinds(BTreeSet<Kind>);

impl Kinds {
    /// Notes the kinds and gives the shape, all lists of a level being equally long.
    fn scan(&mut self, value: &Json) -> Result<Vec<i64>, SignatureError> {
        let Json::Array(items) = value else {
            self.0.insert(kind(value));
            return Ok(Vec::new());
        };
        let mut shape = None;
        for (index, item) in items.iter().enumerate() {
            let inner = self.scan(item)?;
            if *shape.get_or_insert_with(|| inner.clone()) != inner {
                let message = "found a shape other than before, expected one shape in an array";
                return Err(SignatureError::new(&format!("[{index}]"), message));
            }
        }
        let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
        Ok([vec![size], shape.unwrap_or_default()].concat())
    }

    fn dtype(&self, array: &Json) -> Result<TensorDtype, SignatureError> {
        let kinds: Vec<Kind> = self.0.iter().copied().collect();
        let numeric =
            |kind: &Kind| matches!(kind, Kind::Null | Kind::Integer | Kind::Wide | Kind::Float);
        let name = match kinds.as_slice() {
            [] => "float64",
            [Kind::Bool] => "bool",
            [Kind::Text] => "str",
            [Kind::Integer] => "int64",
            [Kind::Wide] => "uint64",
            mixed if mixed.iter().all(numeric) => "float64",
            _ => "",
        };
        name.parse()
            .map_err(|_| SignatureError::expected("", array, "an array of one type"))
    }
}

fn kind(value: &Json) -> Kind {
    match value {
        Json::Null => Kind::Null,
        Json::Bool(_) => Kind::Bool,
        Json::String(_) => Kind::Text,
        Json::Number(number) if !number.is_integer() => Kind::Float,
        Json::Number(number) if number.as_i64().is_some() => Kind::Integer,
        Json::Number(number) if number.as_u64().is_some() => Kind::Wide,
        Json::Number(_) | Json::Array(_) | Json::Object(_) => Kind::Other,
    }
}

/// The schema of a sparse matrix.
pub(super) fn sparse_schema(value: &Json) -> Result<Schema, SignatureError> {
    let columns = value
        .get("shape")
        .and_then(Json::as_array)
        .and_then(|shape| shape.get(1));
    let columns = columns.and_then(Json::as_number).and_then(Number::as_i64);
    let (Some(columns), Some(data)) = (columns, value.get("data")) else {
        return Err(SignatureError::expected("", value, "a sparse matrix"));
    };
    let stored = tensor(None, data)?;
    Ok(Schema::Tensors(vec![TensorSpec {
        shape: vec![-1, columns],
        ..stored
    }]))
}
