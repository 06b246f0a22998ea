//! Parts of tensors, and tensors put together from parts.

use smallvec::SmallVec;

use super::moving::{
    Cut, Movement, Piece, Pieces, View, concatenated, moved, signed, sliced, take_rows,
};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs, one};
use crate::shape::{Shape, axes_of};
use crate::tensor::Tensor;
use crate::value::Value;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Concat", concat),
    Entry::new("Slice", slice_by_attributes),
    Entry::since("Slice", 10, slice),
    Entry::new("Split", split),
];

/// What Slice keeps of some axes.
struct Ranges {
    starts: Vec<i64>,
    ends: Vec<i64>,
    axes: Option<Vec<i64>>,
    steps: Option<Vec<i64>>,
}

/// What is kept of one axis: so many rows, from the first one on in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: usize,
    step: isize,
    rows: usize,
}

impl Range {
    fn all(rows: usize) -> Self {
        Self {
            first: 0,
            step: 1,
            rows,
        }
    }

    /// As NumPy reads `start:end:step`: negative bounds count from the end, and all are cut off.
    fn new(start: i64, end: i64, step: i64, rows: usize) -> Result<Self> {
        let size = i64::try_from(rows).map_err(|_| fault!("{rows} rows are too many"))?;
        let counted = |bound: i64| {
            if bound < 0 {
                bound.saturating_add(size)
            } else {
                bound
            }
        };
        let (start, end) = (counted(start), counted(end));
        let (first, distance) = match step {
            0 => return Err(fault!("a step is 0")),
            1.. => {
                let first = start.clamp(0, size);
                (first, end.clamp(0, size) - first)
            }
            _ => {
                let first = start.clamp(-1, size - 1);
                (first, first - end.clamp(-1, size - 1))
            }
        };
        let distance = u64::try_from(distance).unwrap_or(0);
        let count = distance.div_ceil(step.unsigned_abs());
        Ok(Self {
            first: usize::try_from(first).unwrap_or(0),
            // A step beyond the last row is never made.
            step: isize::try_from(step).map_or(0, |step| if count > 1 { step } else { 1 }),
            rows: usize::try_from(count).unwrap_or(0),
        })
    }
}

impl Ranges {
    fn on(&self, shape: &Shape) -> Result<SmallVec<[Range; 6]>> {
        let count = self.starts.len();
        let axes: SmallVec<[usize; 6]> = match &self.axes {
            Some(axes) => axes_of(axes, shape.rank())?,
            None => (0..count).collect(),
        };
        let lengths = [
            self.ends.len(),
            axes.len(),
            self.steps.as_ref().map_or(count, Vec::len),
        ];
        if lengths.iter().any(|&length| length != count) || count > shape.rank() {
            return Err(fault!(
                "{count} starts with {lengths:?} ends, axes and steps do not fit {shape}"
            ));
        }
        let mut ranges: SmallVec<[Range; 6]> = shape.iter().map(|&rows| Range::all(rows)).collect();
        for (i, axis) in axes.into_iter().enumerate() {
            let step = self.steps.as_ref().map_or(1, |steps| steps[i]);
            ranges[axis] = Range::new(self.starts[i], self.ends[i], step, shape[axis])?;
        }
        Ok(ranges)
    }

    fn of(&self, x: Tensor) -> Result<Tensor> {
        let ranges = self.on(x.shape())?;
        let shape: Shape = ranges.iter().map(|range| range.rows).collect();
        if shape == *x.shape() && ranges.iter().all(|range| range.step == 1) {
            return Ok(x);
        }
        if x.is_on_gpu() && shape.elements() > 0 {
            return slice_on_gpu(x, &ranges);
        }
        let strides = x.shape().strides();
        let pairs = ranges.iter().zip(&strides);
        let view = View {
            offset: if shape.elements() == 0 {
                0
            } else {
                pairs
                    .clone()
                    .map(|(range, stride)| range.first * stride)
                    .sum()
            },
            strides: pairs
                .map(|(range, &stride)| range.step.wrapping_mul(signed(stride)))
                .collect(),
            shape: shape.clone(),
        };
        moved(&view, &[&x], shape)
    }
}

/// burn cuts; steps other than 1 are rows by number.
fn slice_on_gpu(x: Tensor, ranges: &[Range]) -> Result<Tensor> {
    let bounds = ranges.iter().zip(x.shape().iter()).map(|(range, &rows)| {
        if range.step == 1 {
            (range.first, range.first + range.rows)
        } else {
            (0, rows)
        }
    });
    let bounds: Vec<(usize, usize)> = bounds.collect();
    let mut cut = Tensor::from_burn(sliced(x.into_burn()?, bounds))?;
    for (axis, range) in ranges
        .iter()
        .enumerate()
        .filter(|(_, range)| range.step != 1)
    {
        let indices: Vec<usize> = (0..range.rows)
            .map(|i| range.first.wrapping_add_signed(range.step * signed(i)))
            .collect();
        cut = take_rows(cut, axis, &indices)?;
    }
    Ok(cut)
}

