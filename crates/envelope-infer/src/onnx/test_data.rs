//! Values in files of their own, as ONNX's test data has them: `input_0.pb`.

use bytes::Bytes;
use prost::Message as _;
use std::sync::Arc;

use super::external::External;
use super::proto::{OptionalProto, SequenceProto, TensorProto};
use super::tensor::tensor;
use crate::fault::{Result, fault};
use crate::value::{Value, ValueType};

/// Why the bytes are no value of the type.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DataError(String);

/// Reads a value of this type from the bytes of a `.pb` file.
///
/// # Errors
/// When the bytes are no such value.
pub fn value_from_pb(
    bytes: &[u8],
    value_type: &ValueType,
) -> std::result::Result<Value, DataError> {
    read(Bytes::copy_from_slice(bytes), value_type).map_err(|fault| DataError(fault.0))
}

fn read(bytes: Bytes, value_type: &ValueType) -> Result<Value> {
    let malformed = |error: prost::DecodeError| fault!("not a stored value: {error}");
    let mut external = External::in_folder(None);
    match value_type {
        ValueType::Tensor(_) => {
            let proto = TensorProto::decode(bytes).map_err(malformed)?;
            Ok(tensor(&proto, &mut external)?.into())
        }
        ValueType::Sequence(_) => sequence(
            &SequenceProto::decode(bytes).map_err(malformed)?,
            &mut external,
        ),
        ValueType::Optional(_) => {
            let proto = OptionalProto::decode(bytes).map_err(malformed)?;
            let value = match (&proto.tensor_value, &proto.sequence_value) {
                (Some(value), _) => Some(tensor(value, &mut external)?.into()),
                (None, Some(value)) => Some(sequence(value, &mut external)?),
                (None, None) => None,
            };
            Ok(Value::Optional(value.map(Arc::new)))
        }
        ValueType::Map(..) => Err(fault!("maps cannot be read from files")),
    }
}

fn sequence(proto: &SequenceProto, external: &mut External) -> Result<Value> {
    let tensors = proto
        .tensor_values
        .iter()
        .map(|one| Ok(tensor(one, external)?.into()));
    let mut values: Vec<Value> = tensors.collect::<Result<_>>()?;
    for one in &proto.sequence_values {
        values.push(sequence(one, external)?);
    }
    Ok(Value::Sequence(Arc::new(values)))
}
