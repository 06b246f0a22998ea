//! What an operator is told when it is made: attributes, types, and values that never change.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::compile::{self, Body};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::graph::{Attribute, Node};
use crate::tensor::Tensor;
use crate::value::ValueType;

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