fn slice_by_attributes(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let list = |name: &str| facts.ints(name).map(|found| found.map(<[i64]>::to_vec));
    let ranges = Ranges {
        starts: list("starts")?.ok_or_else(|| fault!("attribute `starts` is missing"))?,
        ends: list("ends")?.ok_or_else(|| fault!("attribute `ends` is missing"))?,
        axes: list("axes")?,
        steps: None,
    };
    let operator = move |mut inputs: Inputs, _: &Context<'_>| Ok(one(ranges.of(inputs.take(0)?)?));
    Ok(Built::one(data_type, operator).anywhere())
}

fn slice(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let operator = |mut inputs: Inputs, _: &Context<'_>| {
        let list = |input| inputs.optional(input)?.map(Tensor::integers).transpose();
        let ranges = Ranges {
            starts: inputs.tensor(1)?.integers()?,
            ends: inputs.tensor(2)?.integers()?,
            axes: list(3)?,
            steps: list(4)?,
        };
        Ok(one(ranges.of(inputs.take(0)?)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1, 2, 3, 4]))
}

/// So many rows of an axis, from one on.
pub(super) fn narrowed(x: &Tensor, axis: usize, start: usize, rows: usize) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape[axis] = rows;
    if x.is_on_gpu() && shape.elements() > 0 {
        let bounds = shape.iter().enumerate().map(|(i, &size)| {
            if i == axis {
                (start, start + rows)
            } else {
                (0, size)
            }
        });
        return Tensor::from_burn(sliced(x.clone().into_burn()?, bounds));
    }
    let pieces = &[Piece::Copy { start, rows }];
    let cut = Cut::at(x.shape(), axis);
    moved(&Pieces { cut, pieces }, &[x], shape)
}

