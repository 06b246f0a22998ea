//! `inputs` and `instances`: values by name or without names, each cast to the type of its column or
//! tensor as numpy does.

use indexmap::IndexMap;

use super::{Data, is_named};
use crate::array::{Array, CastError};
use crate::data_type::{DataType, TensorDtype};
use crate::enforce::nested;
use crate::refusal::Refusal;
use crate::signature::{Column, ColumnName, ColumnType, Schema, TensorSpec};
use crate::value::{Items, Value};

/// A column or a tensor.
#[derive(Clone, Copy)]
enum Spec<'a> {
    Column(&'a Column),
    Tensor(&'a TensorSpec),
}

/// What a schema says of the values by name; of two of one name, the later one counts.
struct Specs<'a>(Vec<(&'a ColumnName, Spec<'a>)>);

impl<'a> Specs<'a> {
    fn of(schema: Option<&'a Schema>) -> Self {
        let Some(schema) = schema.filter(|schema| is_named(schema)) else {
            return Self(Vec::new());
        };
        let all: Vec<(Option<&ColumnName>, Spec)> = match schema {
            Schema::Columns(columns) => {
                let each = columns.iter();
                each.map(|one| (one.name.as_ref(), Spec::Column(one)))
                    .collect()
            }
            Schema::Tensors(tensors) => {
                let each = tensors.iter();
                each.map(|one| (one.name.as_ref(), Spec::Tensor(one)))
                    .collect()
            }
        };
        let named = all.into_iter();
        Self(
            named
                .filter_map(|(name, spec)| Some((name?, spec)))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<Spec<'a>> {
        let mut found = self.0.iter().rev();
        let is_it = |known: &ColumnName| matches!(known, ColumnName::Text(text) if text == name);
        found.find(|(known, _)| is_it(known)).map(|(_, spec)| *spec)
    }

    /// The name of the only one.
    fn only(&self) -> Option<&'a ColumnName> {
        let first = self.0.first()?.0;
        self.0
            .iter()
            .all(|(name, _)| *name == first)
            .then_some(first)
    }
}

/// What the first column or tensor of a schema is.
fn first(schema: &Schema) -> Spec<'_> {
    match schema {
        Schema::Columns(columns) => Spec::Column(&columns[0]),
        Schema::Tensors(tensors) => Spec::Tensor(&tensors[0]),
    }
}

fn refuse(error: CastError) -> Refusal {
    Refusal::parse(error.message)
}

fn refuse_named(error: CastError, name: &str) -> Refusal {
    refuse(error).in_column(&ColumnName::Text(name.to_owned()))
}

/// Reads what stands under `inputs`.
pub(super) fn inputs(value: Value, schema: Option<&Schema>) -> Result<Data, Refusal> {
    let specs = Specs::of(schema);
    let value = match (value, specs.only()) {
        (Value::List(items), Some(name)) if !has_map(&items) => {
            let name = name.to_string().into();
            Value::Map(Box::new(IndexMap::from([(name, Value::List(items))])))
        }
        (value, _) => value,
    };
    if let Some(schema) = schema
        && !is_named(schema)
        && matches!(value, Value::Map(_) | Value::Null)
    {
        return Err(Refusal::parse(format!(
            "found {}, expected a list or a single value, since the signature has no names",
            value.type_name()
        )));
    }
    match value {
        Value::Map(map) => Ok(Data::Named(by_name(*map, &specs)?)),
        Value::List(items) if is_all_maps(&items) => records(*items, &specs),
        value => {
            let spec = schema.map(first);
            let found = convert(value, spec).map_err(refuse)?;
            Ok(match found {
                Value::Array(array) => Data::Array(*array),
                Value::List(items) => Data::List(*items),
                other => Data::Value(other),
            })
        }
    }
}

fn has_map(items: &Items) -> bool {
    match items {
        Items::Values(all) => all.iter().any(|one| matches!(one, Value::Map(_))),
        _ => false,
    }
}

fn is_all_maps(items: &Items) -> bool {
    match items {
        Items::Values(all) => all.iter().all(|one| matches!(one, Value::Map(_))),
        packed => packed.is_empty(),
    }
}

type Named = IndexMap<Box<str>, Value>;

fn by_name(map: Named, specs: &Specs) -> Result<Named, Refusal> {
    let each = map.into_iter().map(|(name, value)| {
        let spec = specs.get(&name);
        let value = convert(value, spec).map_err(|error| refuse_named(error, &name))?;
        Ok((name, value))
    });
    each.collect()
}

