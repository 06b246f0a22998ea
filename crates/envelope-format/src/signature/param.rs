//! Parameters of a prediction: their type, shape and default.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::data_type::DataType;
use crate::json::{Json, Number, object};

use super::column::{object_properties, properties, refuse_reserved};
use super::datetime::Moment;
use super::error::hint_type;
use super::fit::Misfit;
use super::nested;
use super::{Property, SignatureError};

/// A parameter a caller may set, with the value it has otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamSpec {
    /// The name.
    pub name: String,
    /// The type of the value, or of each item of a list.
    pub ty: ParamType,
    /// One value or a list.
    pub shape: ParamShape,
    /// The value when the caller sets none, already of the declared type.
    pub default: Json,
}

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// A scalar, any but binary
    Scalar(DataType),
    /// An object with known keys
    Object(Vec<Property>),
}

/// Whether a parameter is one value or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamShape {
    /// One value, written `null`
    Scalar,
    /// A list of any length, written `[-1]`
    List,
}

/// The types a scalar parameter may have, for messages.
const TYPE_NAMES: [&str; 8] = [
    "boolean", "integer", "long", "float", "double", "string", "datetime", "object",
];

impl ParamSpec {
    /// Reads the text of `params` in MLmodel.
    ///
    /// # Errors
    /// Text that is not JSON, and the refusals of [`ParamSpec::list_from_json`].
    pub fn parse_json(text: &str) -> Result<Vec<Self>, SignatureError> {
        let value =
            Json::parse(text.as_bytes()).map_err(|error| SignatureError::not_json(&error))?;
        Self::list_from_json(&value)
    }

    /// Reads parameters written as a list.
    ///
    /// # Errors
    /// A parameter without name, default or type; an unknown type; a shape other than `null` and
    /// `[-1]`; a default that is not of the type; two parameters of one name.
    pub fn list_from_json(value: &Json) -> Result<Vec<Self>, SignatureError> {
        let items = match value {
            Json::Array(items) => items.as_slice(),
            // Python takes any empty collection as an empty list here.
            Json::Object(_) | Json::String(_) if !value.is_truthy() => &[],
            _ => return Err(SignatureError::expected("", value, "a list of parameters")),
        };
        let mut params: Vec<Self> = Vec::with_capacity(items.len());
        let mut names = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let place = format!("[{index}]");
            let param = Self::from_json(item).map_err(|error| error.within(&place))?;
            if !names.insert(param.name.clone()) {
                let message = format!("found the name `{}` twice", param.name);
                return Err(SignatureError::new(&place, message));
            }
            params.push(param);
        }
        Ok(params)
    }

    fn from_json(value: &Json) -> Result<Self, SignatureError> {
        let Some(map) = value.as_object() else {
            return Err(SignatureError::expected("", value, "a parameter"));
        };
        refuse_reserved(map)?;
        let has_type = map.contains_key("type") || map.contains_key("dtype");
        let (Some(name), Some(default), true) = (map.get("name"), map.get("default"), has_type)
        else {
            let missing = ["name", "default", "type"]
                .into_iter()
                .find(|key| !map.contains_key(*key));
            let missing = missing.unwrap_or("type");
            let message = format!("found no `{missing}`, expected name, default and type");
            return Err(SignatureError::new("", message));
        };
        let param = Self {
            name: name_text(name)?,
            ty: ParamType::from_map(map)?,
            shape: ParamShape::from_json(map.get("shape"))?,
            default: Json::Null,
        };
        let default = param
            .convert(default)
            .map_err(|error| error.within("default"))?;
        Ok(Self { default, ..param })
    }

    /// Checks a value against the parameter and gives it in the declared type, as MLflow does:
    /// whole numbers become floats where a float is declared, times become ISO text.
    ///
    /// # Errors
    /// A value of another type or shape.
    pub fn convert(&self, value: &Json) -> Result<Json, SignatureError> {
        match (self.shape, &self.ty) {
            (ParamShape::Scalar, ParamType::Scalar(data_type)) => convert_scalar(value, *data_type),
            (ParamShape::Scalar, ParamType::Object(properties)) => {
                nested::check_object(value, properties, true).map_err(Misfit::into_error)?;
                Ok(value.clone())
            }
            (ParamShape::List, ty) => convert_list(value, ty),
        }
    }

    /// The parameter in its wire form.
    pub fn to_json(&self) -> Json {
        let shape = match self.shape {
            ParamShape::Scalar => Json::Null,
            ParamShape::List => vec![Json::from(-1)].into(),
        };
        let (kind, properties) = match &self.ty {
            ParamType::Scalar(data_type) => (data_type.name(), None),
            ParamType::Object(properties) => ("object", Some(object_properties(properties))),
        };
        let head = [
            ("name", self.name.as_str().into()),
            ("default", self.default.clone()),
            ("shape", shape),
            ("type", kind.into()),
        ];
        object(
            head.into_iter()
                .chain(properties.map(|properties| ("properties", properties))),
        )
    }
}