fn concat(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type(0..facts.input_count())?;
    let axis = match facts.int("axis")? {
        Some(axis) => axis,
        None if facts.version() < 4 => 1,
        None => return Err(fault!("attribute `axis` is missing")),
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let tensors = inputs.take_all()?;
        let first = tensors
            .first()
            .ok_or_else(|| fault!("there are no inputs"))?;
        let axis = first.shape().axis(axis)?;
        Ok(one(joined(tensors, axis)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// Tensors of one type, one after another along an axis of the first one.
pub(super) fn joined(tensors: Vec<Tensor>, axis: usize) -> Result<Tensor> {
    let shape = joined_shape(&tensors, axis)?;
    let mut filled: Vec<Tensor> = tensors;
    if let [_] = &filled[..] {
        return filled.pop().ok_or_else(|| fault!("there are no inputs"));
    }
    if filled.iter().any(Tensor::is_on_gpu) && shape.elements() > 0 {
        filled.retain(|x| x.elements() > 0);
        let tensors: Result<Vec<_>> = filled.into_iter().map(Tensor::into_burn).collect();
        return Tensor::from_burn(concatenated(tensors?, axis));
    }
    let cuts = filled.iter().map(|x| Cut::at(x.shape(), axis)).collect();
    let inputs: Vec<&Tensor> = filled.iter().collect();
    moved(&Join { cuts }, &inputs, shape)
}

fn joined_shape(tensors: &[Tensor], axis: usize) -> Result<Shape> {
    let first = tensors
        .first()
        .ok_or_else(|| fault!("there are no inputs"))?;
    let mut shape = first.shape().clone();
    let mut rows = 0usize;
    for x in tensors {
        let mut other = x.shape().clone();
        let size = other
            .get_mut(axis)
            .map(|size| std::mem::replace(size, shape[axis]));
        match size {
            Some(size) if other == shape => rows = rows.saturating_add(size),
            _ => {
                return Err(fault!(
                    "shapes {shape} and {} do not join at axis {axis}",
                    x.shape()
                ));
            }
        }
    }
    shape[axis] = rows;
    shape
        .checked_elements()
        .ok_or_else(|| fault!("{shape} has too many elements"))?;
    Ok(shape)
}

/// The blocks of several tensors by turns.
struct Join {
    cuts: SmallVec<[Cut; 4]>,
}

impl Movement for Join {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let total = inputs.iter().map(|values| values.len()).sum();
        let mut made = Vec::with_capacity(total);
        let blocks = self.cuts.first().map_or(0, |cut| cut.blocks);
        for block in 0..blocks {
            for (values, cut) in inputs.iter().zip(&self.cuts) {
                let length = cut.rows * cut.run;
                made.extend_from_slice(&values[block * length..][..length]);
            }
        }
        Ok(made)
    }
}

/// How Split knows the sizes of its parts.
enum Sizes {
    Stated(Vec<i64>),
    /// As large as each other; the last one may be smaller since version 18.
    Even {
        parts: usize,
        last: Last,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    MayBeSmaller,
    IsAsLarge,
}

fn split(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axis = facts.int_or("axis", 0)?;
    let outputs = facts.output_count();
    let parts = match facts.int("num_outputs")? {
        None => outputs,
        Some(parts) => usize::try_from(parts)
            .ok()
            .filter(|&parts| parts == outputs)
            .ok_or_else(|| fault!("`num_outputs` is {parts}, but the node names {outputs}"))?,
    };
    let stated = facts.ints("split")?.map(<[i64]>::to_vec);
    let last = if facts.version() >= 18 {
        Last::MayBeSmaller
    } else {
        Last::IsAsLarge
    };
    let sizes = match stated {
        Some(sizes) => Sizes::Stated(sizes),
        None => Sizes::Even { parts, last },
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let given = inputs.optional(1)?.map(Tensor::integers).transpose()?;
        let x = inputs.tensor(0)?.clone();
        let axis = x.shape().axis(axis)?;
        let sizes = match (&given, &sizes) {
            (Some(sizes), _) | (None, Sizes::Stated(sizes)) => {
                stated_sizes(sizes, x.shape()[axis])?
            }
            (None, Sizes::Even { parts, last }) => even_sizes(x.shape()[axis], *parts, *last)?,
        };
        if sizes.len() != outputs {
            return Err(fault!("{} parts for {outputs} outputs", sizes.len()));
        }
        parted(x, axis, &sizes)
    };
    Ok(Built::new(vec![data_type; outputs], operator).anywhere_but(&[1]))
}

fn stated_sizes(sizes: &[i64], rows: usize) -> Result<Vec<usize>> {
    let sizes: Option<Vec<usize>> = sizes
        .iter()
        .map(|&size| usize::try_from(size).ok())
        .collect();
    let total = |sizes: &Vec<usize>| {
        sizes
            .iter()
            .try_fold(0usize, |sum, &size| sum.checked_add(size))
    };
    sizes
        .filter(|sizes| total(sizes) == Some(rows))
        .ok_or_else(|| fault!("the sizes of the parts do not add up to {rows}"))
}

fn even_sizes(rows: usize, parts: usize, last: Last) -> Result<Vec<usize>> {
    if parts == 0 || (last == Last::IsAsLarge && !rows.is_multiple_of(parts)) {
        return Err(fault!("{rows} rows do not split into {parts} parts"));
    }
    let size = rows.div_ceil(parts);
    Ok((0..parts)
        .map(|part| rows.saturating_sub(part * size).min(size))
        .collect())
}

/// Parts of these sizes along an axis; they add up to its size.
pub(super) fn parted(x: Tensor, axis: usize, sizes: &[usize]) -> Result<Outputs> {
    // Read a view once and not for each part.
    let x = if x.is_on_gpu() { x } else { x.dense() };
    let mut start = 0;
    let part = |&rows: &usize| {
        let part = narrowed(&x, axis, start, rows)?;
        start += rows;
        Ok(Value::from(part))
    };
    sizes.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_numpy_does() {
        let cases = [
            ((0, i64::MAX, 1, 5), (0, 1, 5)),
            ((-3, -1, 1, 5), (2, 1, 2)),
            ((-1, i64::MIN, -1, 5), (4, -1, 5)),
            ((20, 0, -2, 5), (4, -2, 2)),
            ((3, 1, 1, 5), (3, 1, 0)),
            ((0, 5, i64::MAX, 5), (0, 1, 1)),
            ((4, i64::MIN, i64::MIN, 5), (4, 1, 1)),
            ((0, 5, 1, 0), (0, 1, 0)),
            ((-1, i64::MIN, -1, 0), (0, 1, 0)),
        ];
        for ((start, end, step, rows), (first, step_found, count)) in cases {
            let expected = Range {
                first,
                step: step_found,
                rows: count,
            };
            let found = Range::new(start, end, step, rows).unwrap();
            assert_eq!(found, expected, "{start}:{end}:{step} of {rows}");
        }
        assert!(Range::new(0, 1, 0, 5).is_err());
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(even_sizes(7, 3, Last::MayBeSmaller).unwrap(), [3, 3, 1]);
        assert_eq!(even_sizes(0, 2, Last::MayBeSmaller).unwrap(), [0, 0]);
        assert!(even_sizes(7, 3, Last::IsAsLarge).is_err());
        assert!(even_sizes(7, 0, Last::MayBeSmaller).is_err());
        assert!(stated_sizes(&[3, -1], 2).is_err());
        assert!(stated_sizes(&[i64::MAX, i64::MAX], 2).is_err());
        assert_eq!(stated_sizes(&[0, 2], 2).unwrap(), [0, 2]);
    }

    #[test]
    fn shapes_that_differ_elsewhere_do_not_join() {
        let x = |shape: [usize; 2]| Tensor::from_vec(shape, vec![0i8; shape[0] * shape[1]]);
        let joined = joined(vec![x([2, 3]), x([2, 0])], 1).unwrap();
        assert_eq!(*joined.shape(), [2, 3].into());
        assert!(super::joined(vec![x([2, 3]), x([3, 3])], 1).is_err());
        assert!(super::joined(vec![x([2, 3]), Tensor::scalar(0i8)], 1).is_err());
        assert!(super::joined(Vec::new(), 0).is_err());
    }
}
