//! [Softmax](https://onnx.ai/onnx/operators/onnx__Softmax.html), its logarithm, and its limit.
//!
//! Up to version 12 all dimensions from the axis on were taken as one; from 13 on it is one axis.
#![expect(
    clippy::inline_always,
    reason = "loops become vectors where they are inlined"
)]

use burn_backend::ops::ActivationOps as _;
use burn_dispatch::DispatchTensor;

use super::rows::{Rows, Span, larger, max_of, sum_of};
use super::wide::{Wide, converted, widened_in_memory, with_wide};
use crate::burn_tensor::{B, reshape};
use crate::fault::Result;
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Hardmax", |facts| along(facts, Kind::Hard)),
    Entry::new("LogSoftmax", |facts| along(facts, Kind::Log)),
    Entry::new("Softmax", |facts| along(facts, Kind::Soft)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Soft,
    Log,
    /// One for the first of the largest elements, zero for the others.
    Hard,
}

fn along(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    let data_type = facts.float(0)?;
    let flattens = facts.version() < 13;
    let axis = facts.int_or("axis", if flattens { 1 } else { -1 })?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        // A scalar is a vector of one element.
        let shape = x.shape().padded_to(1);
        let span = match (flattens, axis) {
            // Without dimensions from the axis on there is one element in each row.
            (true, 1) if shape.rank() == 1 => Span::from(&[shape[0], 1], 1),
            (true, _) => Span::from(&shape, shape.axis(axis)?),
            (false, _) => Span::of(&shape, shape.axis(axis)?),
        };
        if x.is_on_gpu() && x.elements() > 0 && kind != Kind::Hard {
            return Ok(one(by_burn(x, span, kind)?));
        }
        let x = widened_in_memory(x)?;
        let y = with_wide!(x.data_type(), W => in_memory::<W>(x, span, kind))?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn by_burn(x: Tensor, span: Span, kind: Kind) -> Result<Tensor> {
    let shape = x.shape().clone();
    let mut spread = vec![span.outer, span.size, span.inner];
    spread.truncate(if span.inner == 1 { 2 } else { 3 });
    let x: DispatchTensor = x.reshaped(spread)?.into_burn()?;
    let y = match kind {
        Kind::Log => B::log_softmax(x, 1),
        _ => B::softmax(x, 1),
    };
    Tensor::from_burn(reshape(y, &shape))
}

fn in_memory<W: Wide>(x: Tensor, span: Span, kind: Kind) -> Result<Tensor> {
    let shape: Shape = x.shape().clone();
    let mut values = x.into_vec::<W>()?;
    let length = span.size * span.inner;
    let rows = Rows {
        length,
        work: 8 * length,
    };
    if span.inner == 1 {
        match kind {
            Kind::Soft => rows.fill(
                &mut values,
                #[inline(always)]
                |_, row| soft(row),
            ),
            Kind::Log => rows.fill(
                &mut values,
                #[inline(always)]
                |_, row| log(row),
            ),
            Kind::Hard => rows.fill(&mut values, |_, row| hard(row)),
        }
    } else {
        rows.fill(
            &mut values,
            #[inline(always)]
            |_, block| across(block, span.inner, kind),
        );
    }
    Ok(Tensor::from_vec(shape, values))
}

#[inline(always)]
fn soft<W: Wide>(row: &mut [W]) {
    let largest = max_of(row);
    for value in row.iter_mut() {
        *value = (*value - largest).exponential();
    }
    let share = sum_of(row, |value| value).recip();
    for value in row {
        *value *= share;
    }
}

#[inline(always)]
fn log<W: Wide>(row: &mut [W]) {
    let largest = max_of(row);
    let sum = sum_of(row, |value| (value - largest).exponential());
    let log_sum = sum.ln();
    for value in row {
        *value = (*value - largest) - log_sum;
    }
}

fn hard<W: Wide>(row: &mut [W]) {
    let mut best = 0;
    for (i, &value) in row.iter().enumerate() {
        if value > row[best] {
            best = i;
        }
    }
    row.fill(W::zero());
    if let Some(value) = row.get_mut(best) {
        *value = W::one();
    }
}

/// The same across a block of rows, for each of their columns.
#[inline(always)]
fn across<W: Wide>(block: &mut [W], inner: usize, kind: Kind) {
    let mut largest = vec![W::neg_infinity(); inner];
    for row in block.chunks_exact(inner) {
        for (largest, &value) in largest.iter_mut().zip(row) {
            *largest = larger(*largest, value);
        }
    }
    if kind == Kind::Hard {
        return hard_across(block, &largest);
    }
    let mut sums = vec![W::zero(); inner];
    for row in block.chunks_exact_mut(inner) {
        for ((value, &largest), sum) in row.iter_mut().zip(&largest).zip(&mut sums) {
            let shifted = *value - largest;
            let power = shifted.exponential();
            *sum += power;
            *value = if kind == Kind::Log { shifted } else { power };
        }
    }
    for sum in &mut sums {
        *sum = if kind == Kind::Log {
            sum.ln()
        } else {
            sum.recip()
        };
    }
    for row in block.chunks_exact_mut(inner) {
        for (value, &sum) in row.iter_mut().zip(&sums) {
            *value = if kind == Kind::Log {
                *value - sum
            } else {
                *value * sum
            };
        }
    }
}

fn hard_across<W: Wide>(block: &mut [W], largest: &[W]) {
    let mut found = vec![false; largest.len()];
    for row in block.chunks_exact_mut(largest.len()) {
        for ((value, &largest), found) in row.iter_mut().zip(largest).zip(&mut found) {
            let is_first = *value == largest && !*found;
            *found |= is_first;
            *value = if is_first { W::one() } else { W::zero() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burn_agrees_and_empty_is_empty() {
        for (outer, size, inner) in [(2, 17, 1), (3, 5, 4), (1, 1, 1)] {
            let count = outer * size * inner;
            let values: Vec<f32> = (0..count).map(|i| (i * 7 % 13) as f32 - 5.0).collect();
            let x = Tensor::from_vec([outer, size, inner], values);
            let span = Span { outer, size, inner };
            for kind in [Kind::Soft, Kind::Log] {
                let memory = in_memory::<f32>(x.clone(), span, kind).unwrap();
                let burn = by_burn(x.clone(), span, kind).unwrap();
                let pairs = memory.values::<f32>().unwrap().into_owned();
                for (a, b) in pairs.iter().zip(&*burn.values::<f32>().unwrap()) {
                    assert!((a - b).abs() < 1e-5, "{kind:?} {a} {b}");
                }
            }
        }
        for kind in [Kind::Soft, Kind::Log, Kind::Hard] {
            for shape in [[0, 3, 1], [3, 0, 1], [2, 3, 0]] {
                let x = Tensor::from_vec(shape, Vec::<f32>::new());
                let y = in_memory::<f32>(x, Span::of(&shape, 1), kind).unwrap();
                assert_eq!(y.elements(), 0);
            }
        }
    }
}
