//! What `torch.export.save` writes: a graph in JSON, and tensors beside it with their own lists.
//!
//! The format is that of PyTorch's `torch/export/pt2_archive` and `torch/_export/serde/schema.py`.

use std::collections::BTreeSet;
use std::io::Read;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::content::read_word;
use super::directory::{Directory, Member};
use super::inspection::Inspection;
use super::{MAX_CONFIG_BYTES, MAX_JSON_BYTES, MAX_LISTED, ReadSeek, json_walk};
use crate::onnx::Dimension;

/// A tensor of an exported program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportTensor {
    /// Name in the program.
    pub name: String,
    /// Name of the member with its data.
    pub member: String,
    /// Type as torch names it; none where only a pickle tells.
    pub dtype: Option<String>,
    /// Shape.
    pub shape: Option<Vec<Dimension>>,
    /// Whether it is a parameter, not a buffer.
    pub is_parameter: bool,
    /// Whether its data is a pickle.
    pub use_pickle: bool,
    /// Bytes of the member; none where it is missing.
    pub bytes: Option<u64>,
}

/// The facts of an exported program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TorchExport {
    /// Version of the archive format.
    pub archive_version: Option<String>,
    /// `little` or `big`, where given.
    pub byteorder: Option<String>,
    /// Parameters and buffers.
    pub weights: Vec<ExportTensor>,
    /// Constants.
    pub constants: Vec<ExportTensor>,
    /// Whether any weight or constant is a pickle.
    pub use_pickle: bool,
    /// Whether inputs of the export are kept along, in a pickle.
    pub has_sample_inputs: bool,
    /// Targets that the graphs call, such as `torch.ops.aten.relu.default`.
    pub targets: BTreeSet<String>,
}

impl TorchExport {
    /// Names of members that are read as tensor data and never unpickled.
    pub(super) fn raw_members(&self) -> BTreeSet<String> {
        let tensors = self.weights.iter().chain(&self.constants);
        // A member that any entry calls a pickle is one.
        let pickled: BTreeSet<_> = tensors
            .clone()
            .filter(|tensor| tensor.use_pickle)
            .map(|tensor| &tensor.member)
            .collect();
        tensors
            .filter(|tensor| tensor.dtype.is_some() && !pickled.contains(&tensor.member))
            .map(|tensor| tensor.member.clone())
            .collect()
    }
}

/// The list of tensors beside their data.
#[derive(Deserialize)]
struct Config {
    config: IndexMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    path_name: String,
    #[serde(default)]
    is_param: bool,
    #[serde(default)]
    use_pickle: bool,
    tensor_meta: Option<TensorMeta>,
}

#[derive(Deserialize)]
struct TensorMeta {
    dtype: i64,
    #[serde(default)]
    sizes: Vec<Size>,
}

#[derive(Deserialize)]
struct Size {
    as_int: Option<i64>,
    as_expr: Option<Expression>,
}

#[derive(Deserialize)]
struct Expression {
    expr_str: Option<String>,
}

/// What a member is for.
enum Part {
    Weights,
    Constants,
    Graph,
    SampleInputs,
}

/// Tells what a member is for by its name inside the one folder.
fn part_of(inside: &str) -> Option<Part> {
    let json = |folder: &str| {
        inside
            .strip_prefix(folder)
            .and_then(|name| name.strip_suffix(".json"))
    };
    if json("data/weights/").is_some() {
        Some(Part::Weights)
    } else if json("data/constants/").is_some() {
        Some(Part::Constants)
    } else if json("models/").is_some() {
        Some(Part::Graph)
    } else {
        inside
            .strip_prefix("data/sample_inputs/")
            .map(|_| Part::SampleInputs)
    }
}

/// The one folder around everything that `torch.export.save` writes.
pub(super) fn root(directory: &Directory) -> Option<&str> {
    let mut names = directory.members.iter().map(|member| member.name.as_str());
    names.find_map(|name| {
        let (root, inside) = name.split_once('/')?;
        let is_graph = matches!(part_of(inside), Some(Part::Graph));
        (inside == "archive_format" || is_graph).then_some(root)
    })
}

