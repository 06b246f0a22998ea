//! Products of matrices. The right one is packed: once and for all where it is the same in each run,
//! as weights are.

use std::cell::Cell;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::is_worth_sharing;
use super::tile::{self, Finish, Output, Tile, TileSize};

/// The inner dimension is taken in stretches of this length, so that panels stay cached.
const STRETCH: usize = 384;
/// So many tiles of rows are packed before the panels run over them.
const TILES: usize = 8;
/// Fewer tiles than this do not pay for the panels that they are multiplied with.
const FEW_TILES: usize = 3;
/// Fewer elements than this are packed by one thread.
const FEW: usize = 1 << 17;
/// So many multiplications are enough for one part of a product.
const ENOUGH: usize = 1 << 20;

thread_local! {
    /// Where a thread packs rows; what is left of earlier ones is of no account.
    static PACKED_ROWS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// A matrix in memory, of any strides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A matrix whose rows lie one after the other.
    pub(crate) fn dense(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self {
            values,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The same values with rows as columns.
    pub(crate) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Some of the columns.
    pub(crate) fn some_columns(self, columns: Range<usize>) -> Self {
        let start = (columns.start * self.column_stride).min(self.values.len());
        Self {
            values: &self.values[start..],
            columns: columns.len(),
            ..self
        }
    }

    /// Some of the rows.
    fn some_rows(self, rows: Range<usize>) -> Self {
        self.transposed().some_columns(rows).transposed()
    }
}

/// A matrix `[k, n]` in the order in which tiles read it: for each stretch of `k`, panel by panel, the
/// columns of the panel side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct PackedColumns {
    values: Vec<f32>,
    inner: usize,
    columns: usize,
    width: usize,
}

impl PackedColumns {
    pub(crate) fn pack(matrix: Matrix<'_>) -> Self {
        let width = TileSize::of_this_processor().columns;
        let (inner, columns) = (matrix.rows, matrix.columns);
        let panels = columns.div_ceil(width);
        let mut values = vec![0.0; inner * panels * width];
        let mut rest = &mut values[..];
        for start in (0..inner).step_by(STRETCH) {
            let stretch = start..inner.min(start + STRETCH);
            let (now, later) = rest.split_at_mut(stretch.len() * panels * width);
            rest = later;
            let size = (stretch.len() * width).max(1);
            let pack = |(panel, to): (usize, &mut [f32])| {
                let first = panel * width;
                let part = matrix.some_columns(first..columns.min(first + width));
                pack_panel(part.some_rows(stretch.clone()), width, to);
            };
            if now.len() < FEW {
                now.chunks_exact_mut(size).enumerate().for_each(pack);
            } else {
                now.par_chunks_exact_mut(size).enumerate().for_each(pack);
            }
        }
        Self {
            values,
            inner,
            columns,
            width,
        }
    }

    /// The rows of the matrix.
    pub(crate) fn inner(&self) -> usize {
        self.inner
    }

    /// The columns of the matrix.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    fn panels(&self) -> usize {
        self.columns.div_ceil(self.width)
    }

    fn panel(&self, stretch: &Range<usize>, panel: usize) -> &[f32] {
        let start = (stretch.start * self.panels() + stretch.len() * panel) * self.width;
        &self.values[start..start + stretch.len() * self.width]
    }
}

/// Puts each row of a matrix into so many places of the target.
fn pack_panel(matrix: Matrix<'_>, width: usize, to: &mut [f32]) {
    if matrix.columns == 0 {
        return;
    }
    if matrix.column_stride == 1 {
        for (row, to) in to.chunks_exact_mut(width).enumerate() {
            let from = &matrix.values[row * matrix.row_stride..][..matrix.columns];
            to[..matrix.columns].copy_from_slice(from);
        }
        return;
    }
    for column in 0..matrix.columns {
        let from = &matrix.values[column * matrix.column_stride..];
        let to = to[column..].iter_mut().step_by(width);
        if matrix.row_stride == 1 {
            to.zip(from).for_each(|(to, &value)| *to = value);
        } else {
            to.zip(from.iter().step_by(matrix.row_stride))
                .for_each(|(to, &value)| *to = value);
        }
    }
}

