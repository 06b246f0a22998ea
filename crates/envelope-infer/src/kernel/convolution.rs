//! Convolutions of images as products of matrices: weights, packed once, times patches of the image,
//! which are gathered panel by panel and never exist as a whole.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::depthwise;
use super::is_worth_sharing;
use super::tile::{self, Output, Tile, TileSize};

pub(crate) use super::tile::{Bias, Finish};

/// The inner dimension is taken in stretches of this length, so that panels stay cached.
const STRETCH: usize = 384;
/// So many panels of pixels are gathered before the weights run over them.
const PANELS: usize = 8;

/// What a convolution does to an image, the batch aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) channels: usize,
    /// Height and width, of everything here that has two.
    pub(crate) input: [usize; 2],
    pub(crate) output_channels: usize,
    pub(crate) output: [usize; 2],
    pub(crate) kernel: [usize; 2],
    pub(crate) strides: [usize; 2],
    pub(crate) dilations: [usize; 2],
    /// Zeros before the first row and column.
    pub(crate) pads: [usize; 2],
    pub(crate) groups: usize,
}

/// The weights of a convolution in the order in which tiles read them.
pub(crate) struct Weights {
    /// One for each group, or the weights as they are where each channel is a group of its own.
    groups: Vec<PackedRows>,
    plain: Vec<f32>,
    rows: usize,
    inner: usize,
}

/// A matrix `[m, k]`: for each stretch of `k`, tile by tile, the rows of the tile side by side.
struct PackedRows {
    values: Vec<f32>,
    height: usize,
}

impl Weights {
    /// Packs weights `[output channels, channels of a group, kernel height, kernel width]`.
    pub(crate) fn pack(weights: &[f32], output_channels: usize, groups: usize) -> Self {
        let rows = output_channels / groups.max(1);
        let inner = weights.len() / output_channels.max(1);
        let packed = |values: &[f32]| PackedRows::pack(values, rows, inner);
        let groups = if rows * inner == 0 || depthwise::is_for(rows, groups) {
            Vec::new()
        } else {
            weights.chunks_exact(rows * inner).map(packed).collect()
        };
        let plain = if groups.is_empty() {
            weights.to_vec()
        } else {
            Vec::new()
        };
        Self {
            groups,
            plain,
            rows,
            inner,
        }
    }
}

impl PackedRows {
    fn pack(values: &[f32], rows: usize, inner: usize) -> Self {
        let tiles = tile::tiles(rows);
        let height: usize = tiles.iter().map(|tile| tile.height).sum();
        let mut packed = Vec::with_capacity(height * inner);
        for start in (0..inner).step_by(STRETCH) {
            for tile in &tiles {
                for k in start..inner.min(start + STRETCH) {
                    let row = |i: usize| {
                        if i < tile.count {
                            values[(tile.first + i) * inner + k]
                        } else {
                            0.0
                        }
                    };
                    packed.extend((0..tile.height).map(row));
                }
            }
        }
        Self {
            values: packed,
            height,
        }
    }

    /// The tile whose rows begin after `above` packed rows, for a stretch.
    fn tile(&self, stretch: &Range<usize>, above: usize, height: usize) -> &[f32] {
        let start = self.height * stretch.start + above * stretch.len();
        &self.values[start..start + height * stretch.len()]
    }
}

/// Convolves a batch of images `[batch, channels, height, width]`.
///
/// The sizes of all slices must be those of the geometry.
pub(crate) fn convolve(
    images: &[f32],
    weights: &Weights,
    geometry: &Geometry,
    finish: Finish<'_>,
    output: &mut [f32],
) {
    let pixels = geometry.output[0] * geometry.output[1];
    if output.is_empty() {
        return;
    }
    if weights.groups.is_empty() {
        depthwise::convolve(images, &weights.plain, geometry, finish, output);
        return;
    }
    let geometry = geometry.flattened();
    let size = TileSize::of_this_processor();
    let image_size = geometry.channels * geometry.input[0] * geometry.input[1];
    let group_size = image_size / geometry.groups;
    let panels = pixels.div_ceil(size.columns);
    // Enough parts for all threads, none smaller than a panel.
    let products = output.len() / (weights.rows * pixels);
    let wanted = (4 * rayon::current_num_threads()).div_ceil(products);
    let share = panels.div_ceil(wanted).clamp(1, PANELS);
    let parts: Vec<Part<'_>> = output
        .chunks_exact_mut(weights.rows * pixels)
        .enumerate()
        .flat_map(|(number, output)| {
            let group = number % geometry.groups;
            let start = number * group_size;
            let part = Part {
                image: &images[start..start + group_size],
                weights: &weights.groups[group],
                geometry,
                inner: weights.inner,
                rows: weights.rows,
                size,
                finish: Finish {
                    bias: finish.bias.map(|bias| match bias {
                        Bias::Rows(bias) => {
                            Bias::Rows(&bias[group * weights.rows..(group + 1) * weights.rows])
                        }
                        other @ Bias::Columns(_) => other,
                    }),
                    range: finish.range,
                },
                panels: 0..0,
                output: Output::new(output, pixels),
            };
            (0..panels).step_by(share).map(move |first| Part {
                panels: first..panels.min(first + share),
                ..part.clone()
            })
        })
        .collect();
    if is_worth_sharing(products * weights.rows * weights.inner * pixels) {
        parts
            .into_par_iter()
            .for_each(|part| Arch::new().dispatch(part));
    } else {
        for part in parts {
            Arch::new().dispatch(part);
        }
    }
}

