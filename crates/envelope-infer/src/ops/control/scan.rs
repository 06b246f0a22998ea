//! Scan: a loop over the rows of tensors.

use std::sync::Arc;

use super::collect::{Collected, Order, Placement};
use super::{built, check_carried};
use crate::compile::Body;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Operator, Outputs};
use crate::ops::moving::zeros;
use crate::ops::slice::{joined, narrowed};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

/// What both versions have in common.
struct Scan {
    body: Arc<Body>,
    /// How many values are carried from turn to turn.
    carried: usize,
    /// How each tensor is read.
    read: Vec<Placement>,
    collected: Collected,
}

impl Scan {
    /// Reads what both versions state alike; the values begin at this input.
    fn of(facts: &Facts<'_>, first: usize, directions: &str) -> Result<Self> {
        let types: Vec<ValueType> = (first..facts.input_count())
            .map(|input| facts.value_type(input).cloned())
            .collect::<Result<_>>()?;
        let scanned = facts.int("num_scan_inputs")?;
        let scanned = scanned.and_then(|count| usize::try_from(count).ok());
        let carried = scanned
            .filter(|&count| count > 0)
            .and_then(|count| types.len().checked_sub(count));
        let carried = carried
            .ok_or_else(|| fault!("`num_scan_inputs` does not fit {} inputs", types.len()))?;
        let body = facts.body("body", &types)?;
        check_carried(&types[..carried], body.outputs())?;
        let flags = facts.ints(directions)?;
        let read = (0..types.len() - carried).map(|number| {
            Ok(Placement {
                axis: 0,
                order: Order::of(flags, number)?,
            })
        });
        Ok(Self {
            read: read.collect::<Result<_>>()?,
            collected: Collected::of(&body, carried)?,
            carried,
            body,
        })
    }

    fn outputs(&self) -> Vec<ValueType> {
        self.body.outputs().to_vec()
    }

    /// Scans; what comes back is what was carried, and then what was collected.
    fn run(
        &self,
        mut carried: Vec<Value>,
        tensors: &[Tensor],
        node: &Inputs,
        context: &Context<'_>,
    ) -> Result<Vec<Value>> {
        let axes = tensors.iter().zip(&self.read);
        let axes = axes.map(|(x, read)| x.shape().axis(read.axis));
        let axes: Vec<usize> = axes.collect::<Result<_>>()?;
        let mut lengths = tensors.iter().zip(&axes).map(|(x, &axis)| x.shape()[axis]);
        let turns = lengths.next().unwrap_or(0);
        if lengths.any(|length| length != turns) {
            return Err(fault!("the tensors to scan are not of one length"));
        }
        let mut collected = self.collected.clone();
        for turn in 0..turns {
            let mut given = std::mem::take(&mut carried);
            for ((x, &axis), read) in tensors.iter().zip(&axes).zip(&self.read) {
                let row = match read.order {
                    Order::Forward => turn,
                    Order::Backward => turns - 1 - turn,
                };
                given.push(row_at(x, axis, row)?.into());
            }
            let mut returned = self.body.run(given, node, context)?.into_iter();
            carried.extend(returned.by_ref().take(self.carried));
            collected.add(returned, context)?;
        }
        carried.extend(collected.stacked()?.into_iter().map(Value::from));
        Ok(carried)
    }
}

/// One row of an axis, without the axis.
fn row_at(x: &Tensor, axis: usize, row: usize) -> Result<Tensor> {
    let mut shape = x.shape().to_vec();
    shape.remove(axis);
    narrowed(x, axis, row, 1)?.reshaped(shape)
}

/// Takes out the inputs from one on: so many that are carried, and so many tensors to scan.
fn taken(inputs: &mut Inputs, first: usize, scan: &Scan) -> Result<(Vec<Value>, Vec<Tensor>)> {
    let carried = (first..first + scan.carried).map(|input| inputs.take_value(input));
    let carried = carried.collect::<Result<_>>()?;
    let first = first + scan.carried;
    let tensors = (first..first + scan.read.len()).map(|input| Ok(inputs.take(input)?.dense()));
    Ok((carried, tensors.collect::<Result<_>>()?))
}

