//! The model of a new package: for each kind its files and its flavors.

use super::code::Gather;
use super::environment::Environment;
use super::{CodeSpec, Kind, Spec};
use crate::environment::{CONDA_FILE, PYTHON_ENV_FILE};
use crate::mlmodel::PYTHON_FUNCTION;
use crate::onnx;
use crate::package::Source;
use crate::pickle::{PlainValue, write_class_pickle};
use crate::relative_path::RelativePath;
use crate::yaml::Node;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Where the pickle of a `class` package stands.
const PICKLE_FILE: &str = "python_model.pkl";
/// Where the model of an `onnx` package stands; MLflow looks for it in the root.
pub(super) const ONNX_FILE: &str = "model.onnx";
/// Where the user's own code stands.
const CODE_FOLDER: &str = "code";
/// Said where a program that links this crate collected no code.
const NOT_COLLECTED: &str =
    "asks for code that was not collected: `Spec::collected` must hold what the modules import";
/// What MLflow asks onnxruntime for unless told otherwise.
const PROVIDERS: [&str; 2] = ["CUDAExecutionProvider", "CPUExecutionProvider"];

/// Adds the model's files to the contents and its flavors to their `MLmodel`.
pub(super) fn add(spec: &Spec, environment: &Environment, gather: &mut Gather<'_, '_>) {
    let mut flavor = common(spec, gather);
    match spec.kind {
        Kind::Onnx => add_onnx(spec, environment, &mut flavor, gather),
        Kind::Code => add_code(spec, &mut flavor, gather),
        Kind::Class => add_class(spec, environment, &mut flavor, gather),
        Kind::Loader => add_loader(spec, &mut flavor, gather),
    }
    gather.contents.mlmodel.set_flavor(PYTHON_FUNCTION, flavor);
}

/// What the `python_function` flavor of every kind holds.
fn common(spec: &Spec, gather: &mut Gather<'_, '_>) -> Node {
    let mut flavor = Node::mapping([
        (
            "env",
            Node::mapping([
                ("conda", Node::string(CONDA_FILE)),
                ("virtualenv", Node::string(PYTHON_ENV_FILE)),
            ]),
        ),
        ("python_version", Node::string(&spec.python)),
    ]);
    add_own_code(spec, gather);
    if has_code(gather) {
        flavor.set("code", Node::string(CODE_FOLDER));
    }
    let artifacts = add_artifacts(spec, gather);
    if !artifacts.is_empty() {
        flavor.set("artifacts", Node::mapping(artifacts));
    }
    if !spec.model.config.is_empty() {
        flavor.set(
            "config",
            Node::from(&Value::Object(spec.model.config.clone())),
        );
    }
    if spec.kind != Kind::Onnx {
        flavor.set("streamable", Node::boolean(spec.model.streamable));
    }
    flavor
}

/// Adds the user's own code: what is taken whole, and what is imported.
fn add_own_code(spec: &Spec, gather: &mut Gather<'_, '_>) {
    for (element, path) in spec.code.whole() {
        gather.add(&element, path, CODE_FOLDER);
    }
    let CodeSpec::From { from, modules, .. } = &spec.code else {
        return;
    };
    let mut roots_are_there = true;
    for (i, folder) in from.iter().enumerate() {
        if !gather.base.join(folder).is_dir() {
            let message = format!("found no folder `{folder}`");
            gather.mistakes.add(&format!("code.from[{i}]"), message);
            roots_are_there = false;
        }
    }
    if spec.kind == Kind::Onnx && modules.is_empty() {
        let message = "an ONNX model names no module to begin with; list them in `code.modules`";
        gather.mistakes.add("code.from", message);
    }
    let Some(collected) = &spec.collected else {
        return gather.mistakes.add("code.from", NOT_COLLECTED);
    };
    for module in collected.missing.iter().filter(|_| roots_are_there) {
        let message = format!("found no module `{module}` in `{}`", from.join("`, `"));
        gather.mistakes.add(module_element(spec, module), message);
    }
    for (path, on_disk) in &collected.files {
        let place = RelativePath::from_disk(path)
            .and_then(|path| RelativePath::new(&format!("{CODE_FOLDER}/{path}")).ok());
        match place {
            // It may be in a package that is taken whole.
            Some(place) if gather.contents.has_file(&place) => {}
            Some(place) => gather.add_file("code.from", place, on_disk),
            None => {
                let message = format!("`{}` has a name that no package can hold", path.display());
                gather.mistakes.add("code.from", message);
            }
        }
    }
}

