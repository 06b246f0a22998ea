//! The signature and the input example of a new package.

use super::code::Gather;
use super::model::add_made;
use super::{ExampleSpec, Kind, SignatureSpec, Spec};
use crate::input_example::{EXAMPLE_FILE, InputExample, SERVING_EXAMPLE_FILE};
use crate::json::Json;
use crate::onnx::{self, Dimension};
use crate::package::{MAX_TEXT_BYTES, Source, read_bytes};
use crate::signature::{
    ColumnName, ParamSpec, Schema, Signature, SignatureError, TensorSpec, fit, infer, place_within,
};
use crate::yaml::Node;
use serde_json::Value;
use std::fs::File;
use std::io::BufReader;

/// Where what the model answers to the example stands.
pub(super) const OUTPUT_FILE: &str = "output_example.json";

/// Adds the example files, and signature and example facts to the `MLmodel`. Returns whether there
/// is a recorded output.
pub(super) fn add(spec: &Spec, gather: &mut Gather<'_, '_>) -> bool {
    let example = spec
        .example
        .as_ref()
        .and_then(|example| read_example(example, gather));
    let output = spec
        .example
        .as_ref()
        .and_then(|e| e.output.as_ref())
        .and_then(|output| {
            read_value("example.output", output, gather)
                .map(|value| (value.clone(), recognise("example.output", value, gather)))
        });
    let recognised = output.as_ref().and_then(|(_, example)| example.as_ref());
    let signature = signature(spec, example.as_ref(), recognised, gather);
    if let (Some(signature), Some(example)) = (&signature, &example) {
        report_misfits(signature, example, gather);
    }
    if let Some(signature) = signature.filter(|signature| *signature != Signature::default()) {
        set_signature(&signature, gather);
    }
    if let Some(example) = &example {
        add_example_files(example, gather);
    }
    if let Some((value, _)) = &output {
        add_made(
            "example.output",
            OUTPUT_FILE,
            text(value.to_python_string()),
            gather,
        );
    }
    output.is_some()
}

fn read_example(spec: &ExampleSpec, gather: &mut Gather<'_, '_>) -> Option<InputExample> {
    let value = read_value("example.input", &spec.input, gather)?;
    let mut example = recognise("example.input", value, gather)?;
    if let Some(params) = &spec.params {
        example.params = Some(Json::from(params));
    }
    Some(example)
}

fn recognise(element: &str, value: Json, gather: &mut Gather<'_, '_>) -> Option<InputExample> {
    InputExample::recognise(value)
        .map_err(|error| gather.mistakes.add(element, error.to_string()))
        .ok()
}

/// The value of an example: text is the path of a JSON file, anything else the value itself.
fn read_value(element: &str, value: &Value, gather: &mut Gather<'_, '_>) -> Option<Json> {
    let Value::String(path) = value else {
        return Some(Json::from(value));
    };
    let parsed = read_bytes(&gather.base.join(path), MAX_TEXT_BYTES)
        .map_err(|error| error.to_string())
        .and_then(|bytes| Json::parse(&bytes).map_err(|error| format!("`{path}`: {error}")));
    parsed
        .map_err(|message| gather.mistakes.add(element, message))
        .ok()
}

fn signature(
    spec: &Spec,
    example: Option<&InputExample>,
    output: Option<&InputExample>,
    gather: &mut Gather<'_, '_>,
) -> Option<Signature> {
    let mut signature = match &spec.signature {
        SignatureSpec::Given { inputs, outputs } => Signature {
            inputs: schema("signature.inputs", inputs.as_ref(), gather),
            outputs: schema("signature.outputs", outputs.as_ref(), gather),
            params: None,
        },
        SignatureSpec::Infer | SignatureSpec::Word(_) => inferred(spec, example, output, gather)?,
    };
    if !spec.params.is_empty() {
        let list = Json::Array(spec.params.iter().map(Json::from).collect());
        signature.params = parts("params", &list, ParamSpec::list_from_json, gather);
    }
    Some(signature)
}

fn inferred(
    spec: &Spec,
    example: Option<&InputExample>,
    output: Option<&InputExample>,
    gather: &mut Gather<'_, '_>,
) -> Option<Signature> {
    let table = example
        .is_some_and(|e| matches!(e.kind, crate::input_example::ExampleKind::Dataframe { .. }));
    if spec.kind == Kind::Onnx && !table {
        return from_graph(spec, example, gather);
    }
    let Some(example) = example else {
        return Some(Signature::default());
    };
    let signature = infer::signature(example, output);
    signature
        .map_err(|error| mistake("example", &error, gather))
        .ok()
}

fn schema(element: &str, value: Option<&Value>, gather: &mut Gather<'_, '_>) -> Option<Schema> {
    parts(element, &Json::from(value?), Schema::from_json, gather)
}

