//! Makes a graph node by node, with the weights that a state dict holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::data_type::DataType;
use crate::element::{Number as _, with_number};
use crate::fault::{Result, fault};
use crate::graph::{Attribute, Dimension, Graph, Node, Port, ValueId};
use crate::shape::Shape;
use crate::state_dict::StateDict;
use crate::tensor::Tensor;

/// The version of ONNX's operators that the nodes are those of.
pub(crate) const OPSET: i64 = 20;

/// A graph while it is made.
pub(super) struct Builder<'a> {
    graph: Graph,
    state: &'a StateDict,
    used: BTreeSet<String>,
}

/// A value of the graph, and the number of its dimensions.
#[derive(Clone, Copy)]
pub(super) struct Flow {
    pub(super) id: ValueId,
    pub(super) rank: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(state: &'a StateDict) -> Self {
        Self {
            graph: Graph::default(),
            state,
            used: BTreeSet::new(),
        }
    }

    pub(super) fn input(
        &mut self,
        name: &str,
        data_type: DataType,
        shape: &[Option<usize>],
    ) -> Flow {
        let id = self.graph.add_value(name);
        let dimensions = shape
            .iter()
            .map(|size| size.map_or(Dimension::Any, Dimension::Fixed));
        let name = self.graph.names[id.index()].clone();
        self.graph.inputs.push(Port {
            id,
            name,
            value_type: Some(data_type.into()),
            dimensions: Some(dimensions.collect()),
        });
        Flow {
            id,
            rank: shape.len(),
        }
    }

    /// Adds a node; what comes back is its first output.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[ValueId],
        attributes: &[(&str, Attribute)],
    ) -> ValueId {
        let inputs = inputs.iter().copied().map(Some).collect();
        let outputs = self.nodes(operator, inputs, attributes, 1);
        outputs[0]
    }

    /// Adds a node with several outputs and inputs that may be left out.
    pub(super) fn nodes(
        &mut self,
        operator: &str,
        inputs: Vec<Option<ValueId>>,
        attributes: &[(&str, Attribute)],
        output_count: usize,
    ) -> Vec<ValueId> {
        let number = self.graph.nodes.len();
        let name = format!("{}_{number}", operator.to_lowercase());
        let outputs: Vec<ValueId> = (0..output_count)
            .map(|output| self.graph.add_value(format!("{name}_{output}")))
            .collect();
        self.graph.nodes.push(Node {
            name,
            domain: String::new(),
            operator: operator.to_owned(),
            version: OPSET,
            inputs,
            outputs: outputs.iter().copied().map(Some).collect(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect::<BTreeMap<_, _>>(),
        });
        outputs
    }

    pub(super) fn constant(&mut self, name: &str, tensor: Tensor) -> ValueId {
        let id = self.graph.add_value(name);
        self.graph.constants.insert(id, tensor);
        id
    }

    /// A vector of integers that is the same in each run: axes, shapes.
    pub(super) fn ints(&mut self, values: &[i64]) -> ValueId {
        let tensor = Tensor::from_vec([values.len()], values.to_vec());
        self.constant("integers", tensor)
    }

    pub(super) fn number(&mut self, value: f32) -> ValueId {
        self.constant("number", Tensor::scalar(value))
    }

    /// A tensor of the state dict in 32 bits, if it is there.
    pub(super) fn optional_weight(&mut self, name: &str) -> Result<Option<Tensor>> {
        let Some(tensor) = self.state.get(name) else {
            return Ok(None);
        };
        self.used.insert(name.to_owned());
        if tensor.data_type() == DataType::F32 {
            return Ok(Some(tensor.clone()));
        }
        if !tensor.data_type().is_float() {
            return Err(fault!(
                "`{name}` has elements of {}, expected floats",
                tensor.data_type()
            ));
        }
        with_number!(tensor.data_type(), T => {
            let values = tensor.values::<T>()?;
            let single = values.iter().map(|value| f32::from_f64(value.to_f64())).collect();
            Ok(Some(Tensor::from_vec(tensor.shape().clone(), single)))
        })
    }

    /// A tensor of the state dict in 32 bits, of this many dimensions.
    pub(super) fn weight(&mut self, name: &str, rank: usize) -> Result<Tensor> {
        let found = self.optional_weight(name)?;
        let tensor = found.ok_or_else(|| fault!("there is no tensor `{name}`"))?;
        if tensor.rank() == rank {
            Ok(tensor)
        } else {
            Err(fault!(
                "`{name}` has shape {}, expected {rank} dimensions",
                tensor.shape()
            ))
        }
    }

    /// A tensor of the state dict in 32 bits that must have this shape, if it is there.
    pub(super) fn weight_of_shape(&mut self, name: &str, shape: &Shape) -> Result<Option<Tensor>> {
        match self.optional_weight(name)? {
            Some(tensor) if tensor.shape() != shape => Err(fault!(
                "`{name}` has shape {}, expected {shape}",
                tensor.shape()
            )),
            found => Ok(found),
        }
    }

    /// Notes that a tensor is not needed to predict.
    pub(super) fn pass_over(&mut self, name: &str) {
        self.used.insert(name.to_owned());
    }

    /// Ends the graph with this output.
    ///
    /// # Errors
    /// When a tensor of the state dict was not used: then the network is another one.
    pub(super) fn finish(mut self, output: Flow, name: &str) -> Result<Graph> {
        let mut unused = self.state.iter().map(|(name, _)| name);
        if let Some(unused) = unused.find(|name| !self.used.contains(*name)) {
            return Err(fault!("the network has no place for tensor `{unused}`"));
        }
        let id = self.node("Identity", &[output.id], &[]);
        name.clone_into(&mut self.graph.names[id.index()]);
        let name = self.graph.names[id.index()].clone();
        self.graph.outputs.push(Port {
            id,
            name,
            value_type: Some(DataType::F32.into()),
            dimensions: Some(vec![Dimension::Any; output.rank]),
        });
        Ok(self.graph)
    }
}
