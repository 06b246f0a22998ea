//! A model: it is refused or loaded, and what is loaded runs on zeros or fails with an error.

#![no_main]

use envelope_infer::{
    DeviceChoice, Dimension, NamedValues, Options, Session, Tensor, Value, ValueInfo, ValueType,
};
use libfuzzer_sys::fuzz_target;
use std::sync::Once;
use std::time::Duration;

/// No dimension of an input is made larger than this.
const LARGEST: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    static QUIET: Once = Once::new();
    // A panic below a node is caught and told as the node's error; any other aborts all the same.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let mut options = Options::default();
    options.device = DeviceChoice::Cpu;
    options.limit_bytes = 1 << 22;
    options.time_limit = Some(Duration::from_secs(1));
    let Ok(session) = Session::from_bytes(bytes.to_vec(), &options) else {
        return;
    };
    let inputs: Option<NamedValues> = session
        .inputs()
        .iter()
        .map(|info| Some((info.name.clone(), zeros(info)?)))
        .collect();
    if let Some(inputs) = inputs {
        let _ = session.run(inputs);
    }
});

fn zeros(info: &ValueInfo) -> Option<Value> {
    let ValueType::Tensor(data_type) = info.value_type else {
        return None;
    };
    let shape: Vec<usize> = info
        .dimensions
        .iter()
        .flatten()
        .map(|dimension| match dimension {
            Dimension::Fixed(size) => (*size).min(LARGEST),
            _ => 2,
        })
        .collect();
    let elements = shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size))?;
    let bytes = elements.checked_mul(data_type.size_bytes()).filter(|&n| n <= 1 << 20)?;
    Some(Tensor::from_bytes(data_type, shape, &vec![0; bytes]).ok()?.into())
}
