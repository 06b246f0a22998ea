//! The fields of one column of CSV, and what they are.

use crate::array::Elements;
use crate::data_type::DataType;
use crate::value::Value;

/// The texts of a column, one after the other in one piece of memory.
#[derive(Default)]
pub(super) struct Fields {
    text: String,
    ends: Vec<usize>,
}

/// The words that pandas takes for a missing value.
const MISSING: [&str; 18] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan",
];

fn is_missing(field: &str) -> bool {
    field == "null" || (field.len() <= 8 && MISSING.contains(&field))
}

impl Fields {
    pub(super) fn push(&mut self, field: &str) {
        self.text.push_str(field);
        self.ends.push(self.text.len());
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[start..*end])
    }

    /// The fields as elements of the declared type, or of the one that they have in common.
    pub(super) fn into_elements(self, declared: Option<DataType>) -> Result<Elements, String> {
        match declared {
            None => Ok(self.inferred()),
            Some(DataType::String | DataType::Binary) => {
                let text = |field: &str| {
                    if is_missing(field) {
                        Value::Float(f64::NAN)
                    } else {
                        Value::text(field)
                    }
                };
                Ok(Elements::Object(self.iter().map(text).collect()))
            }
            Some(DataType::Float | DataType::Double) => self.floats(declared),
            Some(data_type) => self.whole(data_type),
        }
    }

    fn floats(&self, declared: Option<DataType>) -> Result<Elements, String> {
        let each = self.iter().map(float_or_missing);
        let floats: Option<Vec<f64>> = each.collect();
        let floats = match (floats, self.inferred()) {
            (Some(floats), _) => Elements::Float64(floats),
            (None, truths @ (Elements::Bool(_) | Elements::Object(_))) => truths,
            (None, _) => {
                let mut fields = self.iter().enumerate();
                let wrong = fields.find(|(_, field)| float_or_missing(field).is_none());
                return Err(expected(wrong, "a number"));
            }
        };
        let dtype = declared.unwrap_or(DataType::Double).tensor_dtype();
        floats.astype(&dtype).map_err(|error| error.message)
    }

    /// Whole numbers or truth values: others only where nothing is lost.
    fn whole(&self, data_type: DataType) -> Result<Elements, String> {
        let what = match data_type {
            DataType::Boolean => "true or false",
            _ => "a whole number",
        };
        let mut fields = self.iter().enumerate();
        if let Some((row, _)) = fields.find(|(_, field)| is_missing(field)) {
            return Err(format!(
                "found a missing value in row {row}, expected {what}"
            ));
        }
        let dtype = data_type.tensor_dtype();
        let inferred = match self.inferred() {
            Elements::Object(_) if self.ends.is_empty() => Elements::Int64(Vec::new()),
            elements => elements,
        };
        let is_number = matches!(
            inferred,
            Elements::Bool(_) | Elements::Int64(_) | Elements::UInt64(_) | Elements::Float64(_)
        );
        if is_number {
            let converted = inferred.astype(&dtype).map_err(|error| error.message)?;
            let changed = inferred
                .iter()
                .zip(converted.iter())
                .position(|(before, after)| number(&before) != number(&after));
            return match changed {
                None => Ok(converted),
                Some(row) => Err(expected(
                    self.iter().enumerate().nth(row),
                    &format!("{what} within {dtype}"),
                )),
            };
        }
        let is_wrong = |field: &str| truth(field).is_none() && float(field).is_none();
        let wrong = self.iter().enumerate().find(|(_, field)| is_wrong(field));
        Err(expected(wrong, what))
    }

    fn inferred(&self) -> Elements {
        if self.ends.is_empty() {
            return Elements::Object(Vec::new());
        }
        if let Some(integers) = self.integers() {
            return integers;
        }
        match self.beyond_64_bits() {
            Beyond::Numbers => {}
            Beyond::Texts => return self.bare_texts(),
            Beyond::Digits => return self.digits().unwrap_or_else(|| self.bare_texts()),
        }
        let floats: Option<Vec<f64>> = self.iter().map(float_or_missing).collect();
        if let Some(floats) = floats {
            return Elements::Float64(floats);
        }
        let truths: Option<Vec<Option<bool>>> = self
            .iter()
            .map(|field| {
                if is_missing(field) {
                    Some(None)
                } else {
                    truth(field).map(Some)
                }
            })
            .collect();
        if let Some(truths) = truths {
            let all: Option<Vec<bool>> = truths.iter().copied().collect();
            if let Some(all) = all {
                return Elements::Bool(all);
            }
            let value = |one: Option<bool>| one.map_or(Value::Float(f64::NAN), Value::Bool);
            return Elements::Object(truths.into_iter().map(value).collect());
        }
        self.texts()
    }

    fn texts(&self) -> Elements {
        let text = |field: &str| (!is_missing(field)).then(|| field.into());
        Elements::Text(self.iter().map(text).collect())
    }

    /// The fields as they are, even those that elsewhere mean a missing value.
    fn bare_texts(&self) -> Elements {
        Elements::Text(self.iter().map(|field| Some(field.into())).collect())
    }

    /// What pandas takes a column for that is not all whole numbers of 64 bits. It reads them with a
    /// sign first, and where one is too large, once more without; there it looks at nothing behind a
    /// minus, and gives up on numbers where a large one stands beside a minus or a missing value.
    fn beyond_64_bits(&self) -> Beyond {
        let is_short = |field: &str| matches!(integer(field).map(i64::try_from), Some(Ok(_)));
        let mut others = self
            .iter()
            .filter(|field| !is_missing(field) && !is_short(field));
        if others.next().is_none_or(|first| digits(first).is_none()) {
            return Beyond::Numbers;
        }
        let (mut is_large, mut is_other) = (false, false);
        for field in self.iter() {
            if is_missing(field) || field.trim_start_matches(' ').starts_with('-') {
                is_other = true;
                continue;
            }
            match integer(field).map(u64::try_from) {
                Some(Ok(number)) => is_large |= i64::try_from(number).is_err(),
                _ if digits(field).is_some() => return Beyond::Digits,
                _ => return Beyond::Numbers,
            }
        }
        if is_large && is_other {
            Beyond::Texts
        } else {
            Beyond::Digits
        }
    }

    /// Whole numbers of as many digits as they take.
    fn digits(&self) -> Option<Elements> {
        let each = self.iter().map(|field| {
            if is_missing(field) {
                return Some(Value::Float(f64::NAN));
            }
            digits(field).map(|_| whole(field))
        });
        Some(Elements::Object(each.collect::<Option<_>>()?))
    }

    fn integers(&self) -> Option<Elements> {
        let signed: Option<Vec<i64>> = self
            .iter()
            .map(|field| integer(field)?.try_into().ok())
            .collect();
        if let Some(signed) = signed {
            return Some(Elements::Int64(signed));
        }
        let unsigned: Option<Vec<u64>> = self
            .iter()
            .map(|field| integer(field)?.try_into().ok())
            .collect();
        unsigned.map(Elements::UInt64)
    }
}

