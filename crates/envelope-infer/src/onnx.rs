//! From the bytes of an ONNX file to a [`Graph`](crate::graph::Graph).
//!
//! `proto` has the messages, `tensor` turns stored tensors into ours, `external` finds data beside
//! the model, `read` resolves names to values and puts functions in the places of their calls.

mod external;
mod proto;
mod read;
mod tensor;
mod test_data;

pub(crate) use external::{External, open};
pub(crate) use read::{ModelInfo, read};
pub use test_data::{DataError, value_from_pb};
