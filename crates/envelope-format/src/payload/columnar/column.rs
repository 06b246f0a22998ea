//! Columns: which elements pandas makes of each of Arrow's types.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use half::f16;

use super::missing::Missing;
use super::nested;
use crate::array::{Elements, TimeUnit};
use crate::table::rescaled;
use crate::value::{NOT_A_TIME, Other, Value};

/// What was made, or why nothing can be.
pub(super) type Made<T> = Result<T, String>;

/// Milliseconds of a day.
const DAY: i64 = crate::signature::DAY / 1_000_000;

/// What a column is for pandas.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) data_type: DataType,
    /// The type of pandas' own that the file asks for.
    pub(super) own: Own,
}

/// Types of pandas' own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Own {
    /// None
    None,
    /// Numbers or truth values that may be missing and are not numpy's then
    Nullable(&'static str),
    /// A type that no declared type takes
    Whole(&'static str),
}

impl Kind {
    /// The elements of a column in chunks.
    pub(super) fn elements(&self, chunks: &[ArrayRef], missing: &Missing) -> Made<Elements> {
        let dtype = match self.own {
            Own::Nullable(dtype) if missing.is_here => dtype,
            Own::Whole(dtype) => dtype,
            _ => return elements(&self.data_type, chunks, missing),
        };
        let mut values = Vec::new();
        for chunk in chunks {
            let plain = elements(
                &self.data_type,
                std::slice::from_ref(chunk),
                &Missing::default(),
            );
            let plain = plain?.into_values().into_iter().enumerate();
            let value = |(row, value)| {
                if chunk.is_null(row) {
                    Value::Null
                } else {
                    value
                }
            };
            values.extend(plain.map(value));
        }
        Ok(Elements::Other { dtype, values })
    }
}

/// Why a type is not read.
pub(super) fn unread(data_type: &DataType) -> String {
    format!("found a column of Arrow's type {data_type}, which is not read")
}

/// The elements that pandas makes of a type of Arrow's.
pub(super) fn elements(
    data_type: &DataType,
    chunks: &[ArrayRef],
    missing: &Missing,
) -> Made<Elements> {
    if let Some(numbers) = numbers(data_type, chunks, missing.is_here) {
        return Ok(numbers);
    }
    Ok(match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Elements::Text(chunks.iter().flat_map(texts_of).collect())
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => {
            Elements::Object(chunks.iter().flat_map(bytes_of).collect())
        }
        DataType::Timestamp(unit, None) => times(*unit, chunks),
        DataType::Timestamp(unit, Some(_)) => zoned(*unit, chunks)?,
        DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_) => {
            Elements::Object(dates(data_type, chunks))
        }
        DataType::Duration(unit) => spans(*unit, chunks)?,
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => Elements::Object(decimals(data_type, *scale, chunks)),
        DataType::Null => {
            let rows = chunks.iter().map(arrow_array::Array::len).sum();
            Elements::Object(vec![Value::Null; rows])
        }
        DataType::Dictionary(_, _) => Elements::Other {
            dtype: "category",
            values: joined(chunks, |chunk| {
                nested::decoded(chunk, &Value::Float(f64::NAN))
            })?,
        },
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _) => {
            Elements::Object(joined(chunks, |chunk| nested::arrays(chunk, missing))?)
        }
        DataType::Struct(_) => {
            Elements::Object(joined(chunks, |chunk| nested::objects(chunk, missing))?)
        }
        DataType::Map(_, _) => {
            Elements::Object(joined(chunks, |chunk| nested::maps(chunk, missing))?)
        }
        other => return Err(unread(other)),
    })
}

fn joined(chunks: &[ArrayRef], make: impl Fn(&ArrayRef) -> Made<Vec<Value>>) -> Made<Vec<Value>> {
    let mut all = Vec::new();
    for chunk in chunks {
        all.extend(make(chunk)?);
    }
    Ok(all)
}

