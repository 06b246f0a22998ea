//! A model as we keep it: values by number, nodes in an order in which each finds its inputs made.
//!
//! Reading makes a graph, passes change it, compiling turns it into a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tensor::Tensor;
use crate::value::ValueType;

/// A value of a graph, as an index into [`Graph::names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ValueId(pub(crate) u32);

impl ValueId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A graph, or the body of a control-flow node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    /// The name of each value.
    pub(crate) names: Vec<String>,
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: Vec<Port>,
    pub(crate) nodes: Vec<Node>,
    /// Values that are the same in each run.
    pub(crate) constants: BTreeMap<ValueId, Tensor>,
    /// Values of the surrounding graph that this body reads: theirs first, ours second.
    pub(crate) captures: Vec<(ValueId, ValueId)>,
}

/// An input or an output.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) id: ValueId,
    /// The name outside; a function's output may have another one inside.
    pub(crate) name: String,
    /// The stated type; bodies need not state it.
    pub(crate) value_type: Option<ValueType>,
    /// The stated dimensions of a tensor.
    pub(crate) dimensions: Option<Vec<Dimension>>,
}

/// A dimension as a model states it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dimension {
    /// Of this size in each run.
    Fixed(usize),
    /// Of any size; the same name means the same size.
    Symbol(String),
    /// Of any size.
    Any,
}

/// A call of an operator.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The node's name, or its first output where it has none.
    pub(crate) name: String,
    /// Empty for ONNX's own operators.
    pub(crate) domain: String,
    pub(crate) operator: String,
    /// The version of the domain's operators that the model asks for.
    pub(crate) version: i64,
    pub(crate) inputs: Vec<Option<ValueId>>,
    pub(crate) outputs: Vec<Option<ValueId>>,
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// An attribute's value.
#[derive(Clone, Debug)]
pub(crate) enum Attribute {
    Float(f32),
    Int(i64),
    String(Vec<u8>),
    Tensor(Tensor),
    Graph(Arc<Graph>),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    Strings(Vec<Vec<u8>>),
    Type(ValueType),
    /// Of a kind that no operator here takes: a list of tensors, a graph in a function's attribute.
    Other,
}

impl Graph {
    /// Makes a value of this name.
    pub(crate) fn add_value(&mut self, name: impl Into<String>) -> ValueId {
        let id = ValueId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name.into());
        id
    }
}

impl Node {
    /// The operator with its domain, unless that is ONNX's own.
    pub(crate) fn full_name(&self) -> String {
        if self.domain.is_empty() {
            self.operator.clone()
        } else {
            format!("{}.{}", self.domain, self.operator)
        }
    }

    /// The bodies that the node has among its attributes, in the order of their names.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &Arc<Graph>> {
        self.attributes
            .values()
            .filter_map(|attribute| match attribute {
                Attribute::Graph(graph) => Some(graph),
                _ => None,
            })
    }

    /// All values that the node reads: its inputs, then what its bodies take from around them.
    pub(crate) fn reads(&self) -> impl Iterator<Item = ValueId> {
        let captured = self
            .bodies()
            .flat_map(|body| body.captures.iter().map(|capture| capture.0));
        self.inputs.iter().flatten().copied().chain(captured)
    }
}
