//! Which JSON values MLflow can cast to a declared type when it parses a request.
//!
//! Two sets of rules: a table cell goes through pandas ([`fits_cell`]), a value under `inputs`
//! through numpy ([`fits_value`]). Both are far looser than the rules for typed data.

use crate::data_type::{DataType, DtypeFamily, TensorDtype};
use crate::json::{Json, Number};

use super::datetime::Moment;

/// Whether a cell of a `dataframe_split` can become `data_type`.
pub(super) fn fits_cell(value: &Json, data_type: DataType) -> bool {
    match data_type {
        DataType::Boolean | DataType::String => true,
        DataType::Integer | DataType::Long => match value {
            Json::Bool(_) => true,
            Json::Number(number) => number.as_f64().is_finite(),
            Json::String(text) => parses_as_integer(text),
            _ => false,
        },
        DataType::Float | DataType::Double => fits_float(value),
        DataType::Binary => value.as_str().is_some_and(is_base64),
        DataType::Datetime => match value {
            Json::Null => true,
            Json::Number(number) => number.as_i64().is_some() || !number.is_integer(),
            Json::String(text) => text.is_empty() || is_pandas_time(text),
            _ => false,
        },
    }
}

/// Whether a value under `inputs` can become one value of `data_type`.
pub(super) fn fits_value(value: &Json, data_type: DataType) -> bool {
    match data_type {
        DataType::Boolean | DataType::String | DataType::Binary => true,
        DataType::Integer => fits_integer(value, i128::from(i32::MIN), i128::from(i32::MAX)),
        DataType::Long => fits_integer(value, i128::from(i64::MIN), i128::from(i64::MAX)),
        DataType::Float | DataType::Double => fits_float(value),
        DataType::Datetime => fits_time(value, true),
    }
}

/// Whether a value can be an element of a tensor.
pub(super) fn fits_element(value: &Json, dtype: &TensorDtype) -> bool {
    let bits = dtype.bits().clamp(1, 64);
    match dtype.family() {
        DtypeFamily::Boolean | DtypeFamily::Text | DtypeFamily::Bytes | DtypeFamily::Object => true,
        DtypeFamily::Signed => fits_integer(value, -(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        DtypeFamily::Unsigned => fits_integer(value, 0, (1 << bits) - 1),
        DtypeFamily::Float | DtypeFamily::Complex => fits_float(value),
        DtypeFamily::Time => dtype.name().contains('[') && fits_time(value, false),
    }
}

fn fits_integer(value: &Json, low: i128, high: i128) -> bool {
    let within = |integer: i128| (low..=high).contains(&integer);
    match value {
        Json::Bool(_) => true,
        Json::Number(number) if number.is_integer() => number.source().parse().is_ok_and(within),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float is cut to its whole part"
        )]
        Json::Number(number) => {
            let float = number.as_f64();
            float.is_finite() && float.abs() < 1e30 && within(float.trunc() as i128)
        }
        Json::String(text) => python_integer(text).is_some_and(within),
        _ => false,
    }
}

fn fits_float(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
        Json::String(text) => parses_as_float(text),
        Json::Array(_) | Json::Object(_) => false,
    }
}

fn fits_time(value: &Json, booleans: bool) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(_) => booleans,
        Json::Number(number) => number.as_i64().is_some(),
        Json::String(text) => {
            text.is_empty() || text.eq_ignore_ascii_case("nat") || Moment::parse(text).is_some()
        }
        Json::Array(_) | Json::Object(_) => false,
    }
}

fn parses_as_integer(text: &str) -> bool {
    python_integer(text).is_some()
}

fn python_integer(text: &str) -> Option<i128> {
    text.trim()
        .strip_prefix('+')
        .unwrap_or(text.trim())
        .parse()
        .ok()
}

/// Whether Python's `float` reads the text.
pub(super) fn parses_as_float(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

/// Whether Python's lenient base64 reader takes the text: other characters are skipped, the rest
/// must come in groups of four, padded at the end.
fn is_base64(text: &str) -> bool {
    let (mut group, mut padding) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'=' if group >= 2 => {
                padding += 1;
                if group + padding >= 4 {
                    return true;
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                group = (group + 1) % 4;
                padding = 0;
            }
            _ => {}
        }
    }
    group == 0
}

