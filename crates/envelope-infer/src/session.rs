//! A model on a device: loaded once, run any number of times, from any number of threads.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use indexmap::IndexMap;

use crate::architecture::{self, Architecture};
use crate::compile;
use crate::device::{Device, DeviceChoice};
use crate::error::Error;
use crate::fault::Fault;
use crate::graph::{Dimension, Graph, Port};
use crate::onnx::{self, External, ModelInfo};
use crate::operator::Context;
use crate::passes::Passes;
use crate::plan::Plan;
use crate::profile::{Crossing, Profile};
use crate::state_dict::StateDict;
use crate::value::{Value, ValueType};

/// Runs up to this long stay on the thread that asks for them, unless an operator is large.
const SHORT_RUN: Duration = Duration::from_micros(500);

/// How a model is loaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where it runs.
    pub device: DeviceChoice,
    /// No value of a run may take more bytes than this; one that would is an error of its node.
    pub limit_bytes: usize,
    /// A run that takes longer than this ends with an error at its next node. Nothing ends one
    /// unless this is set: a model may say itself when its loops end.
    pub time_limit: Option<Duration>,
    /// What is changed in the graph before it runs.
    pub passes: Passes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            device: DeviceChoice::Auto,
            limit_bytes: 8 << 30,
            time_limit: None,
            passes: Passes::all(),
        }
    }
}

/// An input or output of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueInfo {
    /// Its name.
    pub name: String,
    /// Its type.
    pub value_type: ValueType,
    /// Its dimensions, for tensors whose rank the model states.
    pub dimensions: Option<Vec<Dimension>>,
}

/// A step of a plan.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StepInfo<'a> {
    /// The node's name, or its first output where it has none.
    pub node: &'a str,
    /// The operator, with its domain unless that is ONNX's own.
    pub operator: &'a str,
    /// Whether it runs on the GPU.
    pub on_gpu: bool,
}

/// A model on a device.
pub struct Session {
    device: Device,
    limit_bytes: usize,
    time_limit: Option<Duration>,
    plan: Plan,
    inputs: Vec<ValueInfo>,
    outputs: Vec<ValueInfo>,
    info: ModelInfo,
    /// Whether the last run took longer than a short one.
    runs_long: AtomicBool,
}

/// The values that go into a run or come out of it, by name.
pub type NamedValues = IndexMap<String, Value>;

impl Session {
    /// Loads the model in a file. Data that it keeps in files beside it is found by itself.
    ///
    /// # Errors
    /// When the file cannot be read, is no model, needs what cannot run here, or there is no such
    /// device.
    pub fn load(path: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        let (bytes, folder) = onnx::open(path.as_ref())?;
        Self::from_graph(bytes, Some(&folder), options)
    }

