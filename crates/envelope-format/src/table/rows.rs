//! Rows as they are read, put into columns one by one.
//!
//! What a row has no value for is filled in, up to a limit: a few short rows beside a long one, or
//! rows that have no name in common, would take more memory than there is.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::build::{Built, TableError};
use super::{MAX_FILLED, Table, TableColumn, too_sparse};
use crate::array::Elements;
use crate::signature::ColumnName;
use crate::value::{Items, Value};

/// Rows of values without names, as columns: each is filled as rows are read.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Items>,
    pub(crate) rows: usize,
    /// How many values are missing so far.
    filled: usize,
}

impl Grid {
    /// Puts a value into the row that is being read; rows that were too short for a column have
    /// nothing there.
    pub(crate) fn set(&mut self, column: usize, value: Value) {
        while self.columns.len() <= column {
            let missing = std::iter::repeat_n(Value::Null, self.rows);
            self.columns.push(missing.collect());
            self.filled += self.rows;
        }
        self.columns[column].push(value);
    }

    /// Ends a row of so many values.
    pub(crate) fn end_row(&mut self, width: usize) {
        self.rows += 1;
        self.filled += self.columns.len().saturating_sub(width);
        if self.is_too_sparse() {
            return;
        }
        for column in self.columns.iter_mut().skip(width) {
            column.push(Value::Null);
        }
    }

    /// Whether more values are missing than are filled in; no row is to follow.
    pub(crate) fn is_too_sparse(&self) -> bool {
        self.filled > MAX_FILLED
    }

    /// Puts in a row: a text counts as its characters and an object as its keys, as in Python.
    pub(crate) fn push_row(&mut self, row: &Value) -> Built<()> {
        let values: Vec<Value> = match row {
            Value::List(items) => items.iter().collect(),
            Value::Array(array) => (0..array.rows()).map(|place| array.row(place)).collect(),
            Value::Map(map) => map.keys().map(|key| Value::Text(key.clone())).collect(),
            Value::Text(text) => {
                let each = text.chars().map(|one| Value::text(one.to_string()));
                each.collect()
            }
            other => {
                return Err(TableError::new(format!(
                    "found {} in row {}, expected a list of values",
                    other.type_name(),
                    self.rows
                )));
            }
        };
        let width = values.len();
        for (place, value) in values.into_iter().enumerate() {
            self.set(place, value);
            check_filled(self.filled)?;
        }
        self.end_row(width);
        check_filled(self.filled)
    }

    pub(super) fn into_columns(self) -> Vec<Elements> {
        self.columns.into_iter().map(Table::infer).collect()
    }
}

/// Rows of values by name, as columns: each is filled as rows are read.
#[derive(Debug, Default)]
pub(crate) struct Records {
    columns: IndexMap<Box<str>, Items>,
    pub(crate) rows: usize,
    /// Where the next name is looked for first: rows often have the same order.
    next: usize,
    /// How many values are missing so far.
    filled: usize,
}

impl Records {
    /// The name that comes next if this row has the order of those before, and its values so far,
    /// unless this row has one already.
    pub(crate) fn expected(&mut self) -> Option<(&str, &mut Items)> {
        let (name, items) = self.columns.get_index_mut(self.next)?;
        (items.len() == self.rows).then_some((name, items))
    }

    /// Tells that the value of the [expected](Self::expected) name was added to its values.
    pub(crate) fn skip(&mut self) {
        self.next += 1;
    }

    /// Puts a value under the [expected](Self::expected) name.
    pub(crate) fn set_expected(&mut self, value: Value) {
        self.put(self.next, value);
    }

    /// Puts a value into the row that is being read; of two of one name, the later one counts.
    pub(crate) fn set(&mut self, name: Cow<str>, value: Value) {
        let place = match self.columns.get_index(self.next) {
            Some((expected, _)) if **expected == *name => self.next,
            _ => self.columns.get_index_of(&*name).unwrap_or_else(|| {
                let before = missing(self.rows);
                self.filled += self.rows;
                self.columns.insert_full(name.into_owned().into(), before).0
            }),
        };
        self.put(place, value);
    }

    fn put(&mut self, place: usize, value: Value) {
        self.next = place + 1;
        let column = &mut self.columns[place];
        if column.len() > self.rows {
            column.pop();
        }
        column.push(value);
    }

    /// Ends a row; what it had no value for is missing.
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
        self.next = 0;
        for column in self.columns.values_mut() {
            if column.len() < self.rows {
                column.push(Value::Float(f64::NAN));
                self.filled += 1;
            }
        }
    }

    /// Whether more values are missing than are filled in; no row is to follow.
    pub(crate) fn is_too_sparse(&self) -> bool {
        self.filled > MAX_FILLED
    }

    pub(super) fn push(&mut self, map: IndexMap<Box<str>, Value>) -> Built<()> {
        for (name, value) in map {
            self.set(Cow::Owned(name.into()), value);
            check_filled(self.filled)?;
        }
        self.end_row();
        check_filled(self.filled)
    }

    pub(crate) fn into_table(self) -> Table {
        let columns = self.columns.into_iter().map(|(name, items)| TableColumn {
            name: ColumnName::Text(name.into()),
            elements: Table::infer(items),
        });
        Table::of(columns.collect(), self.rows)
    }
}

/// Refuses to fill in more than [`MAX_FILLED`] cells.
pub(super) fn check_filled(count: usize) -> Built<()> {
    if count > MAX_FILLED {
        return Err(TableError::new(too_sparse()));
    }
    Ok(())
}

/// How many values it takes to repeat one: those in it, and the characters of long texts.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => 1 + text.len() / 16,
        Value::Big(digits) => 1 + digits.len() / 16,
        Value::Bytes(bytes) => 1 + bytes.len() / 16,
        Value::List(items) => 1 + items.iter().map(|item| weight(&item)).sum::<usize>(),
        Value::Map(map) => 1 + map.values().map(weight).sum::<usize>(),
        Value::Array(array) | Value::Scalar(array) => {
            1 + array
                .elements
                .iter()
                .map(|item| weight(&item))
                .sum::<usize>()
        }
        _ => 1,
    }
}

fn missing(rows: usize) -> Items {
    std::iter::repeat_n(Value::Float(f64::NAN), rows).collect()
}
