//! `numpy.array(value, dtype)`: what becomes an element of a type, and what is refused.

use half::f16;

use super::{Array, Elements, TimeUnit};
use crate::data_type::TensorDtype;
use crate::signature::Moment;
use crate::value::{Items, NOT_A_TIME, Other, Value, python};

/// Why a value cannot become an element, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CastError {
    pub(crate) message: String,
}

impl CastError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    fn expected(value: &Value, expected: &str) -> Self {
        let found = value.type_name();
        let text: String = value.to_repr().chars().take(60).collect();
        Self::new(format!("found {found} `{text}`, expected {expected}"))
    }
}

type Cast<T> = Result<T, CastError>;

impl Array {
    /// Makes an array of a type of a value that is not needed any more: a packed list of the type
    /// becomes its elements.
    pub(crate) fn cast_into(value: Value, dtype: &TensorDtype) -> Cast<Self> {
        let Value::List(items) = value else {
            return Self::cast(&value, dtype);
        };
        let elements = match (*items, dtype.name()) {
            (Items::Bools(all), "bool") => Elements::Bool(all),
            (Items::Ints(all), "int64") => Elements::Int64(all),
            (Items::Floats(all), "float64") => Elements::Float64(all),
            (Items::Texts(all), "str") if !all.iter().any(|text| text.ends_with('\0')) => {
                Elements::Text(all.into_iter().map(Some).collect())
            }
            (items, _) => return Self::cast(&Value::List(Box::new(items)), dtype),
        };
        Ok(Array::of_row(elements))
    }

    /// Makes an array of a type.
    pub(crate) fn cast(value: &Value, dtype: &TensorDtype) -> Cast<Self> {
        let mut elements = Elements::empty(dtype)?;
        let (shape, is_ragged) = shape(value);
        if is_ragged && !matches!(elements, Elements::Object(_)) {
            return Err(CastError::new(format!(
                "found lists of different lengths or depths after {} dimensions, expected one shape",
                shape.len()
            )));
        }
        elements.push_all(value, shape.len())?;
        Ok(Array { shape, elements })
    }
}

/// The shape that nested lists have, and whether some are of other lengths than the rest: then,
/// of the dimensions that all share.
pub(super) fn shape(value: &Value) -> (Vec<usize>, bool) {
    match value {
        Value::List(items) => match &**items {
            Items::Values(values) => shape_of_list(values),
            packed => (vec![packed.len()], false),
        },
        Value::Array(array) => (array.shape.clone(), false),
        _ => (Vec::new(), false),
    }
}

fn shape_of_list(values: &[Value]) -> (Vec<usize>, bool) {
    let mut inner: Option<Vec<usize>> = None;
    let mut is_ragged = false;
    for value in values {
        let (found, inner_is_ragged) = shape(value);
        is_ragged |= inner_is_ragged;
        match &mut inner {
            None => inner = Some(found),
            Some(known) if *known == found => {}
            Some(known) => {
                is_ragged = true;
                let shared = known.iter().zip(&found).take_while(|(a, b)| a == b);
                let shared = shared.count();
                known.truncate(shared);
            }
        }
    }
    let mut shape = vec![values.len()];
    shape.extend(inner.unwrap_or_default());
    (shape, is_ragged)
}

