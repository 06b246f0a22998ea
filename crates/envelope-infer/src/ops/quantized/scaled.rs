//! Sums of products of quantized numbers, quantized again; and `QLinearMatMul`.

use super::super::broadcast;
use super::super::elementwise;
use super::{Factors, by_column, by_row, is_byte, range, saturated};
use crate::data_type::DataType;
use crate::element::{Number as _, to_single};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Quantizes sums: multiplies by a factor, rounds to even, adds the zero point, and saturates.
pub(super) fn quantized(
    sums: &[i32],
    shape: &Shape,
    (factors, factor_shape): (&[f32], &Shape),
    zero_point: &Tensor,
) -> Result<Tensor> {
    let to = zero_point.data_type();
    let range = range(to).ok_or_else(|| fault!("quantizing to {to} is not supported"))?;
    let point = to_single(zero_point.number()?);
    // The product has more digits than single precision; its rounding must not depend on that.
    let scaled = |sum: i32, factor: f32| {
        to_single((f64::from(sum) * f64::from(factor)).round_ties_even()) + point
    };
    let sums = (sums, shape);
    let mut values = broadcast::pairs(sums, (factors, factor_shape), shape, scaled);
    Ok(saturated(to, range, shape.clone(), &mut values))
}

/// a b / y, each step rounded to the type of the scales, in which a and b broadcast together.
pub(super) fn factors(
    (a, a_shape): (&Tensor, &Shape),
    (b, b_shape): (&Tensor, &Shape),
    y: &Tensor,
) -> Result<(Vec<f32>, Shape)> {
    let target = a_shape.broadcast(b_shape)?;
    let y = y.number()?;
    let factors = crate::element::with_float!(a.data_type(), T => {
        let (a, b) = (a.values::<T>()?, b.values::<T>()?);
        let y = T::from_f64(y);
        let factor = |a: T, b: T| elementwise::Arithmetic::times(a, b) / y;
        let factors = broadcast::pairs((&a, a_shape), (&b, b_shape), &target, factor);
        Ok(factors.into_iter().map(to_single).collect::<Vec<f32>>())
    })?;
    Ok((factors, target))
}

/// The inputs are a, b and y, each with its scale and its zero point after it; y has no values.
pub(super) fn matmul(facts: &Facts<'_>) -> Result<Built> {
    let product = Factors::of(facts, [(0, 2), (3, 5)])?;
    facts.data_type_where(1, |found| {
        matches!(found, DataType::F32 | DataType::F16 | DataType::Bf16)
    })?;
    facts.same_data_type([1, 4, 6])?;
    let to = facts.data_type_where(7, is_byte)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (shape, sums) = product.product(&inputs, context)?;
        let (a_scale, b_scale) = (inputs.tensor(1)?, inputs.tensor(4)?);
        let a_shape = by_row(a_scale.shape(), inputs.tensor(0)?.shape());
        let b_shape = by_column(Some(b_scale));
        let (factors, factor_shape) =
            factors((a_scale, &a_shape), (b_scale, &b_shape), inputs.tensor(6)?)?;
        if factor_shape.broadcast(&shape)? != shape {
            return Err(fault!("scales of shape {factor_shape} do not fit {shape}"));
        }
        let zero_point = inputs.tensor(7)?;
        Ok(one(quantized(
            &sums,
            &shape,
            (&factors, &factor_shape),
            zero_point,
        )?))
    };
    Ok(Built::one(to, operator))
}
