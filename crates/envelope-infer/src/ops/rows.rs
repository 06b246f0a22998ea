//! Loops over the rows of a buffer, on all processors and in vectors.
#![expect(
    clippy::inline_always,
    reason = "loops become vectors where they are inlined"
)]

use pulp::Arch;
use rayon::prelude::*;

use super::wide::Wide;

/// A dimension, with all those outside of it and all those inside of it taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// How many elements lie outside.
    pub(super) outer: usize,
    /// The size of the dimension.
    pub(super) size: usize,
    /// How many elements lie inside.
    pub(super) inner: usize,
}

impl Span {
    /// One dimension of a shape.
    pub(super) fn of(shape: &[usize], axis: usize) -> Self {
        Self {
            outer: shape[..axis].iter().product(),
            size: shape[axis],
            inner: shape[axis + 1..].iter().product(),
        }
    }

    /// All dimensions of a shape from this one on.
    pub(super) fn from(shape: &[usize], axis: usize) -> Self {
        Self {
            outer: shape[..axis].iter().product(),
            size: shape[axis..].iter().product(),
            inner: 1,
        }
    }
}

/// Below this many steps of work, other processors are not worth waking.
const PARALLEL_WORK: usize = 100_000;

/// Rows of a buffer that are computed one by one.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// Elements in a row of the output.
    pub(super) length: usize,
    /// Steps that a row costs, to tell whether several processors are worth it.
    pub(super) work: usize,
}

impl Rows {
    /// Rows that cost a few steps for each element.
    pub(super) fn of(length: usize) -> Self {
        let work = length;
        Self { length, work }
    }

    /// Computes each row of a buffer from its number; on all processors if there is much to do, and
    /// with the widest instructions that the processor has.
    pub(super) fn fill<T: Send>(self, buffer: &mut [T], row: impl Fn(usize, &mut [T]) + Sync) {
        if self.length == 0 || buffer.is_empty() {
            return;
        }
        let count = buffer.len() / self.length;
        let run = |first: usize, part: &mut [T]| {
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for (i, values) in part.chunks_exact_mut(self.length).enumerate() {
                        row(first + i, values);
                    }
                },
            );
        };
        if count.saturating_mul(self.work) < PARALLEL_WORK || count == 1 {
            return run(0, buffer);
        }
        let rows_in_part = (PARALLEL_WORK / 4 / self.work.max(1)).clamp(1, count);
        buffer
            .par_chunks_mut(self.length * rows_in_part)
            .enumerate()
            .for_each(|(i, part)| run(i * rows_in_part, part));
    }
}

/// Lanes in which sums are kept, so that the compiler adds many numbers at once.
const LANES: usize = 16;

/// The sum of a function of all values.
#[inline(always)]
pub(super) fn sum_of<W: Wide>(values: &[W], term: impl Fn(W) -> W) -> W {
    let mut lanes = [W::zero(); LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += term(value);
        }
    }
    let mut sum = W::zero();
    for &value in rest {
        sum += term(value);
    }
    lanes.iter().fold(sum, |sum, &lane| sum + lane)
}

/// The largest value, or NaN if there is one; minus infinity if there are no values.
#[inline(always)]
pub(super) fn max_of<W: Wide>(values: &[W]) -> W {
    let mut lanes = [W::neg_infinity(); LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    let rest = rest.iter().copied();
    rest.chain(lanes).fold(W::neg_infinity(), larger)
}

/// The larger of two numbers, or NaN if one of them is.
#[inline(always)]
pub(super) fn larger<T: PartialOrd + Copy>(a: T, b: T) -> T {
    // A NaN compares with nothing, not even with itself.
    #[expect(clippy::eq_op, reason = "finds NaN")]
    if b > a || b != b { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_filled_alone_and_in_parallel() {
        for (rows, length) in [(0, 3), (3, 0), (1, 7), (5, 2), (3000, 100)] {
            let mut buffer = vec![0; rows * length];
            Rows::of(length).fill(&mut buffer, |i, row| row.fill(i + 1));
            for (i, &value) in buffer.iter().enumerate() {
                assert_eq!(value, i / length + 1);
            }
        }
    }

    #[test]
    fn sums_and_maxima_take_every_value() {
        for n in [0, 1, 15, 16, 17, 100] {
            let values: Vec<f32> = (1..=n).map(|v| v as f32).collect();
            let sum = n * (n + 1) / 2;
            assert!((sum_of(&values, |v| v) - sum as f32).abs() < 1e-3);
            let largest = values.last().copied().unwrap_or(f32::NEG_INFINITY);
            assert_eq!(max_of(&values).to_bits(), largest.to_bits());
        }
        assert!(max_of(&[1.0, f32::NAN, 2.0]).is_nan());
    }
}
