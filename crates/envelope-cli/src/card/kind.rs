//! What a package is, told by its flavors.

use super::models::{self, ModelEntry};
use envelope_format::envelope_flavor::EnvelopeFlavor;
use envelope_format::mlmodel::{MlModel, PythonFunction};
use std::collections::BTreeMap;

/// The modules that load the flavors of MLflow, with what they load.
const LOADERS: [(&str, &str); 21] = [
    ("mlflow.onnx", "ONNX model"),
    ("mlflow.sklearn", "scikit-learn model"),
    ("mlflow.pytorch", "PyTorch model"),
    ("mlflow.tensorflow", "TensorFlow model"),
    ("mlflow.keras", "Keras model"),
    ("mlflow.xgboost", "XGBoost model"),
    ("mlflow.lightgbm", "LightGBM model"),
    ("mlflow.catboost", "CatBoost model"),
    ("mlflow.statsmodels", "statsmodels model"),
    ("mlflow.prophet", "Prophet model"),
    ("mlflow.pmdarima", "pmdarima model"),
    ("mlflow.spark", "Spark ML model"),
    ("mlflow.spacy", "spaCy model"),
    ("mlflow.transformers", "Transformers model"),
    (
        "mlflow.sentence_transformers",
        "sentence-transformers model",
    ),
    ("mlflow.langchain", "LangChain model"),
    ("mlflow.openai", "OpenAI model"),
    ("mlflow.dspy", "DSPy program"),
    ("mlflow.pyfunc.model", "Python model, pickled"),
    ("mlflow.pyfunc.loaders.chat_model", "Python chat model"),
    (
        "mlflow.pyfunc.loaders.code_model",
        "Python model, defined by its code",
    ),
];

/// The kind of package, in a word.
pub(super) fn word(mlmodel: &MlModel, envelope: Option<&EnvelopeFlavor>) -> &'static str {
    let written = envelope.and_then(|flavor| flavor.kind.as_deref());
    if let Some(kind) = ["onnx", "code", "class", "loader"]
        .into_iter()
        .find(|kind| written == Some(kind))
    {
        return kind;
    }
    let Some(flavor) = mlmodel.python_function() else {
        return "flavor";
    };
    if flavor.model_code_path().is_some() {
        return "code";
    }
    match flavor.loader_module() {
        Some("mlflow.onnx") => "onnx",
        Some("mlflow.pyfunc.model" | "mlflow.pyfunc.loaders.chat_model") => "class",
        Some(module) if module.starts_with("mlflow.") => "flavor",
        _ => "loader",
    }
}

/// What it is, in a line.
pub(super) fn describe(mlmodel: &MlModel, model_files: &BTreeMap<String, ModelEntry>) -> String {
    let flavor = mlmodel
        .python_function()
        .filter(|flavor| flavor.is_pickled());
    let pickle = flavor.and_then(PythonFunction::python_model);
    if let Some(class) = pickle.and_then(|path| models::named_class(path, model_files)) {
        return format!("Python model of the class `{class}`");
    }
    match mlmodel.python_function() {
        Some(flavor) => describe_python_function(flavor),
        None => match mlmodel.flavors().next() {
            Some((name, _)) => format!("model of the flavor `{name}`, without `python_function`"),
            None => "package without flavors, which nothing loads".to_owned(),
        },
    }
}

fn describe_python_function(flavor: PythonFunction<'_>) -> String {
    let Some(module) = flavor.loader_module() else {
        return "Python model without a loader".to_owned();
    };
    let known = LOADERS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, what)| *what);
    let mut what = match (known, module.strip_prefix("mlflow.")) {
        (Some(what), _) => what.to_owned(),
        (None, Some(name)) => format!("model of MLflow's flavor `{name}`"),
        (None, None) => format!("Python model, loaded by its module `{module}`"),
    };
    if let Some(file) = flavor.model_code_file() {
        what = format!("Python model, defined by its code in `{file}`");
    }
    if flavor.streamable() {
        what.push_str(", answers piece by piece");
    }
    what
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_every_kind_by_its_flavors() {
        let cases = [
            (
                "{}",
                "flavor",
                "package without flavors, which nothing loads",
            ),
            (
                "{spark: {}}",
                "flavor",
                "model of the flavor `spark`, without `python_function`",
            ),
            (
                "{python_function: {}}",
                "loader",
                "Python model without a loader",
            ),
            (
                "{python_function: {loader_module: mlflow.onnx}}",
                "onnx",
                "ONNX model",
            ),
            (
                "{python_function: {loader_module: mlflow.sklearn}}",
                "flavor",
                "scikit-learn model",
            ),
            (
                "{python_function: {loader_module: mlflow.new}}",
                "flavor",
                "model of MLflow's flavor `new`",
            ),
            (
                "{python_function: {loader_module: mlflow.pyfunc.model, streamable: true}}",
                "class",
                "Python model, pickled, answers piece by piece",
            ),
            (
                "{python_function: {loader_module: x, model_code_path: /home/me/m.py}}",
                "code",
                "Python model, defined by its code in `m.py`",
            ),
            (
                "{python_function: {loader_module: mine}}",
                "loader",
                "Python model, loaded by its module `mine`",
            ),
        ];
        for (flavors, kind, what) in cases {
            let mlmodel = MlModel::parse(&format!("flavors: {flavors}")).unwrap();
            assert_eq!(
                (
                    word(&mlmodel, None),
                    describe(&mlmodel, &BTreeMap::new()).as_str()
                ),
                (kind, what)
            );
        }
    }
}
