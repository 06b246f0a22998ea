//! Files of columns: their schema, their rows in batches, and what is missing in all of them.

use std::io::{BufReader, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ColumnChunkMetaData;

use super::BATCH_ROWS;
use super::messages;
use super::missing::Missing;
use super::source::{Reader, Source};
use crate::refusal::Refusal;

/// What an Arrow file begins with: then comes a stream, and then what is of no use here.
const MAGIC: &[u8] = b"ARROW1\0\0";

/// A file of columns.
pub(super) struct ColumnFile {
    source: Source,
    form: Form,
    schema: SchemaRef,
}

enum Form {
    Parquet(Box<ArrowReaderMetadata>),
    Arrow {
        /// Where the stream begins.
        start: u64,
        rows: u64,
    },
}

/// Rows in batches.
pub(super) enum Batches {
    Parquet(Box<ParquetRecordBatchReader>),
    Arrow(Box<StreamReader<BufReader<Reader>>>),
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = guarded(|| {
            let next = match self {
                Batches::Parquet(reader) => reader.next(),
                Batches::Arrow(reader) => reader.next(),
            };
            next.transpose()
        });
        next.transpose()
    }
}

/// Runs what reads, whose ends by panic on damaged files are errors.
fn guarded<T, E: From<ArrowError>>(read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let message = "found a damaged file, which its reader cannot read".to_owned();
        Err(ArrowError::ParseError(message).into())
    })
}

impl ColumnFile {
    /// Opens a Parquet file.
    pub(super) fn parquet(source: Source) -> Result<Self, Refusal> {
        let load = |options| guarded(|| Ok(ArrowReaderMetadata::load(&source, options)?));
        let metadata = load(ArrowReaderOptions::new()).map_err(|error| fault("Parquet", &error))?;
        check_places(&metadata)?;
        let schema = metadata.schema().clone();
        // Only texts and bytes keep their categories in Parquet, as in pyarrow.
        let metadata = match plain(&schema) {
            None => metadata,
            Some(plain) => load(ArrowReaderOptions::new().with_schema(Arc::new(plain)))
                .map_err(|error| fault("Parquet", &error))?,
        };
        let fields = metadata.schema().fields().clone();
        Ok(Self {
            source,
            schema: Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())),
            form: Form::Parquet(Box::new(metadata)),
        })
    }

    /// Opens an Arrow file or stream.
    pub(super) fn arrow(source: Source) -> Result<Self, Refusal> {
        let mut first = [0; MAGIC.len()];
        let read = source.reader(0).read_exact(&mut first);
        let start = if read.is_ok() && first == MAGIC { 8 } else { 0 };
        let damaged = |error: String| fault("Arrow", &ArrowError::IpcError(error));
        let rows = messages::check(&source, start).map_err(damaged)?;
        let stream = || StreamReader::try_new(source.reader(start), None);
        let schema = guarded(|| Ok(stream()?.schema())).map_err(|error| fault("Arrow", &error))?;
        Ok(Self {
            source,
            form: Form::Arrow { start, rows },
            schema,
        })
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many rows there are.
    pub(super) fn total_rows(&self) -> u64 {
        match &self.form {
            Form::Parquet(metadata) => {
                let rows = metadata.metadata().file_metadata().num_rows();
                u64::try_from(rows).unwrap_or(0)
            }
            Form::Arrow { rows, .. } => *rows,
        }
    }

    /// Begins to read these columns, or all of them.
    pub(super) fn batches(
        &self,
        columns: Option<&[usize]>,
        most: usize,
    ) -> Result<Batches, Refusal> {
        let projection = columns.map(<[usize]>::to_vec);
        let batches = guarded(|| {
            Ok::<_, ArrowError>(match &self.form {
                Form::Parquet(metadata) => {
                    let metadata = (**metadata).clone();
                    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
                        self.source.clone(),
                        metadata,
                    )
                    .with_batch_size(most);
                    if let Some(columns) = projection {
                        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
                        builder = builder.with_projection(mask);
                    }
                    Batches::Parquet(Box::new(builder.build()?))
                }
                Form::Arrow { start, .. } => {
                    let reader = self.source.reader(*start);
                    Batches::Arrow(Box::new(StreamReader::try_new(reader, projection)?))
                }
            })
        });
        batches.map_err(|error| self.fault(&error))
    }

    /// Why a file cannot be read.
    pub(super) fn fault(&self, error: &ArrowError) -> Refusal {
        let name = match &self.form {
            Form::Parquet(_) => "Parquet",
            Form::Arrow { .. } => "Arrow",
        };
        fault(name, error)
    }

    /// Where values are missing in the whole file: as statistics say, or as reading shows.
    pub(super) fn missing(&self) -> Result<Vec<Missing>, Refusal> {
        let schema = self.schema();
        let mut missing = Missing::of_batches(&[], schema);
        let mut unknown = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            if !Missing::matters(field) {
                missing[place] = Missing::anywhere(field);
                continue;
            }
            match self.is_missing_in_statistics(place, field) {
                Some(is_here) => missing[place].is_here = is_here,
                None => unknown.push(place),
            }
        }
        if unknown.is_empty() {
            return Ok(missing);
        }
        for batch in self.batches(Some(&unknown), BATCH_ROWS)? {
            let batch = batch.map_err(|error| self.fault(&error))?;
            for (column, place) in batch.columns().iter().zip(&unknown) {
                missing[*place].see(column);
            }
        }
        Ok(missing)
    }

    /// Whether values of a flat column are missing, where all parts of a Parquet file say so.
    fn is_missing_in_statistics(&self, place: usize, field: &Field) -> Option<bool> {
        let Form::Parquet(metadata) = &self.form else {
            return None;
        };
        if field.data_type().is_nested() {
            return None;
        }
        let schema = metadata.parquet_schema();
        let leaf =
            (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == place)?;
        let mut is_missing = false;
        for group in metadata.metadata().row_groups() {
            let statistics = group.columns().get(leaf)?.statistics()?;
            is_missing |= statistics.null_count_opt()? > 0;
        }
        Some(is_missing)
    }
}

