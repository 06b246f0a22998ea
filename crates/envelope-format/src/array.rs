//! Arrays as numpy holds them: elements of one type, and a shape.
//!
//! The same elements are the columns of a [`Table`](crate::table::Table), where pandas adds two
//! types to numpy's: text with missing values, and times with a zone.

mod cast;
mod infer;

use half::f16;

use crate::value::{Items, NOT_A_TIME, Value};

pub(crate) use cast::{CastError, float, integer};

/// Elements of one type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Elements {
    /// `bool`
    Bool(Vec<bool>),
    /// `int8`
    Int8(Vec<i8>),
    /// `int16`
    Int16(Vec<i16>),
    /// `int32`
    Int32(Vec<i32>),
    /// `int64`
    Int64(Vec<i64>),
    /// `uint8`
    UInt8(Vec<u8>),
    /// `uint16`
    UInt16(Vec<u16>),
    /// `uint32`
    UInt32(Vec<u32>),
    /// `uint64`
    UInt64(Vec<u64>),
    /// `float16`
    Float16(Vec<f16>),
    /// `float32`
    Float32(Vec<f32>),
    /// `float64`
    Float64(Vec<f64>),
    /// `complex64` and `complex128`, of which JSON can give the real part alone
    Complex {
        /// Bits of one element.
        bits: u32,
        /// The real parts.
        real: Vec<f64>,
    },
    /// `str`; a missing text is pandas' alone
    Text(Vec<Option<Box<str>>>),
    /// `bytes`
    Bytes(Vec<Box<[u8]>>),
    /// `datetime64` of a unit, counted from 1970
    Time {
        /// What is counted.
        unit: TimeUnit,
        /// The counts, or [`NOT_A_TIME`].
        counts: Vec<i64>,
    },
    /// Points in time with a zone, which only pandas has, in nanoseconds since 1970
    ZonedTime(Vec<i64>),
    /// `object`: anything
    Object(Vec<Value>),
}

/// The unit of a `datetime64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeUnit {
    /// `ns`
    Nanosecond,
    /// `us`
    Microsecond,
    /// `ms`
    Millisecond,
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `D`
    Day,
}

impl TimeUnit {
    const ALL: [(TimeUnit, &'static str, i64); 7] = [
        (TimeUnit::Nanosecond, "datetime64[ns]", 1),
        (TimeUnit::Microsecond, "datetime64[us]", 1_000),
        (TimeUnit::Millisecond, "datetime64[ms]", 1_000_000),
        (TimeUnit::Second, "datetime64[s]", 1_000_000_000),
        (TimeUnit::Minute, "datetime64[m]", 60_000_000_000),
        (TimeUnit::Hour, "datetime64[h]", 3_600_000_000_000),
        (TimeUnit::Day, "datetime64[D]", 86_400_000_000_000),
    ];

    /// The unit of numpy's name, such as `datetime64[ns]`.
    pub(crate) fn of_dtype(name: &str) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, known, _)| *known == name);
        known.map(|(unit, _, _)| *unit)
    }

    fn dtype_name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(unit, _, _)| *unit == self);
        known.map_or("datetime64", |(_, name, _)| name)
    }

    /// How many nanoseconds one is.
    pub fn nanoseconds(self) -> i64 {
        let known = Self::ALL.iter().find(|(unit, _, _)| *unit == self);
        known.map_or(1, |(_, _, nanoseconds)| *nanoseconds)
    }
}

/// Elements in a shape.
///
/// # Shapes
/// The elements of the last dimension are next to each other; without dimensions, there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The size of each dimension.
    pub shape: Vec<usize>,
    /// The elements, in the order of the shape.
    pub elements: Elements,
}

/// Runs the same expression for the elements of each type.
macro_rules! each_elements {
    ($elements:expr, $all:ident => $body:expr) => {
        match $elements {
            Elements::Bool($all) => $body,
            Elements::Int8($all) => $body,
            Elements::Int16($all) => $body,
            Elements::Int32($all) => $body,
            Elements::Int64($all) => $body,
            Elements::UInt8($all) => $body,
            Elements::UInt16($all) => $body,
            Elements::UInt32($all) => $body,
            Elements::UInt64($all) => $body,
            Elements::Float16($all) => $body,
            Elements::Float32($all) => $body,
            Elements::Float64($all) | Elements::Complex { real: $all, .. } => $body,
            Elements::Text($all) => $body,
            Elements::Bytes($all) => $body,
            Elements::Time { counts: $all, .. } => $body,
            Elements::ZonedTime($all) => $body,
            Elements::Object($all) => $body,
        }
    };
}

