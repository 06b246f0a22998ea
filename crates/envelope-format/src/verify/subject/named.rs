//! What `MLmodel` names: the files of the package, and where things came from.

use super::Subject;
use crate::envelope_flavor;
use crate::environment::{CONDA_FILE, CONSTRAINTS_FILE, PYTHON_ENV_FILE, REQUIREMENTS_FILE};
use crate::finding::Severity;
use crate::mlmodel::PythonFunction;
use crate::model_file;
use crate::relative_path::RelativePath;
use crate::yaml::{Content, Node, Position};
use std::collections::HashSet;

/// A path that `MLmodel` names.
#[derive(Clone, Debug)]
pub(in crate::verify) struct NamedPath {
    /// The key that names it.
    pub(in crate::verify) element: String,
    /// The path as written.
    pub(in crate::verify) written: String,
    /// The path in the package; `None` when it leaves the package.
    pub(in crate::verify) path: Option<RelativePath>,
    /// Where it is written.
    pub(in crate::verify) position: Position,
    /// How grave it is when the file is missing.
    pub(in crate::verify) weight: Severity,
}

/// A text in `MLmodel` with its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::verify) struct Written<'a> {
    pub(in crate::verify) text: &'a str,
    pub(in crate::verify) position: Position,
}

impl Subject<'_> {
    /// Every path that `MLmodel` names, but for the model's code, of which only the name counts.
    pub(in crate::verify) fn named_paths(&self) -> Vec<NamedPath> {
        let mut paths = Vec::new();
        for (name, flavor) in self.mlmodel().flavors() {
            let keys: &[(&str, Severity)] = match name {
                "python_function" => &[
                    ("data", Severity::Error),
                    ("code", Severity::Error),
                    ("python_model", Severity::Error),
                    ("model_path", Severity::Error),
                ],
                envelope_flavor::NAME => &[("output_example", Severity::Warning)],
                _ => &[
                    ("data", Severity::Error),
                    ("code", Severity::Error),
                    ("pickled_model", Severity::Error),
                    ("model_data", Severity::Error),
                ],
            };
            for (key, weight) in keys {
                push(
                    &mut paths,
                    format!("flavors.{name}.{key}"),
                    flavor.get_set(key),
                    *weight,
                );
            }
            push_nested(&mut paths, name, flavor);
        }
        if let Some(info) = self.mlmodel().saved_input_example_info() {
            for key in ["artifact_path", "serving_input_path"] {
                let element = format!("saved_input_example_info.{key}");
                push(&mut paths, element, info.get_set(key), Severity::Warning);
            }
        }
        paths
    }

    /// Whether the file is one that MLflow knows by name, or that `MLmodel` names.
    pub(in crate::verify) fn is_accounted_for(&self, path: &str) -> bool {
        const KNOWN: [&str; 13] = [
            crate::mlmodel::FILE_NAME,
            CONDA_FILE,
            PYTHON_ENV_FILE,
            REQUIREMENTS_FILE,
            CONSTRAINTS_FILE,
            crate::input_example::EXAMPLE_FILE,
            crate::input_example::SERVING_EXAMPLE_FILE,
            crate::registered_model_meta::FILE_NAME,
            "environment_variables.txt",
            "uv.lock",
            "pyproject.toml",
            ".python-version",
            "metadata",
        ];
        let flavor = self.mlmodel().python_function();
        let is_code = flavor.and_then(PythonFunction::model_code_file) == Some(path);
        let named = self.named.get_or_init(|| self.named_texts());
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        is_code
            || named.contains("")
            || parents
                .chain([path])
                .any(|part| KNOWN.contains(&part) || named.contains(part))
    }

    /// Every text in a flavor and every external file of an ONNX model, as a path would be
    /// written; the empty text stands for the whole package.
    fn named_texts(&self) -> HashSet<String> {
        let mut named = HashSet::new();
        for (_, flavor) in self.mlmodel().flavors() {
            add_texts(flavor, &mut named);
        }
        for (file, header) in self.onnx_files() {
            let files = header.map(|header| model_file::external_files(file, header));
            named.extend(files.into_iter().flatten().filter(|file| !file.is_empty()));
        }
        named
    }

    /// The absolute paths by which `MLmodel` tells where things came from.
    pub(in crate::verify) fn absolute_origins(
        &self,
    ) -> impl Iterator<Item = (String, Written<'_>)> {
        let document = self.mlmodel().document();
        let top = document
            .get_set("artifact_path")
            .map(|node| ("artifact_path".to_owned(), node));
        let flavor = self.mlmodel().flavor(crate::mlmodel::PYTHON_FUNCTION);
        let code = flavor.and_then(|flavor| flavor.get_set("model_code_path"));
        let code = code.map(|node| ("flavors.python_function.model_code_path".to_owned(), node));
        let artifacts = flavor
            .and_then(|flavor| flavor.get("artifacts"))
            .and_then(Node::entries);
        let uris = artifacts
            .unwrap_or_default()
            .iter()
            .filter_map(|(name, artifact)| {
                let element = format!("flavors.python_function.artifacts.{}.uri", name.text()?);
                Some((element, artifact.get_set("uri")?))
            });
        let all = top.into_iter().chain(code).chain(uris);
        all.filter_map(|(element, node)| {
            let text = node.text().filter(|text| is_absolute(text))?;
            Some((
                element,
                Written {
                    text,
                    position: node.position,
                },
            ))
        })
    }
}

