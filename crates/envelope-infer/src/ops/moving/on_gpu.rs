//! The same for tensors on a GPU, where burn moves the elements: floats and booleans.

use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _};
use burn_backend::{BoolDType, BoolStore, DType, FloatDType, Slice, TensorMetadata as _};
use burn_dispatch::DispatchTensor;

use super::signed;
use crate::burn_tensor::{B, indices_beside};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::{Tensor, burn_shape};

fn is_bool(tensor: &DispatchTensor) -> bool {
    matches!(tensor.dtype(), DType::Bool(_))
}

/// The part between these bounds of each axis.
pub(in crate::ops) fn sliced(
    tensor: DispatchTensor,
    bounds: impl IntoIterator<Item = (usize, usize)>,
) -> DispatchTensor {
    let slices: Vec<Slice> = bounds
        .into_iter()
        .map(|(start, end)| Slice::new(signed(start), Some(signed(end)), 1))
        .collect();
    if is_bool(&tensor) {
        B::bool_slice(tensor, &slices)
    } else {
        B::float_slice(tensor, &slices)
    }
}

/// The rows of these indices along an axis.
pub(in crate::ops) fn selected(
    tensor: DispatchTensor,
    axis: usize,
    indices: &[usize],
) -> Result<DispatchTensor> {
    let indices: Vec<i64> = indices
        .iter()
        .map(|&index| i64::try_from(index).unwrap_or(i64::MAX))
        .collect();
    let indices = indices_beside(&tensor, &[indices.len()].into(), &indices)?;
    Ok(if is_bool(&tensor) {
        B::bool_select(tensor, axis, indices)
    } else {
        B::float_select(tensor, axis, indices)
    })
}

/// Tensors one after another along an axis; there is at least one.
pub(in crate::ops) fn concatenated(tensors: Vec<DispatchTensor>, axis: usize) -> DispatchTensor {
    if tensors.first().is_some_and(is_bool) {
        B::bool_cat(tensors, axis)
    } else {
        B::float_cat(tensors, axis)
    }
}

/// The tensor broadcast to a shape of the same rank.
pub(in crate::ops) fn expanded(tensor: DispatchTensor, shape: &Shape) -> DispatchTensor {
    let shape = burn_shape(shape);
    if is_bool(&tensor) {
        B::bool_expand(tensor, shape)
    } else {
        B::float_expand(tensor, shape)
    }
}

/// The tensor so many times along an axis.
pub(in crate::ops) fn repeated(
    tensor: DispatchTensor,
    axis: usize,
    times: usize,
) -> DispatchTensor {
    if is_bool(&tensor) {
        B::bool_repeat_dim(tensor, axis, times)
    } else {
        B::float_repeat_dim(tensor, axis, times)
    }
}

/// A tensor full of one value, or of zeros, of the type and on the device of another one.
pub(in crate::ops) fn fill_beside(
    other: &DispatchTensor,
    shape: &Shape,
    value: Option<&Tensor>,
) -> Result<DispatchTensor> {
    let (device, shape) = (other.device(), burn_shape(shape));
    if is_bool(other) {
        let dtype = BoolDType::from(match other.dtype() {
            DType::Bool(store) => store,
            _ => BoolStore::Native,
        });
        let is_set = value.map(Tensor::flag).transpose()?.unwrap_or_default();
        return Ok(if is_set {
            B::bool_ones(shape, &device, dtype)
        } else {
            B::bool_zeros(shape, &device, dtype)
        });
    }
    let value = match value {
        Some(value) if value.data_type() == DataType::F32 => value.number()?,
        Some(value) => return Err(fault!("found a value of {}", value.data_type())),
        None => 0.0,
    };
    Ok(B::float_full(shape, value.into(), &device, FloatDType::F32))
}
