//! Pow: the base decides the type of the result, the exponent may have another type.

use burn_backend::ops::FloatTensorOps as _;
use num_traits::Float;

use super::super::broadcast;
use super::super::elementwise::Arithmetic;
use super::super::fast_math;
use super::{OldBroadcast, aligned};
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::{Number, Real, with_float, with_integer, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    let exponent_type = facts.data_type_where(1, DataType::is_number)?;
    let old = OldBroadcast::of(facts)?;
    let known = facts.constant(1).and_then(simple_exponent);
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (base, exponent) = (inputs.take(0)?, inputs.take(1)?);
        let exponent = aligned(old, &base, exponent)?;
        let target = base.shape().broadcast(exponent.shape())?;
        context.room_for(&target, data_type)?;
        if let Some(simple) = simple_exponent(&exponent).filter(|_| target == *base.shape())
            && data_type == DataType::F32
        {
            return Ok(one(simply(base, simple)?));
        }
        if data_type.is_float() {
            return Ok(one(
                with_float!(data_type, T => real::<T>(&base, &exponent, target))?,
            ));
        }
        let power = if exponent_type.is_float() {
            with_integer!(data_type, T => through_double::<T>(&base, &exponent, target))
        } else {
            with_integer!(data_type, T => whole::<T>(&base, &exponent, target))
        };
        Ok(one(power?))
    };
    let built = Built::one(data_type, operator);
    // Shaders have no power of negative numbers; the exponents that networks have are products.
    Ok(match (data_type, known) {
        (DataType::F32, Some(_)) => built.anywhere_but(&[1]),
        _ => built,
    })
}

/// A power that is a product or a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Simple {
    One,
    Square,
    Cube,
    Inverse,
}

fn simple_exponent(exponent: &Tensor) -> Option<Simple> {
    const ALL: [(f64, Simple); 4] = [
        (1.0, Simple::One),
        (2.0, Simple::Square),
        (3.0, Simple::Cube),
        (-1.0, Simple::Inverse),
    ];
    let number = exponent.number().ok()?;
    let found = ALL.iter().find(|row| row.0.to_bits() == number.to_bits());
    found.map(|row| row.1)
}

fn simply(base: Tensor, power: Simple) -> Result<Tensor> {
    if base.is_on_gpu() {
        let x = base.into_burn()?;
        let square = |x: &burn_dispatch::DispatchTensor| B::float_mul(x.clone(), x.clone());
        return Tensor::from_burn(match power {
            Simple::One => x,
            Simple::Square => square(&x),
            Simple::Cube => B::float_mul(square(&x), x),
            Simple::Inverse => B::float_recip(x),
        });
    }
    let shape = base.shape().clone();
    let mut values = base.into_vec::<f32>()?;
    match power {
        Simple::One => {}
        Simple::Square => fast_math::apply(&mut values, |v| v * v),
        Simple::Cube => fast_math::apply(&mut values, |v| v * v * v),
        Simple::Inverse => fast_math::apply(&mut values, |v| 1.0 / v),
    }
    Ok(Tensor::from_vec(shape, values))
}

/// A power of floats, computed as wide as they are, at least in single precision.
fn real<T: Real>(base: &Tensor, exponent: &Tensor, target: Shape) -> Result<Tensor> {
    let exponents: Vec<T::Wide> = with_number!(exponent.data_type(), E => {
        let values = exponent.values::<E>()?;
        Ok(values.iter().map(|v| <T::Wide as Number>::from_f64(v.to_f64())).collect())
    })?;
    let values = broadcast::pairs(
        (&base.values::<T>()?, base.shape()),
        (&exponents, exponent.shape()),
        &target,
        |base, exponent| T::narrow(base.widen().powf(exponent)),
    );
    Ok(Tensor::from_vec(target, values))
}

/// A power of an integer whose exponent is a float: computed in double precision and cut off.
fn through_double<T: Arithmetic>(
    base: &Tensor,
    exponent: &Tensor,
    target: Shape,
) -> Result<Tensor> {
    let exponents: Vec<f64> = with_number!(exponent.data_type(), E => {
        Ok(exponent.values::<E>()?.iter().map(|v| v.to_f64()).collect())
    })?;
    let values = broadcast::pairs(
        (&base.values::<T>()?, base.shape()),
        (&exponents, exponent.shape()),
        &target,
        |base, exponent| T::from_f64(base.to_f64().powf(exponent)),
    );
    Ok(Tensor::from_vec(target, values))
}

/// A power of integers: what is too large wraps around, what is below 1 is cut off.
fn whole<T: Arithmetic>(base: &Tensor, exponent: &Tensor, target: Shape) -> Result<Tensor> {
    let exponents = exponent.integers()?;
    let bases = base.values::<T>()?;
    let zero = T::from_i64(0);
    if exponents.iter().any(|&e| e < 0) && bases.contains(&zero) {
        return Err(fault!("0 has no integer power of a negative exponent"));
    }
    let values = broadcast::pairs(
        (&bases, base.shape()),
        (&exponents, exponent.shape()),
        &target,
        whole_power::<T>,
    );
    Ok(Tensor::from_vec(target, values))
}

fn whole_power<T: Arithmetic>(base: T, exponent: i64) -> T {
    let one = T::from_i64(1);
    let Ok(mut left) = u64::try_from(exponent) else {
        let odd = exponent % 2 != 0;
        return match base {
            _ if base == one => one,
            _ if base < T::from_i64(0) && base.to_i64() == -1 => {
                if odd {
                    base
                } else {
                    one
                }
            }
            _ => T::from_i64(0),
        };
    };
    let (mut power, mut square) = (one, base);
    while left > 0 {
        if left % 2 == 1 {
            power = power.times(square);
        }
        square = square.times(square);
        left /= 2;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_integers_wrap_and_are_cut_off() {
        for (base, exponent, want) in [
            (2i32, 10i64, 1024),
            (-3, 3, -27),
            (0, 0, 1),
            (2, 32, 0),
            (2, -1, 0),
            (-1, -3, -1),
            (-1, -2, 1),
            (1, i64::MIN, 1),
        ] {
            assert_eq!(whole_power(base, exponent), want, "{base} to {exponent}");
        }
    }
}
