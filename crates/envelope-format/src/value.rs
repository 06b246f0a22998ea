//! Values as Python holds them: what `json.loads` gives, and what pandas and numpy make of it.
//!
//! A list of one kind of number, truth or text is packed ([`Items`]): a tensor of a million numbers
//! takes eight bytes for each, not a tree. Which values a signature takes is not known here.

mod other;
pub(crate) mod python;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;

use crate::array::Array;
use crate::json::{Json, Number, object};

pub use other::Other;

/// The nanoseconds that stand for "not a time", as in numpy.
pub const NOT_A_TIME: i64 = i64::MIN;

/// One value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`
    Null,
    /// `True` or `False`
    Bool(bool),
    /// An integer of at most 64 bits with sign
    Int(i64),
    /// A larger integer, in decimal digits
    Big(Box<str>),
    /// A double
    Float(f64),
    /// A text
    Text(Box<str>),
    /// Bytes
    Bytes(Box<[u8]>),
    /// A point in time, in nanoseconds since 1970, or [`NOT_A_TIME`]
    Time(i64),
    /// A list
    List(Box<Items>),
    /// A dictionary with text keys
    Map(Box<IndexMap<Box<str>, Value>>),
    /// An array of numpy's
    Array(Box<Array>),
    /// A scalar of numpy's, which keeps its type: an array without dimensions
    Scalar(Box<Array>),
    /// A date, a time of day, a span, a decimal or a tuple
    Other(Box<Other>),
}

/// The items of a list, packed while they are of one kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Items {
    /// Truth values
    Bools(Vec<bool>),
    /// Integers of at most 64 bits with sign
    Ints(Vec<i64>),
    /// Doubles
    Floats(Vec<f64>),
    /// Texts
    Texts(Vec<Box<str>>),
    /// Anything
    Values(Vec<Value>),
}

impl Default for Items {
    fn default() -> Self {
        Items::Values(Vec::new())
    }
}

impl Items {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Items::Bools(all) => all.len(),
            Items::Ints(all) => all.len(),
            Items::Floats(all) => all.len(),
            Items::Texts(all) => all.len(),
            Items::Values(all) => all.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at a place that is within the list.
    pub fn get(&self, place: usize) -> Option<Value> {
        match self {
            Items::Bools(all) => all.get(place).map(|one| Value::Bool(*one)),
            Items::Ints(all) => all.get(place).map(|one| Value::Int(*one)),
            Items::Floats(all) => all.get(place).map(|one| Value::Float(*one)),
            Items::Texts(all) => all.get(place).map(|one| Value::Text(one.clone())),
            Items::Values(all) => all.get(place).cloned(),
        }
    }

    /// The items one by one.
    pub fn iter(&self) -> impl Iterator<Item = Value> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// Appends an item; what is of another kind than those before unpacks them.
    pub fn push(&mut self, item: Value) {
        match (&mut *self, item) {
            (Items::Bools(all), Value::Bool(item)) => all.push(item),
            (Items::Ints(all), Value::Int(item)) => all.push(item),
            (Items::Floats(all), Value::Float(item)) => all.push(item),
            (Items::Texts(all), Value::Text(item)) => all.push(item),
            (Items::Values(all), item) if all.is_empty() => *self = Items::of_first(item),
            (Items::Values(all), item) => all.push(item),
            (_, item) => {
                let mut all = std::mem::take(self).into_values();
                all.push(item);
                *self = Items::Values(all);
            }
        }
    }

    /// Takes the last item away.
    pub(crate) fn pop(&mut self) {
        match self {
            Items::Bools(all) => drop(all.pop()),
            Items::Ints(all) => drop(all.pop()),
            Items::Floats(all) => drop(all.pop()),
            Items::Texts(all) => drop(all.pop()),
            Items::Values(all) => drop(all.pop()),
        }
    }

