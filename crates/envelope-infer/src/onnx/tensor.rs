//! Stored tensors become ours: raw bytes, typed fields, strings, external data.
//! The layout of each field is that of
//! [TensorProto](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

use bytes::Bytes;

use super::external::External;
use super::proto::{SparseTensorProto, TensorProto};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// `data_location` of tensors whose bytes lie in another file.
const EXTERNAL: i32 = 1;

/// Reads a stored tensor.
///
/// # Errors
/// When type, shape and data do not fit each other, or external data cannot be had.
pub(super) fn tensor(proto: &TensorProto, external: &mut External) -> Result<Tensor> {
    let data_type = DataType::from_onnx(proto.data_type.into()).ok_or_else(|| {
        fault!(
            "tensor `{}` has element type {}, which is not supported",
            proto.name,
            proto.data_type
        )
    })?;
    let shape = dimensions(&proto.dims)?;
    let elements = shape
        .checked_elements()
        .filter(|n| n.checked_mul(16).is_some())
        .ok_or_else(|| fault!("tensor `{}` of shape {shape} is too large", proto.name))?;
    if data_type == DataType::String {
        return strings(proto, shape, elements);
    }
    let raw = if proto.data_location == EXTERNAL {
        Some(external.find(&proto.external_data)?)
    } else {
        proto.raw_data.clone()
    };
    let bytes = match raw {
        Some(raw) if !raw.is_empty() || elements == 0 => unpacked(data_type, &raw, elements),
        _ => typed(proto, data_type, elements),
    };
    Tensor::from_bytes(data_type, shape, &bytes)
        .map_err(|error| fault!("tensor `{}`: {error}", proto.name))
}

fn dimensions(dims: &[i64]) -> Result<Shape> {
    dims.iter()
        .map(|&d| usize::try_from(d).map_err(|_| fault!("a tensor has dimension {d}")))
        .collect()
}

fn strings(proto: &TensorProto, shape: Shape, elements: usize) -> Result<Tensor> {
    if proto.string_data.len() != elements {
        let found = proto.string_data.len();
        return Err(fault!(
            "tensor `{}` has {found} strings, expected {elements}",
            proto.name
        ));
    }
    let text = |bytes: &Bytes| {
        String::from_utf8(bytes.to_vec())
            .map_err(|_| fault!("tensor `{}` has a string that is not UTF-8", proto.name))
    };
    let strings = proto.string_data.iter().map(text).collect::<Result<_>>()?;
    Ok(Tensor::from_strings(shape, strings))
}

/// Raw bytes with each element in a byte of its own where ONNX packs several into one, lowest bits
/// first; signed ones keep their sign.
fn unpacked(data_type: DataType, raw: &Bytes, elements: usize) -> Bytes {
    let in_byte = data_type.elements_in_byte();
    if in_byte == 1 {
        return raw.clone();
    }
    if raw.len() != elements.div_ceil(in_byte) {
        return raw.clone();
    }
    let bits = 8 / in_byte;
    let element = |i: usize| {
        let value = (raw[i / in_byte] >> (bits * (i % in_byte))) & (0xff >> (8 - bits));
        if matches!(data_type, DataType::I4 | DataType::I2) {
            sign_extended(value, bits)
        } else {
            value
        }
    };
    (0..elements).map(element).collect::<Vec<u8>>().into()
}

/// The byte that has the sign of a number of `bits` bits.
pub(crate) fn sign_extended(value: u8, bits: usize) -> u8 {
    let negative = value >> (bits - 1) & 1 == 1;
    if negative {
        value | (0xff << bits)
    } else {
        value
    }
}

