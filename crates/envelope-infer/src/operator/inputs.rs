//! What an operator gets in a run.

use smallvec::SmallVec;

use crate::fault::{Result, fault};
use crate::tensor::Tensor;
use crate::value::Value;

/// The inputs of one run: those of the node, then what its bodies captured.
pub(crate) struct Inputs {
    values: SmallVec<[Option<Value>; 4]>,
}

impl Inputs {
    pub(crate) fn new(values: SmallVec<[Option<Value>; 4]>) -> Self {
        Self { values }
    }

    /// The number of inputs, those that are left out included.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether this input is given.
    pub(crate) fn has(&self, input: usize) -> bool {
        self.values.get(input).is_some_and(Option::is_some)
    }

    /// An input.
    pub(crate) fn value(&self, input: usize) -> Result<&Value> {
        let found = self.values.get(input).and_then(Option::as_ref);
        found.ok_or_else(|| fault!("input {input} is missing"))
    }

    /// An input that is a tensor.
    pub(crate) fn tensor(&self, input: usize) -> Result<&Tensor> {
        self.value(input)?.tensor()
    }

    /// An input that is a tensor and may be left out.
    pub(crate) fn optional(&self, input: usize) -> Result<Option<&Tensor>> {
        self.values
            .get(input)
            .and_then(Option::as_ref)
            .map(Value::tensor)
            .transpose()
    }

    /// Takes an input out, so that its memory can be used again where nobody else holds it.
    pub(crate) fn take_value(&mut self, input: usize) -> Result<Value> {
        let found = self.values.get_mut(input).and_then(Option::take);
        found.ok_or_else(|| fault!("input {input} is missing"))
    }

    /// Takes an input out that is a tensor.
    pub(crate) fn take(&mut self, input: usize) -> Result<Tensor> {
        self.take_value(input)?.into_tensor()
    }

    /// Takes an input out that is a tensor and may be left out.
    pub(crate) fn take_optional(&mut self, input: usize) -> Result<Option<Tensor>> {
        if self.has(input) {
            self.take(input).map(Some)
        } else {
            Ok(None)
        }
    }

    /// All tensors in order; an input that is left out is a fault.
    pub(crate) fn take_all(self) -> Result<Vec<Tensor>> {
        let missing = || fault!("an input is missing");
        self.values
            .into_iter()
            .map(|value| value.ok_or_else(missing)?.into_tensor())
            .collect()
    }

    /// Whether a GPU can compute with these: it has no tensors without elements and none larger than
    /// so many bytes, and takes scalars only beside tensors with dimensions.
    pub(crate) fn suit_gpu(&self, most_bytes: usize) -> bool {
        let tensors = || self.values.iter().flatten().filter_map(Value::as_tensor);
        tensors().all(|tensor| tensor.elements() > 0 && tensor.size_bytes() <= most_bytes)
            && tensors().any(|tensor| tensor.is_on_gpu() && tensor.rank() > 0)
    }

    /// The same values, all of them in memory.
    pub(crate) fn in_memory(self) -> Self {
        let dense = |value| match value {
            Value::Tensor(tensor) => Value::Tensor(tensor.dense()),
            other => other,
        };
        let values = self.values.into_iter().map(|value| value.map(dense));
        Self::new(values.collect())
    }

    /// The values as they are, for the bodies of control flow.
    pub(crate) fn all_values(&self) -> &[Option<Value>] {
        &self.values
    }
}
