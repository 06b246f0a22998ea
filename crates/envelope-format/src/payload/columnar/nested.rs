//! What lists, objects and maps hold: arrays of numpy's, dictionaries, and lists of pairs.

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowDictionaryKeyType;
use arrow_array::{Array as _, ArrayRef, MapArray, OffsetSizeTrait};
use arrow_schema::DataType;
use indexmap::IndexMap;

use super::column::{self, Made, texts_of};
use super::missing::Missing;
use crate::array::{Array, Elements};
use crate::value::{Other, Value};

/// The items of lists one after the other, and which of them each list has.
pub(super) struct Lists {
    pub(super) items: ArrayRef,
    ranges: Vec<std::ops::Range<usize>>,
}

/// The keys and values of maps one after the other.
pub(super) struct Entries {
    pub(super) keys: ArrayRef,
    pub(super) values: ArrayRef,
    ranges: Vec<std::ops::Range<usize>>,
}

/// What the lists of an array hold, if it has lists.
pub(super) fn lists(array: &ArrayRef) -> Option<Lists> {
    let (items, (start, ranges)) = match array.data_type() {
        DataType::List(_) => {
            let lists = array.as_list::<i32>();
            (lists.values(), ranges(lists.value_offsets()))
        }
        DataType::LargeList(_) => {
            let lists = array.as_list::<i64>();
            (lists.values(), ranges(lists.value_offsets()))
        }
        DataType::FixedSizeList(_, size) => {
            let lists = array.as_fixed_size_list();
            let size = usize::try_from(*size).unwrap_or(0);
            let range = |row| row * size..(row + 1) * size;
            (lists.values(), (0, (0..lists.len()).map(range).collect()))
        }
        _ => return None,
    };
    let end = ranges.last().map_or(0, |range| range.end);
    let items = items.slice(start, end);
    Some(Lists { items, ranges })
}

/// Where the first list begins, and where each lies after that.
fn ranges<O: OffsetSizeTrait>(offsets: &[O]) -> (usize, Vec<std::ops::Range<usize>>) {
    let start = offsets.first().map_or(0, |offset| offset.as_usize());
    let range = |pair: &[O]| pair[0].as_usize() - start..pair[1].as_usize() - start;
    (start, offsets.windows(2).map(range).collect())
}

/// What maps hold.
pub(super) fn entries(maps: &MapArray) -> Entries {
    let (start, ranges) = ranges(maps.value_offsets());
    let length = ranges.last().map_or(0, |range| range.end);
    Entries {
        keys: maps.keys().slice(start, length),
        values: maps.values().slice(start, length),
        ranges,
    }
}

/// Lists as arrays, each of the type that the items of all have.
pub(super) fn arrays(array: &ArrayRef, missing: &Missing) -> Made<Vec<Value>> {
    let (Some(lists), Some(within)) = (lists(array), missing.within.first()) else {
        return Err(column::unread(array.data_type()));
    };
    let items = elements(&lists.items, within)?;
    let list = |(row, range): (usize, &std::ops::Range<usize>)| {
        if array.is_null(row) {
            return Value::Null;
        }
        Value::Array(Box::new(Array::of_row(items.slice(range.clone()))))
    };
    Ok(lists.ranges.iter().enumerate().map(list).collect())
}

/// Maps as lists of pairs.
pub(super) fn maps(array: &ArrayRef, missing: &Missing) -> Made<Vec<Value>> {
    let [keys_missing, values_missing] = missing.within.as_slice() else {
        return Err(column::unread(array.data_type()));
    };
    let entries = entries(array.as_map());
    let keys = values(&entries.keys, keys_missing)?;
    let values = values(&entries.values, values_missing)?;
    let map = |(row, range): (usize, &std::ops::Range<usize>)| {
        if array.is_null(row) {
            return Value::Null;
        }
        let pair = |place: usize| {
            let pair = vec![keys[place].clone(), values[place].clone()];
            Value::Other(Box::new(Other::Tuple(pair)))
        };
        Value::list(range.clone().map(pair))
    };
    Ok(entries.ranges.iter().enumerate().map(map).collect())
}

