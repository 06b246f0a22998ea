//! Activation functions, which bend what a layer gives. Each is written for vectors of single
//! precision, for double precision, and, in [`composed`], of burn's operations for the GPU.

use burn_backend::ops::{ActivationOps as _, FloatTensorOps as _};

use super::elementwise::{Arithmetic, Function, map, real, single};
use super::{broadcast, fast_math};
use crate::burn_tensor::{self, B};
use crate::data_type::DataType;
use crate::element::{Number, with_integer, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

mod clip;
mod composed;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Celu", celu),
    Entry::new("Clip", clip::by_attributes),
    Entry::since("Clip", 11, clip::by_inputs),
    Entry::new("Elu", elu),
    Entry::new("Gelu", gelu),
    Entry::new("HardSigmoid", hard_sigmoid),
    Entry::new("HardSwish", hard_swish),
    Entry::new("LeakyRelu", leaky_relu),
    Entry::new("Mish", mish),
    Entry::new("PRelu", parametric_relu),
    Entry::new("Relu", relu),
    Entry::new("Selu", selu),
    Entry::new("Shrink", shrink),
    Entry::new("Sigmoid", sigmoid),
    Entry::new("Softplus", softplus),
    Entry::new("Softsign", softsign),
    Entry::new("SwiGLU", gated_swish),
    Entry::new("Swish", swish),
    Entry::new("Tanh", tanh),
    Entry::new("ThresholdedRelu", thresholded_relu),
];

fn relu(facts: &Facts<'_>) -> Result<Built> {
    let signed = |found: DataType| found.is_float() || found.is_signed_integer();
    let data_type = facts.data_type_where(0, signed)?;
    if data_type.is_float() {
        let function = Function {
            burn: B::relu,
            single: single(|v: f32| if v < 0.0 { 0.0 } else { v }),
            double: |v: f64| if v < 0.0 { 0.0 } else { v },
        };
        return real(facts, function);
    }
    facts.ints("consumed_inputs")?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let rectified = with_integer!(data_type, T => map(x, |v: T| v.max(T::from_i64(0))));
        Ok(one(rectified?))
    };
    Ok(Built::one(data_type, operator))
}

fn sigmoid(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: B::sigmoid,
        single: fast_math::sigmoid,
        double: sigmoid_of,
    };
    real(facts, function)
}

fn sigmoid_of(v: f64) -> f64 {
    1.0 / (1.0 + (-v).exp())
}

fn tanh(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        single: fast_math::tanh,
        burn: B::float_tanh,
        double: f64::tanh,
    };
    real(facts, function)
}

fn leaky_relu(facts: &Facts<'_>) -> Result<Built> {
    let alpha = facts.number_or("alpha", 0.01)?;
    let function = Function {
        burn: move |x| B::leaky_relu(x, alpha.into()),
        single: single(move |v: f32| if v < 0.0 { alpha * v } else { v }),
        double: move |v: f64| if v < 0.0 { f64::from(alpha) * v } else { v },
    };
    real(facts, function)
}

fn elu(facts: &Facts<'_>) -> Result<Built> {
    let alpha = facts.number_or("alpha", 1.0)?;
    exponential_unit(facts, 1.0, alpha)
}

fn selu(facts: &Facts<'_>) -> Result<Built> {
    let (gamma, alpha) = if facts.version() < 6 {
        (1.0507, 1.6732)
    } else {
        (1.050_701, 1.673_263_2)
    };
    let gamma = facts.number_or("gamma", gamma)?;
    let alpha = facts.number_or("alpha", alpha)?;
    exponential_unit(facts, gamma, alpha)
}

