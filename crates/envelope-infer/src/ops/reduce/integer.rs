//! Reductions of integers and booleans in memory. Sums and products wrap, as NumPy's do.

use super::{Kind, Lanes};
use crate::element::Number;
use crate::fault::{Result, fault};
use crate::tensor::Tensor;

/// Reduces lanes of any number and length; the result has one element for each lane.
pub(super) fn reduce<T: Number + num_traits::Bounded>(
    kind: Kind,
    x: &Tensor,
    lanes: Lanes,
) -> Result<Tensor> {
    let values = x.values::<T>()?;
    let reduced: Vec<T> = match kind {
        Kind::L1 => wrapped(&values, lanes, 0, |sum, v| sum.wrapping_add(magnitude(v))),
        Kind::Sum => wrapped(&values, lanes, 0, |sum, v: T| sum.wrapping_add(v.to_i64())),
        Kind::SumSquare => wrapped(&values, lanes, 0, add_square),
        Kind::Prod => wrapped(&values, lanes, 1, |product, v: T| {
            product.wrapping_mul(v.to_i64())
        }),
        Kind::Max => fold(
            &values,
            lanes,
            T::min_value(),
            |a, b| if b > a { b } else { a },
        ),
        Kind::Min => fold(
            &values,
            lanes,
            T::max_value(),
            |a, b| if b < a { b } else { a },
        ),
        Kind::Mean => means(&values, lanes)?,
        Kind::L2 => wrapped::<T>(&values, lanes, 0, add_square)
            .into_iter()
            .map(|sum| T::from_f64(sum.to_f64().sqrt()))
            .collect(),
        Kind::LogSum => logarithms(&values, lanes)?,
        Kind::LogSumExp => return Err(fault!("integers have no {kind:?}")),
    };
    Ok(Tensor::from_vec([lanes.count()], reduced))
}

/// Whether all (the least) or any (the largest) of the booleans of each lane are set.
pub(super) fn reduce_bool(kind: Kind, x: &Tensor, lanes: Lanes) -> Result<Tensor> {
    let values = x.bools()?;
    let found = match kind {
        Kind::Max => fold(&values, lanes, 0u8, |a, b| a | b),
        Kind::Min => fold(&values, lanes, 1u8, |a, b| a & b),
        _ => return Err(fault!("booleans have no {kind:?}")),
    };
    Ok(Tensor::from_bools(
        [lanes.count()],
        found.into_iter().map(|value| value != 0),
    ))
}

fn magnitude<T: Number>(value: T) -> i64 {
    if value < T::from_i64(0) {
        value.to_i64().wrapping_neg()
    } else {
        value.to_i64()
    }
}

fn add_square<T: Number>(sum: i64, value: T) -> i64 {
    sum.wrapping_add(value.to_i64().wrapping_mul(value.to_i64()))
}

/// Folds in 64 bits, of which those that the type has are right whatever overflows.
fn wrapped<T: Number>(
    values: &[T],
    lanes: Lanes,
    start: i64,
    function: impl Fn(i64, T) -> i64,
) -> Vec<T> {
    let folded = fold(values, lanes, start, function);
    folded.into_iter().map(T::from_i64).collect()
}

fn means<T: Number>(values: &[T], lanes: Lanes) -> Result<Vec<T>> {
    let sums = wrapped(values, lanes, 0, |sum, v: T| sum.wrapping_add(v.to_i64()));
    let length = i64::try_from(lanes.length).unwrap_or(i64::MAX);
    if sums.is_empty() {
        return Ok(sums);
    }
    if length == 0 || T::from_i64(length).to_i64() != length {
        return Err(fault!("the mean of {length} integers is not defined"));
    }
    Ok(sums
        .into_iter()
        .map(|sum| sum / T::from_i64(length))
        .collect())
}

/// Logarithms of sums, cut off: opset 28 has taken them out of the standard.
fn logarithms<T: Number>(values: &[T], lanes: Lanes) -> Result<Vec<T>> {
    if lanes.length == 0 && lanes.count() > 0 {
        return Err(fault!("the logarithm of no integers is not defined"));
    }
    let sums = fold(values, lanes, 0f64, |sum, v| sum + v.to_f64());
    let logarithms = sums.into_iter().map(|sum| T::from_f64(sum.ln()));
    Ok(logarithms.collect())
}

fn fold<T: Copy, A: Copy>(
    values: &[T],
    lanes: Lanes,
    start: A,
    function: impl Fn(A, T) -> A,
) -> Vec<A> {
    let mut folded = vec![start; lanes.count()];
    if lanes.inner == 0 || lanes.length == 0 {
        return folded;
    }
    for (number, row) in values.chunks_exact(lanes.inner).enumerate() {
        let first = number / lanes.length * lanes.inner;
        for (to, &value) in folded[first..].iter_mut().zip(row) {
            *to = function(*to, value);
        }
    }
    folded
}
