//! Which type pandas gives a column of values.

use super::Table;
use crate::array::{Array, Elements, TimeUnit, float, integer};
use crate::value::{Items, NOT_A_TIME, Value};

impl Table {
    /// The elements that pandas makes of values: packed numbers are what they are, a mixture is
    /// looked at value by value.
    pub(crate) fn infer(items: Items) -> Elements {
        match items {
            Items::Bools(all) => Elements::Bool(all),
            Items::Ints(all) => Elements::Int64(all),
            Items::Floats(all) => Elements::Float64(all),
            Items::Texts(all) => Elements::Text(all.into_iter().map(Some).collect()),
            Items::Values(all) => infer_values(all),
        }
    }

    /// What pandas makes of an array's elements in a column: objects that are all texts become
    /// texts, all else stays.
    pub(crate) fn column_of_array(elements: Elements) -> Elements {
        match elements {
            Elements::Object(all) if is_text(&all) => texts(all),
            other => other,
        }
    }
}

/// What was seen of a column.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each may be seen beside any other"
)]
struct Seen {
    null: bool,
    nan: bool,
    bool: bool,
    int: bool,
    negative: bool,
    /// An integer that takes all 64 bits for itself.
    unsigned: bool,
    float: bool,
    text: bool,
    time: bool,
    other: bool,
}

impl Seen {
    fn see(&mut self, value: &Value) {
        match value {
            Value::Null => self.null = true,
            Value::Float(float) if float.is_nan() => self.nan = true,
            Value::Float(_) => self.float = true,
            Value::Bool(_) => self.bool = true,
            Value::Int(integer) => {
                self.int = true;
                self.negative |= *integer < 0;
            }
            Value::Big(digits) if digits.parse::<u64>().is_ok() => self.unsigned = true,
            Value::Text(_) => self.text = true,
            Value::Time(_) => self.time = true,
            Value::Scalar(scalar) => {
                if let Some(first) = scalar.first() {
                    self.see(&first);
                }
            }
            _ => self.other = true,
        }
    }

    fn is_missing(&self) -> bool {
        self.null || self.nan
    }

    fn has_number(&self) -> bool {
        self.int || self.unsigned || self.float
    }
}

fn infer_values(all: Vec<Value>) -> Elements {
    if let Some(elements) = of_one_scalar_type(&all) {
        return elements;
    }
    let mut seen = Seen::default();
    for value in &all {
        seen.see(value);
    }
    let kinds = [
        seen.bool,
        seen.has_number(),
        seen.text,
        seen.time,
        seen.other,
    ];
    if kinds.iter().filter(|is_seen| **is_seen).count() > 1 || seen.other {
        return Elements::Object(all);
    }
    if seen.bool {
        if seen.is_missing() {
            return Elements::Object(all);
        }
        return Elements::Bool(all.iter().map(Value::is_truthy).collect());
    }
    if seen.text {
        return texts(all);
    }
    if seen.time {
        return times(&all);
    }
    if seen.has_number() {
        return numbers(&seen, all);
    }
    // Nothing but missing values.
    if seen.nan && !all.is_empty() {
        return Elements::Float64(vec![f64::NAN; all.len()]);
    }
    Elements::Object(all)
}

fn numbers(seen: &Seen, all: Vec<Value>) -> Elements {
    // No type of integers holds both, and pandas does not make them floats.
    if seen.unsigned && seen.negative {
        return Elements::Object(all);
    }
    if seen.float || seen.is_missing() {
        let each = all.iter().map(|value| float(value).ok());
        return match each.collect() {
            Some(floats) => Elements::Float64(floats),
            None => Elements::Object(all),
        };
    }
    if seen.unsigned {
        let each = all.iter().map(|value| integer::<u64>(value).ok());
        return match each.collect() {
            Some(integers) => Elements::UInt64(integers),
            None => Elements::Object(all),
        };
    }
    let each = all.iter().map(|value| integer::<i64>(value).ok());
    match each.collect() {
        Some(integers) => Elements::Int64(integers),
        None => Elements::Object(all),
    }
}

