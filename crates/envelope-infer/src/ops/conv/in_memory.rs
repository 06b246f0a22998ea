//! Convolutions of `float32` images in memory, by the crate's own kernel.

use std::sync::OnceLock;

use super::{Geometry, Operands};
use crate::data_type::DataType;
use crate::fault::Result;
use crate::kernel::convolution::{self, Finish, Weights};
use crate::tensor::Tensor;

/// The weights as the kernel reads them, packed in the first run where they never change.
#[derive(Default)]
pub(super) struct Packed {
    is_constant: bool,
    weights: OnceLock<Weights>,
}

impl Packed {
    pub(super) fn new(w: Option<&Tensor>) -> Self {
        Self {
            is_constant: w.is_some(),
            weights: OnceLock::new(),
        }
    }
}

/// Whether the kernel convolves these.
pub(super) fn takes(operands: &Operands, geometry: &Geometry) -> bool {
    operands.x.data_type() == DataType::F32
        && !operands.x.is_on_gpu()
        && matches!(geometry.axes.len(), 1 | 2)
}

/// Convolves, and moves the values into the range.
pub(super) fn convolve(
    operands: &Operands,
    geometry: &Geometry,
    packed: &Packed,
    range: Option<(f32, f32)>,
) -> Result<Tensor> {
    let w = operands.w.values::<f32>()?;
    let pack = || Weights::pack(&w, geometry.out_channels, geometry.groups);
    let made;
    let weights = if packed.is_constant {
        packed.weights.get_or_init(pack)
    } else {
        made = pack();
        &made
    };
    let bias = operands
        .bias
        .as_ref()
        .map(Tensor::values::<f32>)
        .transpose()?;
    let finish = Finish {
        bias: bias.as_deref(),
        range,
    };
    let shape = geometry.output();
    let mut output = vec![0.0; shape.elements()];
    let x = operands.x.values::<f32>()?;
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