/// The element of a spec that names a module.
fn module_element(spec: &Spec, module: &str) -> &'static str {
    let class = spec
        .model
        .class
        .as_deref()
        .and_then(|text| text.split_once(':'));
    if class.is_some_and(|(of, _)| of == module) {
        "model.class"
    } else if spec.model.module.as_deref() == Some(module) {
        "model.module"
    } else {
        "code.modules"
    }
}

fn has_code(gather: &Gather<'_, '_>) -> bool {
    gather.contents.paths().any(|path| path.is_in(CODE_FOLDER))
}

fn add_artifacts(spec: &Spec, gather: &mut Gather<'_, '_>) -> Vec<(String, Node)> {
    let mut entries = Vec::new();
    for (name, path) in &spec.artifacts {
        let place = gather.add(&format!("artifacts.{name}"), path, "artifacts");
        let Some(place) = place else { continue };
        let entry = Node::mapping([
            ("path", Node::string(place.as_str())),
            // MLflow keeps where an artifact came from; the spec's relative path tells no more.
            ("uri", Node::string(path)),
        ]);
        entries.push((name.clone(), entry));
    }
    entries
}

fn add_code(spec: &Spec, flavor: &mut Node, gather: &mut Gather<'_, '_>) {
    flavor.set(
        "loader_module",
        Node::string("mlflow.pyfunc.loaders.code_model"),
    );
    let Some(path) = &spec.model.file else { return };
    let on_disk = gather.base.join(path);
    let Some(place) = root_place("model.file", path, gather) else {
        return;
    };
    flavor.set("model_code_path", Node::string(place.as_str()));
    match crate::package::read_text(&on_disk) {
        Ok(text) if crate::verify::calls_set_model(&text) => {
            gather.add_file("model.file", place, &on_disk);
        }
        Ok(_) => {
            let message = format!("`{path}` never calls `mlflow.models.set_model`");
            gather.mistakes.add("model.file", message);
        }
        Err(error) => gather.mistakes.add("model.file", error.to_string()),
    }
}

fn add_class(
    spec: &Spec,
    environment: &Environment,
    flavor: &mut Node,
    gather: &mut Gather<'_, '_>,
) {
    flavor.set("loader_module", Node::string("mlflow.pyfunc.model"));
    flavor.set("python_model", Node::string(PICKLE_FILE));
    if let Some(version) = environment.pinned("cloudpickle") {
        flavor.set("cloudpickle_version", Node::string(version));
    }
    let Some((module, class)) = spec
        .model
        .class
        .as_deref()
        .and_then(|text| text.split_once(':'))
    else {
        return;
    };
    if require_module("model.class", module, gather) {
        require_class(module, class, gather);
    }
    let state = plain_map(&spec.model.state);
    let pickle = Source::Bytes(write_class_pickle(module, class, &state));
    add_made("model.class", PICKLE_FILE, pickle, gather);
}

fn add_loader(spec: &Spec, flavor: &mut Node, gather: &mut Gather<'_, '_>) {
    let Some(module) = &spec.model.module else {
        return;
    };
    flavor.set("loader_module", Node::string(module));
    require_module("model.module", module, gather);
    if let Some(name) = &spec.model.predict_fn {
        flavor.set("predict_fn", Node::string(name));
    }
    if let Some(path) = &spec.model.data
        && let Some(place) = gather.add("model.data", path, "data")
    {
        flavor.set("data", Node::string(place.as_str()));
    }
}

fn add_onnx(
    spec: &Spec,
    environment: &Environment,
    flavor: &mut Node,
    gather: &mut Gather<'_, '_>,
) {
    flavor.set("loader_module", Node::string("mlflow.onnx"));
    flavor.set("data", Node::string(ONNX_FILE));
    let Some(path) = &spec.model.file else { return };
    let on_disk = gather.base.join(path);
    add_external_data(&on_disk, gather);
    if let Ok(place) = RelativePath::new(ONNX_FILE) {
        gather.add_file("model.file", place, &on_disk);
    }
    let given = spec.model.providers.clone();
    let providers = given.unwrap_or_else(|| PROVIDERS.map(str::to_owned).to_vec());
    let mut onnx = Node::mapping([
        (
            "code",
            if has_code(gather) {
                Node::string(CODE_FOLDER)
            } else {
                Node::null()
            },
        ),
        ("data", Node::string(ONNX_FILE)),
        ("onnx_session_options", Node::null()),
        (
            "providers",
            Node::sequence(providers.iter().map(Node::string)),
        ),
    ]);
    if let Some(version) = environment.pinned("onnx") {
        onnx.set("onnx_version", Node::string(version));
    }
    gather.contents.mlmodel.set_flavor("onnx", onnx);
}

