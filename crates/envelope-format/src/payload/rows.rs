//! Tables of any form that come in batches of rows.

use std::io::Read;

#[cfg(feature = "columnar")]
use super::ColumnarRows;
use super::CsvRows;
use crate::refusal::Refusal;
use crate::table::Table;

/// The rows of a table, read in batches.
#[non_exhaustive]
pub enum TableRows<R> {
    /// Of CSV
    Csv(Box<CsvRows<R>>),
    /// Of Parquet or Arrow
    #[cfg(feature = "columnar")]
    Columnar(Box<ColumnarRows>),
}

impl<R: Read> TableRows<R> {
    /// Reads the next rows; `None` after the last ones.
    ///
    /// # Errors
    /// Rows that cannot be read, and values that are not of the declared types.
    pub fn next_batch(&mut self, most: usize) -> Result<Option<Table>, Refusal> {
        match self {
            TableRows::Csv(rows) => rows.next_batch(most),
            #[cfg(feature = "columnar")]
            TableRows::Columnar(rows) => rows.next_batch(most),
        }
    }

    /// How many rows there are in all, where that is known before they are read.
    pub fn total_rows(&self) -> Option<u64> {
        match self {
            TableRows::Csv(_) => None,
            #[cfg(feature = "columnar")]
            TableRows::Columnar(rows) => Some(rows.total_rows()),
        }
    }

    /// The table without any rows.
    ///
    /// # Errors
    /// Types that cannot be read.
    pub fn empty(&self) -> Result<Table, Refusal> {
        match self {
            TableRows::Csv(rows) => rows.empty(),
            #[cfg(feature = "columnar")]
            TableRows::Columnar(rows) => rows.empty(),
        }
    }
}

impl<R> From<CsvRows<R>> for TableRows<R> {
    fn from(rows: CsvRows<R>) -> Self {
        TableRows::Csv(Box::new(rows))
    }
}

#[cfg(feature = "columnar")]
impl<R> From<ColumnarRows> for TableRows<R> {
    fn from(rows: ColumnarRows) -> Self {
        TableRows::Columnar(Box::new(rows))
    }
}
