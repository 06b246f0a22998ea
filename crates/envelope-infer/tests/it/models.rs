//! Small models, one for each ability, give what onnxruntime recorded.

use std::thread;

use envelope_infer::{Dimension, Error, NamedValues, Session, Tensor, Value, ValueType};

use crate::support::{assert_close, fixture, on_cpu, recorded};

#[test]
fn models_answer_as_onnxruntime_does() {
    for name in [
        "convolutions",
        "shapes",
        "control",
        "functions",
        "external",
        "products",
    ] {
        let session = Session::load(fixture(&format!("{name}.onnx")), &on_cpu()).unwrap();
        let (inputs, expected) = recorded(name, &session);
        assert_close(&session.run(inputs).unwrap(), &expected);
    }
}

#[test]
fn a_session_tells_what_goes_in_and_comes_out() {
    let session = Session::load(fixture("convolutions.onnx"), &on_cpu()).unwrap();
    let [input] = session.inputs() else {
        panic!("one input")
    };
    assert_eq!(input.name, "x");
    assert_eq!(
        input.value_type,
        ValueType::Tensor(envelope_infer::DataType::F32)
    );
    let expected = [
        Dimension::Symbol("batch".to_owned()),
        Dimension::Fixed(3),
        Dimension::Fixed(12),
        Dimension::Fixed(10),
    ];
    assert_eq!(input.dimensions.as_deref(), Some(&expected[..]));
    assert_eq!(input.described(), "float32 [batch, 3, 12, 10]");
    assert_eq!(session.outputs()[0].described(), "float32 [batch, 5]");
    assert_eq!(session.opsets()[""], 18);
    assert_eq!(session.device().name(), "CPU");
}

#[test]
fn any_batch_and_any_number_of_threads() {
    let session = Session::load(fixture("convolutions.onnx"), &on_cpu()).unwrap();
    let (inputs, _) = recorded("convolutions", &session);
    let two = session.run(inputs.clone()).unwrap();
    let image = inputs["x"].as_tensor().unwrap();
    let half = image.bytes().len() / 2;
    let first =
        Tensor::from_bytes(image.data_type(), [1, 3, 12, 10], &image.bytes()[..half]).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let inputs = NamedValues::from([("x".to_owned(), Value::from(first.clone()))]);
                let one = session.run(inputs).unwrap();
                let expected = two["y"].as_tensor().unwrap();
                let row = Tensor::from_bytes(expected.data_type(), [1, 5], &expected.bytes()[..20])
                    .unwrap();
                assert_close(&one, &NamedValues::from([("y".to_owned(), row.into())]));
            });
        }
    });
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let session = Session::load(fixture("convolutions.onnx"), &on_cpu()).unwrap();
    let tensor = |shape: &[usize]| {
        Value::from(Tensor::new(shape, vec![0f32; shape.iter().product()]).unwrap())
    };
    let message = |inputs: NamedValues| match session.run(inputs) {
        Err(error @ Error::Input { .. }) => error.to_string(),
        other => panic!(
            "expected a refusal of an input, found {:?}",
            other.map(|_| ())
        ),
    };
    let named = |name: &str, value: Value| NamedValues::from([(name.to_owned(), value)]);
    for (inputs, expected) in [
        (
            NamedValues::new(),
            "input `x` is missing, expected float32 [batch, 3, 12, 10]",
        ),
        (
            named("x", tensor(&[1, 3, 12])),
            "input `x` has shape [1, 3, 12], expected float32 [batch, 3, 12, 10]",
        ),
        (
            named("x", tensor(&[1, 4, 12, 10])),
            "input `x` has shape [1, 4, 12, 10], expected float32 [batch, 3, 12, 10]",
        ),
        (
            named(
                "x",
                Tensor::new([1, 3, 12, 10], vec![0i64; 360]).unwrap().into(),
            ),
            "input `x` is int64, expected float32 [batch, 3, 12, 10]",
        ),
    ] {
        assert_eq!(message(inputs), expected);
    }
    let mut both = named("x", tensor(&[1, 3, 12, 10]));
    both.insert("z".to_owned(), tensor(&[1]));
    assert_eq!(message(both), "input `z` is not known; the model has `x`");
}

#[test]
fn a_loop_without_end_ends_in_time() {
    let mut options = on_cpu();
    options.time_limit = Some(std::time::Duration::from_millis(50));
    let session = Session::load(fixture("endless.onnx"), &options).unwrap();
    let x = Tensor::new([1], vec![1.0f32]).unwrap();
    let inputs = NamedValues::from([("x".to_owned(), x.into())]);
    let error = session.run(inputs).unwrap_err().to_string();
    assert!(error.contains("node `forever` (Loop)"), "{error}");
    assert!(error.contains("longer than is allowed"), "{error}");
}
