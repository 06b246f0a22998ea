//! State dicts run as the networks that PyTorch trained, and files that are no state dicts are
//! refused.
//!
//! `tests/scripts/record_networks.py` records what PyTorch answers.

use std::path::{Path, PathBuf};

use envelope_infer::{
    Architecture, DataType, DeviceChoice, Error, NamedValues, Options, Session, StateDict, Tensor,
    Value,
};
use serde_json::Value as Json;

fn options() -> Options {
    let mut options = Options::default();
    options.device = DeviceChoice::Cpu;
    options
}

fn example(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../example/artifacts");
    folder.join(name)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/state_dict")
}

/// The only output of a session for its only input.
fn answer(session: &Session, input: Tensor) -> Tensor {
    let name = session.inputs()[0].name.clone();
    let inputs = NamedValues::from([(name, Value::Tensor(input))]);
    let outputs = session.run(inputs).unwrap();
    outputs[0].as_tensor().unwrap().clone()
}

fn singles(tensor: &Tensor) -> Vec<f32> {
    assert_eq!(tensor.data_type(), DataType::F32);
    let bytes = tensor.bytes();
    let each = bytes.as_chunks::<4>().0.iter();
    each.map(|bytes| f32::from_ne_bytes(*bytes)).collect()
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= 1e-5 * b.abs().max(1.0),
            "{a} at {i}, expected {b}"
        );
    }
}

#[test]
fn example_predicts_from_its_weights_what_its_exported_twin_predicts() {
    let twin = Session::load(example("model.onnx"), &options()).unwrap();
    let architecture = Architecture::open(example("model_config.json")).unwrap();
    let state = StateDict::open(example("model_state.pt")).unwrap();
    let session = Session::from_state_dict(&architecture, &state, &options()).unwrap();
    assert_eq!(session.inputs()[0].described(), "float32 [?, 30]");
    let prices = (0..90u8).map(|i| 80.0 + 30.0 * (f32::from(i) * 0.7).sin());
    let prices = Tensor::new([3, 30], prices.collect()).unwrap();
    let expected = answer(&twin, prices.clone());
    let found = answer(&session, prices);
    assert_eq!(found.shape(), expected.shape());
    assert_near(&singles(&found), &singles(&expected));
}

#[test]
fn networks_answer_what_pytorch_answers() {
    let mut count = 0;
    for entry in fixtures().read_dir().unwrap() {
        let folder = entry.unwrap().path();
        let text = std::fs::read_to_string(folder.join("case.json")).unwrap();
        let recorded: Json = serde_json::from_str(&text).unwrap();
        let architecture = Architecture::open(folder.join("model_config.json")).unwrap();
        let mut files: Vec<PathBuf> = vec![folder.join("model_state.pt")];
        files.push(folder.join("model.safetensors"));
        for file in files.iter().filter(|file| file.exists()) {
            let state = StateDict::open(file).unwrap();
            let session = Session::from_state_dict(&architecture, &state, &options())
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let expected: Vec<f32> =
                serde_json::from_value(recorded["output"]["values"].clone()).unwrap();
            let found = answer(&session, tensor(&recorded["input"]));
            let shape: Vec<usize> =
                serde_json::from_value(recorded["output"]["shape"].clone()).unwrap();
            assert_eq!(found.shape()[..], shape[..], "{}", folder.display());
            assert_near(&singles(&found), &expected);
            count += 1;
        }
    }
    assert!(count >= 10, "{count} networks");
}

fn tensor(recorded: &Json) -> Tensor {
    let shape: Vec<usize> = serde_json::from_value(recorded["shape"].clone()).unwrap();
    let values = recorded["values"].clone();
    if recorded["type"] == "int64" {
        let values: Vec<i64> = serde_json::from_value(values).unwrap();
        Tensor::new(shape, values).unwrap()
    } else {
        let values: Vec<f32> = serde_json::from_value(values).unwrap();
        Tensor::new(shape, values).unwrap()
    }
}

/// A safetensors file with this header and so many bytes of data.
fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 1);
    bytes
}

