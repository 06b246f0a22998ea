//! [Attention](https://onnx.ai/onnx/operators/onnx__Attention.html): scaled products of queries and
//! keys, their softmax, and the values mixed by it.
//!
//! The two products are burn's. What lies between them is done in place in memory, or with burn
//! where the scores lie on a GPU.

use burn_backend::ops::FloatTensorOps as _;
use burn_backend::{Scalar, TensorMetadata as _};
use burn_dispatch::DispatchTensor;

use super::heads::{self, Heads, Scaling};
use super::mask::{Bounds, Mask, Positions};
use super::softmax;
use crate::burn_tensor::{self, B, bool_type};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs};
use crate::ops::wide::{Wide, converted, wide_type, widened, with_wide};
use crate::tensor::Tensor;
use crate::value::Value;

mod input {
    pub(super) const QUERY: usize = 0;
    pub(super) const KEY: usize = 1;
    pub(super) const VALUE: usize = 2;
    pub(super) const MASK: usize = 3;
    pub(super) const PAST_KEY: usize = 4;
    pub(super) const PAST_VALUE: usize = 5;
    pub(super) const FILLED: usize = 6;
}

/// Which stage of the scores the fourth output shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Product,
    Capped,
    Masked,
    Weights,
}

struct Attention {
    data_type: DataType,
    value_type: DataType,
    query_heads: Option<usize>,
    key_heads: Option<usize>,
    bounds: Bounds,
    scale: Option<f32>,
    cap: Option<f32>,
    precision: Option<DataType>,
    shown: Shown,
}

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(input::QUERY)?;
    facts.same_data_type([input::QUERY, input::KEY, input::PAST_KEY])?;
    let value_type = facts.float(input::VALUE)?;
    facts.same_data_type([input::VALUE, input::PAST_VALUE])?;
    if facts.has(input::MASK) {
        facts.data_type_where(input::MASK, |t| t.is_float() || t == DataType::Bool)?;
    }
    if facts.has(input::PAST_KEY) != facts.has(input::PAST_VALUE) {
        return Err(fault!(
            "a past key needs a past value, and the other way round"
        ));
    }
    if facts.has(input::FILLED) {
        facts.data_type_where(input::FILLED, |t| t == DataType::I64)?;
        if facts.has(input::PAST_KEY) {
            return Err(fault!("`nonpad_kv_seqlen` cannot come with past keys"));
        }
    }
    let attention = Attention {
        data_type,
        value_type,
        query_heads: heads::count(facts, "q_num_heads")?,
        key_heads: heads::count(facts, "kv_num_heads")?,
        bounds: bounds(facts)?,
        scale: facts.number("scale")?,
        cap: facts.number("softcap")?.filter(|&cap| cap > 0.0),
        precision: precision(facts)?,
        shown: shown(facts)?,
    };
    let outputs = [data_type, data_type, value_type, data_type];
    let operator = move |inputs: Inputs, context: &Context<'_>| with_wide!(data_type, T => attention.run::<T>(inputs, context));
    Ok(Built::new(outputs, operator).anywhere_but(&[input::MASK, input::FILLED]))
}

fn bounds(facts: &Facts<'_>) -> Result<Bounds> {
    let window = |name| {
        let size = if facts.version() < 25 {
            -1
        } else {
            facts.int_or(name, -1)?
        };
        match size {
            -1 => Ok(None),
            size if size >= 0 => Ok(Some(size)),
            size => Err(fault!("`{name}` is {size}, expected -1 or more")),
        }
    };
    Ok(Bounds {
        is_causal: facts.flag("is_causal", false)?,
        left: window("left_window_size")?,
        right: window("right_window_size")?,
    })
}

/// The type that the softmax is computed in, where it is stated.
pub(super) fn precision(facts: &Facts<'_>) -> Result<Option<DataType>> {
    let precision = facts.type_number("softmax_precision")?;
    match precision {
        Some(other) if !other.is_float() => Err(fault!("`softmax_precision` is {other}")),
        precision => Ok(precision),
    }
}

