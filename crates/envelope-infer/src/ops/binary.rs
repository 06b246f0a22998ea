//! Arithmetic of two tensors that are broadcast together, and of any number of them.

use burn_backend::ops::FloatTensorOps as _;
use burn_dispatch::DispatchTensor;

use super::broadcast;
use super::elementwise::{Arithmetic, holds_zero};
use crate::burn_tensor::{self, B, bool_type};
use crate::data_type::DataType;
use crate::element::{Element, Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

mod power;
mod remainder;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Add", |facts| arithmetic(facts, Operation::Add)),
    Entry::new("Div", |facts| arithmetic(facts, Operation::Divide)),
    Entry::new("Max", |facts| variadic(facts, Operation::Maximum)),
    Entry::new("Mean", mean),
    Entry::new("Min", |facts| variadic(facts, Operation::Minimum)),
    Entry::new("Mod", remainder::build),
    Entry::new("Mul", |facts| arithmetic(facts, Operation::Multiply)),
    Entry::new("Pow", power::build),
    Entry::new("Sub", |facts| arithmetic(facts, Operation::Subtract)),
    Entry::new("Sum", sum),
];

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Maximum,
    Minimum,
}

/// How the second tensor lies in the first one before version 7.
#[derive(Clone, Copy, Debug)]
pub(super) enum OldBroadcast {
    /// Both have one shape.
    Never,
    /// Along the last dimensions.
    Last,
    /// Along dimensions that begin at an axis.
    At(i64),
}

impl OldBroadcast {
    /// Reads the attributes of those versions; later ones have none.
    pub(super) fn of(facts: &Facts<'_>) -> Result<Option<Self>> {
        if facts.version() >= 7 {
            return Ok(None);
        }
        facts.ints("consumed_inputs")?;
        let broadcasts = facts.flag("broadcast", false)?;
        let axis = facts.int("axis")?;
        Ok(Some(match (broadcasts, axis) {
            (false, _) => Self::Never,
            (true, None) => Self::Last,
            (true, Some(axis)) => Self::At(axis),
        }))
    }

    /// The second tensor, shaped so that it broadcasts to the first as NumPy does it.
    pub(super) fn aligned(self, a: &Shape, b: Tensor) -> Result<Tensor> {
        let wrong = || fault!("shape {} does not broadcast to {a}", b.shape());
        let start = match self {
            Self::Never if a == b.shape() => return Ok(b),
            Self::Never => return Err(wrong()),
            _ if b.elements() == 1 => return b.reshaped(Shape::scalar()),
            Self::At(axis) => a.axis(axis)?,
            Self::Last => a.rank().checked_sub(b.rank()).ok_or_else(wrong)?,
        };
        let end = start + b.rank();
        let fits = |(i, &size): (usize, &usize)| size == 1 || a[start + i] == size;
        if end > a.rank() || !b.shape().iter().enumerate().all(fits) {
            return Err(wrong());
        }
        let ones = std::iter::repeat_n(1, a.rank() - end);
        let shape: Shape = b.shape().iter().copied().chain(ones).collect();
        b.reshaped(shape)
    }
}

/// An old broadcast applied where there is one.
pub(super) fn aligned(old: Option<OldBroadcast>, a: &Tensor, b: Tensor) -> Result<Tensor> {
    match old {
        Some(old) => old.aligned(a.shape(), b),
        None => Ok(b),
    }
}

