//! The files of a package that hold models or weights, described without running anything.

use crate::archive::{self, ArchiveDescription, Content, Effort};
use crate::mlmodel::PythonFunction;
use crate::onnx::{self, OnnxHeader};
use crate::package::{Package, Tree};
use crate::pickle::PickleReport;
use crate::relative_path::RelativePath;
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
    let paths = paths(package);
    let describe = |path: &&str| {
        let described = describe_within(package, path, Effort::default());
        ((*path).to_owned(), described)
    };
    paths.iter().map(describe).collect()
}

/// The model files of a package, in the order of their paths.
pub fn paths(package: &Package) -> Vec<&str> {
    let flavor = package.mlmodel().python_function();
    let named = flavor.and_then(PythonFunction::python_model);
    let files = package.tree().files().map(RelativePath::as_str);
    files
        .filter(|path| is_model_name(path) || named == Some(path))
        .collect()
}

/// The model files in any folder, package or not, by the endings of their names.
pub fn paths_in(tree: &Tree) -> Vec<&str> {
    let files = tree.files().map(RelativePath::as_str);
    files.filter(|path| is_model_name(path)).collect()
}

/// Describes one model file of a package, as far as the effort allows.
///
/// # Errors
/// The reason why the file cannot be described.
pub fn describe_within(package: &Package, path: &str, effort: Effort) -> Result<ModelFile, String> {
    describe_file(&package.root().join(path), effort)
}

/// Describes a model file anywhere on disk, as far as the effort allows.
///
/// # Errors
/// The reason why the file cannot be described; what is no regular file is never opened.
pub fn describe_file(path: &Path, effort: Effort) -> Result<ModelFile, String> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("found no regular file, expected one".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let reader: BufReader<File> = BufReader::new(file);
    let name = path.to_string_lossy();
    if is_onnx_name(&name) {
        let header = onnx::read_header(reader).map_err(|error| error.to_string())?;
        return Ok(ModelFile::Onnx(Box::new(header)));
    }
    let description =
        archive::describe_within(reader, &name, effort).map_err(|error| error.to_string())?;
    Ok(ModelFile::Weights(Box::new(description)))
}

fn is_model_name(path: &str) -> bool {
    is_onnx_name(path) || is_pickle_name(path)
}

pub(crate) fn is_onnx_name(path: &str) -> bool {
    ending(path) == Some("onnx")
}

pub(crate) fn is_pickle_name(path: &str) -> bool {
    let stem = crate::compressed::Compression::of_file_name(path).map_or(path, |compression| {
        path.trim_end_matches(compression.extension())
    });
    ending(stem).is_some_and(|ending| PICKLE_ENDINGS.contains(&ending))
}

/// What follows the last point of a file's name, unless nothing stands before it.
fn ending(path: &str) -> Option<&str> {
    let (stem, ending) = path.rsplit_once('.')?;
    let is_in_name = !ending.contains('/') && !stem.is_empty() && !stem.ends_with('/');
    is_in_name.then_some(ending)
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

    /// What is odd about the file: pickles that break off or have something after their end,
    /// members of archives that mislead or cannot be read.
    pub fn oddities(&self) -> Vec<String> {
        let Self::Weights(description) = self else {
            return Vec::new();
        };
        let mut odd = Vec::new();
        for pickle in self.pickles() {
            if let Some(fault) = &pickle.fault {
                odd.push(format!("its pickle breaks off: {fault}"));
            }
            if pickle.trailing_bytes > 0 {
                odd.push(format!("{} bytes follow its pickle", pickle.trailing_bytes));
            }
        }
        let names = |names: &[String]| names.join("`, `");
        if !description.unsafe_names.is_empty() {
            odd.push(format!(
                "unsafe names in it: `{}`",
                names(&description.unsafe_names)
            ));
        }
        if !description.duplicate_names.is_empty() {
            odd.push(format!(
                "names in it twice: `{}`",
                names(&description.duplicate_names)
            ));
        }
        for unread in &description.unread {
            odd.push(format!(
                "`{}` in it cannot be read: {}",
                unread.member, unread.reason
            ));
        }
        odd
    }

    /// What the file is, in a line.
    pub fn summary(&self) -> String {
        match self {
            Self::Onnx(header) => onnx_summary(header),
            Self::Weights(description) => {
                let what = content_summary(&description.content);
                if let [pickle] = description.pickles.as_slice()
                    && pickle.report.names_only_one_class()
                {
                    return format!(
                        "{what} that names the class {} and holds no other",
                        imports(self.pickles())
                    );
                }
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
    {
        let s = if operators == 1 { "" } else { "s" };
        format!("an ONNX model of {operators} operator{s}{opset}")
    }
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