fn shown(facts: &Facts<'_>) -> Result<Shown> {
    let mode = facts.int_or("qk_matmul_output_mode", 0)?;
    let shown = match mode {
        0 => Shown::Product,
        1 => Shown::Capped,
        2 => Shown::Masked,
        3 => Shown::Weights,
        _ => return Err(fault!("`qk_matmul_output_mode` is {mode}, expected 0 to 3")),
    };
    Ok(if facts.wants(3) {
        shown
    } else {
        Shown::Nothing
    })
}

impl Attention {
    fn run<T: Wide>(&self, mut inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let query = inputs.take(input::QUERY)?;
        let is_flat = query.rank() == 3;
        let query = heads::apart(query, self.query_heads)?;
        let key = heads::apart(inputs.take(input::KEY)?, self.key_heads)?;
        let value = heads::apart(inputs.take(input::VALUE)?, self.key_heads)?;
        let past_key = inputs.take_optional(input::PAST_KEY)?;
        let past_value = inputs.take_optional(input::PAST_VALUE)?;
        let past = past_key
            .as_ref()
            .map_or(0, |past| past.shape().get(2).copied().unwrap_or(0));
        let key = joined(past_key, key)?;
        let value = joined(past_value, value)?;
        let (present_key, present_value) = (key.clone(), value.clone());
        let heads = Heads::new(
            widened(query)?,
            widened(key)?,
            converted(value, wide_type(self.data_type))?,
        )?;
        let positions = match inputs.optional(input::FILLED)? {
            Some(filled) => Positions::Filled(filled.integers()?),
            None => Positions::After(past),
        };
        let mask = inputs.optional(input::MASK)?;
        let mask = Mask::<T>::new(self.bounds, positions, heads.sizes, mask)?;
        let scaling = Scaling {
            scale: self.scale,
            data_type: self.data_type,
        };
        let scores = heads.scores(scaling, context)?;
        let (weights, shown) = if scores.is_on_gpu() {
            self.weights_on_gpu(scores, &mask)?
        } else {
            self.weights(scores, &mask)?
        };
        let mixed = converted(heads.mixed(weights, context)?, self.data_type)?;
        let mixed = if is_flat {
            heads::together(mixed)?
        } else {
            mixed
        };
        let mut outputs: Outputs = [mixed, present_key, present_value]
            .into_iter()
            .map(Value::from)
            .collect();
        if let Some(shown) = shown {
            outputs.push(converted(shown, self.data_type)?.into());
        }
        debug_assert_eq!(
            outputs[2].as_tensor().map(Tensor::data_type),
            Some(self.value_type)
        );
        Ok(outputs)
    }

    /// The weights of the values, and the stage of the scores that is shown.
    fn weights<T: Wide>(&self, scores: Tensor, mask: &Mask<T>) -> Result<(Tensor, Option<Tensor>)> {
        let shape = scores.shape().clone();
        let width = shape.last().copied().unwrap_or(0);
        let mut scores: Vec<T> = scores.into_vec()?;
        let copy = |stage, scores: &[T]| {
            (self.shown == stage).then(|| Tensor::from_vec(shape.clone(), scores.to_vec()))
        };
        let mut shown = copy(Shown::Product, &scores);
        let own = softmax::rounding::<T>(self.data_type);
        let precision = self.precision.unwrap_or(self.data_type);
        let inner = softmax::rounding::<T>(precision);
        let cap = |row: &mut [T]| {
            if let Some(cap) = self.cap {
                capped(row, T::from_f64(cap.into()), own);
            }
        };
        let take_out = |number: usize, row: &mut [T]| {
            if !mask.is_empty() {
                mask.apply(number, row);
                softmax::round_all(row, own);
            }
        };
        let weigh = |row: &mut [T]| {
            softmax::round_all(row, inner);
            softmax::softmax_in(row, T::zero(), precision);
            // The weights are of the type of the queries before they meet the values.
            softmax::round_all(row, own);
        };
        if matches!(self.shown, Shown::Capped | Shown::Masked) {
            softmax::each_row(&mut scores, width, |_, row| cap(row));
            shown = shown.or_else(|| copy(Shown::Capped, &scores));
            softmax::each_row(&mut scores, width, take_out);
            shown = shown.or_else(|| copy(Shown::Masked, &scores));
            softmax::each_row(&mut scores, width, |_, row| weigh(row));
        } else {
            softmax::each_row(&mut scores, width, |number, row| {
                cap(row);
                take_out(number, row);
                weigh(row);
            });
        }
        shown = shown.or_else(|| copy(Shown::Weights, &scores));
        Ok((Tensor::from_vec(shape, scores), shown))
    }

