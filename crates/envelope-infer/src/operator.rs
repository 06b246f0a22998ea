//! The contract of an operator: how it is made from a node, and how it runs.
//!
//! An operator family is one file in `ops/`. It lists its [`Entry`]s; each names the operator, the
//! version of the domain from which its entry holds, and a function that makes an [`Operator`] from
//! what is known of a node at load time ([`Facts`]). That function *refuses before anything runs*:
//! it reads all attributes (one that nobody reads is a refusal), checks the input types, states the
//! output types, and says whether the operator can run on a GPU ([`Built`]).
//!
//! At run time the operator gets its [`Inputs`], each in memory or, where it said so, on the GPU,
//! and returns its outputs. What burn computes is written once for both: a tensor goes to burn
//! wherever it is. What burn has no tensors for is computed on the elements in memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smallvec::SmallVec;

use crate::compile::{self, Body};
use crate::data_type::DataType;
use crate::device::Device;
use crate::fault::{Result, fault};
use crate::graph::{Attribute, Node};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

/// An operator with its attributes, ready to run any number of times from any thread.
pub(crate) trait Operator: Send + Sync {
    /// Computes the outputs from the inputs.
    ///
    /// Outputs that the node does not name may be left out at the end.
    fn run(&self, inputs: Inputs, context: &Context<'_>) -> Result<Outputs>;
}

/// Closures are operators: most need nothing but their attributes.
impl<F> Operator for F
where
    F: Fn(Inputs, &Context<'_>) -> Result<Outputs> + Send + Sync,
{
    fn run(&self, inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        self(inputs, context)
    }
}

/// What an operator returns: its outputs in order.
pub(crate) type Outputs = SmallVec<[Value; 2]>;

/// The outputs of an operator that has one.
pub(crate) fn one(value: impl Into<Value>) -> Outputs {
    smallvec::smallvec![value.into()]
}

/// One operator in the table of all.
pub(crate) struct Entry {
    /// Empty for ONNX's own operators, else as in the model: `ai.onnx.ml`.
    pub(crate) domain: &'static str,
    /// The operator's name.
    pub(crate) name: &'static str,
    /// The version of the domain's operator set from which this entry holds, until the next entry
    /// of the same name.
    pub(crate) since: i64,
    /// Makes the operator from a node, or refuses it.
    pub(crate) build: fn(&Facts<'_>) -> Result<Built>,
}

impl Entry {
    /// An operator of ONNX's own domain that has been the same since its first version, as far as
    /// a reader of its attributes can tell.
    pub(crate) const fn new(name: &'static str, build: fn(&Facts<'_>) -> Result<Built>) -> Self {
        Self {
            domain: "",
            name,
            since: 1,
            build,
        }
    }

    /// An operator of ONNX's own domain as it is from this version on.
    pub(crate) const fn since(
        name: &'static str,
        since: i64,
        build: fn(&Facts<'_>) -> Result<Built>,
    ) -> Self {
        Self {
            domain: "",
            name,
            since,
            build,
        }
    }

    /// An operator of `ai.onnx.ml`.
    pub(crate) const fn ml(name: &'static str, build: fn(&Facts<'_>) -> Result<Built>) -> Self {
        Self {
            domain: "ai.onnx.ml",
            name,
            since: 1,
            build,
        }
    }
}

/// An operator that was made, and what the plan has to know of it.
pub(crate) struct Built {
    /// The operator.
    pub(crate) operator: Box<dyn Operator>,
    /// The types of its outputs.
    pub(crate) outputs: Vec<ValueType>,
    /// Where it can run.
    pub(crate) place: Place,
    /// Whether it gives the same outputs for the same inputs each time: the rule.
    pub(crate) repeatable: bool,
}

/// Where an operator can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory only.
    Memory,
    /// On a GPU as well, if that holds the types of the inputs; those inputs whose bit is set in
    /// `in_memory` are wanted in memory even so, as shapes, axes and indices are.
    Anywhere { in_memory: u32 },
}

impl Built {
    /// An operator that runs in memory and has these outputs.
    pub(crate) fn new(
        outputs: impl IntoIterator<Item = impl Into<ValueType>>,
        operator: impl Operator + 'static,
    ) -> Self {
        Self {
            operator: Box::new(operator),
            outputs: outputs.into_iter().map(Into::into).collect(),
            place: Place::Memory,
            repeatable: true,
        }
    }

