//! Elements found by their value: the largest ones, those that are not zero, those that differ.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::moving::{Cut, axis_or_flat, take_rows};
use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs, one};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("NonZero", 9, non_zero),
    Entry::new("TopK", top_k),
    Entry::since("Unique", 11, unique),
];

/// Compares two elements; what is not a number comes after all numbers, and is equal to itself.
fn compared<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| {
        #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
        let (a_is_nan, b_is_nan) = (a != a, b != b);
        a_is_nan.cmp(&b_is_nan)
    })
}

/// Which end of the order is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Largest,
    Smallest,
}

fn top_k(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    let axis = facts.int_or("axis", -1)?;
    let stated = facts.int("k")?;
    if stated.is_some() != (facts.version() < 10) {
        return Err(fault!(
            "`k` is an attribute before version 10 and an input since"
        ));
    }
    let wanted = if facts.flag("largest", true)? {
        Wanted::Largest
    } else {
        Wanted::Smallest
    };
    // Sorted is an order, too, where any will do.
    facts.int("sorted")?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let axis = x.shape().axis(axis)?;
        let count = match stated {
            Some(count) => count,
            None => inputs.tensor(1)?.integer()?,
        };
        let count = usize::try_from(count)
            .ok()
            .filter(|&k| k <= x.shape()[axis]);
        let count = count.ok_or_else(|| {
            let rows = x.shape()[axis];
            fault!("there are {rows} elements, fewer than are wanted")
        })?;
        with_number!(x.data_type(), T => top::<T>(x, axis, count, wanted))
    };
    Ok(Built::new([data_type, DataType::I64], operator))
}

fn top<T: Number>(x: &Tensor, axis: usize, count: usize, wanted: Wanted) -> Result<Outputs> {
    let mut shape = x.shape().clone();
    shape[axis] = count;
    let total = shape.elements();
    let mut values = vec![T::from_i64(0); total];
    let mut indices = vec![0i64; total];
    let elements = x.values::<T>()?;
    let Cut { blocks, rows, run } = Cut::at(x.shape(), axis);
    let order = |a: &(T, usize), b: &(T, usize)| {
        let by_value = match wanted {
            Wanted::Largest => compared(&b.0, &a.0),
            Wanted::Smallest => compared(&a.0, &b.0),
        };
        by_value.then(a.1.cmp(&b.1))
    };
    let mut lane: Vec<(T, usize)> = Vec::with_capacity(rows);
    let lanes = if total == 0 { 0 } else { blocks * run };
    for number in 0..lanes {
        let (block, offset) = (number / run, number % run);
        lane.clear();
        lane.extend((0..rows).map(|row| (elements[(block * rows + row) * run + offset], row)));
        if count < rows {
            lane.select_nth_unstable_by(count, order);
            lane.truncate(count);
        }
        lane.sort_unstable_by(order);
        for (row, (value, index)) in lane.iter().enumerate() {
            let place = (block * count + row) * run + offset;
            values[place] = *value;
            indices[place] = i64::try_from(*index).unwrap_or(i64::MAX);
        }
    }
    let values = Tensor::from_vec(shape.clone(), values);
    let indices = Tensor::from_vec(shape, indices);
    Ok(Outputs::from_iter([values.into(), indices.into()]))
}

fn non_zero(facts: &Facts<'_>) -> Result<Built> {
    let known = |x: DataType| x.is_number() || matches!(x, DataType::Bool | DataType::String);
    facts.data_type_where(0, known)?;
    let operator = |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let places: Vec<usize> = set(x)?;
        let (rank, count) = (x.rank(), places.len());
        context.room_for(&[rank, count].into(), DataType::I64)?;
        let mut made = vec![0i64; rank * count];
        // From the innermost axis outwards, what is left of a place is divided by each size.
        let mut left = places;
        for axis in (0..rank).rev() {
            let size = x.shape()[axis];
            for (place, index) in left.iter_mut().zip(&mut made[axis * count..]) {
                *index = i64::try_from(*place % size).unwrap_or(i64::MAX);
                *place /= size;
            }
        }
        Ok(one(Tensor::from_vec([rank, count], made)))
    };
    Ok(Built::one(DataType::I64, operator))
}

