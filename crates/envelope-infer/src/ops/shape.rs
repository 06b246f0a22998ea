//! The shape of a tensor, and the same elements in another shape or order.

use burn_backend::TensorMetadata as _;
use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _, IntTensorOps as _};
use smallvec::SmallVec;

use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::with_size;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Identity", identity),
    Entry::new("Reshape", reshape_by_attribute),
    Entry::since("Reshape", 5, reshape),
    Entry::new("Shape", shape),
    Entry::new("Transpose", transpose),
];

fn identity(facts: &Facts<'_>) -> Result<Built> {
    let value_type = facts.value_type(0)?.clone();
    Ok(
        Built::one(value_type, |mut inputs: Inputs, _: &Context<'_>| {
            Ok(one(inputs.take_value(0)?))
        })
        .anywhere(),
    )
}

fn shape(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type(0)?;
    let (start, end) = (facts.int_or("start", 0)?, facts.int("end")?);
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let shape = inputs.tensor(0)?.shape();
        let rank = i64::try_from(shape.rank()).unwrap_or(i64::MAX);
        let place = |axis: i64| {
            let axis = if axis < 0 {
                axis.saturating_add(rank)
            } else {
                axis
            };
            usize::try_from(axis.clamp(0, rank)).unwrap_or(0)
        };
        let (start, end) = (place(start), end.map_or(shape.rank(), place));
        Ok(one(Tensor::from_sizes(
            shape.get(start..end).unwrap_or_default(),
        )))
    };
    Ok(Built::one(DataType::I64, operator).anywhere())
}

fn reshape_by_attribute(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    facts.ints("consumed_inputs")?;
    let wanted = facts.ints("shape")?.unwrap_or_default().to_vec();
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let shape = resolved(&wanted, x.shape(), false)?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn reshape(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let zero_is_zero = facts.flag("allowzero", false)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let wanted = inputs.tensor(1)?.integers()?;
        let shape = resolved(&wanted, x.shape(), zero_is_zero)?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// The shape that Reshape means: 0 keeps a dimension, -1 takes what is left.
fn resolved(wanted: &[i64], shape: &Shape, zero_is_zero: bool) -> Result<Shape> {
    let mut left = None;
    let mut found: Shape = Shape::default();
    let sizes: SmallVec<[usize; 6]> = wanted
        .iter()
        .enumerate()
        .map(|(i, &size)| match size {
            0 if !zero_is_zero => shape
                .get(i)
                .copied()
                .ok_or_else(|| fault!("shape {shape} has no dimension {i} to keep")),
            -1 if left.is_none() => {
                left = Some(i);
                Ok(1)
            }
            size => usize::try_from(size).map_err(|_| fault!("{shape} cannot become {wanted:?}")),
        })
        .collect::<Result<_>>()?;
    found.clone_from(&sizes.iter().copied().collect());
    if let Some(i) = left {
        let known = found
            .checked_elements()
            .filter(|&n| n > 0 && shape.elements().is_multiple_of(n));
        let known = known.ok_or_else(|| fault!("{shape} cannot become {wanted:?}"))?;
        found[i] = shape.elements() / known;
    }
    Ok(found)
}

fn transpose(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let order = facts.ints("perm")?.map(<[i64]>::to_vec);
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let order = match &order {
            Some(order) => crate::shape::axes_of(order, x.rank())?,
            None => (0..x.rank()).rev().collect(),
        };
        if order.len() != x.rank() {
            return Err(fault!(
                "{order:?} orders {} axes, found shape {}",
                order.len(),
                x.shape()
            ));
        }
        Ok(one(permuted(x, &order)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// The same elements with their axes in this order; burn makes it a view.
pub(super) fn permuted(x: Tensor, order: &[usize]) -> Result<Tensor> {
    let shape: Shape = order.iter().map(|&axis| x.shape()[axis]).collect();
    match x.data_type() {
        DataType::String => {
            let strings = x.strings()?;
            let moved = positions(x.shape(), order)
                .map(|i| strings[i].clone())
                .collect();
            Ok(Tensor::from_strings(shape, moved))
        }
        data_type if data_type.is_number() || data_type == DataType::Bool => {
            let tensor = x.into_burn()?;
            Tensor::from_burn(match tensor.dtype() {
                burn_backend::DType::Bool(_) => B::bool_permute(tensor, order),
                dtype if dtype.is_float() => B::float_permute(tensor, order),
                _ => B::int_permute(tensor, order),
            })
        }
        data_type => with_size!(data_type, T => {
            let values = x.raw::<T>();
            let moved: Vec<T> = positions(x.shape(), order).map(|i| values[i]).collect();
            Ok(Tensor::from_raw(data_type, shape, moved))
        }),
    }
}

/// Where each element of the permuted tensor lies in the dense one.
fn positions(shape: &Shape, order: &[usize]) -> impl Iterator<Item = usize> {
    let strides = shape.strides();
    let moved: Shape = order.iter().map(|&axis| shape[axis]).collect();
    let moved_strides: SmallVec<[usize; 6]> = order.iter().map(|&axis| strides[axis]).collect();
    crate::shape::positions(moved, moved_strides)
}