/// Numbers and truth values, which are of another type where some are missing.
fn numbers(data_type: &DataType, chunks: &[ArrayRef], is_missing: bool) -> Option<Elements> {
    macro_rules! whole {
        ($arrow:ty, $variant:ident) => {
            if is_missing {
                #[allow(clippy::cast_lossless, reason = "the same for numbers of all sizes")]
                let float = |one: Option<_>| {
                    one.map_or(f64::NAN, |one: <$arrow as ArrowPrimitiveType>::Native| {
                        one as f64
                    })
                };
                Elements::Float64(optional::<$arrow>(chunks).map(float).collect())
            } else {
                Elements::$variant(plain::<$arrow>(chunks))
            }
        };
    }
    Some(match data_type {
        DataType::Boolean => truths(chunks, is_missing),
        DataType::Int8 => whole!(Int8Type, Int8),
        DataType::Int16 => whole!(Int16Type, Int16),
        DataType::Int32 => whole!(Int32Type, Int32),
        DataType::Int64 => whole!(Int64Type, Int64),
        DataType::UInt8 => whole!(UInt8Type, UInt8),
        DataType::UInt16 => whole!(UInt16Type, UInt16),
        DataType::UInt32 => whole!(UInt32Type, UInt32),
        DataType::UInt64 => whole!(UInt64Type, UInt64),
        DataType::Float16 => Elements::Float16(filled::<Float16Type>(chunks, f16::NAN)),
        DataType::Float32 => Elements::Float32(filled::<Float32Type>(chunks, f32::NAN)),
        DataType::Float64 => Elements::Float64(filled::<Float64Type>(chunks, f64::NAN)),
        _ => return None,
    })
}

/// The values of chunks of which none is missing.
fn plain<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> Vec<T::Native> {
    let values = chunks
        .iter()
        .map(|chunk| chunk.as_primitive::<T>().values());
    values.flatten().copied().collect()
}

fn optional<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> impl Iterator<Item = Option<T::Native>> {
    chunks
        .iter()
        .flat_map(|chunk| chunk.as_primitive::<T>().iter())
}

/// The values, and another one for each that is missing.
fn filled<T: ArrowPrimitiveType>(chunks: &[ArrayRef], absent: T::Native) -> Vec<T::Native> {
    let mut all = Vec::new();
    for chunk in chunks {
        let values = chunk.as_primitive::<T>();
        if values.null_count() == 0 {
            all.extend_from_slice(values.values());
        } else {
            all.extend(values.iter().map(|value| value.unwrap_or(absent)));
        }
    }
    all
}

fn truths(chunks: &[ArrayRef], is_missing: bool) -> Elements {
    let all = chunks.iter().flat_map(|chunk| chunk.as_boolean().iter());
    if is_missing {
        let truth = |one: Option<bool>| one.map_or(Value::Null, Value::Bool);
        return Elements::Object(all.map(truth).collect());
    }
    Elements::Bool(all.map(Option::unwrap_or_default).collect())
}

/// The texts of an array.
pub(super) fn texts_of(array: &ArrayRef) -> Vec<Option<Box<str>>> {
    let own = |text: Option<&str>| text.map(Box::from);
    match array.data_type() {
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(own).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(own).collect(),
        _ => array.as_string::<i32>().iter().map(own).collect(),
    }
}

/// The bytes of an array, as objects.
fn bytes_of(array: &ArrayRef) -> Vec<Value> {
    let own = |bytes: Option<&[u8]>| bytes.map_or(Value::Null, |bytes| Value::Bytes(bytes.into()));
    match array.data_type() {
        DataType::LargeBinary => array.as_binary::<i64>().iter().map(own).collect(),
        DataType::BinaryView => array.as_binary_view().iter().map(own).collect(),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().iter().map(own).collect(),
        _ => array.as_binary::<i32>().iter().map(own).collect(),
    }
}

/// Counts of a unit of Arrow's, and the unit as numpy has it.
fn counted(unit: ArrowUnit, chunks: &[ArrayRef]) -> (TimeUnit, Vec<i64>) {
    match unit {
        ArrowUnit::Second => (
            TimeUnit::Second,
            filled::<TimestampSecondType>(chunks, NOT_A_TIME),
        ),
        ArrowUnit::Millisecond => (
            TimeUnit::Millisecond,
            filled::<TimestampMillisecondType>(chunks, NOT_A_TIME),
        ),
        ArrowUnit::Microsecond => (
            TimeUnit::Microsecond,
            filled::<TimestampMicrosecondType>(chunks, NOT_A_TIME),
        ),
        ArrowUnit::Nanosecond => (
            TimeUnit::Nanosecond,
            filled::<TimestampNanosecondType>(chunks, NOT_A_TIME),
        ),
    }
}

