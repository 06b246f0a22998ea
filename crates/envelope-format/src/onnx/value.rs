//! Inputs and outputs of a graph and their types.

use serde::{Serialize, Serializer};

use super::wire::{Field, fields};
use super::{ElementType, MAX_DIMENSIONS};

/// Types inside types that are followed at most.
const MAX_TYPE_DEPTH: usize = 32;

/// One dimension of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// A fixed length.
    Fixed(i64),
    /// A name; equal names stand for equal lengths.
    Symbol(String),
    /// Any length.
    Unknown,
}

impl Serialize for Dimension {
    /// A number, a text, or null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(length) => serializer.serialize_i64(*length),
            Self::Symbol(name) => serializer.serialize_str(name),
            Self::Unknown => serializer.serialize_none(),
        }
    }
}

/// What kind of value goes in or out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A tensor.
    Tensor,
    /// A sparse tensor.
    SparseTensor,
    /// A sequence of values of one type.
    Sequence,
    /// A map.
    Map,
    /// A value that may be absent.
    Optional,
    /// A type only its runtime knows.
    Opaque,
    /// No type is given.
    #[default]
    Untyped,
}

/// An input or output of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Name.
    pub name: String,
    /// Kind of the value itself.
    pub kind: ValueKind,
    /// Whole type as ONNX Runtime writes it, such as `tensor(float)` or
    /// `seq(map(int64,tensor(float)))`; empty where none is given.
    pub type_text: String,
    /// Element type of a tensor.
    pub element_type: Option<ElementType>,
    /// Shape of a tensor; none where not even the number of dimensions is known.
    pub shape: Option<Vec<Dimension>>,
}

impl Value {
    /// Reads a `ValueInfoProto`; none where it is malformed.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mut value = Self::default();
        for (number, field) in fields(message)? {
            match (number, field) {
                (1, Field::Bytes(name)) => value.name = text(name)?,
                (2, Field::Bytes(kind)) => value.read_type(kind)?,
                _ => {}
            }
        }
        Some(value)
    }

    fn read_type(&mut self, message: &[u8]) -> Option<()> {
        let mut at = message;
        let mut closing = 0;
        self.type_text.clear();
        for depth in 0..MAX_TYPE_DEPTH {
            let (kind, inside) = kind_of(at)?;
            if kind == ValueKind::Untyped {
                break;
            }
            if depth == 0 {
                self.kind = kind;
            }
            self.type_text.push_str(opening(kind));
            closing += 1;
            match kind {
                ValueKind::Tensor | ValueKind::SparseTensor => {
                    let (element, shape) = read_tensor(inside)?;
                    self.type_text.push_str(element.runtime_name());
                    if depth == 0 {
                        (self.element_type, self.shape) = (Some(element), shape);
                    }
                    break;
                }
                ValueKind::Map => {
                    let key = number_in(inside, 1)?.cast_signed();
                    self.type_text.push_str(ElementType(key).runtime_name());
                    self.type_text.push(',');
                    at = bytes_in(inside, 2)?;
                }
                ValueKind::Opaque | ValueKind::Untyped => break,
                ValueKind::Sequence | ValueKind::Optional => at = bytes_in(inside, 1)?,
            }
        }
        self.type_text.push_str(&")".repeat(closing));
        Some(())
    }
}

fn opening(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Tensor => "tensor(",
        ValueKind::SparseTensor => "sparse_tensor(",
        ValueKind::Sequence => "seq(",
        ValueKind::Map => "map(",
        ValueKind::Optional => "optional(",
        ValueKind::Opaque | ValueKind::Untyped => "opaque(",
    }
}

/// Finds which of a `TypeProto`'s alternatives is set; the last one counts, as in protobuf.
fn kind_of(message: &[u8]) -> Option<(ValueKind, &[u8])> {
    let mut found = (ValueKind::Untyped, message);
    for (number, field) in fields(message)? {
        let kind = match number {
            1 => ValueKind::Tensor,
            4 => ValueKind::Sequence,
            5 => ValueKind::Map,
            7 => ValueKind::Opaque,
            8 => ValueKind::SparseTensor,
            9 => ValueKind::Optional,
            _ => continue,
        };
        if let Field::Bytes(inside) = field {
            found = (kind, inside);
        }
    }
    Some(found)
}

type TensorType = (ElementType, Option<Vec<Dimension>>);

fn read_tensor(message: &[u8]) -> Option<TensorType> {
    let mut element = ElementType(0);
    let mut shape = None;
    for (number, field) in fields(message)? {
        match (number, field) {
            (1, Field::Number(number)) => element = ElementType(number.cast_signed()),
            (2, Field::Bytes(dimensions)) => shape = Some(read_shape(dimensions)?),
            _ => {}
        }
    }
    Some((element, shape))
}

fn read_shape(message: &[u8]) -> Option<Vec<Dimension>> {
    let mut shape = Vec::new();
    for (number, field) in fields(message)? {
        if let (1, Field::Bytes(dimension)) = (number, field) {
            shape.push(read_dimension(dimension)?);
        }
    }
    (shape.len() <= MAX_DIMENSIONS).then_some(shape)
}

fn read_dimension(message: &[u8]) -> Option<Dimension> {
    let mut dimension = Dimension::Unknown;
    for (number, field) in fields(message)? {
        match (number, field) {
            (1, Field::Number(length)) => dimension = Dimension::Fixed(length.cast_signed()),
            (2, Field::Bytes([])) => dimension = Dimension::Unknown,
            (2, Field::Bytes(name)) => dimension = Dimension::Symbol(text(name)?),
            _ => {}
        }
    }
    Some(dimension)
}

/// The last field of that number; 0 where there is none.
fn number_in(message: &[u8], wanted: u64) -> Option<u64> {
    let found = fields(message)?
        .into_iter()
        .rev()
        .find_map(|(number, field)| match field {
            Field::Number(value) if number == wanted => Some(value),
            _ => None,
        });
    Some(found.unwrap_or_default())
}

/// The last field of that number; an empty message where there is none.
fn bytes_in(message: &[u8], wanted: u64) -> Option<&[u8]> {
    let found = fields(message)?
        .into_iter()
        .rev()
        .find_map(|(number, field)| match field {
            Field::Bytes(value) if number == wanted => Some(value),
            _ => None,
        });
    Some(found.unwrap_or_default())
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}
