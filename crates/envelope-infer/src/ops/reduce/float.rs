//! Reductions of floats in memory: `f16` and `bfloat16` are added up in `f32`.

use num_traits::{Float, One as _, Zero as _};

use super::{Kind, Lanes};
use crate::element::{Number as _, Real};
use crate::fault::Result;
use crate::tensor::Tensor;

/// Reduces lanes of any number and length; the result has one element for each lane.
pub(super) fn reduce<T: Real>(kind: Kind, x: &Tensor, lanes: Lanes) -> Result<Tensor> {
    let values = x.values::<T>()?;
    let wide = match kind {
        Kind::L1 => fold(&values, lanes, T::Wide::zero(), |sum, v| sum + v.abs()),
        Kind::L2 => squares(&values, lanes).map(Float::sqrt),
        Kind::LogSum => sums(&values, lanes).map(Float::ln),
        Kind::LogSumExp => logarithms(&values, lanes),
        Kind::Max => fold(&values, lanes, T::Wide::neg_infinity(), larger),
        Kind::Mean => {
            let length = T::Wide::from_f64(lanes.length as f64);
            sums(&values, lanes).map(|sum| sum / length)
        }
        Kind::Min => fold(&values, lanes, T::Wide::infinity(), smaller),
        Kind::Prod => fold(&values, lanes, T::Wide::one(), |product, v| product * v),
        Kind::Sum => sums(&values, lanes),
        Kind::SumSquare => squares(&values, lanes),
    };
    let narrow = wide.0.into_iter().map(T::narrow).collect();
    Ok(Tensor::from_vec([lanes.count()], narrow))
}

/// One number for each lane.
struct Folded<W>(Vec<W>);

impl<W> Folded<W> {
    fn map(self, function: impl Fn(W) -> W) -> Self {
        Self(self.0.into_iter().map(function).collect())
    }
}

fn larger<W: Float>(a: W, b: W) -> W {
    if a.is_nan() || a >= b { a } else { b }
}

fn smaller<W: Float>(a: W, b: W) -> W {
    if a.is_nan() || a <= b { a } else { b }
}

fn sums<T: Real>(values: &[T], lanes: Lanes) -> Folded<T::Wide> {
    fold(values, lanes, T::Wide::zero(), |sum, v| sum + v)
}

fn squares<T: Real>(values: &[T], lanes: Lanes) -> Folded<T::Wide> {
    fold(values, lanes, T::Wide::zero(), |sum, v| sum + v * v)
}

fn logarithms<T: Real>(values: &[T], lanes: Lanes) -> Folded<T::Wide> {
    let mut largest = fold(values, lanes, T::Wide::neg_infinity(), larger).0;
    for value in &mut largest {
        // The difference of an infinity from itself would be no number.
        if value.is_infinite() {
            *value = T::Wide::zero();
        }
    }
    let mut sums = vec![T::Wide::zero(); largest.len()];
    each_row(values, lanes, |row, first| {
        for (i, value) in row.iter().enumerate() {
            sums[first + i] += (value.widen() - largest[first + i]).exp();
        }
    });
    let logarithms = sums.into_iter().zip(largest);
    Folded(logarithms.map(|(sum, most)| sum.ln() + most).collect())
}

fn fold<T: Real>(
    values: &[T],
    lanes: Lanes,
    start: T::Wide,
    function: impl Fn(T::Wide, T::Wide) -> T::Wide,
) -> Folded<T::Wide> {
    let mut folded = vec![start; lanes.count()];
    if lanes.inner == 1 && lanes.length > 0 {
        for (lane, to) in values.chunks_exact(lanes.length).zip(&mut folded) {
            *to = lane
                .iter()
                .fold(start, |to, value| function(to, value.widen()));
        }
    } else {
        each_row(values, lanes, |row, first| {
            for (to, value) in folded[first..].iter_mut().zip(row) {
                *to = function(*to, value.widen());
            }
        });
    }
    Folded(folded)
}

/// Calls a function with each row of neighbours, and the number of the lane that its first element
/// belongs to.
fn each_row<T>(values: &[T], lanes: Lanes, mut function: impl FnMut(&[T], usize)) {
    if lanes.inner == 0 || lanes.length == 0 {
        return;
    }
    for (number, row) in values.chunks_exact(lanes.inner).enumerate() {
        function(row, number / lanes.length * lanes.inner);
    }
}