/// Reads the lists of tensors and the graphs.
pub(super) fn read(
    reader: &mut dyn ReadSeek,
    directory: &Directory,
    root: &str,
    inspection: &mut Inspection,
) -> TorchExport {
    let mut export = TorchExport {
        archive_version: read_word(reader, directory, &format!("{root}/archive_version")),
        byteorder: read_word(reader, directory, &format!("{root}/byteorder")),
        ..TorchExport::default()
    };
    for member in &directory.members {
        let inside = member
            .name
            .strip_prefix(root)
            .and_then(|rest| rest.strip_prefix('/'));
        let Some(part) = inside.and_then(part_of) else {
            continue;
        };
        let read = match part {
            Part::Weights => read_config(reader, directory, member, inspection)
                .map(|tensors| export.weights.extend(tensors)),
            Part::Constants => read_config(reader, directory, member, inspection)
                .map(|tensors| export.constants.extend(tensors)),
            Part::Graph => read_targets(reader, directory, member, inspection)
                .map(|targets| export.targets.extend(targets)),
            Part::SampleInputs => {
                export.has_sample_inputs = true;
                Ok(())
            }
        };
        if let Err(reason) = read {
            inspection.leave_unread(member.name.clone(), reason);
        }
    }
    let sizes = directory.sizes();
    for tensor in export.weights.iter_mut().chain(&mut export.constants) {
        tensor.bytes = sizes.get(tensor.member.as_str()).copied();
    }
    let mut tensors = export.weights.iter().chain(&export.constants);
    export.use_pickle = tensors.any(|tensor| tensor.use_pickle);
    export
}

fn read_config(
    reader: &mut dyn ReadSeek,
    directory: &Directory,
    member: &Member,
    inspection: &mut Inspection,
) -> Result<Vec<ExportTensor>, String> {
    let mut text = Vec::new();
    let mut json = inspection.open_json(reader, directory, member, MAX_CONFIG_BYTES)?;
    json.read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    drop(json);
    let config: Config = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    inspection.list(config.config.len())?;
    let folder = member
        .name
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    Ok(config
        .config
        .into_iter()
        .map(|(name, entry)| {
            let member = format!("{folder}/{}", entry.path_name);
            tensor(name, member, entry)
        })
        .collect())
}

fn tensor(name: String, member: String, entry: Entry) -> ExportTensor {
    let dtype = entry
        .tensor_meta
        .as_ref()
        .map(|meta| dtype_name(meta.dtype).to_owned());
    let shape = entry
        .tensor_meta
        .map(|meta| meta.sizes.into_iter().map(dimension).collect());
    ExportTensor {
        name,
        member,
        dtype,
        shape,
        is_parameter: entry.is_param,
        use_pickle: entry.use_pickle,
        bytes: None,
    }
}

fn dimension(size: Size) -> Dimension {
    match (
        size.as_int,
        size.as_expr.and_then(|expression| expression.expr_str),
    ) {
        (Some(length), _) => Dimension::Fixed(length),
        (None, Some(expression)) => Dimension::Symbol(expression),
        (None, None) => Dimension::Unknown,
    }
}

/// The names of `torch._export.serde.schema.ScalarType`.
fn dtype_name(number: i64) -> &'static str {
    const FIRST: [&str; 14] = [
        "unknown",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "float32",
        "float64",
        "complex32",
        "complex64",
        "complex128",
        "bool",
        "bfloat16",
    ];
    const LATER: [&str; 8] = [
        "uint16",
        "float8_e4m3fn",
        "float8_e5m2",
        "float8_e4m3fnuz",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
        "uint32",
        "uint64",
    ];
    let at = |names: &'static [&'static str], number: i64| {
        usize::try_from(number)
            .ok()
            .and_then(|number| names.get(number).copied())
    };
    at(&FIRST, number)
        .or_else(|| at(&LATER, number.saturating_sub(28)))
        .unwrap_or("unknown")
}

fn read_targets(
    reader: &mut dyn ReadSeek,
    directory: &Directory,
    member: &Member,
    inspection: &mut Inspection,
) -> Result<BTreeSet<String>, String> {
    let json = inspection.open_json(reader, directory, member, MAX_JSON_BYTES)?;
    let mut targets = BTreeSet::new();
    json_walk::walk(json, &["target"], |_, mut object| {
        if targets.len() < MAX_LISTED {
            targets.extend(object.remove("target"));
        }
    })
    .map_err(|error| error.to_string())?;
    inspection.list(targets.len())?;
    Ok(targets)
}
