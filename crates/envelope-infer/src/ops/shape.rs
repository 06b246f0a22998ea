//! The shape of a tensor, and the same elements in another shape or order.

use burn_backend::TensorMetadata as _;
use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _, IntTensorOps as _};

use super::moving::{View, expanded, moved, signed};
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::{Shape, axes_of};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Expand", 8, expand),
    Entry::new("Flatten", flatten),
    Entry::new("Identity", identity),
    Entry::new("Reshape", reshape_by_attribute),
    Entry::since("Reshape", 5, reshape),
    Entry::new("Shape", shape),
    Entry::new("Size", size),
    Entry::new("Squeeze", squeeze),
    Entry::new("Transpose", transpose),
    Entry::new("Unsqueeze", unsqueeze),
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

fn size(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type(0)?;
    let operator = |inputs: Inputs, _: &Context<'_>| {
        let elements = inputs.tensor(0)?.elements();
        Ok(one(Tensor::scalar(
            i64::try_from(elements).unwrap_or(i64::MAX),
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
        let shape = resolved(&wanted, x.shape(), Zero::Keeps)?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn reshape(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let zero = if facts.flag("allowzero", false)? {
        Zero::IsZero
    } else {
        Zero::Keeps
    };
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let wanted = inputs.tensor(1)?.integers()?;
        let shape = resolved(&wanted, x.shape(), zero)?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// What a 0 among the wanted sizes means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zero {
    /// The size that the dimension has.
    Keeps,
    IsZero,
}

/// The shape that Reshape means: 0 keeps a dimension, -1 takes what is left.
fn resolved(wanted: &[i64], shape: &Shape, zero: Zero) -> Result<Shape> {
    let mut left = None;
    let mut found: Shape = wanted
        .iter()
        .enumerate()
        .map(|(i, &size)| match size {
            0 if zero == Zero::Keeps => shape
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
    if let Some(i) = left {
        let known = found
            .checked_elements()
            .filter(|&n| n > 0 && shape.elements().is_multiple_of(n));
        let known = known.ok_or_else(|| fault!("{shape} cannot become {wanted:?}"))?;
        found[i] = shape.elements() / known;
    }
    Ok(found)
}

/// The axes of Squeeze and Unsqueeze: an attribute, an input since version 13.
fn axes_source(facts: &Facts<'_>) -> Result<Option<Vec<i64>>> {
    match facts.ints("axes")? {
        Some(_) if facts.version() >= 13 => Err(fault!("`axes` is an input since version 13")),
        axes => Ok(axes.map(<[i64]>::to_vec)),
    }
}

fn squeeze(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let stated = axes_source(facts)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let given = inputs.optional(1)?.map(Tensor::integers).transpose()?;
        let x = inputs.take(0)?;
        let shape = squeezed(x.shape(), given.as_deref().or(stated.as_deref()))?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// The shape without these axes, or without all of size 1.
fn squeezed(shape: &Shape, axes: Option<&[i64]>) -> Result<Shape> {
    let Some(axes) = axes else {
        return Ok(shape.iter().copied().filter(|&size| size != 1).collect());
    };
    let axes = axes_of(axes, shape.rank())?;
    if let Some(axis) = axes.iter().find(|&&axis| shape[axis] != 1) {
        return Err(fault!("axis {axis} of {shape} is not of size 1"));
    }
    let kept = (0..shape.rank()).filter(|axis| !axes.contains(axis));
    Ok(kept.map(|axis| shape[axis]).collect())
}

fn unsqueeze(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let stated = axes_source(facts)?;
    if stated.is_none() && !facts.has(1) {
        return Err(fault!("`axes` is missing"));
    }
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let given = inputs.optional(1)?.map(Tensor::integers).transpose()?;
        let x = inputs.take(0)?;
        let axes = given.as_deref().or(stated.as_deref()).unwrap_or_default();
        let shape = unsqueezed(x.shape(), axes)?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// The shape with ones where these axes of the result are.
pub(super) fn unsqueezed(shape: &Shape, axes: &[i64]) -> Result<Shape> {
    let rank = shape.rank() + axes.len();
    let axes = axes_of(axes, rank)?;
    let mut sizes = shape.iter().copied();
    let size = |axis| {
        if axes.contains(&axis) {
            1
        } else {
            sizes.next().unwrap_or(1)
        }
    };
    Ok((0..rank).map(size).collect())
}

fn flatten(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axis = facts.int_or("axis", 1)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let shape = flattened(x.shape(), axis)?;
        Ok(one(x.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// The matrix whose columns begin at this axis; the axis after the last one is one, too.
fn flattened(shape: &Shape, axis: i64) -> Result<Shape> {
    let rank = shape.rank();
    let axis = match usize::try_from(axis) {
        Ok(axis) if axis == rank => axis,
        _ => shape.axis(axis)?,
    };
    Ok([
        shape[..axis].iter().product::<usize>(),
        shape[axis..].iter().product(),
    ]
    .into())
}

fn expand(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let operator = |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let sizes = sizes_of(&inputs.tensor(1)?.integers()?)?;
        let target = x.shape().broadcast(&sizes)?;
        context.room_for(&target, x.data_type())?;
        if target == *x.shape() {
            return Ok(one(x));
        }
        if x.is_on_gpu() && target.elements() > 0 {
            let aligned = x.shape().padded_to(target.rank());
            let tensor = x.reshaped(aligned)?.into_burn()?;
            return Ok(one(Tensor::from_burn(expanded(tensor, &target))?));
        }
        let view = View::broadcast(x.shape(), &target);
        Ok(one(moved(&view, &[&x], target)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// The shape that a tensor of integers lists.
pub(super) fn sizes_of(sizes: &[i64]) -> Result<Shape> {
    sizes
        .iter()
        .map(|&size| usize::try_from(size).map_err(|_| fault!("{sizes:?} is no shape")))
        .collect()
}

fn transpose(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let order = facts.ints("perm")?.map(<[i64]>::to_vec);
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let order = match &order {
            Some(order) => axes_of(order, x.rank())?,
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
    let data_type = x.data_type();
    if data_type.is_number() || data_type == DataType::Bool {
        let tensor = x.into_burn()?;
        return Tensor::from_burn(match tensor.dtype() {
            burn_backend::DType::Bool(_) => B::bool_permute(tensor, order),
            dtype if dtype.is_float() => B::float_permute(tensor, order),
            _ => B::int_permute(tensor, order),
        });
    }
    let shape: Shape = order.iter().map(|&axis| x.shape()[axis]).collect();
    let strides = x.shape().strides();
    let view = View {
        shape: shape.clone(),
        offset: 0,
        strides: order.iter().map(|&axis| signed(strides[axis])).collect(),
    };
    moved(&view, &[&x], shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reshape_resolves_sizes() {
        type Case = (
            &'static [usize],
            &'static [i64],
            Zero,
            Option<&'static [usize]>,
        );
        let cases: [Case; 8] = [
            (&[2, 3], &[-1], Zero::Keeps, Some(&[6])),
            (&[2, 3], &[0, -1], Zero::Keeps, Some(&[2, 3])),
            (&[0, 3], &[3, 0], Zero::IsZero, Some(&[3, 0])),
            (&[0, 3], &[3, -1], Zero::Keeps, Some(&[3, 0])),
            (&[2, 3], &[4, -1], Zero::Keeps, None),
            (&[2, 3], &[-1, -1], Zero::Keeps, None),
            (&[2, 3], &[2, 3, 0], Zero::Keeps, None),
            (&[2, 3], &[i64::MAX, i64::MAX, -1], Zero::Keeps, None),
        ];
        for (shape, wanted, zero, expected) in cases {
            let found = resolved(wanted, &shape.into(), zero).ok();
            assert_eq!(found, expected.map(Shape::from), "{shape:?} {wanted:?}");
        }
    }

    #[test]
    fn axes_come_and_go() {
        let shape = Shape::from([1, 2, 1]);
        assert_eq!(squeezed(&shape, None).unwrap(), [2].into());
        assert_eq!(squeezed(&shape, Some(&[-1])).unwrap(), [1, 2].into());
        assert!(squeezed(&shape, Some(&[1])).is_err());
        assert!(squeezed(&shape, Some(&[0, -3])).is_err());
        assert_eq!(unsqueezed(&[2].into(), &[-1, 0]).unwrap(), [1, 2, 1].into());
        assert!(unsqueezed(&[2].into(), &[3]).is_err());
        assert_eq!(flattened(&shape, 3).unwrap(), [2, 1].into());
        assert_eq!(flattened(&shape, -1).unwrap(), [2, 1].into());
        assert!(flattened(&shape, 4).is_err());
    }
}
