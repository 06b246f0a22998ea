//! Convolutions in which each channel is a group of its own: too little work for a product of
//! matrices, and enough for a loop over rows.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::convolution::{Bias, Finish, Geometry};
use super::tile::within;

/// Whether a convolution with so many rows of weights in each group is done here.
pub(super) fn is_for(rows: usize, groups: usize) -> bool {
    groups > 1 && rows <= 2
}

/// Convolves a batch of images; weights as they are in the model.
pub(super) fn convolve(
    images: &[f32],
    weights: &[f32],
    geometry: &Geometry,
    finish: Finish<'_>,
    output: &mut [f32],
) {
    let pixels = geometry.output[0] * geometry.output[1];
    let in_group = geometry.channels / geometry.groups;
    let out_group = geometry.output_channels / geometry.groups;
    let plane_size = geometry.input[0] * geometry.input[1];
    let weight_size = in_group * geometry.kernel[0] * geometry.kernel[1];
    let one = |(number, output): (usize, &mut [f32])| {
        let (image, channel) = (
            number / geometry.output_channels,
            number % geometry.output_channels,
        );
        let first = (image * geometry.channels + channel / out_group * in_group) * plane_size;
        Arch::new().dispatch(Channel {
            planes: &images[first..first + in_group * plane_size],
            weights: &weights[channel * weight_size..(channel + 1) * weight_size],
            geometry,
            bias: match finish.bias {
                Some(Bias::Rows(bias)) => bias[channel],
                _ => 0.0,
            },
            range: finish.range,
            output,
        });
    };
    if output.len() * weight_size < 1 << 15 {
        output.chunks_exact_mut(pixels).enumerate().for_each(one);
    } else {
        output
            .par_chunks_exact_mut(pixels)
            .enumerate()
            .with_min_len(4)
            .for_each(one);
    }
}

/// One channel of the output.
struct Channel<'a> {
    planes: &'a [f32],
    weights: &'a [f32],
    geometry: &'a Geometry,
    bias: f32,
    range: Option<(f32, f32)>,
    output: &'a mut [f32],
}

impl WithSimd for Channel<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            planes,
            weights,
            geometry,
            bias,
            range,
            output,
        } = self;
        let [height, width] = geometry.input;
        let [kernel_height, kernel_width] = geometry.kernel;
        for (y, out) in output.chunks_exact_mut(geometry.output[1]).enumerate() {
            out.fill(bias);
            let planes = planes.chunks_exact(height * width);
            for (plane, weights) in planes.zip(weights.chunks_exact(kernel_height * kernel_width)) {
                for (ky, weights) in weights.chunks_exact(kernel_width).enumerate() {
                    let row = (y * geometry.strides[0] + ky * geometry.dilations[0])
                        .wrapping_sub(geometry.pads[0]);
                    if row < height {
                        add_row(
                            &plane[row * width..(row + 1) * width],
                            weights,
                            geometry,
                            out,
                        );
                    }
                }
            }
            if let Some((low, high)) = range {
                for value in out {
                    *value = within(*value, low, high);
                }
            }
        }
    }
}

/// Adds a row of the image, convolved with a row of the kernel.
#[inline(always)]
fn add_row(row: &[f32], weights: &[f32], geometry: &Geometry, out: &mut [f32]) {
    let (stride, pad) = (geometry.strides[1], geometry.pads[1]);
    for (kx, &weight) in weights.iter().enumerate() {
        let first = kx * geometry.dilations[1];
        // The outputs whose pixel lies in the row: `first + i * stride` from `pad` on.
        let start = pad.saturating_sub(first).div_ceil(stride);
        let end = (row.len() + pad)
            .saturating_sub(first)
            .div_ceil(stride)
            .min(out.len());
        if start >= end {
            continue;
        }
        let from = &row[first + start * stride - pad..];
        let out = &mut out[start..end];
        if stride == 1 {
            for (out, &value) in out.iter_mut().zip(from) {
                *out += weight * value;
            }
        } else {
            for (out, &value) in out.iter_mut().zip(from.iter().step_by(stride)) {
                *out += weight * value;
            }
        }
    }
}