#[test]
fn reads_every_element_type() {
    let types = [
        "F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL",
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, expected) in types.iter().zip([
        DataType::F64,
        DataType::F32,
        DataType::F16,
        DataType::Bf16,
        DataType::I64,
        DataType::I32,
        DataType::I16,
        DataType::I8,
        DataType::U8,
        DataType::Bool,
    ]) {
        let size = expected.size_bytes() * 6;
        let header =
            format!(r#"{{"w":{{"dtype":"{name}","shape":[2,3],"data_offsets":[0,{size}]}}}}"#);
        let file = folder.path().join("w");
        std::fs::write(&file, safetensors(&header, size)).unwrap();
        let state = StateDict::open(&file).unwrap();
        let tensor = state.get("w").unwrap();
        assert_eq!(
            (tensor.data_type(), tensor.shape().to_vec()),
            (expected, vec![2, 3])
        );
        assert!(tensor.bytes().iter().all(|&byte| byte == 1));
    }
}

#[test]
fn refuses_files_that_are_no_state_dict() {
    let entry = |dtype: &str, shape: &str, offsets: &str| {
        format!(r#"{{"w":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let real = std::fs::read(example("model_state.pt")).unwrap();
    let cut = |length: usize| real[..length].to_vec();
    let cases = [
        (b"".to_vec(), "neither"),
        (b"#!/bin/sh".to_vec(), "neither"),
        (cut(10), ""),
        (cut(real.len() / 2), ""),
        (cut(real.len() - 30), ""),
        (safetensors(&entry("F32", "[2]", "[0,8]"), 4), ""),
        (safetensors(&entry("F32", "[2]", "[0,8]"), 12), ""),
        (safetensors(&entry("F32", "[3]", "[0,8]"), 8), ""),
        (safetensors(&entry("F32", "[2]", "[8,0]"), 8), ""),
        (
            safetensors(&entry("F32", "[4294967296,4294967296]", "[0,8]"), 8),
            "",
        ),
        (safetensors(&entry("F99", "[2]", "[0,8]"), 8), ""),
        (
            u64::MAX
                .to_le_bytes()
                .iter()
                .copied()
                .chain(*b"{}")
                .collect(),
            "",
        ),
        (safetensors("{", 0), ""),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    for (number, (bytes, words)) in cases.into_iter().enumerate() {
        std::fs::write(&file, bytes).unwrap();
        match StateDict::open(&file) {
            Err(error @ Error::Malformed { .. }) => {
                assert!(error.to_string().contains(words), "{number}: {error}");
            }
            other => panic!("{number}: {other:?}"),
        }
    }
    let missing = StateDict::open(folder.path().join("missing"));
    assert!(matches!(missing, Err(Error::Io { .. })));
}

#[test]
fn refuses_booleans_that_are_none() {
    let header = r#"{"w":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#;
    let mut bytes = safetensors(header, 2);
    *bytes.last_mut().unwrap() = 7;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    std::fs::write(&file, bytes).unwrap();
    let error = StateDict::open(&file).unwrap_err().to_string();
    assert!(error.contains("neither 0 nor 1"), "{error}");
}

#[test]
fn flipped_bytes_are_an_error_or_other_weights() {
    let real = std::fs::read(example("model_state.pt")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    for place in (0..real.len()).step_by(211) {
        let mut bytes = real.clone();
        bytes[place] ^= 0x55;
        std::fs::write(&file, bytes).unwrap();
        // It returns, and does not panic.
        drop(StateDict::open(&file));
    }
}

#[test]
fn refuses_weights_that_are_not_those_of_the_architecture() {
    let zeros = |shape: &[usize]| Tensor::new(shape, vec![0f32; shape.iter().product()]).unwrap();
    let linear = r#"{"type": "sequential", "input": {"shape": [null, 2]},
        "layers": [{"type": "linear"}]}"#;
    let good = [("0.weight", zeros(&[3, 2])), ("0.bias", zeros(&[3]))];
    let cases = [
        (linear, good[..1].to_vec(), ""),
        (linear, good.to_vec(), ""),
        (linear, good[1..].to_vec(), "no tensor `0.weight`"),
        (
            linear,
            [&good[..], &[("1.weight", zeros(&[1]))]].concat(),
            "no place for tensor `1.weight`",
        ),
        (
            linear,
            vec![good[0].clone(), ("0.bias", zeros(&[2]))],
            "expected [3]",
        ),
        (
            linear,
            vec![("0.weight", zeros(&[3]))],
            "expected 2 dimensions",
        ),
    ];
    for (text, tensors, words) in cases {
        let tensors = tensors.into_iter();
        let state: StateDict = tensors
            .map(|(name, tensor)| (name.to_owned(), tensor))
            .collect();
        let architecture = Architecture::from_json(text).unwrap();
        let made = Session::from_state_dict(&architecture, &state, &options());
        match made.err() {
            None => assert!(words.is_empty(), "{words}"),
            Some(error) => {
                assert!(
                    !words.is_empty() && error.to_string().contains(words),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn refuses_architectures_that_are_not_known() {
    let cases = [
        (
            r#"{"type": "transformer"}"#,
            "unknown variant `transformer`",
        ),
        (
            r#"{"type": "lstm", "horizon": 7}"#,
            "missing field `hidden_size`",
        ),
        (
            r#"{"type": "gru", "hidden_size": 4, "horizon": 7, "proj_size": 2}"#,
            "unknown field `proj_size`",
        ),
        (
            r#"{"type": "sequential", "input": {"shape": [1]}, "layers": [{"type": "relu", "x": 1}]}"#,
            "unknown field `x`",
        ),
    ];
    for (text, words) in cases {
        let error = Architecture::from_json(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