/// The elements from the field that their type has in the message, as bytes.
fn typed(proto: &TensorProto, data_type: DataType, elements: usize) -> Bytes {
    let bytes: Vec<u8> = match data_type {
        DataType::F32 | DataType::Complex64 => bytemuck::cast_slice(&proto.float_data).to_vec(),
        DataType::F64 | DataType::Complex128 => bytemuck::cast_slice(&proto.double_data).to_vec(),
        DataType::I64 => bytemuck::cast_slice(&proto.int64_data).to_vec(),
        DataType::U64 => bytemuck::cast_slice(&proto.uint64_data).to_vec(),
        DataType::U32 => proto
            .uint64_data
            .iter()
            .flat_map(|v| low_bytes::<4>(*v))
            .collect(),
        _ if data_type.elements_in_byte() > 1 => {
            let packed: Vec<u8> = proto
                .int32_data
                .iter()
                .map(|v| v.to_le_bytes()[0])
                .collect();
            unpacked(data_type, &packed.into(), elements).to_vec()
        }
        _ => {
            let size = data_type.size_bytes();
            let values = proto.int32_data.iter();
            values
                .flat_map(|v| v.to_le_bytes().into_iter().take(size))
                .collect()
        }
    };
    bytes.into()
}

fn low_bytes<const N: usize>(value: u64) -> impl Iterator<Item = u8> {
    value.to_le_bytes().into_iter().take(N)
}

/// Reads a sparse tensor as a dense one.
///
/// # Errors
/// When values and indices do not fit each other or the shape.
pub(super) fn sparse_tensor(
    proto: &SparseTensorProto,
    external: &mut External,
) -> Result<(String, Tensor)> {
    let (Some(values), Some(indices)) = (&proto.values, &proto.indices) else {
        return Err(fault!("a sparse tensor has no values or no indices"));
    };
    let name = values.name.clone();
    let (values, indices) = (tensor(values, external)?, tensor(indices, external)?);
    let shape = dimensions(&proto.dims)?;
    let size = values.data_type().size_bytes();
    let total = shape
        .checked_elements()
        .and_then(|n| n.checked_mul(size))
        .filter(|&n| n <= MAX_SPARSE_BYTES);
    let total =
        total.ok_or_else(|| fault!("sparse tensor `{name}` of shape {shape} is too large"))?;
    let positions = positions(&indices, &shape, values.elements())?;
    let mut dense = vec![0u8; total];
    for (value, position) in values.bytes().chunks_exact(size.max(1)).zip(positions) {
        dense[position * size..(position + 1) * size].copy_from_slice(value);
    }
    let dense =
        Tensor::from_bytes(values.data_type(), shape, &dense).map_err(|error| fault!("{error}"))?;
    Ok((name, dense))
}

/// A sparse tensor that is made dense may take this many bytes: it says nothing of its size itself.
const MAX_SPARSE_BYTES: usize = 1 << 30;

/// Where each value lies in the dense tensor: indices are flat, or one row of coordinates a value.
fn positions(indices: &Tensor, shape: &Shape, values: usize) -> Result<Vec<usize>> {
    let outside = |index: i64| fault!("a sparse tensor has index {index} outside {shape}");
    let numbers = indices.integers()?;
    let flat: Vec<usize> = if indices.rank() == 1 {
        numbers
            .iter()
            .map(|&i| usize::try_from(i).map_err(|_| outside(i)))
            .collect::<Result<_>>()?
    } else {
        let strides = shape.strides();
        let position = |row: &[i64]| {
            row.iter().zip(strides.iter().zip(shape.iter())).try_fold(
                0,
                |sum, (&i, (&stride, &size))| {
                    let index = usize::try_from(i).ok().filter(|&index| index < size);
                    Ok(sum + index.ok_or_else(|| outside(i))? * stride)
                },
            )
        };
        numbers
            .chunks(shape.rank().max(1))
            .map(position)
            .collect::<Result<_>>()?
    };
    let total = shape.elements();
    if flat.len() != values || flat.iter().any(|&i| i >= total) {
        return Err(fault!(
            "the indices of a sparse tensor do not fit its {values} values"
        ));
    }
    Ok(flat)
}
