//! Categories that are looked up in a list: `OneHotEncoder`, `CategoryMapper`, and the index that
//! they and `LabelEncoder` use.

use std::collections::HashMap;

use super::label::Mapping;
use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Where each key lies in a list; the last of equals counts, and NaN is a key like others.
pub(super) struct Index {
    places: Places,
    length: usize,
}

enum Places {
    Strings(HashMap<String, usize>),
    /// By the bits of the numbers.
    Numbers(HashMap<u64, usize>),
}

impl Index {
    pub(super) fn new(keys: &Tensor) -> Result<Self> {
        let places = if keys.data_type() == DataType::String {
            let strings = keys.strings()?.iter().cloned();
            Places::Strings(strings.zip(0..).collect())
        } else {
            let numbers = with_number!(keys.data_type(), T => Ok(bits::<T>(&keys.values::<T>()?)));
            Places::Numbers(numbers?.into_iter().zip(0..).collect())
        };
        Ok(Self {
            places,
            length: keys.elements(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Where each element lies, for tensors of the keys' type.
    pub(super) fn find(&self, x: &Tensor) -> Result<Vec<Option<usize>>> {
        match &self.places {
            Places::Strings(places) => {
                let strings = x.strings()?.iter();
                Ok(strings.map(|text| places.get(text).copied()).collect())
            }
            Places::Numbers(places) => {
                let numbers = with_number!(x.data_type(), T => Ok(bits::<T>(&x.values::<T>()?)))?;
                Ok(numbers
                    .iter()
                    .map(|bits| places.get(bits).copied())
                    .collect())
            }
        }
    }
}

/// Bits that are the same for equal numbers of one type.
fn bits<T: Number>(values: &[T]) -> Vec<u64> {
    let of_float = |value: f64| {
        if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            // Both zeros are the same number.
            (value + 0.0).to_bits()
        }
    };
    if T::TYPE.is_float() {
        values
            .iter()
            .map(|value| of_float(value.to_f64()))
            .collect()
    } else {
        values
            .iter()
            .map(|value| value.to_i64().cast_unsigned())
            .collect()
    }
}

pub(super) fn mapper(facts: &Facts<'_>) -> Result<Built> {
    let ints = facts.ints("cats_int64s")?.unwrap_or_default().to_vec();
    let strings = facts.texts("cats_strings")?.unwrap_or_default();
    let default_string = facts.text_or("default_string", "_Unused")?.to_owned();
    let default_int = facts.int_or("default_int64", -1)?;
    let ints = Tensor::from_vec([ints.len()], ints);
    let strings = Tensor::from_strings([strings.len()], strings);
    let data_type = facts.data_type(0)?;
    let mapping = match data_type {
        DataType::String => Mapping {
            keys: Index::new(&strings)?,
            values: ints,
            default: Tensor::from_vec([1], vec![default_int]),
        },
        DataType::I64 => Mapping {
            keys: Index::new(&ints)?,
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

pub(super) fn one_hot(facts: &Facts<'_>) -> Result<Built> {
    let ints = facts.ints("cats_int64s")?.unwrap_or_default().to_vec();
    let strings = facts.texts("cats_strings")?.unwrap_or_default();
    let unknown_is_zeros = facts.flag("zeros", true)?;
    let data_type = facts.data_type_where(0, |data_type| {
        data_type == DataType::String || crate::ops::ml_scores::is_feature(data_type)
    })?;
    let categories = match (ints.is_empty(), strings.is_empty()) {
        (false, true) => Tensor::from_vec([ints.len()], ints),
        (true, false) => Tensor::from_strings([strings.len()], strings),
        _ => return Err(fault!("one of cats_int64s and cats_strings must be given")),
    };
    let is_text = categories.data_type() == DataType::String;
    if is_text != (data_type == DataType::String) {
        return Err(fault!(
            "input 0 has elements of {data_type}, but the categories are {}",
            categories.data_type()
        ));
    }
    let index = Index::new(&categories)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let places = if is_text {
            index.find(x)?
        } else {
            whole(&index, x)?
        };
        let width = index.len();
        let shape: Shape = x.shape().iter().copied().chain([width]).collect();
        let mut hot = vec![0f32; context.room_for(&shape, DataType::F32)?];
        for (row, place) in hot.chunks_mut(width).zip(&places) {
            match place {
                Some(place) => row[*place] = 1.0,
                None if unknown_is_zeros => {}
                None => return Err(fault!("an element is none of the {width} categories")),
            }
        }
        Ok(one(Tensor::from_vec(shape, hot)))
    };
    Ok(Built::one(DataType::F32, operator))
}

/// Where the numbers lie when they are cut off to integers; what no integer is near to is nowhere.
fn whole(index: &Index, x: &Tensor) -> Result<Vec<Option<usize>>> {
    let (wholes, is_number) = with_number!(x.data_type(), T => {
        let values = x.values::<T>()?;
        let wholes: Vec<i64> = values.iter().map(|value| value.to_i64()).collect();
        let is_number: Vec<bool> = values.iter().map(|value| !value.to_f64().is_nan()).collect();
        Ok((wholes, is_number))
    })?;
    let places = index.find(&Tensor::from_vec([wholes.len()], wholes))?;
    let places = places.into_iter().zip(is_number);
    Ok(places
        .map(|(place, is_number)| place.filter(|_| is_number))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_one_key() {
        let keys = Tensor::from_vec([4], vec![0.0f32, f32::NAN, 1.5, 1.5]);
        let index = Index::new(&keys).unwrap();
        let x = Tensor::from_vec([4], vec![-0.0f32, -f32::NAN, 1.5, 2.0]);
        let expected = vec![Some(0), Some(1), Some(3), None];
        assert_eq!(index.find(&x).unwrap(), expected);
    }

    #[test]
    fn floats_are_cut_off_to_categories() {
        let index = Index::new(&Tensor::from_vec([2], vec![0i64, 3])).unwrap();
        let x = Tensor::from_vec([4], vec![0.9f32, 3.0, f32::NAN, f32::INFINITY]);
        let expected = vec![Some(0), Some(1), None, None];
        assert_eq!(whole(&index, &x).unwrap(), expected);
    }
}