impl Elements {
    /// No elements of a type.
    pub(crate) fn empty(dtype: &TensorDtype) -> Cast<Self> {
        Ok(match dtype.name() {
            "bool" => Elements::Bool(Vec::new()),
            "int8" => Elements::Int8(Vec::new()),
            "int16" => Elements::Int16(Vec::new()),
            "int32" => Elements::Int32(Vec::new()),
            "int64" => Elements::Int64(Vec::new()),
            "uint8" => Elements::UInt8(Vec::new()),
            "uint16" => Elements::UInt16(Vec::new()),
            "uint32" => Elements::UInt32(Vec::new()),
            "uint64" => Elements::UInt64(Vec::new()),
            "float16" => Elements::Float16(Vec::new()),
            "float32" => Elements::Float32(Vec::new()),
            "float64" => Elements::Float64(Vec::new()),
            "complex64" | "complex128" => Elements::Complex {
                bits: dtype.bits(),
                real: Vec::new(),
            },
            "str" => Elements::Text(Vec::new()),
            "bytes" => Elements::Bytes(Vec::new()),
            "object" => Elements::Object(Vec::new()),
            name => {
                let Some(unit) = TimeUnit::of_dtype(name) else {
                    return Err(CastError::new(format!(
                        "found values for `{name}`, which cannot be read from a request"
                    )));
                };
                Elements::Time {
                    unit,
                    counts: Vec::new(),
                }
            }
        })
    }

    /// Appends what is at a depth of nested lists.
    fn push_all(&mut self, value: &Value, depth: usize) -> Cast<()> {
        if depth == 0 {
            return self.push(value);
        }
        match value {
            Value::List(items) => self.push_items(items, depth - 1),
            Value::Array(array) => {
                if depth == array.shape.len() {
                    return array.elements.iter().try_for_each(|one| self.push(&one));
                }
                (0..array.rows()).try_for_each(|row| self.push_all(&array.row(row), depth - 1))
            }
            other => self.push(other),
        }
    }

    fn push_items(&mut self, items: &Items, depth: usize) -> Cast<()> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "numpy rounds to the narrower type as well"
        )]
        match (&mut *self, items) {
            (Elements::Float64(all), Items::Floats(items)) => all.extend(items),
            (Elements::Float32(all), Items::Floats(items)) => {
                all.extend(items.iter().map(|one| *one as f32));
            }
            (Elements::Int64(all), Items::Ints(items)) => all.extend(items),
            (_, Items::Values(values)) => {
                return values
                    .iter()
                    .try_for_each(|value| self.push_all(value, depth));
            }
            (_, packed) => return packed.iter().try_for_each(|value| self.push(&value)),
        }
        Ok(())
    }

    /// Appends one value, as numpy sets an element.
    pub(crate) fn push(&mut self, value: &Value) -> Cast<()> {
        if let Value::Array(array) | Value::Scalar(array) = value
            && array.shape.is_empty()
            && let Some(first) = array.first()
            && !matches!(self, Elements::Object(_))
        {
            return self.push(&first);
        }
        match self {
            Elements::Bool(all) => all.push(truth(value)?),
            Elements::Int8(all) => all.push(integer(value)?),
            Elements::Int16(all) => all.push(integer(value)?),
            Elements::Int32(all) => all.push(integer(value)?),
            Elements::Int64(all) => all.push(integer(value)?),
            Elements::UInt8(all) => all.push(integer(value)?),
            Elements::UInt16(all) => all.push(integer(value)?),
            Elements::UInt32(all) => all.push(integer(value)?),
            Elements::UInt64(all) => all.push(integer(value)?),
            Elements::Float16(all) => all.push(f16::from_f64(float(value)?)),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "numpy rounds to the narrower type as well"
            )]
            Elements::Float32(all) => all.push(float(value)? as f32),
            Elements::Float64(all) | Elements::Complex { real: all, .. } => all.push(float(value)?),
            Elements::Text(all) => all.push(Some(text(value)?)),
            Elements::Bytes(all) => all.push(bytes(value)?),
            Elements::Time { unit, counts } => counts.push(time(value, *unit)?),
            Elements::ZonedTime(all) => all.push(time(value, TimeUnit::Nanosecond)?),
            Elements::Object(all) | Elements::Other { values: all, .. } => all.push(value.clone()),
        }
        Ok(())
    }
}

