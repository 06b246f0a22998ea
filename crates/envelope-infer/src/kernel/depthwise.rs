//! Convolutions in which each channel is a group of its own: too little work for a product of
//! matrices.
//!
//! A plane is copied into a grid with its padding around it. A stride of two makes two grids in
//! each direction, one of the even and one of the odd places. Then each place of the kernel is a
//! shift of a whole grid, and all outputs lie side by side, those between the rows aside.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::convolution::{Bias, Finish, Geometry};
use super::is_worth_sharing;

/// So many vectors of outputs are summed up side by side.
const VECTORS: usize = 4;

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
    let channels = output.len() / pixels;
    let per_pixel = weights.len() / geometry.output_channels;
    let run = |(first, output): (usize, &mut [f32])| {
        Arch::new().dispatch(Channels {
            images,
            weights,
            geometry,
            grids: Grids::of(geometry),
            finish,
            first,
            output,
        });
    };
    // They are slower than in a product of matrices.
    if !is_worth_sharing(4 * output.len() * per_pixel) {
        return run((0, output));
    }
    let share = channels.div_ceil(4 * rayon::current_num_threads());
    let parts = output.par_chunks_mut(share * pixels).enumerate();
    parts.for_each(|(number, output)| run((number * share, output)));
}

/// How a plane is laid out: in as many grids as the strides have phases.
#[derive(Clone, Copy)]
struct Grids {
    rows: usize,
    width: usize,
    /// Elements of one grid.
    size: usize,
}

impl Grids {
    fn of(geometry: &Geometry) -> Self {
        let reach = |axis: usize| {
            let last = (geometry.kernel[axis] - 1) * geometry.dilations[axis];
            geometry.output[axis] + last / geometry.strides[axis]
        };
        let (rows, width) = (reach(0), reach(1));
        let size = rows * width;
        Self { rows, width, size }
    }

    /// Where an element of the padded plane lies; nothing if no output reads it.
    fn place(self, geometry: &Geometry, row: usize) -> Option<usize> {
        let (phase, row) = (row % geometry.strides[0], row / geometry.strides[0]);
        let grid = phase * geometry.strides[1] * self.size;
        (row < self.rows).then(|| grid + row * self.width)
    }

    /// How far each place of the kernel lies from the output that it goes to.
    fn shifts(self, geometry: &Geometry) -> Vec<usize> {
        let [kernel_height, kernel_width] = geometry.kernel;
        let places = (0..kernel_height).flat_map(|y| (0..kernel_width).map(move |x| (y, x)));
        let shift = |(y, x): (usize, usize)| {
            let (y, x) = (y * geometry.dilations[0], x * geometry.dilations[1]);
            let [down, right] = geometry.strides;
            let grid = (y % down) * right + x % right;
            grid * self.size + y / down * self.width + x / right
        };
        places.map(shift).collect()
    }

    /// Copies a plane into the grids, whose padding holds zeros already.
    fn fill(self, geometry: &Geometry, plane: &[f32], grids: &mut [f32]) {
        let [_, width] = geometry.input;
        let (stride, pad) = (geometry.strides[1], geometry.pads[1]);
        for (row, values) in plane.chunks_exact(width.max(1)).enumerate() {
            let Some(start) = self.place(geometry, row + geometry.pads[0]) else {
                continue;
            };
            for phase in 0..stride {
                // The first element of the row in this phase, and its column there.
                let first = (phase + stride - pad % stride) % stride;
                let column = (first + pad) / stride;
                if first >= width || column >= self.width {
                    continue;
                }
                let grid = start + phase * self.size;
                let to = &mut grids[grid + column..grid + self.width];
                let from = &values[first..];
                if stride == 1 {
                    let count = to.len().min(from.len());
                    to[..count].copy_from_slice(&from[..count]);
                } else {
                    for (to, &value) in to.iter_mut().zip(from.iter().step_by(stride)) {
                        *to = value;
                    }
                }
            }
        }
    }
}