/// Scan since version 9.
pub(super) fn scan(facts: &Facts<'_>) -> Result<Built> {
    let mut scan = Scan::of(facts, 0, "scan_input_directions")?;
    let axes = facts.ints("scan_input_axes")?;
    if axes.is_some_and(|axes| axes.len() != scan.read.len()) {
        return Err(fault!(
            "`scan_input_axes` does not fit {} tensors",
            scan.read.len()
        ));
    }
    for (number, read) in scan.read.iter_mut().enumerate() {
        read.axis = axes.map_or(0, |axes| axes[number]);
    }
    let axes = facts.ints("scan_output_axes")?;
    let flags = facts.ints("scan_output_directions")?;
    let count = scan.collected.len();
    if axes.is_some_and(|axes| axes.len() != count) {
        return Err(fault!("`scan_output_axes` does not fit {count} outputs"));
    }
    for number in 0..count {
        let placement = Placement {
            axis: axes.map_or(0, |axes| axes[number]),
            order: Order::of(flags, number)?,
        };
        scan.collected.place(number, placement);
    }
    let (outputs, body) = (scan.outputs(), Arc::clone(&scan.body));
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (carried, tensors) = taken(&mut inputs, 0, &scan)?;
        Ok(scan.run(carried, &tensors, &inputs, context)?.into())
    };
    Ok(built(outputs, [&body], operator))
}

/// Scan of version 8, which scans each sequence of a batch by itself.
pub(super) fn scan_batches(facts: &Facts<'_>) -> Result<Built> {
    let scan = Scan::of(facts, 1, "directions")?;
    let (outputs, body) = (scan.outputs(), Arc::clone(&scan.body));
    Ok(built(outputs, [&body], Batches(scan)))
}

struct Batches(Scan);

impl Operator for Batches {
    fn run(&self, mut inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let lengths = inputs.optional(0)?.map(Tensor::integers).transpose()?;
        let (carried, tensors) = taken(&mut inputs, 1, &self.0)?;
        let carried: Vec<Tensor> = carried
            .into_iter()
            .map(|value| Ok(value.into_tensor()?.dense()))
            .collect::<Result<_>>()?;
        let first = tensors.first().map(|x| &x.shape()[..]);
        let Some(&[batches, longest, ..]) = first else {
            return Err(fault!(
                "a tensor to scan has no axes for batch and sequence"
            ));
        };
        let all = carried.iter().chain(&tensors);
        if let Some(x) = all.clone().find(|x| x.shape().first() != Some(&batches)) {
            return Err(fault!(
                "shape {} is not one of {batches} sequences",
                x.shape()
            ));
        }
        let lengths =
            lengths.unwrap_or_else(|| vec![i64::try_from(longest).unwrap_or(i64::MAX); batches]);
        if lengths.len() != batches {
            return Err(fault!("{} lengths for {batches} sequences", lengths.len()));
        }
        let mut rows: Vec<Vec<Tensor>> = vec![Vec::new(); self.0.body.outputs().len()];
        for (batch, &length) in lengths.iter().enumerate() {
            let length = usize::try_from(length)
                .ok()
                .filter(|&length| length <= longest);
            let length = length.ok_or_else(|| fault!("a sequence is longer than {longest}"))?;
            let carried = carried.iter().map(|x| Ok(row_at(x, 0, batch)?.into()));
            let sequences = tensors
                .iter()
                .map(|x| narrowed(&row_at(x, 0, batch)?, 0, 0, length));
            let sequences: Vec<Tensor> = sequences.collect::<Result<_>>()?;
            let carried = carried.collect::<Result<_>>()?;
            let made = self.0.run(carried, &sequences, &inputs, context)?;
            for (number, (list, value)) in rows.iter_mut().zip(made).enumerate() {
                let mut x = value.into_tensor()?;
                if number >= self.0.carried {
                    x = filled_up(x, longest)?;
                }
                let shape: Shape = std::iter::once(1)
                    .chain(x.shape().iter().copied())
                    .collect();
                list.push(x.reshaped(shape)?);
            }
        }
        let types = self.0.body.outputs();
        let stacked = rows.into_iter().zip(types).map(|(list, value_type)| {
            if list.is_empty() {
                let data_type = value_type.data_type().unwrap_or(DataType::F32);
                return Ok(zeros(data_type, &[0, longest].into())?.into());
            }
            Ok(Value::from(joined(list, 0)?))
        });
        stacked.collect()
    }
}

/// The sequence with zeros after it.
fn filled_up(x: Tensor, rows: usize) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    let missing = rows.saturating_sub(shape[0]);
    if missing == 0 {
        return Ok(x);
    }
    shape[0] = missing;
    let rest = zeros(x.data_type(), &shape)?;
    joined(vec![x, rest], 0)
}
