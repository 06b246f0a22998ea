//! From messages to a [`Graph`]: names become values, calls of the model's own functions become
//! the nodes of those functions, bodies learn what they take from the graphs around them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;

use super::external::External;
use super::proto::{
    AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TypeProto, ValueInfoProto,
};
use super::tensor::{sparse_tensor, tensor};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::graph::{Attribute, Dimension, Graph, Node, Port, ValueId};
use crate::ops::registry::OWN_DOMAIN;
use crate::value::ValueType;

/// More nodes than this come only from functions that call each other in a bomb.
const MAX_NODES: usize = 2_000_000;

/// Functions may call each other this deep.
const MAX_CALLS: usize = 64;

/// What a model says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelInfo {
    /// The program that wrote it, with its version.
    pub(crate) producer: String,
    /// The version of each operator set it uses.
    pub(crate) opsets: BTreeMap<String, i64>,
    /// Free-form notes.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Reads a model.
///
/// # Errors
/// When the bytes are no model, or a name has no value.
pub(crate) fn read(bytes: Bytes, external: &mut External) -> Result<(Graph, ModelInfo)> {
    let model = ModelProto::decode(bytes).map_err(|error| fault!("not an ONNX model: {error}"))?;
    let graph = model
        .graph
        .as_ref()
        .ok_or_else(|| fault!("not an ONNX model: it has no graph"))?;
    let opsets = versions(&model.opset_import);
    let functions = model.functions.iter().map(|one| {
        (
            (
                domain(&one.domain),
                one.name.as_str(),
                one.overload.as_str(),
            ),
            one,
        )
    });
    let mut reader = Reader {
        functions: functions.collect(),
        external,
        graphs: Vec::new(),
        scopes: Vec::new(),
        node_count: 0,
        calls: 0,
    };
    let graph = reader.graph(graph, &opsets, None)?;
    let info = ModelInfo {
        producer: format!("{} {}", model.producer_name, model.producer_version)
            .trim()
            .to_owned(),
        opsets,
        metadata: model
            .metadata_props
            .iter()
            .map(|one| (one.key.clone(), one.value.clone()))
            .collect(),
    };
    Ok((graph, info))
}

/// ONNX's own domain has two names.
fn domain(name: &str) -> &str {
    if name == "ai.onnx" { "" } else { name }
}

fn versions(imports: &[OperatorSetIdProto]) -> BTreeMap<String, i64> {
    imports
        .iter()
        .map(|one| (domain(&one.domain).to_owned(), one.version))
        .collect()
}

type FunctionKey<'a> = (&'a str, &'a str, &'a str);

struct Reader<'a> {
    functions: HashMap<FunctionKey<'a>, &'a FunctionProto>,
    external: &'a mut External,
    /// The graphs that are being read, each inside the one before.
    graphs: Vec<Graph>,
    scopes: Vec<Scope>,
    node_count: usize,
    calls: usize,
}

/// What the names mean at one place.
#[derive(Default)]
struct Scope {
    names: HashMap<String, ValueId>,
    /// The graph that the values belong to, as an index into [`Reader::graphs`].
    graph: usize,
    /// A function sees nothing of the graph that calls it.
    sealed: bool,
    /// The attributes of the call, for a function.
    attributes: BTreeMap<String, AttributeProto>,
}

/// What holds for all nodes of a graph or function.
type Versions = BTreeMap<String, i64>;

