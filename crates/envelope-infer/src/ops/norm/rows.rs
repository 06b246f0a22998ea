//! Normalizations that take the mean and the variance of rows of neighbours: of the last
//! dimensions, of a channel, or of a group of channels.
#![expect(
    clippy::inline_always,
    reason = "loops become vectors where they are inlined"
)]

use burn_backend::ops::{FloatTensorOps as _, ModuleOps as _};
use burn_backend::{Scalar, TensorMetadata as _};
use burn_dispatch::DispatchTensor;

use super::super::rows::{Rows, sum_of};
use super::super::wide::{Wide, converted, wide_type, with_wide};
use crate::burn_tensor::{B, reshape, same_rank};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs, one};
use crate::shape::{Shape, positions};
use crate::tensor::Tensor;

/// What deviations are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Centre {
    Mean,
    Zero,
}

/// How rows are normalized.
#[derive(Clone, Copy, Debug)]
struct Normalizer {
    centre: Centre,
    epsilon: f32,
    /// The type of the output.
    data_type: DataType,
}

/// The mean of each row, and one over its deviation.
type Moments<W> = (Vec<W>, Vec<W>);

impl Normalizer {
    fn read(facts: &Facts<'_>, centre: Centre) -> Result<Self> {
        Ok(Self {
            centre,
            epsilon: facts.number_or("epsilon", 1e-5)?,
            data_type: facts.float(0)?,
        })
    }

    /// Normalizes rows of this length, and then lets each be scaled.
    fn apply<W: Wide>(
        self,
        values: &mut [W],
        length: usize,
        scale: impl Fn(usize, &mut [W]) + Sync,
    ) {
        Rows {
            length,
            work: 4 * length,
        }
        .fill(
            values,
            #[inline(always)]
            |number, row| {
                let (mean, factor) = self.moments_of(row);
                for value in row.iter_mut() {
                    *value = (*value - mean) * factor;
                }
                scale(number, row);
            },
        );
    }

    #[inline(always)]
    fn moments_of<W: Wide>(self, row: &[W]) -> (W, W) {
        let count = W::from_f64(row.len() as f64);
        let mean = match self.centre {
            Centre::Mean => sum_of(row, |v| v) / count,
            Centre::Zero => W::zero(),
        };
        let variance = sum_of(row, |v| (v - mean) * (v - mean)) / count;
        let epsilon = W::from_f64(f64::from(self.epsilon));
        (mean, (variance + epsilon).sqrt().recip())
    }

    fn moments<W: Wide>(self, values: &[W], length: usize) -> Moments<W> {
        if length == 0 {
            return Moments::default();
        }
        values
            .chunks_exact(length)
            .map(|row| self.moments_of(row))
            .unzip()
    }

    /// The same by burn for a tensor of rows, with the moments.
    fn by_burn(self, rows: DispatchTensor) -> (DispatchTensor, [DispatchTensor; 2]) {
        let mean = B::float_mean_dim(rows.clone(), 1);
        let centred = match self.centre {
            Centre::Mean => B::float_sub(rows, mean.clone()),
            Centre::Zero => rows,
        };
        let squares = B::float_mul(centred.clone(), centred.clone());
        let variance = B::float_mean_dim(squares, 1);
        let epsilon = Scalar::from(f64::from(self.epsilon));
        let deviation = B::float_sqrt(B::float_add_scalar(variance, epsilon));
        let factor = B::float_recip(deviation);
        (B::float_mul(centred, factor.clone()), [mean, factor])
    }
}

/// The type that statistics are kept in; more precision than asked for is no fault.
fn stash_type(facts: &Facts<'_>) -> Result<DataType> {
    let stash = facts.type_number("stash_type")?.unwrap_or(DataType::F32);
    if stash.is_float() {
        Ok(stash)
    } else {
        Err(fault!(
            "attribute `stash_type` is {stash}, expected a float type"
        ))
    }
}

pub(super) fn layer_normalization(facts: &Facts<'_>) -> Result<Built> {
    facts.same_data_type([0, 1, 2])?;
    let stash = stash_type(facts)?;
    let layer = Layer {
        normalizer: Normalizer::read(facts, Centre::Mean)?,
        axis: facts.int_or("axis", -1)?,
        stash: [1, 2].map(|output| facts.wants(output).then_some(stash)),
    };
    let types = [layer.normalizer.data_type, stash, stash];
    let operator = move |inputs: Inputs, _: &Context<'_>| layer.run(inputs);
    Ok(Built::new(types, operator).anywhere())
}