    /// The same with one output, as most have.
    pub(crate) fn one(output: impl Into<ValueType>, operator: impl Operator + 'static) -> Self {
        Self::new([output.into()], operator)
    }

    /// Lets it run on a GPU too.
    pub(crate) fn anywhere(self) -> Self {
        self.anywhere_but(&[])
    }

    /// Lets it run on a GPU too, with these inputs in memory.
    pub(crate) fn anywhere_but(mut self, in_memory: &[usize]) -> Self {
        let in_memory = in_memory.iter().fold(0, |bits, &i| bits | 1 << i);
        self.place = Place::Anywhere { in_memory };
        self
    }

    /// Says that the outputs differ from run to run.
    pub(crate) fn random(mut self) -> Self {
        self.repeatable = false;
        self
    }
}

/// What is known of a node when its operator is made.
pub(crate) struct Facts<'a> {
    node: &'a Node,
    /// The type of each input, and nothing for inputs that are left out.
    types: &'a [Option<ValueType>],
    /// The values of inputs that are the same in each run.
    constants: &'a [Option<Tensor>],
    /// The types and constants of what bodies capture, in the order of [`Node::reads`].
    captured: &'a [(ValueType, Option<Tensor>)],
    options: &'a compile::Options,
    read: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(
        node: &'a Node,
        types: &'a [Option<ValueType>],
        constants: &'a [Option<Tensor>],
        captured: &'a [(ValueType, Option<Tensor>)],
        options: &'a compile::Options,
    ) -> Self {
        Self {
            node,
            types,
            constants,
            captured,
            options,
            read: RefCell::default(),
        }
    }

    /// The version of the domain's operators that the model asks for.
    pub(crate) fn version(&self) -> i64 {
        self.node.version
    }

    /// The number of inputs, those that are left out included.
    pub(crate) fn input_count(&self) -> usize {
        self.types.len()
    }

    /// The number of outputs that the node names, up to the last one.
    pub(crate) fn output_count(&self) -> usize {
        self.node.outputs.len()
    }

    /// Whether this output is used.
    pub(crate) fn wants(&self, output: usize) -> bool {
        self.node.outputs.get(output).is_some_and(Option::is_some)
    }

    /// Whether this input is given.
    pub(crate) fn has(&self, input: usize) -> bool {
        self.types.get(input).is_some_and(Option::is_some)
    }

