//! `MLmodel`: reading never panics, and what is read survives writing and reading again.

#![no_main]

use envelope_format::mlmodel::MlModel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(model) = MlModel::parse(text) else {
        return;
    };
    view(&model);
    let written = model.to_yaml();
    let again = MlModel::parse(&written).expect("what is written can be read");
    assert_eq!(again, model, "{written}");
    assert_eq!(again.to_yaml(), written);
});

/// Asks every question that the typed views answer.
fn view(model: &MlModel) {
    let _ = model.read_signature();
    let _ = (model.mlflow_version(), model.run_id(), model.model_id());
    let _ = (model.model_uuid(), model.artifact_path());
    let _ = (model.utc_time_created(), model.model_size_bytes());
    let _ = (model.metadata(), model.resources(), model.auth_policy());
    let _ = (model.prompts(), model.env_vars());
    let _ = (
        model.is_signature_from_type_hint(),
        model.type_hint_from_example(),
        model.saved_input_example_info(),
    );
    if let Some(flavor) = model.python_function() {
        let _ = (flavor.loader_module(), flavor.data(), flavor.code());
        let _ = (flavor.python_model(), flavor.python_model_compression());
        let _ = (flavor.model_code_file(), flavor.predict_fn());
        let _ = (flavor.config(), flavor.streamable(), flavor.environments());
        let _ = (flavor.artifacts(), flavor.is_pickled());
    }
    if let Some(flavor) = model.onnx() {
        let _ = (flavor.data(), flavor.onnx_version(), flavor.providers());
    }
    let mut flavors = model.flavors().take(10);
    assert!(flavors.all(|(name, _)| model.flavor(name).is_some()));
}