/// An integer, of whatever Python's `int` takes, within the bounds of its type.
pub(crate) fn integer<T: TryFrom<i128>>(value: &Value) -> Cast<T> {
    let expected = || CastError::expected(value, "a whole number");
    let integer = match value {
        Value::Bool(value) => i128::from(*value),
        Value::Int(value) => i128::from(*value),
        Value::Big(digits) => digits
            .parse()
            .map_err(|_| CastError::expected(value, "a number of at most 64 bits"))?,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "numpy cuts off the fraction as well"
        )]
        Value::Float(float) if float.is_finite() && float.abs() < 1e30 => float.trunc() as i128,
        Value::Text(text) => python::integer(text).ok_or_else(expected)?,
        Value::Scalar(scalar) => match scalar.first() {
            Some(first) => return integer(&first),
            None => return Err(expected()),
        },
        Value::Other(other) => other.as_integer().ok_or_else(expected)?,
        _ => return Err(expected()),
    };
    T::try_from(integer).map_err(|_| {
        let name = std::any::type_name::<T>();
        let (kind, bits) = name.split_at(1);
        let kind = if kind == "u" { "uint" } else { "int" };
        CastError::expected(value, &format!("a number within {kind}{bits}"))
    })
}

/// A double, of whatever Python's `float` takes.
pub(crate) fn float(value: &Value) -> Cast<f64> {
    let expected = || CastError::expected(value, "a number");
    match value {
        Value::Null => Ok(f64::NAN),
        Value::Bool(value) => Ok(f64::from(u8::from(*value))),
        Value::Int(value) => Ok(*value as f64),
        Value::Float(value) => Ok(*value),
        Value::Big(digits) => {
            let float: f64 = digits.parse().map_err(|_| expected())?;
            if float.is_infinite() {
                return Err(CastError::new("found a whole number too large for a float"));
            }
            Ok(float)
        }
        Value::Text(text) => python::float(text).ok_or_else(expected),
        Value::Scalar(scalar) => match scalar.first() {
            Some(first) => float(&first),
            None => Err(expected()),
        },
        Value::Other(other) => other.as_float().ok_or_else(expected),
        _ => Err(expected()),
    }
}

/// The truth of a value, which an array has only where it holds one element.
fn truth(value: &Value) -> Cast<bool> {
    match value {
        Value::Array(array) if array.elements.len() != 1 => {
            Err(CastError::expected(value, "a single value"))
        }
        _ => Ok(value.is_truthy()),
    }
}

/// A text, as Python's `str` gives it. Numpy drops the zero bytes at its end.
fn text(value: &Value) -> Cast<Box<str>> {
    match value {
        Value::List(_) | Value::Array(_) => {
            return Err(CastError::new("found a list, expected a single value"));
        }
        Value::Other(other) if matches!(**other, Other::Tuple(_)) => {
            return Err(CastError::new("found a tuple, expected a single value"));
        }
        Value::Bytes(bytes) => {
            let text = std::str::from_utf8(bytes)
                .ok()
                .filter(|text| text.is_ascii());
            let text = text.ok_or_else(|| CastError::expected(value, "ASCII"))?;
            return Ok(text.trim_end_matches('\0').into());
        }
        _ => {}
    }
    Ok(value.to_str().trim_end_matches('\0').into())
}

/// The bytes of a text in ASCII.
fn bytes(value: &Value) -> Cast<Box<[u8]>> {
    if let Value::Bytes(bytes) = value {
        return Ok(bytes.clone());
    }
    let text = text(value)?;
    if !text.is_ascii() {
        return Err(CastError::expected(value, "ASCII"));
    }
    Ok(text.as_bytes().into())
}

fn time(value: &Value, unit: TimeUnit) -> Cast<i64> {
    match value {
        Value::Null => Ok(NOT_A_TIME),
        Value::Bool(value) => Ok(i64::from(*value)),
        Value::Int(value) => Ok(*value),
        Value::Time(time) if *time == NOT_A_TIME => Ok(NOT_A_TIME),
        Value::Time(time) => Ok(time.div_euclid(unit.nanoseconds())),
        Value::Text(text) => time_of_text(text, unit)
            .ok_or_else(|| CastError::expected(value, "a time such as 2024-01-31T12:00:00")),
        _ => Err(CastError::expected(value, "a time")),
    }
}