    /// The type of an input.
    ///
    /// # Errors
    /// When the input is left out.
    pub(crate) fn value_type(&self, input: usize) -> Result<&'a ValueType> {
        let found = self.types.get(input).and_then(Option::as_ref);
        found.ok_or_else(|| fault!("input {input} is missing"))
    }

    /// The element type of an input.
    ///
    /// # Errors
    /// When the input is left out or no tensor.
    pub(crate) fn data_type(&self, input: usize) -> Result<DataType> {
        let found = self.value_type(input)?;
        found
            .data_type()
            .ok_or_else(|| fault!("input {input} is {found}, expected a tensor"))
    }

    /// The element type of an input that may be left out.
    ///
    /// # Errors
    /// When the input is no tensor.
    pub(crate) fn optional_data_type(&self, input: usize) -> Result<Option<DataType>> {
        if self.has(input) {
            self.data_type(input).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The element type of an input, if it is one of those allowed.
    ///
    /// # Errors
    /// When it is another.
    pub(crate) fn data_type_where(
        &self,
        input: usize,
        allowed: impl Fn(DataType) -> bool,
    ) -> Result<DataType> {
        let found = self.data_type(input)?;
        if allowed(found) {
            Ok(found)
        } else {
            Err(fault!(
                "input {input} has elements of {found}, which is not supported"
            ))
        }
    }

    /// The element type of an input that must be a float.
    ///
    /// # Errors
    /// When it is another.
    pub(crate) fn float(&self, input: usize) -> Result<DataType> {
        self.data_type_where(input, DataType::is_float)
    }

    /// The one element type that all these inputs have, those left out aside.
    ///
    /// # Errors
    /// When they have several, or none is given.
    pub(crate) fn same_data_type(
        &self,
        inputs: impl IntoIterator<Item = usize>,
    ) -> Result<DataType> {
        let mut found = None;
        for input in inputs {
            let Some(data_type) = self.optional_data_type(input)? else {
                continue;
            };
            match found {
                Some(first) if first != data_type => {
                    return Err(fault!(
                        "input {input} has elements of {data_type}, expected {first}"
                    ));
                }
                _ => found = Some(data_type),
            }
        }
        found.ok_or_else(|| fault!("all inputs are missing"))
    }

    /// The value of an input that is the same in each run, if it is known.
    pub(crate) fn constant(&self, input: usize) -> Option<&'a Tensor> {
        self.constants.get(input).and_then(Option::as_ref)
    }

    /// Whether the node has this attribute.
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.node.attributes.contains_key(name)
    }

    fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        let (name, attribute) = self.node.attributes.get_key_value(name)?;
        self.read.borrow_mut().insert(name);
        Some(attribute)
    }

    /// An attribute that is an integer.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Int(value)) => Ok(Some(*value)),
            Some(_) => Err(fault!("attribute `{name}` is no integer")),
        }
    }

    /// The same with a value for when it is not given.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn int_or(&self, name: &str, default: i64) -> Result<i64> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    /// An attribute that is an integer and stands for a boolean.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool> {
        Ok(self.int(name)?.map_or(default, |value| value != 0))
    }

    /// An attribute that is a number.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f32>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Float(value)) => Ok(Some(*value)),
            Some(_) => Err(fault!("attribute `{name}` is no float")),
        }
    }

    /// The same with a value for when it is not given.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn number_or(&self, name: &str, default: f32) -> Result<f32> {
        Ok(self.number(name)?.unwrap_or(default))
    }

    /// An attribute that is a text.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::String(value)) => std::str::from_utf8(value)
                .map(Some)
                .map_err(|_| fault!("attribute `{name}` is not UTF-8")),
            Some(_) => Err(fault!("attribute `{name}` is no string")),
        }
    }

    /// The same with a value for when it is not given.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn text_or(&self, name: &str, default: &'a str) -> Result<&'a str> {
        Ok(self.text(name)?.unwrap_or(default))
    }

    /// An attribute that lists integers.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn ints(&self, name: &str) -> Result<Option<&'a [i64]>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Ints(values)) => Ok(Some(values)),
            Some(_) => Err(fault!("attribute `{name}` is no list of integers")),
        }
    }

    /// An attribute that lists numbers.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn numbers(&self, name: &str) -> Result<Option<&'a [f32]>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Floats(values)) => Ok(Some(values)),
            Some(_) => Err(fault!("attribute `{name}` is no list of floats")),
        }
    }

    /// An attribute that lists texts.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>> {
        let text = |value: &Vec<u8>| {
            String::from_utf8(value.clone()).map_err(|_| fault!("attribute `{name}` is not UTF-8"))
        };
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Strings(values)) => {
                values.iter().map(text).collect::<Result<_>>().map(Some)
            }
            Some(_) => Err(fault!("attribute `{name}` is no list of strings")),
        }
    }

    /// An attribute that is a tensor.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn tensor(&self, name: &str) -> Result<Option<&'a Tensor>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Tensor(value)) => Ok(Some(value)),
            Some(_) => Err(fault!("attribute `{name}` is no tensor")),
        }
    }

    /// An attribute that names an element type by its number.
    ///
    /// # Errors
    /// When there is no such type.
    pub(crate) fn type_number(&self, name: &str) -> Result<Option<DataType>> {
        let Some(number) = self.int(name)? else {
            return Ok(None);
        };
        let found = DataType::from_onnx(number);
        found.map(Some).ok_or_else(|| {
            fault!("attribute `{name}` is element type {number}, which is not supported")
        })
    }

    /// An attribute that is a type.
    ///
    /// # Errors
    /// When it is something else.
    pub(crate) fn type_attribute(&self, name: &str) -> Result<Option<&'a ValueType>> {
        match self.attribute(name) {
            None => Ok(None),
            Some(Attribute::Type(value)) => Ok(Some(value)),
            Some(_) => Err(fault!("attribute `{name}` is no type")),
        }
    }

    /// Compiles the body that an attribute holds, for inputs of these types.
    ///
    /// # Errors
    /// When there is none, or it needs what cannot be run.
    pub(crate) fn body(&self, name: &str, inputs: &[ValueType]) -> Result<Arc<Body>> {
        let Some(Attribute::Graph(graph)) = self.attribute(name) else {
            return Err(fault!("attribute `{name}` is missing or no graph"));
        };
        // The bodies before this one have taken the first of the captured values.
        let earlier = self
            .node
            .bodies()
            .take_while(|other| !Arc::ptr_eq(other, graph));
        let start: usize = earlier.map(|other| other.captures.len()).sum();
        let captured = &self.captured[start..start + graph.captures.len()];
        let first = self.node.inputs.len() + start;
        compile::body(graph, inputs, captured, first, self.options).map(Arc::new)
    }

    /// Notes that an attribute has no say: the body of a branch that is never taken.
    pub(crate) fn pass_over(&self, name: &str) {
        self.attribute(name);
    }

    /// The attributes that nobody has read.
    pub(crate) fn unread(&self) -> Option<&'a str> {
        let read = self.read.borrow();
        self.node
            .attributes
            .keys()
            .map(String::as_str)
            .find(|name| !read.contains(name))
    }
}

