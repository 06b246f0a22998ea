//! From a spec to the contents of a package.

use super::code::Gather;
use super::environment::Environment;
use super::mistake::Mistakes;
use super::{Kind, RequirementsSpec, Spec, example, model};
use crate::envelope_flavor::{self, EnvelopeFlavor};
use crate::environment::{CONDA_FILE, CONSTRAINTS_FILE, PYTHON_ENV_FILE, REQUIREMENTS_FILE};
use crate::error::Error;
use crate::mlmodel::MlModel;
use crate::package::{Contents, Source};
use crate::relative_path::RelativePath;
use crate::yaml::Node;
use serde_json::Value;
use std::path::Path;

/// The time that is written when none is known: every package of the same contents is the same.
const NO_TIME: &str = "1970-01-01 00:00:00.000000";

impl Spec {
    /// Gathers what the package will hold. Paths are taken relative to `base`; `origin` is the
    /// spec's own path, for messages.
    ///
    /// # Errors
    /// All mistakes at once: files that are not there, a signature that does not parse, an example
    /// that does not fit it, requirements that are none.
    pub fn contents(&self, base: &Path, origin: &Path) -> Result<Contents, Error> {
        let mut contents = Contents::new(MlModel::empty());
        let mut mistakes = Mistakes::new(&self.document);
        let environment = Environment::of(self, base, &mut mistakes);
        let mut gather = Gather {
            base,
            contents: &mut contents,
            mistakes: &mut mistakes,
        };
        model::add(self, &environment, &mut gather);
        add_environment(self, &environment, &mut gather);
        let has_output = example::add(self, &mut gather);
        set_facts(self, &environment, &mut contents.mlmodel);
        set_own_flavor(self, has_output, &mut contents, &mut mistakes);
        contents.mlmodel.sort_keys();
        if mistakes.is_empty() {
            return Ok(contents);
        }
        Err(Error::Spec {
            path: origin.to_owned(),
            mistakes: mistakes.into_sorted(),
        })
    }
}

fn add_environment(spec: &Spec, environment: &Environment, gather: &mut Gather<'_, '_>) {
    let requirements = environment.requirements.join("\n");
    let mut files = vec![
        ("requirements", REQUIREMENTS_FILE, requirements),
        (
            "conda",
            CONDA_FILE,
            environment.conda(spec).to_node().to_yaml(),
        ),
        (
            "python",
            PYTHON_ENV_FILE,
            Environment::python_env(spec).to_node().to_yaml(),
        ),
    ];
    if !environment.constraints.is_empty() {
        files.push((
            "constraints",
            CONSTRAINTS_FILE,
            environment.constraints.join("\n"),
        ));
    }
    for (element, name, text) in files {
        model::add_made(element, name, Source::Bytes(text.into_bytes()), gather);
    }
    for (name, text) in spec.pruned.iter().flat_map(|pruned| &pruned.reports) {
        let place = format!("artifacts/{name}");
        let bytes = text.clone().into_bytes();
        model::add_made("requirements", &place, Source::Bytes(bytes), gather);
    }
}

/// The top-level keys that every package has.
fn set_facts(spec: &Spec, environment: &Environment, mlmodel: &mut MlModel) {
    mlmodel.set("mlflow_version", Node::string(&environment.mlflow_version));
    mlmodel.set("model_id", Node::null());
    mlmodel.set("prompts", Node::null());
    let created = spec
        .created
        .as_deref()
        .map_or_else(|| NO_TIME.to_owned(), mlflow_time);
    mlmodel.set("utc_time_created", Node::string(created));
    if let Some(run) = &spec.run {
        mlmodel.set("run_id", Node::string(&run.id));
    }
    let mut metadata = spec.metadata.clone();
    if !spec.tasks.is_empty() {
        metadata
            .entry("tasks")
            .or_insert_with(|| spec.tasks.clone().into());
    }
    if let [task] = spec.tasks.as_slice() {
        metadata
            .entry("task")
            .or_insert_with(|| task.clone().into());
    }
    if !metadata.is_empty() {
        mlmodel.set("metadata", Node::from(&Value::Object(metadata)));
    }
}

/// `2026-11-21T10:00:00Z` as MLflow writes it: `2026-11-21 10:00:00.000000`.
fn mlflow_time(text: &str) -> String {
    let text = text.trim_end_matches('Z').replace('T', " ");
    let (date, time) = text.split_once(' ').unwrap_or((&text, "00:00:00"));
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{date} {clock}.{fraction:0<6}")
}

fn set_own_flavor(
    spec: &Spec,
    has_output: bool,
    contents: &mut Contents,
    mistakes: &mut Mistakes<'_>,
) {
    let native = spec.native.onnx.clone();
    let native = native.or_else(|| (spec.kind == Kind::Onnx).then(|| model::ONNX_FILE.to_owned()));
    if let Some(path) = &native
        && !contents.paths().any(|known| known.as_str() == path)
    {
        let message = format!(
            "names `{path}`, which is not in the package; its ONNX files are: {}",
            onnx_files(contents)
        );
        mistakes.add("native.onnx", message);
    }
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let flavor = EnvelopeFlavor {
        format_version: envelope_flavor::FORMAT_VERSION,
        kind: Some(spec.kind.as_str().to_owned()),
        name: Some(spec.name.clone()),
        description: spec.description.clone(),
        native_onnx: native,
        output_example: has_output.then(|| example::OUTPUT_FILE.to_owned()),
        tags: spec
            .tags
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
    };
    let mut node = flavor.to_node();
    if let Some(run) = &spec.run {
        let known = [
            ("experiment", run.experiment.as_ref()),
            ("id", Some(&run.id)),
            ("tracking_uri", run.tracking_uri.as_ref()),
        ];
        let known = known
            .into_iter()
            .filter_map(|(key, value)| Some((key, Node::string(value?))));
        node.set("run", Node::mapping(known));
    }
    if let Some(pruning) = pruning(spec) {
        node.set(envelope_flavor::REQUIREMENTS, pruning);
    }
    contents.mlmodel.set_flavor(envelope_flavor::NAME, node);
}

/// What was pruned, and which modules are gone with it.
fn pruning(spec: &Spec) -> Option<Node> {
    let pruned = spec.pruned.as_ref()?;
    let RequirementsSpec::From {
        from, prune, keep, ..
    } = &spec.requirements
    else {
        return None;
    };
    let names = |names: &[String]| Node::sequence(names.iter().map(Node::string));
    let modules = pruned
        .removed_modules
        .iter()
        .map(|(module, package)| (module, Node::string(package)));
    let mut node = Node::mapping([("from", Node::string(from))]);
    if !keep.is_empty() {
        node.set("keep", names(keep));
    }
    node.set("prune", names(prune));
    node.set(envelope_flavor::REMOVED_MODULES, Node::mapping(modules));
    Some(node)
}

fn onnx_files(contents: &Contents) -> String {
    let is_onnx = |path: &&str| Path::new(path).extension().is_some_and(|e| e == "onnx");
    let files: Vec<&str> = contents
        .paths()
        .map(RelativePath::as_str)
        .filter(is_onnx)
        .collect();
    if files.is_empty() {
        "none".to_owned()
    } else {
        files.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_as_mlflow_does() {
        let cases = [
            ("2026-11-21T10:00:00Z", "2026-11-21 10:00:00.000000"),
            ("2026-11-21 10:00:00.5", "2026-11-21 10:00:00.500000"),
            ("2026-11-21", "2026-11-21 00:00:00.000000"),
        ];
        for (text, expected) in cases {
            assert_eq!(mlflow_time(text), expected);
        }
    }
}
