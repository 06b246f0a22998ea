//! [BatchNormalization](https://onnx.ai/onnx/operators/onnx__BatchNormalization.html).

use burn_backend::ops::ModuleOps as _;

use super::super::rows::{Rows, sum_of};
use super::super::wide::{Wide, converted, wide_type, with_wide};
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Whose mean and variance are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistics {
    Given,
    /// Those of the batch; the given ones move towards them.
    OfBatch,
}

/// What has a mean and a variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Each {
    Channel,
    /// Each element of an image, as versions before 9 allowed.
    Activation,
}

struct Attributes {
    epsilon: f32,
    momentum: f32,
    statistics: Statistics,
    each: Each,
    data_type: DataType,
    running_type: DataType,
}

pub(super) fn batch_normalization(facts: &Facts<'_>) -> Result<Built> {
    for input in 0..5 {
        facts.float(input)?;
    }
    let version = facts.version();
    facts.ints("consumed_inputs")?;
    let spatial = version >= 9 || facts.flag("spatial", true)?;
    let trains = match version {
        ..7 => !facts.flag("is_test", false)?,
        7..14 => (1..5).any(|output| facts.wants(output)),
        _ => facts.flag("training_mode", false)?,
    };
    if version < 14 && (1..5).any(|output| facts.wants(output)) {
        return Err(fault!(
            "training in version {version} is not supported, only from version 14 on"
        ));
    }
    if !trains && (1..5).any(|output| facts.wants(output)) {
        return Err(fault!("outputs beside the first are made in training only"));
    }
    let attributes = Attributes {
        epsilon: facts.number_or("epsilon", 1e-5)?,
        momentum: facts.number_or("momentum", 0.9)?,
        statistics: if trains {
            Statistics::OfBatch
        } else {
            Statistics::Given
        },
        each: if spatial {
            Each::Channel
        } else {
            Each::Activation
        },
        data_type: facts.data_type(0)?,
        running_type: facts.data_type(3)?,
    };
    let running = attributes.running_type;
    let types = if trains && version >= 14 {
        vec![attributes.data_type, running, running]
    } else {
        vec![attributes.data_type]
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| attributes.run(inputs);
    Ok(Built::new(types, operator).anywhere())
}

impl Attributes {
    fn run(&self, mut inputs: Inputs) -> Result<Outputs> {
        let x = inputs.take(0)?;
        let parameters = [
            inputs.take(1)?,
            inputs.take(2)?,
            inputs.take(3)?,
            inputs.take(4)?,
        ];
        let shape = x.shape().clone();
        let spread = self.spread(&shape)?;
        for parameter in &parameters {
            let fits = parameter.elements() == spread[1];
            if !fits {
                return Err(fault!(
                    "an input of {shape} and parameters of {} do not fit",
                    parameter.shape()
                ));
            }
        }
        let on_gpu = x.is_on_gpu() && x.elements() > 0;
        if on_gpu && self.statistics == Statistics::Given {
            let y = self.by_burn(x.reshaped(spread)?, parameters)?;
            return Ok(one(y.reshaped(shape)?));
        }
        let wide = wide_type(self.data_type);
        let x = converted(x.dense(), wide)?;
        let mut wide_parameters = Vec::with_capacity(4);
        for parameter in parameters {
            wide_parameters.push(converted(parameter.dense(), wide)?);
        }
        with_wide!(wide, W => self.in_memory::<W>(x, &spread, &wide_parameters))
    }

    /// The shape as batch, what has statistics, and what shares them.
    fn spread(&self, shape: &Shape) -> Result<Shape> {
        match (&shape[..], self.each) {
            // A vector is a batch of one channel.
            (&[batch], _) => Ok(Shape::from([batch, 1, 1])),
            (&[batch, channels, ref rest @ ..], Each::Channel) => {
                Ok(Shape::from([batch, channels, rest.iter().product()]))
            }
            (&[batch, ref rest @ ..], Each::Activation) => {
                Ok(Shape::from([batch, rest.iter().product(), 1]))
            }
            _ => Err(fault!("found a scalar, expected batch and channels")),
        }
    }

    fn by_burn(&self, x: Tensor, parameters: [Tensor; 4]) -> Result<Tensor> {
        let [scale, bias, mean, variance] = parameters.map(|parameter| {
            let length = parameter.elements();
            parameter.reshaped([length])?.into_burn()
        });
        let epsilon = f64::from(self.epsilon);
        Tensor::from_burn(B::batch_norm(
            x.into_burn()?,
            scale?,
            bias?,
            mean?,
            variance?,
            epsilon,
        ))
    }

    fn in_memory<W: Wide>(&self, x: Tensor, spread: &Shape, given: &[Tensor]) -> Result<Outputs> {
        let shape = x.shape().clone();
        let mut values = x.into_vec::<W>()?;
        let (scale, bias) = (given[0].values::<W>()?, given[1].values::<W>()?);
        let (mean, variance) = (given[2].values::<W>()?, given[3].values::<W>()?);
        let batch = match self.statistics {
            Statistics::Given => None,
            Statistics::OfBatch => Some(statistics(&values, spread)),
        };
        let (used_mean, used_variance) = match &batch {
            Some((mean, variance)) => (&mean[..], &variance[..]),
            None => (&*mean, &*variance),
        };
        let epsilon = W::from_f64(f64::from(self.epsilon));
        let factors: Vec<W> = scale
            .iter()
            .zip(used_variance)
            .map(|(&scale, &variance)| scale / (variance + epsilon).sqrt())
            .collect();
        let line = Line {
            factors: &factors,
            means: used_mean,
            bias: &bias,
        };
        line.apply(&mut values, spread);
        let y = converted(Tensor::from_vec(shape, values), self.data_type)?;
        let mut outputs = one(y);
        if let Some((batch_mean, batch_variance)) = batch {
            let momentum = f64::from(self.momentum);
            let (keep, take) = (W::from_f64(momentum), W::from_f64(1.0 - momentum));
            for (old, (new, like)) in [
                (mean, (batch_mean, &given[2])),
                (variance, (batch_variance, &given[3])),
            ] {
                let moved = old
                    .iter()
                    .zip(&new)
                    .map(|(&old, &new)| old * keep + new * take);
                let moved = Tensor::from_vec(like.shape().clone(), moved.collect());
                outputs.push(converted(moved, self.running_type)?.into());
            }
        }
        Ok(outputs)
    }
}

/// The mean and the variance of each channel.
fn statistics<W: Wide>(values: &[W], spread: &Shape) -> (Vec<W>, Vec<W>) {
    let (batch, channels, length) = (spread[0], spread[1], spread[2]);
    let count = W::from_f64((batch * length) as f64);
    let mean_of = |channel: usize, term: &dyn Fn(W) -> W| {
        let planes =
            (0..batch).map(|image| &values[(image * channels + channel) * length..][..length]);
        planes.fold(W::zero(), |sum, plane| sum + sum_of(plane, term)) / count
    };
    let mut found = (Vec::with_capacity(channels), Vec::with_capacity(channels));
    for channel in 0..channels {
        let mean = mean_of(channel, &|v| v);
        found.1.push(mean_of(channel, &|v| (v - mean) * (v - mean)));
        found.0.push(mean);
    }
    found
}

/// What is done to each channel: `(x - mean) * factor + bias`.
struct Line<'a, W> {
    factors: &'a [W],
    means: &'a [W],
    bias: &'a [W],
}

impl<W: Wide> Line<'_, W> {
    fn apply(&self, values: &mut [W], spread: &Shape) {
        let (channels, length) = (spread[1], spread[2]);
        if length == 1 {
            return Rows::of(channels).fill(values, |_, row| {
                let parameters = self.factors.iter().zip(self.means).zip(self.bias);
                for (value, ((&factor, &mean), &bias)) in row.iter_mut().zip(parameters) {
                    *value = (*value - mean) * factor + bias;
                }
            });
        }
        Rows::of(length).fill(values, |row, plane| {
            let channel = row % channels;
            let (factor, mean) = (self.factors[channel], self.means[channel]);
            let bias = self.bias[channel];
            for value in plane {
                *value = (*value - mean) * factor + bias;
            }
        });
    }
}