/// The files beside an ONNX model that hold its large tensors keep their places relative to it.
fn add_external_data(model: &Path, gather: &mut Gather<'_, '_>) {
    let header = File::open(model)
        .map_err(|error| error.to_string())
        .and_then(|file| onnx::read_header(BufReader::new(file)).map_err(|e| e.to_string()));
    let header = match header {
        Ok(header) => header,
        Err(error) => {
            let message = format!("cannot read `{}` as ONNX: {error}", model.display());
            return gather.mistakes.add("model.file", message);
        }
    };
    let mut locations: Vec<String> = header
        .external_tensors
        .into_iter()
        .map(|e| e.location)
        .collect();
    locations.sort();
    locations.dedup();
    for location in locations {
        let on_disk = model.parent().unwrap_or(Path::new("")).join(&location);
        match RelativePath::new(&location) {
            Ok(place) if on_disk.is_file() => gather.add_file("model.file", place, &on_disk),
            Ok(_) => {
                let message = format!("its external data `{location}` is not there");
                gather.mistakes.add("model.file", message);
            }
            Err(error) => gather
                .mistakes
                .add("model.file", format!("external data: {error}")),
        }
    }
}

/// The place of a file that must stand in the package's root.
fn root_place(element: &str, path: &str, gather: &mut Gather<'_, '_>) -> Option<RelativePath> {
    let name = Path::new(path).file_name().and_then(|name| name.to_str());
    let place = name.and_then(|name| RelativePath::new(name).ok());
    if place.is_none() {
        gather.mistakes.add(
            element,
            format!("`{path}` has no name that a package can hold"),
        );
    }
    place
}

/// Whether the package's code has the module; a module of an installed distribution has another
/// first part than everything in `code`.
fn require_module(element: &str, module: &str, gather: &mut Gather<'_, '_>) -> bool {
    let path = format!("code/{}", module.replace('.', "/"));
    let candidates = [format!("{path}.py"), format!("{path}/__init__.py")];
    let top = format!("code/{}", module.split('.').next().unwrap_or(module));
    let ours = |path: &RelativePath| path.is_in(&top) || path.as_str() == format!("{top}.py");
    let there = gather
        .contents
        .paths()
        .any(|path| candidates.contains(&path.as_str().to_owned()));
    let is_ours = gather.contents.paths().any(ours);
    if !there && is_ours && !gather.mistakes.is_at(element) {
        let message = format!(
            "found no module `{module}` in `code`, expected `{}`",
            candidates[0]
        );
        gather.mistakes.add(element, message);
    }
    there
}

/// Checks that the module's file says `class Name`; a class that it only imports is found as well.
fn require_class(module: &str, class: &str, gather: &mut Gather<'_, '_>) {
    let path = module.replace('.', "/");
    let files = [
        format!("code/{path}.py"),
        format!("code/{path}/__init__.py"),
    ];
    let text = files
        .iter()
        .find_map(|file| gather.contents.read_text(file));
    if text.is_some_and(|text| !text.contains(class)) {
        gather.mistakes.add(
            "model.class",
            format!("module `{module}` has no class `{class}`"),
        );
    }
}

/// Adds a file that this tool makes.
pub(super) fn add_made(element: &str, name: &str, source: Source, gather: &mut Gather<'_, '_>) {
    let added = RelativePath::new(name)
        .map_err(crate::Error::from)
        .and_then(|place| gather.contents.add(place, source));
    if let Err(error) = added {
        gather.mistakes.add(element, error.to_string());
    }
}

fn plain_map(map: &Map<String, Value>) -> indexmap::IndexMap<String, PlainValue> {
    map.iter()
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect()
}

fn plain(value: &Value) -> PlainValue {
    match value {
        Value::Null => PlainValue::None,
        Value::Bool(b) => PlainValue::Bool(*b),
        Value::Number(n) => n.as_i64().map_or_else(
            || PlainValue::Float(n.as_f64().unwrap_or(f64::NAN)),
            PlainValue::Int,
        ),
        Value::String(s) => PlainValue::Str(s.clone()),
        Value::Array(items) => PlainValue::List(items.iter().map(plain).collect()),
        Value::Object(map) => PlainValue::Dict(plain_map(map)),
    }
}
