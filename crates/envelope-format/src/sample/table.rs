//! Rows and columns: made up, or taken from an example, and written in each form.

use crate::data_type::DataType;
use crate::input_example::ExampleKind;
use crate::json::{Json, object};
use crate::signature::{Column, ColumnName, ColumnType};

use super::form::is_positional;
use super::tensors::check_size;
use super::{Body, ROWS, SampleError, SampleFormat, csv, value};

/// Rows of cells, whose columns have names or only places.
#[derive(Clone, Debug)]
pub(super) struct Table {
    names: Option<Vec<Json>>,
    rows: Vec<Vec<Json>>,
}

impl Table {
    /// Makes up rows. Columns that may be left out are, where MLflow takes no JSON value for them.
    pub(super) fn made(columns: &[Column], rows: Option<usize>) -> Result<Self, SampleError> {
        check_size(rows.unwrap_or(ROWS) as u128 * columns.len() as u128)?;
        let mut names = Vec::new();
        let mut made = vec![Vec::new(); rows.unwrap_or(ROWS)];
        for column in distinct(columns) {
            let cells = (0..made.len()).map(|row| value::of_column(column, row));
            let Some(cells) = cells.collect::<Option<Vec<_>>>() else {
                if column.presence.is_required() || column.name.is_none() {
                    return Err(no_value(column));
                }
                continue;
            };
            names.extend(column.name.as_ref().map(ColumnName::to_json));
            made.iter_mut()
                .zip(cells)
                .for_each(|(row, cell)| row.push(cell));
        }
        let is_named = columns[0].name.is_some();
        Ok(Self {
            names: is_named.then_some(names),
            rows: made,
        })
    }

    /// Rows without names.
    pub(super) fn unnamed(rows: Vec<Vec<Json>>) -> Self {
        Self { names: None, rows }
    }

    /// Joins columns of one length.
    pub(super) fn of_columns(names: Option<Vec<Json>>, columns: &[Vec<Json>]) -> Option<Self> {
        let length = columns.first()?.len();
        if columns.iter().any(|column| column.len() != length) {
            return None;
        }
        let row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
        Some(Self {
            names,
            rows: (0..length).map(row).collect(),
        })
    }

    /// The table of an example in split form.
    pub(super) fn of_split(split: &Json) -> Option<Self> {
        let rows = split.get("data")?.as_array()?;
        let cells = |row: &Json| row.as_array().unwrap_or(std::slice::from_ref(row)).to_vec();
        let rows: Vec<Vec<Json>> = rows.iter().map(cells).collect();
        let names = split.get("columns").and_then(Json::as_array);
        let width = names.map_or_else(|| rows.first().map_or(0, Vec::len), <[Json]>::len);
        rows.iter().all(|row| row.len() == width).then(|| Self {
            names: names.map(<[Json]>::to_vec),
            rows,
        })
    }

    /// The rows that a value under `inputs` stands for: records, one record, columns by name, and
    /// plain values where they find their columns by place.
    pub(super) fn of_value(columns: &[Column], value: &Json) -> Option<Self> {
        match value {
            _ if is_positional(columns) || (columns.len() == 1 && !holds_objects(value)) => {
                let single = std::slice::from_ref(value);
                let items = value.as_array().unwrap_or(single).iter();
                let cells = |item: &Json| match item {
                    Json::Array(cells) if columns.len() > 1 => cells.clone(),
                    item => vec![item.clone()],
                };
                Some(Self::unnamed(items.map(cells).collect()))
            }
            Json::Object(map) if is_row(columns, map.values()) => {
                Self::of_records(std::slice::from_ref(value))
            }
            Json::Object(map) => {
                let column = |cells: &Json| cells.as_array().map(<[Json]>::to_vec);
                let cells: Vec<_> = map.values().map(column).collect::<Option<_>>()?;
                let names = map.keys().map(|name| name.as_str().into()).collect();
                Self::of_columns(Some(names), &cells)
            }
            Json::Array(records) => Self::of_records(records),
            _ => None,
        }
    }

    fn of_records(records: &[Json]) -> Option<Self> {
        let first = records.first()?.as_object()?;
        let names: Vec<&String> = first.keys().collect();
        let row = |record: &Json| {
            let map = record.as_object().filter(|map| map.len() == names.len())?;
            names.iter().map(|name| map.get(*name).cloned()).collect()
        };
        Some(Self {
            names: Some(names.iter().map(|name| name.as_str().into()).collect()),
            rows: records.iter().map(row).collect::<Option<_>>()?,
        })
    }