    fn weights_on_gpu<T: Wide>(
        &self,
        scores: Tensor,
        mask: &Mask<T>,
    ) -> Result<(Tensor, Option<Tensor>)> {
        if self
            .precision
            .is_some_and(|precision| precision != DataType::F32)
        {
            let (weights, shown) = self.weights(scores.dense(), mask)?;
            return Ok((weights, shown));
        }
        let product = scores.into_burn()?;
        let capped = match self.cap {
            Some(cap) => capped_by_burn(product.clone(), cap.into()),
            None => product.clone(),
        };
        let mut masked = capped.clone();
        if !mask.is_empty() {
            let (shape, bias) = mask.as_bias();
            let bias = converted(Tensor::from_vec(shape, bias), DataType::F32)?;
            let bias = burn_tensor::to_device(&bias, &masked.device())?.into_burn()?;
            masked = B::float_add(masked, bias);
        }
        let weights = softmax_by_burn(masked.clone());
        let shown = match self.shown {
            Shown::Nothing => None,
            Shown::Product => Some(product),
            Shown::Capped => Some(capped),
            Shown::Masked => Some(masked),
            Shown::Weights => Some(weights.clone()),
        };
        let shown = shown.map(Tensor::from_burn).transpose()?;
        Ok((Tensor::from_burn(weights)?, shown))
    }
}

/// What came before and what comes now, along the sequence.
fn joined(past: Option<Tensor>, now: Tensor) -> Result<Tensor> {
    let Some(past) = past else {
        return Ok(now);
    };
    let (a, b) = (past.shape(), now.shape());
    let fits = a.rank() == 4 && b.rank() == 4 && a[..2] == b[..2] && a[3] == b[3];
    if !fits {
        return Err(fault!("a past of shape {a} does not fit {b}"));
    }
    if past.elements() == 0 || now.elements() == 0 {
        return Ok(if past.elements() == 0 && a[2] == 0 {
            now
        } else {
            past
        });
    }
    Tensor::from_burn(B::float_cat(vec![past.into_burn()?, now.into_burn()?], 2))
}

fn capped<T: Wide>(row: &mut [T], cap: T, rounding: Option<fn(T) -> T>) {
    for value in &mut *row {
        *value /= cap;
    }
    softmax::round_all(row, rounding);
    T::tanh_all(row);
    softmax::round_all(row, rounding);
    for value in &mut *row {
        *value *= cap;
    }
    softmax::round_all(row, rounding);
}

fn capped_by_burn(scores: DispatchTensor, cap: f64) -> DispatchTensor {
    let share = B::float_div_scalar(scores, Scalar::Float(cap));
    B::float_mul_scalar(B::float_tanh(share), Scalar::Float(cap))
}

/// Softmax of the last dimension in which a row of nothing but minus infinity becomes zeros.
fn softmax_by_burn(scores: DispatchTensor) -> DispatchTensor {
    let last = scores.shape().num_dims() - 1;
    let largest = B::float_max_dim(scores.clone(), last);
    let infinite = B::float_is_inf(largest.clone(), bool_type(&largest));
    let largest = B::float_mask_fill(largest, infinite, Scalar::Float(0.0));
    let exponentials = B::float_exp(B::float_sub(scores, largest));
    let sums = B::float_sum_dim(exponentials.clone(), last);
    let nothing = B::float_equal_elem(sums.clone(), Scalar::Float(0.0), bool_type(&sums));
    let sums = B::float_mask_fill(sums, nothing, Scalar::Float(1.0));
    B::float_div(exponentials, sums)
}
