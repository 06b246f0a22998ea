//! Reads the header of an ONNX file: what goes in and out, which operators, which other files.
//!
//! The protobuf wire format is walked directly. Tensor data is stepped over by seeking, so a file
//! of gigabytes costs a few kilobytes of reading. Weights are not read and nothing is checked
//! beyond the form: that a model can run is known only where it runs.
//!
//! The format is [`onnx.proto`](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

mod element_type;
mod tensor;
mod value;
mod walk;
mod wire;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde::Serialize;

pub use element_type::ElementType;
pub use value::{Dimension, Value, ValueKind};

/// A name, a location or a metadata value may have this many bytes at most.
pub const MAX_TEXT_BYTES: u64 = 1 << 20;
/// All names, locations and metadata together may have this many bytes at most, counting 192
/// more for each.
pub const MAX_KEPT_BYTES: u64 = 256 << 20;
/// Graphs, nodes, attributes and tensors may be nested this deep at most, as in protobuf itself.
pub const MAX_DEPTH: usize = 100;
/// Fields read at most.
pub const MAX_FIELDS: u64 = 50_000_000;
/// Dimensions of one shape at most.
pub const MAX_DIMENSIONS: usize = 1024;

/// An operator set the model uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpsetImport {
    /// Domain; `ai.onnx` for the standard one.
    pub domain: String,
    /// Version.
    pub version: i64,
}

/// A tensor whose data is in another file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExternalTensor {
    /// Name of the tensor; may be empty in attributes.
    pub tensor: String,
    /// Path of the file as written, relative to the folder of the model. Not checked.
    pub location: String,
    /// Where the data begins, in bytes.
    pub offset: Option<u64>,
    /// How much data there is, in bytes; to the end of the file where absent.
    pub length: Option<u64>,
}

/// What the header of an ONNX file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OnnxHeader {
    /// Version of the file format.
    pub ir_version: i64,
    /// Name of the tool that wrote the file.
    pub producer_name: String,
    /// Version of that tool.
    pub producer_version: String,
    /// Domain of the model itself.
    pub domain: String,
    /// Version of the model itself.
    pub model_version: i64,
    /// Operator sets, as listed.
    pub opset_imports: Vec<OpsetImport>,
    /// Name of the main graph.
    pub graph_name: String,
    /// Inputs of the main graph which are not initializers.
    pub inputs: Vec<Value>,
    /// Outputs of the main graph.
    pub outputs: Vec<Value>,
    /// How often each operator occurs as `domain::operator`, nested graphs and functions included.
    pub operators: BTreeMap<String, u64>,
    /// Initializers of all graphs.
    pub initializers: u64,
    /// Bytes the initializers take, those in other files included, by element type and dimensions.
    pub initializer_bytes: u64,
    /// Tensors whose data is in other files, wherever in the model they are.
    pub external_tensors: Vec<ExternalTensor>,
    /// Functions the model defines, as `domain::name`.
    pub functions: Vec<String>,
    /// The model's own notes.
    pub metadata: BTreeMap<String, String>,
}

/// Says why a file has no readable ONNX header.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// The reader failed.
    #[error("cannot read the ONNX file: {0}")]
    Io(#[from] std::io::Error),
    /// The bytes are not protobuf of this schema.
    #[error("not an ONNX file: {what} at byte {offset}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What was found.
        what: &'static str,
    },
    /// The bytes are protobuf without a graph.
    #[error("not an ONNX file: there is no graph in it")]
    NoGraph,
    /// A limit of this reader is reached.
    #[error("the ONNX file has more than the {limit} allowed {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
    },
}

/// Reads the header from the start of `reader`, seeking over all tensor data.
///
/// # Errors
/// When the reader fails, when the bytes are not an ONNX model, and when one of the limits of this
/// module is reached.
pub fn read_header<R: Read + Seek>(reader: R) -> Result<OnnxHeader, OnnxError> {
    walk::walk(wire::Wire::new(reader)?)
}

#[cfg(test)]
mod tests;
