//! A schema: columns or tensors, with the rules that join them.

use serde::ser::{Serialize, Serializer};

use crate::data_type::{TensorDtype, UnknownDtype};
use crate::json::{Json, object};

use super::column::refuse_reserved;
use super::{Column, ColumnName, ColumnType, ParamSpec, Presence, Property, SignatureError};

/// The shape of data: the columns of a table or a set of tensors; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Columns, all named or none
    Columns(Vec<Column>),
    /// Tensors, all named or a single one without a name
    Tensors(Vec<TensorSpec>),
}

/// A tensor: element type and shape.
///
/// # Shapes
/// One entry per dimension, `-1` for a size that may vary: `[-1, 3]` is any number of rows of 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// The name; `None` for the single unnamed tensor.
    pub name: Option<ColumnName>,
    /// The element type.
    pub dtype: TensorDtype,
    /// The size of each dimension, `-1` for any.
    pub shape: Vec<i64>,
}

enum Item {
    Column(Column),
    Tensor(TensorSpec),
}

impl Schema {
    /// Reads the text of `inputs` or `outputs` in MLmodel.
    ///
    /// # Errors
    /// Text that is not JSON, and the refusals of [`Schema::from_json`].
    pub fn parse_json(text: &str) -> Result<Self, SignatureError> {
        let value =
            Json::parse(text.as_bytes()).map_err(|error| SignatureError::not_json(&error))?;
        Self::from_json(&value)
    }

    /// Reads a schema written as a list.
    ///
    /// # Errors
    /// An empty list, unknown types and keys, named and unnamed or columns and tensors mixed,
    /// several unnamed tensors, and unnamed columns that are optional.
    pub fn from_json(value: &Json) -> Result<Self, SignatureError> {
        let Some(items) = value.as_array() else {
            return Err(SignatureError::expected(
                "",
                value,
                "a list of columns or tensors",
            ));
        };
        let mut columns = Vec::new();
        let mut tensors = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match read_item(item).map_err(|error| error.within(&format!("[{index}]")))? {
                Item::Column(column) => columns.push(column),
                Item::Tensor(tensor) => tensors.push(tensor),
            }
        }
        match (columns.is_empty(), tensors.is_empty()) {
            (true, true) => Err(SignatureError::new(
                "",
                "found an empty list, expected columns or tensors",
            )),
            (false, false) => Err(SignatureError::new(
                "",
                "found columns and tensors, expected only one of both",
            )),
            (false, true) => check_columns(columns),
            (true, false) => check_tensors(tensors),
        }
    }

    /// The schema that takes anything: what MLflow falls back to when it cannot infer one.
    pub fn any() -> Self {
        Schema::Columns(vec![Column {
            name: None,
            ty: ColumnType::Any,
            presence: Presence::Required,
        }])
    }

    /// The schema in its wire form.
    pub fn to_json(&self) -> Json {
        match self {
            Schema::Columns(columns) => columns
                .iter()
                .map(Column::to_json)
                .collect::<Vec<_>>()
                .into(),
            Schema::Tensors(tensors) => tensors
                .iter()
                .map(TensorSpec::to_json)
                .collect::<Vec<_>>()
                .into(),
        }
    }

    /// The text MLflow writes into MLmodel.
    pub fn to_json_string(&self) -> String {
        self.to_json().to_python_string()
    }

    /// The names of the columns or tensors, in order.
    pub fn names(&self) -> Vec<Option<&ColumnName>> {
        match self {
            Schema::Columns(columns) => columns.iter().map(|column| column.name.as_ref()).collect(),
            Schema::Tensors(tensors) => tensors.iter().map(|tensor| tensor.name.as_ref()).collect(),
        }
    }
}

fn read_item(value: &Json) -> Result<Item, SignatureError> {
    let Some(map) = value.as_object() else {
        return Err(SignatureError::expected("", value, "a column or tensor"));
    };
    match map.get("type").and_then(Json::as_str) {
        Some("tensor") => TensorSpec::from_json(value).map(Item::Tensor),
        _ => Column::from_map(map).map(Item::Column),
    }
}

fn check_columns(columns: Vec<Column>) -> Result<Schema, SignatureError> {
    refuse_mixed_names(columns.iter().map(|column| column.name.as_ref()))?;
    let unnamed_optional = columns
        .iter()
        .position(|column| column.name.is_none() && column.presence == Presence::Optional);
    if let Some(index) = unnamed_optional {
        let place = format!("[{index}].required");
        return Err(SignatureError::new(
            &place,
            "a column without a name cannot be optional",
        ));
    }
    Ok(Schema::Columns(columns))
}

