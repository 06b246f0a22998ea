//! Loops over tensors that are broadcast together as NumPy does it: element by element in memory,
//! row by row in plain loops that the compiler can make vectors of.
#![expect(
    clippy::inline_always,
    reason = "a call in a loop keeps the loop from becoming vectors"
)]

use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use smallvec::SmallVec;

use crate::shape::Shape;

/// Outputs with more elements than this are shared among threads, in pieces of [`PIECE`].
const MANY: usize = 1 << 17;
const PIECE: usize = 1 << 15;

/// The way through `K` tensors that are broadcast to one shape: rows in which each tensor either
/// moves on with each element or stays where it is.
pub(super) struct Walk<const K: usize> {
    /// Size and steps of the dimensions around the rows, outermost first.
    around: SmallVec<[(usize, [usize; K]); 4]>,
    row: usize,
    /// For each tensor 1 or 0.
    steps: [usize; K],
    total: usize,
}

/// A part of a row: where it begins in the output and in each tensor, and its length.
struct Segment<const K: usize> {
    output: usize,
    starts: [usize; K],
    length: usize,
}

impl<const K: usize> Walk<K> {
    /// Plans the way for tensors of these shapes, which broadcast to `target`.
    pub(super) fn new(shapes: [&Shape; K], target: &Shape) -> Self {
        let strides = shapes.map(|shape| shape.broadcast_strides(target));
        let mut merged: SmallVec<[(usize, [usize; K]); 4]> = SmallVec::new();
        for (i, &size) in target
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, size)| **size != 1)
        {
            let steps: [usize; K] = std::array::from_fn(|k| strides[k][i]);
            match merged.last_mut() {
                // Dimensions that lie behind each other in all tensors are one.
                Some((inner, inner_steps))
                    if (0..K).all(|k| steps[k] == inner_steps[k] * *inner) =>
                {
                    *inner *= size;
                }
                _ => merged.push((size, steps)),
            }
        }
        let total = target.elements();
        let (row, steps) = merged.first().copied().unwrap_or((1, [0; K]));
        let around = merged.into_iter().skip(1).rev().collect();
        Self {
            around,
            row,
            steps,
            total,
        }
    }

    /// Visits the parts of rows that make up the elements from `start` on.
    #[inline(always)]
    fn segments(&self, start: usize, length: usize, mut visit: impl FnMut(Segment<K>)) {
        if length == 0 {
            return;
        }
        let mut done = 0;
        let (mut row, mut inside) = (start / self.row, start % self.row);
        let mut index: SmallVec<[usize; 4]> = SmallVec::from_elem(0, self.around.len());
        let mut starts = [0; K];
        for (i, (size, steps)) in self.around.iter().enumerate().rev() {
            index[i] = row % size;
            row /= size;
            (0..K).for_each(|k| starts[k] += index[i] * steps[k]);
        }
        while done < length {
            let part = (self.row - inside).min(length - done);
            visit(Segment {
                output: done,
                starts: std::array::from_fn(|k| starts[k] + inside * self.steps[k]),
                length: part,
            });
            done += part;
            inside = 0;
            self.advance(&mut index, &mut starts);
        }
    }

    fn advance(&self, index: &mut [usize], starts: &mut [usize; K]) {
        for (i, (size, steps)) in self.around.iter().enumerate().rev() {
            index[i] += 1;
            (0..K).for_each(|k| starts[k] += steps[k]);
            if index[i] < *size {
                return;
            }
            (0..K).for_each(|k| starts[k] -= steps[k] * size);
            index[i] = 0;
        }
    }

    /// The part of a tensor's elements that a segment reads: one element where it stays.
    fn slice<'a, T>(&self, k: usize, values: &'a [T], segment: &Segment<K>) -> &'a [T] {
        let length = if self.steps[k] == 0 {
            1
        } else {
            segment.length
        };
        &values[segment.starts[k]..segment.starts[k] + length]
    }
}

/// Runs `piece` over pieces of the output, on several threads where there are many elements.
fn in_pieces<C: Send>(output: &mut [C], piece: impl Fn(usize, &mut [C]) + Sync) {
    if output.len() <= MANY {
        return piece(0, output);
    }
    output
        .par_chunks_mut(PIECE)
        .enumerate()
        .for_each(|(i, values)| piece(i * PIECE, values));
}