/// Reads a list of columns, tensors or parameters. When that fails, each is read alone, so that all
/// of their mistakes are told and not the first only.
fn parts<T>(
    element: &str,
    list: &Json,
    read: impl Fn(&Json) -> Result<T, SignatureError>,
    gather: &mut Gather<'_, '_>,
) -> Option<T> {
    let whole = match read(list) {
        Ok(parts) => return Some(parts),
        Err(error) => error,
    };
    let items = list.as_array().unwrap_or_default();
    let mut found = false;
    for (i, item) in items.iter().enumerate() {
        if let Err(mut error) = read(&Json::Array(vec![item.clone()])) {
            error.place = match error.place.strip_prefix("[0]") {
                Some(inner) => format!("[{i}]{inner}"),
                None => error.place,
            };
            mistake(element, &error, gather);
            found = true;
        }
    }
    if !found {
        // Each is right by itself, and they do not go together.
        mistake(element, &whole, gather);
    }
    None
}

fn mistake(element: &str, error: &SignatureError, gather: &mut Gather<'_, '_>) {
    let place = place_within(element, &error.place);
    gather
        .mistakes
        .add_with_hint(&place, error.message.clone(), error.hint.clone());
}

/// The tensors of an ONNX model's own inputs and outputs.
fn from_graph(
    spec: &Spec,
    example: Option<&InputExample>,
    gather: &mut Gather<'_, '_>,
) -> Option<Signature> {
    let path = gather.base.join(spec.model.file.as_deref()?);
    // A file that cannot be read is a mistake of the model, reported there.
    let header = onnx::read_header(BufReader::new(File::open(path).ok()?)).ok()?;
    let by_name = example.is_some_and(|example| example.value.as_object().is_some());
    let unnamed = header.inputs.len() == 1 && !by_name;
    let mut inputs = tensors(&header.inputs, gather)?;
    if unnamed {
        for tensor in &mut inputs {
            tensor.name = None;
        }
    }
    let outputs = tensors(&header.outputs, gather)?;
    let some = |tensors: Vec<TensorSpec>| (!tensors.is_empty()).then_some(Schema::Tensors(tensors));
    Some(Signature {
        inputs: some(inputs),
        outputs: some(outputs),
        params: None,
    })
}

fn tensors(values: &[onnx::Value], gather: &mut Gather<'_, '_>) -> Option<Vec<TensorSpec>> {
    let specs: Vec<TensorSpec> = values.iter().filter_map(tensor).collect();
    if specs.len() == values.len() {
        return Some(specs);
    }
    let message = "the ONNX model's inputs and outputs are not all tensors of known rank, so that \
                   no signature can be inferred; write one";
    gather.mistakes.add("signature", message);
    None
}

fn tensor(value: &onnx::Value) -> Option<TensorSpec> {
    let size = |dimension: &Dimension| match dimension {
        Dimension::Fixed(size) => *size,
        Dimension::Symbol(_) | Dimension::Unknown => -1,
    };
    Some(TensorSpec {
        name: Some(ColumnName::Text(value.name.clone())),
        dtype: value.element_type?.numpy_name().parse().ok()?,
        shape: value.shape.as_ref()?.iter().map(size).collect(),
    })
}

fn report_misfits(signature: &Signature, example: &InputExample, gather: &mut Gather<'_, '_>) {
    for misfit in fit::misfits(signature, example) {
        let message = format!(
            "{}: found {}, expected {}",
            misfit.place, misfit.found, misfit.expected
        );
        gather.mistakes.add("example.input", message);
    }
}

fn set_signature(signature: &Signature, gather: &mut Gather<'_, '_>) {
    let part = |json: Option<String>| json.map_or_else(Node::null, Node::string);
    let node = Node::mapping([
        ("inputs", part(signature.inputs_json())),
        ("outputs", part(signature.outputs_json())),
        ("params", part(signature.params_json())),
    ]);
    let mlmodel = &mut gather.contents.mlmodel;
    mlmodel.set("signature", node);
    mlmodel.set("is_signature_from_type_hint", Node::boolean(false));
    mlmodel.set("type_hint_from_example", Node::boolean(false));
}

fn add_example_files(example: &InputExample, gather: &mut Gather<'_, '_>) {
    add_made(
        "example.input",
        EXAMPLE_FILE,
        text(example.to_stored_text()),
        gather,
    );
    add_made(
        "example.input",
        SERVING_EXAMPLE_FILE,
        text(example.to_serving_text()),
        gather,
    );
    let info = example
        .info()
        .into_iter()
        .map(|(key, value)| (key, Node::string(value)));
    gather
        .contents
        .mlmodel
        .set("saved_input_example_info", Node::mapping(info));
}

fn text(text: String) -> Source {
    Source::Bytes(text.into_bytes())
}
