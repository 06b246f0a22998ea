//! A compiled graph: steps in order, where each runs, and when each value is read for the last time.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use smallvec::SmallVec;

use crate::burn_tensor;
use crate::compile::{Draft, DraftStep};
use crate::device::Device;
use crate::error::Error;
use crate::fault::{Fault, Result};
use crate::graph::ValueId;
use crate::operator::{Context, Inputs, Operator, Place};
use crate::profile::{Crossing, Profile};
use crate::tensor::Tensor;
use crate::value::Value;

/// A graph ready to run.
pub(crate) struct Plan {
    steps: Vec<Step>,
    /// What is the same in each run, already where it is read.
    constants: Vec<Value>,
    slot_count: usize,
    inputs: Vec<Option<usize>>,
    captures: Vec<Option<usize>>,
    outputs: Vec<Source>,
    crossings: Vec<Crossing>,
    /// The most bytes of a tensor on the GPU.
    most_bytes: usize,
}

struct Step {
    name: String,
    label: String,
    operator: Box<dyn Operator>,
    on_gpu: bool,
    inputs: SmallVec<[Source; 4]>,
    outputs: SmallVec<[Option<usize>; 2]>,
}

/// Where an input of a step comes from.
#[derive(Clone, Copy)]
enum Source {
    Absent,
    Constant(usize),
    Slot {
        slot: usize,
        on_gpu: bool,
        is_last: bool,
    },
}

/// A value during a run, in memory, on the GPU, or in both.
#[derive(Clone, Default)]
struct Held {
    memory: Option<Value>,
    gpu: Option<Value>,
}

impl Plan {
    /// Plans the steps of a draft, all of which have operators.
    pub(crate) fn new(draft: Draft, device: &Device) -> Self {
        Planner::new(&draft, device).plan(draft)
    }

    /// The values that move between memory and the GPU in each run.
    pub(crate) fn crossings(&self) -> &[Crossing] {
        &self.crossings
    }

    /// The steps in order: the node, its operator, and whether it runs on the GPU.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.steps
            .iter()
            .map(|step| (step.name.as_str(), step.label.as_str(), step.on_gpu))
    }

    /// Runs all steps.
    pub(crate) fn run(
        &self,
        inputs: Vec<Value>,
        captured: &[Option<Value>],
        context: &Context<'_>,
        mut profile: Option<&mut Profile>,
    ) -> std::result::Result<Vec<Value>, Error> {
        let in_graph = |fault: Fault| Error::Node {
            node: "the graph".to_owned(),
            operator: "outputs".to_owned(),
            message: fault.0,
        };
        context.check_time().map_err(in_graph)?;
        let mut held = vec![Held::default(); self.slot_count];
        let given = inputs.into_iter().map(Some).chain(captured.iter().cloned());
        for (slot, value) in self.inputs.iter().chain(&self.captures).zip(given) {
            if let (Some(slot), Some(value)) = (slot, value) {
                held[*slot] = Held::of(value);
            }
        }
        for (number, step) in self.steps.iter().enumerate() {
            let start = profile.is_some().then(Instant::now);
            let outcome = self.run_step(step, &mut held, context);
            let outputs = outcome.map_err(|fault| Error::Node {
                node: step.name.clone(),
                operator: step.label.clone(),
                message: fault.0,
            })?;
            for (slot, value) in step.outputs.iter().zip(outputs) {
                if let Some(slot) = slot {
                    held[*slot] = Held::of(value);
                }
            }
            if let (Some(profile), Some(start)) = (profile.as_deref_mut(), start) {
                profile.add(number, start.elapsed());
            }
        }
        // A GPU may tell only now, when it is read, that something failed before.
        let outputs = guarded(|| {
            let output = |source: &Source| self.fetch(*source, &mut held, context);
            self.outputs.iter().map(output).collect::<Result<Vec<_>>>()
        });
        let outputs = outputs.and_then(|found| {
            found
                .into_iter()
                .map(|value| value.ok_or_else(|| Fault("an output was not made".to_owned())))
                .collect()
        });
        outputs.map_err(in_graph)
    }

    fn run_step(
        &self,
        step: &Step,
        held: &mut [Held],
        context: &Context<'_>,
    ) -> Result<SmallVec<[Value; 2]>> {
        context.check_time()?;
        guarded(|| {
            let inputs = step
                .inputs
                .iter()
                .map(|source| self.fetch(*source, held, context));
            let inputs = Inputs::new(inputs.collect::<Result<_>>()?);
            let inputs = if step.on_gpu && !inputs.suit_gpu(self.most_bytes) {
                inputs.in_memory()
            } else {
                inputs
            };
            step.operator.run(inputs, context)
        })
    }

    /// The value of a source in the place where it is wanted; moved there if it is not there yet.
    fn fetch(
        &self,
        source: Source,
        held: &mut [Held],
        context: &Context<'_>,
    ) -> Result<Option<Value>> {
        let (slot, on_gpu, is_last) = match source {
            Source::Absent => return Ok(None),
            Source::Constant(index) => return Ok(Some(self.constants[index].clone())),
            Source::Slot {
                slot,
                on_gpu,
                is_last,
            } => (slot, on_gpu, is_last),
        };
        let held = &mut held[slot];
        match (on_gpu, &held.memory, &held.gpu) {
            (true, Some(Value::Tensor(tensor)), None) => {
                // What is too large for the GPU stays, and its step runs in memory.
                held.gpu = if tensor.size_bytes() > self.most_bytes {
                    held.memory.clone()
                } else {
                    Some(upload(tensor, context.device)?.into())
                };
            }
            (false, None, Some(Value::Tensor(tensor))) => {
                held.memory = Some(tensor.clone().dense().into());
            }
            _ => {}
        }
        if is_last {
            let held = std::mem::take(held);
            return Ok(if on_gpu { held.gpu } else { held.memory });
        }
        Ok(if on_gpu {
            held.gpu.clone()
        } else {
            held.memory.clone()
        })
    }
}

