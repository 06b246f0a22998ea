//! Tables as pandas holds them: columns of one type each, with names, and labels of rows.
//!
//! [`Elements`] of a column are those of an array. How JSON becomes a table is in `build` and `rows`; which
//! type a column gets in `infer`; how one type becomes another in `convert`.

mod build;
mod convert;
mod infer;
mod rows;
mod times;

use crate::array::Elements;
use crate::signature::ColumnName;
use crate::value::Value;

pub(crate) use build::{TableError, column_name, labels};
pub(crate) use rows::{Grid, Records};
#[cfg(feature = "columnar")]
pub(crate) use times::rescaled;
pub(crate) use times::to_datetime;

/// The most cells that are filled in where a request says nothing: a few short rows can ask for
/// more of them than there is memory.
pub(crate) const MAX_FILLED: usize = 64_000_000;

/// Why so many cells are not filled in.
pub(crate) fn too_sparse() -> String {
    format!("found a table with more than {MAX_FILLED} missing or repeated values")
}

/// Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<TableColumn>,
    /// How many rows there are; a table without columns may have some as well.
    pub rows: usize,
    /// The labels of the rows; `None` where they are counted from 0.
    pub index: Option<Vec<Value>>,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Its name: a number where the data give none.
    pub name: ColumnName,
    /// Its values.
    pub elements: Elements,
}

impl Table {
    /// A table of columns that have as many rows.
    pub(crate) fn of(columns: Vec<TableColumn>, rows: usize) -> Self {
        Self {
            columns,
            rows,
            index: None,
        }
    }

    /// The first column of a name.
    pub fn column(&self, name: &ColumnName) -> Option<&Elements> {
        let column = self.columns.iter().find(|column| column.name == *name);
        column.map(|column| &column.elements)
    }

    /// Whether there is at most one column of each name.
    pub(crate) fn is_single(&self, name: &ColumnName) -> bool {
        let same = self.columns.iter().filter(|column| column.name == *name);
        same.count() <= 1
    }

    /// Whether the row labelled 0 is the first one.
    pub(crate) fn begins_at_zero(&self) -> bool {
        match &self.index {
            None => true,
            Some(labels) => labels.first() == Some(&Value::Int(0)),
        }
    }

    /// The rows from one place to another.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Table {
        let columns = self.columns.iter().map(|column| TableColumn {
            name: column.name.clone(),
            elements: column.elements.slice(range.clone()),
        });
        Table {
            columns: columns.collect(),
            rows: range.len(),
            index: self.index.as_ref().map(|labels| labels[range].to_vec()),
        }
    }
}
