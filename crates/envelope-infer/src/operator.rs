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

mod facts;
mod inputs;

use std::time::Instant;

use smallvec::SmallVec;

use crate::data_type::DataType;
use crate::device::Device;
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

pub(crate) use facts::Facts;
pub(crate) use inputs::Inputs;

/// An operator with its attributes, ready to run any number of times from any thread.
pub(crate) trait Operator: Send + Sync {
    /// Computes the outputs from the inputs.
    ///
    /// Outputs that the node does not name may be left out at the end.
    fn run(&self, inputs: Inputs, context: &Context<'_>) -> Result<Outputs>;

    /// Takes over inputs that are the same in each run, in the form that it computes with, and says
    /// by their bits which of them it does not want again. Once, when a plan is made, for operators
    /// that run in memory.
    fn adopt(&mut self, _constants: &[Option<&Tensor>]) -> u32 {
        0
    }
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

/// What holds for a whole run.
pub(crate) struct Context<'a> {
    /// Where burn computes.
    pub(crate) device: &'a Device,
    /// No value may take more bytes than this.
    pub(crate) limit_bytes: usize,
    /// When the run must be done.
    pub(crate) deadline: Option<Instant>,
}

impl Context<'_> {
    /// Whether there is time left.
    ///
    /// # Errors
    /// When there is none: a loop may say itself when it ends, or never.
    pub(crate) fn check_time(&self) -> Result<()> {
        match self.deadline {
            Some(deadline) if Instant::now() > deadline => {
                Err(fault!("the run takes longer than is allowed"))
            }
            _ => Ok(()),
        }
    }

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