impl Held {
    fn of(value: Value) -> Self {
        let on_gpu = value.as_tensor().is_some_and(Tensor::is_on_gpu);
        if on_gpu {
            Self {
                gpu: Some(value),
                memory: None,
            }
        } else {
            Self {
                memory: Some(value),
                gpu: None,
            }
        }
    }
}

/// The tensor on the GPU; one without elements has no place there and stays.
fn upload(tensor: &Tensor, device: &Device) -> Result<Tensor> {
    match device.gpu() {
        Some(gpu) if tensor.elements() > 0 => burn_tensor::to_device(tensor, gpu),
        _ => Ok(tensor.clone()),
    }
}

/// Runs an operator so that a panic below it, in burn or a driver, is an error like any other.
pub(crate) fn guarded<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Fault(format!(
            "could not be computed: {}",
            words.unwrap_or("no reason was given")
        )))
    })
}

/// Decides places and slots.
struct Planner<'a> {
    device: &'a Device,
    /// The most bytes of a tensor on the GPU.
    most_bytes: usize,
    /// Whether each step runs on the GPU.
    on_gpu: Vec<bool>,
    /// The values that are on the GPU when they are made.
    gpu_homes: BTreeSet<ValueId>,
    /// The last step that reads a value; outputs are read after all steps.
    last_reads: BTreeMap<ValueId, usize>,
    slots: BTreeMap<ValueId, usize>,
    constants: Vec<Value>,
    constant_numbers: BTreeMap<(ValueId, bool), usize>,
    crossings: BTreeMap<(ValueId, bool), Crossing>,
}

impl<'a> Planner<'a> {
    fn new(draft: &Draft, device: &'a Device) -> Self {
        let mut planner = Self {
            device,
            most_bytes: device.most_bytes(),
            on_gpu: Vec::new(),
            gpu_homes: BTreeSet::new(),
            last_reads: BTreeMap::new(),
            slots: BTreeMap::new(),
            constants: Vec::new(),
            constant_numbers: BTreeMap::new(),
            crossings: BTreeMap::new(),
        };
        planner.choose_places(draft);
        for (number, step) in draft.steps.iter().enumerate() {
            planner
                .last_reads
                .extend(step.node.reads().map(|id| (id, number)));
        }
        planner
            .last_reads
            .extend(draft.outputs.iter().map(|&id| (id, draft.steps.len())));
        planner
    }

    /// A step runs on the GPU if its operator can, its values lie there, and it is no arithmetic
    /// with shapes: numbers that come from nothing but shapes and constants are few, and needed in
    /// memory in the end.
    fn choose_places(&mut self, draft: &Draft) {
        let mut from_shapes: BTreeSet<ValueId> = draft.constants.keys().copied().collect();
        for step in &draft.steps {
            let of_shapes = matches!(step.node.operator.as_str(), "Shape" | "Size")
                || step.node.reads().all(|id| from_shapes.contains(&id));
            let on_gpu = !of_shapes && self.can_run_on_gpu(draft, step);
            for id in step.node.outputs.iter().flatten() {
                if of_shapes {
                    from_shapes.insert(*id);
                }
                if on_gpu
                    && draft.types[id.index()]
                        .as_ref()
                        .is_some_and(|t| self.device.holds(t))
                {
                    self.gpu_homes.insert(*id);
                }
            }
            self.on_gpu.push(on_gpu);
        }
    }

    fn can_run_on_gpu(&self, draft: &Draft, step: &DraftStep) -> bool {
        let Some(Place::Anywhere { in_memory }) = step.built.as_ref().map(|built| built.place)
        else {
            return false;
        };
        if !self.device.is_gpu() {
            return false;
        }
        let wanted = step
            .node
            .inputs
            .iter()
            .enumerate()
            .filter(|(i, _)| in_memory >> i & 1 == 0);
        let mut worth_it = false;
        for id in wanted.filter_map(|(_, id)| *id) {
            let constant = draft.constants.get(&id);
            if constant.is_some_and(|constant| constant.size_bytes() > self.most_bytes) {
                return false;
            }
            match &draft.types[id.index()] {
                Some(value_type) if self.device.holds(value_type) => {
                    let is_number = value_type.data_type() == Some(crate::data_type::DataType::F32);
                    worth_it |= is_number || self.gpu_homes.contains(&id);
                }
                _ => return false,
            }
        }
        worth_it
    }

