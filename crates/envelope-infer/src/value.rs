//! What flows through a graph: tensors, sequences, optionals and maps; and the types of them.

use std::fmt;
use std::sync::Arc;

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::tensor::Tensor;

/// A value of a graph.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// A tensor.
    Tensor(Tensor),
    /// Values of one type, in order.
    Sequence(Arc<Vec<Value>>),
    /// A value, or none.
    Optional(Option<Arc<Value>>),
    /// A map, as `ai.onnx.ml` has them: a vector of keys and one of as many values.
    Map {
        /// The keys: strings or 64-bit integers, in the order of the map.
        keys: Tensor,
        /// The values.
        values: Tensor,
    },
}

impl Value {
    /// The tensor that the value is, if it is one.
    pub fn as_tensor(&self) -> Option<&Tensor> {
        match self {
            Self::Tensor(tensor) => Some(tensor),
            _ => None,
        }
    }

    pub(crate) fn tensor(&self) -> Result<&Tensor> {
        self.as_tensor()
            .ok_or_else(|| fault!("found {}, expected a tensor", self.kind()))
    }

    pub(crate) fn into_tensor(self) -> Result<Tensor> {
        match self {
            Self::Tensor(tensor) => Ok(tensor),
            other => Err(fault!("found {}, expected a tensor", other.kind())),
        }
    }

    pub(crate) fn sequence(&self) -> Result<&Arc<Vec<Value>>> {
        match self {
            Self::Sequence(values) => Ok(values),
            other => Err(fault!("found {}, expected a sequence", other.kind())),
        }
    }

    /// The type of the value, where it can be told: an empty sequence does not know its elements.
    pub(crate) fn value_type(&self) -> Option<ValueType> {
        Some(match self {
            Self::Tensor(tensor) => ValueType::Tensor(tensor.data_type()),
            Self::Sequence(values) => ValueType::Sequence(Box::new(values.first()?.value_type()?)),
            Self::Optional(value) => ValueType::Optional(Box::new(value.as_ref()?.value_type()?)),
            Self::Map { keys, values } => ValueType::Map(keys.data_type(), values.data_type()),
        })
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Tensor(_) => "a tensor",
            Self::Sequence(_) => "a sequence",
            Self::Optional(_) => "an optional",
            Self::Map { .. } => "a map",
        }
    }
}

impl From<Tensor> for Value {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(tensor)
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueType {
    /// A tensor of this element type.
    Tensor(DataType),
    /// A sequence of values of this type.
    Sequence(Box<ValueType>),
    /// A value of this type, or none.
    Optional(Box<ValueType>),
    /// A map from keys of the first type to values of the second.
    Map(DataType, DataType),
}

impl ValueType {
    /// The element type, for tensors.
    pub fn data_type(&self) -> Option<DataType> {
        match self {
            Self::Tensor(data_type) => Some(*data_type),
            _ => None,
        }
    }
}

impl From<DataType> for ValueType {
    fn from(data_type: DataType) -> Self {
        Self::Tensor(data_type)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor(data_type) => write!(f, "tensor({data_type})"),
            Self::Sequence(of) => write!(f, "seq({of})"),
            Self::Optional(of) => write!(f, "optional({of})"),
            Self::Map(keys, values) => write!(f, "map({keys}, {values})"),
        }
    }
}