/// Whether pandas reads the text as a time without zone. ISO text is checked; of other layouts,
/// which pandas guesses, what has no digit and a bare number are refused.
fn is_pandas_time(text: &str) -> bool {
    let text = text.trim();
    if let Some(moment) = Moment::parse(text) {
        return !moment.zoned && text.len() >= 4;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let zoned = text.contains('T') && (text.ends_with('Z') || text.contains('+'));
    digits >= 3 && !zoned && text.parse::<f64>().map_or(true, |_| digits == 8)
}

/// Whether a value counts as missing for pandas: `null` and `NaN`.
pub(super) fn is_missing(value: &Json) -> bool {
    value.is_null() || value.as_number().is_some_and(Number::is_nan)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of a case: boolean, integer, long, float, double, string, binary, datetime.
    fn row(value: &str, fits: fn(&Json, DataType) -> bool) -> String {
        let value = Json::parse(value.as_bytes()).unwrap();
        DataType::ALL
            .map(|data_type| if fits(&value, data_type) { '+' } else { '-' })
            .iter()
            .collect()
    }

    #[test]
    fn casts_cells_like_pandas() {
        let cases = [
            ("true", "++++++--"),
            ("5", "++++++-+"),
            ("2147483648", "++++++-+"),
            ("9223372036854775808", "++++++--"),
            ("1.5", "++++++-+"),
            ("\"abc\"", "+----+--"),
            ("\"5\"", "++++++--"),
            ("\"1.5\"", "+--+++--"),
            ("\"true\"", "+----++-"),
            ("\"\"", "+----+++"),
            ("\"YWJj\"", "+----++-"),
            ("\"AAE=\\n\"", "+----++-"),
            ("\"2024-01-02\"", "+----+++"),
            ("\"2024-01-02T03:04:05\"", "+----+-+"),
            ("\"2024-01-02T03:04:05Z\"", "+----++-"),
            ("\"2024-01-02T03:04:05+02:00\"", "+----++-"),
            ("null", "+--+++-+"),
            ("NaN", "+--+++-+"),
            ("[1, 2]", "+----+--"),
            ("{\"a\": 1}", "+----+--"),
        ];
        for (value, expected) in cases {
            assert_eq!(row(value, fits_cell), expected, "{value}");
        }
    }

    #[test]
    fn casts_values_like_numpy() {
        let cases = [
            ("true", "++++++++"),
            ("5", "++++++++"),
            ("2147483648", "+-++++++"),
            ("9223372036854775808", "+--++++-"),
            ("1.5", "+++++++-"),
            ("1e+40", "+--++++-"),
            ("\"abc\"", "+----++-"),
            ("\"5\"", "++++++++"),
            ("\"1.5\"", "+--++++-"),
            ("\"\"", "+----+++"),
            ("\"2024-01-02T03:04:05Z\"", "+----+++"),
            ("null", "+--+++++"),
            ("{\"a\": 1}", "+----++-"),
        ];
        for (value, expected) in cases {
            assert_eq!(row(value, fits_value), expected, "{value}");
        }
    }

    #[test]
    fn casts_tensor_elements_like_numpy() {
        let cases = [
            ("int8", "127", true),
            ("int8", "128", false),
            ("uint8", "-1", false),
            ("uint64", "18446744073709551615", true),
            ("int64", "null", false),
            ("int64", "1.5", true),
            ("float32", "null", true),
            ("float32", "\"a\"", false),
            ("bool", "\"a\"", true),
            ("str", "null", true),
            ("complex64", "1", true),
            ("datetime64[ns]", "\"2024-01-02\"", true),
            ("datetime64[ns]", "1.5", false),
            ("datetime64", "\"2024-01-02\"", false),
        ];
        for (dtype, value, expected) in cases {
            let json = Json::parse(value.as_bytes()).unwrap();
            assert_eq!(
                fits_element(&json, &dtype.parse().unwrap()),
                expected,
                "{dtype} {value}"
            );
        }
    }
}
