//! Comparisons, logic, and the choice between two tensors by a third.

use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _};
use burn_dispatch::DispatchTensor;

use super::binary::{OldBroadcast, aligned};
use super::broadcast;
use crate::burn_tensor::{self, B, bool_type};
use crate::data_type::DataType;
use crate::element::{Number, with_number, with_size};
use crate::fault::Result;
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("And", |facts| logic(facts, B::bool_and, |a, b| a & b)),
    Entry::new("Equal", equal),
    Entry::new("Greater", |facts| ordered(facts, Order::Greater)),
    Entry::new("GreaterOrEqual", |facts| {
        ordered(facts, Order::GreaterOrEqual)
    }),
    Entry::new("Less", |facts| ordered(facts, Order::Less)),
    Entry::new("LessOrEqual", |facts| ordered(facts, Order::LessOrEqual)),
    Entry::new("Or", |facts| logic(facts, B::bool_or, |a, b| a | b)),
    Entry::new("Where", choose),
    Entry::new("Xor", |facts| logic(facts, B::bool_xor, |a, b| a ^ b)),
];

fn logic(
    facts: &Facts<'_>,
    burn: fn(DispatchTensor, DispatchTensor) -> DispatchTensor,
    function: fn(u8, u8) -> u8,
) -> Result<Built> {
    facts.data_type_where(0, |found| found == DataType::Bool)?;
    facts.data_type_where(1, |found| found == DataType::Bool)?;
    let old = OldBroadcast::of(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.take(0)?, inputs.take(1)?);
        let b = aligned(old, &a, b)?;
        let target = a.shape().broadcast(b.shape())?;
        context.room_for(&target, DataType::Bool)?;
        if a.is_on_gpu() || b.is_on_gpu() {
            let a = burn_tensor::expanded(a, &target)?;
            let b = burn_tensor::expanded(b, &target)?;
            return Ok(one(Tensor::from_burn(burn(a, b))?));
        }
        Ok(one(compared(&a, &b, target, function)))
    };
    Ok(Built::one(DataType::Bool, operator).anywhere())
}

/// Compares elements as plain values of their size.
fn compared<T: bytemuck::Pod + Sync>(
    a: &Tensor,
    b: &Tensor,
    target: Shape,
    function: impl Fn(T, T) -> u8 + Sync,
) -> Tensor {
    let values = broadcast::pairs(
        (&a.raw::<T>(), a.shape()),
        (&b.raw::<T>(), b.shape()),
        &target,
        function,
    );
    Tensor::from_raw(DataType::Bool, target, values)
}

fn equal(facts: &Facts<'_>) -> Result<Built> {
    let allowed =
        |found: DataType| found.is_number() || matches!(found, DataType::Bool | DataType::String);
    facts.data_type_where(0, allowed)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1])?;
    let old = OldBroadcast::of(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.take(0)?, inputs.take(1)?);
        let b = aligned(old, &a, b)?;
        let target = a.shape().broadcast(b.shape())?;
        context.room_for(&target, DataType::Bool)?;
        if a.is_on_gpu() || b.is_on_gpu() {
            return Ok(one(equal_on_gpu(a, b, &target)?));
        }
        let equal = match data_type {
            DataType::String => equal_strings(&a, &b, target),
            DataType::Bool => Ok(compared(&a, &b, target, |a: u8, b| u8::from(a == b))),
            #[expect(clippy::float_cmp, reason = "that is what the operator does")]
            _ => with_number!(data_type, T => {
                Ok(compared(&a, &b, target, |a: T, b| u8::from(a == b)))
            }),
        };
        Ok(one(equal?))
    };
    Ok(Built::one(DataType::Bool, operator).anywhere())
}

fn equal_on_gpu(a: Tensor, b: Tensor, target: &Shape) -> Result<Tensor> {
    let is_bool = a.data_type() == DataType::Bool;
    let a = burn_tensor::expanded(a, target)?;
    let b = burn_tensor::expanded(b, target)?;
    let bool_type = bool_type(&a);
    Tensor::from_burn(if is_bool {
        B::bool_equal(a, b)
    } else {
        B::float_equal(a, b, bool_type)
    })
}

