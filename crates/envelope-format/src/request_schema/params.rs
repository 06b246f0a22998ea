//! The schema of parameters, which MLflow checks without a cast.

use crate::data_type::DataType;
use crate::json::{Json, object};
use crate::signature::{ParamShape, ParamSpec, ParamType};

use super::{columns, moment, or_null, typed};

/// The schema of all parameters, none of which must be given.
pub(super) fn all(params: &[ParamSpec]) -> Json {
    let properties = params.iter().map(|param| (param.name.clone(), one(param)));
    object([
        ("type", "object".into()),
        ("properties", object(properties)),
        ("additionalProperties", false.into()),
    ])
}

/// The schema of a parameter with its default.
pub(super) fn one(param: &ParamSpec) -> Json {
    let value = match &param.ty {
        ParamType::Scalar(data_type) => scalar(*data_type),
        ParamType::Object(properties) => columns::object_type(properties, true),
    };
    let value = match param.shape {
        // A default of `null` may be sent as well; JSON has no word for one that is no number.
        ParamShape::Scalar if param.default.to_serde().is_null() => or_null(value),
        ParamShape::Scalar => value,
        ParamShape::List => object([("type", "array".into()), ("items", or_null(value))]),
    };
    let Json::Object(mut map) = value else {
        return value;
    };
    map.insert("default".to_owned(), (&param.default.to_serde()).into());
    Json::Object(map)
}

fn scalar(data_type: DataType) -> Json {
    match data_type {
        DataType::Boolean => typed("boolean"),
        DataType::Integer | DataType::Long => typed("integer"),
        DataType::Float | DataType::Double => typed("number"),
        DataType::String | DataType::Binary => typed("string"),
        DataType::Datetime => moment(),
    }
}