fn arithmetic(facts: &Facts<'_>, operation: Operation) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    let data_type = facts.same_data_type([0, 1])?;
    facts.data_type(1)?;
    let old = OldBroadcast::of(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.take(0)?, inputs.take(1)?);
        let b = aligned(old, &a, b)?;
        Ok(one(computed(operation, a, b, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn computed(operation: Operation, a: Tensor, b: Tensor, context: &Context<'_>) -> Result<Tensor> {
    let data_type = a.data_type();
    let target = a.shape().broadcast(b.shape())?;
    context.room_for(&target, data_type)?;
    if a.is_on_gpu() || b.is_on_gpu() {
        let (a, b) = burn_tensor::same_rank(a, b)?;
        return Tensor::from_burn(on_gpu(operation, a, b));
    }
    if operation == Operation::Divide && data_type.is_integer() && holds_zero(&b)? {
        return Err(fault!("an integer is divided by zero"));
    }
    if data_type == DataType::F32 {
        return single(operation, a, b, &target);
    }
    with_number!(data_type, T => in_memory::<T>(operation, &a, &b, target))
}

fn on_gpu(operation: Operation, a: DispatchTensor, b: DispatchTensor) -> DispatchTensor {
    match operation {
        Operation::Add => B::float_add(a, b),
        Operation::Subtract => B::float_sub(a, b),
        Operation::Multiply => B::float_mul(a, b),
        Operation::Divide => B::float_div(a, b),
        Operation::Maximum => extreme_on_gpu(a, b, B::float_lower),
        Operation::Minimum => extreme_on_gpu(a, b, B::float_greater),
    }
}

type Comparison = fn(DispatchTensor, DispatchTensor, burn_backend::BoolDType) -> DispatchTensor;

/// The second where the first compares so with it, else the first, both broadcast by adding
/// nothing: adding 0 of the other's shape.
fn extreme_on_gpu(a: DispatchTensor, b: DispatchTensor, replaced: Comparison) -> DispatchTensor {
    use burn_backend::TensorMetadata as _;
    let sizes = a.shape();
    let target: Vec<usize> = sizes
        .iter()
        .zip(b.shape().iter())
        .map(|(&a, &b)| if a == 1 { b } else { a })
        .collect();
    let a = B::float_expand(a, burn_backend::Shape::from(target.clone()));
    let b = B::float_expand(b, burn_backend::Shape::from(target));
    let bool_type = bool_type(&a);
    let mask = replaced(a.clone(), b.clone(), bool_type);
    B::float_mask_where(a, mask, b)
}

/// Single precision in memory, in vectors as wide as the processor has them, and in the memory of an
/// input that nobody else holds.
fn single(operation: Operation, a: Tensor, b: Tensor, target: &Shape) -> Result<Tensor> {
    match operation {
        Operation::Add => wide(a, b, target, |a, b| a + b),
        Operation::Subtract => wide(a, b, target, |a, b| a - b),
        Operation::Multiply => wide(a, b, target, |a, b| a * b),
        Operation::Divide => wide(a, b, target, |a, b| a / b),
        Operation::Maximum => wide(a, b, target, maximum),
        Operation::Minimum => wide(a, b, target, minimum),
    }
}

fn wide(
    a: Tensor,
    b: Tensor,
    target: &Shape,
    function: impl Fn(f32, f32) -> f32 + Copy + Send + Sync,
) -> Result<Tensor> {
    let (a_shape, b_shape) = (a.shape().clone(), b.shape().clone());
    if a_shape == *target && a.is_unshared() {
        let mut values = a.into_vec::<f32>()?;
        let b = b.values::<f32>()?;
        broadcast::update_wide((&mut values, target), (&b, &b_shape), function);
        return Ok(Tensor::from_vec(target.clone(), values));
    }
    if b_shape == *target && b.is_unshared() {
        let mut values = b.into_vec::<f32>()?;
        let a = a.values::<f32>()?;
        let swapped = move |b, a| function(a, b);
        broadcast::update_wide((&mut values, target), (&a, &a_shape), swapped);
        return Ok(Tensor::from_vec(target.clone(), values));
    }
    let (a, b) = (a.values::<f32>()?, b.values::<f32>()?);
    let values = broadcast::pairs_wide((&a, &a_shape), (&b, &b_shape), target, function);
    Ok(Tensor::from_vec(target.clone(), values))
}

fn in_memory<T: Arithmetic>(
    operation: Operation,
    a: &Tensor,
    b: &Tensor,
    target: Shape,
) -> Result<Tensor> {
    match operation {
        Operation::Add => paired(a, b, target, T::plus),
        Operation::Subtract => paired(a, b, target, T::minus),
        Operation::Multiply => paired(a, b, target, T::times),
        Operation::Divide => paired(a, b, target, T::over),
        Operation::Maximum => paired(a, b, target, maximum::<T>),
        Operation::Minimum => paired(a, b, target, minimum::<T>),
    }
}

/// Computes each element from two of tensors of one type.
pub(super) fn paired<T: Element, C: Element>(
    a: &Tensor,
    b: &Tensor,
    target: Shape,
    function: impl Fn(T, T) -> C + Sync,
) -> Result<Tensor> {
    let values = broadcast::pairs(
        (&a.values::<T>()?, a.shape()),
        (&b.values::<T>()?, b.shape()),
        &target,
        function,
    );
    Ok(Tensor::from_vec(target, values))
}

/// The larger one, or NaN if one is NaN.
#[expect(clippy::eq_op, reason = "NaN alone differs from itself")]
fn maximum<T: Number>(a: T, b: T) -> T {
    if a > b || a != a { a } else { b }
}

/// The smaller one, or NaN if one is NaN.
#[expect(clippy::eq_op, reason = "NaN alone differs from itself")]
fn minimum<T: Number>(a: T, b: T) -> T {
    if a < b || a != a { a } else { b }
}

/// The product of two tensors of one shape, in memory.
pub(super) fn multiplied(a: Tensor, b: Tensor) -> Result<Tensor> {
    let target = a.shape().clone();
    if a.data_type() == DataType::F32 {
        return single(Operation::Multiply, a, b, &target);
    }
    with_number!(a.data_type(), T => in_memory::<T>(Operation::Multiply, &a, &b, target))
}

fn variadic(facts: &Facts<'_>, operation: Operation) -> Result<Built> {
    facts.ints("consumed_inputs")?;
    facts.data_type_where(0, DataType::is_number)?;
    let data_type = facts.same_data_type(0..facts.input_count())?;
    let operator =
        move |inputs: Inputs, context: &Context<'_>| Ok(one(folded(operation, inputs, context)?));
    Ok(Built::one(data_type, operator).anywhere())
}

fn folded(operation: Operation, inputs: Inputs, context: &Context<'_>) -> Result<Tensor> {
    let mut tensors = inputs.take_all()?.into_iter();
    let first = tensors
        .next()
        .ok_or_else(|| fault!("there are no inputs"))?;
    tensors.try_fold(first, |a, b| computed(operation, a, b, context))
}

fn sum(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    variadic(facts, Operation::Add)
}

fn mean(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    facts.ints("consumed_inputs")?;
    facts.same_data_type(0..facts.input_count())?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let count = inputs.len();
        let sum = folded(Operation::Add, inputs, context)?;
        if sum.is_on_gpu() {
            let mean = B::float_div_scalar(sum.into_burn()?, (count as f32).into());
            return Ok(one(Tensor::from_burn(mean)?));
        }
        let mean = with_number!(data_type, T => {
            let count = T::from_f64(count as f64);
            super::elementwise::map(sum, |v: T| v.over(count))
        });
        Ok(one(mean?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_broadcasts_are_aligned_at_their_axis() {
        use OldBroadcast::{At, Last, Never};
        type Case = (OldBroadcast, &'static [usize], Option<&'static [usize]>);
        let a = Shape::from([2, 3, 4, 5]);
        let cases: [Case; 10] = [
            (Last, &[], Some(&[])),
            (Last, &[1, 1], Some(&[])),
            (Last, &[5], Some(&[5])),
            (Last, &[4, 5], Some(&[4, 5])),
            (At(1), &[3, 4], Some(&[3, 4, 1])),
            (At(0), &[2], Some(&[2, 1, 1, 1])),
            (At(3), &[5, 1], None),
            (At(0), &[3], None),
            (Never, &[5], None),
            (Never, &[2, 3, 4, 5], Some(&[2, 3, 4, 5])),
        ];
        for (old, b, want) in cases {
            let b = Shape::from(b);
            let tensor = Tensor::from_vec(b.clone(), vec![0f32; b.elements()]);
            let found = old.aligned(&a, tensor);
            let found = found.ok().map(|tensor| tensor.shape().clone());
            assert_eq!(found, want.map(Shape::from), "{old:?} {b}");
        }
    }

    #[test]
    fn extremes_pass_nan_on() {
        for (a, b) in [(f32::NAN, 1.0), (1.0, f32::NAN)] {
            assert!(maximum(a, b).is_nan() && minimum(a, b).is_nan());
        }
        assert_eq!((maximum(3u8, 200), minimum(-3i8, 2)), (200, -3));
    }
}
