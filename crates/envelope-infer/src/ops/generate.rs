//! Tensors from nothing but attributes, shapes and bounds.

use num_traits::Zero as _;

use super::moving::{Full, moved, zeros};
use super::shape::sizes_of;
use crate::data_type::DataType;
use crate::element::{Number as _, Real, with_float, with_integer, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Constant", constant),
    Entry::since("ConstantOfShape", 9, constant_of_shape),
    Entry::since("EyeLike", 9, eye_like),
    Entry::since("Range", 11, range),
];

fn constant(facts: &Facts<'_>) -> Result<Built> {
    let text = |text: &str| Tensor::from_strings(Shape::scalar(), vec![text.to_owned()]);
    let found = [
        facts.tensor("value")?.cloned(),
        facts.tensor("sparse_value")?.cloned(),
        facts.number("value_float")?.map(Tensor::scalar),
        facts.int("value_int")?.map(Tensor::scalar),
        facts.text("value_string")?.map(text),
        list(facts.numbers("value_floats")?),
        list(facts.ints("value_ints")?),
        facts
            .texts("value_strings")?
            .map(|texts| Tensor::from_strings([texts.len()], texts)),
    ];
    let mut found = found.into_iter().flatten();
    let (Some(value), None) = (found.next(), found.next()) else {
        return Err(fault!("expected one attribute that holds the value"));
    };
    let data_type = value.data_type();
    let operator = move |_: Inputs, _: &Context<'_>| Ok(one(value.clone()));
    Ok(Built::one(data_type, operator))
}

fn list<T: crate::element::Element>(values: Option<&[T]>) -> Option<Tensor> {
    values.map(|values| Tensor::from_vec([values.len()], values.to_vec()))
}

fn constant_of_shape(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, DataType::is_integer)?;
    let value = match facts.tensor("value")? {
        Some(value) if value.elements() == 1 => value.clone(),
        Some(value) => return Err(fault!("`value` has shape {}", value.shape())),
        None => Tensor::scalar(0.0f32),
    };
    let data_type = value.data_type();
    let is_zero = data_type != DataType::String && value.bytes().iter().all(|&byte| byte == 0);
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let shape = sizes_of(&inputs.tensor(0)?.integers()?)?;
        let elements = context.room_for(&shape, data_type)?;
        Ok(one(if is_zero {
            zeros(data_type, &shape)?
        } else {
            moved(&Full(elements), &[&value], shape)?
        }))
    };
    Ok(Built::one(data_type, operator))
}

fn eye_like(facts: &Facts<'_>) -> Result<Built> {
    let of_input = facts.data_type(0)?;
    let data_type = facts.type_number("dtype")?.unwrap_or(of_input);
    if !data_type.is_number() && data_type != DataType::Bool {
        return Err(fault!("elements of {data_type} are not supported"));
    }
    let moved = facts.int_or("k", 0)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let shape = inputs.tensor(0)?.shape().clone();
        let [rows, columns] = shape[..] else {
            return Err(fault!("found shape {shape}, expected a matrix"));
        };
        let elements = context.room_for(&shape, data_type)?;
        let place = |row: usize| {
            let column = i64::try_from(row).ok()?.checked_add(moved)?;
            let column = usize::try_from(column).ok().filter(|&c| c < columns)?;
            Some(row * columns + column)
        };
        // Nothing is on the diagonal of what has no elements, however many rows it has.
        let places = (0..if columns == 0 { 0 } else { rows }).filter_map(place);
        if data_type == DataType::Bool {
            let mut made = vec![0u8; elements];
            places.for_each(|place| made[place] = 1);
            return Ok(one(Tensor::from_raw(data_type, shape, made)));
        }
        let made: Result<Tensor> = with_number!(data_type, T => {
            let mut made = vec![T::from_i64(0); elements];
            places.for_each(|place| made[place] = T::from_i64(1));
            Ok(Tensor::from_vec(shape, made))
        });
        Ok(one(made?))
    };
    Ok(Built::one(data_type, operator))
}

fn range(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    facts.same_data_type(0..3)?;
    // Narrow floats are computed in 32 bits here.
    match facts.int_or("stash_type", 1)? {
        1 => {}
        other if !matches!(data_type, DataType::F16 | DataType::Bf16) => {
            DataType::from_onnx(other).ok_or_else(|| fault!("`stash_type` is {other}"))?;
        }
        other => return Err(fault!("`stash_type` {other} is not supported")),
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let bounds = [inputs.tensor(0)?, inputs.tensor(1)?, inputs.tensor(2)?];
        Ok(one(if data_type.is_float() {
            with_float!(data_type, T => floats::<T>(bounds, context))?
        } else {
            with_integer!(data_type, T => integers::<T>(bounds, context))?
        }))
    };
    Ok(Built::one(data_type, operator))
}

fn floats<T: Real>(bounds: [&Tensor; 3], context: &Context<'_>) -> Result<Tensor> {
    let mut numbers = [T::Wide::zero(); 3];
    for (number, bound) in numbers.iter_mut().zip(bounds) {
        let values = bound.values::<T>()?;
        *number = single(&values)?.widen();
    }
    let [start, limit, delta] = numbers;
    let [from, to, step] = numbers.map(crate::element::Number::to_f64);
    let count = ((to - from) / step).ceil().max(0.0);
    if !count.is_finite() || count > MAX_COUNT {
        return Err(fault!(
            "there are {count} numbers from {start} to {limit} by {delta}"
        ));
    }
    let count = usize::try_from(count.to_i64()).unwrap_or(0);
    context.room_for(&[count].into(), T::TYPE)?;
    let number = |i: usize| T::narrow(start + T::Wide::from_f64(i as f64) * delta);
    Ok(Tensor::from_vec([count], (0..count).map(number).collect()))
}

/// A `f64` counts exactly up to here.
const MAX_COUNT: f64 = 9_007_199_254_740_992.0;

fn integers<T: crate::element::Number>(
    bounds: [&Tensor; 3],
    context: &Context<'_>,
) -> Result<Tensor> {
    let mut numbers = [0i128; 3];
    for (number, bound) in numbers.iter_mut().zip(bounds) {
        let values = bound.values::<T>()?;
        // Text is the one way that is exact for all integers, and there are three of them.
        let digits = single(&values)?.to_string();
        *number = digits
            .parse()
            .map_err(|_| fault!("{digits} is no integer"))?;
    }
    let [start, limit, delta] = numbers;
    let distance = if delta < 0 {
        start - limit
    } else {
        limit - start
    };
    let step = delta.unsigned_abs();
    if step == 0 {
        return Err(fault!("the numbers are 0 apart"));
    }
    let count = u128::try_from(distance).unwrap_or(0).div_ceil(step);
    let count = usize::try_from(count).map_err(|_| fault!("{count} numbers are too many"))?;
    context.room_for(&[count].into(), T::TYPE)?;
    let mut made = Vec::with_capacity(count);
    let mut next = start;
    for _ in 0..count {
        // All lie between the bounds, and so are exact in the bits that are kept.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits are what is wanted"
        )]
        made.push(T::from_i64(next as i64));
        next += delta;
    }
    Ok(Tensor::from_vec([count], made))
}

fn single<T: Copy>(values: &[T]) -> Result<T> {
    match values {
        [value] => Ok(*value),
        _ => Err(fault!("found {} bounds, expected one", values.len())),
    }
}