/// gamma v above 0, else gamma alpha (exp(v) - 1).
fn exponential_unit(facts: &Facts<'_>, gamma: f32, alpha: f32) -> Result<Built> {
    let (wide_gamma, wide_alpha) = (f64::from(gamma), f64::from(alpha));
    let function = Function {
        burn: move |x| composed::exponential_unit(x, gamma, alpha),
        single: single(move |v: f32| {
            gamma
                * if v < 0.0 {
                    alpha * fast_math::exp_minus_1_of(v)
                } else {
                    v
                }
        }),
        double: move |v: f64| wide_gamma * if v < 0.0 { wide_alpha * v.exp_m1() } else { v },
    };
    real(facts, function)
}

/// v above 0, else alpha (exp(v / alpha) - 1).
fn celu(facts: &Facts<'_>) -> Result<Built> {
    let alpha = facts.number_or("alpha", 1.0)?;
    let wide = f64::from(alpha);
    let function = Function {
        burn: move |x| composed::celu(x, alpha),
        single: single(move |v: f32| {
            let low = alpha * fast_math::exp_minus_1_of(v / alpha);
            (if v > 0.0 { v } else { 0.0 }) + if low < 0.0 || v.is_nan() { low } else { 0.0 }
        }),
        double: move |v: f64| {
            let low = wide * (v / wide).exp_m1();
            (if v > 0.0 { v } else { 0.0 }) + if low < 0.0 || v.is_nan() { low } else { 0.0 }
        },
    };
    real(facts, function)
}

fn gelu(facts: &Facts<'_>) -> Result<Built> {
    match facts.text_or("approximate", "none")? {
        "none" => real(
            facts,
            Function {
                burn: B::gelu,
                single: fast_math::gelu,
                double: |v: f64| {
                    0.5 * v * (1.0 + fast_math::erf_double(v * std::f64::consts::FRAC_1_SQRT_2))
                },
            },
        ),
        "tanh" => real(
            facts,
            Function {
                burn: composed::gelu_by_tanh,
                single: fast_math::gelu_by_tanh,
                double: |v: f64| {
                    let scale = (2.0 / std::f64::consts::PI).sqrt();
                    v * sigmoid_of(2.0 * scale * (v + 0.044_715 * v * v * v))
                },
            },
        ),
        other => Err(fault!("approximation `{other}` is not known")),
    }
}

fn hard_sigmoid(facts: &Facts<'_>) -> Result<Built> {
    let alpha = facts.number_or("alpha", 0.2)?;
    let beta = facts.number_or("beta", 0.5)?;
    let (wide_alpha, wide_beta) = (f64::from(alpha), f64::from(beta));
    let function = Function {
        burn: move |x| B::hard_sigmoid(x, alpha.into(), beta.into()),
        single: single(move |v: f32| (alpha * v + beta).clamp(0.0, 1.0)),
        double: move |v: f64| (wide_alpha * v + wide_beta).clamp(0.0, 1.0),
    };
    real(facts, function)
}

fn hard_swish(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: composed::hard_swish,
        single: single(|v: f32| v * (v / 6.0 + 0.5).clamp(0.0, 1.0)),
        double: |v: f64| v * (v / 6.0 + 0.5).clamp(0.0, 1.0),
    };
    real(facts, function)
}

fn mish(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: composed::mish,
        single: fast_math::mish,
        double: |v: f64| v * softplus_of(v).tanh(),
    };
    real(facts, function)
}

fn softplus(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: composed::softplus,
        single: single(fast_math::softplus_of),
        double: softplus_of,
    };
    real(facts, function)
}

fn softplus_of(v: f64) -> f64 {
    let tail = (-v.abs()).exp().ln_1p();
    if v > 0.0 { v + tail } else { tail }
}

fn softsign(facts: &Facts<'_>) -> Result<Built> {
    let function = Function {
        burn: composed::softsign,
        single: single(|v: f32| v / (1.0 + v.abs())),
        double: |v: f64| v / (1.0 + v.abs()),
    };
    real(facts, function)
}

