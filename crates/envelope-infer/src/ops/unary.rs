//! Functions of single elements without parameters.

use burn_backend::ops::FloatTensorOps as _;
use burn_dispatch::DispatchTensor;

use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::{Element, Number as _, with_number};
use crate::fault::Result;
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Abs", abs),
    Entry::new("Ceil", |facts| real(facts, CEIL)),
    Entry::new("Exp", |facts| real(facts, EXP)),
    Entry::new("Sqrt", |facts| real(facts, SQRT)),
];

/// A function of real numbers: what burn calls it, and the same in `f32` and `f64` for the types
/// that burn does not compute.
#[derive(Clone, Copy)]
struct Function {
    burn: fn(DispatchTensor) -> DispatchTensor,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
}

const CEIL: Function = Function {
    burn: B::float_ceil,
    single: f32::ceil,
    double: f64::ceil,
};
const EXP: Function = Function {
    burn: B::float_exp,
    single: f32::exp,
    double: f64::exp,
};
const SQRT: Function = Function {
    burn: B::float_sqrt,
    single: f32::sqrt,
    double: f64::sqrt,
};

fn real(facts: &Facts<'_>, function: Function) -> Result<Built> {
    let data_type = facts.float(0)?;
    // Versions before 6 let implementations overwrite their input.
    facts.ints("consumed_inputs")?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        Ok(one(match x.data_type() {
            DataType::F32 => Tensor::from_burn((function.burn)(x.into_burn()?))?,
            DataType::F64 => map(x, function.double)?,
            DataType::F16 => map(x, |v: half::f16| {
                half::f16::from_f32((function.single)(v.to_f32()))
            })?,
            _ => map(x, |v: half::bf16| {
                half::bf16::from_f32((function.single)(v.to_f32()))
            })?,
        }))
    };
    Ok(Built::one(data_type, operator).anywhere())
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

fn abs(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    facts.ints("consumed_inputs")?;
    let operator = |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let absolute = match x.data_type() {
            DataType::F32 => Tensor::from_burn(B::float_abs(x.into_burn()?)),
            other => {
                with_number!(other, T => map(x, |v: T| if v < T::from_i64(0) { T::from_i64(0) - v } else { v }))
            }
        };
        Ok(one(absolute?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}
