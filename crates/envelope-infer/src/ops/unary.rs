//! Functions of single elements without parameters.

use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _};

use super::elementwise::{Function, map, real, single, standard};
use super::fast_math;
use super::narrow::Narrow;
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::{Element, Number, with_float, with_integer, with_number};
use crate::fault::Result;
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Abs", abs),
    Entry::new("Acos", |facts| real(facts, standard!(B::float_acos, acos))),
    Entry::new("Acosh", |facts| {
        real(facts, standard!(B::float_acosh, acosh))
    }),
    Entry::new("Asin", |facts| real(facts, standard!(B::float_asin, asin))),
    Entry::new("Asinh", |facts| {
        real(facts, standard!(B::float_asinh, asinh))
    }),
    Entry::new("Atan", |facts| real(facts, standard!(B::float_atan, atan))),
    Entry::new("Atanh", |facts| {
        real(facts, standard!(B::float_atanh, atanh))
    }),
    Entry::new("Ceil", |facts| real(facts, standard!(B::float_ceil, ceil))),
    Entry::new("Cos", |facts| real(facts, standard!(B::float_cos, cos))),
    Entry::new("Cosh", |facts| real(facts, standard!(B::float_cosh, cosh))),
    Entry::new("Erf", erf),
    Entry::new("Exp", exp),
    Entry::new("Floor", |facts| {
        real(facts, standard!(B::float_floor, floor))
    }),
    Entry::new("IsInf", is_infinite),
    Entry::new("IsNaN", is_nan),
    Entry::new("Log", ln),
    Entry::new("Neg", neg),
    Entry::new("Not", not),
    Entry::new("Reciprocal", |facts| {
        real(facts, standard!(B::float_recip, recip))
    }),
    Entry::new("Round", round),
    Entry::new("Sign", sign),
    Entry::new("Sin", |facts| real(facts, standard!(B::float_sin, sin))),
    Entry::new("Sinh", |facts| real(facts, standard!(B::float_sinh, sinh))),
    Entry::new("Sqrt", |facts| real(facts, standard!(B::float_sqrt, sqrt))),
    Entry::new("Tan", |facts| real(facts, standard!(B::float_tan, tan))),
];

fn exp(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: B::float_exp,
        single: fast_math::exp,
        double: f64::exp,
    };
    real(facts, function)
}

fn ln(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: B::float_log,
        single: fast_math::ln,
        double: f64::ln,
    };
    real(facts, function)
}

fn round(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: B::float_round,
        single: single(|v: f32| v.round_ties_even()),
        double: f64::round_ties_even,
    };
    real(facts, function)
}

/// Versions 9 to 12 allow integers too, whose results are cut off.
fn erf(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    if data_type.is_float() {
        let function = Function {
            burn: B::float_erf,
            single: fast_math::erf,
            double: fast_math::erf_double,
        };
        return real(facts, function);
    }
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let erf = with_integer!(data_type, T => {
            map(x, |v: T| T::from_f64(fast_math::erf_double(v.to_f64())))
        });
        Ok(one(erf?))
    };
    Ok(Built::one(data_type, operator))
}

fn abs(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    if data_type.is_float() {
        return real(facts, standard!(B::float_abs, abs));
    }
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let absolute = with_integer!(data_type, T => {
            map(x, |v: T| if v < T::from_i64(0) { v.wrapping_neg() } else { v })
        });
        Ok(one(absolute?))
    };
    Ok(Built::one(data_type, operator))
}

fn neg(facts: &Facts<'_>) -> Result<Built> {
    let signed = |found: DataType| found.is_float() || found.is_signed_integer();
    let data_type = facts.data_type_where(0, signed)?;
    if data_type.is_float() {
        let function = Function {
            burn: B::float_neg,
            single: single(|v: f32| -v),
            double: |v: f64| -v,
        };
        return real(facts, function);
    }
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        Ok(one(
            with_integer!(data_type, T => map(x, |v: T| v.wrapping_neg()))?,
        ))
    };
    Ok(Built::one(data_type, operator))
}

fn sign(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        if x.is_on_gpu() {
            return Ok(one(Tensor::from_burn(B::float_sign(x.into_burn()?))?));
        }
        Ok(one(with_number!(data_type, T => map(x, sign_of::<T>))?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// 1, -1, or the value itself where it is 0 or NaN.
fn sign_of<T: Number>(value: T) -> T {
    let zero = T::from_i64(0);
    if value > zero {
        T::from_i64(1)
    } else if value < zero {
        T::from_i64(-1)
    } else {
        value
    }
}

fn not(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, |found| found == DataType::Bool)?;
    let operator = |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        if x.is_on_gpu() {
            return Ok(one(Tensor::from_burn(B::bool_not(x.into_burn()?))?));
        }
        let shape = x.shape().clone();
        let mut values = x.into_raw::<u8>();
        for value in &mut values {
            *value = u8::from(*value == 0);
        }
        Ok(one(Tensor::from_raw(DataType::Bool, shape, values)))
    };
    Ok(Built::one(DataType::Bool, operator).anywhere())
}

/// Which elements fulfil a condition, that of their value in double precision.
fn which(
    facts: &Facts<'_>,
    condition: impl Fn(f64) -> bool + Send + Sync + 'static,
) -> Result<Built> {
    let allowed = |found: DataType| found.is_float() || Narrow::of(found).is_some();
    let data_type = facts.data_type_where(0, allowed)?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let found = match Narrow::of(data_type) {
            Some(narrow) => {
                let values = x.raw::<u8>();
                let met = values.iter().map(|&v| condition(narrow.decode(v).into()));
                Ok(Tensor::from_bools(x.shape().clone(), met))
            }
            None => with_float!(data_type, T => met_by::<T>(x, &condition)),
        };
        Ok(one(found?))
    };
    Ok(Built::one(DataType::Bool, operator))
}

fn met_by<T: Element + Number>(x: &Tensor, condition: impl Fn(f64) -> bool) -> Result<Tensor> {
    let values = x.values::<T>()?;
    let met = values.iter().map(|v| condition(v.to_f64()));
    Ok(Tensor::from_bools(x.shape().clone(), met))
}

fn is_infinite(facts: &Facts<'_>) -> Result<Built> {
    let negative = facts.flag("detect_negative", true)?;
    let positive = facts.flag("detect_positive", true)?;
    which(facts, move |v| {
        (positive && v == f64::INFINITY) || (negative && v == f64::NEG_INFINITY)
    })
}

fn is_nan(facts: &Facts<'_>) -> Result<Built> {
    which(facts, f64::is_nan)
}
