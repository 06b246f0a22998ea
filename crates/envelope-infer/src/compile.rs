//! From a graph to a plan: operators are made, types follow from types, what is the same in each
//! run is computed once, and everything that cannot run is refused, all of it at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::device::Device;
use crate::error::Refusal;
use crate::fault::{Fault, Result, fault};
use crate::graph::{Dimension, Graph, Node, Port, ValueId};
use crate::operator::{Built, Context, Facts, Inputs};
use crate::ops::registry;
use crate::passes::{self, Passes};
use crate::plan::Plan;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

/// What compiling has to know.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) device: Device,
    pub(crate) limit_bytes: usize,
    pub(crate) passes: Passes,
}

/// A graph while it is compiled.
pub(crate) struct Draft {
    pub(crate) names: Vec<String>,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) captures: Vec<ValueId>,
    pub(crate) outputs: Vec<ValueId>,
    pub(crate) steps: Vec<DraftStep>,
    pub(crate) constants: BTreeMap<ValueId, Tensor>,
    /// The type of each value; nothing where the node that makes it was refused.
    pub(crate) types: Vec<Option<ValueType>>,
}

/// A node while its graph is compiled, with its operator unless a pass has changed it since.
pub(crate) struct DraftStep {
    pub(crate) node: Node,
    pub(crate) built: Option<Built>,
}

/// Compiles the graph of a model.
///
/// # Errors
/// All nodes that cannot run.
pub(crate) fn model(
    graph: &Graph,
    options: &Options,
) -> std::result::Result<Compiled, Vec<Refusal>> {
    let types: Vec<_> = graph
        .inputs
        .iter()
        .map(|port| port.value_type.clone())
        .collect();
    compile(graph, &types, &[], options)
}

/// A plan, and the types of what it returns.
pub(crate) struct Compiled {
    pub(crate) plan: Plan,
    pub(crate) outputs: Vec<ValueType>,
    /// Whether all steps give the same for the same each time.
    pub(crate) repeatable: bool,
}

/// The compiled body of a control-flow node.
pub(crate) struct Body {
    plan: Plan,
    outputs: Vec<ValueType>,
    input_dimensions: Vec<Option<Vec<Dimension>>>,
    output_dimensions: Vec<Option<Vec<Dimension>>>,
    repeatable: bool,
    /// Where the captured values begin among the node's inputs.
    first_captured: usize,
    captured: usize,
}

impl Body {
    /// The types of what the body returns.
    pub(crate) fn outputs(&self) -> &[ValueType] {
        &self.outputs
    }

    /// The dimensions that the body states for one of its inputs.
    pub(crate) fn input_dimensions(&self, input: usize) -> Option<&[Dimension]> {
        self.input_dimensions.get(input)?.as_deref()
    }

    /// The dimensions that the body states for one of its outputs.
    pub(crate) fn output_dimensions(&self, output: usize) -> Option<&[Dimension]> {
        self.output_dimensions.get(output)?.as_deref()
    }

    /// Whether it gives the same outputs for the same inputs each time.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Runs the body on its own inputs; captured values are taken from the inputs of the node.
    pub(crate) fn run(
        &self,
        inputs: Vec<Value>,
        node: &Inputs,
        context: &Context<'_>,
    ) -> Result<Vec<Value>> {
        let range = self.first_captured..self.first_captured + self.captured;
        let captured = node.all_values().get(range).unwrap_or_default();
        self.plan
            .run(inputs, captured, context, None)
            .map_err(|error| Fault(error.to_string()))
    }
}

/// Compiles a body for inputs of these types.
pub(crate) fn body(
    graph: &Graph,
    inputs: &[ValueType],
    captured: &[(ValueType, Option<Tensor>)],
    first_captured: usize,
    options: &Options,
) -> Result<Body> {
    if inputs.len() != graph.inputs.len() {
        return Err(fault!(
            "a body takes {} inputs, but is given {}",
            graph.inputs.len(),
            inputs.len()
        ));
    }
    let stated = |ports: &[Port]| ports.iter().map(|port| port.dimensions.clone()).collect();
    let types: Vec<_> = inputs.iter().cloned().map(Some).collect();
    let compiled = compile(graph, &types, captured, options).map_err(|refusals| {
        let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        Fault(reasons.join("; "))
    })?;
    Ok(Body {
        plan: compiled.plan,
        outputs: compiled.outputs,
        input_dimensions: stated(&graph.inputs),
        output_dimensions: stated(&graph.outputs),
        repeatable: compiled.repeatable,
        first_captured,
        captured: captured.len(),
    })
}

fn compile(
    graph: &Graph,
    inputs: &[Option<ValueType>],
    captured: &[(ValueType, Option<Tensor>)],
    options: &Options,
) -> std::result::Result<Compiled, Vec<Refusal>> {
    let mut draft = draft(graph, inputs, captured);
    let mut refusals = untyped_inputs(graph, &draft);
    build(&mut draft, options, &mut refusals);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    passes::run(&mut draft, options);
    // What passes have changed gets its operators; nothing new can be refused in it but by a
    // mistake of ours, which then shows as a refusal.
    build(&mut draft, options, &mut refusals);
    let outputs: Option<Vec<ValueType>> = draft
        .outputs
        .iter()
        .map(|id| draft.types[id.index()].clone())
        .collect();
    let is_repeatable =
        |step: &DraftStep| step.built.as_ref().is_some_and(|built| built.repeatable);
    let repeatable = draft.steps.iter().all(is_repeatable);
    match outputs {
        Some(outputs) if refusals.is_empty() => Ok(Compiled {
            repeatable,
            plan: Plan::new(draft, &options.device),
            outputs,
        }),
        _ => Err(refusals),
    }
}

