//! What `skops.io.dump` writes: a tree of objects in `schema.json`, and arrays beside it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::directory::Directory;
use super::inspection::Inspection;
use super::json_walk::{self, Picked};
use super::numpy_header::NumpyArray;
use super::{MAX_JSON_BYTES, MAX_LISTED, ReadSeek};
use crate::pickle::{Danger, classify};

const KEYS: &[&str] = &[
    "__class__",
    "__module__",
    "_skops_version",
    "module_path",
    "function",
];

/// A class or function that loading would import, if it is trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkopsClass {
    /// Module.
    pub module: String,
    /// Name inside the module.
    pub name: String,
    /// What calling it could do.
    pub danger: Danger,
    /// Why it is classed so.
    pub reason: &'static str,
}

/// The facts of a skops file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skops {
    /// Version of skops that wrote it.
    pub version: Option<String>,
    /// Class of the object, `module.name`.
    pub root_class: Option<String>,
    /// All classes and functions named, in alphabetical order. skops imports only those it trusts.
    pub classes: Vec<SkopsClass>,
    /// Arrays.
    pub arrays: Vec<NumpyArray>,
}

/// Reads the tree of objects.
pub(super) fn read(
    reader: &mut dyn ReadSeek,
    directory: &Directory,
    inspection: &mut Inspection,
) -> Skops {
    let mut skops = Skops::default();
    let mut names = BTreeSet::new();
    let name = "schema.json";
    let Some(member) = directory.find(name) else {
        return skops;
    };
    let walked = inspection
        .open_json(reader, directory, member, MAX_JSON_BYTES)
        .and_then(|json| {
            let visit = |depth, object| note(depth, object, &mut skops, &mut names);
            json_walk::walk(json, KEYS, visit).map_err(|error| error.to_string())
        });
    if let Err(reason) = walked {
        inspection.leave_unread(name.to_owned(), reason);
    }
    if names.len() >= MAX_LISTED {
        inspection.leave_unread(name.to_owned(), "it names too many classes");
    }
    skops.classes = names.into_iter().map(classed).collect();
    skops
}

fn note(
    depth: usize,
    mut object: Picked,
    skops: &mut Skops,
    names: &mut BTreeSet<(String, String)>,
) {
    let class = object.remove("__module__").zip(object.remove("__class__"));
    let function = object.remove("module_path").zip(object.remove("function"));
    if depth == 0 {
        skops.version = object.remove("_skops_version");
        skops.root_class = class
            .as_ref()
            .map(|(module, name)| format!("{module}.{name}"));
    }
    for name in class.into_iter().chain(function) {
        if names.len() < MAX_LISTED {
            names.insert(name);
        }
    }
}

fn classed((module, name): (String, String)) -> SkopsClass {
    let verdict = classify(&module, &name);
    SkopsClass {
        module,
        name,
        danger: verdict.danger,
        reason: verdict.reason,
    }
}
