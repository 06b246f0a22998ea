//! `Series.astype`: how a column of one type becomes one of another.
//!
//! Numbers are converted as a processor does: fractions are cut off, and what is out of range wraps
//! around. Values that pandas holds as objects are converted one by one, and are then refused out of
//! range.

use half::f16;

use super::times;
use crate::array::{CastError, Elements, TimeUnit};
use crate::data_type::TensorDtype;
use crate::value::Value;

/// A number on its way from one type to another.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    UInt(u64),
    Float(f64),
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "numbers out of range wrap around, as they do in numpy"
)]
impl Number {
    fn as_bool(self) -> bool {
        match self {
            Number::Int(number) => number != 0,
            Number::UInt(number) => number != 0,
            Number::Float(number) => number != 0.0,
        }
    }

    fn as_float(self) -> f64 {
        match self {
            Number::Int(number) => number as f64,
            Number::UInt(number) => number as f64,
            Number::Float(number) => number,
        }
    }

    fn as_single(self) -> f32 {
        match self {
            Number::Int(number) => number as f32,
            Number::UInt(number) => number as f32,
            Number::Float(number) => number as f32,
        }
    }

    /// What a processor makes of a float that is out of range is the smallest integer.
    fn as_int(self) -> i64 {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        match self {
            Number::Int(number) => number,
            Number::UInt(number) => number.cast_signed(),
            Number::Float(number) if (-LIMIT..LIMIT).contains(&number) => number as i64,
            Number::Float(_) => i64::MIN,
        }
    }

    fn as_narrow_int(self) -> i32 {
        match self {
            Number::Float(number) if (-2_147_483_649.0..2_147_483_648.0).contains(&number) => {
                number as i32
            }
            Number::Float(_) => i32::MIN,
            other => other.as_int() as i32,
        }
    }

    fn as_unsigned(self) -> u64 {
        const HALF: f64 = 9_223_372_036_854_775_808.0;
        match self {
            Number::Float(number) if number >= HALF => {
                Number::Float(number - HALF).as_int().cast_unsigned() ^ (1 << 63)
            }
            other => other.as_int().cast_unsigned(),
        }
    }
}

impl Elements {
    /// The same for a column that is not needed any more: one of the type stays what it is.
    pub(crate) fn into_type(self, dtype: &TensorDtype) -> Result<Elements, CastError> {
        if self.dtype_name() == dtype.name() {
            return Ok(self);
        }
        self.astype(dtype)
    }

    /// Converts a column as `Series.astype` does.
    pub(crate) fn astype(&self, dtype: &TensorDtype) -> Result<Elements, CastError> {
        let empty = Elements::empty(dtype)?;
        match &empty {
            Elements::Object(_) => return Ok(self.as_objects()),
            Elements::Text(_) => return Ok(self.as_texts()),
            Elements::Bytes(_) => return self.as_bytes(),
            Elements::Time { unit, .. } => return times::astype(self, *unit),
            _ => {}
        }
        match self {
            Elements::Text(_) | Elements::Object(_) | Elements::Bytes(_) => {
                self.one_by_one(empty, dtype)
            }
            Elements::Time { .. } | Elements::ZonedTime(_) => {
                Err(CastError::new(format!("found times, expected {dtype}")))
            }
            Elements::Other { dtype: found, .. } => {
                Err(CastError::new(format!("found {found}, expected {dtype}")))
            }
            _ => self.as_numbers(empty, dtype),
        }
    }

    /// Converts elements as `ndarray.astype` does: of numbers, none is refused.
    pub(crate) fn astype_in_array(&self, dtype: &TensorDtype) -> Result<Elements, CastError> {
        match self {
            Elements::Time { .. } | Elements::ZonedTime(_) => self.astype(dtype),
            _ => match Elements::empty(dtype)? {
                empty if empty.is_number() => self.wrapped(empty, dtype),
                _ => self.astype(dtype),
            },
        }
    }

    fn as_objects(&self) -> Elements {
        Elements::Object(self.iter().collect())
    }

    /// Texts stay what they are; all else becomes Python's `str` of it, which pandas keeps as
    /// objects.
    fn as_texts(&self) -> Elements {
        match self {
            Elements::Text(_) => self.clone(),
            _ => Elements::Object(self.iter().map(|one| Value::text(one.to_str())).collect()),
        }
    }