fn check_tensors(tensors: Vec<TensorSpec>) -> Result<Schema, SignatureError> {
    refuse_mixed_names(tensors.iter().map(|tensor| tensor.name.as_ref()))?;
    if tensors.len() > 1 && tensors[0].name.is_none() {
        let message = format!(
            "found {} tensors without a name, expected at most one",
            tensors.len()
        );
        return Err(SignatureError::new("", message));
    }
    Ok(Schema::Tensors(tensors))
}

fn refuse_mixed_names<'a>(
    names: impl Iterator<Item = Option<&'a ColumnName>>,
) -> Result<(), SignatureError> {
    let (with, without): (Vec<_>, Vec<_>) = names.enumerate().partition(|(_, name)| name.is_some());
    match (with.is_empty(), without.first()) {
        (false, Some((index, _))) => {
            let place = format!("[{index}]");
            Err(SignatureError::new(
                &place,
                "found no name, expected all to be named or none",
            ))
        }
        _ => Ok(()),
    }
}

impl TensorSpec {
    fn from_json(value: &Json) -> Result<Self, SignatureError> {
        let spec_key = "tensor-spec";
        let Some(map) = value.as_object() else {
            return Err(SignatureError::expected("", value, "a tensor"));
        };
        refuse_reserved(map)?;
        let Some(spec_value) = map.get(spec_key) else {
            let message = "found no `tensor-spec` in a tensor, expected one with dtype and shape";
            return Err(SignatureError::new("", message));
        };
        let Some(spec) = spec_value.as_object() else {
            let expected = "an object with dtype and shape";
            return Err(SignatureError::expected(spec_key, spec_value, expected));
        };
        let read = || -> Result<(TensorDtype, Vec<i64>), SignatureError> {
            refuse_reserved(spec)?;
            Ok((dtype(spec.get("dtype"))?, shape(spec.get("shape"))?))
        };
        let (dtype, shape) = read().map_err(|error| error.within(spec_key))?;
        Ok(Self {
            name: ColumnName::from_json(map.get("name")),
            dtype,
            shape,
        })
    }

    /// The tensor in its wire form.
    pub fn to_json(&self) -> Json {
        let shape = self
            .shape
            .iter()
            .map(|size| Json::from(*size))
            .collect::<Vec<_>>();
        let spec = object([("dtype", self.dtype.name().into()), ("shape", shape.into())]);
        let name = self.name.as_ref().map(|name| ("name", name.to_json()));
        object(
            name.into_iter()
                .chain([("type", "tensor".into()), ("tensor-spec", spec)]),
        )
    }
}

fn dtype(value: Option<&Json>) -> Result<TensorDtype, SignatureError> {
    match value {
        None => Err(SignatureError::new(
            "",
            "found no `dtype`, expected a numpy name",
        )),
        // numpy takes no name as its default type.
        Some(Json::Null) => "float64".parse().map_err(|error| unknown_dtype(&error)),
        Some(Json::String(name)) => name.parse().map_err(|error| unknown_dtype(&error)),
        Some(other) => Err(SignatureError::expected("dtype", other, "a numpy name")),
    }
}

fn unknown_dtype(error: &UnknownDtype) -> SignatureError {
    let refusal = SignatureError::new("dtype", error.to_string());
    refusal.nearest(&error.found, UnknownDtype::known_names())
}

fn shape(value: Option<&Json>) -> Result<Vec<i64>, SignatureError> {
    let Some(value) = value else {
        return Err(SignatureError::new(
            "",
            "found no `shape`, expected a list of sizes",
        ));
    };
    let expected = "a list of whole numbers, -1 for any size";
    let refuse = || SignatureError::expected("shape", value, expected);
    let sizes = value.as_array().ok_or_else(refuse)?;
    let size = |size: &Json| size.as_number().and_then(crate::json::Number::as_i64);
    sizes
        .iter()
        .map(|item| size(item).ok_or_else(refuse))
        .collect()
}

macro_rules! serialize_as_wire_form {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.to_json().serialize(serializer)
            }
        }
    )*};
}

serialize_as_wire_form!(
    Schema, Column, ColumnType, ColumnName, TensorSpec, ParamSpec
);

impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::column::object_properties(std::slice::from_ref(self)).serialize(serializer)
    }
}
