//! Mod: what is left of a division, by the sign of the divisor or, as C's `fmod`, of the dividend.

use super::super::elementwise::{Arithmetic, holds_zero};
use super::paired;
use crate::data_type::DataType;
use crate::element::{with_float, with_integer};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1])?;
    let as_in_c = facts.flag("fmod", false)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.take(0)?, inputs.take(1)?);
        let target = a.shape().broadcast(b.shape())?;
        context.room_for(&target, data_type)?;
        if data_type.is_integer() && holds_zero(&b)? {
            return Err(fault!("an integer is divided by zero"));
        }
        let left = match (as_in_c, data_type.is_float()) {
            (true, true) => with_float!(data_type, T => paired(&a, &b, target, T::remainder)),
            (true, false) => with_integer!(data_type, T => paired(&a, &b, target, T::remainder)),
            (false, true) => with_float!(data_type, T => paired(&a, &b, target, real_modulo::<T>)),
            (false, false) => with_integer!(data_type, T => paired(&a, &b, target, modulo::<T>)),
        };
        Ok(one(left?))
    };
    Ok(Built::one(data_type, operator))
}

/// The remainder with the sign of the divisor.
fn modulo<T: Arithmetic>(a: T, b: T) -> T {
    let zero = T::from_i64(0);
    let left = a.remainder(b);
    if left != zero && (left < zero) != (b < zero) {
        left.plus(b)
    } else {
        left
    }
}

/// The same for floats, where a remainder of 0 has the sign of the divisor too.
fn real_modulo<T: Arithmetic>(a: T, b: T) -> T {
    let left = modulo(a, b);
    let zero = T::from_f64(0.0);
    match left == zero {
        true if b.to_f64().is_sign_negative() => T::from_f64(-0.0),
        true => zero,
        false => left,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is compared is exact")]
mod tests {
    use super::*;

    #[test]
    fn remainders_have_the_sign_of_the_divisor() {
        for (a, b, want) in [(7, 3, 1), (-7, 3, 2), (7, -3, -2), (-7, -3, -1), (6, 3, 0)] {
            assert_eq!(modulo(a, b), want);
            assert_eq!(real_modulo(a as f32, b as f32), want as f32);
        }
        assert_eq!(modulo(i8::MIN, -1), 0);
        assert_eq!(real_modulo(-1.0, f64::INFINITY), f64::INFINITY);
        assert!(real_modulo(0.0, -2.0f64).is_sign_negative());
        assert!(real_modulo(f64::INFINITY, 2.0).is_nan());
    }
}