impl<'a> Reader<'a> {
    /// Reads a graph whose scope lies inside the current one.
    fn graph(
        &mut self,
        proto: &'a GraphProto,
        versions: &Versions,
        attributes: Option<BTreeMap<String, AttributeProto>>,
    ) -> Result<Graph> {
        self.graphs.push(Graph::default());
        let top = self.scopes.is_empty();
        self.scopes.push(Scope {
            graph: self.graphs.len() - 1,
            sealed: top,
            attributes: attributes.unwrap_or_default(),
            ..Scope::default()
        });
        self.initializers(proto)?;
        for input in &proto.input {
            if self.scope().names.contains_key(&input.name) {
                continue;
            }
            let id = self.define(&input.name)?;
            let port = port(id, input)?;
            self.current().inputs.push(port);
        }
        self.nodes(&proto.node, versions)?;
        for output in &proto.output {
            let id = self
                .resolve(&output.name)
                .ok_or_else(|| fault!("output `{}` is made by no node", output.name))?;
            let port = port(id, output)?;
            self.current().outputs.push(port);
        }
        self.scopes.pop();
        self.graphs
            .pop()
            .ok_or_else(|| fault!("a graph ends that did not begin"))
    }

    fn initializers(&mut self, proto: &'a GraphProto) -> Result<()> {
        for one in &proto.initializer {
            let value = tensor(one, self.external)?;
            let id = self.define(&one.name)?;
            self.current().constants.insert(id, value);
        }
        for one in &proto.sparse_initializer {
            let (name, value) = sparse_tensor(one, self.external)?;
            let id = self.define(&name)?;
            self.current().constants.insert(id, value);
        }
        Ok(())
    }

    fn nodes(&mut self, nodes: &'a [NodeProto], versions: &Versions) -> Result<()> {
        for proto in nodes {
            self.node_count += 1;
            if self.node_count > MAX_NODES {
                return Err(fault!("the model has more than {MAX_NODES} nodes"));
            }
            let key = (
                domain(&proto.domain),
                proto.op_type.as_str(),
                proto.overload.as_str(),
            );
            match self.functions.get(&key).copied() {
                Some(function) => self.call(proto, function)?,
                None => self.node(proto, versions)?,
            }
        }
        Ok(())
    }

    fn node(&mut self, proto: &'a NodeProto, versions: &Versions) -> Result<()> {
        let inputs = self.inputs(proto)?;
        let attributes = self.attributes(proto, versions)?;
        let outputs = proto
            .output
            .iter()
            .map(|name| self.define_output(name))
            .collect::<Result<Vec<_>>>()?;
        let domain = domain(&proto.domain).to_owned();
        if domain == OWN_DOMAIN {
            return Err(fault!(
                "node `{}` is of the domain `{OWN_DOMAIN}`, which is not for models",
                label(proto)
            ));
        }
        let version = versions.get(&domain).copied();
        let version = version
            .or_else(|| (domain == "ai.onnx.ml").then_some(1))
            .unwrap_or(1);
        let node = Node {
            name: label(proto),
            domain,
            operator: proto.op_type.clone(),
            version,
            inputs,
            outputs,
            attributes,
        };
        self.current().nodes.push(node);
        Ok(())
    }

    /// Puts the nodes of a function in the place of its call.
    fn call(&mut self, proto: &'a NodeProto, function: &'a FunctionProto) -> Result<()> {
        if self.calls >= MAX_CALLS {
            return Err(fault!(
                "function `{}` calls itself, or calls are too deep",
                function.name
            ));
        }
        let inputs = self.inputs(proto)?;
        let mut attributes: BTreeMap<String, AttributeProto> = function
            .attribute_proto
            .iter()
            .map(|one| (one.name.clone(), one.clone()))
            .collect();
        for one in &proto.attribute {
            if let Some(one) = self.referred(one) {
                attributes.insert(one.name.clone(), one);
            }
        }
        let mut scope = Scope {
            graph: self.scope().graph,
            sealed: true,
            attributes,
            ..Scope::default()
        };
        let given = inputs.into_iter().chain(std::iter::repeat(None));
        for (name, id) in function.input.iter().zip(given) {
            if let Some(id) = id {
                scope.names.insert(name.clone(), id);
            }
        }
        self.scopes.push(scope);
        self.calls += 1;
        self.nodes(&function.node, &versions(&function.opset_import))?;
        self.calls -= 1;
        let scope = self.scopes.pop().unwrap_or_default();
        for (inside, outside) in function.output.iter().zip(&proto.output) {
            let id = scope.names.get(inside).copied();
            let id =
                id.ok_or_else(|| fault!("function `{}` makes no `{inside}`", function.name))?;
            if !outside.is_empty() {
                self.scope_mut().names.insert(outside.clone(), id);
            }
        }
        Ok(())
    }