fn draft(
    graph: &Graph,
    inputs: &[Option<ValueType>],
    captured: &[(ValueType, Option<Tensor>)],
) -> Draft {
    let mut types: Vec<Option<ValueType>> = vec![None; graph.names.len()];
    let mut constants = graph.constants.clone();
    for (port, given) in graph.inputs.iter().zip(inputs) {
        types[port.id.index()] = given.clone().or_else(|| port.value_type.clone());
    }
    for ((_, inner), (value_type, constant)) in graph.captures.iter().zip(captured) {
        types[inner.index()] = Some(value_type.clone());
        if let Some(constant) = constant {
            constants.insert(*inner, constant.clone());
        }
    }
    for (id, constant) in &constants {
        types[id.index()] = Some(ValueType::Tensor(constant.data_type()));
    }
    let ids = |ports: &[Port]| ports.iter().map(|port| port.id).collect();
    Draft {
        names: graph.names.clone(),
        inputs: ids(&graph.inputs),
        captures: graph.captures.iter().map(|capture| capture.1).collect(),
        outputs: ids(&graph.outputs),
        steps: graph
            .nodes
            .iter()
            .cloned()
            .map(|node| DraftStep { node, built: None })
            .collect(),
        constants,
        types,
    }
}

fn untyped_inputs(graph: &Graph, draft: &Draft) -> Vec<Refusal> {
    let untyped = graph
        .inputs
        .iter()
        .filter(|port| draft.types[port.id.index()].is_none());
    untyped
        .map(|port| Refusal {
            node: draft.names[port.id.index()].clone(),
            operator: "input".to_owned(),
            reason: "its type is not stated".to_owned(),
        })
        .collect()
}

/// Makes the operators of all steps that have none, and computes what is the same in each run.
fn build(draft: &mut Draft, options: &Options, refusals: &mut Vec<Refusal>) {
    let steps = std::mem::take(&mut draft.steps);
    for mut step in steps {
        if step.built.is_none() {
            match build_step(draft, &step.node, options) {
                Ok(Some(built)) => {
                    note_types(draft, &step.node, &built);
                    step.built = Some(built);
                }
                // An operator before this one was refused; this one is known, so no more to say.
                Ok(None) => continue,
                Err(fault) => {
                    refusals.push(Refusal {
                        node: step.node.name.clone(),
                        operator: step.node.full_name(),
                        reason: fault.0,
                    });
                    continue;
                }
            }
        }
        if !(options.passes.fold_constants && passes::fold_constants::fold(draft, &step, options)) {
            draft.steps.push(step);
        }
    }
}

fn note_types(draft: &mut Draft, node: &Node, built: &Built) {
    for (output, value_type) in node.outputs.iter().zip(&built.outputs) {
        if let Some(id) = output {
            draft.types[id.index()] = Some(value_type.clone());
        }
    }
}

fn build_step(draft: &Draft, node: &Node, options: &Options) -> Result<Option<Built>> {
    let entry = registry::find(&node.domain, &node.operator, node.version)?;
    let type_of = |id: ValueId| draft.types[id.index()].clone();
    let known = node.reads().all(|id| draft.types[id.index()].is_some());
    if !known {
        return Ok(None);
    }
    let types: Vec<_> = node
        .inputs
        .iter()
        .map(|input| input.and_then(type_of))
        .collect();
    let constant = |id: ValueId| draft.constants.get(&id).cloned();
    let constants: Vec<_> = node
        .inputs
        .iter()
        .map(|input| input.and_then(constant))
        .collect();
    let given = node.inputs.iter().flatten().count();
    let captured: Vec<_> = node
        .reads()
        .skip(given)
        .filter_map(|id| Some((type_of(id)?, constant(id))))
        .collect();
    let facts = Facts::new(node, &types, &constants, &captured, options);
    let built = (entry.build)(&facts)?;
    if let Some(name) = facts.unread() {
        return Err(fault!("attribute `{name}` is not supported"));
    }
    let named = node
        .outputs
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
    if built.outputs.len() < named {
        return Err(fault!(
            "the node names {named} outputs, but has {}",
            built.outputs.len()
        ));
    }
    Ok(Some(built))
}

/// The longest that a step may take while a model loads; one that takes longer runs in each run.
const FOLDING_TIME: Duration = Duration::from_secs(2);

/// Runs one step in memory, on values that are all known.
pub(crate) fn run_alone(built: &Built, inputs: Inputs, options: &Options) -> Result<Vec<Value>> {
    let cpu = Device::cpu();
    let context = Context {
        device: &cpu,
        limit_bytes: options.limit_bytes,
        deadline: Some(Instant::now() + FOLDING_TIME),
    };
    crate::plan::guarded(|| built.operator.run(inputs, &context))
        .map(burn_backend::SmallVec::into_vec)
}