/// Scalars of numpy's that are all of one type keep it.
fn of_one_scalar_type(all: &[Value]) -> Option<Elements> {
    let Some(Value::Scalar(first)) = all.first() else {
        return None;
    };
    if matches!(first.elements, Elements::Bytes(_) | Elements::Object(_)) {
        return None;
    }
    let name = first.elements.dtype_name();
    let is_same = |value: &Value| matches!(value, Value::Scalar(scalar) if scalar.elements.dtype_name() == name);
    if !all.iter().all(is_same) {
        return None;
    }
    let values = Value::list(all.iter().cloned());
    let array = Array::cast(&values, &name.parse().ok()?).ok()?;
    Some(array.elements)
}

fn is_text(all: &[Value]) -> bool {
    let is_text_or_missing = |value: &Value| is_text_value(value) || value.is_null_or_nan();
    all.iter().any(is_text_value) && all.iter().all(is_text_or_missing)
}

fn is_text_value(value: &Value) -> bool {
    match value {
        Value::Text(_) => true,
        Value::Scalar(scalar) => matches!(scalar.elements, Elements::Text(_)),
        _ => false,
    }
}

/// Texts, and nothing where a value is missing.
fn texts(all: Vec<Value>) -> Elements {
    let text = |value: Value| match value {
        Value::Text(text) => Some(text),
        Value::Scalar(scalar) => Some(scalar.to_value().to_str().into()),
        _ => None,
    };
    Elements::Text(all.into_iter().map(text).collect())
}

fn times(all: &[Value]) -> Elements {
    let nanoseconds = |value: &Value| match value {
        Value::Time(time) => *time,
        Value::Scalar(scalar) => match scalar.first() {
            Some(Value::Time(time)) => time,
            _ => NOT_A_TIME,
        },
        _ => NOT_A_TIME,
    };
    Elements::Time {
        unit: TimeUnit::Nanosecond,
        counts: all.iter().map(nanoseconds).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    #[test]
    fn columns_get_the_types_that_pandas_gives_them() {
        for (json, expected) in [
            ("[1, 2]", "int64 [1, 2]"),
            ("[1, 2.5]", "float64 [1.0, 2.5]"),
            ("[1, null]", "float64 [1.0, nan]"),
            ("[true, null]", "object [True, None]"),
            ("[true, 1]", "object [True, 1]"),
            (r#"["a", null]"#, "str ['a', nan]"),
            (r#"["a", NaN]"#, "str ['a', nan]"),
            ("[null]", "object [None]"),
            ("[null, NaN]", "float64 [nan, nan]"),
            ("[]", "object []"),
            (
                "[9223372036854775808, 1]",
                "uint64 [9223372036854775808, 1]",
            ),
            (
                "[9223372036854775808, -1]",
                "object [9223372036854775808, -1]",
            ),
            (
                "[9223372036854775808, null, -1]",
                "object [9223372036854775808, None, -1]",
            ),
            (
                "[1.5, 9223372036854775808, -1]",
                "object [1.5, 9223372036854775808, -1]",
            ),
            (
                "[9223372036854775808, null]",
                "float64 [9.223372036854776e+18, nan]",
            ),
            (
                "[18446744073709551616, 1.5]",
                "object [18446744073709551616, 1.5]",
            ),
            (r#"["a", 1]"#, "object ['a', 1]"),
            ("[[1], [2, 3]]", "object [[1], [2, 3]]"),
        ] {
            let value = Value::from(&Json::parse(json.as_bytes()).unwrap());
            let Value::List(items) = value else {
                panic!("a list")
            };
            let elements = Table::infer(*items);
            let values = Value::list(elements.iter()).to_repr();
            assert_eq!(
                format!("{} {values}", elements.dtype_name()),
                expected,
                "{json}"
            );
        }
    }
}