/// Some channels of the output, of all images one after another.
struct Channels<'a> {
    images: &'a [f32],
    weights: &'a [f32],
    geometry: &'a Geometry,
    grids: Grids,
    finish: Finish<'a>,
    first: usize,
    output: &'a mut [f32],
}

impl WithSimd for Channels<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (geometry, grids) = (self.geometry, self.grids);
        let [height, width] = geometry.output;
        let in_group = geometry.channels / geometry.groups;
        let out_group = geometry.output_channels / geometry.groups;
        let plane_size = geometry.input[0] * geometry.input[1];
        let shifts = grids.shifts(geometry);
        let size = in_group * shifts.len();
        // The last vectors may read beyond the last row.
        let block = VECTORS * S::F32_LANES;
        let count = (height * grids.width).next_multiple_of(block);
        let phases = geometry.strides[0] * geometry.strides[1];
        let mut padded = vec![0.0; phases * grids.size + count + block];
        let mut sums = vec![0.0; count];
        let mut weights = vec![(0.0, 0); shifts.len()];
        for (number, output) in self.output.chunks_exact_mut(height * width).enumerate() {
            let (image, channel) = (
                (self.first + number) / geometry.output_channels,
                (self.first + number) % geometry.output_channels,
            );
            let bias = match self.finish.bias {
                Some(Bias::Rows(bias)) => bias[channel],
                _ => 0.0,
            };
            let first = (image * geometry.channels + channel / out_group * in_group) * plane_size;
            for i in 0..in_group {
                let plane = &self.images[first + i * plane_size..][..plane_size];
                grids.fill(geometry, plane, &mut padded);
                let of_plane = &self.weights[channel * size + i * shifts.len()..];
                for ((to, &weight), &shift) in weights.iter_mut().zip(of_plane).zip(&shifts) {
                    *to = (weight, shift);
                }
                let range = self.finish.range.filter(|_| i + 1 == in_group);
                let start = if i == 0 { Start::At(bias) } else { Start::Sums };
                add(simd, &padded, &weights, start, range, &mut sums);
            }
            for (to, from) in output.chunks_exact_mut(width).zip(sums.chunks(grids.width)) {
                to.copy_from_slice(&from[..width]);
            }
        }
    }
}

/// What sums begin with.
#[derive(Clone, Copy)]
enum Start {
    At(f32),
    Sums,
}

/// Adds the grids, shifted and weighted, and moves the sums into the range.
#[inline(always)]
fn add<S: Simd>(
    simd: S,
    grids: &[f32],
    weights: &[(f32, usize)],
    start: Start,
    range: Option<(f32, f32)>,
    sums: &mut [f32],
) {
    let block = VECTORS * S::F32_LANES;
    for (number, sums) in sums.chunks_exact_mut(block).enumerate() {
        let (sums, _) = S::as_mut_simd_f32s(sums);
        let mut registers = [simd.splat_f32s(0.0); VECTORS];
        for (register, &sum) in registers.iter_mut().zip(&*sums) {
            *register = match start {
                Start::At(bias) => simd.splat_f32s(bias),
                Start::Sums => sum,
            };
        }
        let grids = &grids[number * block..];
        for &(weight, shift) in weights {
            let weight = simd.splat_f32s(weight);
            let (values, _) = S::as_simd_f32s(&grids[shift..shift + block]);
            for (register, &value) in registers.iter_mut().zip(values) {
                *register = simd.mul_add_e_f32s(weight, value, *register);
            }
        }
        for (sum, mut value) in sums.iter_mut().zip(registers) {
            if let Some((low, high)) = range {
                // In this order a NaN stays one.
                value = simd.max_f32s(simd.splat_f32s(low), value);
                value = simd.min_f32s(simd.splat_f32s(high), value);
            }
            *sum = value;
        }
    }
}
