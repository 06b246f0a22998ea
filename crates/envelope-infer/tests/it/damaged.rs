//! Damaged models are errors: no panic gets out, and no memory beyond the limit is taken.

use std::fs;

use envelope_infer::{NamedValues, Session};

use crate::support::{fixture, on_cpu, recorded};

/// Loads and, where that goes well, runs on the recorded inputs. Any answer is right but a panic.
fn try_to_run(bytes: Vec<u8>, inputs: &NamedValues) {
    let mut options = on_cpu();
    options.limit_bytes = 1 << 26;
    if let Ok(session) = Session::from_bytes(bytes, &options) {
        let _ = session.run(inputs.clone());
    }
}

#[test]
fn truncated_and_flipped_models_do_not_panic() {
    // What panics below a node is caught and told as an error of the node; here it needs no words.
    let said = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for name in ["convolutions", "shapes", "control", "functions"] {
        let path = fixture(&format!("{name}.onnx"));
        let session = Session::load(&path, &on_cpu()).unwrap();
        let (inputs, _) = recorded(name, &session);
        let bytes = fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(7) {
            try_to_run(bytes[..length].to_vec(), &inputs);
        }
        for at in (0..bytes.len()).step_by(3) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            try_to_run(flipped, &inputs);
        }
    }
    std::panic::set_hook(said);
}

#[test]
fn what_is_no_model_is_said_to_be_none() {
    for bytes in [&b""[..], b"not a model", &[0xff; 64], b"\x08\x08"] {
        let error = Session::from_bytes(bytes.to_vec(), &on_cpu())
            .err()
            .expect("an error")
            .to_string();
        assert!(
            error.starts_with("the model is malformed: not an ONNX model"),
            "{error}"
        );
    }
}
