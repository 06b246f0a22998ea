//! What the columns of a file are for pandas: names, types of its own, and those that are the index,
//! as the key `pandas` of the file says.
//! See <https://pandas.pydata.org/docs/development/developer.html#storing-pandas-dataframe-objects-in-apache-parquet-format>.

use arrow_schema::{Field, Schema};

use super::column::{Kind, Own};
use crate::json::Json;
use crate::refusal::Refusal;
use crate::signature::ColumnName;

/// Numbers that may be missing, as pandas names them, and as it names those that Arrow holds for it.
const NULLABLE: [(&str, &str); 11] = [
    ("Int8", "int8[pyarrow]"),
    ("Int16", "int16[pyarrow]"),
    ("Int32", "int32[pyarrow]"),
    ("Int64", "int64[pyarrow]"),
    ("UInt8", "uint8[pyarrow]"),
    ("UInt16", "uint16[pyarrow]"),
    ("UInt32", "uint32[pyarrow]"),
    ("UInt64", "uint64[pyarrow]"),
    ("Float32", "float[pyarrow]"),
    ("Float64", "double[pyarrow]"),
    ("boolean", "bool[pyarrow]"),
];

/// The columns of a file.
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    pub(super) index: Index,
}

/// A column of the table.
pub(super) struct Column {
    /// Which of the columns of the file it is.
    pub(super) place: usize,
    pub(super) name: ColumnName,
    pub(super) kind: Kind,
}

/// What labels the rows.
pub(super) enum Index {
    /// They are counted from 0.
    Counted,
    /// They are counted otherwise.
    Range { start: i64, step: i64 },
    /// Columns of the file do.
    Columns(Vec<(usize, Kind)>),
}

impl Layout {
    /// Reads what a file says.
    pub(super) fn read(schema: &Schema) -> Result<Self, Refusal> {
        let pandas = schema.metadata().get("pandas");
        let pandas = pandas.map(|text| Json::parse(text.as_bytes()));
        let pandas = pandas.transpose().map_err(|error| {
            Refusal::parse(format!("what the file says to pandas is no JSON: {error}"))
        })?;
        let pandas = Notes(pandas.as_ref());
        let index = pandas.index(schema)?;
        let has_integer_names = pandas.has_integer_names();
        let mut columns = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            if matches!(&index, Index::Columns(all) if all.iter().any(|(one, _)| *one == place)) {
                continue;
            }
            let name = pandas.name(field);
            let name = match name.parse() {
                Ok(number) if has_integer_names => ColumnName::Integer(number),
                _ => ColumnName::Text(name.to_owned()),
            };
            let kind = pandas.kind(field).map_err(|error| error.in_column(&name))?;
            columns.push(Column { place, name, kind });
        }
        Ok(Self { columns, index })
    }
}

/// What a file says to pandas, if anything.
struct Notes<'a>(Option<&'a Json>);

impl<'a> Notes<'a> {
    fn list(&self, key: &str) -> &'a [Json] {
        let list = self.0.and_then(|notes| notes.get(key));
        list.and_then(Json::as_array).map_or(&[], |list| list)
    }

    /// What is said of a column.
    fn of_column(&self, field: &Field, key: &str) -> Option<&'a str> {
        let is_it = |column: &&Json| {
            let name = column.get("field_name").or_else(|| column.get("name"));
            name.and_then(Json::as_str) == Some(field.name())
        };
        let column = self.list("columns").iter().find(is_it)?;
        column.get(key).and_then(Json::as_str)
    }

    fn name<'b>(&self, field: &'b Field) -> &'b str
    where
        'a: 'b,
    {
        self.of_column(field, "name").unwrap_or(field.name())
    }

    fn has_integer_names(&self) -> bool {
        let [level] = self.list("column_indexes") else {
            return false;
        };
        let name = level.get("pandas_type").and_then(Json::as_str);
        name.is_some_and(|name| name.starts_with("int") || name.starts_with("uint"))
    }

    fn index(&self, schema: &Schema) -> Result<Index, Refusal> {
        let mut columns = Vec::new();
        for entry in self.list("index_columns") {
            let number = |key: &str| {
                let number = entry.get(key).and_then(Json::as_number);
                number.and_then(crate::json::Number::as_i64)
            };
            if let (Some(start), Some(step)) = (number("start"), number("step")) {
                return Ok(match (start, step) {
                    (0, 1) => Index::Counted,
                    (start, step) => Index::Range { start, step },
                });
            }
            let name = entry.as_str().unwrap_or_default();
            if let Some((place, field)) = schema.column_with_name(name) {
                columns.push((place, self.kind(field)?));
            }
        }
        Ok(if columns.is_empty() {
            Index::Counted
        } else {
            Index::Columns(columns)
        })
    }

    /// What a column is.
    fn kind(&self, field: &Field) -> Result<Kind, Refusal> {
        let extension = field.metadata().get("ARROW:extension:name");
        let extension = extension.map_or("", String::as_str);
        let dtype = self.of_column(field, "numpy_type").unwrap_or_default();
        let nullable = NULLABLE
            .iter()
            .find(|(known, arrow)| *known == dtype || *arrow == dtype);
        let own = match (extension, nullable) {
            ("pandas.period", _) => Own::Whole("period"),
            ("pandas.interval", _) => Own::Whole("interval"),
            (name, _) if name.starts_with("arrow.") => {
                let message =
                    format!("found a column of Arrow's extension `{name}`, which is not read");
                return Err(Refusal::parse(message));
            }
            (_, Some((name, _))) => Own::Nullable(name),
            _ => Own::None,
        };
        if dtype.ends_with(">[pyarrow]") {
            let message = format!("found a column of type `{dtype}`, which pandas does not read");
            return Err(Refusal::parse(message));
        }
        Ok(Kind {
            data_type: field.data_type().clone(),
            own,
        })
    }
}