pub(super) fn rms_normalization(facts: &Facts<'_>) -> Result<Built> {
    facts.float(1)?;
    stash_type(facts)?;
    let mut normalizer = Normalizer::read(facts, Centre::Zero)?;
    normalizer.data_type = facts.data_type(1)?;
    let layer = Layer {
        normalizer,
        axis: facts.int_or("axis", -1)?,
        stash: [None, None],
    };
    let data_type = layer.normalizer.data_type;
    let operator = move |inputs: Inputs, _: &Context<'_>| layer.run(inputs);
    Ok(Built::one(data_type, operator).anywhere())
}

/// A normalization of the last dimensions.
struct Layer {
    normalizer: Normalizer,
    axis: i64,
    /// The types of the moments that are wanted.
    stash: [Option<DataType>; 2],
}

impl Layer {
    fn run(&self, mut inputs: Inputs) -> Result<Outputs> {
        let (x, scale) = (inputs.take(0)?, inputs.take(1)?);
        let bias = inputs.take_optional(2)?;
        let shape = x.shape().clone();
        let axis = shape.axis(self.axis)?;
        for parameter in [Some(&scale), bias.as_ref()].into_iter().flatten() {
            if parameter.shape().broadcast(&shape)? != shape {
                return Err(fault!(
                    "a parameter of {} does not broadcast to {shape}",
                    parameter.shape()
                ));
            }
        }
        if x.is_on_gpu() && x.elements() > 0 {
            return self.by_burn(x, scale, bias);
        }
        let wide = match (wide_type(x.data_type()), wide_type(scale.data_type())) {
            (DataType::F64, _) | (_, DataType::F64) => DataType::F64,
            _ => DataType::F32,
        };
        let x = converted(x.dense(), wide)?;
        let scale = converted(scale.dense(), wide)?;
        let bias = bias.map(|bias| converted(bias.dense(), wide)).transpose()?;
        with_wide!(wide, W => self.in_memory::<W>(x, &scale, bias.as_ref(), axis))
    }

    fn in_memory<W: Wide>(
        &self,
        x: Tensor,
        scale: &Tensor,
        bias: Option<&Tensor>,
        axis: usize,
    ) -> Result<Outputs> {
        let shape = x.shape().clone();
        let length = shape[axis..].iter().product();
        let scale = spread::<W>(scale, &shape, axis)?;
        let bias = bias
            .map(|bias| spread::<W>(bias, &shape, axis))
            .transpose()?;
        let mut values = x.into_vec::<W>()?;
        let wants_moments = self.stash.iter().any(Option::is_some);
        let moments = wants_moments.then(|| self.normalizer.moments(&values, length));
        self.normalizer.apply(
            &mut values,
            length,
            #[inline(always)]
            |number, row| {
                let first = number * length;
                for (value, &scale) in row.iter_mut().zip(&scale[first % scale.len()..]) {
                    *value *= scale;
                }
                if let Some(bias) = &bias {
                    for (value, &bias) in row.iter_mut().zip(&bias[first % bias.len()..]) {
                        *value += bias;
                    }
                }
            },
        );
        let y = Tensor::from_vec(shape.clone(), values);
        let mut outputs = one(converted(y, self.normalizer.data_type)?);
        if let Some((means, factors)) = moments {
            let shape = reduced(&shape, axis);
            for (mut moments, stash) in [means, factors].into_iter().zip(self.stash) {
                // Rows without elements have no moments.
                moments.resize(shape.elements(), W::zero());
                let moments = Tensor::from_vec(shape.clone(), moments);
                outputs.push(converted(moments, stash.unwrap_or(DataType::F32))?.into());
            }
        }
        Ok(outputs)
    }

