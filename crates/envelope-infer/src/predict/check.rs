//! Whether the outputs are what the signature says of them. MLflow never looks.

use envelope_format::data_type::DataType as Declared;
use envelope_format::signature::{ColumnType, Schema, TensorSpec};

use crate::data_type::DataType;
use crate::session::NamedValues;
use crate::value::Value;

/// Where outputs differ from a schema, in sentences.
pub(super) fn against(schema: Option<&Schema>, outputs: &NamedValues) -> Vec<String> {
    match schema {
        None => Vec::new(),
        Some(Schema::Tensors(tensors)) => tensors
            .iter()
            .enumerate()
            .filter_map(|(place, tensor)| differs(tensor, place, outputs))
            .collect(),
        Some(Schema::Columns(columns)) => {
            let each = columns.iter().enumerate().filter_map(|(place, column)| {
                let name = column.name.as_ref().map(ToString::to_string);
                let (found, value) = output(name.as_deref(), place, outputs)?;
                let (Value::Tensor(tensor), ColumnType::Scalar(declared)) = (value, &column.ty)
                else {
                    return None;
                };
                let expected = data_type(*declared)?;
                (tensor.data_type() != expected).then(|| {
                    format!(
                        "output `{found}` is {}, and the signature says {expected}",
                        tensor.data_type()
                    )
                })
            });
            each.collect()
        }
    }
}

/// The output of a name, or at a place where there are no names.
fn output<'a>(
    name: Option<&str>,
    place: usize,
    outputs: &'a NamedValues,
) -> Option<(&'a str, &'a Value)> {
    let found = match name {
        Some(name) => outputs.get_key_value(name),
        None => outputs.get_index(place),
    };
    found.map(|(name, value)| (name.as_str(), value))
}

fn differs(expected: &TensorSpec, place: usize, outputs: &NamedValues) -> Option<String> {
    let name = expected.name.as_ref().map(ToString::to_string);
    let Some((found, value)) = output(name.as_deref(), place, outputs) else {
        let name = name.unwrap_or_default();
        return Some(format!(
            "there is no output `{name}`, which the signature has"
        ));
    };
    let Value::Tensor(tensor) = value else {
        return Some(format!(
            "output `{found}` is no tensor, and the signature says it is one"
        ));
    };
    let type_name = match tensor.data_type() {
        DataType::String => "str",
        other => other.name(),
    };
    let fits = |(expected, found): (&i64, &usize)| {
        *expected == -1 || usize::try_from(*expected) == Ok(*found)
    };
    let shape: Vec<usize> = tensor.shape().to_vec();
    let is_same =
        expected.shape.len() == shape.len() && expected.shape.iter().zip(&shape).all(fits);
    if is_same && (type_name == expected.dtype.name() || expected.dtype.name() == "object") {
        return None;
    }
    Some(format!(
        "output `{found}` is {type_name} {shape:?}, and the signature says {} {:?}",
        expected.dtype, expected.shape
    ))
}

fn data_type(declared: Declared) -> Option<DataType> {
    Some(match declared {
        Declared::Boolean => DataType::Bool,
        Declared::Integer => DataType::I32,
        Declared::Long => DataType::I64,
        Declared::Float => DataType::F32,
        Declared::Double => DataType::F64,
        Declared::String => DataType::String,
        Declared::Binary | Declared::Datetime => return None,
    })
}
