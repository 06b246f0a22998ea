//! Control flow: branches and loops, whose bodies are graphs of their own.

mod collect;
mod scan;

use std::sync::Arc;

use self::collect::Collected;
use super::optional::unwrapped;
use super::sequence::element_type;
use crate::compile::Body;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Operator, Outputs};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("If", branch),
    Entry::new("Loop", repeat),
    Entry::since("Scan", 8, scan::scan_batches),
    Entry::since("Scan", 9, scan::scan),
    Entry::since("SequenceMap", 17, map_sequence),
];

/// An operator that is as repeatable as its bodies are.
fn built<'a>(
    outputs: Vec<ValueType>,
    bodies: impl IntoIterator<Item = &'a Arc<Body>>,
    operator: impl Operator + 'static,
) -> Built {
    let repeatable = bodies.into_iter().all(|body| body.is_repeatable());
    let built = Built::new(outputs, operator);
    if repeatable { built } else { built.random() }
}

fn branch(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, |data_type| data_type == DataType::Bool)?;
    if let Some(condition) = facts.constant(0) {
        // The other branch need not even be one that can run.
        let (taken, other) = if condition.flag()? {
            ("then_branch", "else_branch")
        } else {
            ("else_branch", "then_branch")
        };
        facts.pass_over(other);
        let body = facts.body(taken, &[])?;
        let outputs = body.outputs().to_vec();
        let shared = Arc::clone(&body);
        let operator = move |inputs: Inputs, context: &Context<'_>| {
            Ok(body.run(Vec::new(), &inputs, context)?.into())
        };
        return Ok(built(outputs, [&shared], operator));
    }
    let (then, or_else) = (
        facts.body("then_branch", &[])?,
        facts.body("else_branch", &[])?,
    );
    let outputs = then.outputs().to_vec();
    if outputs != or_else.outputs() {
        return Err(fault!(
            "the branches have outputs of different types: {} and {}",
            listed(&outputs),
            listed(or_else.outputs())
        ));
    }
    let shared = [Arc::clone(&then), Arc::clone(&or_else)];
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let taken = if inputs.tensor(0)?.flag()? {
            &then
        } else {
            &or_else
        };
        Ok(taken.run(Vec::new(), &inputs, context)?.into())
    };
    Ok(built(outputs, &shared, operator))
}

fn listed(types: &[ValueType]) -> String {
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    format!("({})", types.join(", "))
}

/// What a loop carries from turn to turn must keep its type; an optional may become the value that
/// it holds.
fn check_carried(before: &[ValueType], after: &[ValueType]) -> Result<()> {
    let keeps = |(before, after): (&ValueType, &ValueType)| match before {
        ValueType::Optional(of) => before == after || **of == *after,
        _ => before == after,
    };
    if before.len() <= after.len() && before.iter().zip(after).all(keeps) {
        Ok(())
    } else {
        Err(fault!(
            "the body takes values of {} and returns {}",
            listed(before),
            listed(after)
        ))
    }
}

/// Loops that are the same in each run are run ahead while the model loads, if they turn no more
/// often than this.
const MAX_TURNS_AHEAD: i64 = 1 << 12;

fn repeat(facts: &Facts<'_>) -> Result<Built> {
    let carried: Vec<ValueType> = (2..facts.input_count())
        .map(|input| facts.value_type(input).cloned())
        .collect::<Result<_>>()?;
    let mut types = vec![DataType::I64.into(), DataType::Bool.into()];
    types.extend(carried.iter().cloned());
    let body = facts.body("body", &types)?;
    let (condition, returned) = body
        .outputs()
        .split_first()
        .ok_or_else(|| fault!("the body returns nothing"))?;
    if *condition != ValueType::Tensor(DataType::Bool) {
        return Err(fault!("the body returns {condition} as its condition"));
    }
    check_carried(&carried, returned)?;
    let count = carried.len();
    let outputs: Vec<ValueType> = returned.to_vec();
    let turns = facts.constant(0).map(Tensor::integer).transpose()?;
    let operator = Repeat {
        collected: Collected::of(&body, count + 1)?,
        carried: outputs[..count].to_vec(),
        shapes: [0, 1].map(|input| match body.input_dimensions(input) {
            Some([_]) => [1].into(),
            _ => Shape::scalar(),
        }),
        body: Arc::clone(&body),
    };
    let built = built(outputs, [&body], operator);
    Ok(if turns.is_some_and(|turns| turns <= MAX_TURNS_AHEAD) {
        built
    } else {
        built.random()
    })
}