    fn by_burn(&self, x: Tensor, scale: Tensor, bias: Option<Tensor>) -> Result<Outputs> {
        let shape = x.shape().clone();
        let axis = shape.axis(self.axis)?;
        let rows: usize = shape[..axis].iter().product();
        let length: usize = shape[axis..].iter().product();
        let plain =
            |tensor: &Tensor| tensor.elements() == length && tensor.rank() <= shape.rank() - axis;
        let is_plain = plain(&scale) && bias.as_ref().is_none_or(plain);
        let x = x.reshaped([rows, length])?.into_burn()?;
        if self.stash == [None, None] && self.normalizer.centre == Centre::Mean && is_plain {
            let flat = |tensor: Tensor| tensor.reshaped([length])?.into_burn();
            let bias = bias.map(flat).transpose()?;
            let y = B::layer_norm(x, flat(scale)?, bias, f64::from(self.normalizer.epsilon));
            return Ok(one(Tensor::from_burn(reshape(y, &shape))?));
        }
        let (y, moments) = self.normalizer.by_burn(x);
        let y = Tensor::from_burn(reshape(y, &shape))?;
        let (y, scale) = same_rank(y, scale)?;
        let mut y = B::float_mul(y, scale);
        if let Some(bias) = bias {
            let (scaled, bias) = same_rank(Tensor::from_burn(y)?, bias)?;
            y = B::float_add(scaled, bias);
        }
        let mut outputs = one(Tensor::from_burn(y)?);
        if self.stash != [None, None] {
            for (moments, stash) in moments.into_iter().zip(self.stash) {
                let moments = Tensor::from_burn(reshape(moments, &reduced(&shape, axis)))?;
                let stash = stash.unwrap_or(DataType::F32);
                let moments = if stash == DataType::F32 {
                    moments
                } else {
                    converted(moments.dense(), stash)?
                };
                outputs.push(moments.into());
            }
        }
        Ok(outputs)
    }
}

/// The shape with all dimensions from the axis on reduced to one.
fn reduced(shape: &Shape, axis: usize) -> Shape {
    let mut reduced = shape.clone();
    reduced[axis..].fill(1);
    reduced
}

/// A parameter broadcast to a row, or to all rows where they differ; never without elements.
fn spread<W: Wide>(parameter: &Tensor, shape: &Shape, axis: usize) -> Result<Vec<W>> {
    let values = parameter.values::<W>()?;
    let strides = parameter.shape().broadcast_strides(shape);
    let all_alike = strides[..axis].iter().all(|&stride| stride == 0);
    let from = if all_alike { axis } else { 0 };
    let target = Shape::from(&shape[from..]);
    if target.elements() == 0 {
        return Ok(vec![W::zero()]);
    }
    if target.elements() == values.len() {
        return Ok(values.into_owned());
    }
    let strides = strides[from..]
        .iter()
        .copied()
        .collect::<smallvec::SmallVec<_>>();
    Ok(positions(target, strides)
        .map(|place| values[place])
        .collect())
}

pub(super) fn instance_normalization(facts: &Facts<'_>) -> Result<Built> {
    facts.same_data_type([0, 1, 2])?;
    facts.ints("consumed_inputs")?;
    group(facts, Grouping::Single)
}

pub(super) fn group_normalization(facts: &Facts<'_>) -> Result<Built> {
    facts.same_data_type([0, 1, 2])?;
    stash_type(facts)?;
    let groups = facts.int("num_groups")?;
    let groups = groups
        .and_then(|groups| usize::try_from(groups).ok())
        .filter(|&groups| groups > 0)
        .ok_or_else(|| fault!("attribute `num_groups` is {groups:?}"))?;
    group(facts, Grouping::Of(groups))
}

/// Which channels are normalized together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grouping {
    Single,
    Of(usize),
}

fn group(facts: &Facts<'_>, grouping: Grouping) -> Result<Built> {
    let normalizer = Normalizer::read(facts, Centre::Mean)?;
    // The first version of GroupNormalization has a scale for each group.
    let each_group = matches!(grouping, Grouping::Of(_)) && facts.version() < 21;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let (x, scale, bias) = (inputs.take(0)?, inputs.take(1)?, inputs.take(2)?);
        let &[batch, channels, ref rest @ ..] = &x.shape()[..] else {
            return Err(fault!(
                "found shape {}, expected batch and channels",
                x.shape()
            ));
        };
        let groups = match grouping {
            Grouping::Single => channels,
            Grouping::Of(groups) => groups,
        };
        let parameters = if each_group { groups } else { channels };
        let fits = channels.checked_rem(groups).is_none_or(|rest| rest == 0)
            && scale.shape()[..] == [parameters]
            && bias.shape()[..] == [parameters];
        if !fits {
            return Err(fault!(
                "an input of {}, a scale of {} and a bias of {} do not fit {groups} groups",
                x.shape(),
                scale.shape(),
                bias.shape()
            ));
        }
        let grouped = Grouped {
            normalizer,
            rows: batch * groups,
            parameters,
            sharing: channels.checked_div(parameters).unwrap_or(0) * rest.iter().product::<usize>(),
        };
        Ok(one(grouped.run(x, scale, bias)?))
    };
    Ok(Built::one(normalizer.data_type, operator).anywhere())
}

/// Rows of neighbouring channels.
struct Grouped {
    normalizer: Normalizer,
    rows: usize,
    /// The number of scales and of biases.
    parameters: usize,
    /// How many elements share a scale and a bias.
    sharing: usize,
}

