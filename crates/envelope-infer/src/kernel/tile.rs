//! The innermost loop of products of matrices: a tile of the result, kept in registers while it
//! runs over a stretch of the inner dimension.
//!
//! A tile is [`ACROSS`] vectors wide and as high as the processor has registers for. Both sides are
//! packed: for each step of the inner dimension the rows, or the columns, of the tile side by side.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};

/// Vectors across a tile.
const ACROSS: usize = 2;
/// The most rows of a tile where there are 32 vector registers, and where there are 16.
const MANY_ROWS: usize = 12;
const FEW_ROWS: usize = 6;

/// The size of tiles on this processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TileSize {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl TileSize {
    pub(super) fn of_this_processor() -> Self {
        struct Ask;
        impl WithSimd for Ask {
            type Output = TileSize;
            fn with_simd<S: Simd>(self, _: S) -> TileSize {
                let rows = if S::REGISTER_COUNT >= 32 {
                    MANY_ROWS
                } else {
                    FEW_ROWS
                };
                TileSize {
                    rows,
                    columns: S::F32_LANES * ACROSS,
                }
            }
        }
        Arch::new().dispatch(Ask)
    }

    /// How many rows the next tile has when this many are left: two tiles of about the same height
    /// rather than a full one and a low one.
    pub(super) fn next_rows(self, left: usize) -> usize {
        let full = self.rows;
        if left >= 2 * full || left == full {
            full
        } else if left > full {
            full.min(left.div_ceil(2).next_multiple_of(2))
        } else {
            left
        }
    }
}

/// The rows that the packed side has for a tile of `rows` rows: not every height has a loop.
pub(super) const fn packed_rows(rows: usize) -> usize {
    if rows > 6 {
        rows.next_multiple_of(2)
    } else {
        rows
    }
}

/// Rows that are computed together.
pub(super) struct Rows {
    pub(super) first: usize,
    pub(super) count: usize,
    /// The rows that they take when they are packed.
    pub(super) height: usize,
}

/// The tiles that so many rows are computed in.
pub(super) fn tiles(rows: usize) -> Vec<Rows> {
    let size = TileSize::of_this_processor();
    let mut tiles = Vec::new();
    let mut row = 0;
    while row < rows {
        let count = size.next_rows(rows - row);
        tiles.push(Rows {
            first: row,
            count,
            height: packed_rows(count),
        });
        row += count;
    }
    tiles
}

/// What is added to a result.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bias<'a> {
    /// A value for each row.
    Rows(&'a [f32]),
    /// A value for each column.
    Columns(&'a [f32]),
}

/// What happens to the values of a tile before they are written for the last time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Finish<'a> {
    pub(crate) bias: Option<Bias<'a>>,
    /// Values outside are moved to the nearer end: `(0, inf)` is Relu.
    pub(crate) range: Option<(f32, f32)>,
}

/// A matrix that several threads write, each its own part.
#[derive(Clone, Copy)]
pub(super) struct Output<'a> {
    first: *mut f32,
    length: usize,
    pub(super) stride: usize,
    owner: PhantomData<&'a mut [f32]>,
}

#[expect(
    unsafe_code,
    reason = "threads write columns of one matrix, which slices cannot express"
)]
// SAFETY: `row` is the only access, and its callers promise not to overlap.
unsafe impl Send for Output<'_> {}
#[expect(unsafe_code, reason = "as above")]
// SAFETY: as above.
unsafe impl Sync for Output<'_> {}

impl<'a> Output<'a> {
    pub(super) fn new(values: &'a mut [f32], stride: usize) -> Self {
        Self {
            first: values.as_mut_ptr(),
            length: values.len(),
            stride,
            owner: PhantomData,
        }
    }

    /// Some columns of a row.
    ///
    /// # Safety
    /// Nobody else may use these elements while the slice lives.
    #[inline(always)]
    #[expect(unsafe_code, reason = "as above")]
    unsafe fn row(&self, row: usize, column: usize, columns: usize) -> &'a mut [f32] {
        let start = row * self.stride + column;
        assert!(start + columns <= self.length);
        // SAFETY: in bounds, and nobody else's, as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(start), columns) }
    }
}

/// A tile to compute.
pub(super) struct Tile<'a> {
    /// `[k, packed_rows(rows)]`
    pub(super) a: &'a [f32],
    /// `[k, columns of a whole tile]`
    pub(super) b: &'a [f32],
    pub(super) row: usize,
    pub(super) rows: usize,
    pub(super) column: usize,
    /// The columns that exist: the last tile may be wider than the matrix.
    pub(super) columns: usize,
    /// Whether the result already holds the sum over earlier stretches.
    pub(super) accumulates: bool,
    /// What to do when this is the last stretch.
    pub(super) finish: Option<Finish<'a>>,
}