    fn inputs(&mut self, proto: &NodeProto) -> Result<Vec<Option<ValueId>>> {
        let sealed_function = self.calls > 0;
        let one = |name: &String| {
            if name.is_empty() {
                return Ok(None);
            }
            match self.resolve(name) {
                Some(id) => Ok(Some(id)),
                // A function's optional input that its call leaves out.
                None if sealed_function => Ok(None),
                None => Err(fault!(
                    "node `{}` reads `{name}`, which nothing before it makes",
                    label(proto)
                )),
            }
        };
        proto.input.iter().map(one).collect()
    }

    fn attributes(
        &mut self,
        proto: &'a NodeProto,
        versions: &Versions,
    ) -> Result<BTreeMap<String, Attribute>> {
        let mut attributes = BTreeMap::new();
        for one in &proto.attribute {
            let value = if one.ref_attr_name.is_empty() {
                Some(self.attribute(one, versions)?)
            } else {
                let referred = self.referred(one);
                referred.map(|one| self.plain_attribute(&one)).transpose()?
            };
            if let Some(value) = value {
                attributes.insert(one.name.clone(), value);
            }
        }
        Ok(attributes)
    }

    /// What an attribute that refers to the call of the function stands for, under its own name.
    fn referred(&self, one: &AttributeProto) -> Option<AttributeProto> {
        if one.ref_attr_name.is_empty() {
            return Some(one.clone());
        }
        let found = self
            .scopes
            .iter()
            .rev()
            .find_map(|scope| scope.attributes.get(&one.ref_attr_name));
        found.map(|found| AttributeProto {
            name: one.name.clone(),
            ..found.clone()
        })
    }

    fn attribute(&mut self, one: &'a AttributeProto, versions: &Versions) -> Result<Attribute> {
        match &one.g {
            Some(graph) => Ok(Attribute::Graph(Arc::new(
                self.graph(graph, versions, None)?,
            ))),
            None => self.plain_attribute(one),
        }
    }

    fn plain_attribute(&mut self, one: &AttributeProto) -> Result<Attribute> {
        // Old models do not state the kind: then it shows in which field is set.
        let kind = if one.r#type != 0 {
            one.r#type
        } else {
            guessed_kind(one)
        };
        Ok(match kind {
            1 => Attribute::Float(one.f),
            2 => Attribute::Int(one.i),
            3 => Attribute::String(one.s.to_vec()),
            4 => match &one.t {
                Some(value) => Attribute::Tensor(tensor(value, self.external)?),
                None => return Err(fault!("attribute `{}` has no tensor", one.name)),
            },
            6 => Attribute::Floats(one.floats.clone()),
            7 => Attribute::Ints(one.ints.clone()),
            8 => Attribute::Strings(one.strings.iter().map(|s| s.to_vec()).collect()),
            11 => match &one.sparse_tensor {
                Some(value) => Attribute::Tensor(sparse_tensor(value, self.external)?.1),
                None => return Err(fault!("attribute `{}` has no sparse tensor", one.name)),
            },
            13 => match one.tp.as_ref().map(value_type).transpose()?.flatten() {
                Some(value_type) => Attribute::Type(value_type),
                None => Attribute::Other,
            },
            _ => Attribute::Other,
        })
    }

    fn define(&mut self, name: &str) -> Result<ValueId> {
        if self.scope().names.contains_key(name) {
            return Err(fault!("`{name}` is made twice"));
        }
        let id = self.current().add_value(name);
        self.scope_mut().names.insert(name.to_owned(), id);
        Ok(id)
    }

    fn define_output(&mut self, name: &str) -> Result<Option<ValueId>> {
        if name.is_empty() {
            Ok(None)
        } else {
            self.define(name).map(Some)
        }
    }

    fn resolve(&mut self, name: &str) -> Option<ValueId> {
        self.resolve_in(name, self.scopes.len().checked_sub(1)?)
    }

    fn resolve_in(&mut self, name: &str, scope: usize) -> Option<ValueId> {
        if let Some(&id) = self.scopes[scope].names.get(name) {
            return Some(id);
        }
        if self.scopes[scope].sealed {
            return None;
        }
        let outer = self.resolve_in(name, scope.checked_sub(1)?)?;
        let graph = self.scopes[scope].graph;
        let inner = self.graphs[graph].add_value(name);
        self.graphs[graph].captures.push((outer, inner));
        self.scopes[scope].names.insert(name.to_owned(), inner);
        Some(inner)
    }

    fn scope(&self) -> &Scope {
        &self.scopes[self.scopes.len() - 1]
    }

    fn scope_mut(&mut self) -> &mut Scope {
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn current(&mut self) -> &mut Graph {
        let graph = self.scope().graph;
        &mut self.graphs[graph]
    }
}