impl Grouped {
    fn run(&self, x: Tensor, scale: Tensor, bias: Tensor) -> Result<Tensor> {
        if x.elements() == 0 {
            return Ok(x);
        }
        if x.is_on_gpu() {
            return self.by_burn(x, scale, bias);
        }
        let wide = wide_type(self.normalizer.data_type);
        let x = converted(x.dense(), wide)?;
        let (scale, bias) = (
            converted(scale.dense(), wide)?,
            converted(bias.dense(), wide)?,
        );
        let y = with_wide!(wide, W => self.in_memory::<W>(x, &scale, &bias))?;
        converted(y, self.normalizer.data_type)
    }

    fn in_memory<W: Wide>(&self, x: Tensor, scale: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let (scale, bias) = (scale.values::<W>()?, bias.values::<W>()?);
        let shape = x.shape().clone();
        let mut values = x.into_vec::<W>()?;
        let length = values.len() / self.rows;
        let in_row = length / self.sharing;
        self.normalizer.apply(
            &mut values,
            length,
            #[inline(always)]
            |number, row| {
                let first = number * in_row % self.parameters;
                for (i, shared) in row.chunks_exact_mut(self.sharing).enumerate() {
                    let (scale, bias) = (scale[first + i], bias[first + i]);
                    for value in shared {
                        *value = *value * scale + bias;
                    }
                }
            },
        );
        Ok(Tensor::from_vec(shape, values))
    }

    fn by_burn(&self, x: Tensor, scale: Tensor, bias: Tensor) -> Result<Tensor> {
        let shape = x.shape().clone();
        let (elements, batch) = (x.elements(), shape[0]);
        let x = x.reshaped([self.rows, elements / self.rows])?.into_burn()?;
        let (y, _) = self.normalizer.by_burn(x);
        let y = reshape(y, &Shape::from([batch, self.parameters, self.sharing]));
        let along = |tensor: Tensor| tensor.reshaped([1, self.parameters, 1])?.into_burn();
        let y = B::float_add(B::float_mul(y, along(scale)?), along(bias)?);
        debug_assert_eq!(y.shape().num_elements(), elements);
        Tensor::from_burn(reshape(y, &shape))
    }
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

    fn assert_close(a: &Tensor, b: &Tensor) {
        assert_eq!(a.shape(), b.shape());
        let (a, b) = (a.values::<f32>().unwrap(), b.values::<f32>().unwrap());
        for (a, b) in a.iter().zip(&*b) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    fn normalizer(centre: Centre) -> Normalizer {
        Normalizer {
            centre,
            epsilon: 1e-3,
            data_type: DataType::F32,
        }
    }

    #[test]
    fn burn_normalizes_layers_as_memory_does() {
        let f32s = Some(DataType::F32);
        for (scale, stash) in [
            (ramp(&[4, 5]), [None, None]),
            (ramp(&[5]), [None, None]),
            (ramp(&[3, 1, 5]), [f32s, f32s]),
        ] {
            for centre in [Centre::Mean, Centre::Zero] {
                let normalizer = normalizer(centre);
                let layer = Layer {
                    normalizer,
                    axis: 1,
                    stash,
                };
                let (x, bias) = (ramp(&[3, 4, 5]), ramp(&[5]));
                let memory = layer
                    .in_memory::<f32>(x.clone(), &scale, Some(&bias), 1)
                    .unwrap();
                let burn = layer.by_burn(x, scale.clone(), Some(bias)).unwrap();
                assert_eq!(memory.len(), burn.len());
                let compared = if centre == Centre::Mean {
                    memory.len()
                } else {
                    1
                };
                for (a, b) in memory.iter().zip(&burn).take(compared) {
                    assert_close(a.tensor().unwrap(), b.tensor().unwrap());
                }
            }
        }
    }

    #[test]
    fn burn_normalizes_groups_as_memory_does() {
        for (rows, parameters, sharing) in [(4, 6, 5), (4, 2, 15), (12, 6, 5)] {
            let normalizer = normalizer(Centre::Mean);
            let grouped = Grouped {
                normalizer,
                rows,
                parameters,
                sharing,
            };
            let (x, scale) = (ramp(&[2, 6, 5]), ramp(&[parameters]));
            let memory = grouped.in_memory::<f32>(x.clone(), &scale, &scale).unwrap();
            assert_close(&memory, &grouped.by_burn(x, scale.clone(), scale).unwrap());
        }
    }
}