    /// Loads a model from its bytes. It must hold all its data itself.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub fn from_bytes(bytes: impl Into<Bytes>, options: &Options) -> Result<Self, Error> {
        Self::from_graph(bytes.into(), None, options)
    }

    fn from_graph(bytes: Bytes, folder: Option<&Path>, options: &Options) -> Result<Self, Error> {
        let mut external = External::in_folder(folder);
        let malformed = |fault: Fault| Error::Malformed {
            what: "the model".to_owned(),
            message: fault.0,
        };
        let (graph, info) = onnx::read(bytes, &mut external).map_err(malformed)?;
        Self::compiled(&graph, info, options)
    }

    /// Makes a network of the weights in a state dict.
    ///
    /// # Errors
    /// When the weights are not those of the architecture, it needs what cannot run here, or there
    /// is no such device.
    pub fn from_state_dict(
        architecture: &Architecture,
        state: &StateDict,
        options: &Options,
    ) -> Result<Self, Error> {
        let info = ModelInfo {
            producer: String::new(),
            opsets: BTreeMap::from([(String::new(), architecture::OPSET)]),
            metadata: BTreeMap::new(),
        };
        Self::compiled(&architecture.graph(state)?, info, options)
    }

    fn compiled(graph: &Graph, info: ModelInfo, options: &Options) -> Result<Self, Error> {
        let device = Device::choose(options.device)?;
        let inputs = input_infos(graph)?;
        let outputs = graph.outputs.clone();
        let compiling = compile::Options {
            device: device.clone(),
            limit_bytes: options.limit_bytes,
            passes: options.passes,
        };
        let compiled =
            compile::model(graph, &compiling).map_err(|refusals| Error::Refused { refusals })?;
        let outputs = outputs
            .iter()
            .zip(&compiled.outputs)
            .map(|(port, value_type)| ValueInfo {
                name: port.name.clone(),
                value_type: value_type.clone(),
                dimensions: port.dimensions.clone(),
            });
        let outputs = outputs.collect();
        Ok(Self {
            device,
            limit_bytes: options.limit_bytes,
            time_limit: options.time_limit,
            plan: compiled.plan,
            inputs,
            outputs,
            info,
            runs_long: AtomicBool::new(true),
        })
    }

    /// The device that the session runs on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What goes in, in the model's order.
    pub fn inputs(&self) -> &[ValueInfo] {
        &self.inputs
    }

    /// What comes out, in the model's order.
    pub fn outputs(&self) -> &[ValueInfo] {
        &self.outputs
    }

    /// The program that wrote the model, with its version.
    pub fn producer(&self) -> &str {
        &self.info.producer
    }

    /// The version of each operator set that the model uses; ONNX's own has an empty name.
    pub fn opsets(&self) -> &BTreeMap<String, i64> {
        &self.info.opsets
    }

    /// Free-form notes in the model.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.info.metadata
    }

    /// The steps of a run, in order.
    pub fn steps(&self) -> impl Iterator<Item = StepInfo<'_>> {
        self.plan.steps().map(|(node, operator, on_gpu)| StepInfo {
            node,
            operator,
            on_gpu,
        })
    }

    /// The values that move between memory and the GPU in each run.
    pub fn crossings(&self) -> &[Crossing] {
        self.plan.crossings()
    }

    /// Runs the model.
    ///
    /// # Errors
    /// When an input is missing, unknown or does not fit, or a node fails.
    pub fn run(&self, inputs: NamedValues) -> Result<NamedValues, Error> {
        self.run_and_note(inputs, None)
    }

    /// Runs the model and adds the time of each step to the profile.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run_profiled(
        &self,
        inputs: NamedValues,
        profile: &mut Profile,
    ) -> Result<NamedValues, Error> {
        self.run_and_note(inputs, Some(profile))
    }

    fn run_and_note(
        &self,
        inputs: NamedValues,
        profile: Option<&mut Profile>,
    ) -> Result<NamedValues, Error> {
        let inputs = self.checked(inputs)?;
        let start = Instant::now();
        let context = Context {
            device: &self.device,
            limit_bytes: self.limit_bytes,
            deadline: self.time_limit.map(|limit| start + limit),
        };
        let run = || self.plan.run(inputs, &[], &context, profile);
        // A GPU's work is queued by thread. In memory, work is shared best from within the pool of
        // threads, but going there costs more than a short run gains.
        let outputs = if self.device.is_gpu() || !self.runs_long.load(Ordering::Relaxed) {
            run()?
        } else {
            rayon::scope(|_| run())?
        };
        self.runs_long
            .store(start.elapsed() > SHORT_RUN, Ordering::Relaxed);
        Ok(self
            .outputs
            .iter()
            .map(|info| info.name.clone())
            .zip(outputs.into_iter().map(dense))
            .collect())
    }

    /// The inputs in the model's order, each of the type and shape that the model states.
    fn checked(&self, mut given: NamedValues) -> Result<Vec<Value>, Error> {
        let mut sizes: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        let mut found = Vec::with_capacity(self.inputs.len());
        for info in &self.inputs {
            let misfit = |message: String| Error::Input {
                name: info.name.clone(),
                message,
            };
            let value = match given.shift_remove(&info.name) {
                Some(value) => value,
                None if matches!(info.value_type, ValueType::Optional(_)) => Value::Optional(None),
                None => return Err(misfit(format!("is missing, expected {}", info.described()))),
            };
            info.check(&value, &mut sizes).map_err(misfit)?;
            found.push(value);
        }
        match given.keys().next() {
            None => Ok(found),
            Some(name) => {
                let names: Vec<String> = self
                    .inputs
                    .iter()
                    .map(|info| format!("`{}`", info.name))
                    .collect();
                Err(Error::Input {
                    name: name.clone(),
                    message: format!("is not known; the model has {}", names.join(", ")),
                })
            }
        }
    }
}

