//! The body of a JSON request: its keys, and the values under them, read in one pass.
//!
//! Rows go into columns and lists are packed as they are read, so that memory is bounded by a small
//! multiple of the text; what cannot be packed is counted.

use std::borrow::Cow;

use indexmap::{IndexMap, IndexSet};

use crate::json::{Json, JsonError, Scanner};
use crate::refusal::Refusal;
use crate::signature::ColumnName;
use crate::table::{Grid, Records, Table, TableError, column_name, labels, too_sparse};
use crate::value::{Items, Value};

/// The deepest nesting of lists and objects in a request.
const MAX_DEPTH: usize = 256;

/// The most objects, lists and values of mixed lists in a request; those of packed lists and of
/// columns do not count.
const MAX_VALUES: usize = 16_000_000;

/// The keys under which data stand.
const FORMS: [&str; 4] = [
    "dataframe_split",
    "dataframe_records",
    "instances",
    "inputs",
];

/// The keys of a body that goes to the model as it is.
const UNWRAPPED: [&str; 3] = ["messages", "prompt", "input"];

/// What stands under the key of the data.
pub(super) enum Form {
    Table(Result<Table, TableError>),
    Instances(Value),
    Inputs(Value),
}

pub(super) struct Body {
    keys: IndexSet<Box<str>>,
    forms: IndexMap<&'static str, Form>,
    pub(super) params: Option<Json>,
}

impl Body {
    /// Reads a body, which is one object.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader::new(text);
        let body = reader.body()?;
        reader.end().map_err(|error| Refusal::of_json(&error))?;
        Ok(body)
    }

    /// Reads all that stands in a body.
    pub(super) fn read_whole(text: &str) -> Result<IndexMap<Box<str>, Value>, Refusal> {
        let mut reader = Reader::new(text);
        let value = reader.value(0).map_err(|error| Refusal::of_json(&error))?;
        match value {
            Value::Map(map) => Ok(*map),
            _ => Err(no_object(&value)),
        }
    }

    /// Whether it goes to the model as it is.
    pub(super) fn is_unwrapped(&self) -> bool {
        self.keys.iter().any(|key| UNWRAPPED.contains(&&**key))
    }

    /// The data, which stand under one key.
    pub(super) fn only_form(self) -> Result<Form, Refusal> {
        let count = self.forms.len();
        let mut forms = self.forms.into_values();
        match (forms.next(), count) {
            (Some(form), 1) => Ok(form),
            _ => Err(Refusal::parse(format!(
                "found {}, expected exactly one of the keys {}",
                found_keys(&self.keys),
                FORMS.map(|key| format!("`{key}`")).join(", ")
            ))),
        }
    }
}

fn found_keys(keys: &IndexSet<Box<str>>) -> String {
    const SHOWN: usize = 8;
    if keys.is_empty() {
        return "an empty object".to_owned();
    }
    let shown = keys.iter().take(SHOWN).map(|key| {
        let key: String = key.chars().take(40).collect();
        format!("`{key}`")
    });
    let shown: Vec<String> = shown.collect();
    let more = if keys.len() > SHOWN { ", …" } else { "" };
    format!("the keys {}{more}", shown.join(", "))
}

fn no_object(value: &Value) -> Refusal {
    Refusal::parse(format!(
        "found {}, expected an object with one of the keys {}",
        value.type_name(),
        FORMS.map(|key| format!("`{key}`")).join(", ")
    ))
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    values: usize,
}

