//! `pandas.DataFrame(data, columns, index)` for what JSON can hold.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::rows::{Grid, Records, check_filled, weight};
use super::{Table, TableColumn};
use crate::array::{Array, Elements};
use crate::json::Json;
use crate::signature::ColumnName;
use crate::value::{Items, Value};

/// Why something is no table, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableError {
    pub(crate) message: String,
}

impl TableError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

pub(super) type Built<T> = Result<T, TableError>;

/// The columns 0, 1, 2, …
fn numbered(columns: Vec<Elements>) -> Vec<TableColumn> {
    let numbered = (0..).zip(columns).map(|(number, elements)| TableColumn {
        name: ColumnName::Integer(number),
        elements,
    });
    numbered.collect()
}

impl Table {
    /// Makes a table of a grid, whose columns may be named and whose rows may be labelled.
    pub(crate) fn of_grid(
        grid: Grid,
        names: Option<Vec<ColumnName>>,
        index: Option<Vec<Value>>,
    ) -> Built<Self> {
        let rows = grid.rows;
        if rows == 0 {
            return Self::empty(names.unwrap_or_default(), index);
        }
        let found = grid.columns.len();
        let columns = match names {
            None => numbered(grid.into_columns()),
            Some(names) if names.len() == found => {
                let pairs = names.into_iter().zip(grid.into_columns());
                pairs
                    .map(|(name, elements)| TableColumn { name, elements })
                    .collect()
            }
            Some(names) => {
                let expected = names.len();
                return Err(TableError::new(format!(
                    "found rows of {found} values, expected {expected}, as many as there are columns"
                )));
            }
        };
        Self::of(columns, rows).repeated_and_labelled(index)
    }

    /// Columns without rows, or with as many missing values as there are labels.
    fn empty(names: Vec<ColumnName>, index: Option<Vec<Value>>) -> Built<Self> {
        let rows = index.as_ref().map_or(0, Vec::len);
        check_filled(rows.saturating_mul(names.len()))?;
        let columns = names.into_iter().map(|name| TableColumn {
            name,
            elements: Elements::Object(vec![Value::Float(f64::NAN); rows]),
        });
        Ok(Table {
            columns: columns.collect(),
            rows,
            index: index.filter(|labels| !labels.is_empty()),
        })
    }

    /// Labels the rows; a single one stands for as many as there are labels.
    fn repeated_and_labelled(mut self, index: Option<Vec<Value>>) -> Built<Self> {
        let count = index.as_ref().map_or(self.rows, Vec::len);
        if self.rows == 1 && count != 1 {
            let first = self.columns.iter().filter_map(|one| one.elements.get(0));
            let each = first.map(|value| weight(&value)).sum::<usize>();
            check_filled(count.saturating_mul(each))?;
            for column in &mut self.columns {
                column.elements = column.elements.pick(std::iter::repeat_n(0, count));
            }
            self.rows = count;
        }
        self.labelled(index)
    }

    fn labelled(mut self, index: Option<Vec<Value>>) -> Built<Self> {
        if let Some(labels) = index {
            if labels.len() != self.rows {
                return Err(TableError::new(format!(
                    "found an index of {} labels for {} rows",
                    labels.len(),
                    self.rows
                )));
            }
            self.index = Some(labels);
        }
        Ok(self)
    }

    /// Makes a table of any data, whose columns may be named and whose rows may be labelled.
    pub(crate) fn of_value(
        data: Value,
        names: Option<Vec<ColumnName>>,
        index: Option<Vec<Value>>,
    ) -> Built<Self> {
        match data {
            Value::Null => Self::empty(names.unwrap_or_default(), index),
            Value::List(items) => Self::of_items(*items, names, index),
            Value::Map(map) => Self::of_map(*map)?
                .chosen(names)?
                .repeated_and_labelled(index),
            Value::Array(array) => Self::of_array(*array)?.renamed(names)?.labelled(index),
            Value::Scalar(_) => Err(TableError::new("found a single value, expected rows")),
            other => Err(TableError::new(format!(
                "found {}, expected a list of rows",
                other.type_name()
            ))),
        }
    }

