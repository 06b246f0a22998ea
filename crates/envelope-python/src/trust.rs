//! Whether loading a package would run pickles, and who says that it may.
//!
//! Unpickling runs whatever the file says, so a worker asks for a [`Trust`] before it starts. Code
//! of a package that is not pickled, such as a model from code, runs all the same; but that can be
//! read, and it is what the package says that it is.

use envelope_format::archive::{Content, Skops};
use envelope_format::mlmodel::PythonFunction;
use envelope_format::model_file::{self, ModelFile};
use envelope_format::package::Package;
use envelope_format::pickle::Danger;
use std::collections::BTreeMap;
use std::fmt;

/// Who answers for the pickles of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The user said that pickles may run: `--allow-pickle`.
    PicklesAllowed,
    /// Nobody did: only packages are loaded for which [`needs_pickle`] finds nothing.
    NoPickles,
}

/// Something that loading a package would unpickle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickleReason {
    /// The file, relative to the package.
    pub file: String,
    /// What is known about it.
    pub what: String,
}

impl fmt::Display for PickleReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is {}", self.file, self.what)
    }
}

/// The modules whose classes a skops file may name. skops trusts most of them by itself; which ones
/// more it should trust it is told by the package, and that is no reason to do so.
const SKOPS_MODULES: [&str; 6] = [
    "builtins",
    "collections",
    "numpy",
    "scipy",
    "sklearn",
    "_sklearn",
];

/// Loaders of MLflow that read the named format of theirs without a pickle.
const LOADERS_WITHOUT_PICKLE: [&str; 2] = ["mlflow.onnx", "mlflow.pyfunc.loaders.code_model"];

/// Lists what loading a package would unpickle, by reading its files.
///
/// Two kinds of file are trusted: a pickle that does nothing but name one class and set plain
/// values on it, which is what this workspace writes for packages of kind `class`, and a skops file
/// whose classes are all of scikit-learn, `numpy` and `scipy`. Every other pickle counts, those too
/// that only the model's own code would open, and so does a loader of MLflow that may unpickle
/// something that does not look like a pickle.
pub fn needs_pickle(package: &Package) -> Vec<PickleReason> {
    let files = model_file::describe_all(package);
    let mut reasons: Vec<PickleReason> = files
        .iter()
        .filter_map(|(file, described)| Some((file, reason(file, described.as_ref())?)))
        .map(|(file, what)| PickleReason {
            file: file.clone(),
            what,
        })
        .collect();
    if reasons.is_empty()
        && let Some(flavor) = package.mlmodel().python_function()
    {
        reasons.extend(loader_reason(flavor, &files));
    }
    reasons
}

/// Why one model file is not to be trusted, if it is not.
fn reason(file: &str, described: Result<&ModelFile, &String>) -> Option<String> {
    match described {
        Ok(ModelFile::Onnx(_)) => None,
        Ok(ModelFile::Weights(description)) => {
            let model = described.ok()?;
            if let Content::Skops(skops) = &description.content {
                let sound = description.unread.is_empty() && !description.danger.is_dangerous();
                return foreign_class(skops, sound)
                    .map(|class| format!("a skops file that names {class}"));
            }
            if let Content::TorchExport(_) = &description.content {
                // It holds pickles of plain tensors at most, which PyTorch reads as such.
                let sound = description.danger == Danger::Harmless;
                return (!sound).then(|| model.summary());
            }
            if !model.is_pickled() {
                return None;
            }
            let ours = match description.pickles.as_slice() {
                [pickle] => pickle.member.is_empty() && pickle.report.names_only_one_class(),
                _ => false,
            };
            (!ours).then(|| model.summary())
        }
        Err(_) if is_onnx(file) => None,
        Err(message) => Some(format!("a file that cannot be read as a pickle: {message}")),
    }
}

fn is_onnx(file: &str) -> bool {
    std::path::Path::new(file)
        .extension()
        .is_some_and(|ending| ending == "onnx")
}

/// What a skops file names beside the classes that are trusted.
fn foreign_class(skops: &Skops, sound: bool) -> Option<String> {
    let is_known = |module: &str| {
        let top = module.split('.').next().unwrap_or(module);
        SKOPS_MODULES.contains(&top)
    };
    let foreign = skops
        .classes
        .iter()
        .find(|class| !is_known(&class.module) || class.danger.is_dangerous());
    match foreign {
        Some(class) => Some(format!("`{}.{}`", class.module, class.name)),
        None if !sound || skops.root_class.is_none() => Some("what cannot be told".to_owned()),
        None => None,
    }
}

/// What the loader itself may unpickle, where no file looks like a pickle.
fn loader_reason(
    flavor: PythonFunction<'_>,
    files: &BTreeMap<String, Result<ModelFile, String>>,
) -> Option<PickleReason> {
    let loader = flavor.loader_module()?;
    let is_own = !(loader == "mlflow" || loader.starts_with("mlflow."));
    if is_own || LOADERS_WITHOUT_PICKLE.contains(&loader) {
        return None;
    }
    let described = |file: Option<&str>| file.is_some_and(|file| files.contains_key(file));
    // What these name was described above, and found harmless.
    let is_known = match loader {
        "mlflow.sklearn" => described(flavor.text("model_path").or(flavor.data())),
        "mlflow.pytorch" => files.contains_key("data/model.pt2"),
        _ if loader.starts_with("mlflow.pyfunc") => {
            flavor.model_code_path().is_some() || described(flavor.python_model())
        }
        _ => false,
    };
    (!is_known).then(|| PickleReason {
        file: "MLmodel".to_owned(),
        what: format!("a package for the loader `{loader}`, which may unpickle what it reads"),
    })
}
