//! What a model needs, and what of that cannot run here.

use std::collections::BTreeMap;
use std::path::Path;

use crate::compile;
use crate::device::Device;
use crate::error::{Error, Refusal};
use crate::graph::{Attribute, Graph};
use crate::onnx::{self, External};
use crate::ops::registry;
use crate::passes::Passes;

/// An operator that a model uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct OperatorUse {
    /// Its domain; empty for ONNX's own operators.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// The version of the domain's operators that the model asks for.
    pub version: i64,
    /// How many nodes call it, those in bodies included.
    pub nodes: usize,
}

/// What a model needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Survey {
    /// The operators, by domain and name.
    pub operators: Vec<OperatorUse>,
    /// The nodes that cannot run, and why.
    pub refusals: Vec<Refusal>,
}

/// An operator that can run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SupportedOperator {
    /// Its domain; empty for ONNX's own operators.
    pub domain: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The version of the domain's operators from which this holds.
    pub since: i64,
}

impl Survey {
    /// Looks at the model in a file, and runs nothing of it.
    ///
    /// # Errors
    /// When the file cannot be read or is no model.
    pub fn of(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (bytes, folder) = onnx::open(path.as_ref())?;
        let mut external = External::in_folder(Some(&folder));
        let (graph, _) = onnx::read(bytes, &mut external).map_err(|fault| Error::Malformed {
            what: "the model".to_owned(),
            message: fault.0,
        })?;
        let mut counts = BTreeMap::new();
        count(&graph, &mut counts);
        let operators = counts
            .into_iter()
            .map(|((domain, name, version), nodes)| OperatorUse {
                domain,
                name,
                version,
                nodes,
            })
            .collect();
        let options = compile::Options {
            device: Device::cpu(),
            limit_bytes: 1 << 30,
            passes: Passes::none(),
        };
        let refusals = compile::model(&graph, &options).err().unwrap_or_default();
        Ok(Self {
            operators,
            refusals,
        })
    }
}

/// All operators that can run here, by domain, name and version.
pub fn supported_operators() -> impl Iterator<Item = SupportedOperator> {
    let all = registry::all().into_iter();
    all.filter(|entry| entry.domain != registry::OWN_DOMAIN)
        .map(|entry| SupportedOperator {
            domain: entry.domain,
            name: entry.name,
            since: entry.since,
        })
}

fn count(graph: &Graph, counts: &mut BTreeMap<(String, String, i64), usize>) {
    for node in &graph.nodes {
        let key = (node.domain.clone(), node.operator.clone(), node.version);
        *counts.entry(key).or_default() += 1;
        for attribute in node.attributes.values() {
            if let Attribute::Graph(body) = attribute {
                count(body, counts);
            }
        }
    }
}