    fn of_items(
        items: Items,
        names: Option<Vec<ColumnName>>,
        index: Option<Vec<Value>>,
    ) -> Built<Self> {
        let first = items.get(0);
        match first {
            None => Self::empty(names.unwrap_or_default(), index),
            Some(Value::Map(_)) => Self::of_records(items)?
                .chosen(names)?
                .repeated_and_labelled(index),
            Some(Value::List(_) | Value::Array(_)) if is_sequence(first.as_ref()) => {
                let mut grid = Grid::default();
                for row in items.into_values() {
                    grid.push_row(&row)?;
                }
                Self::of_grid(grid, names, index)
            }
            Some(_) => {
                let rows = items.len();
                let column = numbered(vec![Self::infer(items)]);
                Self::of(column, rows).renamed(names)?.labelled(index)
            }
        }
    }

    /// Makes a table of objects: their keys, in the order in which they come first, are its
    /// columns.
    pub(crate) fn of_records(items: Items) -> Built<Self> {
        let mut records = Records::default();
        for row in items.into_values() {
            match row {
                Value::Map(map) => records.push(*map)?,
                other => {
                    return Err(TableError::new(format!(
                        "found {} in row {}, expected an object as in the rows before",
                        other.type_name(),
                        records.rows
                    )));
                }
            }
        }
        Ok(records.into_table())
    }

    /// Makes a table of one row.
    pub(crate) fn of_one_row(map: IndexMap<Box<str>, Value>) -> Self {
        let mut records = Records::default();
        for (name, value) in map {
            records.set(Cow::Owned(name.into()), value);
        }
        records.end_row();
        records.into_table()
    }

    /// Makes a table of columns by name: lists of one length, single values that are repeated, or
    /// objects whose keys label the rows.
    pub(crate) fn of_map(map: IndexMap<Box<str>, Value>) -> Built<Self> {
        if map.values().any(|value| matches!(value, Value::Map(_))) {
            return of_labelled_columns(&map);
        }
        let mut rows = None;
        for (name, value) in &map {
            let found = match value {
                Value::List(items) => items.len(),
                Value::Array(array) if !array.shape.is_empty() => array.rows(),
                _ => continue,
            };
            if *rows.get_or_insert(found) != found {
                return Err(TableError::new(format!(
                    "found {found} values in column `{name}`, expected {} as in those before",
                    rows.unwrap_or(0)
                )));
            }
        }
        let Some(rows) = rows.or_else(|| map.is_empty().then_some(0)) else {
            return Err(TableError::new("found single values only, expected lists"));
        };
        let is_single = |value: &&Value| match value {
            Value::List(_) => false,
            Value::Array(array) => array.shape.is_empty(),
            _ => true,
        };
        let each = map.values().filter(is_single).map(weight).sum::<usize>();
        check_filled(rows.saturating_mul(each))?;
        let columns: Built<Vec<TableColumn>> = map
            .into_iter()
            .map(|(name, value)| {
                Ok(TableColumn {
                    name: ColumnName::Text(name.into()),
                    elements: column(value, rows)?,
                })
            })
            .collect();
        Ok(Self::of(columns?, rows))
    }

    /// Makes a table of an array of one or two dimensions.
    pub(crate) fn of_array(array: Array) -> Built<Self> {
        let rows = array.rows();
        match array.shape.as_slice() {
            [_] => {
                let column = Self::column_of_array(array.elements);
                Ok(Self::of(numbered(vec![column]), rows))
            }
            [_, width] => {
                let column = |place: usize| {
                    let each = (0..rows).map(|row| row * width + place);
                    Self::column_of_array(array.elements.pick(each))
                };
                Ok(Self::of(numbered((0..*width).map(column).collect()), rows))
            }
            _ => Err(TableError::new(format!(
                "found an array of shape {}, expected two dimensions",
                array.shape_text()
            ))),
        }
    }

    /// Only the columns of these names, in their order; those that are not there have nothing but
    /// missing values.
    fn chosen(self, names: Option<Vec<ColumnName>>) -> Built<Self> {
        let Some(names) = names else { return Ok(self) };
        check_filled(self.rows.saturating_mul(names.len()))?;
        let columns = names.into_iter().map(|name| {
            let known = self.column(&name).cloned();
            let elements = known.unwrap_or_else(|| Elements::Float64(vec![f64::NAN; self.rows]));
            TableColumn { name, elements }
        });
        Ok(Self::of(columns.collect(), self.rows))
    }

