//! Requests: what stands in the body of one, cast to the types of a signature as MLflow's scoring
//! server does.
//!
//! A body is JSON with one of four keys, CSV, Parquet or Arrow ([`ContentType`]). Its values go
//! straight into columns and packed lists. Casting is MLflow's first stage; what it checks afterwards is in
//! [`enforce`](crate::enforce), whose `receive` does both.
//!
//! # Where it differs
//!
//! Refused is what pandas guesses of a time without a year of four digits or a date (`24-01-02`,
//! `2024Q1`, `12:30`, `now`), half a surrogate pair, lists and objects nested deeper than 256, tensors
//! of `timedelta64`, more than 16 million objects and mixed values, and tables of which more than 64
//! million cells would have to be filled in. Of two keys of one name the later counts, as in Python.

mod base64;
mod body;
mod cast;
#[cfg(feature = "columnar")]
mod columnar;
mod content_type;
mod csv;
mod encoding;
mod inputs;
mod rows;

use indexmap::IndexMap;

use crate::array::Array;
use crate::json::Json;
use crate::refusal::Refusal;
use crate::signature::{Schema, Signature};
use crate::table::Table;
use crate::value::{Items, Value};
use body::{Body, Form};

#[cfg(feature = "columnar")]
pub use columnar::ColumnarRows;
pub use content_type::ContentType;
pub use csv::CsvRows;
pub use rows::TableRows;

/// What a model is given.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// A table
    Table(Table),
    /// An array
    Array(Array),
    /// Arrays or other values by name
    Named(IndexMap<Box<str>, Value>),
    /// A list
    List(Items),
    /// A single value
    Value(Value),
}

/// A request that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The data, cast to the types of the signature.
    pub data: Data,
    /// The parameters as they stand in the body.
    pub params: Option<Json>,
    /// Whether it is a body of a chat or a completion, which is not wrapped, and whose answer is
    /// not either.
    pub is_unwrapped: bool,
}

impl Request {
    /// Reads the body of a request and casts its values, where there is a signature to cast them
    /// to.
    ///
    /// # Errors
    /// Text that is not JSON; a body with none or several of the keys `dataframe_split`,
    /// `dataframe_records`, `instances` and `inputs`; values that cannot be cast.
    pub fn read(
        body: &[u8],
        content_type: &ContentType,
        signature: &Signature,
    ) -> Result<Self, Refusal> {
        let schema = signature.inputs.as_ref();
        match content_type {
            ContentType::Json => Self::read_json(body, signature),
            ContentType::Csv => Ok(Self::of_table(csv::read(body, schema)?)),
            #[cfg(feature = "columnar")]
            ContentType::Parquet => columnar::read_parquet(body).map(Self::of_table),
            #[cfg(feature = "columnar")]
            ContentType::Arrow => columnar::read_arrow(body).map(Self::of_table),
            #[cfg(not(feature = "columnar"))]
            ContentType::Parquet | ContentType::Arrow => Err(Refusal::parse(format!(
                "found {content_type}, which this program was built without"
            ))),
        }
    }

    /// A request that is a table and nothing else.
    fn of_table(table: Table) -> Self {
        Self {
            data: Data::Table(table),
            params: None,
            is_unwrapped: false,
        }
    }

    fn read_json(body: &[u8], signature: &Signature) -> Result<Self, Refusal> {
        let text = encoding::decode(body)?;
        let body = Body::read(&text)?;
        if body.is_unwrapped() {
            return Self::unwrapped(&text, signature);
        }
        let schema = signature.inputs.as_ref();
        let params = body.params.clone();
        let data = match body.only_form()? {
            Form::Table(table) => {
                let table = table.map_err(|error| Refusal::parse(error.message))?;
                Data::Table(cast::table(table, schema)?)
            }
            Form::Instances(value) => inputs::instances(value, schema)?,
            Form::Inputs(value) => inputs::inputs(value, schema)?,
        };
        Ok(Self {
            data,
            params,
            is_unwrapped: false,
        })
    }

    /// Reads a body with a list under `inputs`, of which nothing is cast.
    pub(crate) fn read_inputs(body: &[u8]) -> Result<Self, Refusal> {
        let text = encoding::decode(body)?;
        let body = Body::read(&text)?;
        let params = body.params.clone();
        let expected = "expected a list under `inputs`, since the signature comes from type hints";
        match body.only_form()? {
            Form::Inputs(Value::List(items)) => Ok(Self {
                data: Data::List(*items),
                params,
                is_unwrapped: false,
            }),
            Form::Inputs(other) => {
                let found = other.type_name();
                Err(Refusal::predict(format!(
                    "found {found} under `inputs`, {expected}"
                )))
            }
            _ => Err(Refusal::predict(format!("found another key, {expected}"))),
        }
    }

    /// All of a body of a chat goes to the model as it is, but for what the signature declares as
    /// parameters.
    fn unwrapped(text: &str, signature: &Signature) -> Result<Self, Refusal> {
        let known = signature.params.as_deref().unwrap_or_default();
        let mut params = IndexMap::new();
        let mut data = IndexMap::new();
        for (key, value) in Body::read_whole(text)? {
            if known.iter().any(|param| param.name == *key) {
                params.insert(key.into_string(), value.to_json());
            } else {
                data.insert(key, value);
            }
        }
        Ok(Self {
            data: Data::Named(data),
            params: Some(Json::Object(params)),
            is_unwrapped: true,
        })
    }
}

/// Whether a schema has names.
pub(crate) fn is_named(schema: &Schema) -> bool {
    schema.names().iter().all(Option::is_some)
}