/// A time in numpy's spelling of ISO 8601, counted in a unit; years far away wrap around, as they
/// do in numpy.
fn time_of_text(text: &str, unit: TimeUnit) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("nat") {
        return Some(NOT_A_TIME);
    }
    let nanoseconds = Moment::parse_any_year(text)?.nanoseconds();
    if let Ok(nanoseconds) = i64::try_from(nanoseconds) {
        // Division takes far longer with 128 bits.
        return Some(nanoseconds.div_euclid(unit.nanoseconds()));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "numpy wraps around as well"
    )]
    Some(nanoseconds.div_euclid(i128::from(unit.nanoseconds())) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn cast(dtype: &str, json: &str) -> Result<String, String> {
        let value = Value::from(&Json::parse(json.as_bytes()).unwrap());
        let array = Array::cast(&value, &dtype.parse().unwrap()).map_err(|error| error.message)?;
        Ok(format!(
            "{} {}",
            array.shape_text(),
            array.to_value().to_str()
        ))
    }

    #[test]
    fn elements_are_cast_as_numpy_casts_them() {
        for (dtype, json, expected) in [
            (
                "bool",
                r#"["", "False", null, 0.5]"#,
                "(4,) [False, True, False, True]",
            ),
            ("int8", r#"[true, "1_0", 1.9]"#, "(3,) [1, 10, 1]"),
            (
                "float32",
                "[[1, 2], [1e300, null]]",
                "(2, 2) [[1.0, 2.0], [inf, nan]]",
            ),
            ("float16", "300.7", "() 300.75"),
            (
                "uint64",
                "[18446744073709551615]",
                "(1,) [18446744073709551615]",
            ),
            (
                "str",
                r#"[true, null, 1e40, {"a": 1}]"#,
                r#"(4,) ['True', 'None', '1e+40', "{'a': 1}"]"#,
            ),
            ("bytes", r#"["YQ==", 5]"#, "(2,) [b'YQ==', b'5']"),
            ("object", "[[1], [2, 3]]", "(2,) [[1], [2, 3]]"),
            ("object", "[[1, \"a\"]]", "(1, 2) [[1, 'a']]"),
            ("float64", "[]", "(0,) []"),
            ("float64", "[[], []]", "(2, 0) [[], []]"),
            (
                "datetime64[s]",
                r#"["1970-01-02", 5]"#,
                "(2,) [86400000000000, 5000000000]",
            ),
        ] {
            assert_eq!(cast(dtype, json).as_deref(), Ok(expected), "{dtype} {json}");
        }
    }

    #[test]
    fn refuses_what_numpy_refuses() {
        for (dtype, json, expected) in [
            (
                "int8",
                "[300]",
                "found int `300`, expected a number within int8",
            ),
            (
                "uint8",
                "[-1]",
                "found int `-1`, expected a number within uint8",
            ),
            (
                "int64",
                "[null]",
                "found NoneType `None`, expected a whole number",
            ),
            ("int64", "NaN", "found float `nan`, expected a whole number"),
            (
                "int64",
                r#""1.5""#,
                "found str `'1.5'`, expected a whole number",
            ),
            (
                "float64",
                r#"["abc"]"#,
                "found str `'abc'`, expected a number",
            ),
            ("bytes", r#"["é"]"#, "found str `'é'`, expected ASCII"),
            (
                "datetime64[ns]",
                "1.5",
                "found float `1.5`, expected a time",
            ),
        ] {
            assert_eq!(
                cast(dtype, json),
                Err(expected.to_owned()),
                "{dtype} {json}"
            );
        }
        for json in ["[[1], [2, 3]]", "[1, [2]]", "[[], [1]]"] {
            let error = cast("float64", json).unwrap_err();
            assert!(
                error.starts_with("found lists of different lengths"),
                "{error}"
            );
        }
    }
}
