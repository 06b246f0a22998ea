//! Functions of single elements: how they are applied to a tensor of any type, wherever it lies.

use burn_dispatch::DispatchTensor;
use half::{bf16, f16};

use super::fast_math;
use crate::data_type::DataType;
use crate::element::{Element, Number, with_float, with_number};
use crate::fault::Result;
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::tensor::Tensor;

/// A function of real numbers.
#[derive(Clone, Copy)]
pub(super) struct Function<G, S, D> {
    /// What burn computes, for tensors on a GPU.
    pub(super) burn: G,
    /// Replaces single-precision values in memory; narrower ones are widened for it.
    pub(super) single: S,
    /// The same for one value in double precision.
    pub(super) double: D,
}

/// Makes an operator of a function of real numbers, for the first input of a node.
pub(super) fn real<G, S, D>(facts: &Facts<'_>, function: Function<G, S, D>) -> Result<Built>
where
    G: Fn(DispatchTensor) -> DispatchTensor + Send + Sync + 'static,
    S: Fn(&mut [f32]) + Send + Sync + 'static,
    D: Fn(f64) -> f64 + Send + Sync + 'static,
{
    let data_type = facts.float(0)?;
    // Versions before 6 let implementations overwrite their input.
    facts.ints("consumed_inputs")?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        if x.is_on_gpu() {
            return Ok(one(Tensor::from_burn((function.burn)(x.into_burn()?))?));
        }
        Ok(one(real_in_memory(x, &function.single, &function.double)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// Applies a function of real numbers to a tensor of floats in memory.
pub(super) fn real_in_memory(
    x: Tensor,
    single: impl Fn(&mut [f32]),
    double: impl Fn(f64) -> f64,
) -> Result<Tensor> {
    match x.data_type() {
        DataType::F64 => map(x, double),
        DataType::F16 => widened(&x, single, f16::to_f32, f16::from_f32),
        DataType::Bf16 => widened(&x, single, bf16::to_f32, bf16::from_f32),
        _ => {
            let shape = x.shape().clone();
            let mut values = x.into_vec::<f32>()?;
            single(&mut values);
            Ok(Tensor::from_vec(shape, values))
        }
    }
}

fn widened<T: Element>(
    x: &Tensor,
    single: impl Fn(&mut [f32]),
    widen: impl Fn(T) -> f32,
    narrow: impl Fn(f32) -> T,
) -> Result<Tensor> {
    let mut wide: Vec<f32> = x.values::<T>()?.iter().map(|&v| widen(v)).collect();
    single(&mut wide);
    let narrow = wide.into_iter().map(narrow).collect();
    Ok(Tensor::from_vec(x.shape().clone(), narrow))
}

/// Applies a function to each element, in the same memory where nobody else holds it.
pub(super) fn map<T: Element>(x: Tensor, function: impl Fn(T) -> T) -> Result<Tensor> {
    let shape = x.shape().clone();
    let mut values = x.into_vec::<T>()?;
    for value in &mut values {
        *value = function(*value);
    }
    Ok(Tensor::from_vec(shape, values))
}

/// Numbers with the arithmetic of ONNX: integers wrap around, narrow floats are rounded after each
/// operation.
pub(super) trait Arithmetic: Number {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// The quotient; that of integers is cut off, and nothing by 0 may be asked for.
    fn over(self, other: Self) -> Self;
    /// What is left of the division, with the sign of `self`; the same holds for integers.
    fn remainder(self, other: Self) -> Self;
}

macro_rules! integers {
    ($($rust:ty),*) => {
        $(impl Arithmetic for $rust {
            #[inline]
            fn plus(self, other: Self) -> Self { self.wrapping_add(other) }
            #[inline]
            fn minus(self, other: Self) -> Self { self.wrapping_sub(other) }
            #[inline]
            fn times(self, other: Self) -> Self { self.wrapping_mul(other) }
            #[inline]
            fn over(self, other: Self) -> Self {
                if other == 0 { 0 } else { self.wrapping_div(other) }
            }
            #[inline]
            fn remainder(self, other: Self) -> Self {
                if other == 0 { 0 } else { self.wrapping_rem(other) }
            }
        })*
    };
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! floats {
    ($($rust:ty),*) => {
        $(impl Arithmetic for $rust {
            #[inline]
            fn plus(self, other: Self) -> Self { self + other }
            #[inline]
            fn minus(self, other: Self) -> Self { self - other }
            #[inline]
            fn times(self, other: Self) -> Self { self * other }
            #[inline]
            fn over(self, other: Self) -> Self { self / other }
            #[inline]
            fn remainder(self, other: Self) -> Self { self % other }
        })*
    };
}

floats!(f32, f64);

macro_rules! narrow_floats {
    ($($rust:ty),*) => {
        $(impl Arithmetic for $rust {
            #[inline]
            fn plus(self, other: Self) -> Self {
                Self::from_f32(self.to_f32() + other.to_f32())
            }
            #[inline]
            fn minus(self, other: Self) -> Self {
                Self::from_f32(self.to_f32() - other.to_f32())
            }
            #[inline]
            fn times(self, other: Self) -> Self {
                Self::from_f32(self.to_f32() * other.to_f32())
            }
            #[inline]
            fn over(self, other: Self) -> Self {
                Self::from_f32(self.to_f32() / other.to_f32())
            }
            #[inline]
            fn remainder(self, other: Self) -> Self {
                Self::from_f32(self.to_f32() % other.to_f32())
            }
        })*
    };
}

narrow_floats!(f16, bf16);

/// A tensor of narrow floats in single precision.
pub(super) fn to_single(x: &Tensor) -> Result<Tensor> {
    with_float!(x.data_type(), T => {
        let values = x.values::<T>()?;
        let wide: Vec<f32> = values.iter().map(|&v| crate::element::to_single(v)).collect();
        Ok(Tensor::from_vec(x.shape().clone(), wide))
    })
}

/// A tensor of single precision rounded to narrow floats.
pub(super) fn from_single(x: &Tensor, data_type: DataType) -> Result<Tensor> {
    with_float!(data_type, T => {
        let values = x.values::<f32>()?;
        let narrow: Vec<T> = values.iter().map(|&v| T::from_f64(v.into())).collect();
        Ok(Tensor::from_vec(x.shape().clone(), narrow))
    })
}

/// Whether any element is 0: what integers must not be divided by.
pub(super) fn holds_zero(x: &Tensor) -> Result<bool> {
    with_number!(x.data_type(), T => {
        let zero = T::from_i64(0);
        Ok(x.values::<T>()?.contains(&zero))
    })
}

/// A single-precision function for [`Function::single`] from one of single values.
pub(super) fn single(
    function: impl Fn(f32) -> f32 + Copy + Send + Sync + 'static,
) -> impl Fn(&mut [f32]) + Send + Sync + 'static {
    move |values: &mut [f32]| fast_math::apply(values, function)
}

/// A function that burn has and the standard library too, under these names.
macro_rules! standard {
    ($burn:path, $name:ident) => {
        $crate::ops::elementwise::Function {
            burn: $burn,
            single: $crate::ops::elementwise::single(|v: f32| v.$name()),
            double: |v: f64| v.$name(),
        }
    };
}
pub(super) use standard;