struct Repeat {
    body: Arc<Body>,
    /// The shapes that the body states for the number of the turn and the condition: those of
    /// scalars, unless it says that they are vectors of one element, as old converters do.
    shapes: [Shape; 2],
    /// The types of what is carried when the loop has ended.
    carried: Vec<ValueType>,
    collected: Collected,
}

impl Operator for Repeat {
    fn run(&self, mut inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let most = inputs.optional(0)?.map(Tensor::integer).transpose()?;
        let condition = inputs.optional(1)?.map(Tensor::flag).transpose()?;
        let mut goes_on = condition.unwrap_or(true);
        let carried = 2..2 + self.carried.len();
        let mut carried: Vec<Value> = carried
            .map(|input| inputs.take_value(input))
            .collect::<Result<_>>()?;
        let mut collected = self.collected.clone();
        let mut turn = 0i64;
        while goes_on && most.is_none_or(|most| turn < most) {
            let mut given: Vec<Value> = Vec::with_capacity(carried.len() + 2);
            given.push(Tensor::from_vec(self.shapes[0].clone(), vec![turn]).into());
            given.push(Tensor::from_bools(self.shapes[1].clone(), [goes_on]).into());
            given.append(&mut carried);
            let mut returned = self.body.run(given, &inputs, context)?.into_iter();
            goes_on = returned
                .next()
                .ok_or_else(|| fault!("the body returned nothing"))?
                .tensor()?
                .flag()?;
            carried.extend(returned.by_ref().take(self.carried.len()));
            collected.add(returned, context)?;
            turn = turn.saturating_add(1);
        }
        let ended = carried.into_iter().zip(&self.carried);
        let ended = ended.map(|(value, value_type)| match value_type {
            ValueType::Optional(_) => Ok(value),
            _ => unwrapped(value),
        });
        let mut outputs: Outputs = ended.collect::<Result<_>>()?;
        for stacked in collected.stacked()? {
            outputs.push(stacked.into());
        }
        Ok(outputs)
    }
}

fn map_sequence(facts: &Facts<'_>) -> Result<Built> {
    let count = facts.input_count();
    element_type(facts, 0)?;
    let of = |input| match facts.value_type(input)? {
        ValueType::Sequence(of) => Ok((**of).clone()),
        other => Ok(other.clone()),
    };
    let types: Vec<ValueType> = (0..count).map(of).collect::<Result<_>>()?;
    let body = facts.body("body", &types)?;
    let sequence = |of: &ValueType| ValueType::Sequence(Box::new(of.clone()));
    let outputs: Vec<ValueType> = body.outputs().iter().map(sequence).collect();
    let made = outputs.len();
    let shared = Arc::clone(&body);
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let turns = inputs.value(0)?.sequence()?.len();
        let mut sequences: Vec<Vec<Value>> = vec![Vec::new(); made];
        let mut bytes = 0usize;
        for turn in 0..turns {
            let given = (0..count).map(|input| match inputs.value(input)? {
                Value::Sequence(values) => values
                    .get(turn)
                    .cloned()
                    .ok_or_else(|| fault!("the sequences are not of one length")),
                value => Ok(value.clone()),
            });
            let given = given.collect::<Result<_>>()?;
            let returned = body.run(given, &inputs, context)?;
            for (sequence, value) in sequences.iter_mut().zip(returned) {
                let size = value.as_tensor().map_or(0, Tensor::size_bytes);
                bytes = bytes.saturating_add(size);
                sequence.push(value);
            }
            context.room_for(&[bytes].into(), DataType::U8)?;
        }
        let sequences = sequences
            .into_iter()
            .map(|values| Value::Sequence(Arc::new(values)));
        Ok(sequences.collect())
    };
    Ok(built(outputs, [&shared], operator))
}
