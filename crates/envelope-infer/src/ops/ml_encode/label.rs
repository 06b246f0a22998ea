//! `LabelEncoder`: each element becomes the value that belongs to it as a key.

use super::category::Index;
use crate::data_type::DataType;
use crate::element::{Number as _, with_number, with_size};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::tensor::Tensor;

/// Keys, the values in the same order, and the value of what is no key.
pub(super) struct Mapping {
    pub(super) keys: Index,
    pub(super) values: Tensor,
    /// One element of the values' type.
    pub(super) default: Tensor,
}

impl Mapping {
    pub(super) fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let places = self.keys.find(x)?;
        let shape = x.shape().clone();
        if self.values.data_type() == DataType::String {
            let (values, default) = (self.values.strings()?, self.default.strings()?);
            let text = |place: &Option<usize>| match place {
                Some(place) => values[*place].clone(),
                None => default[0].clone(),
            };
            return Ok(Tensor::from_strings(
                shape,
                places.iter().map(text).collect(),
            ));
        }
        let data_type = self.values.data_type();
        with_size!(data_type, T => {
            let (values, default) = (self.values.raw::<T>(), self.default.raw::<T>());
            let pick = |place: &Option<usize>| place.map_or(default[0], |place| values[place]);
            Ok(Tensor::from_raw(data_type, shape, places.iter().map(pick).collect()))
        })
    }

    /// Makes the operator.
    pub(super) fn build(self, facts: &Facts<'_>, keys: DataType) -> Result<Built> {
        let found = facts.data_type(0)?;
        if found != keys {
            return Err(fault!(
                "input 0 has elements of {found}, but the keys are {keys}"
            ));
        }
        if self.keys.len() != self.values.elements() || self.default.elements() != 1 {
            return Err(fault!(
                "there are {} keys and {} values",
                self.keys.len(),
                self.values.elements()
            ));
        }
        let values = self.values.data_type();
        let operator =
            move |inputs: Inputs, _: &Context<'_>| Ok(one(self.apply(inputs.tensor(0)?)?));
        Ok(Built::one(values, operator))
    }
}

/// Version 1: a string and its position in a list.
pub(super) fn by_position(facts: &Facts<'_>) -> Result<Built> {
    let classes = facts.texts("classes_strings")?.unwrap_or_default();
    let default_string = facts.text_or("default_string", "_Unused")?.to_owned();
    let default_int = facts.int_or("default_int64", -1)?;
    let strings = Tensor::from_strings([classes.len()], classes);
    let positions = (0i64..).take(strings.elements()).collect();
    let positions = Tensor::from_vec([strings.elements()], positions);
    let data_type = facts.data_type(0)?;
    let mapping = match data_type {
        DataType::String => Mapping {
            keys: Index::new(&strings)?,
            values: positions,
            default: Tensor::from_vec([1], vec![default_int]),
        },
        DataType::I64 => Mapping {
            keys: Index::new(&positions)?,
            values: strings,
            default: Tensor::from_strings([1], vec![default_string]),
        },
        other => {
            return Err(fault!(
                "input 0 has elements of {other}, expected string or int64"
            ));
        }
    };
    mapping.build(facts, data_type)
}

/// From version 2 on: keys and values of any type.
pub(super) fn by_key(facts: &Facts<'_>) -> Result<Built> {
    let keys = column(
        facts,
        ["keys_strings", "keys_int64s", "keys_floats", "keys_tensor"],
    )?;
    let values = column(
        facts,
        [
            "values_strings",
            "values_int64s",
            "values_floats",
            "values_tensor",
        ],
    )?;
    for one in [&keys, &values] {
        if !(one.data_type() == DataType::String || one.data_type().is_number()) {
            return Err(fault!(
                "keys or values of {} are not supported",
                one.data_type()
            ));
        }
    }
    let mapping = Mapping {
        keys: Index::new(&keys)?,
        default: default(facts, values.data_type())?,
        values,
    };
    mapping.build(facts, keys.data_type())
}

/// The one of four attributes that is given: strings, integers, floats, or a tensor.
fn column(facts: &Facts<'_>, names: [&str; 4]) -> Result<Tensor> {
    let [strings, ints, floats, tensor] = names;
    let found = [
        facts
            .texts(strings)?
            .map(|values| Tensor::from_strings([values.len()], values)),
        facts
            .ints(ints)?
            .map(|values| Tensor::from_vec([values.len()], values.to_vec())),
        facts
            .numbers(floats)?
            .map(|values| Tensor::from_vec([values.len()], values.to_vec())),
        facts.tensor(tensor)?.cloned(),
    ];
    // Exporters leave lists that they do not use empty.
    let mut given: Vec<Tensor> = found.into_iter().flatten().collect();
    if given.len() > 1 {
        given.retain(|column| column.elements() > 0);
    }
    match given.len() {
        1 => Ok(given.remove(0)),
        0 => Err(fault!("none of the attributes {names:?} is given")),
        _ => Err(fault!("several of the attributes {names:?} are given")),
    }
}

fn default(facts: &Facts<'_>, data_type: DataType) -> Result<Tensor> {
    let string = facts.text_or("default_string", "_Unused")?.to_owned();
    let int = facts.int_or("default_int64", -1)?;
    let float = facts.number_or("default_float", -0.0)?;
    if let Some(tensor) = facts.tensor("default_tensor")? {
        if tensor.data_type() != data_type {
            return Err(fault!(
                "default_tensor has elements of {}, expected {data_type}",
                tensor.data_type()
            ));
        }
        return Ok(tensor.clone());
    }
    if data_type == DataType::String {
        return Ok(Tensor::from_strings([1], vec![string]));
    }
    with_number!(data_type, T => {
        let value = if data_type.is_float() { T::from_f64(float.into()) } else { T::from_i64(int) };
        Ok(Tensor::from_vec([1], vec![value]))
    })
}