/// Puts the rows of a matrix side by side, and zeros beside them up to this height.
fn pack_rows(matrix: Matrix<'_>, height: usize, to: &mut [f32]) {
    let whole = matrix.rows == height && matrix.column_stride == 1;
    match height {
        12 if whole => interleave::<12>(matrix, to),
        10 if whole => interleave::<10>(matrix, to),
        8 if whole => interleave::<8>(matrix, to),
        6 if whole => interleave::<6>(matrix, to),
        4 if whole => interleave::<4>(matrix, to),
        _ => pack_panel(matrix.transposed(), height, to),
    }
}

/// The same for rows whose number is known, each dense.
fn interleave<const ROWS: usize>(matrix: Matrix<'_>, to: &mut [f32]) {
    const STEPS: usize = 16;
    let row = |i: usize| &matrix.values[i * matrix.row_stride..][..matrix.columns];
    let rows: [(&[[f32; STEPS]], &[f32]); ROWS] =
        std::array::from_fn(|i| row(i).as_chunks::<STEPS>());
    let (to, _) = to.as_chunks_mut::<ROWS>();
    let (blocks, rest) = to.as_chunks_mut::<STEPS>();
    for (number, block) in blocks.iter_mut().enumerate() {
        for i in 0..ROWS {
            let from = &rows[i].0[number];
            for k in 0..STEPS {
                block[k][i] = from[k];
            }
        }
    }
    for (k, to) in rest.iter_mut().enumerate() {
        for i in 0..ROWS {
            to[i] = rows[i].1[k];
        }
    }
}

/// A product to compute.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) a: Matrix<'a>,
    pub(crate) b: &'a PackedColumns,
    /// Whether the product is added to what the output holds.
    pub(crate) adds: bool,
    pub(crate) finish: Finish<'a>,
}

impl Product<'_> {
    /// Computes the product on all threads, if it is worth that.
    pub(crate) fn compute(self, output: &mut [f32]) {
        let (rows, columns) = (self.a.rows, self.b.columns);
        let work = rows * columns * self.b.inner.max(1);
        if !is_worth_sharing(work) {
            return self.compute_alone(output);
        }
        // A part packs its rows: rather several parts of fewer rows than of fewer columns.
        let size = TileSize::of_this_processor();
        let threads = rayon::current_num_threads();
        let wanted = (work / ENOUGH).clamp(threads, 4 * threads);
        let tiles = rows.div_ceil(size.rows);
        let tiles_in_part = (tiles / wanted).max(tiles.min(FEW_TILES)).min(TILES);
        let blocks = tiles.div_ceil(tiles_in_part);
        let panels = self.b.panels();
        let panels_in_part = panels.div_ceil(wanted.div_ceil(blocks)).max(1);
        let output = Output::new(output, columns);
        let parts: Vec<Part<'_>> = (0..rows)
            .step_by(tiles_in_part * size.rows)
            .flat_map(|first| {
                let rows = first..rows.min(first + tiles_in_part * size.rows);
                (0..panels).step_by(panels_in_part).map(move |first| Part {
                    product: self,
                    rows: rows.clone(),
                    panels: first..panels.min(first + panels_in_part),
                    output,
                })
            })
            .collect();
        let run = |part| Arch::new().dispatch::<Part<'_>>(part);
        parts.into_par_iter().for_each(run);
    }

    /// Computes the product on the calling thread.
    pub(crate) fn compute_alone(self, output: &mut [f32]) {
        assert_eq!(output.len(), self.a.rows * self.b.columns);
        if self.b.inner == 0 && !self.adds {
            output.fill(0.0);
        }
        let rows = TILES * TileSize::of_this_processor().rows;
        let output = Output::new(output, self.b.columns);
        for first in (0..self.a.rows).step_by(rows) {
            Arch::new().dispatch(Part {
                product: self,
                rows: first..self.a.rows.min(first + rows),
                panels: 0..self.b.panels(),
                output,
            });
        }
    }
}