/// Objects as dictionaries.
pub(super) fn objects(array: &ArrayRef, missing: &Missing) -> Made<Vec<Value>> {
    let objects = array.as_struct();
    let columns = objects.columns().iter().zip(&missing.within);
    let columns: Vec<Vec<Value>> = columns
        .map(|(column, missing)| values(column, missing))
        .collect::<Result<_, String>>()?;
    let object = |row: usize| {
        if objects.is_null(row) {
            return Value::Null;
        }
        let entries = objects.fields().iter().zip(&columns);
        let entries = entries.map(|(field, column)| {
            let name: Box<str> = field.name().as_str().into();
            (name, column[row].clone())
        });
        Value::Map(Box::new(entries.collect::<IndexMap<_, _>>()))
    };
    Ok((0..objects.len()).map(object).collect())
}

/// The values of an array as they stand in dictionaries and pairs: `None` where one is missing.
fn values(array: &ArrayRef, missing: &Missing) -> Made<Vec<Value>> {
    let made = match elements(array, missing)? {
        Elements::Time { unit, counts } => {
            let moment = |count: i64| i128::from(count) * i128::from(unit.nanoseconds());
            let moments = counts.into_iter().map(moment);
            let moments = moments.map(|moment| Value::Other(Box::new(Other::Moment(moment))));
            moments.collect()
        }
        other => other.into_values(),
    };
    let nulls = array.logical_nulls();
    let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    let each = made.into_iter().enumerate();
    Ok(each
        .map(|(row, value)| if is_null(row) { Value::Null } else { value })
        .collect())
}

/// The elements of an array of numpy's: texts are objects there, times have no zone, and
/// categories are what they stand for.
fn elements(array: &ArrayRef, missing: &Missing) -> Made<Elements> {
    let chunk = std::slice::from_ref(array);
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let text = |text: Option<Box<str>>| text.map_or(Value::Null, Value::Text);
            Ok(Elements::Object(
                texts_of(array).into_iter().map(text).collect(),
            ))
        }
        DataType::Timestamp(unit, Some(_)) => Ok(column::times(*unit, chunk)),
        DataType::Dictionary(_, _) => Ok(Elements::Object(decoded(array, &Value::Null)?)),
        other => column::elements(other, chunk, missing),
    }
}

/// What the keys of a dictionary stand for, or this where there is no key.
pub(super) fn decoded(array: &ArrayRef, absent: &Value) -> Made<Vec<Value>> {
    use arrow_array::types::{
        Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    };
    let DataType::Dictionary(key, _) = array.data_type() else {
        return Err(column::unread(array.data_type()));
    };
    match **key {
        DataType::Int8 => decoded_of::<Int8Type>(array, absent),
        DataType::Int16 => decoded_of::<Int16Type>(array, absent),
        DataType::Int32 => decoded_of::<Int32Type>(array, absent),
        DataType::Int64 => decoded_of::<Int64Type>(array, absent),
        DataType::UInt8 => decoded_of::<UInt8Type>(array, absent),
        DataType::UInt16 => decoded_of::<UInt16Type>(array, absent),
        DataType::UInt32 => decoded_of::<UInt32Type>(array, absent),
        DataType::UInt64 => decoded_of::<UInt64Type>(array, absent),
        _ => Err(column::unread(array.data_type())),
    }
}

fn decoded_of<K: ArrowDictionaryKeyType>(array: &ArrayRef, absent: &Value) -> Made<Vec<Value>> {
    let dictionary = array.as_dictionary::<K>();
    let words = dictionary.values();
    let words = elements(words, &Missing::default())?.into_values();
    let word = |place: Option<usize>| {
        let word = place.and_then(|place| words.get(place));
        word.filter(|word| !word.is_null_or_nan())
            .unwrap_or(absent)
            .clone()
    };
    Ok(dictionary.keys_iter().map(word).collect())
}
