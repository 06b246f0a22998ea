//! Elements at indices.

use smallvec::SmallVec;

use super::moving::{Cut, Movement, Runs, axis_or_flat, moved, take_rows};
use crate::element::{Number as _, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::{Shape, axis_of, positions};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Compress", 9, compress),
    Entry::new("Gather", gather),
    Entry::since("GatherElements", 11, gather_elements),
    Entry::since("GatherND", 11, gather_nd),
    Entry::since("OneHot", 9, one_hot),
];

/// The row that an index names among so many; negative indices count from the end.
pub(super) fn row_of(index: i64, rows: usize) -> Result<usize> {
    let found = if index < 0 {
        usize::try_from(index.unsigned_abs())
            .ok()
            .and_then(|back| rows.checked_sub(back))
    } else {
        usize::try_from(index).ok().filter(|&row| row < rows)
    };
    found.ok_or_else(|| fault!("index {index} is not among {rows}"))
}

fn gather(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axis = facts.int_or("axis", 0)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let indices = inputs.tensor(1)?;
        let axis = x.shape().axis(axis)?;
        let shape: Shape = x.shape()[..axis]
            .iter()
            .chain(indices.shape().iter())
            .chain(&x.shape()[axis + 1..])
            .copied()
            .collect();
        context.room_for(&shape, x.data_type())?;
        let rows: Vec<usize> = indices
            .integers()?
            .iter()
            .map(|&index| row_of(index, x.shape()[axis]))
            .collect::<Result<_>>()?;
        Ok(one(take_rows(x, axis, &rows)?.reshaped(shape)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// For each index where its element lies: as the index does itself, but at the row along the axis
/// that it names.
pub(super) fn element_places(indices: &Tensor, shape: &Shape, axis: usize) -> Result<Vec<usize>> {
    let fits = indices.rank() == shape.rank()
        && (0..shape.rank()).all(|i| i == axis || indices.shape()[i] <= shape[i]);
    if !fits {
        return Err(fault!(
            "indices of shape {} do not fit shape {shape}",
            indices.shape()
        ));
    }
    if indices.elements() == 0 {
        return Ok(Vec::new());
    }
    let mut strides = shape.strides();
    let stride = std::mem::replace(&mut strides[axis], 0);
    let place = |(base, &index): (usize, &i64)| Ok(base + row_of(index, shape[axis])? * stride);
    positions(indices.shape().clone(), strides)
        .zip(&indices.integers()?)
        .map(place)
        .collect()
}

fn gather_elements(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axis = facts.int_or("axis", 0)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (x, indices) = (inputs.tensor(0)?, inputs.tensor(1)?);
        let axis = x.shape().axis(axis)?;
        context.room_for(indices.shape(), x.data_type())?;
        let starts = element_places(indices, x.shape(), axis)?;
        let movement = Runs {
            starts: &starts,
            run: 1,
        };
        Ok(one(moved(&movement, &[x], indices.shape().clone())?))
    };
    Ok(Built::one(data_type, operator))
}

/// What the coordinates in the last axis of indices name: runs of elements.
pub(super) struct Coordinates {
    /// Where each run begins.
    pub(super) starts: Vec<usize>,
    pub(super) run: usize,
    /// The shape of all runs together.
    pub(super) shape: Shape,
}

impl Coordinates {
    /// Reads coordinates within a shape whose first axes, the batch, are those of the indices too.
    pub(super) fn of(indices: &Tensor, shape: &Shape, batch: usize) -> Result<Self> {
        let misfit = || {
            fault!(
                "indices of shape {} with {batch} batch axes do not fit shape {shape}",
                indices.shape()
            )
        };
        let (&length, outer) = indices.shape().split_last().ok_or_else(misfit)?;
        let depth = batch
            .checked_add(length)
            .filter(|&depth| depth <= shape.rank());
        let depth = depth.ok_or_else(misfit)?;
        if batch > outer.len() || outer[..batch] != shape[..batch] {
            return Err(misfit());
        }
        let whole: Shape = outer.iter().chain(&shape[depth..]).copied().collect();
        let count: usize = Shape::from(outer).checked_elements().ok_or_else(misfit)?;
        whole.checked_elements().ok_or_else(misfit)?;
        let run = shape[depth..].iter().product();
        let mut found = Self {
            starts: Vec::new(),
            run,
            shape: whole,
        };
        if found.shape.elements() > 0 {
            let cut = Cut {
                blocks: outer[..batch].iter().product(),
                rows: count,
                run: length,
            };
            found.starts = starts(&indices.integers()?, cut, &shape[batch..])?;
        }
        Ok(found)
    }
}

/// Where the runs begin: `cut` says how many batches there are, how many coordinates in all, and
/// how long each is.
fn starts(indices: &[i64], cut: Cut, shape: &[usize]) -> Result<Vec<usize>> {
    let strides = Shape::from(shape).strides();
    let batch_stride: usize = shape.iter().product();
    let in_batch = cut.rows / cut.blocks.max(1);
    let start = |number: usize| {
        let coordinates = &indices[number * cut.run..][..cut.run];
        let mut pairs = coordinates.iter().zip(shape.iter().zip(&strides));
        let batch = number / in_batch.max(1) * batch_stride;
        pairs.try_fold(batch, |sum, (&index, (&size, &stride))| {
            Ok(sum + row_of(index, size)? * stride)
        })
    };
    (0..cut.rows).map(start).collect()
}

fn gather_nd(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let batch = usize::try_from(facts.int_or("batch_dims", 0)?);
    let batch = batch.map_err(|_| fault!("`batch_dims` is negative"))?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (x, indices) = (inputs.tensor(0)?, inputs.tensor(1)?);
        let found = Coordinates::of(indices, x.shape(), batch)?;
        context.room_for(&found.shape, x.data_type())?;
        let movement = Runs {
            starts: &found.starts,
            run: found.run,
        };
        Ok(one(moved(&movement, &[x], found.shape.clone())?))
    };
    Ok(Built::one(data_type, operator))
}

fn compress(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axis = facts.int("axis")?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let (x, axis) = axis_or_flat(inputs.take(0)?, axis)?;
        let wanted = inputs.tensor(1)?;
        let flags = wanted.bools()?;
        let set = flags.iter().enumerate().filter(|(_, flag)| **flag != 0);
        let rows: Vec<usize> = set.map(|(row, _)| row).collect();
        if flags.len() > x.shape()[axis] || wanted.rank() != 1 {
            return Err(fault!(
                "a condition of shape {} does not fit {} rows",
                wanted.shape(),
                x.shape()[axis]
            ));
        }
        Ok(one(take_rows(x, axis, &rows)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// The first value everywhere but at the places of the second one.
struct Marks {
    elements: usize,
    places: Vec<usize>,
}

impl Movement for Marks {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let [[off, on]] = inputs else {
            return Err(fault!("expected two values: for off and for on"));
        };
        let mut made = vec![off.clone(); self.elements];
        for &place in &self.places {
            made[place] = on.clone();
        }
        Ok(made)
    }
}

fn one_hot(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, crate::data_type::DataType::is_number)?;
    facts.data_type_where(1, crate::data_type::DataType::is_number)?;
    let data_type = facts.data_type(2)?;
    let axis = facts.int_or("axis", -1)?;
    // Version 9 knows no negative indices.
    let lowest = if facts.version() < 11 { 0 } else { -1 };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (indices, values) = (inputs.tensor(0)?, inputs.tensor(2)?);
        let depth = whole_numbers(inputs.tensor(1)?)?;
        let [depth] = depth[..] else {
            return Err(fault!("the depth has shape {}", inputs.tensor(1)?.shape()));
        };
        let rows = usize::try_from(depth).map_err(|_| fault!("the depth is {depth}"))?;
        let axis = axis_of(axis, indices.rank() + 1)?;
        let mut shape: SmallVec<[usize; 6]> = indices.shape().iter().copied().collect();
        shape.insert(axis, rows);
        let shape: Shape = shape.into_iter().collect();
        let elements = context.room_for(&shape, data_type)?;
        let run: usize = indices.shape()[axis..].iter().product();
        let place = |(number, &index): (usize, &i64)| {
            let row = (index >= lowest * depth)
                .then(|| row_of(index, rows).ok())
                .flatten()?;
            Some((number / run * rows + row) * run + number % run)
        };
        let numbers = whole_numbers(indices)?;
        let places = numbers.iter().enumerate().filter_map(place).collect();
        Ok(one(moved(&Marks { elements, places }, &[values], shape)?))
    };
    Ok(Built::one(data_type, operator))
}

/// Numbers of any type as integers, cut off.
fn whole_numbers(x: &Tensor) -> Result<Vec<i64>> {
    with_number!(x.data_type(), T => {
        Ok(x.values::<T>()?.iter().map(|value| value.to_i64()).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_name_rows() {
        let cases = [
            (0, 3, Some(0)),
            (-3, 3, Some(0)),
            (2, 3, Some(2)),
            (3, 3, None),
            (-4, 3, None),
            (i64::MIN, 3, None),
            (0, 0, None),
        ];
        for (index, rows, expected) in cases {
            assert_eq!(row_of(index, rows).ok(), expected, "{index} of {rows}");
        }
    }

    #[test]
    fn coordinates_that_do_not_fit_are_refused() {
        let indices = |shape: &[usize]| {
            let shape = Shape::from(shape);
            Tensor::from_vec(shape.clone(), vec![0i64; shape.elements()])
        };
        let shape = Shape::from([2, 3, 4]);
        assert!(Coordinates::of(&indices(&[]), &shape, 0).is_err());
        assert!(Coordinates::of(&indices(&[1, 4]), &shape, 0).is_err());
        assert!(Coordinates::of(&indices(&[3, 1]), &shape, 1).is_err());
        let found = Coordinates::of(&indices(&[2, 1]), &shape, 1).unwrap();
        assert_eq!((found.starts, found.run), (vec![0, 12], 4));
        let found = Coordinates::of(&indices(&[0, 3]), &shape, 0).unwrap();
        assert_eq!((found.starts.len(), found.shape), (0, [0].into()));
        assert!(element_places(&indices(&[3, 3, 4]), &shape, 1).is_err());
    }
}
