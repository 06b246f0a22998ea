//! Reductions along axes: sums, products, extremes, norms.
//!
//! Whatever the axes, the elements are first seen as `[outer, length, inner]` ([`Lanes`]), where
//! `length` counts what is reduced. `f32` is then one reduction of burn's, on any device; other
//! types and reductions over nothing are loops in memory ([`float`], [`integer`]).

mod arg;
mod burn;
mod float;
mod integer;

use smallvec::SmallVec;

use crate::data_type::DataType;
use crate::element::{with_float, with_integer};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::{Shape, axes_of};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("ArgMax", arg::largest),
    Entry::new("ArgMin", arg::smallest),
    Entry::new("ReduceL1", |facts| by_attribute(facts, Kind::L1)),
    Entry::since("ReduceL1", 18, |facts| by_input(facts, Kind::L1)),
    Entry::new("ReduceL2", |facts| by_attribute(facts, Kind::L2)),
    Entry::since("ReduceL2", 18, |facts| by_input(facts, Kind::L2)),
    Entry::new("ReduceLogSum", |facts| by_attribute(facts, Kind::LogSum)),
    Entry::since("ReduceLogSum", 18, |facts| by_input(facts, Kind::LogSum)),
    Entry::new("ReduceLogSumExp", |facts| {
        by_attribute(facts, Kind::LogSumExp)
    }),
    Entry::since("ReduceLogSumExp", 18, |facts| {
        by_input(facts, Kind::LogSumExp)
    }),
    Entry::new("ReduceMax", |facts| by_attribute(facts, Kind::Max)),
    Entry::since("ReduceMax", 18, |facts| by_input(facts, Kind::Max)),
    Entry::new("ReduceMean", |facts| by_attribute(facts, Kind::Mean)),
    Entry::since("ReduceMean", 18, |facts| by_input(facts, Kind::Mean)),
    Entry::new("ReduceMin", |facts| by_attribute(facts, Kind::Min)),
    Entry::since("ReduceMin", 18, |facts| by_input(facts, Kind::Min)),
    Entry::new("ReduceProd", |facts| by_attribute(facts, Kind::Prod)),
    Entry::since("ReduceProd", 18, |facts| by_input(facts, Kind::Prod)),
    Entry::new("ReduceSum", |facts| by_attribute(facts, Kind::Sum)),
    Entry::since("ReduceSum", 13, |facts| by_input(facts, Kind::Sum)),
    Entry::new("ReduceSumSquare", |facts| {
        by_attribute(facts, Kind::SumSquare)
    }),
    Entry::since("ReduceSumSquare", 18, |facts| {
        by_input(facts, Kind::SumSquare)
    }),
];

/// What is computed of the elements that a reduction takes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    L1,
    L2,
    LogSum,
    LogSumExp,
    Max,
    Mean,
    Min,
    Prod,
    Sum,
    SumSquare,
}

/// A dense tensor seen as `[outer, length, inner]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lanes {
    pub(super) outer: usize,
    pub(super) length: usize,
    pub(super) inner: usize,
}

impl Lanes {
    /// The lanes along one axis.
    pub(super) fn along(shape: &Shape, axis: usize) -> Self {
        Self {
            outer: shape[..axis].iter().product(),
            length: shape[axis],
            inner: shape[axis + 1..].iter().product(),
        }
    }

    /// The number of lanes.
    pub(super) fn count(self) -> usize {
        self.outer * self.inner
    }
}

/// A reduction as a node states it.
#[derive(Clone, Debug)]
struct Reduction {
    kind: Kind,
    data_type: DataType,
    axes: Vec<i64>,
    keeps_dimensions: bool,
    /// Without axes: reduce nothing, rather than everything.
    nothing_without_axes: bool,
}

impl Reduction {
    fn new(facts: &Facts<'_>, kind: Kind) -> Result<Self> {
        let logical = matches!(kind, Kind::Max | Kind::Min);
        let data_type = facts.data_type_where(0, |data_type| match data_type {
            DataType::Bool => logical,
            // What integers were meant to give is not known; opset 28 took them out.
            data_type if data_type.is_integer() => kind != Kind::LogSumExp,
            data_type => data_type.is_number(),
        })?;
        Ok(Self {
            kind,
            data_type,
            axes: facts.ints("axes")?.unwrap_or_default().to_vec(),
            keeps_dimensions: facts.flag("keepdims", true)?,
            nothing_without_axes: false,
        })
    }