    /// The bytes of texts in UTF-8, as MLflow makes them.
    fn as_bytes(&self) -> Result<Elements, CastError> {
        let each = self.iter().map(|one| match one {
            Value::Text(text) => Ok(Value::Bytes(text.as_bytes().into())),
            other => Err(CastError::new(format!(
                "found {} `{}`, expected a text",
                other.type_name(),
                other.to_repr()
            ))),
        });
        Ok(Elements::Object(each.collect::<Result<_, _>>()?))
    }

    fn one_by_one(&self, mut all: Elements, dtype: &TensorDtype) -> Result<Elements, CastError> {
        for (row, value) in self.iter().enumerate() {
            let is_missing_text = matches!((self, &value), (Elements::Text(_), Value::Float(_)));
            let is_whole = all.is_whole();
            if is_missing_text && is_whole {
                return Err(CastError::new(format!(
                    "found a missing value in row {row}, expected {dtype}"
                )));
            }
            all.push(&value)
                .map_err(|error| CastError::new(format!("row {row}: {}", error.message)))?;
        }
        Ok(all)
    }

    fn is_whole(&self) -> bool {
        let name = self.dtype_name();
        name.starts_with("int") || name.starts_with("uint")
    }

    /// Whether these are numbers, or truth values.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(
            self,
            Elements::Text(_)
                | Elements::Bytes(_)
                | Elements::Time { .. }
                | Elements::ZonedTime(_)
                | Elements::Object(_)
                | Elements::Other { .. }
        )
    }

    /// Converts numbers as a processor does, without a look at what is lost.
    pub(crate) fn as_processor(&self, dtype: &TensorDtype) -> Result<Elements, CastError> {
        self.wrapped(Elements::empty(dtype)?, dtype)
    }

    /// Refuses the floats that pandas refuses, which are not all that do not fit.
    fn as_numbers(&self, all: Elements, dtype: &TensorDtype) -> Result<Elements, CastError> {
        if let Elements::Float64(floats) = self
            && all.is_whole()
            && let Some(row) = floats.iter().position(|float| !float.is_finite())
        {
            return Err(CastError::new(format!(
                "found {} in row {row}, expected a finite number for {dtype}",
                crate::value::python::float_repr(floats[row])
            )));
        }
        if let Elements::Float64(floats) = self
            && all.dtype_name().starts_with("uint")
            && let Some(row) = floats.iter().position(|float| *float < 0.0)
        {
            return Err(CastError::new(format!(
                "found {} in row {row}, expected no negative number for {dtype}",
                crate::value::python::float_repr(floats[row])
            )));
        }
        self.wrapped(all, dtype)
    }

    /// Numbers converted as a processor does.
    fn wrapped(&self, mut all: Elements, dtype: &TensorDtype) -> Result<Elements, CastError> {
        let numbers = self.numbers();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "numbers out of range wrap around, as they do in numpy"
        )]
        match &mut all {
            Elements::Bool(all) => all.extend(numbers.map(Number::as_bool)),
            Elements::Int8(all) => all.extend(numbers.map(|one| one.as_narrow_int() as i8)),
            Elements::Int16(all) => all.extend(numbers.map(|one| one.as_narrow_int() as i16)),
            Elements::Int32(all) => all.extend(numbers.map(Number::as_narrow_int)),
            Elements::Int64(all) => all.extend(numbers.map(Number::as_int)),
            Elements::UInt8(all) => all.extend(numbers.map(|one| one.as_narrow_int() as u8)),
            Elements::UInt16(all) => all.extend(numbers.map(|one| one.as_narrow_int() as u16)),
            Elements::UInt32(all) => all.extend(numbers.map(|one| one.as_int() as u32)),
            Elements::UInt64(all) => all.extend(numbers.map(Number::as_unsigned)),
            Elements::Float16(all) => {
                all.extend(numbers.map(|one| f16::from_f64(one.as_float())));
            }
            Elements::Float32(all) => all.extend(numbers.map(Number::as_single)),
            Elements::Float64(all) | Elements::Complex { real: all, .. } => {
                all.extend(numbers.map(Number::as_float));
            }
            _ => return self.one_by_one(all, dtype),
        }
        Ok(all)
    }

    /// The numbers of a column of numbers.
    fn numbers(&self) -> Box<dyn Iterator<Item = Number> + '_> {
        let int = |one: i64| Number::Int(one);
        match self {
            Elements::Bool(all) => Box::new(all.iter().map(move |one| int((*one).into()))),
            Elements::Int32(all) => Box::new(all.iter().map(move |one| int((*one).into()))),
            Elements::Int64(all) => Box::new(all.iter().map(move |one| int(*one))),
            Elements::UInt64(all) => Box::new(all.iter().map(|one| Number::UInt(*one))),
            Elements::Float64(all) => Box::new(all.iter().map(|one| Number::Float(*one))),
            other => Box::new(other.iter().map(|one| match one {
                Value::Int(one) => Number::Int(one),
                Value::Bool(one) => Number::Int(one.into()),
                Value::Float(one) => Number::Float(one),
                _ => Number::Float(f64::NAN),
            })),
        }
    }

    /// Points in time in nanoseconds.
    pub(crate) fn of_nanoseconds(counts: Vec<i64>) -> Elements {
        Elements::Time {
            unit: TimeUnit::Nanosecond,
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;
    use crate::table::Table;

    fn converted(dtype: &str, json: &str) -> Result<String, String> {
        let value = Value::from(&Json::parse(json.as_bytes()).unwrap());
        let Value::List(items) = value else {
            panic!("a list")
        };
        let elements = Table::infer(*items).astype(&dtype.parse().unwrap());
        let elements = elements.map_err(|error| error.message)?;
        let values = Value::list(elements.iter()).to_repr();
        Ok(format!("{} {values}", elements.dtype_name()))
    }

    #[test]
    fn columns_are_converted_as_pandas_converts_them() {
        for (dtype, json, expected) in [
            ("bool", "[NaN, 0.0]", "bool [True, False]"),
            ("bool", r#"["", "x", null]"#, "bool [False, True, True]"),
            ("bool", "[null, true]", "bool [False, True]"),
            ("int32", "[2147483648]", "int32 [-2147483648]"),
            ("int32", "[1e40, 1.9]", "int32 [-2147483648, 1]"),
            (
                "int64",
                "[9223372036854775808]",
                "int64 [-9223372036854775808]",
            ),
            ("int64", r#"["5", 1.5, true]"#, "int64 [5, 1, 1]"),
            ("int8", "[300]", "int8 [44]"),
            ("uint8", "[-1]", "uint8 [255]"),
            ("uint64", "[1e40]", "uint64 [0]"),
            ("float32", "[1e40]", "float32 [inf]"),
            ("float64", r#"["1.5", null]"#, "float64 [1.5, nan]"),
            ("float64", "[true, null]", "float64 [1.0, nan]"),
            ("object", "[1]", "object [1]"),
            ("str", "[1.5]", "object ['1.5']"),
            ("str", r#"["a"]"#, "str ['a']"),
            ("bytes", r#"["é"]"#, "object [b'\\xc3\\xa9']"),
        ] {
            assert_eq!(
                converted(dtype, json).as_deref(),
                Ok(expected),
                "{dtype} {json}"
            );
        }
    }

    #[test]
    fn numbers_in_arrays_wrap_around() {
        for (dtype, expected) in [
            ("int32", "[-2147483648, -2147483648, -2]"),
            ("int8", "[0, 0, -2]"),
            ("uint64", "[9223372036854775808, 0, 18446744073709551614]"),
            ("float32", "[nan, inf, -2.25]"),
        ] {
            let floats = Elements::Float64(vec![f64::NAN, f64::INFINITY, -2.25]);
            let found = floats.astype_in_array(&dtype.parse().unwrap()).unwrap();
            assert_eq!(Value::list(found.iter()).to_str(), expected, "{dtype}");
        }
    }

    #[test]
    fn refuses_what_pandas_refuses() {
        for (dtype, json, expected) in [
            (
                "int64",
                "[1, NaN]",
                "found nan in row 1, expected a finite number for int64",
            ),
            (
                "uint32",
                "[1.5, -2.25]",
                "found -2.25 in row 1, expected no negative number for uint32",
            ),
            (
                "int64",
                r#"["1", null]"#,
                "found a missing value in row 1, expected int64",
            ),
            (
                "int64",
                "[null]",
                "row 0: found NoneType `None`, expected a whole number",
            ),
            (
                "float64",
                r#"["a"]"#,
                "row 0: found str `'a'`, expected a number",
            ),
            (
                "float64",
                "[[1]]",
                "row 0: found list `[1]`, expected a number",
            ),
            (
                "int32",
                "[18446744073709551616]",
                "row 0: found int `18446744073709551616`, expected a number within int32",
            ),
            ("bytes", "[1]", "found int `1`, expected a text"),
        ] {
            assert_eq!(
                converted(dtype, json),
                Err(expected.to_owned()),
                "{dtype} {json}"
            );
        }
    }
}