impl Geometry {
    /// The same convolution, where possible of an image with one long row: pixels of neighbouring
    /// rows are then neighbours.
    fn flattened(&self) -> Self {
        let is_pointwise = self.kernel == [1, 1] && self.strides == [1, 1] && self.pads == [0, 0];
        if !is_pointwise || self.input != self.output {
            return *self;
        }
        let long = [1, self.input[0] * self.input[1]];
        Self {
            input: long,
            output: long,
            ..*self
        }
    }
}

/// Some panels of pixels of one group of one image.
#[derive(Clone)]
struct Part<'a> {
    image: &'a [f32],
    weights: &'a PackedRows,
    geometry: Geometry,
    inner: usize,
    rows: usize,
    size: TileSize,
    finish: Finish<'a>,
    panels: Range<usize>,
    output: Output<'a>,
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.size.columns;
        let mut patches = vec![0.0; self.panels.len() * STRETCH.min(self.inner) * width];
        let tiles = tile::tiles(self.rows);
        let runs: Vec<Vec<Run>> = self
            .panels
            .clone()
            .map(|panel| self.geometry.runs(panel * width, width))
            .collect();
        for start in (0..self.inner).step_by(STRETCH) {
            let stretch = start..self.inner.min(start + STRETCH);
            let length = stretch.len() * width;
            for (patch, runs) in patches.chunks_exact_mut(length).zip(&runs) {
                self.gather(runs, stretch.clone(), patch);
            }
            let mut above = 0;
            for rows in &tiles {
                let a = self.weights.tile(&stretch, above, rows.height);
                above += rows.height;
                for (panel, b) in self.panels.clone().zip(patches.chunks_exact(length)) {
                    let column = panel * width;
                    let tile = Tile {
                        a,
                        b,
                        row: rows.first,
                        rows: rows.count,
                        column,
                        columns: width.min(self.output.stride - column),
                        accumulates: start > 0,
                        finish: (stretch.end == self.inner).then_some(self.finish),
                    };
                    #[expect(unsafe_code, reason = "the parts write one matrix")]
                    // SAFETY: parts have different panels, and so different columns.
                    unsafe {
                        tile::compute(simd, &tile, self.output);
                    }
                }
            }
        }
    }
}

/// Pixels of one row of the output that lie side by side in a panel.
struct Run {
    row: usize,
    column: usize,
    start: usize,
    length: usize,
}

impl Geometry {
    fn runs(&self, first: usize, width: usize) -> Vec<Run> {
        let [height, row_length] = self.output;
        let end = (first + width).min(height * row_length);
        let mut runs = Vec::new();
        let mut pixel = first;
        while pixel < end {
            let column = pixel % row_length;
            let length = (row_length - column).min(end - pixel);
            runs.push(Run {
                row: pixel / row_length,
                column,
                start: pixel - first,
                length,
            });
            pixel += length;
        }
        runs
    }
}

impl Part<'_> {
    /// Gathers what the pixels of a panel are made of: one row of the panel for each channel and
    /// each place in the kernel.
    #[inline(always)]
    fn gather(&self, runs: &[Run], stretch: Range<usize>, patch: &mut [f32]) {
        let geometry = &self.geometry;
        let [kernel_height, kernel_width] = geometry.kernel;
        let [height, width] = geometry.input;
        let of_kernel = kernel_height * kernel_width;
        for (k, to) in stretch.zip(patch.chunks_exact_mut(self.size.columns)) {
            let (channel, place) = (k / of_kernel, k % of_kernel);
            let y = place / kernel_width * geometry.dilations[0];
            let x = place % kernel_width * geometry.dilations[1];
            let pixels = &self.image[channel * height * width..(channel + 1) * height * width];
            for run in runs {
                let to = &mut to[run.start..run.start + run.length];
                let row = (run.row * geometry.strides[0] + y).wrapping_sub(geometry.pads[0]);
                if row >= height {
                    to.fill(0.0);
                    continue;
                }
                let row = &pixels[row * width..(row + 1) * width];
                let first = run.column * geometry.strides[1] + x;
                gather_row(row, first, geometry.pads[1], geometry.strides[1], to);
            }
        }
    }
}

