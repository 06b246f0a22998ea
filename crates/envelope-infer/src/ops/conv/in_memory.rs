//! Convolutions of `float32` images in memory, by the crate's own kernel.

use super::{Geometry, Operands};
use crate::data_type::DataType;
use crate::fault::Result;
use crate::kernel::convolution::{self, Bias, Finish, Weights};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Weights that are the same in each run, as the kernel reads them.
pub(super) struct Adopted {
    pub(super) shape: Shape,
    pub(super) weights: Weights,
}

impl Adopted {
    /// Packs the weights, if the kernel takes such.
    pub(super) fn new(w: &Tensor, groups: usize) -> Option<Self> {
        let channels = *w.shape().first()?;
        let suits = matches!(w.rank(), 3 | 4) && w.elements() > 0 && channels % groups == 0;
        if !suits || w.data_type() != DataType::F32 {
            return None;
        }
        Some(Self {
            shape: w.shape().clone(),
            weights: Weights::pack(&w.values::<f32>().ok()?, channels, groups),
        })
    }
}

/// Whether the kernel convolves these.
pub(super) fn takes(operands: &Operands, geometry: &Geometry) -> bool {
    operands.x.data_type() == DataType::F32
        && !operands.x.is_on_gpu()
        && matches!(geometry.axes.len(), 1 | 2)
}

/// Packs the weights and convolves.
pub(super) fn convolve_packing(operands: &Operands, geometry: &Geometry) -> Result<Tensor> {
    let w = operands.w.values::<f32>()?;
    let weights = Weights::pack(&w, geometry.out_channels, geometry.groups);
    convolve(
        &operands.x,
        &weights,
        operands.bias.as_ref(),
        geometry,
        None,
    )
}

/// Convolves, and moves the values into the range.
pub(super) fn convolve(
    x: &Tensor,
    weights: &Weights,
    bias: Option<&Tensor>,
    geometry: &Geometry,
    range: Option<(f32, f32)>,
) -> Result<Tensor> {
    let bias = bias.map(Tensor::values::<f32>).transpose()?;
    let finish = Finish {
        bias: bias.as_deref().map(Bias::Rows),
        range,
    };
    let shape = geometry.output();
    let mut output = vec![0.0; shape.elements()];
    if x.elements() == 0 {
        // There is nothing but padding.
        let length = shape.iter().skip(2).product::<usize>().max(1);
        let (low, high) = range.unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
        for (number, plane) in output.chunks_exact_mut(length).enumerate() {
            let channel = number % geometry.out_channels;
            plane.fill(
                bias.as_deref()
                    .map_or(0.0, |bias| bias[channel])
                    .clamp(low, high),
            );
        }
        return Ok(Tensor::from_vec(shape, output));
    }
    let x = x.values::<f32>()?;
    convolution::convolve(&x, weights, &flat(geometry), finish, &mut output);
    Ok(Tensor::from_vec(shape, output))
}

/// The geometry as the kernel takes it; one dimension is a row of an image that has one.
fn flat(geometry: &Geometry) -> convolution::Geometry {
    let pair = |of: fn(&super::super::window::Axis) -> usize, one: usize| match geometry.axes[..] {
        [ref row, ref column] => [of(row), of(column)],
        [ref column] => [one, of(column)],
        _ => [one, one],
    };
    convolution::Geometry {
        channels: geometry.in_channels,
        input: pair(|axis| axis.input, 1),
        output_channels: geometry.out_channels,
        output: pair(|axis| axis.output, 1),
        kernel: pair(|axis| axis.kernel, 1),
        strides: pair(|axis| axis.stride, 1),
        dilations: pair(|axis| axis.dilation, 1),
        pads: pair(|axis| axis.before, 0),
        groups: geometry.groups,
    }
}
