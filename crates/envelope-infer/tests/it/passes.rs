//! Passes change how a model runs, and not what it answers.

use envelope_infer::{Passes, Session};

use crate::support::{assert_close, fixture, on_cpu, recorded};

fn each_switched() -> Vec<Passes> {
    let (all, none) = (Passes::all(), Passes::none());
    vec![
        all,
        none,
        Passes {
            fold_constants: true,
            ..none
        },
        Passes {
            batch_norm: true,
            ..none
        },
        Passes { bias: true, ..none },
        Passes {
            activation: true,
            ..none
        },
        Passes {
            dead_code: true,
            ..none
        },
    ]
}

#[test]
fn outputs_are_equal_with_and_without_each_pass() {
    for name in ["convolutions", "shapes", "control", "functions", "products"] {
        for passes in each_switched() {
            let mut options = on_cpu();
            options.passes = passes;
            let session = Session::load(fixture(&format!("{name}.onnx")), &options).unwrap();
            let (inputs, expected) = recorded(name, &session);
            assert_close(&session.run(inputs).unwrap(), &expected);
        }
    }
}

fn operators(name: &str, passes: Passes) -> Vec<String> {
    let mut options = on_cpu();
    options.passes = passes;
    let session = Session::load(fixture(name), &options).unwrap();
    session
        .steps()
        .map(|step| step.operator.to_owned())
        .collect()
}

#[test]
fn products_take_in_what_follows_them() {
    let joined = operators("products.onnx", Passes::all());
    let expected = [
        "envelope.MatMul",
        "envelope.MatMul",
        "Transpose",
        "MatMul",
        "MatMul",
        "Gemm",
        "Transpose",
        "LSTM",
    ];
    assert_eq!(joined, expected);
}

#[test]
fn convolutions_take_in_what_follows_them() {
    let operators = |passes| operators("convolutions.onnx", passes);
    let as_written = [
        "Conv",
        "BatchNormalization",
        "Relu",
        "Conv",
        "Clip",
        "Add",
        "GlobalAveragePool",
        "Flatten",
        "Gemm",
    ];
    assert_eq!(operators(Passes::none()), as_written);
    let joined = [
        "envelope.Conv",
        "envelope.Conv",
        "Add",
        "GlobalAveragePool",
        "Flatten",
        "Gemm",
    ];
    assert_eq!(operators(Passes::all()), joined);
}