    /// The declared columns in their order; others are dropped, as MLflow does.
    pub(super) fn declared(&self, columns: &[Column]) -> Option<Self> {
        let columns = distinct(columns);
        let mut names = Vec::new();
        let mut places = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            let name = column.name.as_ref().map(ColumnName::to_json);
            let place = match (&name, &self.names) {
                (Some(name), Some(_)) => self.position(name),
                _ => Some(index).filter(|index| *index < self.width()),
            };
            match place {
                Some(place) => {
                    names.extend(name);
                    places.push(place);
                }
                None if column.presence.is_required() || name.is_none() => return None,
                None => {}
            }
        }
        let row = |row: &Vec<Json>| places.iter().map(|place| row[*place].clone()).collect();
        Some(Self {
            names: columns[0].name.is_some().then_some(names),
            rows: self.rows.iter().map(row).collect(),
        })
    }

    /// The same with another number of rows, repeating those there are.
    pub(super) fn with_rows(mut self, rows: Option<usize>) -> Option<Self> {
        if let Some(rows) = rows {
            if self.rows.is_empty() || check_size(rows as u128 * self.width() as u128).is_err() {
                return None;
            }
            self.rows = self.rows.iter().cycle().take(rows).cloned().collect();
        }
        Some(self)
    }

    /// How many columns there are.
    pub(super) fn width(&self) -> usize {
        let names = self.names.as_ref().map(Vec::len);
        names.unwrap_or_else(|| self.rows.first().map_or(0, Vec::len))
    }

    /// The place of a column.
    pub(super) fn position(&self, name: &Json) -> Option<usize> {
        self.names.as_ref()?.iter().position(|found| found == name)
    }

    /// The cells of a column.
    pub(super) fn column(&self, index: usize) -> impl Iterator<Item = &Json> {
        self.rows.iter().filter_map(move |row| row.get(index))
    }

    /// All cells as a list of rows.
    pub(super) fn matrix(&self) -> Json {
        self.rows
            .iter()
            .cloned()
            .map(Json::from)
            .collect::<Vec<_>>()
            .into()
    }

    /// `{"columns": …, "data": …}`, without names where there are none.
    pub(super) fn to_split(&self) -> Json {
        let names = self.names.clone().map(|names| ("columns", names.into()));
        object(names.into_iter().chain([("data", self.matrix())]))
    }

    /// One object a row; columns without names are called by their place.
    pub(super) fn to_records(&self) -> Json {
        let keys = self.keys();
        let record = |row: &Vec<Json>| object(keys.iter().cloned().zip(row.iter().cloned()));
        self.rows.iter().map(record).collect::<Vec<_>>().into()
    }

    fn keys(&self) -> Vec<String> {
        let key = |name: &Json| {
            name.as_str()
                .map_or_else(|| name.to_python_string(), str::to_owned)
        };
        match &self.names {
            Some(names) => names.iter().map(key).collect(),
            None => (0..self.width()).map(|place| place.to_string()).collect(),
        }
    }

    /// The data of a request, for columns as the signature has them.
    pub(super) fn to_body(&self, columns: &[Column], format: SampleFormat) -> Option<Body> {
        let data = match format {
            SampleFormat::Split => self.to_split(),
            SampleFormat::Inputs | SampleFormat::Instances if is_positional(columns) => {
                self.to_values()
            }
            SampleFormat::Records | SampleFormat::Inputs | SampleFormat::Instances => {
                self.to_records()
            }
            SampleFormat::Csv => return self.to_csv(columns).map(Body::Csv),
            SampleFormat::Unwrapped => return None,
        };
        Some(Body::Json(data))
    }

    /// Rows, or single values where there is one column.
    fn to_values(&self) -> Json {
        if self.width() == 1 {
            self.column(0).cloned().collect::<Vec<_>>().into()
        } else {
            self.matrix()
        }
    }

    fn to_csv(&self, columns: &[Column]) -> Option<String> {
        let columns = distinct(columns);
        let of_place = |place: usize| match &self.names {
            Some(names) => columns.iter().find(|column| {
                let name = column.name.as_ref().map(ColumnName::to_json);
                name.as_ref() == Some(&names[place])
            }),
            None => columns.get(place),
        };
        let scalar = |place| match of_place(place)?.ty {
            ColumnType::Scalar(data_type) => Some(data_type),
            _ => None,
        };
        let types: Vec<DataType> = (0..self.width()).map(scalar).collect::<Option<_>>()?;
        csv::text(&self.keys(), &types, &self.rows)
    }
}

/// Whether MLflow takes an object as one row.
fn is_row<'a>(columns: &[Column], values: impl Iterator<Item = &'a Json>) -> bool {
    let nested = |column: &Column| {
        matches!(
            column.ty,
            ColumnType::Array(_) | ColumnType::Object(_) | ColumnType::SparkMlVector
        )
    };
    let mut values = values;
    columns.iter().any(nested)
        || values.all(|value| !matches!(value, Json::Array(_) | Json::Object(_)))
}

fn holds_objects(value: &Json) -> bool {
    let is_object = |value: &Json| matches!(value, Json::Object(_));
    is_object(value)
        || value
            .as_array()
            .is_some_and(|items| items.iter().any(is_object))
}

/// The columns, where the last of one name counts, as it does for MLflow.
pub(crate) fn distinct(columns: &[Column]) -> Vec<&Column> {
    let mut found: Vec<&Column> = Vec::with_capacity(columns.len());
    let mut places = std::collections::HashMap::new();
    for column in columns {
        let Some(name) = &column.name else {
            found.push(column);
            continue;
        };
        let place = *places
            .entry(name.to_json().to_python_string())
            .or_insert(found.len());
        if place == found.len() {
            found.push(column);
        } else {
            found[place] = column;
        }
    }
    found
}

fn no_value(column: &Column) -> SampleError {
    SampleError::NoValue {
        name: column
            .name
            .as_ref()
            .map_or_else(|| "inputs".to_owned(), ToString::to_string),
        reason: format!(
            "it is {}, and numbers of 32 bits and times are taken as columns alone",
            column.ty
        ),
        hint: "declare `long`, `double` or `string` inside lists and objects",
    }
}

/// Whether the kind of an example is a table.
pub(super) fn is_table(kind: ExampleKind) -> bool {
    matches!(kind, ExampleKind::Dataframe { .. })
}