/// Points in time, of which a zone is left away.
pub(super) fn times(unit: ArrowUnit, chunks: &[ArrayRef]) -> Elements {
    let (unit, counts) = counted(unit, chunks);
    Elements::Time { unit, counts }
}

fn zoned(unit: ArrowUnit, chunks: &[ArrayRef]) -> Made<Elements> {
    let (unit, counts) = counted(unit, chunks);
    let all = rescaled(&counts, unit, TimeUnit::Nanosecond).map_err(|error| error.message)?;
    Ok(Elements::ZonedTime(all))
}

fn spans(unit: ArrowUnit, chunks: &[ArrayRef]) -> Made<Elements> {
    let (dtype, factor, counts): (_, i64, Vec<Option<i64>>) = match unit {
        ArrowUnit::Second => (
            "timedelta64[s]",
            1_000_000_000,
            optional::<DurationSecondType>(chunks).collect(),
        ),
        ArrowUnit::Millisecond => (
            "timedelta64[ms]",
            1_000_000,
            optional::<DurationMillisecondType>(chunks).collect(),
        ),
        ArrowUnit::Microsecond => (
            "timedelta64[us]",
            1000,
            optional::<DurationMicrosecondType>(chunks).collect(),
        ),
        ArrowUnit::Nanosecond => (
            "timedelta64[ns]",
            1,
            optional::<DurationNanosecondType>(chunks).collect(),
        ),
    };
    let span = |count: Option<i64>| {
        let Some(count) = count else {
            return Ok(Value::Time(NOT_A_TIME));
        };
        let span = count
            .checked_mul(factor)
            .map(|span| Value::Other(Box::new(Other::Span(span))));
        span.ok_or_else(|| {
            "found a span of more than 292 years, which nanoseconds cannot hold".to_owned()
        })
    };
    let values: Made<Vec<Value>> = counts.into_iter().map(span).collect();
    Ok(Elements::Other {
        dtype,
        values: values?,
    })
}

/// Dates and times of day.
fn dates(data_type: &DataType, chunks: &[ArrayRef]) -> Vec<Value> {
    fn made<T: ArrowPrimitiveType>(chunks: &[ArrayRef], make: impl Fn(i64) -> Other) -> Vec<Value>
    where
        T::Native: Into<i64>,
    {
        let value = |count: Option<T::Native>| {
            count.map_or(Value::Null, |count| {
                Value::Other(Box::new(make(count.into())))
            })
        };
        optional::<T>(chunks).map(value).collect()
    }
    match data_type {
        DataType::Date32 => made::<Date32Type>(chunks, Other::Date),
        DataType::Date64 => made::<Date64Type>(chunks, |count| Other::Date(count.div_euclid(DAY))),
        DataType::Time32(ArrowUnit::Second) => made::<Time32SecondType>(chunks, |count| {
            Other::Clock(count.saturating_mul(1_000_000))
        }),
        DataType::Time32(_) => {
            made::<Time32MillisecondType>(chunks, |count| Other::Clock(count.saturating_mul(1000)))
        }
        DataType::Time64(ArrowUnit::Nanosecond) => {
            made::<Time64NanosecondType>(chunks, |count| Other::Clock(count / 1000))
        }
        _ => made::<Time64MicrosecondType>(chunks, Other::Clock),
    }
}

fn decimals(data_type: &DataType, scale: i8, chunks: &[ArrayRef]) -> Vec<Value> {
    fn made<T: ArrowPrimitiveType>(chunks: &[ArrayRef], scale: i8) -> Vec<Value>
    where
        T::Native: ToString,
    {
        let value = |digits: Option<T::Native>| {
            digits.map_or(Value::Null, |digits| {
                let digits = digits.to_string().into();
                Value::Other(Box::new(Other::Decimal { digits, scale }))
            })
        };
        optional::<T>(chunks).map(value).collect()
    }
    match data_type {
        DataType::Decimal32(_, _) => made::<Decimal32Type>(chunks, scale),
        DataType::Decimal64(_, _) => made::<Decimal64Type>(chunks, scale),
        DataType::Decimal128(_, _) => made::<Decimal128Type>(chunks, scale),
        _ => made::<Decimal256Type>(chunks, scale),
    }
}