/// The same for an expression that makes others of the same type.
macro_rules! map_elements {
    ($elements:expr, $all:ident => $body:expr) => {
        match $elements {
            Elements::Bool($all) => Elements::Bool($body),
            Elements::Int8($all) => Elements::Int8($body),
            Elements::Int16($all) => Elements::Int16($body),
            Elements::Int32($all) => Elements::Int32($body),
            Elements::Int64($all) => Elements::Int64($body),
            Elements::UInt8($all) => Elements::UInt8($body),
            Elements::UInt16($all) => Elements::UInt16($body),
            Elements::UInt32($all) => Elements::UInt32($body),
            Elements::UInt64($all) => Elements::UInt64($body),
            Elements::Float16($all) => Elements::Float16($body),
            Elements::Float32($all) => Elements::Float32($body),
            Elements::Float64($all) => Elements::Float64($body),
            Elements::Complex { bits, real: $all } => Elements::Complex {
                bits: *bits,
                real: $body,
            },
            Elements::Text($all) => Elements::Text($body),
            Elements::Bytes($all) => Elements::Bytes($body),
            Elements::Time { unit, counts: $all } => Elements::Time {
                unit: *unit,
                counts: $body,
            },
            Elements::ZonedTime($all) => Elements::ZonedTime($body),
            Elements::Object($all) => Elements::Object($body),
        }
    };
}

impl Elements {
    /// How many there are.
    pub fn len(&self) -> usize {
        each_elements!(self, all => all.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of their type, as numpy or pandas writes it; of `bytes`, without the size.
    pub fn dtype_name(&self) -> &'static str {
        match self {
            Elements::Bool(_) => "bool",
            Elements::Int8(_) => "int8",
            Elements::Int16(_) => "int16",
            Elements::Int32(_) => "int32",
            Elements::Int64(_) => "int64",
            Elements::UInt8(_) => "uint8",
            Elements::UInt16(_) => "uint16",
            Elements::UInt32(_) => "uint32",
            Elements::UInt64(_) => "uint64",
            Elements::Float16(_) => "float16",
            Elements::Float32(_) => "float32",
            Elements::Float64(_) => "float64",
            Elements::Complex { bits: 64, .. } => "complex64",
            Elements::Complex { .. } => "complex128",
            Elements::Text(_) => "str",
            Elements::Bytes(_) => "bytes",
            Elements::Time { unit, .. } => unit.dtype_name(),
            Elements::ZonedTime(_) => "datetime64[ns, UTC]",
            Elements::Object(_) => "object",
        }
    }

    /// The element at a place, if it is within.
    pub fn get(&self, place: usize) -> Option<Value> {
        match self {
            Elements::Bool(all) => all.get(place).map(|one| Value::Bool(*one)),
            Elements::Int8(all) => all.get(place).map(|one| Value::Int((*one).into())),
            Elements::Int16(all) => all.get(place).map(|one| Value::Int((*one).into())),
            Elements::Int32(all) => all.get(place).map(|one| Value::Int((*one).into())),
            Elements::Int64(all) => all.get(place).map(|one| Value::Int(*one)),
            Elements::UInt8(all) => all.get(place).map(|one| Value::Int((*one).into())),
            Elements::UInt16(all) => all.get(place).map(|one| Value::Int((*one).into())),
            Elements::UInt32(all) => all.get(place).map(|one| Value::Int((*one).into())),
            Elements::UInt64(all) => all.get(place).map(|one| integer_value(*one)),
            Elements::Float16(all) => all.get(place).map(|one| Value::Float((*one).into())),
            Elements::Float32(all) => all.get(place).map(|one| Value::Float((*one).into())),
            Elements::Float64(all) | Elements::Complex { real: all, .. } => {
                all.get(place).map(|one| Value::Float(*one))
            }
            Elements::Text(all) => all.get(place).map(|one| match one {
                Some(text) => Value::Text(text.clone()),
                None => Value::Float(f64::NAN),
            }),
            Elements::Bytes(all) => all.get(place).map(|one| Value::Bytes(one.clone())),
            Elements::Time { unit, counts } => counts.get(place).map(|count| {
                let is_time = *count != NOT_A_TIME;
                let nanoseconds = count.checked_mul(unit.nanoseconds());
                Value::Time(nanoseconds.filter(|_| is_time).unwrap_or(NOT_A_TIME))
            }),
            Elements::ZonedTime(all) => all.get(place).map(|one| Value::Time(*one)),
            Elements::Object(all) => all.get(place).cloned(),
        }
    }

    /// The elements one by one.
    pub fn iter(&self) -> impl Iterator<Item = Value> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// The elements as values, each as [`Elements::get`] gives it.
    pub(crate) fn into_values(self) -> Vec<Value> {
        match self {
            Elements::Object(all) => all,
            other => other.iter().collect(),
        }
    }

    /// Takes them away, and leaves none.
    pub(crate) fn take(&mut self) -> Elements {
        std::mem::replace(self, Elements::Object(Vec::new()))
    }

    /// Those from one place to another.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Elements {
        map_elements!(self, all => all[range].to_vec())
    }