fn label(proto: &NodeProto) -> String {
    let first_output = proto.output.iter().find(|name| !name.is_empty());
    if proto.name.is_empty() {
        first_output.cloned().unwrap_or_default()
    } else {
        proto.name.clone()
    }
}

fn guessed_kind(one: &AttributeProto) -> i32 {
    if one.t.is_some() {
        4
    } else if !one.floats.is_empty() {
        6
    } else if !one.ints.is_empty() {
        7
    } else if !one.strings.is_empty() {
        8
    } else if !one.s.is_empty() {
        3
    } else if one.f.to_bits() != 0 {
        1
    } else {
        2
    }
}

fn port(id: ValueId, proto: &ValueInfoProto) -> Result<Port> {
    let stated = proto.r#type.as_ref();
    let dimensions = stated
        .and_then(|one| one.tensor_type.as_ref())
        .and_then(|one| one.shape.as_ref())
        .map(|shape| {
            shape.dim.iter().map(|dim| match dim.dim_value {
                Some(size) => usize::try_from(size).map_or(Dimension::Any, Dimension::Fixed),
                None if dim.dim_param.is_empty() => Dimension::Any,
                None => Dimension::Symbol(dim.dim_param.clone()),
            })
        })
        .map(Iterator::collect);
    let value_type = stated.map(value_type).transpose()?.flatten();
    Ok(Port {
        id,
        name: proto.name.clone(),
        value_type,
        dimensions,
    })
}

fn value_type(proto: &TypeProto) -> Result<Option<ValueType>> {
    let element = |number: i32| {
        DataType::from_onnx(number.into())
            .ok_or_else(|| fault!("element type {number} is not supported"))
    };
    let of = |inner: &Option<Box<TypeProto>>| match inner {
        Some(inner) => value_type(inner),
        None => Ok(None),
    };
    if let Some(one) = &proto.tensor_type {
        // Bodies may leave the type open.
        return if one.elem_type == 0 {
            Ok(None)
        } else {
            Ok(Some(ValueType::Tensor(element(one.elem_type)?)))
        };
    }
    if let Some(one) = &proto.sequence_type {
        return Ok(of(&one.elem_type)?.map(|inner| ValueType::Sequence(Box::new(inner))));
    }
    if let Some(one) = &proto.optional_type {
        return Ok(of(&one.elem_type)?.map(|inner| ValueType::Optional(Box::new(inner))));
    }
    if let Some(one) = &proto.map_type {
        let values = of(&one.value_type)?.and_then(|inner| inner.data_type());
        return values
            .map(|values| element(one.key_type).map(|keys| ValueType::Map(keys, values)))
            .transpose();
    }
    Ok(None)
}