/// Copies `row[first - pad + i * stride]` to `to[i]`; outside the row there are zeros.
#[inline(always)]
fn gather_row(row: &[f32], first: usize, pad: usize, stride: usize, to: &mut [f32]) {
    if stride == 1 {
        let before = pad.saturating_sub(first).min(to.len());
        let start = (first + before - pad.min(first + before)).min(row.len());
        let count = (row.len() - start).min(to.len() - before);
        to[..before].fill(0.0);
        to[before..before + count].copy_from_slice(&row[start..start + count]);
        to[before + count..].fill(0.0);
        return;
    }
    for (i, to) in to.iter_mut().enumerate() {
        let at = (first + i * stride).wrapping_sub(pad);
        *to = row.get(at).copied().unwrap_or(0.0);
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::too_many_lines,
    reason = "a table of cases, rounded once"
)]
mod tests {
    use super::*;

    /// The definition, one element at a time.
    fn expected(
        images: &[f32],
        weights: &[f32],
        bias: &[f32],
        g: &Geometry,
        batch: usize,
    ) -> Vec<f32> {
        let (group_in, group_out) = (g.channels / g.groups, g.output_channels / g.groups);
        let mut all = Vec::new();
        for n in 0..batch {
            for (o, &bias) in bias.iter().enumerate() {
                for oy in 0..g.output[0] {
                    for ox in 0..g.output[1] {
                        let mut sum = f64::from(bias);
                        for c in 0..group_in {
                            for ky in 0..g.kernel[0] {
                                for kx in 0..g.kernel[1] {
                                    let y = (oy * g.strides[0] + ky * g.dilations[0])
                                        .wrapping_sub(g.pads[0]);
                                    let x = (ox * g.strides[1] + kx * g.dilations[1])
                                        .wrapping_sub(g.pads[1]);
                                    if y < g.input[0] && x < g.input[1] {
                                        let channel = o / group_out * group_in + c;
                                        let image = ((n * g.channels + channel) * g.input[0] + y)
                                            * g.input[1]
                                            + x;
                                        let weight = ((o * group_in + c) * g.kernel[0] + ky)
                                            * g.kernel[1]
                                            + kx;
                                        sum +=
                                            f64::from(images[image]) * f64::from(weights[weight]);
                                    }
                                }
                            }
                        }
                        all.push(sum.max(0.0) as f32);
                    }
                }
            }
        }
        all
    }

    #[test]
    fn convolves_as_defined() {
        let geometry = |channels,
                        input: [usize; 2],
                        output_channels,
                        kernel: [usize; 2],
                        strides: [usize; 2],
                        dilations: [usize; 2],
                        pads: [usize; 4],
                        groups| {
            let size = |i: usize| {
                (input[i] + pads[i] + pads[i + 2] - dilations[i] * (kernel[i] - 1) - 1) / strides[i]
                    + 1
            };
            Geometry {
                channels,
                input,
                output_channels,
                output: [size(0), size(1)],
                kernel,
                strides,
                dilations,
                pads: [pads[0], pads[1]],
                groups,
            }
        };
        let cases = [
            geometry(3, [9, 11], 5, [3, 3], [1, 1], [1, 1], [1, 1, 1, 1], 1),
            geometry(3, [9, 11], 17, [3, 3], [2, 2], [1, 1], [1, 1, 1, 1], 1),
            geometry(64, [7, 7], 30, [3, 3], [1, 1], [1, 1], [1, 1, 1, 1], 1),
            geometry(8, [6, 50], 13, [1, 1], [1, 1], [1, 1], [0, 0, 0, 0], 1),
            geometry(8, [6, 5], 4, [2, 3], [1, 2], [2, 1], [0, 2, 1, 0], 2),
            geometry(6, [8, 9], 6, [3, 3], [1, 1], [1, 1], [1, 1, 1, 1], 6),
            geometry(6, [8, 40], 12, [5, 3], [2, 2], [1, 1], [2, 1, 2, 1], 6),
            geometry(4, [3, 3], 4, [3, 3], [1, 1], [1, 1], [5, 5, 5, 5], 4),
            geometry(1, [1, 70], 2, [1, 7], [1, 1], [1, 3], [0, 9, 0, 9], 1),
        ];
        for (number, g) in cases.iter().enumerate() {
            let wave = |n: usize, step: f32| {
                (0..n)
                    .map(|i| (i as f32 * step).sin())
                    .collect::<Vec<f32>>()
            };
            let batch = 2;
            let images = wave(batch * g.channels * g.input[0] * g.input[1], 0.7);
            let weights = wave(
                g.output_channels * g.channels / g.groups * g.kernel[0] * g.kernel[1],
                1.3,
            );
            let bias = wave(g.output_channels, 0.9);
            let packed = Weights::pack(&weights, g.output_channels, g.groups);
            let mut found = vec![f32::NAN; batch * g.output_channels * g.output[0] * g.output[1]];
            let finish = Finish {
                bias: Some(Bias::Rows(&bias)),
                range: Some((0.0, f32::INFINITY)),
            };
            convolve(&images, &packed, g, finish, &mut found);
            for (at, (a, b)) in found
                .iter()
                .zip(expected(&images, &weights, &bias, g, batch))
                .enumerate()
            {
                assert!(
                    (a - b).abs() < 1e-4,
                    "case {number}, element {at}: {a}, expected {b}"
                );
            }
        }
    }
}