/// How a column is read in which a whole number takes more than 63 bits and a sign.
enum Beyond {
    /// As floats or whatever else fits.
    Numbers,
    /// As texts.
    Texts,
    /// As Python's whole numbers, or else as texts.
    Digits,
}

fn expected(wrong: Option<(usize, &str)>, what: &str) -> String {
    let (row, field) = wrong.unwrap_or_default();
    let field: String = field.chars().take(60).collect();
    format!("found `{field}` in row {row}, expected {what}")
}

/// A number for comparing.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Int(value) => Some(*value as f64),
        Value::Big(digits) => digits.parse().ok(),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

/// The digits of a whole number of any length.
fn digits(field: &str) -> Option<&str> {
    let field = field.trim_matches(' ');
    let digits = field.strip_prefix(['+', '-']).unwrap_or(field);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then_some(digits)
}

fn integer(field: &str) -> Option<i128> {
    digits(field).and_then(|_| field.trim_matches(' ').parse().ok())
}

/// A whole number, of whose digits Python has as many as it needs.
fn whole(field: &str) -> Value {
    if let Some(Ok(integer)) = integer(field).map(i64::try_from) {
        return Value::Int(integer);
    }
    let digits = digits(field).unwrap_or_default().trim_start_matches('0');
    let is_negative = field.trim_start_matches(' ').starts_with('-');
    let sign = if is_negative { "-" } else { "" };
    Value::Big(format!("{sign}{digits}").into())
}

fn float_or_missing(field: &str) -> Option<f64> {
    if is_missing(field) {
        Some(f64::NAN)
    } else {
        float(field)
    }
}

fn float(field: &str) -> Option<f64> {
    let body = field.strip_prefix(['+', '-']).unwrap_or(field);
    let words = ["inf", "infinity"];
    if words.iter().any(|word| body.eq_ignore_ascii_case(word)) {
        return field.parse().ok();
    }
    let field = field.trim_matches(' ');
    let body = field.strip_prefix(['+', '-']).unwrap_or(field);
    let is_number = body.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    is_number.then(|| field.parse().ok())?
}

fn truth(field: &str) -> Option<bool> {
    if field.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    field.eq_ignore_ascii_case("false").then_some(false)
}
