//! A package that answers requests: MLflow's, with an ONNX model that runs here, without Python.
//!
//! A request is read and checked by [`envelope_format::enforce`]; what the model receives becomes its
//! inputs as in MLflow's own wrapper of ONNX models, and its outputs the answer that MLflow writes.

mod answer;
mod check;
mod feed;

use std::path::PathBuf;

use envelope_format::Refusal;
use envelope_format::enforce::{self, Received};
use envelope_format::envelope_flavor::{self, EnvelopeFlavor};
use envelope_format::package::Package;
use envelope_format::payload::ContentType;
use envelope_format::signature::{Schema, Signature};

use crate::error::Error;
use crate::session::{NamedValues, Options, Session};

pub use answer::Form;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// The request does not fit the signature.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The model could not be loaded, or failed.
    #[error(transparent)]
    Model(#[from] Error),
    /// The package cannot be read.
    #[error(transparent)]
    Package(#[from] envelope_format::Error),
    /// What the model receives is nothing that it takes, or what it gives is nothing that an answer
    /// can hold.
    #[error("{message}")]
    Data {
        /// What was found, and what was expected.
        message: String,
    },
    /// Only Python can run the package.
    #[error("only Python can run the package: {message}")]
    NotNative {
        /// Why.
        message: String,
    },
}

/// A package and the session of its model.
pub struct Predictor {
    session: Session,
    signature: Signature,
    kind: Kind,
}

/// How a package answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As MLflow's wrapper of ONNX models: outputs by name, or a table for a table.
    Onnx,
    /// As the signature of the outputs says: the package has Python code beside its ONNX model, and
    /// the model stands for it.
    Envelope,
}

/// What a model gave for one request.
pub struct Prediction {
    /// The outputs of the model, in its order.
    pub outputs: NamedValues,
    /// How the answer is written.
    pub form: Form,
    /// Whether the answer is not wrapped in `predictions`.
    pub is_unwrapped: bool,
    /// Where the outputs are not what the signature says.
    pub notes: Vec<String>,
}

/// The ONNX model that answers for a package, and whether it is the package's model itself.
fn model_of(package: &Package) -> Result<(PathBuf, Kind), PredictError> {
    let mlmodel = package.mlmodel();
    let python = mlmodel.python_function();
    let loader = python.as_ref().and_then(|one| one.loader_module());
    let is_onnx = loader == Some("mlflow.onnx");
    let onnx = mlmodel.onnx();
    let data = onnx.as_ref().and_then(|one| one.data());
    if is_onnx && let Some(data) = data.or_else(|| python.as_ref().and_then(|one| one.data())) {
        let path = package.path(data)?;
        return Ok((path, Kind::Onnx));
    }
    let flavor = mlmodel.flavor(envelope_flavor::NAME);
    let native = flavor
        .map(EnvelopeFlavor::from_node)
        .and_then(|one| one.native_onnx);
    if let Some(native) = native {
        return Ok((package.path(&native)?, Kind::Envelope));
    }
    let message = match loader {
        Some(loader) => format!(
            "found the loader `{loader}`, expected `mlflow.onnx` or an ONNX model declared as `native`"
        ),
        None => "found no flavor `python_function`".to_owned(),
    };
    Err(PredictError::NotNative { message })
}

impl Predictor {
    /// Loads the model of a package.
    ///
    /// # Errors
    /// [`PredictError::NotNative`] for a package that only Python can run; whatever loading the model
    /// fails with; a signature that cannot be read.
    pub fn load(package: &Package, options: &Options) -> Result<Self, PredictError> {
        let (path, kind) = model_of(package)?;
        let signature = package.mlmodel().read_signature();
        let signature = signature.map_err(|error| PredictError::Data {
            message: format!("the signature cannot be read: {error}"),
        })?;
        Ok(Self {
            session: Session::load(path, options)?,
            signature: signature.unwrap_or_default(),
            kind,
        })
    }

    /// The model on its device.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The signature; without inputs where the package has none.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Answers a request.
    ///
    /// # Errors
    /// A request that does not fit the signature, and whatever the model fails with.
    pub fn answer(
        &self,
        body: &[u8],
        content_type: &ContentType,
    ) -> Result<Prediction, PredictError> {
        self.predict(enforce::receive(body, content_type, &self.signature)?)
    }

    /// Runs the model on what was received.
    ///
    /// # Errors
    /// Data that the model does not take, and whatever it fails with.
    pub fn predict(&self, received: Received) -> Result<Prediction, PredictError> {
        let form = self.form(&received);
        let is_unwrapped = received.is_unwrapped;
        let inputs = feed::inputs(received.data, &self.session)
            .map_err(|message| PredictError::Data { message })?;
        let outputs = self.session.run(inputs)?;
        let notes = check::against(self.signature.outputs.as_ref(), &outputs);
        Ok(Prediction {
            outputs,
            form,
            is_unwrapped,
            notes,
        })
    }

    fn form(&self, received: &Received) -> Form {
        let is_table = matches!(received.data, envelope_format::payload::Data::Table(_));
        match (self.kind, &self.signature.outputs) {
            (Kind::Onnx, _) if is_table => Form::Records,
            (Kind::Envelope, Some(Schema::Columns(_))) => Form::Records,
            (Kind::Envelope, outputs) if self.is_bare(outputs.as_ref()) => Form::Bare,
            _ => Form::ByName,
        }
    }

    /// Whether there is one output, to which the signature gives no name.
    fn is_bare(&self, outputs: Option<&Schema>) -> bool {
        let is_named = match outputs {
            Some(Schema::Tensors(tensors)) => tensors[0].name.is_some(),
            _ => false,
        };
        self.session.outputs().len() == 1 && !is_named
    }
}