/// Computes each element of the output from two.
pub(super) fn pairs<A: Pod + Sync, B: Pod + Sync, C: Pod + Send>(
    (a, a_shape): (&[A], &Shape),
    (b, b_shape): (&[B], &Shape),
    target: &Shape,
    function: impl Fn(A, B) -> C + Sync,
) -> Vec<C> {
    let walk = Walk::new([a_shape, b_shape], target);
    let mut output = vec![C::zeroed(); walk.total];
    in_pieces(&mut output, |start, piece| {
        walk.segments(start, piece.len(), |segment| {
            let (a, b) = (walk.slice(0, a, &segment), walk.slice(1, b, &segment));
            let output = &mut piece[segment.output..][..segment.length];
            pair_row(output, a, b, &function);
        });
    });
    output
}

/// The same for single precision, in vectors as wide as the processor has them.
pub(super) fn pairs_wide(
    (a, a_shape): (&[f32], &Shape),
    (b, b_shape): (&[f32], &Shape),
    target: &Shape,
    function: impl Fn(f32, f32) -> f32 + Copy + Send + Sync,
) -> Vec<f32> {
    let walk = Walk::new([a_shape, b_shape], target);
    let mut output = vec![0f32; walk.total];
    in_pieces(&mut output, |start, piece| {
        pulp::Arch::new().dispatch(PairsLoop {
            walk: &walk,
            a,
            b,
            start,
            piece,
            function,
        });
    });
    output
}

/// A loop as a type, so that it is surely inlined where the wide registers are allowed.
struct PairsLoop<'a, F> {
    walk: &'a Walk<2>,
    a: &'a [f32],
    b: &'a [f32],
    start: usize,
    piece: &'a mut [f32],
    function: F,
}

impl<F: Fn(f32, f32) -> f32 + Copy> pulp::NullaryFnOnce for PairsLoop<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            walk,
            a,
            b,
            start,
            piece,
            function,
        } = self;
        walk.segments(start, piece.len(), |segment| {
            let (a, b) = (walk.slice(0, a, &segment), walk.slice(1, b, &segment));
            let output = &mut piece[segment.output..][..segment.length];
            pair_row(output, a, b, function);
        });
    }
}

#[inline(always)]
fn pair_row<A: Copy, B: Copy, C>(output: &mut [C], a: &[A], b: &[B], function: impl Fn(A, B) -> C) {
    match (a, b) {
        (&[a], &[b]) => output.iter_mut().for_each(|c| *c = function(a, b)),
        (a, &[b]) => output
            .iter_mut()
            .zip(a)
            .for_each(|(c, &a)| *c = function(a, b)),
        (&[a], b) => output
            .iter_mut()
            .zip(b)
            .for_each(|(c, &b)| *c = function(a, b)),
        (a, b) => {
            let inputs = a.iter().zip(b);
            output
                .iter_mut()
                .zip(inputs)
                .for_each(|(c, (&a, &b))| *c = function(a, b));
        }
    }
}

/// Replaces each element of a tensor of the whole shape by one computed from it and another, in
/// vectors as wide as the processor has them.
pub(super) fn update_wide(
    (values, target): (&mut [f32], &Shape),
    (b, b_shape): (&[f32], &Shape),
    function: impl Fn(f32, f32) -> f32 + Copy + Send + Sync,
) {
    let walk = Walk::new([b_shape], target);
    in_pieces(values, |start, piece| {
        pulp::Arch::new().dispatch(UpdateLoop {
            walk: &walk,
            b,
            start,
            piece,
            function,
        });
    });
}

struct UpdateLoop<'a, F> {
    walk: &'a Walk<1>,
    b: &'a [f32],
    start: usize,
    piece: &'a mut [f32],
    function: F,
}

impl<F: Fn(f32, f32) -> f32 + Copy> pulp::NullaryFnOnce for UpdateLoop<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            walk,
            b,
            start,
            piece,
            function,
        } = self;
        walk.segments(start, piece.len(), |segment| {
            let values = &mut piece[segment.output..][..segment.length];
            update_row(values, walk.slice(0, b, &segment), function);
        });
    }
}

#[inline(always)]
fn update_row<A: Copy, B: Copy>(values: &mut [A], b: &[B], function: impl Fn(A, B) -> A) {
    match b {
        &[b] => values.iter_mut().for_each(|a| *a = function(*a, b)),
        b => values
            .iter_mut()
            .zip(b)
            .for_each(|(a, &b)| *a = function(*a, b)),
    }
}