    fn run(&self, x: Tensor, axes: &[i64], context: &Context<'_>) -> Result<Tensor> {
        let reduced = self.reduced_axes(axes, x.shape())?;
        let shape = self.output_shape(x.shape(), &reduced);
        context.room_for(&shape, self.data_type)?;
        let (x, lanes) = arranged(x, &reduced)?;
        let y = match self.data_type {
            DataType::F32 if lanes.length > 0 && lanes.count() > 0 => {
                burn::reduce(self.kind, x, lanes)?
            }
            DataType::Bool => integer::reduce_bool(self.kind, &x, lanes)?,
            other if other.is_float() => {
                with_float!(other, T => float::reduce::<T>(self.kind, &x, lanes))?
            }
            other => with_integer!(other, T => integer::reduce::<T>(self.kind, &x, lanes))?,
        };
        y.reshaped(shape)
    }

    fn reduced_axes(&self, axes: &[i64], shape: &Shape) -> Result<SmallVec<[usize; 6]>> {
        // NumPy takes the one element of a scalar for an axis, and so do models that say `axes=[0]`.
        let scalar = shape.rank() == 0 && axes.iter().all(|axis| matches!(axis, 0 | -1));
        if scalar || axes.is_empty() && self.nothing_without_axes {
            Ok(SmallVec::new())
        } else if axes.is_empty() {
            Ok((0..shape.rank()).collect())
        } else {
            let mut axes = axes_of(axes, shape.rank())?;
            axes.sort_unstable();
            Ok(axes)
        }
    }

    fn output_shape(&self, shape: &Shape, reduced: &[usize]) -> Shape {
        let sizes = shape.iter().enumerate();
        if self.keeps_dimensions {
            sizes
                .map(|(i, &size)| if reduced.contains(&i) { 1 } else { size })
                .collect()
        } else {
            sizes
                .filter(|(i, _)| !reduced.contains(i))
                .map(|(_, &size)| size)
                .collect()
        }
    }
}

/// The tensor with the reduced axes side by side, and the lanes that they make.
fn arranged(x: Tensor, reduced: &[usize]) -> Result<(Tensor, Lanes)> {
    let shape = x.shape().clone();
    let Some((&first, &last)) = reduced.first().zip(reduced.last()) else {
        let lanes = Lanes {
            outer: shape.elements(),
            length: 1,
            inner: 1,
        };
        return Ok((x, lanes));
    };
    // Axes of one element do not matter: what lies between may be skipped if it is all of them.
    let between = (first..=last).filter(|i| !reduced.contains(i));
    if between.clone().all(|i| shape[i] == 1) {
        let lanes = Lanes {
            outer: shape[..first].iter().product(),
            length: shape[first..=last].iter().product(),
            inner: shape[last + 1..].iter().product(),
        };
        return Ok((x, lanes));
    }
    let kept = (0..shape.rank()).filter(|i| !reduced.contains(i));
    let order: SmallVec<[usize; 6]> = kept.clone().chain(reduced.iter().copied()).collect();
    let lanes = Lanes {
        outer: kept.map(|i| shape[i]).product(),
        length: reduced.iter().map(|&i| shape[i]).product(),
        inner: 1,
    };
    Ok((super::shape::permuted(x, &order)?, lanes))
}

fn by_attribute(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    let reduction = Reduction::new(facts, kind)?;
    let data_type = reduction.data_type;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        Ok(one(reduction.run(x, &reduction.axes, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn by_input(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    if facts.has_attribute("axes") {
        return Err(fault!("attribute `axes` became an input in this version"));
    }
    let mut reduction = Reduction::new(facts, kind)?;
    reduction.nothing_without_axes = facts.flag("noop_with_empty_axes", false)?;
    let data_type = reduction.data_type;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let axes = match inputs.optional(1)? {
            Some(axes) => axes.integers()?,
            None => Vec::new(),
        };
        Ok(one(reduction.run(x, &axes, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_brought_side_by_side() {
        let cases: [(&[usize], &[usize], [usize; 3]); 6] = [
            (&[2, 3, 4], &[1], [2, 3, 4]),
            (&[2, 3, 4], &[1, 2], [2, 12, 1]),
            (&[2, 1, 4], &[0, 2], [1, 8, 1]),
            (&[2, 3, 4], &[0, 2], [3, 8, 1]),
            (&[2, 3, 4], &[], [24, 1, 1]),
            (&[2, 0, 4], &[1], [2, 0, 4]),
        ];
        for (shape, reduced, expected) in cases {
            let shape = Shape::from(shape);
            let x = Tensor::from_vec(shape.clone(), vec![0f32; shape.elements()]);
            let (_, lanes) = arranged(x, reduced).unwrap();
            assert_eq!(
                [lanes.outer, lanes.length, lanes.inner],
                expected,
                "{shape}"
            );
        }
    }
}
