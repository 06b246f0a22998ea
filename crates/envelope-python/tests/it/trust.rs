//! Which packages are loaded without the word of a user.

use crate::support::{NEWEST, Scratch, fixture, limits, mlflow};
use envelope_format::package::Package;
use envelope_python::{Error, Trust, Worker, needs_pickle};

fn files(package: &Package) -> Vec<String> {
    needs_pickle(package)
        .into_iter()
        .map(|reason| reason.file)
        .collect()
}

#[test]
fn tells_packages_with_pickles_from_those_without() {
    let scratch = Scratch::new("trust");
    for (path, expected) in [
        ("packages/v3.17.2/onnx_tensor", &[][..]),
        ("packages/v3.17.2/pyfunc_from_code", &[]),
        ("packages/v3.17.2/pyfunc_loader_module_file", &[]),
        ("packages/v3.17.2/sklearn_default", &[]),
        ("packages/v3.17.2/sklearn_pickle", &["model.pkl"]),
        ("packages/v3.17.2/sklearn_cloudpickle", &["model.pkl"]),
        ("packages/v2.20.0/sklearn_default", &["model.pkl"]),
        (
            "packages/v3.17.2/pyfunc_cloudpickle_params",
            &["python_model.pkl"],
        ),
        ("packages/torch-v3.17.2/pytorch_pickle", &["data/model.pth"]),
        ("minimal-packages/C_proto4_stackglobal", &[]),
        ("minimal-packages/C_proto4_state", &[]),
        ("serving-packages/col", &[]),
    ] {
        assert_eq!(files(&fixture(path, &scratch)), expected, "{path}");
    }
}

/// A package for a loader, with files.
fn package(scratch: &Scratch, flavor: &str, contents: &[(&str, &[u8])]) -> Package {
    let root = scratch.join("package");
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    let mlmodel = format!("flavors:\n  python_function: {{{flavor}}}\n");
    std::fs::write(root.join("MLmodel"), mlmodel).unwrap();
    for (name, bytes) in contents {
        std::fs::write(root.join(name), bytes).unwrap();
    }
    Package::open(&root).unwrap()
}

#[test]
fn pickles_are_not_hidden_by_names_or_loaders() {
    let scratch = Scratch::new("hidden");
    let harm = b"cos\nsystem\n(S'true'\ntR.";
    let code = "loader_module: mlflow.pyfunc.loaders.code_model, model_code_path: m.py";
    for (flavor, contents, expected) in [
        // A pickle under another name, named by the flavor.
        (
            "loader_module: mlflow.pyfunc.model, python_model: model.bin",
            &[("model.bin", &harm[..])][..],
            &["model.bin"][..],
        ),
        (
            "loader_module: mlflow.sklearn, model_path: model.bin",
            &[("model.bin", harm)],
            &["MLmodel"],
        ),
        (
            "loader_module: mlflow.sklearn",
            &[("model", harm)],
            &["MLmodel"],
        ),
        (
            "loader_module: mlflow.sklearn, model_path: model.skops",
            &[("model.skops", harm)],
            &["model.skops"],
        ),
        (
            "loader_module: mlflow.catboost, data: model.cb",
            &[("model.cb", b"x")],
            &["MLmodel"],
        ),
        ("loader_module: mlflow.pyfunc.model", &[], &["MLmodel"]),
        // Only the model's own code would open it.
        (code, &[("m.py", b""), ("table.pkl", harm)], &["table.pkl"]),
        (code, &[("m.py", b"")], &[]),
        ("loader_module: their_own", &[], &[]),
    ] {
        assert_eq!(
            files(&package(&scratch, flavor, contents)),
            expected,
            "{flavor}"
        );
    }
}

#[test]
fn pickles_run_only_with_the_word_of_a_user() {
    let scratch = Scratch::new("word");
    let package = fixture("packages/v3.17.2/pyfunc_cloudpickle_params", &scratch);
    let begin = |trust| Worker::start(&package, &mlflow(NEWEST), trust, &limits(&scratch));
    let error = begin(Trust::NoPickles).unwrap_err();
    let Error::Untrusted { pickles } = &error else {
        panic!("{error}");
    };
    assert_eq!(pickles.len(), 1);
    let message = error.to_string();
    assert!(
        message.contains("`python_model.pkl` is a pickle that imports `cloudpickle"),
        "{message}"
    );
    assert!(begin(Trust::PicklesAllowed).is_ok());
}

#[test]
fn a_pickle_that_only_names_a_class_loads() {
    let scratch = Scratch::new("class");
    let package = fixture("minimal-packages/C_proto4_stackglobal", &scratch);
    let limits = limits(&scratch);
    assert!(Worker::start(&package, &mlflow(NEWEST), Trust::NoPickles, &limits).is_ok());
}