fn is_absolute(text: &str) -> bool {
    text.starts_with('/')
        || text.starts_with("file:/")
        || text.starts_with("dbfs:/")
        || (text.as_bytes().get(1) == Some(&b':') && text.contains('\\'))
}
/// Adds the paths that stand deeper in a flavor.
fn push_nested(paths: &mut Vec<NamedPath>, name: &str, flavor: &Node) {
    let artifacts = flavor
        .get("artifacts")
        .and_then(Node::entries)
        .unwrap_or_default();
    for (key, artifact) in artifacts {
        let element = format!(
            "flavors.{name}.artifacts.{}",
            key.text().unwrap_or_default()
        );
        push(paths, element, artifact.get_set("path"), Severity::Error);
    }
    for file in flavor
        .get("extra_files")
        .and_then(Node::items)
        .unwrap_or_default()
    {
        let element = format!("flavors.{name}.extra_files");
        push(paths, element, file.get_set("path"), Severity::Warning);
    }
    let env = flavor.get_set("env");
    let element = format!("flavors.{name}.env");
    push(paths, element.clone(), env, Severity::Warning);
    for (_, file) in env.and_then(Node::entries).unwrap_or_default() {
        push(paths, element.clone(), Some(file), Severity::Warning);
    }
    let native = flavor
        .get("native")
        .and_then(|native| native.get_set("onnx"));
    push(
        paths,
        format!("flavors.{name}.native.onnx"),
        native,
        Severity::Warning,
    );
}

fn push(paths: &mut Vec<NamedPath>, element: String, node: Option<&Node>, weight: Severity) {
    let Some(node) = node else { return };
    let Some(written) = node.as_str() else { return };
    // The package itself may be named, which every package has.
    if matches!(written.trim_end_matches('/'), "" | ".") {
        return;
    }
    let path = RelativePath::new(written).ok();
    paths.push(NamedPath {
        element,
        written: written.to_owned(),
        path,
        position: node.position,
        weight,
    });
}

/// Adds the texts in a node that may name a file or folder.
fn add_texts(node: &Node, named: &mut HashSet<String>) {
    match &node.content {
        Content::Scalar { text, .. } => {
            if node.as_str().is_some() && !text.is_empty() {
                let path = text.trim_start_matches("./").trim_end_matches('/');
                named.insert(if path == "." { "" } else { path }.to_owned());
            }
        }
        Content::Sequence(items) => items.iter().for_each(|item| add_texts(item, named)),
        Content::Mapping(entries) => entries
            .iter()
            .for_each(|(_, value)| add_texts(value, named)),
    }
}