/// The inputs of one run: those of the node, then what its bodies captured.
pub(crate) struct Inputs {
    values: SmallVec<[Option<Value>; 4]>,
}

impl Inputs {
    pub(crate) fn new(values: SmallVec<[Option<Value>; 4]>) -> Self {
        Self { values }
    }

    /// The number of inputs, those that are left out included.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether this input is given.
    pub(crate) fn has(&self, input: usize) -> bool {
        self.values.get(input).is_some_and(Option::is_some)
    }

    /// An input.
    pub(crate) fn value(&self, input: usize) -> Result<&Value> {
        let found = self.values.get(input).and_then(Option::as_ref);
        found.ok_or_else(|| fault!("input {input} is missing"))
    }

    /// An input that is a tensor.
    pub(crate) fn tensor(&self, input: usize) -> Result<&Tensor> {
        self.value(input)?.tensor()
    }

    /// An input that is a tensor and may be left out.
    pub(crate) fn optional(&self, input: usize) -> Result<Option<&Tensor>> {
        self.values
            .get(input)
            .and_then(Option::as_ref)
            .map(Value::tensor)
            .transpose()
    }

    /// Takes an input out, so that its memory can be used again where nobody else holds it.
    pub(crate) fn take_value(&mut self, input: usize) -> Result<Value> {
        let found = self.values.get_mut(input).and_then(Option::take);
        found.ok_or_else(|| fault!("input {input} is missing"))
    }

    /// Takes an input out that is a tensor.
    pub(crate) fn take(&mut self, input: usize) -> Result<Tensor> {
        self.take_value(input)?.into_tensor()
    }

    /// Takes an input out that is a tensor and may be left out.
    pub(crate) fn take_optional(&mut self, input: usize) -> Result<Option<Tensor>> {
        if self.has(input) {
            self.take(input).map(Some)
        } else {
            Ok(None)
        }
    }

    /// All tensors in order; an input that is left out is a fault.
    pub(crate) fn take_all(self) -> Result<Vec<Tensor>> {
        let missing = || fault!("an input is missing");
        self.values
            .into_iter()
            .map(|value| value.ok_or_else(missing)?.into_tensor())
            .collect()
    }

    /// The values as they are, for the bodies of control flow.
    pub(crate) fn all_values(&self) -> &[Option<Value>] {
        &self.values
    }
}

/// What holds for a whole run.
pub(crate) struct Context<'a> {
    /// Where burn computes.
    pub(crate) device: &'a Device,
    /// No value may take more bytes than this.
    pub(crate) limit_bytes: usize,
}

impl Context<'_> {
    /// The number of elements of an output whose size the inputs' values decide.
    ///
    /// # Errors
    /// When such a tensor would take more memory than is allowed.
    pub(crate) fn room_for(&self, shape: &Shape, data_type: DataType) -> Result<usize> {
        let size = data_type.size_bytes().max(1);
        let elements = shape.checked_elements();
        let fits = |n: &usize| {
            n.checked_mul(size)
                .is_some_and(|bytes| bytes <= self.limit_bytes)
        };
        elements.filter(fits).ok_or_else(|| {
            fault!(
                "a tensor of {data_type} {shape} takes more than the {} bytes that are allowed",
                self.limit_bytes
            )
        })
    }
}