/// The places of the elements that are not zero, not false and not empty.
fn set(x: &Tensor) -> Result<Vec<usize>> {
    fn places<T>(elements: &[T], is_set: impl Fn(&T) -> bool) -> Vec<usize> {
        let found = elements.iter().enumerate().filter(|(_, x)| is_set(x));
        found.map(|(place, _)| place).collect()
    }
    match x.data_type() {
        DataType::Bool => Ok(places(&x.raw::<u8>(), |&bit| bit != 0)),
        DataType::String => Ok(places(x.strings()?, |text| !text.is_empty())),
        data_type => with_number!(data_type, T => {
            Ok(places(&x.values::<T>()?, |&value| !num_traits::Zero::is_zero(&value)))
        }),
    }
}

fn unique(facts: &Facts<'_>) -> Result<Built> {
    let known = |x: DataType| x.is_number() || matches!(x, DataType::Bool | DataType::String);
    let data_type = facts.data_type_where(0, known)?;
    let axis = facts.int("axis")?;
    let sorted = facts.flag("sorted", true)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let (x, axis) = axis_or_flat(inputs.take(0)?.dense(), axis)?;
        let cut = Cut::at(x.shape(), axis);
        let mut groups = match x.data_type() {
            DataType::Bool => Groups::of(&x.raw::<u8>(), cut),
            DataType::String => Groups::of(x.strings()?, cut),
            data_type => with_number!(data_type, T => Ok(Groups::of(&x.values::<T>()?, cut)))?,
        };
        if !sorted {
            groups.members.sort_by_key(|rows| rows.first().copied());
        }
        let first: Vec<usize> = groups.members.iter().map(|rows| rows[0]).collect();
        let made = take_rows(x, axis, &first)?;
        let mut inverse = vec![0usize; cut.rows];
        for (group, rows) in groups.members.iter().enumerate() {
            rows.iter().for_each(|&row| inverse[row] = group);
        }
        let counts: Vec<usize> = groups.members.iter().map(SmallVec::len).collect();
        let lists = [first, inverse, counts].map(|list| Tensor::from_sizes(&list).into());
        Ok(std::iter::once(made.into()).chain(lists).collect())
    };
    let indices = DataType::I64;
    Ok(Built::new([data_type, indices, indices, indices], operator))
}

/// Rows that are equal, in the order of what they hold; the rows of a group in their own order.
struct Groups {
    members: Vec<SmallVec<[usize; 2]>>,
}

impl Groups {
    fn of<T: PartialOrd>(elements: &[T], cut: Cut) -> Self {
        let Cut { blocks, rows, run } = cut;
        let order = |&a: &usize, &b: &usize| {
            let runs = |row: usize| {
                let blocks = 0..if run == 0 { 0 } else { blocks };
                blocks.flat_map(move |block| &elements[(block * rows + row) * run..][..run])
            };
            let pairs = runs(a).zip(runs(b));
            pairs
                .map(|(a, b)| compared(a, b))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let mut sorted: Vec<usize> = (0..rows).collect();
        sorted.sort_by(order);
        let groups = sorted.chunk_by(|a, b| order(a, b).is_eq());
        Self {
            members: groups.map(SmallVec::from_slice).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_comes_last_and_once() {
        let cut = Cut {
            blocks: 1,
            rows: 4,
            run: 1,
        };
        let groups = Groups::of(&[f32::NAN, 1.0, f32::NAN, -1.0], cut);
        let members: Vec<&[usize]> = groups.members.iter().map(|rows| &rows[..]).collect();
        assert_eq!(members, [&[3][..], &[1], &[0, 2]]);
    }

    #[test]
    fn places_that_are_set() {
        let x = Tensor::from_vec([3], vec![0.0f32, -0.0, f32::NAN]);
        assert_eq!(set(&x).unwrap(), [2]);
        let x = Tensor::from_strings([2], vec![String::new(), "a".to_owned()]);
        assert_eq!(set(&x).unwrap(), [1]);
    }

    #[test]
    fn ties_go_to_the_first() {
        let x = Tensor::from_vec([4], vec![2i32, 3, 3, 2]);
        let outputs = top::<i32>(&x, 0, 3, Wanted::Largest).unwrap();
        assert_eq!(outputs[1].tensor().unwrap().integers().unwrap(), [1, 2, 0]);
    }
}