    /// Those at these places, which are within.
    pub(crate) fn pick(&self, places: impl Iterator<Item = usize>) -> Elements {
        map_elements!(self, all => picked(all, places))
    }
}

fn picked<T: Clone>(all: &[T], places: impl Iterator<Item = usize>) -> Vec<T> {
    places.filter_map(|place| all.get(place).cloned()).collect()
}

fn integer_value(integer: u64) -> Value {
    match i64::try_from(integer) {
        Ok(integer) => Value::Int(integer),
        Err(_) => Value::Big(integer.to_string().into()),
    }
}

impl Array {
    /// Elements in a row.
    pub fn of_row(elements: Elements) -> Self {
        Self {
            shape: vec![elements.len()],
            elements,
        }
    }

    /// The first element, if there is any.
    pub(crate) fn first(&self) -> Option<Value> {
        self.elements.get(0)
    }

    /// The size of the first dimension; 1 without dimensions.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// What the first dimension holds at a place: an array with one dimension less, or an element.
    pub(crate) fn row(&self, place: usize) -> Value {
        let rest = &self.shape[1..];
        let size: usize = rest.iter().product();
        if rest.is_empty() {
            return self.elements.get(place).unwrap_or(Value::Null);
        }
        Value::Array(Box::new(Array {
            shape: rest.to_vec(),
            elements: self.elements.slice(place * size..(place + 1) * size),
        }))
    }

    /// Lists within lists, as numpy's `tolist` gives; without dimensions, the element.
    pub fn to_value(&self) -> Value {
        self.nested(&self.shape, &mut 0)
    }

    fn nested(&self, shape: &[usize], next: &mut usize) -> Value {
        let Some((size, inner)) = shape.split_first() else {
            *next += 1;
            return self.elements.get(*next - 1).unwrap_or(Value::Null);
        };
        let items: Items = (0..*size).map(|_| self.nested(inner, next)).collect();
        Value::List(Box::new(items))
    }

    /// The shape as Python writes a tuple.
    pub(crate) fn shape_text(&self) -> String {
        tuple(self.shape.iter())
    }
}

/// Sizes as Python writes a tuple.
pub(crate) fn tuple<T: ToString>(sizes: impl Iterator<Item = T>) -> String {
    let sizes: Vec<String> = sizes.map(|size| size.to_string()).collect();
    match sizes.as_slice() {
        [one] => format!("({one},)"),
        all => format!("({})", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_lists_within_lists() {
        let array = Array {
            shape: vec![2, 2],
            elements: Elements::Int8(vec![1, 2, 3, 4]),
        };
        assert_eq!(array.to_value().to_str(), "[[1, 2], [3, 4]]");
        assert_eq!(
            array.row(1),
            Value::Array(Box::new(Array::of_row(Elements::Int8(vec![3, 4]))))
        );
        assert_eq!(array.shape_text(), "(2, 2)");
        assert_eq!(
            Array::of_row(Elements::Bool(vec![true])).shape_text(),
            "(1,)"
        );
    }
}
