//! Columns and their types, nested ones included: reading and writing their wire form.
//!
//! The wire form is MLflow's: a column is `{"type", ("items" | "properties" | "values"), "name",
//! "required"}`. Which keys are needed and which are ignored differs by type and is copied from
//! MLflow's reader.

use std::fmt;

use indexmap::IndexMap;

use crate::data_type::DataType;
use crate::json::{Json, object};

use super::SignatureError;
use super::error::hint_type;

/// A column of a table: its type, its name if it has one, and whether it must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name; `None` for a column known by its position.
    pub name: Option<ColumnName>,
    /// The type of each value.
    pub ty: ColumnType,
    /// Whether data must have the column.
    pub presence: Presence,
}

/// The name of a column or tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// A text
    Text(String),
    /// A whole number, as pandas gives columns without names
    Integer(i64),
    /// What else MLflow lets through, such as `1.5` or `true`
    Other(Json),
}

/// The type of a column, an item, a map's values or a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// One scalar
    Scalar(DataType),
    /// A list of values of one type
    Array(Box<ColumnType>),
    /// An object with known keys, sorted by name
    Object(Vec<Property>),
    /// An object with any keys and values of one type
    Map(Box<ColumnType>),
    /// Anything
    Any,
    /// A Spark ML vector, a list of doubles
    SparkMlVector,
}

/// A key of an object type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The key.
    pub name: String,
    /// The type of its value.
    pub ty: ColumnType,
    /// Whether an object must have it.
    pub presence: Presence,
}

/// The `required` of a column or property as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// `true`
    Required,
    /// `false`
    Optional,
    /// `null`, or left out where MLflow takes that as null: counts as optional, except that MLflow
    /// allows it on a column without a name
    Unstated,
}

impl Presence {
    /// Whether data must have the column or property.
    pub fn is_required(self) -> bool {
        self == Presence::Required
    }

    /// [`Presence::Required`] for `true`, [`Presence::Optional`] for `false`.
    pub fn from_required(required: bool) -> Self {
        if required {
            Presence::Required
        } else {
            Presence::Optional
        }
    }

    /// Python's view of a written value: `false` is optional, other false values are no statement.
    fn from_json(value: Option<&Json>, absent: Presence) -> Self {
        match value {
            None => absent,
            Some(Json::Bool(required)) => Presence::from_required(*required),
            Some(value) if value.is_truthy() => Presence::Required,
            Some(_) => Presence::Unstated,
        }
    }

    fn to_json(self) -> Json {
        match self {
            Presence::Required => true.into(),
            Presence::Optional => false.into(),
            Presence::Unstated => Json::Null,
        }
    }
}

impl ColumnName {
    /// Reads a `name`; `null` is no name.
    pub(super) fn from_json(value: Option<&Json>) -> Option<Self> {
        match value {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) => Some(ColumnName::Text(text.clone())),
            Some(value) => match value.as_number().and_then(crate::json::Number::as_i64) {
                Some(number) => Some(ColumnName::Integer(number)),
                None => Some(ColumnName::Other(value.clone())),
            },
        }
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            ColumnName::Text(text) => text.as_str().into(),
            ColumnName::Integer(number) => (*number).into(),
            ColumnName::Other(value) => value.clone(),
        }
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnName::Text(text) => formatter.write_str(text),
            ColumnName::Integer(number) => write!(formatter, "{number}"),
            ColumnName::Other(value) => formatter.write_str(&value.to_python_string()),
        }
    }
}

impl fmt::Display for ColumnType {
    /// Writes the type for people: `array of long`, `object {x: string, y?: double}`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ColumnType::Scalar(data_type) => data_type.fmt(formatter),
            ColumnType::Array(items) => write!(formatter, "array of {items}"),
            ColumnType::Map(values) => write!(formatter, "map of {values}"),
            ColumnType::Any => formatter.write_str("any"),
            ColumnType::SparkMlVector => formatter.write_str("sparkml_vector"),
            ColumnType::Object(properties) => {
                let shown: Vec<String> = properties.iter().map(ToString::to_string).collect();
                write!(formatter, "object {{{}}}", shown.join(", "))
            }
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.presence.is_required() { "" } else { "?" };
        write!(formatter, "{}{mark}: {}", self.name, self.ty)
    }
}

type Map = IndexMap<String, Json>;

/// The name of the vector type.
const VECTOR: &str = "sparkml_vector";

/// The names of all column types.
const TYPE_NAMES: [&str; 13] = [
    "boolean",
    "integer",
    "long",
    "float",
    "double",
    "string",
    "binary",
    "datetime",
    "array",
    "object",
    "map",
    "any",
    "sparkml_vector",
];

impl Column {
    /// Reads a column from its wire form.
    pub(super) fn from_map(map: &Map) -> Result<Self, SignatureError> {
        refuse_reserved(map)?;
        let kind = type_name(map)?;
        let scalar = kind.parse::<DataType>().is_ok();
        let known = ["type", "name", "required"];
        let unknown = map
            .keys()
            .find(|key| scalar && !known.contains(&key.as_str()));
        if let Some(key) = unknown {
            let message =
                format!("unknown key in a {kind} column, expected type, name or required");
            return Err(SignatureError::new(key, message).nearest(key, known));
        }
        let ty = ColumnType::from_map(map, kind)?;
        let absent = if scalar {
            Presence::Required
        } else {
            Presence::Unstated
        };
        let presence = Presence::from_json(map.get("required"), absent);
        Ok(Self {
            name: ColumnName::from_json(map.get("name")),
            ty,
            presence,
        })
    }

    /// The column in its wire form.
    pub fn to_json(&self) -> Json {
        let mut map = self.ty.to_map();
        if let Some(name) = &self.name {
            map.insert("name".to_owned(), name.to_json());
        }
        map.insert("required".to_owned(), self.presence.to_json());
        Json::Object(map)
    }
}

