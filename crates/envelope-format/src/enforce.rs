//! What a model is given, held against its signature, as MLflow's `PyFuncModel.predict` does.
//!
//! Presence, order, safe widening of types, shapes, nested types, and parameters. This is MLflow's
//! second stage; the first, casting the values of a request, is in [`payload`](crate::payload).
//!
//! # Where it differs
//!
//! Complex numbers are refused before the model runs, not after it. All else that MLflow takes here is
//! taken, and as the same values, even where pandas loses some: a list with a missing text keeps the
//! first character of each.

mod columns;
mod describe;
pub(crate) mod nested;
mod params;
mod scalars;
mod tensors;

use indexmap::IndexMap;

use crate::json::Json;
use crate::payload::{ContentType, Data, Request};
use crate::refusal::{Refusal, Stage};
use crate::signature::{Schema, Signature};
use crate::value::Value;

/// What the model receives.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The data, of the types that the signature declares.
    pub data: Data,
    /// The parameters, those of the caller and the defaults of the others; `None` where the
    /// signature declares none and the caller gave none.
    pub params: Option<IndexMap<String, Json>>,
    /// Whether the answer is not wrapped in `predictions`.
    pub is_unwrapped: bool,
}

/// Reads the body of a request and checks it against a signature.
///
/// ```
/// use envelope_format::{enforce, payload::ContentType, signature::Signature};
/// let inputs = r#"[{"type": "long", "name": "a", "required": true}]"#;
/// let signature = Signature::from_parts(Some(inputs), None, None).unwrap();
/// let body = br#"{"dataframe_split": {"columns": ["b"], "data": [[1]]}}"#;
/// let refusal = enforce::receive(body, &ContentType::Json, &signature).unwrap_err();
/// assert_eq!(refusal.column.as_deref(), Some("a"));
/// ```
///
/// # Errors
/// Whatever MLflow refuses.
pub fn receive(
    body: &[u8],
    content_type: &ContentType,
    signature: &Signature,
) -> Result<Received, Refusal> {
    let request = Request::read(body, content_type, signature)?;
    enforce(request, signature)
}

/// Reads the body of a request for a package whose signature comes from the hints of its Python code:
/// a list under `inputs`, each item of the one type that the signature has. MLflow checks these in
/// Python, against the hints themselves.
///
/// # Errors
/// Another form of body, and items of another type.
pub fn receive_hinted(body: &[u8], signature: &Signature) -> Result<Received, Refusal> {
    let request = Request::read_inputs(body)?;
    if let (Data::List(items), Some(Schema::Columns(columns))) = (&request.data, &signature.inputs)
    {
        for (place, item) in items.iter().enumerate() {
            let column = &columns[0];
            nested::enforce_type(&item, &column.ty, column.presence.is_required())
                .map_err(|message| Refusal::predict(format!("inputs[{place}]: {message}")))?;
        }
    }
    Ok(Received {
        params: params::enforce(request.params.as_ref(), signature.params.as_deref())?,
        data: request.data,
        is_unwrapped: false,
    })
}

/// Checks a request that was read.
///
/// # Errors
/// Missing columns, values that cannot be widened safely, shapes that differ, parameters of a wrong
/// type.
pub fn enforce(request: Request, signature: &Signature) -> Result<Received, Refusal> {
    let data = match &signature.inputs {
        None => request.data,
        Some(schema @ Schema::Columns(columns)) => {
            Data::Table(columns::enforce(request.data, schema, columns)?)
        }
        Some(schema @ Schema::Tensors(tensors)) => tensors::enforce(request.data, schema, tensors)?,
    };
    let params = params::enforce(request.params.as_ref(), signature.params.as_deref())?;
    refuse_complex(&data)?;
    Ok(Received {
        data,
        params,
        is_unwrapped: request.is_unwrapped,
    })
}

/// Complex numbers are received, but no answer that holds them can be written.
fn refuse_complex(data: &Data) -> Result<(), Refusal> {
    let is_complex = |value: &Value| match value {
        Value::Array(array) => array.elements.dtype_name().starts_with("complex"),
        _ => false,
    };
    let found = match data {
        Data::Array(array) => array.elements.dtype_name().starts_with("complex"),
        Data::Named(named) => named.values().any(is_complex),
        _ => false,
    };
    if found {
        let message = "found complex numbers, which no answer in JSON can hold";
        return Err(Refusal::new(Stage::Response, message));
    }
    Ok(())
}
