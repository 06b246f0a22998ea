//! The weights of a network by name, as PyTorch and safetensors keep them.
//!
//! Reading runs no code: of a PyTorch file, the pickle is parsed for what describes tensors, and
//! everything else in it is refused. See
//! [safetensors](https://github.com/huggingface/safetensors#format) for the other format.

mod pytorch;
mod safe;

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::fault::{Fault, Result, fault};
use crate::onnx;
use crate::plan::guarded;
use crate::tensor::Tensor;

/// Named tensors.
#[derive(Clone, Debug, Default)]
pub struct StateDict {
    tensors: BTreeMap<String, Tensor>,
}

/// Keys under which training programs put the state dict beside other things.
const WRAPPERS: [&str; 2] = ["state_dict.", "model_state_dict."];

impl StateDict {
    /// Reads a file that `torch.save` wrote (since PyTorch 1.6), or a safetensors file. Which of the
    /// two it is shows in its first bytes.
    ///
    /// Where the state dict lies under `state_dict` or `model_state_dict`, beside an optimizer's
    /// state for example, that one is read and the rest is left.
    ///
    /// # Errors
    /// When the file cannot be read or is malformed in any way.
    pub fn open(path: impl AsRef<Path>) -> std::result::Result<Self, Error> {
        let path = path.as_ref();
        let (bytes, _) = onnx::open(path)?;
        let read = guarded(|| {
            if bytes.starts_with(b"PK\x03\x04") {
                pytorch::read(path, bytes.len())
            } else if bytes.get(8) == Some(&b'{') {
                safe::read(&bytes)
            } else {
                Err(fault!(
                    "neither a PyTorch file (since version 1.6) nor a safetensors file"
                ))
            }
        });
        let tensors = read.map_err(|fault| Error::Malformed {
            what: path.display().to_string(),
            message: fault.0,
        })?;
        Ok(Self::unwrapped(tensors))
    }

    fn unwrapped(mut tensors: BTreeMap<String, Tensor>) -> Self {
        for wrapper in WRAPPERS {
            if tensors.keys().any(|name| name.starts_with(wrapper)) {
                let inside = tensors.into_iter().filter_map(|(name, tensor)| {
                    Some((name.strip_prefix(wrapper)?.to_owned(), tensor))
                });
                tensors = inside.collect();
                break;
            }
        }
        Self { tensors }
    }

    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// All tensors, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let each = self.tensors.iter();
        each.map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }
}

impl FromIterator<(String, Tensor)> for StateDict {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(tensors: I) -> Self {
        Self {
            tensors: tensors.into_iter().collect(),
        }
    }
}

/// A tensor of these bytes in native order.
fn tensor(name: &str, data_type: crate::DataType, shape: &[usize], bytes: &[u8]) -> Result<Tensor> {
    if data_type == crate::DataType::Bool && bytes.iter().any(|&byte| byte > 1) {
        return Err(fault!(
            "tensor `{name}` has booleans that are neither 0 nor 1"
        ));
    }
    Tensor::from_bytes(data_type, shape, bytes)
        .map_err(|error| Fault(format!("tensor `{name}`: {error}")))
}