/// Reads objects one by one; they stay rows.
fn records(items: Items, specs: &Specs) -> Result<Data, Refusal> {
    let mut rows = Vec::with_capacity(items.len());
    for item in items.into_values() {
        if let Value::Map(map) = item {
            rows.push(Value::Map(Box::new(by_name(*map, specs)?)));
        }
    }
    Ok(Data::List(Items::Values(rows)))
}

/// Reads what stands under `instances`: objects become columns.
pub(super) fn instances(value: Value, schema: Option<&Schema>) -> Result<Data, Refusal> {
    let data = match value {
        Value::List(items) if matches!(items.get(0), Some(Value::Map(_))) => {
            Data::Named(columns(*items, &Specs::of(schema))?)
        }
        value => inputs(value, schema)?,
    };
    if let Data::Named(named) = &data {
        check_lengths(named, schema)?;
    }
    Ok(data)
}

/// The values of each name as an array.
fn columns(items: Items, specs: &Specs) -> Result<Named, Refusal> {
    let mut columns: IndexMap<Box<str>, Vec<Value>> = IndexMap::new();
    for (row, item) in items.into_values().into_iter().enumerate() {
        let Value::Map(map) = item else {
            return Err(Refusal::parse(format!(
                "found {} in row {row}, expected an object as in the rows before",
                item.type_name()
            )));
        };
        for (name, value) in *map {
            let value =
                convert(value, specs.get(&name)).map_err(|error| refuse_named(error, &name))?;
            columns.entry(name).or_default().push(value);
        }
    }
    let arrays = columns.into_iter().map(|(name, values)| {
        let values = Value::List(Box::new(Items::Values(values)));
        let array = Array::infer(&values).map_err(|error| refuse_named(error, &name))?;
        Ok((name, Value::Array(Box::new(array))))
    });
    arrays.collect()
}

/// Refuses columns of different lengths, of those that are required and no lists themselves.
fn check_lengths(named: &Named, schema: Option<&Schema>) -> Result<(), Refusal> {
    let specs = Specs::of(schema);
    let is_checked = |name: &str| match schema {
        Some(schema) if is_named(schema) => match specs.get(name) {
            None => false,
            Some(Spec::Tensor(_)) => true,
            Some(Spec::Column(column)) => {
                let is_list = matches!(column.ty, ColumnType::Array(_) | ColumnType::SparkMlVector);
                column.presence.is_required() && !is_list
            }
        },
        _ => true,
    };
    let mut expected = None;
    for (name, value) in named {
        let length = match value {
            Value::List(items) => items.len(),
            Value::Array(array) if array.shape.is_empty() && is_checked(name) => {
                let refusal = Refusal::parse("found a single value, expected a list");
                return Err(refusal.in_column(&ColumnName::Text(name.to_string())));
            }
            Value::Array(array) if array.shape.is_empty() => continue,
            Value::Array(array) => array.rows(),
            _ => continue,
        };
        if is_checked(name) && *expected.get_or_insert(length) != length {
            let known = expected.unwrap_or(0);
            let message =
                format!("found {length} values, expected {known} as in the columns before");
            return Err(Refusal::parse(message).in_column(&ColumnName::Text(name.to_string())));
        }
    }
    Ok(())
}

/// Casts a value to the type of its column or tensor.
fn convert(value: Value, spec: Option<Spec>) -> Result<Value, CastError> {
    let array = |array: Array| Value::Array(Box::new(array));
    match spec {
        None => Array::infer(&value).map(array),
        Some(Spec::Tensor(tensor)) => Array::cast_into(value, &tensor.dtype).map(array),
        Some(Spec::Column(column)) => {
            let required = column.presence.is_required();
            match &column.ty {
                ColumnType::Any => Ok(value),
                ColumnType::Scalar(data_type) => {
                    let is_list = matches!(value, Value::List(_) | Value::Array(_));
                    let found = Array::cast_into(value, &data_type.tensor_dtype())?;
                    Ok(if is_list {
                        array(found)
                    } else {
                        Value::Scalar(Box::new(found))
                    })
                }
                ty @ (ColumnType::Array(_) | ColumnType::SparkMlVector) => {
                    let list =
                        nested::enforce_type(&value, ty, required).map_err(CastError::new)?;
                    Array::infer(&list).map(array)
                }
                ty => nested::enforce_type(&value, ty, required).map_err(CastError::new),
            }
        }
    }
}

impl DataType {
    /// The type of numpy's that stands for it.
    pub(crate) fn tensor_dtype(self) -> TensorDtype {
        TensorDtype::of_name(match self {
            DataType::Boolean => "bool",
            DataType::Integer => "int32",
            DataType::Long => "int64",
            DataType::Float => "float32",
            DataType::Double => "float64",
            DataType::String => "str",
            DataType::Binary => "bytes",
            DataType::Datetime => "datetime64[ns]",
        })
    }
}
