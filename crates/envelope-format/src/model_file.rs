//! The files of a package that hold models or weights, described without running anything.

use crate::archive::{self, ArchiveDescription, Content};
use crate::mlmodel::PythonFunction;
use crate::onnx::{self, OnnxHeader};
use crate::package::Package;
use crate::pickle::PickleReport;
use indexmap::IndexSet;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The endings of files that hold pickles, bare or in an archive.
const PICKLE_ENDINGS: [&str; 9] = [
    "pkl",
    "pickle",
    "pth",
    "pt",
    "pt2",
    "skops",
    "joblib",
    "cloudpickle",
    "npz",
];

/// What a file of a model holds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "format", rename_all = "snake_case")]
pub enum ModelFile {
    /// An ONNX model.
    Onnx(Box<OnnxHeader>),
    /// A pickle, or an archive of weights that may hold pickles.
    Weights(Box<ArchiveDescription>),
}

/// Describes every model file of a package, by path; with the reason where one cannot be.
pub fn describe_all(package: &Package) -> BTreeMap<String, Result<ModelFile, String>> {
    let flavor = package.mlmodel().python_function();
    let named = flavor.and_then(PythonFunction::python_model);
    let files = package.tree().files().map(|(path, _)| path.as_str());
    let files =
        files.filter(|path| is_onnx_name(path) || is_pickle_name(path) || named == Some(path));
    files
        .map(|path| (path.to_owned(), describe(package, path)))
        .collect()
}

fn describe(package: &Package, path: &str) -> Result<ModelFile, String> {
    let file = package.open_file(path).map_err(|error| error.to_string())?;
    let reader: BufReader<File> = BufReader::new(file);
    if is_onnx_name(path) {
        let header = onnx::read_header(reader).map_err(|error| error.to_string())?;
        return Ok(ModelFile::Onnx(Box::new(header)));
    }
    let description = archive::describe(reader, path).map_err(|error| error.to_string())?;
    Ok(ModelFile::Weights(Box::new(description)))
}

pub(crate) fn is_onnx_name(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|ending| ending == "onnx")
}

pub(crate) fn is_pickle_name(path: &str) -> bool {
    let stem = crate::compressed::Compression::of_file_name(path).map_or(path, |compression| {
        path.trim_end_matches(compression.extension())
    });
    let ending = Path::new(stem)
        .extension()
        .and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| PICKLE_ENDINGS.contains(&ending))
}

/// The files, relative to the package, that hold the large tensors of an ONNX file.
pub(crate) fn external_files<'a>(
    file: &'a str,
    header: &'a OnnxHeader,
) -> impl Iterator<Item = String> + 'a {
    let folder = file
        .rsplit_once('/')
        .map_or(String::new(), |(folder, _)| format!("{folder}/"));
    header
        .external_tensors
        .iter()
        .map(move |tensor| format!("{folder}{}", tensor.location.trim_start_matches("./")))
}

impl ModelFile {
    /// The reports on the pickles in the file.
    pub fn pickles(&self) -> impl Iterator<Item = &PickleReport> {
        let pickles = match self {
            Self::Onnx(_) => &[],
            Self::Weights(description) => description.pickles.as_slice(),
        };
        pickles.iter().map(|pickle| &pickle.report)
    }

    /// Whether loading the file unpickles something; what skops and `torch.export` write is read
    /// without.
    pub fn is_pickled(&self) -> bool {
        match self {
            Self::Onnx(_) => false,
            Self::Weights(description) => {
                !description.pickles.is_empty()
                    && !matches!(
                        description.content,
                        Content::Skops(_) | Content::TorchExport(_)
                    )
            }
        }
    }

    /// What the file is, in a line.
    pub fn summary(&self) -> String {
        match self {
            Self::Onnx(header) => onnx_summary(header),
            Self::Weights(description) => {
                let what = content_summary(&description.content);
                match imports(self.pickles()) {
                    imports if imports.is_empty() => what,
                    imports => format!("{what} that imports {imports}"),
                }
            }
        }
    }
}

fn onnx_summary(header: &OnnxHeader) -> String {
    let opset = header
        .opset_imports
        .iter()
        .find(|import| import.domain == "ai.onnx");
    let opset = opset.map_or(String::new(), |import| {
        format!(", opset {}", import.version)
    });
    let operators: u64 = header.operators.values().sum();
    format!("an ONNX model of {operators} operators{opset}")
}

fn content_summary(content: &Content) -> String {
    match content {
        Content::Pickle => "a pickle".to_owned(),
        Content::CompressedPickle { compression } => format!("a pickle in {}", compression.name()),
        Content::LegacyTorchSave => "a PyTorch file of before 1.6".to_owned(),
        Content::TorchSave { storages, .. } => {
            format!("a PyTorch archive of {} tensor storages", storages.len())
        }
        Content::TorchScript { .. } => "a TorchScript archive".to_owned(),
        Content::TorchExport(export) => {
            format!(
                "an exported PyTorch program of {} tensors",
                export.weights.len()
            )
        }
        Content::Skops(skops) => match &skops.root_class {
            Some(class) => format!("a skops archive of a `{class}`"),
            None => "a skops archive".to_owned(),
        },
        _ => "a zip archive".to_owned(),
    }
}

/// The names that pickles import, the first few of them.
fn imports<'a>(pickles: impl Iterator<Item = &'a PickleReport>) -> String {
    const SHOWN: usize = 5;
    let globals = pickles.flat_map(|pickle| &pickle.globals);
    let names: IndexSet<String> = globals.map(|global| format!("`{global}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}
