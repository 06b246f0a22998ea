//! Convolutions of bytes: `ConvInteger` gives the sums, `QLinearConv` quantizes them again.

use super::super::fast_math;
use super::super::quantize::to_singles;
use super::windows::{Attributes, Windows};
use super::{add_product, centered, is_byte, matrix, scaled};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn integer(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_byte)?;
    facts.data_type_where(1, is_byte)?;
    facts.same_data_type([0, 2])?;
    facts.same_data_type([1, 3])?;
    let attributes = Attributes::of(facts)?;
    let known = known_weights(facts, 1, 3)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let convolution = Convolution {
            attributes: &attributes,
            x: (inputs.tensor(0)?, inputs.optional(2)?),
            w: (inputs.tensor(1)?, inputs.optional(3)?),
            known: known.as_ref(),
        };
        let (shape, sums) = convolution.sums(context)?;
        Ok(one(Tensor::from_vec(shape, sums)))
    };
    Ok(Built::one(DataType::I32, operator))
}

/// The inputs are x, w and y, each with its scale and its zero point after it, of which y has no
/// values; then a bias.
pub(super) fn quantized(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_byte)?;
    facts.data_type_where(3, is_byte)?;
    facts.same_data_type([0, 2])?;
    facts.same_data_type([3, 5])?;
    facts.data_type_where(1, |found| found == DataType::F32)?;
    facts.same_data_type([1, 4, 6])?;
    let to = facts.data_type_where(7, is_byte)?;
    if facts.has(8) {
        facts.data_type_where(8, |found| found == DataType::I32)?;
    }
    let attributes = Attributes::of(facts)?;
    let known = known_weights(facts, 3, 5)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let convolution = Convolution {
            attributes: &attributes,
            x: (inputs.tensor(0)?, inputs.optional(2)?),
            w: (inputs.tensor(3)?, inputs.optional(5)?),
            known: known.as_ref(),
        };
        let (shape, mut sums) = convolution.sums(context)?;
        if let Some(bias) = inputs.optional(8)? {
            add_bias(&mut sums, &shape, bias)?;
        }
        let w_scale = inputs.tensor(4)?;
        let w_shape = by_channel(w_scale.shape(), shape.rank() - 1);
        let x_scale = (inputs.tensor(1)?, &Shape::scalar());
        x_scale.0.number()?;
        let factors = scaled::factors(x_scale, (w_scale, &w_shape), inputs.tensor(6)?)?;
        if factors.1.broadcast(&shape)? != shape {
            return Err(fault!(
                "a scale of shape {} does not fit {shape}",
                w_scale.shape()
            ));
        }
        let factors = (&factors.0[..], &factors.1);
        Ok(one(scaled::quantized(
            &sums,
            &shape,
            factors,
            inputs.tensor(7)?,
        )?))
    };
    Ok(Built::one(to, operator))
}

/// Adds to each channel of all items its element of the bias.
fn add_bias(sums: &mut [i32], shape: &Shape, bias: &Tensor) -> Result<()> {
    let bias = bias.values::<i32>()?;
    if bias.len() != shape[1] {
        return Err(fault!(
            "a bias of {} elements does not fit {shape}",
            bias.len()
        ));
    }
    let size: usize = shape[2..].iter().product();
    let channels = sums.chunks_mut(size.max(1));
    for (channel, bias) in channels.zip(bias.iter().cycle()) {
        for sum in channel {
            *sum = sum.wrapping_add(*bias);
        }
    }
    Ok(())
}

/// The shape in which one value for each of some channels broadcasts, with `after` dimensions from
/// the channel on.
fn by_channel(point: &Shape, after: usize) -> Shape {
    match point[..] {
        [1] => Shape::scalar(),
        [channels] => {
            let ones = std::iter::repeat_n(1, after.saturating_sub(1));
            std::iter::once(channels).chain(ones).collect()
        }
        _ => point.clone(),
    }
}

/// A convolution of an input with weights, each perhaps with a zero point.
struct Convolution<'a> {
    attributes: &'a Attributes,
    x: (&'a Tensor, Option<&'a Tensor>),
    w: (&'a Tensor, Option<&'a Tensor>),
    /// The weights less their zero points, where that is known.
    known: Option<&'a Tensor>,
}

impl Convolution<'_> {
    /// The sums of products, and their shape.
    fn sums(&self, context: &Context<'_>) -> Result<(Shape, Vec<i32>)> {
        let (x, w) = (self.x.0, self.w.0);
        let group = self.attributes.group;
        let fits = x.rank() >= 3
            && w.rank() == x.rank()
            && w.shape()[1].checked_mul(group) == Some(x.shape()[1])
            && w.shape()[0].is_multiple_of(group);
        if !fits {
            return Err(fault!(
                "weights of shape {} in {group} groups do not fit {}",
                w.shape(),
                x.shape()
            ));
        }
        let windows = Windows::new(self.attributes, &x.shape()[2..], &w.shape()[2..])?;
        let ahead = [x.shape()[0], w.shape()[0]];
        let output = windows.output();
        let shape: Shape = ahead.into_iter().chain(output.iter().copied()).collect();
        context.room_for(&shape, DataType::I32)?;
        let inner: usize = w.shape()[1..].iter().product();
        let seen = Shape::from([inner, output.checked_elements().unwrap_or(usize::MAX)]);
        let room = context.room_for(&seen, DataType::F32)?;
        let columns = vec![0f32; room];
        let mut sums = vec![0i32; shape.elements()];
        self.multiply(&windows, columns, &mut sums)?;
        Ok((shape, sums))
    }

    fn multiply(&self, windows: &Windows, mut columns: Vec<f32>, sums: &mut [i32]) -> Result<()> {
        let (x, w) = (self.x.0, self.w.0);
        let group = self.attributes.group;
        let inner: usize = w.shape()[1..].iter().product();
        let (rows, outputs) = (w.shape()[0] / group, windows.output().elements());
        let channels = w.shape()[1] * x.shape()[2..].iter().product::<usize>();
        if channels == 0 || rows * outputs == 0 {
            return Ok(());
        }
        let point = self.x.1.map(Tensor::integer).transpose()?.unwrap_or(0) as f32;
        let mut values = to_singles(x)?;
        fast_math::apply(&mut values, move |v| v - point);
        let weights = self.weights()?;
        let parts = values.chunks(channels).zip(sums.chunks_mut(rows * outputs));
        for (i, (channels, sums)) in parts.enumerate() {
            windows.columns(channels, &mut columns);
            let seen = Tensor::from_vec([inner, outputs], columns);
            add_product(sums, &matrix(&weights, i % group, [rows, inner])?, &seen)?;
            columns = seen.into_vec()?;
        }
        Ok(())
    }

    /// The weights less their zero points.
    fn weights(&self) -> Result<Tensor> {
        if let Some(known) = self.known {
            return Ok(known.clone());
        }
        centered_weights(self.w.0, self.w.1)
    }
}

fn centered_weights(w: &Tensor, point: Option<&Tensor>) -> Result<Tensor> {
    let shape = point.map_or_else(Shape::scalar, |point| by_channel(point.shape(), w.rank()));
    centered(w, point, &shape)
}

/// The weights less their zero points, where both are the same in each run.
fn known_weights(facts: &Facts<'_>, w: usize, point: usize) -> Result<Option<Tensor>> {
    match (facts.constant(w), facts.constant(point)) {
        (Some(constant), Some(point)) => centered_weights(constant, Some(point)).map(Some),
        (Some(constant), None) if !facts.has(point) => centered_weights(constant, None).map(Some),
        _ => Ok(None),
    }
}