impl ColumnType {
    fn from_map(map: &Map, kind: &str) -> Result<Self, SignatureError> {
        match kind {
            "any" => Ok(ColumnType::Any),
            VECTOR => Ok(ColumnType::SparkMlVector),
            "array" => Ok(ColumnType::Array(Box::new(inner_type(map, "items")?))),
            "map" => {
                let values = inner_type(map, "values")?;
                // MLflow drops the map around a vector.
                let vector = map["values"].get("type").and_then(Json::as_str) == Some(VECTOR);
                Ok(if vector {
                    values
                } else {
                    ColumnType::Map(Box::new(values))
                })
            }
            "object" => properties(map).map(ColumnType::Object),
            scalar => scalar
                .parse()
                .map(ColumnType::Scalar)
                .map_err(|_| unknown_type(scalar)),
        }
    }

    fn to_map(&self) -> Map {
        let (kind, rest) = match self {
            ColumnType::Scalar(data_type) => (data_type.name(), None),
            ColumnType::Any => ("any", None),
            ColumnType::SparkMlVector => ("sparkml_vector", None),
            ColumnType::Array(items) => ("array", Some(("items", Json::Object(items.to_map())))),
            ColumnType::Map(values) => ("map", Some(("values", Json::Object(values.to_map())))),
            ColumnType::Object(properties) => (
                "object",
                Some(("properties", object_properties(properties))),
            ),
        };
        let mut map = Map::from([("type".to_owned(), kind.into())]);
        map.extend(rest.map(|(key, value)| (key.to_owned(), value)));
        map
    }

    /// The type in its wire form.
    pub fn to_json(&self) -> Json {
        Json::Object(self.to_map())
    }

    /// An object type with its properties in MLflow's order.
    pub fn object(mut properties: Vec<Property>) -> Self {
        properties.sort_by(|left, right| left.name.cmp(&right.name));
        ColumnType::Object(properties)
    }
}

/// The properties of an object type in their wire form.
pub(super) fn object_properties(properties: &[Property]) -> Json {
    let sorted = ColumnType::object(properties.to_vec());
    let ColumnType::Object(properties) = sorted else {
        return Json::Null;
    };
    object(properties.iter().map(|property| {
        let mut map = property.ty.to_map();
        map.insert("required".to_owned(), property.presence.to_json());
        (property.name.clone(), Json::Object(map))
    }))
}

fn unknown_type(found: &str) -> SignatureError {
    let message = format!(
        "found type `{found}`, expected one of {}",
        TYPE_NAMES.join(", ")
    );
    hint_type(SignatureError::new("type", message), found, &TYPE_NAMES)
}

/// MLflow passes keys as named arguments to a class method, so `cls` cannot be one of them.
pub(super) fn refuse_reserved(map: &Map) -> Result<(), SignatureError> {
    if map.contains_key("cls") {
        return Err(SignatureError::new(
            "cls",
            "the name `cls` cannot be used, MLflow reserves it",
        ));
    }
    Ok(())
}

fn type_name(map: &Map) -> Result<&str, SignatureError> {
    match map.get("type") {
        Some(Json::String(name)) => Ok(name),
        Some(other) => Err(SignatureError::expected(
            "type",
            other,
            "the name of a type",
        )),
        None => Err(SignatureError::new(
            "",
            "found no `type`, expected the name of a type",
        )),
    }
}

/// The type under `items` or `values`.
fn inner_type(map: &Map, key: &str) -> Result<ColumnType, SignatureError> {
    let Some(value) = map.get(key) else {
        let kind = if key == "items" { "an array" } else { "a map" };
        return Err(SignatureError::new(
            "",
            format!("found no `{key}` in {kind}, expected a type"),
        ));
    };
    let Some(inner) = value.as_object() else {
        return Err(SignatureError::expected(
            key,
            value,
            "an object with a type",
        ));
    };
    nested_type(inner).map_err(|error| error.within(key))
}

fn nested_type(map: &Map) -> Result<ColumnType, SignatureError> {
    let kind = type_name(map)?;
    if matches!(kind, "array" | "object" | "map") {
        refuse_reserved(map)?;
    }
    ColumnType::from_map(map, kind)
}

/// Reads the `properties` of an object type.
pub(super) fn properties(map: &Map) -> Result<Vec<Property>, SignatureError> {
    let Some(value) = map.get("properties") else {
        return Err(SignatureError::new(
            "",
            "found no `properties` in an object, expected some",
        ));
    };
    let Some(entries) = value.as_object() else {
        return Err(SignatureError::expected(
            "properties",
            value,
            "an object of properties",
        ));
    };
    if entries.is_empty() {
        return Err(SignatureError::new(
            "properties",
            "found no property, expected at least one",
        ));
    }
    refuse_reserved(entries).map_err(|error| error.within("properties"))?;
    let read = |(name, value): (&String, &Json)| {
        property(name, value).map_err(|error| error.within(name).within("properties"))
    };
    let properties = entries.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    match ColumnType::object(properties) {
        ColumnType::Object(sorted) => Ok(sorted),
        _ => Ok(Vec::new()),
    }
}

fn property(name: &str, value: &Json) -> Result<Property, SignatureError> {
    let Some(map) = value.as_object() else {
        return Err(SignatureError::expected("", value, "an object with a type"));
    };
    let ty = nested_type(map)?;
    if type_name(map)? == VECTOR {
        return Err(SignatureError::new(
            "type",
            "a sparkml_vector cannot be a property",
        ));
    }
    let presence = Presence::from_json(map.get("required"), Presence::Required);
    Ok(Property {
        name: name.to_owned(),
        ty,
        presence,
    })
}
