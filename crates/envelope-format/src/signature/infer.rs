//! A schema from an example, as `mlflow.models.infer_signature` makes it.
//!
//! The example is taken as Python would load it: whole numbers are `long`, others `double`, text
//! stays `string` even if it looks like a time. Null among the numbers of an array stands for
//! `NaN`, as MLflow stores it.

mod data;
mod table;

use crate::input_example::{ExampleKind, InputExample};
use crate::json::Json;

use super::{ColumnType, ParamShape, ParamSpec, ParamType, Schema, Signature, SignatureError};
use crate::data_type::DataType;

/// Infers the schema of an example.
///
/// # Errors
/// Values of several types where one is needed, lists of unequal length in an array, and data
/// without any column. MLflow then warns and takes [`Schema::any`].
pub fn schema(example: &InputExample) -> Result<Schema, SignatureError> {
    match example.kind {
        ExampleKind::Dataframe { .. } => table::schema(&example.value),
        ExampleKind::Ndarray => data::array_schema(&example.value),
        ExampleKind::JsonObject => data::json_schema(&example.value),
        ExampleKind::SparseCsr | ExampleKind::SparseCsc => data::sparse_schema(&example.value),
    }
}

/// Infers a whole signature; a schema that cannot be inferred becomes [`Schema::any`], as in
/// MLflow, and an output or input that is `null` has none.
///
/// # Errors
/// Parameters that cannot be inferred.
pub fn signature(
    input: &InputExample,
    output: Option<&InputExample>,
) -> Result<Signature, SignatureError> {
    let infer = |example: &InputExample| {
        let some = example.kind != ExampleKind::JsonObject || !example.value.is_null();
        some.then(|| schema(example).unwrap_or_else(|_| Schema::any()))
    };
    let given = input.params.as_ref().filter(|params| params.is_truthy());
    let params = given.map(params).transpose();
    Ok(Signature {
        inputs: infer(input),
        outputs: output.and_then(infer),
        params: params.map_err(|error| error.within("params"))?,
    })
}

/// Infers parameters from an object of default values.
///
/// # Errors
/// `null`, nested lists, lists of several types, and empty objects.
pub fn params(values: &Json) -> Result<Vec<ParamSpec>, SignatureError> {
    let Some(values) = values.as_object() else {
        return Err(SignatureError::expected(
            "",
            values,
            "an object of parameters",
        ));
    };
    let infer =
        |(name, value): (&String, &Json)| param(name, value).map_err(|error| error.within(name));
    values.iter().map(infer).collect()
}

fn param(name: &str, value: &Json) -> Result<ParamSpec, SignatureError> {
    let (ty, shape) = match value {
        Json::Array(items) => (
            ParamType::Scalar(list_type(value, items)?),
            ParamShape::List,
        ),
        Json::Object(_) => match data::value_type(value)? {
            ColumnType::Object(properties) => (ParamType::Object(properties), ParamShape::Scalar),
            _ => return Err(SignatureError::expected("", value, "an object with keys")),
        },
        _ => match data::value_type(value)? {
            ColumnType::Scalar(data_type) if !is_over_64_bits(value) => {
                (ParamType::Scalar(data_type), ParamShape::Scalar)
            }
            _ if is_nan(value) => (ParamType::Scalar(DataType::Double), ParamShape::Scalar),
            _ => return Err(SignatureError::expected("", value, "a value with a type")),
        },
    };
    let mut param = ParamSpec {
        name: name.to_owned(),
        ty,
        shape,
        default: Json::Null,
    };
    param.default = param.convert(value)?;
    Ok(param)
}

fn is_nan(value: &Json) -> bool {
    value.as_number().is_some_and(crate::json::Number::is_nan)
}

fn is_over_64_bits(value: &Json) -> bool {
    value
        .as_number()
        .is_some_and(|number| number.is_integer() && number.as_i64().is_none())
}

/// The type numpy gives a list; an empty one counts as times.
fn list_type(value: &Json, items: &[Json]) -> Result<DataType, SignatureError> {
    let all = |test: fn(&Json) -> bool| items.iter().all(test);
    let number = |item: &Json| matches!(item, Json::Number(_)) && !is_over_64_bits(item);
    let integer = |item: &Json| {
        item.as_number()
            .is_some_and(|number| number.as_i64().is_some())
    };
    match items.first() {
        None => Ok(DataType::Datetime),
        Some(_) if all(|item| matches!(item, Json::Bool(_))) => Ok(DataType::Boolean),
        Some(_) if all(|item| matches!(item, Json::String(_))) => Ok(DataType::String),
        Some(_) if all(integer) => Ok(DataType::Long),
        Some(_) if all(number) => Ok(DataType::Double),
        Some(_) => Err(SignatureError::expected(
            "",
            value,
            "a flat list of one type",
        )),
    }
}
