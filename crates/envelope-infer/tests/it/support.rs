//! The fixtures, and comparing what came out with what was recorded.

use std::path::{Path, PathBuf};

use envelope_infer::{DataType, DeviceChoice, NamedValues, Options, Session, Tensor, Value};

/// The largest error that rounding explains, relative to the largest value.
pub(crate) const ROUNDING: f64 = 1e-5;

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/models")
        .join(name)
}

pub(crate) fn on_cpu() -> Options {
    let mut options = Options::default();
    options.device = DeviceChoice::Cpu;
    options
}

/// The recorded inputs and outputs of a model.
pub(crate) fn recorded(name: &str, session: &Session) -> (NamedValues, NamedValues) {
    let arrays = Tensor::read_npz(fixture(&format!("{name}.npz"))).unwrap();
    let is_input = |name: &str| session.inputs().iter().any(|info| info.name == name);
    let values = arrays
        .into_iter()
        .map(|(name, tensor)| (name, Value::from(tensor)));
    values.partition(|(name, _)| is_input(name))
}

pub(crate) fn assert_close(found: &NamedValues, expected: &NamedValues) {
    for (name, expected) in expected {
        let (found, expected) = (
            found[name].as_tensor().unwrap(),
            expected.as_tensor().unwrap(),
        );
        assert_eq!(
            (found.data_type(), found.shape()),
            (expected.data_type(), expected.shape()),
            "{name}"
        );
        let (found, expected) = (numbers(found), numbers(expected));
        let scale = expected
            .iter()
            .fold(1e-6f64, |scale, value| scale.max(value.abs()));
        for (a, b) in found.iter().zip(&expected) {
            assert!(
                (a - b).abs() <= ROUNDING * scale,
                "{name}: {a}, expected {b}"
            );
        }
    }
}

pub(crate) fn numbers(tensor: &Tensor) -> Vec<f64> {
    assert_eq!(tensor.data_type(), DataType::F32);
    let bytes = tensor.bytes();
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| f32::from_ne_bytes(*bytes).into())
        .collect()
}
