//! What a sample is made for: the signature and the example of a package.

use crate::input_example::{ExampleFacts, InputExample};
use crate::package::Package;
use crate::signature::Signature;
use crate::yaml::Node;

use super::SampleError;

/// What is known about the input of a model.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// The signature.
    pub signature: Option<Signature>,
    /// Whether Python's type hints check the input instead of the signature made from them.
    pub is_checked_by_type_hints: bool,
    /// The example that the package holds.
    pub example: Option<InputExample>,
    /// What is wrong with the example, where it cannot be read.
    pub example_fault: Option<String>,
}

impl Subject {
    /// Reads it from a package. An example that cannot be read is a fault to tell, not an error.
    ///
    /// # Errors
    /// A signature that MLflow refuses.
    pub fn read(package: &Package) -> Result<Self, SampleError> {
        let mlmodel = package.mlmodel();
        let (example, example_fault) = match read_example(package) {
            Ok(example) => (example, None),
            Err(fault) => (None, Some(format!("the example is not used: {fault}"))),
        };
        Ok(Self {
            signature: mlmodel.read_signature()?,
            is_checked_by_type_hints: mlmodel.is_signature_from_type_hint(),
            example,
            example_fault,
        })
    }
}

fn read_example(package: &Package) -> Result<Option<InputExample>, String> {
    let Some(info) = package.mlmodel().saved_input_example_info() else {
        return Ok(None);
    };
    let fact = |key| info.get_set(key).and_then(Node::text);
    let path = fact("artifact_path").ok_or("`saved_input_example_info` names no file")?;
    let text = package.read_text(path).map_err(|error| error.to_string())?;
    let text = text.ok_or_else(|| format!("`{path}` is not in the package"))?;
    let facts = ExampleFacts {
        kind: fact("type").unwrap_or_default(),
        pandas_orient: fact("pandas_orient"),
        params: fact("params"),
    };
    let example = InputExample::from_stored(text.as_bytes(), facts);
    example
        .map(Some)
        .map_err(|error| format!("`{path}`: {error}"))
}
