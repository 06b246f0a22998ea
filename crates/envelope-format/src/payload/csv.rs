//! CSV as `pandas.read_csv` reads it: a header, fields in double quotes, the usual words for missing
//! values, and columns of the declared types or of the types that their values have in common.

mod column;

use std::collections::{HashMap, HashSet};
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::is_named;
use crate::data_type::DataType;
use crate::refusal::Refusal;
use crate::signature::{ColumnName, ColumnType, Schema};
use crate::table::{MAX_FILLED, Table, TableColumn, too_sparse};
use crate::value::Value;
use column::Fields;

/// The rows of a CSV file, read in batches.
pub struct CsvRows<R> {
    reader: csv::Reader<R>,
    names: Vec<String>,
    declared: Declared,
    /// How many fields before the named ones label the row.
    labels: Option<usize>,
    record: ByteRecord,
    is_at_end: bool,
}

/// The types that a signature declares.
enum Declared {
    Nothing,
    /// Of each column of the file.
    ByName(Vec<Option<DataType>>),
    /// By the places in the file, labels of rows included.
    ByPlace(Vec<DataType>),
}

/// Reads a whole body.
pub(super) fn read(body: &[u8], schema: Option<&Schema>) -> Result<Table, Refusal> {
    if let Err(error) = std::str::from_utf8(body) {
        let at = error.valid_up_to();
        let message = format!(
            "found byte {:#04x} at {at}, expected text in UTF-8",
            body[at]
        );
        return Err(Refusal::parse(message));
    }
    let mut rows = CsvRows::new(body, schema)?;
    let table = rows.next_batch(usize::MAX)?;
    table.map_or_else(|| rows.empty(), Ok)
}

impl<R: Read> CsvRows<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// A file without a header, and a signature with types that CSV cannot hold: times, lists,
    /// objects, maps and tensors.
    pub fn new(reader: R, schema: Option<&Schema>) -> Result<Self, Refusal> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(reader);
        let mut record = ByteRecord::new();
        loop {
            let is_there = reader
                .read_byte_record(&mut record)
                .map_err(|error| fault(&error))?;
            if !is_there {
                let message = "found no columns, expected a header with their names";
                return Err(Refusal::parse(message));
            }
            if !is_blank(&record) {
                break;
            }
        }
        let names = names(&record);
        let declared = declared(&names, schema)?;
        Ok(Self {
            reader,
            names,
            declared,
            labels: None,
            record,
            is_at_end: false,
        })
    }

    /// Reads the next rows; `None` after the last ones.
    ///
    /// # Errors
    /// A row with too many fields, and a field that is not of the declared type.
    pub fn next_batch(&mut self, most: usize) -> Result<Option<Table>, Refusal> {
        let mut columns: Vec<Fields> = self.names.iter().map(|_| Fields::default()).collect();
        let mut index: Vec<Value> = Vec::new();
        let mut labels_by_place: Vec<Fields> = Vec::new();
        let mut rows = 0;
        let mut filled = 0;
        while rows < most && !self.is_at_end {
            let read = self.reader.read_byte_record(&mut self.record);
            if !read.map_err(|error| fault(&error))? {
                self.is_at_end = true;
                break;
            }
            if is_blank(&self.record) {
                continue;
            }
            let found = self.record.len();
            let width = self.names.len();
            let labels = *self.labels.get_or_insert(found.saturating_sub(width));
            if found > width + labels {
                let line = self.record.position().map_or(0, csv::Position::line);
                let expected = width + labels;
                return Err(Refusal::parse(format!(
                    "found {found} fields in line {line}, expected {expected}"
                )));
            }
            filled += width + labels - found;
            if filled > MAX_FILLED {
                return Err(Refusal::parse(too_sparse()));
            }
            let mut fields = self.record.iter();
            labels_by_place.resize_with(labels, Fields::default);
            for (place, column) in labels_by_place.iter_mut().enumerate() {
                let label = String::from_utf8_lossy(fields.next().unwrap_or_default());
                column.push(&label);
                if place + 1 == labels {
                    index.push(Value::text(label));
                }
            }
            for column in &mut columns {
                let field = fields.next().unwrap_or_default();
                column.push(
                    std::str::from_utf8(field)
                        .map_err(|_| Refusal::parse("found bytes that are no text in UTF-8"))?,
                );
            }
            rows += 1;
        }
        if rows == 0 {
            return Ok(None);
        }
        self.check_labels(labels_by_place)?;
        let mut table = self.table(columns, rows)?;
        table.index = (!index.is_empty()).then_some(index);
        Ok(Some(table))
    }

    /// Types that are declared by place are those of the labels too.
    fn check_labels(&self, labels: Vec<Fields>) -> Result<(), Refusal> {
        let Declared::ByPlace(types) = &self.declared else {
            return Ok(());
        };
        for (fields, data_type) in labels.into_iter().zip(types) {
            let read = fields.into_elements(Some(*data_type));
            read.map_err(|message| Refusal::parse(format!("labels of rows: {message}")))?;
        }
        Ok(())
    }

    /// The table without any rows.
    ///
    /// # Errors
    /// Fewer columns than a signature without names has.
    pub fn empty(&self) -> Result<Table, Refusal> {
        if let Declared::ByPlace(types) = &self.declared
            && self.names.len() < types.len()
        {
            let (found, expected) = (self.names.len(), types.len());
            let message = format!("found {found} columns and no rows, expected {expected} columns");
            return Err(Refusal::parse(message));
        }
        self.table(self.names.iter().map(|_| Fields::default()).collect(), 0)
    }

    fn table(&self, columns: Vec<Fields>, rows: usize) -> Result<Table, Refusal> {
        let each = columns.into_iter().zip(&self.names).enumerate();
        let columns = each.map(|(place, (fields, name))| {
            let declared = match &self.declared {
                Declared::Nothing => None,
                Declared::ByName(types) => types[place],
                Declared::ByPlace(types) => types.get(place + self.labels.unwrap_or(0)).copied(),
            };
            let name = ColumnName::Text(name.clone());
            let elements = fields
                .into_elements(declared)
                .map_err(|message| Refusal::parse(message).in_column(&name))?;
            // Where types are declared by place, pandas keeps texts as such.
            let elements = match &self.declared {
                Declared::ByPlace(_) => Table::column_of_array(elements),
                _ => elements,
            };
            Ok(TableColumn { name, elements })
        });
        Ok(Table::of(columns.collect::<Result<_, Refusal>>()?, rows))
    }
}