fn swish(facts: &Facts<'_>) -> Result<Built> {
    let alpha = facts.number_or("alpha", 1.0)?;
    let function = Function {
        burn: move |x| composed::swish(x, alpha),
        single: single(move |v: f32| v * fast_math::sigmoid_of(alpha * v)),
        double: move |v: f64| v * sigmoid_of(f64::from(alpha) * v),
    };
    real(facts, function)
}

fn thresholded_relu(facts: &Facts<'_>) -> Result<Built> {
    let alpha = facts.number_or("alpha", 1.0)?;
    let function = Function {
        burn: move |x| composed::thresholded_relu(x, alpha),
        single: single(move |v: f32| if v > alpha || v.is_nan() { v } else { 0.0 }),
        double: move |v: f64| {
            if v > f64::from(alpha) || v.is_nan() {
                v
            } else {
                0.0
            }
        },
    };
    real(facts, function)
}

fn shrink(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    let bias = f64::from(facts.number_or("bias", 0.0)?);
    let limit = f64::from(facts.number_or("lambd", 0.5)?);
    let shrunk = move |v: f64| {
        if v < -limit {
            v + bias
        } else if v > limit {
            v - bias
        } else if v.is_nan() {
            v
        } else {
            0.0
        }
    };
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let shrunk = with_number!(data_type, T => {
            map(x, |v: T| T::from_f64(shrunk(v.to_f64())))
        });
        Ok(one(shrunk?))
    };
    Ok(Built::one(data_type, operator))
}

/// The second input holds the slopes below 0, and broadcasts to the first.
fn parametric_relu(facts: &Facts<'_>) -> Result<Built> {
    facts.ints("consumed_inputs")?;
    facts.data_type_where(0, DataType::is_number)?;
    let data_type = facts.same_data_type([0, 1])?;
    // Before version 7 a vector of slopes is one for each channel.
    let by_channel = facts.version() < 7;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let (x, mut slope) = (inputs.take(0)?, inputs.take(1)?);
        if by_channel && slope.rank() == 1 && x.rank() > 2 {
            let mut shape = Shape::from(vec![1; x.rank() - 1]);
            shape[0] = slope.elements();
            slope = slope.reshaped(shape)?;
        }
        if x.shape().broadcast(slope.shape())? != *x.shape() {
            return Err(fault!(
                "slopes of shape {} do not broadcast to {}",
                slope.shape(),
                x.shape()
            ));
        }
        if x.is_on_gpu() {
            let (x, slope) = burn_tensor::same_rank(x, slope)?;
            return Ok(one(Tensor::from_burn(composed::parametric_relu(x, slope))?));
        }
        Ok(one(with_number!(data_type, T => sloped::<T>(&x, &slope))?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn sloped<T: Arithmetic>(x: &Tensor, slope: &Tensor) -> Result<Tensor> {
    let zero = T::from_i64(0);
    let values = broadcast::pairs(
        (&x.values::<T>()?, x.shape()),
        (&slope.values::<T>()?, slope.shape()),
        x.shape(),
        |v, slope| if v < zero { v.times(slope) } else { v },
    );
    Ok(Tensor::from_vec(x.shape().clone(), values))
}

/// The first input, the gate, is bent and weighs the second.
fn gated_swish(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    let data_type = facts.same_data_type([0, 1])?;
    let alpha = facts.number_or("alpha", 1.0)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let (gate, x) = (inputs.take(0)?, inputs.take(1)?);
        if gate.shape() != x.shape() {
            return Err(fault!("found shapes {} and {}", gate.shape(), x.shape()));
        }
        if gate.is_on_gpu() {
            let gate = composed::swish(gate.into_burn()?, alpha);
            return Ok(one(Tensor::from_burn(B::float_mul(gate, x.into_burn()?))?));
        }
        let single = single(move |v: f32| v * fast_math::sigmoid_of(alpha * v));
        let double = |v: f64| v * sigmoid_of(f64::from(alpha) * v);
        let gate = super::elementwise::real_in_memory(gate, single, double)?;
        Ok(one(super::binary::multiplied(gate, x)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}
