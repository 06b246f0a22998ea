//! Maps: `ZipMap` makes them, `DictVectorizer` and `CastMap` take them apart.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::category::Index;
use super::label::Mapping;
use crate::data_type::DataType;
use crate::element::{Number as _, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::ops::ml_scores::{Labels, Rows};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

pub(super) fn zip(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, |data_type| data_type == DataType::F32)?;
    let labels = Labels::read(facts, "classlabels_int64s", "classlabels_strings")?;
    let is_twice = match &labels {
        Labels::Ints(labels) => labels.iter().collect::<HashSet<_>>().len() != labels.len(),
        Labels::Strings(labels) => labels.iter().collect::<HashSet<_>>().len() != labels.len(),
    };
    if is_twice {
        return Err(fault!("a key is there twice"));
    }
    let keys = labels.all();
    let map = ValueType::Map(keys.data_type(), DataType::F32);
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let rows = Rows::<f32>::of(inputs.tensor(0)?)?;
        if rows.width != keys.elements() {
            return Err(fault!(
                "rows have {} values, expected one for each of {} keys",
                rows.width,
                keys.elements()
            ));
        }
        let map = |row: usize| Value::Map {
            keys: keys.clone(),
            values: Tensor::from_vec([rows.width], rows.row(row).to_vec()),
        };
        let maps = (0..rows.count).map(map).collect();
        Ok(one(Value::Sequence(Arc::new(maps))))
    };
    Ok(Built::one(ValueType::Sequence(Box::new(map)), operator))
}

/// The types of the keys and values of an input that is a map.
fn map_types(facts: &Facts<'_>) -> Result<(DataType, DataType)> {
    match facts.value_type(0)? {
        ValueType::Map(keys, values) => Ok((*keys, *values)),
        other => Err(fault!("input 0 is {other}, expected a map")),
    }
}

fn parts(inputs: &Inputs) -> Result<(&Tensor, &Tensor)> {
    match inputs.value(0)? {
        Value::Map { keys, values } if keys.elements() == values.elements() => Ok((keys, values)),
        Value::Map { keys, values } => Err(fault!(
            "a map has {} keys and {} values",
            keys.elements(),
            values.elements()
        )),
        other => Err(fault!("found {}, expected a map", other.kind())),
    }
}

pub(super) fn vectorizer(facts: &Facts<'_>) -> Result<Built> {
    let (key_type, value_type) = map_types(facts)?;
    let vocabulary = Labels::read(facts, "int64_vocabulary", "string_vocabulary")?;
    if vocabulary.data_type() != key_type {
        return Err(fault!(
            "the keys are {key_type}, but the vocabulary is {}",
            vocabulary.data_type()
        ));
    }
    let absent = match value_type {
        DataType::String => Tensor::from_strings([1], vec![String::new()]),
        DataType::F32 | DataType::F64 | DataType::I64 => with_number!(value_type, T => {
            Ok(Tensor::from_vec([1], vec![T::from_i64(0)]))
        })?,
        other => return Err(fault!("values of {other} are not supported")),
    };
    let vocabulary = vocabulary.all();
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let (keys, values) = parts(&inputs)?;
        let mapping = Mapping {
            keys: Index::new(keys)?,
            values: values.clone(),
            default: absent.clone(),
        };
        let vector = mapping.apply(&vocabulary)?;
        // As a matrix of one row, which is what onnxruntime and the exporters have.
        let shape = [1, vocabulary.elements()];
        Ok(one(vector.reshaped(Shape::from(shape))?))
    };
    Ok(Built::one(value_type, operator))
}

/// An element of a map that is cast.
#[derive(Clone, Copy)]
enum Item<'a> {
    Number(f32),
    Text(&'a str),
}

impl Item<'_> {
    fn to_float(self) -> Result<f32> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Text(text) => parsed(text),
        }
    }

    fn to_int(self) -> Result<i64> {
        match self {
            Self::Number(number) => Ok(number.to_i64()),
            Self::Text(text) => parsed(text),
        }
    }

    fn to_text(self) -> String {
        match self {
            // With the six digits that the C++ library writes.
            Self::Number(number) => format!("{number:.6}"),
            Self::Text(text) => text.to_owned(),
        }
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T> {
    let found = text.trim().parse();
    found.map_err(|_| fault!("`{text}` is no number"))
}

/// What a map is cast to, and how many elements there are where its keys are positions.
#[derive(Clone, Copy)]
struct Cast {
    to: DataType,
    positions: Option<usize>,
}

pub(super) fn cast(facts: &Facts<'_>) -> Result<Built> {
    match map_types(facts)? {
        (DataType::I64, DataType::F32 | DataType::String) => {}
        (keys, values) => {
            return Err(fault!("maps from {keys} to {values} are not supported"));
        }
    }
    let to = match facts.text_or("cast_to", "TO_FLOAT")? {
        "TO_FLOAT" => DataType::F32,
        "TO_INT64" => DataType::I64,
        "TO_STRING" => DataType::String,
        other => return Err(fault!("cast_to `{other}` is not known")),
    };
    let length = facts.int_or("max_map", 1)?;
    let positions = match facts.text_or("map_form", "DENSE")? {
        "DENSE" => None,
        "SPARSE" => Some(usize::try_from(length).map_err(|_| fault!("max_map is {length}"))?),
        other => return Err(fault!("map_form `{other}` is not known")),
    };
    let cast = Cast { to, positions };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (keys, values) = parts(&inputs)?;
        let items: Vec<Item<'_>> = match values.as_strings() {
            Some(strings) => strings.iter().map(|text| Item::Text(text)).collect(),
            None => values
                .values::<f32>()?
                .iter()
                .map(|&v| Item::Number(v))
                .collect(),
        };
        let map: BTreeMap<i64, Item<'_>> = keys.integers()?.into_iter().zip(items).collect();
        Ok(one(cast.run(&map, context)?))
    };
    Ok(Built::one(to, operator))
}

impl Cast {
    fn run(self, map: &BTreeMap<i64, Item<'_>>, context: &Context<'_>) -> Result<Tensor> {
        let length = self.positions.unwrap_or(map.len());
        let shape = Shape::from([1, length]);
        // A string takes some memory even where it is empty.
        let data_type = if self.to == DataType::String {
            DataType::Complex128
        } else {
            self.to
        };
        context.room_for(&shape, data_type)?;
        match self.to {
            DataType::F32 => {
                let values = self.placed(map, length, 0.0, Item::to_float)?;
                Ok(Tensor::from_vec(shape, values))
            }
            DataType::I64 => {
                let values = self.placed(map, length, 0, Item::to_int)?;
                Ok(Tensor::from_vec(shape, values))
            }
            _ => {
                let values =
                    self.placed(map, length, "0.f".to_owned(), |item| Ok(item.to_text()))?;
                Ok(Tensor::from_strings(shape, values))
            }
        }
    }

    /// The items in the order of their keys, or each where its key says.
    fn placed<'a, T: Clone>(
        self,
        map: &BTreeMap<i64, Item<'a>>,
        length: usize,
        absent: T,
        convert: impl Fn(Item<'a>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut values = vec![absent; length];
        for (order, (&key, &item)) in map.iter().enumerate() {
            let place = match self.positions {
                None => Some(order),
                Some(_) => usize::try_from(key).ok(),
            };
            let place = place.filter(|&place| place < length);
            let place = place.ok_or_else(|| fault!("key {key} is outside 0..{length}"))?;
            values[place] = convert(item)?;
        }
        Ok(values)
    }
}
