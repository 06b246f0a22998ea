//! Parquet and Arrow as `pandas.read_parquet` reads them: columns of the types that pandas makes
//! of Arrow's, without those that are the index.
//!
//! Whether whole numbers with missing ones among them become floats depends on the whole file, and
//! rows are read in batches. So where a file has more than one batch, what is missing is asked of
//! the statistics of a Parquet file, or else found by reading the columns in question once before.
//! See <https://parquet.apache.org/docs/file-format/> and <https://arrow.apache.org/docs/format/Columnar.html>.

mod column;
mod file;
mod layout;
mod messages;
mod missing;
mod nested;
mod source;

use std::fs::File;
use std::io;

use arrow_array::{ArrayRef, RecordBatch};

use crate::refusal::Refusal;
use crate::table::{Table, TableColumn};
use crate::value::{Other, Value};
use file::{Batches, ColumnFile};
use layout::{Index, Layout};
use missing::Missing;
use source::Source;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 8192;

/// The rows of a Parquet or Arrow file, read in batches.
pub struct ColumnarRows {
    file: ColumnFile,
    layout: Layout,
    batches: Option<Batches>,
    /// What was read beyond the rows that were asked for.
    pending: Option<RecordBatch>,
    /// Where values are missing in the whole file, for each of its columns.
    missing: Option<Vec<Missing>>,
    /// How many rows were read.
    rows: u64,
}

/// Reads a whole Parquet body.
pub(super) fn read_parquet(body: &[u8]) -> Result<Table, Refusal> {
    read(ColumnarRows::parquet(Source::bytes(body))?)
}

/// Reads a whole Arrow body.
pub(super) fn read_arrow(body: &[u8]) -> Result<Table, Refusal> {
    read(ColumnarRows::arrow(Source::bytes(body))?)
}

fn read(mut rows: ColumnarRows) -> Result<Table, Refusal> {
    let table = rows.next_batch(usize::MAX)?;
    table.map_or_else(|| rows.empty(), Ok)
}

impl ColumnarRows {
    /// Opens a Parquet file; its rows are read from wherever they lie in it.
    ///
    /// # Errors
    /// The outer: the file cannot be asked for its size. The inner: it is no Parquet, or has types
    /// that pandas does not read.
    pub fn new_parquet(file: File) -> io::Result<Result<Self, Refusal>> {
        Ok(Self::parquet(Source::file(file)?))
    }

    /// Opens an Arrow file, or a file that holds an Arrow stream.
    ///
    /// # Errors
    /// As for Parquet.
    pub fn new_arrow(file: File) -> io::Result<Result<Self, Refusal>> {
        Ok(Self::arrow(Source::file(file)?))
    }

    fn parquet(source: Source) -> Result<Self, Refusal> {
        Self::of(ColumnFile::parquet(source)?)
    }

    fn arrow(source: Source) -> Result<Self, Refusal> {
        Self::of(ColumnFile::arrow(source)?)
    }

    fn of(file: ColumnFile) -> Result<Self, Refusal> {
        Ok(Self {
            layout: Layout::read(file.schema())?,
            file,
            batches: None,
            pending: None,
            missing: None,
            rows: 0,
        })
    }

    /// Reads the next rows; `None` after the last ones.
    ///
    /// # Errors
    /// A file that is damaged, and values that pandas does not read.
    pub fn next_batch(&mut self, most: usize) -> Result<Option<Table>, Refusal> {
        let mut parts = Vec::new();
        let mut rows = 0;
        while rows < most {
            let Some(part) = self.pull(most)? else { break };
            let taken = part.num_rows().min(most - rows);
            if taken < part.num_rows() {
                self.pending = Some(part.slice(taken, part.num_rows() - taken));
            }
            parts.push(part.slice(0, taken));
            rows += taken;
        }
        if rows == 0 {
            return Ok(None);
        }
        if self.missing.is_none() {
            self.pending = self.pull(most)?;
            self.missing = Some(match &self.pending {
                None => Missing::of_batches(&parts, self.file.schema()),
                Some(_) => self.file.missing()?,
            });
        }
        let table = self.table(&parts, rows)?;
        self.rows += u64::try_from(rows).unwrap_or(0);
        Ok(Some(table))
    }

    /// The table without any rows.
    ///
    /// # Errors
    /// Types that pandas does not read.
    pub fn empty(&self) -> Result<Table, Refusal> {
        self.table(&[], 0)
    }

    /// How many rows there are in all, as the file says.
    pub fn total_rows(&self) -> u64 {
        self.file.total_rows()
    }

    /// The next rows of the file, of which there is at least one.
    fn pull(&mut self, most: usize) -> Result<Option<RecordBatch>, Refusal> {
        if let Some(part) = self.pending.take() {
            return Ok(Some(part));
        }
        if self.batches.is_none() {
            self.batches = Some(self.file.batches(None, most.clamp(1, BATCH_ROWS))?);
        }
        let Some(batches) = &mut self.batches else {
            return Ok(None);
        };
        loop {
            match batches.next() {
                Some(Ok(part)) if part.num_rows() == 0 => {}
                Some(Ok(part)) => return Ok(Some(part)),
                Some(Err(error)) => return Err(self.file.fault(&error)),
                None => return Ok(None),
            }
        }
    }

    fn table(&self, parts: &[RecordBatch], rows: usize) -> Result<Table, Refusal> {
        let nothing = || Missing::of_batches(&[], self.file.schema());
        let missing = self.missing.clone().unwrap_or_else(nothing);
        let found = Missing::of_batches(parts, self.file.schema());
        if missing
            .iter()
            .zip(&found)
            .any(|(all, some)| !all.covers(some))
        {
            let message = "found missing values, of which the statistics of the file know nothing";
            return Err(Refusal::parse(message));
        }
        let chunks = |place: usize| -> Vec<ArrayRef> {
            let columns = parts.iter().map(|part| part.column(place).clone());
            columns.collect()
        };
        let each = self.layout.columns.iter().map(|column| {
            let elements = column
                .kind
                .elements(&chunks(column.place), &missing[column.place])
                .map_err(|message| Refusal::parse(message).in_column(&column.name))?;
            let name = column.name.clone();
            Ok(TableColumn { name, elements })
        });
        let columns = each.collect::<Result<_, Refusal>>()?;
        let mut table = Table::of(columns, rows);
        table.index = match &self.layout.index {
            Index::Counted => None,
            Index::Range { start, step } => {
                let before = i64::try_from(self.rows).unwrap_or(i64::MAX);
                let label = |row| start.saturating_add(step.saturating_mul(before + row));
                let rows = i64::try_from(rows).unwrap_or(i64::MAX);
                Some((0..rows).map(|row| Value::Int(label(row))).collect())
            }
            Index::Columns(columns) => {
                let each = columns.iter().map(|(place, kind)| {
                    let elements = kind.elements(&chunks(*place), &missing[*place]);
                    Ok(elements.map_err(Refusal::parse)?.into_values())
                });
                Some(labels(each.collect::<Result<_, Refusal>>()?))
            }
        };
        Ok(table)
    }
}

/// The labels of rows: values of one column, or tuples of several.
fn labels(mut columns: Vec<Vec<Value>>) -> Vec<Value> {
    if columns.len() == 1 {
        return columns.remove(0);
    }
    let rows = columns.first().map_or(0, Vec::len);
    let label = |row: usize| {
        let cells = columns.iter().filter_map(|column| column.get(row).cloned());
        Value::Other(Box::new(Other::Tuple(cells.collect())))
    };
    (0..rows).map(label).collect()
}