type Parsed<T> = Result<T, JsonError>;

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            scanner: Scanner::new(text, 0),
            values: 0,
        }
    }

    fn end(&mut self) -> Parsed<()> {
        self.scanner.skip_space();
        if self.scanner.is_at_end() {
            return Ok(());
        }
        Err(self.scanner.expected("the end"))
    }

    fn body(&mut self) -> Result<Body, Refusal> {
        self.scanner.skip_space();
        if self.scanner.peek() != Some(b'{') {
            let value = self.value(0).map_err(|error| Refusal::of_json(&error))?;
            self.end().map_err(|error| Refusal::of_json(&error))?;
            return Err(no_object(&value));
        }
        self.members().map_err(|error| Refusal::of_json(&error))
    }

    fn members(&mut self) -> Parsed<Body> {
        let mut body = Body {
            keys: IndexSet::new(),
            forms: IndexMap::new(),
            params: None,
        };
        let mut goes_on = self.scanner.opens(b'}');
        while goes_on {
            let key = self.scanner.key()?;
            self.scanner.skip_space();
            match FORMS.iter().find(|form| **form == key) {
                Some(form) => {
                    let read = self.form(form)?;
                    body.forms.insert(form, read);
                }
                None if key == "params" => body.params = Some(self.value(1)?.to_json()),
                None => drop(self.value(1)?),
            }
            body.keys.insert(key.into_owned().into());
            goes_on = self.scanner.goes_on(b'}')?;
        }
        Ok(body)
    }

    fn form(&mut self, name: &str) -> Parsed<Form> {
        match name {
            "dataframe_split" => Ok(Form::Table(self.split()?)),
            "dataframe_records" => Ok(Form::Table(self.records()?)),
            "instances" => self.value(1).map(Form::Instances),
            _ => self.value(1).map(Form::Inputs),
        }
    }

    fn split(&mut self) -> Parsed<Result<Table, TableError>> {
        if self.scanner.peek() != Some(b'{') {
            let found = self.value(1)?.type_name();
            let message = format!("found {found} in `dataframe_split`, expected an object");
            return Ok(Err(TableError::new(message)));
        }
        let (mut columns, mut index) = (Value::Null, Value::Null);
        let mut data: Option<Result<SplitData, TableError>> = None;
        let mut other: Option<String> = None;
        let mut goes_on = self.scanner.opens(b'}');
        while goes_on {
            let key = self.scanner.key()?;
            self.scanner.skip_space();
            match &*key {
                "columns" => columns = self.value(2)?,
                "index" => index = self.value(2)?,
                "data" => data = Some(self.split_data()?),
                _ => {
                    drop(self.value(2)?);
                    other.get_or_insert(key.into_owned());
                }
            }
            goes_on = self.scanner.goes_on(b'}')?;
        }
        Ok(split_table(columns, index, data, other))
    }

    fn split_data(&mut self) -> Parsed<Result<SplitData, TableError>> {
        if self.scanner.peek() != Some(b'[') {
            return Ok(Ok(SplitData::Value(self.value(2)?)));
        }
        if !self.scanner.opens(b']') {
            return Ok(Ok(SplitData::Grid(Grid::default())));
        }
        if self.scanner.peek() != Some(b'[') {
            let items = self.items_after(Items::default(), 3)?;
            return Ok(Ok(SplitData::Value(Value::List(Box::new(items)))));
        }
        let mut grid = Grid::default();
        let mut fault = None;
        let mut goes_on = true;
        while goes_on {
            self.scanner.skip_space();
            if self.scanner.peek() == Some(b'[') {
                self.row(&mut grid)?;
            } else {
                let row = self.value(3)?;
                if let Err(error) = grid.push_row(&row) {
                    fault.get_or_insert(error);
                }
            }
            goes_on = self.scanner.goes_on(b']')?;
        }
        Ok(match fault {
            Some(fault) => Err(fault),
            None => Ok(SplitData::Grid(grid)),
        })
    }

    fn row(&mut self, grid: &mut Grid) -> Parsed<()> {
        let mut column = 0;
        let mut goes_on = self.scanner.opens(b']');
        while goes_on {
            let is_read = match grid.columns.get_mut(column) {
                Some(items) => self.packed(items)?,
                None => false,
            };
            if !is_read {
                let value = self.value(4)?;
                grid.set(column, value);
                self.check_sparse(grid.is_too_sparse())?;
            }
            column += 1;
            goes_on = self.scanner.goes_on(b']')?;
        }
        grid.end_row(column);
        self.check_sparse(grid.is_too_sparse())
    }

    fn records(&mut self) -> Parsed<Result<Table, TableError>> {
        if self.scanner.peek() != Some(b'[') {
            let found = self.value(1)?.type_name();
            let message =
                format!("found {found} in `dataframe_records`, expected a list of records");
            return Ok(Err(TableError::new(message)));
        }
        if !self.scanner.opens(b']') {
            return Ok(Ok(Table::default()));
        }
        if self.scanner.peek() != Some(b'{') {
            let items = self.items_after(Items::default(), 2)?;
            return Ok(Table::of_value(Value::List(Box::new(items)), None, None));
        }
        let mut records = Records::default();
        let mut fault = None;
        let mut goes_on = true;
        while goes_on {
            self.scanner.skip_space();
            if self.scanner.peek() == Some(b'{') {
                self.record(&mut records)?;
            } else {
                let found = self.value(2)?.type_name();
                let row = records.rows;
                fault.get_or_insert_with(|| {
                    let expected = "expected an object as in the rows before";
                    TableError::new(format!("found {found} in row {row}, {expected}"))
                });
            }
            goes_on = self.scanner.goes_on(b']')?;
        }
        Ok(match fault {
            Some(fault) => Err(fault),
            None => Ok(records.into_table()),
        })
    }

    fn record(&mut self, records: &mut Records) -> Parsed<()> {
        let mut goes_on = self.scanner.opens(b'}');
        while goes_on {
            match records.expected() {
                Some((name, items)) if self.scanner.eat_key(name) => {
                    if self.packed(items)? {
                        records.skip();
                    } else {
                        records.set_expected(self.value(3)?);
                    }
                }
                _ => {
                    let key = self.scanner.key()?;
                    records.set(key, self.value(3)?);
                }
            }
            self.check_sparse(records.is_too_sparse())?;
            goes_on = self.scanner.goes_on(b'}')?;
        }
        records.end_row();
        self.check_sparse(records.is_too_sparse())
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        self.scanner.skip_space();
        match self.scanner.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => {
                let message = format!("nested deeper than {MAX_DEPTH} lists and objects");
                Err(self.scanner.fault(&message))
            }
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => {
                self.count(1)?;
                let mut items = Items::default();
                if self.scanner.opens(b']') {
                    items = self.items_after(items, depth + 1)?;
                }
                Ok(Value::List(Box::new(items)))
            }
            Some(b'"') => Ok(Value::Text(self.scanner.string()?.into())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn check_sparse(&self, is_too_sparse: bool) -> Parsed<()> {
        if is_too_sparse {
            return Err(self.scanner.fault(&too_sparse()));
        }
        Ok(())
    }

    /// Counts what takes far more memory than its text.
    fn count(&mut self, more: usize) -> Parsed<()> {
        self.values += more;
        if self.values > MAX_VALUES {
            let message = format!("found more than {MAX_VALUES} lists, objects and mixed values");
            return Err(self.scanner.fault(&message));
        }
        Ok(())
    }

    fn number(&mut self) -> Parsed<Value> {
        if let Some(integer) = self.scanner.short_integer() {
            return Ok(Value::Int(integer));
        }
        if self.scanner.eat("-Infinity") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let (text, is_whole) = self.scanner.number()?;
        if !is_whole {
            return Ok(Value::Float(text.parse().unwrap_or(f64::NAN)));
        }
        Ok(match text.parse() {
            Ok(integer) => Value::Int(integer),
            Err(_) => Value::Big(text.into()),
        })
    }

    fn word(&mut self) -> Parsed<Value> {
        let (word, value) = match self.scanner.peek() {
            Some(b't') => ("true", Value::Bool(true)),
            Some(b'f') => ("false", Value::Bool(false)),
            Some(b'n') => ("null", Value::Null),
            Some(b'N') => ("NaN", Value::Float(f64::NAN)),
            _ => ("Infinity", Value::Float(f64::INFINITY)),
        };
        if self.scanner.eat(word) {
            return Ok(value);
        }
        Err(self.scanner.expected("a value"))
    }

    fn object(&mut self, depth: usize) -> Parsed<Value> {
        self.count(4)?;
        let mut map: IndexMap<Box<str>, Value> = IndexMap::new();
        let mut goes_on = self.scanner.opens(b'}');
        while goes_on {
            let key: Cow<str> = self.scanner.key()?;
            let value = self.value(depth)?;
            self.count(2)?;
            map.insert(key.into(), value);
            goes_on = self.scanner.goes_on(b'}')?;
        }
        Ok(Value::Map(Box::new(map)))
    }

    /// The items of a list from here to its end, of which there is at least one.
    fn items_after(&mut self, mut items: Items, depth: usize) -> Parsed<Items> {
        loop {
            let value = self.value(depth)?;
            items.push(value);
            if matches!(items, Items::Values(_)) {
                self.count(1)?;
            }
            loop {
                if !self.scanner.goes_on(b']')? {
                    return Ok(items);
                }
                if !self.packed(&mut items)? {
                    break;
                }
            }
        }
    }

    /// Reads one more item if it is of the kind of those before: whether it was.
    fn packed(&mut self, items: &mut Items) -> Parsed<bool> {
        let scanner = &mut self.scanner;
        scanner.skip_space();
        let read = match items {
            Items::Bools(all) => scanner.truth().map(|one| all.push(one)),
            Items::Ints(all) => scanner.short_integer().map(|one| all.push(one)),
            Items::Floats(all) => scanner.fractional().map(|one| all.push(one)),
            Items::Texts(all) if scanner.peek() == Some(b'"') => {
                all.push(scanner.string()?.into());
                Some(())
            }
            Items::Texts(_) | Items::Values(_) => None,
        };
        Ok(read.is_some())
    }
}

enum SplitData {
    Grid(Grid),
    Value(Value),
}

fn split_table(
    columns: Value,
    index: Value,
    data: Option<Result<SplitData, TableError>>,
    other: Option<String>,
) -> Result<Table, TableError> {
    let expected = "expected `data` and perhaps `columns` and `index`";
    if let Some(other) = other {
        let message = format!("found the key `{other}` in `dataframe_split`, {expected}");
        return Err(TableError::new(message));
    }
    let Some(data) = data else {
        let message = format!("found no `data` in `dataframe_split`, {expected}");
        return Err(TableError::new(message));
    };
    let names = labels(columns, "columns")?;
    let names: Option<Vec<ColumnName>> = names.map(|all| all.iter().map(column_name).collect());
    let index = labels(index, "index")?;
    match data? {
        SplitData::Grid(grid) => Table::of_grid(grid, names, index),
        SplitData::Value(value) => Table::of_value(value, names, index),
    }
}