fn equal_strings(a: &Tensor, b: &Tensor, target: Shape) -> Result<Tensor> {
    let (a_values, b_values) = (a.strings()?, b.strings()?);
    let equal: Vec<bool> = broadcast::places([a.shape(), b.shape()], &target)
        .map(|[i, j]| a_values[i] == b_values[j])
        .collect();
    Ok(Tensor::from_bools(target, equal))
}

/// The order that is asked for.
#[derive(Clone, Copy, Debug)]
enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn on_gpu(self, a: DispatchTensor, b: DispatchTensor) -> DispatchTensor {
        let bool_type = bool_type(&a);
        match self {
            Self::Less => B::float_lower(a, b, bool_type),
            Self::LessOrEqual => B::float_lower_equal(a, b, bool_type),
            Self::Greater => B::float_greater(a, b, bool_type),
            Self::GreaterOrEqual => B::float_greater_equal(a, b, bool_type),
        }
    }

    fn in_memory<T: Number>(self, a: &Tensor, b: &Tensor, target: Shape) -> Tensor {
        match self {
            Self::Less => compared(a, b, target, |a: T, b| u8::from(a < b)),
            Self::LessOrEqual => compared(a, b, target, |a: T, b| u8::from(a <= b)),
            Self::Greater => compared(a, b, target, |a: T, b| u8::from(a > b)),
            Self::GreaterOrEqual => compared(a, b, target, |a: T, b| u8::from(a >= b)),
        }
    }
}

fn ordered(facts: &Facts<'_>, order: Order) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1])?;
    let old = OldBroadcast::of(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.take(0)?, inputs.take(1)?);
        let b = aligned(old, &a, b)?;
        let target = a.shape().broadcast(b.shape())?;
        context.room_for(&target, DataType::Bool)?;
        if a.is_on_gpu() || b.is_on_gpu() {
            let a = burn_tensor::expanded(a, &target)?;
            let b = burn_tensor::expanded(b, &target)?;
            return Ok(one(Tensor::from_burn(order.on_gpu(a, b))?));
        }
        Ok(one(
            with_number!(data_type, T => Ok(order.in_memory::<T>(&a, &b, target)))?,
        ))
    };
    Ok(Built::one(DataType::Bool, operator).anywhere())
}

fn choose(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, |found| found == DataType::Bool)?;
    facts.data_type(2)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([1, 2])?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let condition = inputs.take(0)?;
        let (a, b) = (inputs.take(1)?, inputs.take(2)?);
        let target = condition
            .shape()
            .broadcast(a.shape())?
            .broadcast(b.shape())?;
        context.room_for(&target, data_type)?;
        if condition.is_on_gpu() || a.is_on_gpu() || b.is_on_gpu() {
            let condition = burn_tensor::expanded(condition, &target)?;
            let a = burn_tensor::expanded(a, &target)?;
            let b = burn_tensor::expanded(b, &target)?;
            return Ok(one(Tensor::from_burn(match data_type {
                DataType::Bool => B::bool_mask_where(b, condition, a),
                _ => B::float_mask_where(b, condition, a),
            })?));
        }
        Ok(one(match data_type {
            DataType::String => chosen_strings(&condition, &a, &b, target),
            _ => with_size!(data_type, T => chosen::<T>(&condition, &a, &b, target)),
        }?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn chosen<T: bytemuck::Pod + Send + Sync>(
    condition: &Tensor,
    a: &Tensor,
    b: &Tensor,
    target: Shape,
) -> Result<Tensor> {
    let values = broadcast::choose(
        (&condition.bools()?, condition.shape()),
        (&a.raw::<T>(), a.shape()),
        (&b.raw::<T>(), b.shape()),
        &target,
    );
    Ok(Tensor::from_raw(a.data_type(), target, values))
}

fn chosen_strings(condition: &Tensor, a: &Tensor, b: &Tensor, target: Shape) -> Result<Tensor> {
    let (which, a_values, b_values) = (condition.bools()?, a.strings()?, b.strings()?);
    let shapes = [condition.shape(), a.shape(), b.shape()];
    let chosen = broadcast::places(shapes, &target)
        .map(|[c, i, j]| {
            if which[c] == 0 {
                &b_values[j]
            } else {
                &a_values[i]
            }
        })
        .cloned()
        .collect();
    Ok(Tensor::from_strings(target, chosen))
}