/// Computes a tile and writes it.
///
/// # Safety
/// Nobody else may use the tile's part of the output meanwhile.
#[inline(always)]
#[expect(unsafe_code, reason = "as above")]
pub(super) unsafe fn compute<S: Simd>(simd: S, tile: &Tile<'_>, output: Output<'_>) {
    // SAFETY: the caller's promise.
    unsafe {
        match packed_rows(tile.rows) {
            1 => sized::<S, 1>(simd, tile, output),
            2 => sized::<S, 2>(simd, tile, output),
            3 => sized::<S, 3>(simd, tile, output),
            4 => sized::<S, 4>(simd, tile, output),
            5 => sized::<S, 5>(simd, tile, output),
            6 => sized::<S, 6>(simd, tile, output),
            8 => sized::<S, 8>(simd, tile, output),
            10 => sized::<S, 10>(simd, tile, output),
            _ => sized::<S, MANY_ROWS>(simd, tile, output),
        }
    }
}

#[inline(always)]
#[expect(unsafe_code, reason = "as above")]
unsafe fn sized<S: Simd, const ROWS: usize>(simd: S, tile: &Tile<'_>, output: Output<'_>) {
    // The last tile of a row may need but one vector.
    let sums = if tile.columns > S::F32_LANES {
        sums::<S, ROWS, ACROSS>(simd, tile.a, tile.b)
    } else {
        sums::<S, ROWS, 1>(simd, tile.a, tile.b)
    };
    let finish = tile.finish.unwrap_or_default();
    for (i, sum) in sums.iter().enumerate().take(tile.rows) {
        // SAFETY: the caller's promise.
        let out = unsafe { output.row(tile.row + i, tile.column, tile.columns) };
        let (of_row, of_columns) = match finish.bias {
            None => (0.0, None),
            Some(Bias::Rows(bias)) => (bias[tile.row + i], None),
            Some(Bias::Columns(bias)) => (0.0, Some(&bias[tile.column..][..tile.columns])),
        };
        if tile.columns == S::F32_LANES * ACROSS {
            let (out, _) = S::as_mut_simd_f32s(out);
            for (j, (out, &value)) in out.iter_mut().zip(sum).enumerate() {
                let mut value = simd.add_f32s(value, simd.splat_f32s(of_row));
                if let Some(bias) = of_columns {
                    value = simd.add_f32s(value, S::as_simd_f32s(bias).0[j]);
                }
                if tile.accumulates {
                    value = simd.add_f32s(value, *out);
                }
                if let Some((low, high)) = finish.range {
                    // In this order a NaN stays one.
                    value = simd.max_f32s(simd.splat_f32s(low), value);
                    value = simd.min_f32s(simd.splat_f32s(high), value);
                }
                *out = value;
            }
        } else {
            let values: &[f32] = bytemuck::cast_slice(sum);
            for (j, (out, &value)) in out.iter_mut().zip(values).enumerate() {
                let mut value = value + of_columns.map_or(of_row, |bias| bias[j]);
                if tile.accumulates {
                    value += *out;
                }
                *out = finish
                    .range
                    .map_or(value, |(low, high)| within(value, low, high));
            }
        }
    }
}

/// The value moved into a range; a NaN stays one.
fn within(value: f32, low: f32, high: f32) -> f32 {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

#[inline(always)]
fn sums<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
) -> [[S::f32s; ACROSS]; ROWS] {
    let zero = simd.splat_f32s(0.0);
    let mut sums = [[zero; VECTORS]; ROWS];
    let (b, _) = S::as_simd_f32s(b);
    for (a, b) in a
        .as_chunks::<ROWS>()
        .0
        .iter()
        .zip(b.as_chunks::<ACROSS>().0)
    {
        for i in 0..ROWS {
            let factor = simd.splat_f32s(a[i]);
            for j in 0..VECTORS {
                sums[i][j] = simd.mul_add_e_f32s(factor, b[j], sums[i][j]);
            }
        }
    }
    // What the caller walks through lies in memory: another array, so that this one does not.
    let mut written = [[zero; ACROSS]; ROWS];
    for i in 0..ROWS {
        for j in 0..VECTORS {
            written[i][j] = sums[i][j];
        }
    }
    written
}