    fn plan(mut self, draft: Draft) -> Plan {
        let inputs = draft
            .inputs
            .iter()
            .map(|&id| self.slot_if_read(id))
            .collect();
        let captures: Vec<Option<usize>> = draft
            .captures
            .iter()
            .map(|&id| {
                if draft.constants.contains_key(&id) {
                    None
                } else {
                    self.slot_if_read(id)
                }
            })
            .collect();
        let mut steps = Vec::with_capacity(draft.steps.len());
        for (number, step) in draft.steps.into_iter().enumerate() {
            if let Some(planned) = self.step(number, step, &draft.constants, &draft.names) {
                steps.push(planned);
            }
        }
        let end = steps.len();
        let outputs: Vec<Source> = draft
            .outputs
            .iter()
            .map(
                |&id| match self.source(id, false, &draft.constants, &draft.names) {
                    // An output may be named twice, so that it is not taken out.
                    Source::Slot { slot, on_gpu, .. } => Source::Slot {
                        slot,
                        on_gpu,
                        is_last: false,
                    },
                    source => source,
                },
            )
            .collect();
        debug_assert_eq!(end, self.on_gpu.len());
        Plan {
            steps,
            constants: self.constants,
            slot_count: self.slots.len(),
            inputs,
            captures,
            outputs,
            most_bytes: self.most_bytes,
            crossings: self.crossings.into_values().collect(),
        }
    }

    fn step(
        &mut self,
        number: usize,
        step: DraftStep,
        constants: &BTreeMap<ValueId, Tensor>,
        names: &[String],
    ) -> Option<Step> {
        let mut built = step.built?;
        let on_gpu = self.on_gpu[number];
        let in_memory = match built.place {
            Place::Anywhere { in_memory } if on_gpu => in_memory,
            _ => u32::MAX,
        };
        let given = step.node.inputs.iter().copied();
        let adopted = if on_gpu {
            0
        } else {
            let constant = |id: Option<ValueId>| id.and_then(|id| constants.get(&id));
            let known: SmallVec<[Option<&Tensor>; 4]> = given.clone().map(constant).collect();
            built.operator.adopt(&known)
        };
        let captured = step
            .node
            .bodies()
            .flat_map(|body| body.captures.iter().map(|capture| Some(capture.0)));
        let reads: Vec<Option<ValueId>> = given.chain(captured).collect();
        let mut inputs: SmallVec<[Source; 4]> = SmallVec::new();
        for (i, id) in reads.iter().enumerate() {
            let source = match id {
                Some(_) if i < 32 && adopted >> i & 1 == 1 => Source::Absent,
                None => Source::Absent,
                Some(id) => {
                    let wanted_on_gpu = on_gpu && (i >= 32 || in_memory >> i & 1 == 0);
                    self.source(*id, wanted_on_gpu, constants, names)
                }
            };
            let again = reads[i + 1..].contains(id);
            let last = id.is_some_and(|id| self.last_reads.get(&id) == Some(&number)) && !again;
            inputs.push(match source {
                Source::Slot { slot, on_gpu, .. } => Source::Slot {
                    slot,
                    on_gpu,
                    is_last: last,
                },
                source => source,
            });
        }
        let outputs = step
            .node
            .outputs
            .iter()
            .map(|id| id.and_then(|id| self.slot_if_read(id)))
            .collect();
        let label = step.node.full_name();
        Some(Step {
            name: step.node.name,
            label,
            operator: built.operator,
            on_gpu,
            inputs,
            outputs,
        })
    }

    fn source(
        &mut self,
        id: ValueId,
        on_gpu: bool,
        constants: &BTreeMap<ValueId, Tensor>,
        names: &[String],
    ) -> Source {
        let Some(constant) = constants.get(&id) else {
            if on_gpu != self.gpu_homes.contains(&id) {
                let crossing = Crossing {
                    value: names[id.index()].clone(),
                    to_gpu: on_gpu,
                };
                self.crossings.entry((id, on_gpu)).or_insert(crossing);
            }
            return Source::Slot {
                slot: self.slot(id),
                on_gpu,
                is_last: false,
            };
        };
        if let Some(&number) = self.constant_numbers.get(&(id, on_gpu)) {
            return Source::Constant(number);
        }
        let value = match on_gpu.then(|| guarded(|| upload(constant, self.device))) {
            Some(Ok(uploaded)) => uploaded,
            // What cannot be uploaded now fails when the step runs, with the step's name.
            _ => constant.clone(),
        };
        self.constants.push(value.into());
        self.constant_numbers
            .insert((id, on_gpu), self.constants.len() - 1);
        Source::Constant(self.constants.len() - 1)
    }

    fn slot(&mut self, id: ValueId) -> usize {
        let next = self.slots.len();
        *self.slots.entry(id).or_insert(next)
    }

    fn slot_if_read(&mut self, id: ValueId) -> Option<usize> {
        self.last_reads.contains_key(&id).then(|| self.slot(id))
    }
}