/// Holds what the file says of its columns against sense, on which its reader relies.
fn check_places(metadata: &ArrowReaderMetadata) -> Result<(), Refusal> {
    for (place, group) in metadata.metadata().row_groups().iter().enumerate() {
        let is_odd = |column: &ColumnChunkMetaData| {
            column.data_page_offset() < 0
                || column
                    .dictionary_page_offset()
                    .is_some_and(|offset| offset < 0)
                || column.compressed_size() < 0
        };
        if group.num_rows() < 0 || group.columns().iter().any(is_odd) {
            let message = format!("found a size below zero in group {place} of the rows");
            return Err(fault("Parquet", &ArrowError::ParseError(message)));
        }
    }
    Ok(())
}

fn fault(name: &str, error: &ArrowError) -> Refusal {
    let text = error.to_string();
    let text = ["Parquet argument error: ", "Parser error: ", "Ipc error: "]
        .iter()
        .fold(text.as_str(), |text, start| {
            text.strip_prefix(start).unwrap_or(text)
        });
    let text = text.lines().next().unwrap_or_default();
    Refusal::parse(format!("the body is no {name}, or damaged: {text}"))
}

/// The schema with plain values instead of categories of anything but texts and bytes; `None`
/// where it has none of those.
fn plain(schema: &Schema) -> Option<Schema> {
    let mut is_changed = false;
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Dictionary(_, values) if !is_text_or_bytes(values) => {
            is_changed = true;
            Field::clone(field).with_data_type((**values).clone())
        }
        _ => Field::clone(field),
    });
    let fields: Vec<Field> = fields.collect();
    is_changed.then(|| Schema::new(fields))
}

fn is_text_or_bytes(data_type: &DataType) -> bool {
    use DataType::{Binary, BinaryView, FixedSizeBinary, LargeBinary, LargeUtf8, Utf8, Utf8View};
    matches!(
        data_type,
        Binary | BinaryView | FixedSizeBinary(_) | LargeBinary | LargeUtf8 | Utf8 | Utf8View
    )
}
