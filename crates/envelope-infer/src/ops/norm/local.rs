//! Normalizations by norms, by neighbouring channels, and over any dimensions.

use burn_backend::ops::{FloatTensorOps as _, ModuleOps as _, PadMode};
use burn_backend::{Scalar, TensorMetadata as _};

use super::super::rows::{Rows, Span, sum_of};
use super::super::shape::permuted;
use super::super::wide::{Wide, converted, widened_in_memory, with_wide};
use crate::burn_tensor::{B, reshape};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::{Shape, axes_of};
use crate::tensor::Tensor;

pub(super) fn lp_normalization(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let axis = facts.int_or("axis", -1)?;
    let p = facts.int_or("p", 2)?;
    if p != 1 && p != 2 {
        return Err(fault!("attribute `p` is {p}, expected 1 or 2"));
    }
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = widened_in_memory(inputs.take(0)?)?;
        let span = Span::of(x.shape(), x.shape().axis(axis)?);
        let y = with_wide!(x.data_type(), W => divided_by_norm::<W>(x, span, p))?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator))
}

fn divided_by_norm<W: Wide>(x: Tensor, span: Span, p: i64) -> Result<Tensor> {
    let shape = x.shape().clone();
    let mut values = x.into_vec::<W>()?;
    Rows::of(span.size * span.inner).fill(&mut values, |_, block| {
        let mut norms = vec![W::zero(); span.inner];
        for row in block.chunks_exact(span.inner) {
            for (norm, &value) in norms.iter_mut().zip(row) {
                *norm += if p == 1 { value.abs() } else { value * value };
            }
        }
        for norm in &mut norms {
            let root = if p == 1 { *norm } else { norm.sqrt() };
            // Nothing divided by its norm of zero stays nothing.
            *norm = if root == W::zero() { W::one() } else { root };
        }
        for row in block.chunks_exact_mut(span.inner) {
            for (value, &norm) in row.iter_mut().zip(&norms) {
                *value /= norm;
            }
        }
    });
    Ok(Tensor::from_vec(shape, values))
}

/// How an element is divided by a function of those at the same place in neighbouring channels.
#[derive(Clone, Copy, Debug)]
struct Response {
    alpha: f32,
    beta: f32,
    bias: f32,
    size: usize,
}