/// Chooses each element of the output from two tensors by a third: where that is not 0, from the
/// first.
pub(super) fn choose<T: Pod + Zeroable + Send + Sync>(
    (condition, c_shape): (&[u8], &Shape),
    (a, a_shape): (&[T], &Shape),
    (b, b_shape): (&[T], &Shape),
    target: &Shape,
) -> Vec<T> {
    let walk = Walk::new([c_shape, a_shape, b_shape], target);
    let mut output = vec![T::zeroed(); walk.total];
    in_pieces(&mut output, |start, piece| {
        walk.segments(start, piece.len(), |segment| {
            let output = &mut piece[segment.output..][..segment.length];
            let condition = walk.slice(0, condition, &segment);
            let (a, b) = (walk.slice(1, a, &segment), walk.slice(2, b, &segment));
            choose_row(output, condition, a, b);
        });
    });
    output
}

#[inline]
fn choose_row<T: Copy>(output: &mut [T], condition: &[u8], a: &[T], b: &[T]) {
    let pick = |c: u8, a: T, b: T| if c == 0 { b } else { a };
    let rows = output.iter_mut().zip(condition);
    match (condition, a, b) {
        (&[0], _, &[b]) => output.fill(b),
        (&[0], _, b) => output.copy_from_slice(b),
        (&[_], &[a], _) => output.fill(a),
        (&[_], a, _) => output.copy_from_slice(a),
        (_, &[a], &[b]) => rows.for_each(|(o, &c)| *o = pick(c, a, b)),
        (_, &[a], b) => rows.zip(b).for_each(|((o, &c), &b)| *o = pick(c, a, b)),
        (_, a, &[b]) => rows.zip(a).for_each(|((o, &c), &a)| *o = pick(c, a, b)),
        (_, a, b) => {
            let both = a.iter().zip(b);
            rows.zip(both)
                .for_each(|((o, &c), (&a, &b))| *o = pick(c, a, b));
        }
    }
}

/// Where the elements of the output lie in each tensor, in order: for elements that are not plain.
pub(super) fn places<const K: usize>(
    shapes: [&Shape; K],
    target: &Shape,
) -> impl Iterator<Item = [usize; K]> {
    let mut ways = shapes
        .map(|shape| crate::shape::positions(target.clone(), shape.broadcast_strides(target)));
    (0..target.elements()).map(move |_| ways.each_mut().map(|way| way.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(sizes: &[usize]) -> Shape {
        Shape::from(sizes)
    }

    /// Each pair of shapes, computed by rows and by single positions.
    #[test]
    fn rows_agree_with_single_positions() {
        let cases: [(&[usize], &[usize]); 10] = [
            (&[2, 3, 4], &[2, 3, 4]),
            (&[2, 3, 4], &[4]),
            (&[2, 3, 4], &[3, 1]),
            (&[2, 1, 4], &[3, 1]),
            (&[1], &[2, 3]),
            (&[], &[]),
            (&[], &[5]),
            (&[0, 3], &[1, 3]),
            (&[2, 1, 1, 5], &[7, 1, 1]),
            (&[300, 1, 2], &[1, 700, 1]),
        ];
        for (a, b) in cases {
            let (a_shape, b_shape) = (shape(a), shape(b));
            let target = a_shape.broadcast(&b_shape).unwrap();
            let a: Vec<i64> = (0i64..).take(a_shape.elements()).collect();
            let b: Vec<i64> = (1000i64..).take(b_shape.elements()).collect();
            let found = pairs((&a, &a_shape), (&b, &b_shape), &target, |a, b| a * 7 - b);
            let want: Vec<i64> = places([&a_shape, &b_shape], &target)
                .map(|[i, j]| a[i] * 7 - b[j])
                .collect();
            assert_eq!(found, want, "{a_shape} {b_shape}");
            let condition: Vec<u8> = a.iter().map(|v| u8::from(v % 3 == 0)).collect();
            let found = choose(
                (&condition, &a_shape),
                (&a, &a_shape),
                (&b, &b_shape),
                &target,
            );
            let want: Vec<i64> = places([&a_shape, &b_shape], &target)
                .map(|[i, j]| if condition[i] == 0 { b[j] } else { a[i] })
                .collect();
            assert_eq!(found, want, "{a_shape} {b_shape}");
        }
    }

    #[test]
    fn updates_by_rows() {
        let target = shape(&[200, 3, 300]);
        let other = shape(&[3, 1]);
        let mut values = vec![1f32; target.elements()];
        update_wide(
            (&mut values, &target),
            (&[1.0, 2.0, 3.0], &other),
            |a, b| a + b,
        );
        for (i, value) in values.iter().enumerate() {
            let want = [2.0, 3.0, 4.0][i / 300 % 3];
            assert!((value - want).abs() < 0.5);
        }
    }
}
