//! Optionals: a value, or none.

use std::sync::Arc;

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Optional", 15, optional),
    Entry::since("OptionalGetElement", 15, get_element),
    Entry::since("OptionalHasElement", 15, has_element),
];

fn optional(facts: &Facts<'_>) -> Result<Built> {
    let stated = facts.type_attribute("type")?;
    let of = if facts.has(0) {
        facts.value_type(0)?
    } else {
        stated.ok_or_else(|| fault!("there is neither a value nor a type"))?
    };
    if let Some(stated) = stated.filter(|&stated| stated != of) {
        return Err(fault!("the value is {of}, but the type is {stated}"));
    }
    let operator = |mut inputs: Inputs, _: &Context<'_>| {
        let value = inputs.has(0).then(|| inputs.take_value(0)).transpose()?;
        Ok(one(Value::Optional(value.map(Arc::new))))
    };
    let value_type = ValueType::Optional(Box::new(of.clone()));
    Ok(Built::one(value_type, operator))
}

fn has_element(facts: &Facts<'_>) -> Result<Built> {
    if let Ok(found @ ValueType::Map(..)) = facts.value_type(0) {
        return Err(fault!("input 0 is {found}, expected an optional"));
    }
    let operator = |inputs: Inputs, _: &Context<'_>| {
        let is_there = inputs.has(0) && !matches!(inputs.value(0)?, Value::Optional(None));
        Ok(one(Tensor::from_bools(Shape::scalar(), [is_there])))
    };
    Ok(Built::one(DataType::Bool, operator))
}

fn get_element(facts: &Facts<'_>) -> Result<Built> {
    let of = match facts.value_type(0)? {
        ValueType::Optional(of) => of,
        other => other,
    };
    let operator = |mut inputs: Inputs, _: &Context<'_>| Ok(one(unwrapped(inputs.take_value(0)?)?));
    Ok(Built::one(of.clone(), operator))
}

/// The value that an optional holds; other values are themselves.
pub(super) fn unwrapped(value: Value) -> Result<Value> {
    match value {
        Value::Optional(Some(value)) => Ok(Arc::unwrap_or_clone(value)),
        Value::Optional(None) => Err(fault!("the optional is empty")),
        value => Ok(value),
    }
}
