//! Calls of burn that several operators share: reading back, reshaping, making tensors beside
//! another one. All of burn's own operations are reached through [`B`], for any rank and device.

use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _, IntTensorOps as _};
use burn_backend::{Bytes, DType, ExecutionError, TensorData, TensorMetadata as _};
use burn_dispatch::{Dispatch, DispatchDevice, DispatchTensor};

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::{Tensor, burn_shape, burn_type};

/// The backend that chooses the device by the tensors it is given.
pub(crate) type B = Dispatch;

/// Reads a tensor back as dense bytes in native order.
///
/// A device that fails while it computes says so here; burn has no other place for it, and so the
/// panic is caught where the node runs.
pub(crate) fn read(tensor: DispatchTensor) -> Bytes {
    let data: std::result::Result<TensorData, ExecutionError> = burn_backend::read_sync(async {
        match tensor.dtype() {
            DType::Bool(_) => B::bool_into_data(tensor).await,
            dtype if dtype.is_float() => B::float_into_data(tensor).await,
            _ => B::int_into_data(tensor).await,
        }
    });
    let data = data.unwrap_or_else(|error| panic!("the device failed: {error:?}"));
    let data = match data.dtype() {
        // Some devices keep booleans in 32 bits.
        DType::Bool(_) => data.convert::<bool>(),
        _ => data,
    };
    data.into_parts().0
}

/// The same elements in another shape. GPUs have no tensors without dimensions: there a scalar is a
/// vector of one element, and only [`Tensor`] knows better.
pub(crate) fn reshape(tensor: DispatchTensor, shape: &Shape) -> DispatchTensor {
    let is_scalar_on_gpu = shape.rank() == 0 && !crate::tensor::is_in_memory(&tensor);
    let shape = if is_scalar_on_gpu {
        burn_backend::Shape::from(vec![1])
    } else {
        burn_shape(shape)
    };
    match tensor.dtype() {
        DType::Bool(_) => B::bool_reshape(tensor, shape),
        dtype if dtype.is_float() => B::float_reshape(tensor, shape),
        _ => B::int_reshape(tensor, shape),
    }
}

/// The same elements on another device.
pub(crate) fn to_device(tensor: &Tensor, device: &DispatchDevice) -> Result<Tensor> {
    let data_type = tensor.data_type();
    let shape = burn_shape(&tensor.shape().padded_to(1));
    let data = if data_type == DataType::Bool {
        // Devices keep booleans in different numbers of bits.
        let stored = burn_backend::get_device_settings::<B>(device).bool_dtype;
        let values: Vec<bool> = tensor.bools()?.iter().map(|&value| value != 0).collect();
        TensorData::new(values, shape).convert_dtype(stored.into())
    } else {
        let bytes = Bytes::from_bytes_vec(tensor.bytes().into_owned());
        TensorData::from_bytes(bytes, shape, burn_type(data_type)?)
    };
    let moved = Tensor::from_burn(match data_type {
        DataType::Bool => B::bool_from_data(data, device),
        data_type if data_type.is_float() => B::float_from_data(data, device),
        _ => B::int_from_data(data, device),
    })?;
    moved.reshaped(tensor.shape().clone())
}

/// Indices as a tensor of integers on the device of another tensor.
pub(crate) fn indices_beside(
    other: &DispatchTensor,
    shape: &Shape,
    indices: &[i64],
) -> Result<DispatchTensor> {
    let device = other.device();
    // GPUs count in 32 bits, and no tensor on one has more elements than that.
    let narrow: Vec<i32> = indices
        .iter()
        .map(|&index| i32::try_from(index).map_err(|_| fault!("index {index} is too large")))
        .collect::<Result<_>>()?;
    let data = TensorData::new(narrow, burn_shape(shape));
    Ok(B::int_from_data(data, &device))
}

/// Both tensors with the rank of the larger one, so that burn broadcasts them.
pub(crate) fn same_rank(a: Tensor, b: Tensor) -> Result<(DispatchTensor, DispatchTensor)> {
    let rank = a.rank().max(b.rank());
    let (a_shape, b_shape) = (a.shape().padded_to(rank), b.shape().padded_to(rank));
    Ok((
        a.reshaped(a_shape)?.into_burn()?,
        b.reshaped(b_shape)?.into_burn()?,
    ))
}

/// How the device of a tensor keeps booleans, which comparisons want to know.
pub(crate) fn bool_type(tensor: &DispatchTensor) -> burn_backend::BoolDType {
    burn_backend::get_device_settings::<B>(&tensor.device()).bool_dtype
}

/// The tensor broadcast to a shape that it broadcasts to.
///
/// On a GPU the elements are repeated: not every kernel there reads views without strides rightly.
pub(crate) fn expanded(tensor: Tensor, shape: &Shape) -> Result<DispatchTensor> {
    let padded = tensor.shape().padded_to(shape.rank());
    let on_gpu = tensor.is_on_gpu();
    let tensor = tensor.reshaped(padded.clone())?.into_burn()?;
    if on_gpu {
        let axes = padded.iter().zip(shape.iter()).enumerate();
        let repeated = axes.filter(|(_, (from, to))| from != to);
        return Ok(repeated.fold(tensor, |tensor, (axis, (_, &times))| {
            repeat(tensor, axis, times)
        }));
    }
    let shape = burn_shape(shape);
    Ok(match tensor.dtype() {
        DType::Bool(_) => B::bool_expand(tensor, shape),
        dtype if dtype.is_float() => B::float_expand(tensor, shape),
        _ => B::int_expand(tensor, shape),
    })
}

fn repeat(tensor: DispatchTensor, axis: usize, times: usize) -> DispatchTensor {
    match tensor.dtype() {
        DType::Bool(_) => B::bool_repeat_dim(tensor, axis, times),
        dtype if dtype.is_float() => B::float_repeat_dim(tensor, axis, times),
        _ => B::int_repeat_dim(tensor, axis, times),
    }
}
