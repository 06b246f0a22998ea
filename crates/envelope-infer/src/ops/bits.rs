//! Operations on the bits of integers, and the same bits as another type.

use num_traits::PrimInt;

use super::broadcast;
use super::elementwise::map;
use crate::data_type::DataType;
use crate::element::{Number, with_integer};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("BitCast", bit_cast),
    Entry::new("BitShift", bit_shift),
    Entry::new("BitwiseAnd", |facts| bitwise(facts, Bitwise::And)),
    Entry::new("BitwiseNot", bitwise_not),
    Entry::new("BitwiseOr", |facts| bitwise(facts, Bitwise::Or)),
    Entry::new("BitwiseXor", |facts| bitwise(facts, Bitwise::Xor)),
];

#[derive(Clone, Copy, Debug)]
enum Bitwise {
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

fn bitwise(facts: &Facts<'_>, operation: Bitwise) -> Result<Built> {
    facts.data_type_where(0, DataType::is_integer)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1])?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.tensor(0)?, inputs.tensor(1)?);
        let target = a.shape().broadcast(b.shape())?;
        context.room_for(&target, data_type)?;
        Ok(one(
            with_integer!(data_type, T => computed::<T>(operation, a, b, &target))?,
        ))
    };
    Ok(Built::one(data_type, operator))
}

fn computed<T: Number + PrimInt>(
    operation: Bitwise,
    a: &Tensor,
    b: &Tensor,
    target: &Shape,
) -> Result<Tensor> {
    let paired = |function: fn(T, T) -> T| {
        let (a_values, b_values) = (a.values::<T>()?, b.values::<T>()?);
        let (a, b) = ((&a_values[..], a.shape()), (&b_values[..], b.shape()));
        let values = broadcast::pairs(a, b, target, function);
        Ok(Tensor::from_vec(target.clone(), values))
    };
    match operation {
        Bitwise::And => paired(|a, b| a & b),
        Bitwise::Or => paired(|a, b| a | b),
        Bitwise::Xor => paired(|a, b| a ^ b),
        Bitwise::ShiftLeft => paired(shifted_left),
        Bitwise::ShiftRight => paired(shifted_right),
    }
}

/// The number of places to shift by, if it is within the bits of the type.
fn places<T: PrimInt>(by: T) -> Option<usize> {
    by.to_usize().filter(|&n| n < 8 * size_of::<T>())
}

fn shifted_left<T: PrimInt>(value: T, by: T) -> T {
    places(by).map_or_else(T::zero, |n| value << n)
}

/// What is shifted in is the sign; shifting by too much, or by less than nothing, leaves it alone.
fn shifted_right<T: PrimInt>(value: T, by: T) -> T {
    places(by).map_or_else(|| sign_fill(value), |n| value >> n)
}

/// All bits for negative numbers, none else.
fn sign_fill<T: PrimInt>(value: T) -> T {
    if value < T::zero() {
        !T::zero()
    } else {
        T::zero()
    }
}

fn bit_shift(facts: &Facts<'_>) -> Result<Built> {
    match facts.text("direction")? {
        Some("LEFT") => bitwise(facts, Bitwise::ShiftLeft),
        Some("RIGHT") => bitwise(facts, Bitwise::ShiftRight),
        other => Err(fault!("direction {other:?} is neither LEFT nor RIGHT")),
    }
}

fn bitwise_not(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_integer)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        Ok(one(with_integer!(data_type, T => map(x, |v: T| !v))?))
    };
    Ok(Built::one(data_type, operator))
}

/// The bits that an element has in ONNX, where it may lie packed.
fn bits(data_type: DataType) -> usize {
    8 * data_type.size_bytes() / data_type.elements_in_byte()
}

fn bit_cast(facts: &Facts<'_>) -> Result<Built> {
    let from = facts.data_type_where(0, |found| found != DataType::String)?;
    let to = facts.type_number("to")?;
    let to = to.ok_or_else(|| fault!("attribute `to` is missing"))?;
    if to == DataType::String || bits(from) != bits(to) {
        return Err(fault!("the bits of {from} cannot be those of {to}"));
    }
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        if from == to {
            return Ok(one(x));
        }
        Ok(one(match to {
            DataType::I4 | DataType::I2 => resigned(x, to, bits(to)),
            DataType::U4 | DataType::U2 | DataType::Float4E2M1 => masked(x, to, bits(to)),
            DataType::Bool => normalized(x),
            _ => x.reinterpreted(to),
        }))
    };
    Ok(Built::one(to, operator))
}

/// Narrow elements lie in bytes of their own, with their sign if they have one.
fn resigned(x: Tensor, to: DataType, bits: usize) -> Tensor {
    let shape = x.shape().clone();
    let mut values = x.into_raw::<u8>();
    for value in &mut values {
        *value = super::narrow::signed(*value, bits).cast_unsigned();
    }
    Tensor::from_raw(to, shape, values)
}

fn masked(x: Tensor, to: DataType, bits: usize) -> Tensor {
    let shape = x.shape().clone();
    let mut values = x.into_raw::<u8>();
    for value in &mut values {
        *value &= 0xff >> (8 - bits);
    }
    Tensor::from_raw(to, shape, values)
}

/// Booleans are 0 and 1 here.
fn normalized(x: Tensor) -> Tensor {
    let shape = x.shape().clone();
    let mut values = x.into_raw::<u8>();
    for value in &mut values {
        *value = u8::from(*value != 0);
    }
    Tensor::from_raw(DataType::Bool, shape, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_by_any_number_are_defined() {
        assert_eq!((shifted_left(1u8, 3), shifted_left(1u8, 8)), (8, 0));
        assert_eq!((shifted_left(-1i8, 7), shifted_left(1i8, -1)), (-128, 0));
        assert_eq!(
            (shifted_right(-8i32, 2), shifted_right(-8i32, 99)),
            (-2, -1)
        );
        assert_eq!((shifted_right(8i32, -1), shifted_right(-8i32, -1)), (0, -1));
        assert_eq!(shifted_right(255u8, 9), 0);
    }
}