    /// The columns under other names.
    fn renamed(mut self, names: Option<Vec<ColumnName>>) -> Built<Self> {
        let Some(names) = names else { return Ok(self) };
        if names.len() != self.columns.len() {
            return Err(TableError::new(format!(
                "found {} columns, expected {}, as many as there are names",
                self.columns.len(),
                names.len()
            )));
        }
        for (column, name) in self.columns.iter_mut().zip(names) {
            column.name = name;
        }
        Ok(self)
    }
}

fn is_sequence(value: Option<&Value>) -> bool {
    match value {
        Some(Value::List(_)) => true,
        Some(Value::Array(array)) => !array.shape.is_empty(),
        _ => false,
    }
}

/// The elements of one column among others of so many rows.
fn column(value: Value, rows: usize) -> Built<Elements> {
    Ok(match value {
        Value::List(items) => Table::infer(*items),
        Value::Array(array) if array.shape.len() == 1 => match array.elements {
            bytes @ Elements::Bytes(_) => Elements::Object(bytes.into_values()),
            elements => Table::column_of_array(elements),
        },
        Value::Array(array) if array.shape.len() > 1 => {
            return Err(TableError::new(format!(
                "found an array of shape {} in a column, expected one dimension",
                array.shape_text()
            )));
        }
        single => repeated(single, rows),
    })
}

/// A single value in every row. Its type is that of the column, even of one without rows.
fn repeated(value: Value, rows: usize) -> Elements {
    let single = match value {
        Value::Array(array) | Value::Scalar(array) => Table::column_of_array(array.elements),
        other => Table::infer(std::iter::once(other).collect()),
    };
    let elements = single.pick(std::iter::repeat_n(0, rows));
    match elements {
        Elements::Bytes(all) => Elements::Object(all.into_iter().map(Value::Bytes).collect()),
        other => other,
    }
}

/// Objects as columns: the keys of all are the labels of the rows.
fn of_labelled_columns(map: &IndexMap<Box<str>, Value>) -> Built<Table> {
    let mut labels: IndexMap<&str, ()> = IndexMap::new();
    for (name, value) in map {
        match value {
            Value::Map(inner) => labels.extend(inner.keys().map(|key| (&**key, ()))),
            Value::List(_) | Value::Array(_) => {
                return Err(TableError::new(format!(
                    "found a list in column `{name}` beside objects in others"
                )));
            }
            _ => {}
        }
    }
    check_filled(labels.len().saturating_mul(map.len()))?;
    let columns = map.iter().map(|(name, value)| {
        let each: Items = match value {
            Value::Map(inner) => {
                let found = |label: &&str| inner.get(*label).cloned();
                let missing = || Value::Float(f64::NAN);
                labels
                    .keys()
                    .map(|label| found(label).unwrap_or_else(missing))
                    .collect()
            }
            single => {
                return TableColumn {
                    name: ColumnName::Text(name.to_string()),
                    elements: repeated(single.clone(), labels.len()),
                };
            }
        };
        TableColumn {
            name: ColumnName::Text(name.to_string()),
            elements: Table::infer(each),
        }
    });
    Ok(Table {
        columns: columns.collect(),
        rows: labels.len(),
        index: Some(labels.keys().map(|label| Value::text(*label)).collect()),
    })
}

/// The names that stand in `columns`, or the labels in `index`: a list, or the keys of an object.
pub(crate) fn labels(value: Value, what: &str) -> Built<Option<Vec<Value>>> {
    match value {
        Value::Null => Ok(None),
        Value::List(items) => Ok(Some(items.into_values())),
        Value::Map(map) => Ok(Some(
            map.keys().map(|key| Value::Text(key.clone())).collect(),
        )),
        other => Err(TableError::new(format!(
            "found {} in `{what}`, expected a list",
            other.type_name()
        ))),
    }
}

/// A label as the name of a column.
pub(crate) fn column_name(label: &Value) -> ColumnName {
    match label {
        Value::Text(text) => ColumnName::Text(text.to_string()),
        Value::Int(number) => ColumnName::Integer(*number),
        Value::Bool(value) => ColumnName::Other((*value).into()),
        Value::Float(value) => ColumnName::Other((*value).into()),
        Value::Null => ColumnName::Other(Json::Null),
        other => ColumnName::Other(other.to_repr().as_str().into()),
    }
}