fn fault(error: &csv::Error) -> Refusal {
    Refusal::parse(format!("the body is no CSV: {error}"))
}

/// Whether a line has nothing but white space.
fn is_blank(record: &ByteRecord) -> bool {
    record.len() <= 1
        && record
            .iter()
            .all(|field| field.trim_ascii().is_empty() && !field.is_empty())
}

/// The names of columns: those that are there twice get a number, and those without any their place.
fn names(header: &ByteRecord) -> Vec<String> {
    let given: Vec<String> = header
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let name = String::from_utf8_lossy(name);
            let name = name
                .strip_prefix('\u{feff}')
                .filter(|_| place == 0)
                .unwrap_or(&name);
            match name {
                "" => format!("Unnamed: {place}"),
                name => name.to_owned(),
            }
        })
        .collect();
    let mut taken: HashSet<String> = given.iter().cloned().collect();
    let mut seen = HashSet::new();
    // Numbers only grow, so that each name is looked up once.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let unique = given.into_iter().map(|name| {
        if seen.insert(name.clone()) {
            return name;
        }
        let number = numbers.entry(name.clone()).or_insert(0);
        loop {
            *number += 1;
            let numbered = format!("{name}.{number}");
            if taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    });
    unique.collect()
}

/// The types of a signature.
fn declared(names: &[String], schema: Option<&Schema>) -> Result<Declared, Refusal> {
    let Some(schema) = schema else {
        return Ok(Declared::Nothing);
    };
    let Schema::Columns(columns) = schema else {
        return Err(Refusal::parse(
            "found CSV for a signature of tensors, which takes JSON",
        ));
    };
    let mut types = Vec::new();
    for column in columns {
        match &column.ty {
            ColumnType::Scalar(data_type) if *data_type != DataType::Datetime => {
                types.push(*data_type);
            }
            other => {
                let refusal = Refusal::parse(format!(
                    "found CSV for a column of type {other}, which takes JSON"
                ));
                return Err(match &column.name {
                    Some(name) => refusal.in_column(name),
                    None => refusal,
                });
            }
        }
    }
    if !is_named(schema) {
        return Ok(Declared::ByPlace(types));
    }
    let type_of = |name: &String| {
        let is_it = |column: &crate::signature::Column| matches!(&column.name, Some(ColumnName::Text(known)) if known == name);
        let known = columns.iter().rposition(is_it);
        known.and_then(|known| types.get(known).copied())
    };
    Ok(Declared::ByName(names.iter().map(type_of).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, schema: Option<&str>) -> Result<String, String> {
        let schema = schema.map(|text| Schema::parse_json(text).unwrap());
        let table = read(text.as_bytes(), schema.as_ref()).map_err(|error| error.to_string())?;
        let columns = table.columns.iter().map(|column| {
            let values = Value::list(column.elements.iter()).to_repr();
            format!("{} {} {values}", column.name, column.elements.dtype_name())
        });
        let mut columns: Vec<String> = columns.collect();
        columns.extend(
            table
                .index
                .map(|labels| format!("at {}", Value::list(labels).to_repr())),
        );
        Ok(columns.join("; "))
    }

    #[test]
    fn types_are_inferred_as_pandas_infers_them() {
        for (text, expected) in [
            ("a,b\n1,2\n3\n", "a int64 [1, 3]; b float64 [2.0, nan]"),
            (
                "a,b\n1,2,3\n4,5\n",
                "a int64 [2, 5]; b float64 [3.0, nan]; at ['1', '4']",
            ),
            ("a,a\n1,2\n", "a int64 [1]; a.1 int64 [2]"),
            (
                "a,b,a,a.1\n1,2,3,4\n",
                "a int64 [1]; b int64 [2]; a.2 int64 [3]; a.1 int64 [4]",
            ),
            (",a\n1,2\n", "Unnamed: 0 int64 [1]; a int64 [2]"),
            ("a\n\n1\n  \n2\n", "a int64 [1, 2]"),
            ("a\n", "a object []"),
            ("a\n1\n2.5\n", "a float64 [1.0, 2.5]"),
            ("a\ntrue\nFalse\n", "a bool [True, False]"),
            ("a\nTRUE\n1\n", "a str ['TRUE', '1']"),
            ("a,b\ntrue,1\n,2\n", "a object [True, nan]; b int64 [1, 2]"),
            ("a\n +5 \n", "a int64 [5]"),
            ("a\nx\nNA\n", "a str ['x', nan]"),
            ("a,b\nNA,1\n,2\n", "a float64 [nan, nan]; b int64 [1, 2]"),
            ("a\n-Infinity\n1e5\n", "a float64 [-inf, 100000.0]"),
            ("a\n1_0\n", "a str ['1_0']"),
            ("a\n\"x\"\"y\"\n", "a str ['x\"y']"),
            ("a\n\"x\ny\"\n", "a str ['x\\ny']"),
            ("a\r\n1\r\n", "a int64 [1]"),
            ("\u{feff}a\n\"5\"\n", "a int64 [5]"),
            ("a;b\n1;2\n", "a;b str ['1;2']"),
            (
                "a\n0012345678901234567890123\n-5\n",
                "a object [12345678901234567890123, -5]",
            ),
        ] {
            assert_eq!(shown(text, None).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn whole_numbers_beyond_64_bits_are_read_as_pandas_reads_them() {
        for (text, expected) in [
            ("a\n9223372036854775808\n", "a uint64 [9223372036854775808]"),
            (
                "a\n9223372036854775808\n-1\n",
                "a str ['9223372036854775808', '-1']",
            ),
            (
                "a\n9223372036854775808\nNA\n",
                "a str ['9223372036854775808', 'NA']",
            ),
            (
                "a\n9223372036854775808\n-1.5\n1.5\n",
                "a float64 [9.223372036854776e+18, -1.5, 1.5]",
            ),
            (
                "a\n9223372036854775808\n-1\n1.5\n18446744073709551616\n",
                "a float64 [9.223372036854776e+18, -1.0, 1.5, 1.8446744073709552e+19]",
            ),
            (
                "a\n9223372036854775808\n-1\n18446744073709551616\n",
                "a object [9223372036854775808, -1, 18446744073709551616]",
            ),
            (
                "a\nNA\n18446744073709551616\n",
                "a object [nan, 18446744073709551616]",
            ),
            (
                "a\n18446744073709551616\n1.5\n",
                "a str ['18446744073709551616', '1.5']",
            ),
            (
                "a\n-9223372036854775809\n1.5\n",
                "a float64 [-9.223372036854776e+18, 1.5]",
            ),
            (
                "a\n-9223372036854775809\n-1.5\n",
                "a str ['-9223372036854775809', '-1.5']",
            ),
            (
                "a\n9223372036854775808\n-1.5\n",
                "a str ['9223372036854775808', '-1.5']",
            ),
            (
                "a\n9223372036854775808\n1.5\n-1\n",
                "a float64 [9.223372036854776e+18, 1.5, -1.0]",
            ),
            (
                "a\n-1e-9\n9223372036854775808\n",
                "a float64 [-1e-09, 9.223372036854776e+18]",
            ),
        ] {
            assert_eq!(shown(text, None).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn fields_are_read_as_they_are_declared() {
        let typed =
            |name: &str| format!(r#"[{{"type": "{name}", "name": "a", "required": true}}]"#);
        for (data_type, text, expected) in [
            ("boolean", "a\ntRue\n", Some("a bool [True]")),
            ("boolean", "a\n0\n", Some("a bool [False]")),
            ("boolean", "a\n1.0\n", Some("a bool [True]")),
            ("boolean", "a\nYes\n", None),
            ("boolean", "a,b\n,1\n", None),
            ("long", "a\n1.5\n", None),
            ("long", "a\n1e3\n", Some("a int64 [1000]")),
            ("long", "a\ntrue\n", Some("a int64 [1]")),
            ("long", "a,b\n,1\n", None),
            ("long", "a\n9223372036854775808\n", None),
            ("long", "a\n", Some("a int64 []")),
            ("integer", "a\n5\n", Some("a int32 [5]")),
            ("integer", "a\n2147483648\n", None),
            ("float", "a\n1e40\n", Some("a float32 [inf]")),
            ("double", "a\n 5.5 \n", Some("a float64 [5.5]")),
            ("double", "a\nINF\n", Some("a float64 [inf]")),
            ("double", "a\n inf\n", None),
            ("double", "a\n1e\n", None),
            ("double", "a\nx\n", None),
            ("double", "a\ntrue\nNA\n", Some("a float64 [1.0, nan]")),
            ("float", "a\nFALSE\n", Some("a float32 [0.0]")),
            ("double", "a\ntrue\n1\n", None),
            ("string", "a,b\nNA,1\n", Some("a object [nan]; b int64 [1]")),
            ("binary", "a\nYWJj\n", Some("a object ['YWJj']")),
            ("datetime", "a\n2024\n", None),
        ] {
            let found = shown(text, Some(&typed(data_type)));
            assert_eq!(
                found.as_deref().ok(),
                expected,
                "{data_type} {text:?}: {found:?}"
            );
        }
        let unnamed =
            r#"[{"type": "boolean", "required": true}, {"type": "long", "required": true}]"#;
        for (text, expected) in [
            ("a,b\n", Some("a bool []; b int64 []")),
            ("a\n", None),
            ("a\ntrue,5\n", Some("a int64 [5]; at ['true']")),
            ("a\n7,5\n", None),
        ] {
            let found = shown(text, Some(unnamed));
            assert_eq!(found.as_deref().ok(), expected, "{text:?}: {found:?}");
        }
        let tensors = r#"[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1]}}]"#;
        assert!(shown("a\n1\n", Some(tensors)).is_err());
    }

    #[test]
    fn refuses_what_is_no_table() {
        for text in ["", "\n\n", "a,b\n1,2\n3,4,5\n", "a,b\n1,2,3\n4,5,6,7\n"] {
            assert!(shown(text, None).is_err(), "{text:?}");
        }
        assert!(read(b"a\n\xff\n", None).is_err());
    }
}
