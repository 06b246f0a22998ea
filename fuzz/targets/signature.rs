//! The signature's three JSON texts: what is accepted is written so that it reads the same.
//!
//! The input is the three texts, one per line; an absent line is an absent part.

#![no_main]

use envelope_format::signature::Signature;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\n');
    let parts = [parts.next(), parts.next(), parts.next()];
    let Ok(signature) = Signature::from_parts(parts[0], parts[1], parts[2]) else {
        return;
    };
    let written = texts(&signature);
    // MLflow drops the map around a vector when it reads, but takes a vector for a column only.
    if written
        .iter()
        .flatten()
        .any(|text| text.contains("sparkml_vector"))
    {
        return;
    }
    let [inputs, outputs, params] = written.each_ref().map(Option::as_deref);
    match Signature::from_parts(inputs, outputs, params) {
        Ok(again) => {
            assert_eq!(texts(&again), written);
            assert_eq!(again, without_empty_params(signature));
        }
        // An empty list of parameters is written as none.
        Err(error) => assert_eq!(written, [None, None, None], "{error}"),
    }
});

fn texts(signature: &Signature) -> [Option<String>; 3] {
    [
        signature.inputs_json(),
        signature.outputs_json(),
        signature.params_json(),
    ]
}

fn without_empty_params(mut signature: Signature) -> Signature {
    signature.params = signature.params.filter(|params| !params.is_empty());
    signature
}