impl ValueInfo {
    /// The type and the dimensions in words: `float32 [N, 3, 224, 224]`.
    pub fn described(&self) -> String {
        let name = match &self.value_type {
            ValueType::Tensor(data_type) => data_type.name().to_owned(),
            other => other.to_string(),
        };
        let Some(dimensions) = &self.dimensions else {
            return name;
        };
        let words: Vec<String> = dimensions
            .iter()
            .map(|dimension| match dimension {
                Dimension::Fixed(size) => size.to_string(),
                Dimension::Symbol(symbol) => symbol.clone(),
                Dimension::Any => "?".to_owned(),
            })
            .collect();
        format!("{name} [{}]", words.join(", "))
    }

    /// Says what is wrong with a value, if anything is. `sizes` holds what each symbol stands for.
    fn check<'a>(
        &'a self,
        value: &Value,
        sizes: &mut BTreeMap<&'a str, (usize, &'a str)>,
    ) -> Result<(), String> {
        let (Value::Tensor(tensor), ValueType::Tensor(expected)) = (value, &self.value_type) else {
            // An empty sequence has no type of its own, and fits any.
            return match value.value_type() {
                Some(found)
                    if found != self.value_type && !fits_optional(&found, &self.value_type) =>
                {
                    Err(format!("is {found}, expected {}", self.described()))
                }
                None if matches!(value, Value::Tensor(_)) => {
                    Err(format!("is a tensor, expected {}", self.described()))
                }
                _ => Ok(()),
            };
        };
        if tensor.data_type() != *expected {
            return Err(format!(
                "is {}, expected {}",
                tensor.data_type(),
                self.described()
            ));
        }
        let Some(dimensions) = &self.dimensions else {
            return Ok(());
        };
        let misfit = || {
            format!(
                "has shape {}, expected {}",
                tensor.shape(),
                self.described()
            )
        };
        if dimensions.len() != tensor.rank() {
            return Err(misfit());
        }
        for (dimension, &size) in dimensions.iter().zip(tensor.shape().iter()) {
            match dimension {
                Dimension::Fixed(expected) if *expected != size => return Err(misfit()),
                Dimension::Symbol(symbol) => {
                    let (first, input) = *sizes.entry(symbol).or_insert((size, &self.name));
                    if first != size {
                        return Err(format!(
                            "has shape {}, but `{symbol}` is {first} in `{input}`",
                            tensor.shape()
                        ));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn fits_optional(found: &ValueType, expected: &ValueType) -> bool {
    matches!(expected, ValueType::Optional(inner) if **inner == *found)
}

fn dense(value: Value) -> Value {
    match value {
        Value::Tensor(tensor) => Value::Tensor(tensor.dense()),
        other => other,
    }
}

fn input_infos(graph: &Graph) -> Result<Vec<ValueInfo>, Error> {
    let info = |port: &Port| {
        let name = port.name.clone();
        let value_type = port.value_type.clone().ok_or_else(|| Error::Input {
            name: name.clone(),
            message: "has no stated type".to_owned(),
        })?;
        Ok(ValueInfo {
            name,
            value_type,
            dimensions: port.dimensions.clone(),
        })
    };
    graph.inputs.iter().map(info).collect()
}