pub(super) fn lrn(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let size = facts.int("size")?;
    let response = Response {
        alpha: facts.number_or("alpha", 1e-4)?,
        beta: facts.number_or("beta", 0.75)?,
        bias: facts.number_or("bias", 1.0)?,
        size: size
            .and_then(|size| usize::try_from(size).ok())
            .filter(|&size| (1..=1 << 31).contains(&size))
            .ok_or_else(|| fault!("attribute `size` is {size:?}"))?,
    };
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let &[batch, channels, ref rest @ ..] = &x.shape()[..] else {
            return Err(fault!(
                "found shape {}, expected batch and channels",
                x.shape()
            ));
        };
        let length: usize = rest.iter().product();
        if x.is_on_gpu() && x.elements() > 0 {
            let padded = Shape::from([batch, 1, channels + response.size - 1, length]);
            context.room_for(&padded, data_type)?;
            return Ok(one(response.by_burn(x, [batch, channels, length])?));
        }
        let x = widened_in_memory(x)?;
        let y = with_wide!(x.data_type(), W => response.in_memory::<W>(&x, channels, length))?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

impl Response {
    /// How many channels before and after one count.
    fn neighbours(&self) -> (usize, usize) {
        ((self.size - 1) / 2, self.size / 2)
    }

    fn in_memory<W: Wide>(&self, x: &Tensor, channels: usize, length: usize) -> Result<Tensor> {
        let values = x.values::<W>()?;
        let mut y = vec![W::zero(); values.len()];
        let (before, after) = self.neighbours();
        let number = |value: f32| W::from_f64(f64::from(value));
        let factor = W::from_f64(f64::from(self.alpha) / self.size as f64);
        let work = length * (self.size.min(channels) + 8);
        Rows { length, work }.fill(&mut y, |row, y| {
            let (first, channel) = (row / channels * channels, row % channels);
            let near = channel.saturating_sub(before)..(channel + after + 1).min(channels);
            for other in near {
                let other = &values[(first + other) * length..][..length];
                for (sum, &value) in y.iter_mut().zip(other) {
                    *sum += value * value;
                }
            }
            for (y, &x) in y.iter_mut().zip(&values[row * length..][..length]) {
                let base = number(self.bias) + factor * *y;
                *y = x / if self.beta.to_bits() == 0.75f32.to_bits() {
                    base.sqrt() * base.sqrt().sqrt()
                } else {
                    base.powf(number(self.beta))
                };
            }
        });
        Ok(Tensor::from_vec(x.shape().clone(), y))
    }

    fn by_burn(&self, x: Tensor, sizes: [usize; 3]) -> Result<Tensor> {
        let [batch, channels, length] = sizes;
        let shape = x.shape().clone();
        let x = x.reshaped([batch, 1, channels, length])?.into_burn()?;
        let squares = B::float_mul(x.clone(), x.clone());
        let padding = [(0, 0), (0, 0), self.neighbours(), (0, 0)];
        let squares = B::float_pad(squares, &padding, PadMode::Constant(0.0));
        let means = B::avg_pool2d(squares, [self.size, 1], [1, 1], [0, 0], true, false);
        let number = |value: f32| Scalar::from(f64::from(value));
        let base = B::float_mul_scalar(means, number(self.alpha));
        let base = B::float_add_scalar(base, number(self.bias));
        let divisor = B::float_powf_scalar(base, number(self.beta));
        Tensor::from_burn(reshape(B::float_div(x, divisor), &shape))
    }
}

pub(super) fn mean_variance_normalization(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let axes = facts.ints("axes")?.unwrap_or(&[0, 2, 3]).to_vec();
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let axes = axes_of(&axes, x.rank())?;
        if x.is_on_gpu() && x.elements() > 0 {
            return Ok(one(standardized_by_burn(x, &axes)?));
        }
        let x = widened_in_memory(x)?;
        let y = with_wide!(x.data_type(), W => standardized::<W>(x, &axes))?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// What is added to deviations, so that none is zero.
const LEAST_DEVIATION: f64 = 1e-9;

fn standardized<W: Wide>(x: Tensor, axes: &[usize]) -> Result<Tensor> {
    let kept = (0..x.rank()).filter(|axis| !axes.contains(axis));
    let order: Vec<usize> = kept.chain(axes.iter().copied()).collect();
    let mut back = vec![0; order.len()];
    for (i, &axis) in order.iter().enumerate() {
        back[axis] = i;
    }
    let length: usize = axes.iter().map(|&axis| x.shape()[axis]).product();
    let x = permuted(x, &order)?.dense();
    let shape = x.shape().clone();
    let mut values = x.into_vec::<W>()?;
    let count = W::from_f64(length as f64);
    Rows::of(length).fill(&mut values, |_, row| {
        let mean = sum_of(row, |v| v) / count;
        let variance = sum_of(row, |v| (v - mean) * (v - mean)) / count;
        let deviation = variance.sqrt() + W::from_f64(LEAST_DEVIATION);
        for value in row {
            *value = (*value - mean) / deviation;
        }
    });
    Ok(permuted(Tensor::from_vec(shape, values), &back)?.dense())
}

fn standardized_by_burn(x: Tensor, axes: &[usize]) -> Result<Tensor> {
    let x = x.into_burn()?;
    let mean_of = |tensor| {
        axes.iter()
            .fold(tensor, |tensor, &axis| B::float_mean_dim(tensor, axis))
    };
    let mean = mean_of(x.clone());
    let centred = B::float_sub(x, mean);
    let variance = mean_of(B::float_mul(centred.clone(), centred.clone()));
    let deviation = B::float_add_scalar(B::float_sqrt(variance), Scalar::from(LEAST_DEVIATION));
    debug_assert_eq!(deviation.shape().num_dims(), centred.shape().num_dims());
    Tensor::from_burn(B::float_div(centred, deviation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(shape: &[usize]) -> Tensor {
        let shape = Shape::from(shape);
        let values: Vec<f32> = (0..shape.elements())
            .map(|i| (i * 29 % 31) as f32 / 7.0)
            .collect();
        Tensor::from_vec(shape, values)
    }

    #[test]
    fn burn_agrees() {
        let x = ramp(&[2, 5, 3, 2]);
        let mut pairs = Vec::new();
        for axes in [&[0, 2, 3][..], &[1], &[3, 0]] {
            let memory = standardized::<f32>(x.clone(), axes).unwrap();
            pairs.push((memory, standardized_by_burn(x.clone(), axes).unwrap()));
        }
        for (size, beta) in [(1, 0.75), (2, 0.5), (3, 0.75), (9, 0.75)] {
            let response = Response {
                alpha: 0.2,
                beta,
                bias: 1.5,
                size,
            };
            let memory = response.in_memory::<f32>(&x, 5, 6).unwrap();
            pairs.push((memory, response.by_burn(x.clone(), [2, 5, 6]).unwrap()));
        }
        for (memory, burn) in pairs {
            assert_eq!(memory.shape(), burn.shape());
            let memory = memory.values::<f32>().unwrap();
            for (a, b) in memory.iter().zip(&*burn.values::<f32>().unwrap()) {
                assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
        }
    }
}
