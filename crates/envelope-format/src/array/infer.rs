//! `numpy.array(value)`: the type that values have in common.

use super::cast::{CastError, shape};
use super::{Array, Elements};
use crate::data_type::TensorDtype;
use crate::value::{Items, Value};

/// What the elements met so far have in common, in the order in which numpy widens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Common {
    Nothing,
    Bool,
    Int,
    /// Whole numbers of which some need all 64 bits for themselves.
    UInt,
    Float,
    Text,
    /// The type of arrays, by its name.
    Other(&'static str),
    Object,
}

impl Common {
    fn of(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Common::Bool,
            Value::Int(_) => Common::Int,
            Value::Big(digits) if digits.parse::<u64>().is_ok() => Common::UInt,
            Value::Float(_) => Common::Float,
            Value::Text(_) => Common::Text,
            Value::Array(array) | Value::Scalar(array) => Common::of_elements(&array.elements),
            Value::Bytes(_) => Common::Other("bytes"),
            _ => Common::Object,
        }
    }

    fn of_elements(elements: &Elements) -> Self {
        match elements {
            Elements::Bool(_) => Common::Bool,
            Elements::Int64(_) => Common::Int,
            Elements::UInt64(_) => Common::UInt,
            Elements::Float64(_) => Common::Float,
            Elements::Text(_) => Common::Text,
            Elements::Object(_) => Common::Object,
            other => Common::Other(other.dtype_name()),
        }
    }

    /// What both have in common.
    fn join(self, other: Self) -> Self {
        use Common::{Bool, Float, Int, Nothing, Object, Text, UInt};
        match (self, other) {
            (Nothing, one) | (one, Nothing) => one,
            (one, other) if one == other => one,
            (Bool, Int) | (Int, Bool) => Int,
            (Bool, UInt) | (UInt, Bool) => UInt,
            (Int | UInt | Bool, Float) | (Float, Int | UInt | Bool) | (Int, UInt) | (UInt, Int) => {
                Float
            }
            (Text, Bool | Int | UInt | Float) | (Bool | Int | UInt | Float, Text) => Text,
            _ => Object,
        }
    }

    fn dtype(&self) -> &'static str {
        match self {
            Common::Nothing | Common::Float => "float64",
            Common::Bool => "bool",
            Common::Int => "int64",
            Common::UInt => "uint64",
            Common::Text => "str",
            Common::Other(name) => name,
            Common::Object => "object",
        }
    }
}

impl Array {
    /// Makes an array of the type that its elements have in common.
    pub(crate) fn infer(value: &Value) -> Result<Self, CastError> {
        let (shape, is_ragged) = shape(value);
        if is_ragged {
            return Err(CastError::new(format!(
                "found lists of different lengths or depths after {} dimensions, expected one shape",
                shape.len()
            )));
        }
        let common = common(value);
        let dtype: Result<TensorDtype, _> = common.dtype().parse();
        let dtype = dtype.map_err(|error| CastError::new(error.to_string()))?;
        Array::cast(value, &dtype)
    }
}

fn common(value: &Value) -> Common {
    let Value::List(items) = value else {
        return Common::of(value);
    };
    let of_kind = |kind: Common, is_empty: bool| if is_empty { Common::Nothing } else { kind };
    match &**items {
        Items::Bools(all) => of_kind(Common::Bool, all.is_empty()),
        Items::Ints(all) => of_kind(Common::Int, all.is_empty()),
        Items::Floats(all) => of_kind(Common::Float, all.is_empty()),
        Items::Texts(all) => of_kind(Common::Text, all.is_empty()),
        Items::Values(all) => {
            let each = all.iter().map(common);
            each.fold(Common::Nothing, Common::join)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    #[test]
    fn types_are_inferred_as_numpy_infers_them() {
        for (json, expected) in [
            ("[]", "float64 (0,) []"),
            ("5", "int64 () 5"),
            ("[true, 2]", "int64 (2,) [1, 2]"),
            ("[1, 2.5]", "float64 (2,) [1.0, 2.5]"),
            ("[9223372036854775808]", "uint64 (1,) [9223372036854775808]"),
            ("[1, \"a\"]", "str (2,) ['1', 'a']"),
            ("[null, 1]", "object (2,) [None, 1]"),
            ("[{\"a\": 1}]", "object (1,) [{'a': 1}]"),
            (
                "[[1, 2], [3, 4.5]]",
                "float64 (2, 2) [[1.0, 2.0], [3.0, 4.5]]",
            ),
        ] {
            let value = Value::from(&Json::parse(json.as_bytes()).unwrap());
            let array = Array::infer(&value).unwrap();
            let (name, shape) = (array.elements.dtype_name(), array.shape_text());
            let found = format!("{name} {shape} {}", array.to_value().to_str());
            assert_eq!(found, expected, "{json}");
        }
    }
}
