//! Clip: values kept within limits, which are attributes before version 11 and inputs since.

use burn_backend::ops::FloatTensorOps as _;

use super::super::elementwise::map;
use super::super::fast_math;
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::tensor::Tensor;

/// The limits as floats: what they are as attributes.
pub(super) fn by_attributes(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    facts.ints("consumed_inputs")?;
    let limits = (facts.number("min")?, facts.number("max")?);
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        if data_type == DataType::F32 {
            return Ok(one(clipped_single(x, limits.0, limits.1)?));
        }
        let clipped = with_number!(data_type, T => {
            let limit = |limit: Option<f32>| limit.map(|v| T::from_f64(v.into()));
            clipped::<T>(x, limit(limits.0), limit(limits.1))
        });
        Ok(one(clipped?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

pub(super) fn by_inputs(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    let data_type = facts.same_data_type([0, 1, 2])?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        if data_type == DataType::F32 {
            let (low, high) = (limit::<f32>(&inputs, 1)?, limit::<f32>(&inputs, 2)?);
            return Ok(one(clipped_single(x, low, high)?));
        }
        let clipped = with_number!(data_type, T => {
            clipped::<T>(x, limit(&inputs, 1)?, limit(&inputs, 2)?)
        });
        Ok(one(clipped?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1, 2]))
}

fn limit<T: Number>(inputs: &Inputs, input: usize) -> Result<Option<T>> {
    let Some(limit) = inputs.optional(input)? else {
        return Ok(None);
    };
    match limit.values::<T>()?[..] {
        [value] => Ok(Some(value)),
        _ => Err(fault!(
            "a limit has shape {}, expected a scalar",
            limit.shape()
        )),
    }
}

fn clipped_single(x: Tensor, low: Option<f32>, high: Option<f32>) -> Result<Tensor> {
    if x.is_on_gpu() {
        let mut x = x.into_burn()?;
        if let Some(low) = low {
            x = B::float_clamp_min(x, low.into());
        }
        if let Some(high) = high {
            x = B::float_clamp_max(x, high.into());
        }
        return Tensor::from_burn(x);
    }
    let shape = x.shape().clone();
    let mut values = x.into_vec::<f32>()?;
    let (low, high) = (
        low.unwrap_or(f32::NEG_INFINITY),
        high.unwrap_or(f32::INFINITY),
    );
    fast_math::apply(&mut values, move |v| {
        let v = if v < low { low } else { v };
        if v > high { high } else { v }
    });
    Ok(Tensor::from_vec(shape, values))
}

fn clipped<T: Number>(x: Tensor, low: Option<T>, high: Option<T>) -> Result<Tensor> {
    map(x, |v: T| {
        let v = match low {
            Some(low) if v < low => low,
            _ => v,
        };
        match high {
            Some(high) if v > high => high,
            _ => v,
        }
    })
}
