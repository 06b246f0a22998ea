//! `Scaler` and `Normalizer`.

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::ops::ml_scores::{is_feature, numbers_of};
use crate::tensor::Tensor;

pub(super) fn scaler(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_feature)?;
    let list = |name, default| -> Result<Vec<f32>> {
        let found = facts.numbers(name)?.unwrap_or_default();
        Ok(if found.is_empty() {
            vec![default]
        } else {
            found.to_vec()
        })
    };
    let (offset, scale) = (list("offset", 0.0)?, list("scale", 1.0)?);
    if offset.len() != scale.len() && offset.len() != 1 && scale.len() != 1 {
        return Err(fault!(
            "there are {} offsets and {} scales",
            offset.len(),
            scale.len()
        ));
    }
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let width = x.shape().last().copied().unwrap_or(1);
        for list in [&offset, &scale] {
            if list.len() != 1 && list.len() != width {
                return Err(fault!(
                    "rows have {width} features, expected {}",
                    list.len()
                ));
            }
        }
        let at = |list: &[f32], i: usize| list.get(i).copied().unwrap_or(list[0]);
        let factors: Vec<(f32, f32)> = (0..width)
            .map(|i| (at(&offset, i), at(&scale, i)))
            .collect();
        Ok(one(scaled(x, &factors)?))
    };
    Ok(Built::one(DataType::F32, operator))
}

/// `(x - offset) * scale`, in 64 bits where the features have them.
fn scaled(x: &Tensor, factors: &[(f32, f32)]) -> Result<Tensor> {
    let width = factors.len().max(1);
    let mut result = Vec::with_capacity(x.elements());
    if x.data_type() == DataType::F32 {
        for row in x.values::<f32>()?.chunks(width) {
            let pairs = row.iter().zip(factors);
            result.extend(pairs.map(|(x, (offset, scale))| (x - offset) * scale));
        }
    } else {
        for row in numbers_of::<f64>(x)?.chunks(width) {
            let pairs = row.iter().zip(factors);
            result.extend(
                pairs.map(|(x, &(offset, scale))| {
                    single((x - f64::from(offset)) * f64::from(scale))
                }),
            );
        }
    }
    Ok(Tensor::from_vec(x.shape().clone(), result))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the result has 32 bits whatever the features have"
)]
fn single(value: f64) -> f32 {
    value as f32
}

pub(super) fn normalizer(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_feature)?;
    let normalize: fn(&mut [f32]) = match facts.text_or("norm", "MAX")? {
        "MAX" => |row| divide(row, row.iter().copied().fold(f32::MIN, f32::max)),
        "L1" => |row| divide(row, row.iter().map(|x| x.abs()).sum()),
        "L2" => |row| {
            let squares: f32 = row.iter().map(|x| x * x).sum();
            divide(row, squares.sqrt());
        },
        other => return Err(fault!("norm `{other}` is not known")),
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let ([width] | [_, width]) = x.shape()[..] else {
            return Err(fault!("found shape {}, expected [N, C]", x.shape()));
        };
        let mut values = numbers_of::<f32>(x)?.into_owned();
        values.chunks_mut(width.max(1)).for_each(normalize);
        Ok(one(Tensor::from_vec(x.shape().clone(), values)))
    };
    Ok(Built::one(DataType::F32, operator))
}

/// Divides all by a number, unless that is zero.
fn divide(row: &mut [f32], by: f32) {
    if by != 0.0 {
        for x in row {
            *x /= by;
        }
    }
}