/// The name as Python's `str` gives it.
fn name_text(name: &Json) -> Result<String, SignatureError> {
    match name {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(python_str(number)),
        Json::Bool(true) => Ok("True".to_owned()),
        Json::Bool(false) => Ok("False".to_owned()),
        Json::Null => Ok("None".to_owned()),
        Json::Array(_) | Json::Object(_) => Err(SignatureError::expected("name", name, "a text")),
    }
}

fn python_str(number: &Number) -> String {
    match number.to_python_string().as_str() {
        "NaN" => "nan".to_owned(),
        "Infinity" => "inf".to_owned(),
        "-Infinity" => "-inf".to_owned(),
        text => text.to_owned(),
    }
}

impl ParamType {
    /// Reads `type`, or `dtype` as older versions wrote it when `type` is absent or empty.
    fn from_map(map: &IndexMap<String, Json>) -> Result<Self, SignatureError> {
        let key = if map.get("type").is_some_and(Json::is_truthy) {
            "type"
        } else {
            "dtype"
        };
        let found = map.get(key).unwrap_or(&Json::Null);
        let Some(name) = found.as_str() else {
            return Err(SignatureError::expected(
                "type",
                found,
                "the name of a type",
            ));
        };
        if name == "object" && key == "type" {
            return properties(map).map(ParamType::Object);
        }
        match name.parse::<DataType>() {
            Ok(DataType::Binary) => Err(SignatureError::new(key, "a parameter cannot be binary")),
            Ok(data_type) => Ok(ParamType::Scalar(data_type)),
            Err(_) => {
                let expected = TYPE_NAMES.join(", ");
                let message = format!("found type `{name}`, expected one of {expected}");
                Err(hint_type(
                    SignatureError::new(key, message),
                    name,
                    &TYPE_NAMES,
                ))
            }
        }
    }
}

impl ParamShape {
    fn from_json(value: Option<&Json>) -> Result<Self, SignatureError> {
        match value {
            None | Some(Json::Null) => Ok(ParamShape::Scalar),
            Some(Json::Array(sizes)) if is_minus_one(sizes) => Ok(ParamShape::List),
            Some(other) => Err(SignatureError::expected("shape", other, "null or [-1]")),
        }
    }
}

#[expect(clippy::float_cmp, reason = "Python compares -1.0 with -1 exactly")]
fn is_minus_one(sizes: &[Json]) -> bool {
    matches!(sizes, [Json::Number(number)] if number.as_f64() == -1.0)
}

fn convert_list(value: &Json, ty: &ParamType) -> Result<Json, SignatureError> {
    let Some(items) = value.as_array() else {
        return Err(SignatureError::expected("", value, "a list"));
    };
    let ParamType::Scalar(data_type) = ty else {
        return Err(SignatureError::new(
            "",
            "a list of objects cannot be a parameter",
        ));
    };
    let convert = |(index, item): (usize, &Json)| {
        convert_scalar(item, *data_type).map_err(|error| error.within(&format!("[{index}]")))
    };
    items
        .iter()
        .enumerate()
        .map(convert)
        .collect::<Result<Vec<_>, _>>()
        .map(Json::Array)
}

fn convert_scalar(value: &Json, data_type: DataType) -> Result<Json, SignatureError> {
    let refuse = || Err(SignatureError::expected("", value, data_type.name()));
    match (data_type, value) {
        (_, Json::Null)
        | (DataType::Boolean, Json::Bool(_))
        | (DataType::String, Json::String(_)) => Ok(value.clone()),
        (DataType::Integer | DataType::Long, Json::Number(number)) if number.is_integer() => {
            Ok(value.clone())
        }
        (DataType::Float | DataType::Double, Json::Number(number)) => {
            let float = number.as_f64();
            if number.is_integer() && float.is_infinite() {
                refuse()
            } else {
                Ok(float.into())
            }
        }
        (DataType::Datetime, Json::String(text)) => match Moment::parse(text) {
            Some(moment) => Ok(moment.isoformat().into()),
            None if text.is_empty() || text.eq_ignore_ascii_case("nat") => Ok(Json::Null),
            None => refuse(),
        },
        _ => refuse(),
    }
}