/// Some rows and panels of a product.
struct Part<'a> {
    product: Product<'a>,
    rows: Range<usize>,
    panels: Range<usize>,
    output: Output<'a>,
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { a, b, adds, finish } = self.product;
        let tiles = tile::tiles(self.rows.len());
        let height: usize = tiles.iter().map(|tile| tile.height).sum();
        let mut packed = PACKED_ROWS.take();
        let size = height * STRETCH.min(b.inner);
        if packed.len() < size {
            packed.resize(size, 0.0);
        }
        for start in (0..b.inner).step_by(STRETCH) {
            let stretch = start..b.inner.min(start + STRETCH);
            let mut rest = &mut packed[..];
            for tile in &tiles {
                let (now, later) = rest.split_at_mut(tile.height * stretch.len());
                rest = later;
                let first = self.rows.start + tile.first;
                let rows = a.some_rows(first..first + tile.count);
                pack_rows(rows.some_columns(stretch.clone()), tile.height, now);
            }
            for panel in self.panels.clone() {
                let column = panel * b.width;
                let columns = b.panel(&stretch, panel);
                let mut above = 0;
                for tile in &tiles {
                    let size = tile.height * stretch.len();
                    let tile = Tile {
                        a: &packed[above..above + size],
                        b: columns,
                        row: self.rows.start + tile.first,
                        rows: tile.count,
                        column,
                        columns: b.width.min(b.columns - column),
                        accumulates: adds || start > 0,
                        finish: (stretch.end == b.inner).then_some(finish),
                    };
                    above += size;
                    #[expect(unsafe_code, reason = "the parts write one matrix")]
                    // SAFETY: parts differ in their rows or in their panels.
                    unsafe {
                        tile::compute(simd, &tile, self.output);
                    }
                }
            }
        }
        PACKED_ROWS.set(packed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tile::Bias;
    use super::*;

    fn wave(count: usize, step: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 * step).sin()).collect()
    }

    /// The definition.
    fn expected(a: Matrix<'_>, b: Matrix<'_>, bias: &[f32], before: f32) -> Vec<f32> {
        let at = |m: Matrix<'_>, i: usize, j: usize| {
            f64::from(m.values[i * m.row_stride + j * m.column_stride])
        };
        let mut all = Vec::new();
        for i in 0..a.rows {
            for (j, &bias) in bias.iter().enumerate() {
                let sum: f64 = (0..a.columns).map(|k| at(a, i, k) * at(b, k, j)).sum();
                #[expect(clippy::cast_possible_truncation, reason = "rounded once")]
                all.push((sum as f32 + bias + before).max(0.0));
            }
        }
        all
    }

    #[test]
    fn products_are_as_defined() {
        let sizes = [
            (1, 1, 1),
            (1, 128, 512),
            (16, 128, 512),
            (7, 3, 33),
            (32, 64, 10),
            (97, 385, 65),
            (130, 800, 100),
        ];
        for (m, k, n) in sizes {
            let (left, right, bias) = (wave(m * k, 0.7), wave(k * n, 1.3), wave(n, 0.9));
            let dense = (Matrix::dense(&left, m, k), Matrix::dense(&right, k, n));
            let turned = (
                Matrix::dense(&left, k, m).transposed(),
                Matrix::dense(&right, n, k).transposed(),
            );
            for (a, b) in [dense, turned, (dense.0, turned.1), (turned.0, dense.1)] {
                let packed = PackedColumns::pack(b);
                for (adds, alone) in [(false, false), (true, false), (false, true), (true, true)] {
                    let finish = Finish {
                        bias: Some(Bias::Columns(&bias)),
                        range: Some((0.0, f32::INFINITY)),
                    };
                    let product = Product {
                        a,
                        b: &packed,
                        adds,
                        finish,
                    };
                    let mut found = vec![if adds { 0.5 } else { f32::NAN }; m * n];
                    if alone {
                        product.compute_alone(&mut found);
                    } else {
                        product.compute(&mut found);
                    }
                    let expected = expected(a, b, &bias, if adds { 0.5 } else { 0.0 });
                    for (at, (a, b)) in found.iter().zip(&expected).enumerate() {
                        assert!(
                            (a - b).abs() < 1e-4 * k as f32,
                            "{m} {k} {n}, element {at}: {a}, expected {b}"
                        );
                    }
                }
            }
        }
    }
}
