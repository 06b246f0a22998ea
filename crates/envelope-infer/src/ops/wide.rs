//! Computing with floats in one of two types: `f64` in `f64`, all narrower ones in `f32`.
//!
//! Operators that are more than a loop or two convert their inputs here, compute once for both
//! types, and convert back.
#![expect(
    clippy::inline_always,
    reason = "loops become vectors where they are inlined"
)]

use burn_backend::ops::FloatTensorOps as _;
use num_traits::Float;

use super::{fast_math, fast_softmax};
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::{Number, Real, with_float};
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// A type that operators compute in: `f32` or `f64`.
pub(super) trait Wide: Float + Number + Real<Wide = Self> {
    /// The exponential, such that a loop over it becomes one over vectors.
    fn exponential(self) -> Self;
    /// Replaces each value by its hyperbolic tangent.
    fn tanh_all(values: &mut [Self]);
    /// Replaces each value x by 1 / (1 + exp(-x)).
    fn sigmoid_all(values: &mut [Self]);
    /// The largest value that is a number; minus infinity where there is none.
    fn largest(values: &[Self]) -> Self;
    /// Replaces each value by its share in the softmax, given the largest value.
    fn softmax(values: &mut [Self], largest: Self);
}

impl Wide for f32 {
    #[inline(always)]
    fn exponential(self) -> Self {
        fast_math::exp_of(self)
    }
    fn tanh_all(values: &mut [Self]) {
        fast_math::tanh(values);
    }
    fn sigmoid_all(values: &mut [Self]) {
        fast_math::sigmoid(values);
    }
    fn largest(values: &[Self]) -> Self {
        fast_softmax::largest(values)
    }
    fn softmax(values: &mut [Self], largest: Self) {
        fast_softmax::softmax(values, largest);
    }
}

impl Wide for f64 {
    #[inline(always)]
    fn exponential(self) -> Self {
        self.exp()
    }
    fn tanh_all(values: &mut [Self]) {
        for value in values {
            *value = value.tanh();
        }
    }
    fn sigmoid_all(values: &mut [Self]) {
        for value in values {
            *value = 1.0 / (1.0 + (-*value).exp());
        }
    }
    fn largest(values: &[Self]) -> Self {
        values.iter().copied().fold(Self::NEG_INFINITY, Self::max)
    }
    fn softmax(values: &mut [Self], largest: Self) {
        let mut sum = 0.0;
        for value in &mut *values {
            *value = (*value - largest).exp();
            sum += *value;
        }
        for value in values {
            *value /= sum;
        }
    }
}

/// The type that elements of a type are computed in; what is no float stays what it is.
pub(super) fn wide_type(data_type: DataType) -> DataType {
    match data_type {
        DataType::F16 | DataType::Bf16 => DataType::F32,
        other => other,
    }
}

/// Runs the body with `$T` standing for `f32` or `f64`, the type in which floats of a type are
/// computed; other types are a fault.
macro_rules! with_wide {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $crate::ops::wide::wide_type($data_type) {
            $crate::data_type::DataType::F32 => {
                type $T = f32;
                $body
            }
            $crate::data_type::DataType::F64 => {
                type $T = f64;
                $body
            }
            other => Err($crate::fault::fault!("{other} is not supported here")),
        }
    };
}
pub(super) use with_wide;

/// The tensor's floats in another float type, rounded to the nearest; the same tensor where it has
/// that type already.
pub(super) fn converted(x: Tensor, data_type: DataType) -> Result<Tensor> {
    if x.data_type() == data_type {
        return Ok(x);
    }
    let shape = x.shape().clone();
    with_float!(x.data_type(), F => with_float!(data_type, T => {
        let values = x.values::<F>()?;
        let converted: Vec<T> = values.iter().map(|&v| T::from_f64(Number::to_f64(v))).collect();
        Ok(Tensor::from_vec(shape, converted))
    }))
}

/// The tensor in the type that it is computed in.
pub(super) fn widened(x: Tensor) -> Result<Tensor> {
    let wide = wide_type(x.data_type());
    converted(x, wide)
}

/// The same in memory, dense.
pub(super) fn widened_in_memory(x: Tensor) -> Result<Tensor> {
    widened(x.dense())
}

/// The matrix product of the last two dimensions; those before must be the same in both.
///
/// # Shapes
/// `[.., m, k]` and `[.., k, n]` make `[.., m, n]`.
pub(super) fn product(a: Tensor, b: Tensor) -> Result<Tensor> {
    // One of them may have been computed in memory.
    let (a, b) = if a.is_on_gpu() == b.is_on_gpu() {
        (a, b)
    } else {
        (a.dense(), b.dense())
    };
    let rank = a.rank();
    let fits = rank >= 2
        && b.rank() == rank
        && a.shape()[..rank - 2] == b.shape()[..rank - 2]
        && a.shape()[rank - 1] == b.shape()[rank - 2];
    if !fits {
        return Err(fault!(
            "{} and {} have no matrix product",
            a.shape(),
            b.shape()
        ));
    }
    let mut shape = a.shape().clone();
    shape[rank - 1] = b.shape()[rank - 1];
    if a.elements() == 0 || b.elements() == 0 {
        return zeros(shape, a.data_type());
    }
    Tensor::from_burn(B::float_matmul(a.into_burn()?, b.into_burn()?))
}

/// A tensor of zeros. Its size is to be checked before.
pub(super) fn zeros(shape: Shape, data_type: DataType) -> Result<Tensor> {
    with_float!(data_type, T => {
        let count = shape.elements();
        Ok(Tensor::from_vec(shape, vec![T::from_f64(0.0); count]))
    })
}