    /// A list of one item, of that item's kind.
    fn of_first(item: Value) -> Self {
        match item {
            Value::Bool(item) => Items::Bools(vec![item]),
            Value::Int(item) => Items::Ints(vec![item]),
            Value::Float(item) => Items::Floats(vec![item]),
            Value::Text(item) => Items::Texts(vec![item]),
            item => Items::Values(vec![item]),
        }
    }

    /// The items as values.
    pub fn into_values(self) -> Vec<Value> {
        match self {
            Items::Bools(all) => all.into_iter().map(Value::Bool).collect(),
            Items::Ints(all) => all.into_iter().map(Value::Int).collect(),
            Items::Floats(all) => all.into_iter().map(Value::Float).collect(),
            Items::Texts(all) => all.into_iter().map(Value::Text).collect(),
            Items::Values(all) => all,
        }
    }
}

impl FromIterator<Value> for Items {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut items = Items::default();
        for value in values {
            items.push(value);
        }
        items
    }
}

impl Value {
    /// A list of values.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Self {
        Value::List(Box::new(values.into_iter().collect()))
    }

    /// A text.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Value::Text(text.into())
    }

    /// Whether pandas counts it as missing.
    pub(crate) fn is_null_or_nan(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Float(float) => float.is_nan(),
            Value::Time(time) => *time == NOT_A_TIME,
            _ => false,
        }
    }

    /// The value as JSON: arrays as lists, bytes as text in base64, times as numbers.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) | Value::Time(value) => (*value).into(),
            Value::Big(digits) => Json::Number(Number::from_digits(digits)),
            Value::Float(value) => (*value).into(),
            Value::Text(text) => (&**text).into(),
            Value::Bytes(bytes) => STANDARD.encode(bytes).into(),
            Value::List(items) => Json::Array(items.iter().map(|one| one.to_json()).collect()),
            Value::Map(map) => {
                let entries = map.iter();
                object(entries.map(|(key, value)| (&**key, value.to_json())))
            }
            Value::Array(array) | Value::Scalar(array) => array.to_value().to_json(),
            Value::Other(other) => other.to_string().into(),
        }
    }

    /// What is in a list, if this is one.
    pub fn as_list(&self) -> Option<&Items> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// What is in a dictionary, if this is one.
    pub fn as_map(&self) -> Option<&IndexMap<Box<str>, Value>> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => number.into(),
            Json::String(text) => Value::text(text.as_str()),
            Json::Array(items) => Value::list(items.iter().map(Value::from)),
            Json::Object(map) => Value::Map(Box::new(
                map.iter()
                    .map(|(key, value)| (key.as_str().into(), value.into()))
                    .collect(),
            )),
        }
    }
}

impl From<&Number> for Value {
    fn from(number: &Number) -> Self {
        match number.as_i64() {
            Some(integer) => Value::Int(integer),
            None if number.is_integer() => Value::Big(number.to_python_string().into()),
            None => Value::Float(number.as_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_packed_while_of_one_kind() {
        let mut items = Items::default();
        items.push(Value::Int(1));
        items.push(Value::Int(2));
        assert_eq!(items, Items::Ints(vec![1, 2]));
        items.push(Value::Float(0.5));
        let all = [Value::Int(1), Value::Int(2), Value::Float(0.5)];
        assert_eq!(items, Items::Values(all.to_vec()));
        assert_eq!(items.get(2), Some(Value::Float(0.5)));
        assert_eq!((items.len(), items.get(3)), (3, None));
    }

    #[test]
    fn numbers_keep_what_they_are() {
        let value = |text: &str| Value::from(&Json::parse(text.as_bytes()).unwrap());
        assert_eq!(value("5"), Value::Int(5));
        assert_eq!(value("5.0"), Value::Float(5.0));
        assert_eq!(
            value("9223372036854775808"),
            Value::Big("9223372036854775808".into())
        );
        assert_eq!(value("-0"), Value::Int(0));
    }
}
