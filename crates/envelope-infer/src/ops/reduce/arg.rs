//! Where the largest or smallest element along an axis is. No number (NaN) is beyond all numbers
//! either way, as in NumPy.

use std::cmp::Ordering;

use super::Lanes;
use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::tensor::Tensor;

/// Of several that are equal, which one is named.
#[derive(Clone, Copy)]
enum Choice {
    First,
    Last,
}

#[derive(Clone, Copy)]
struct Search {
    axis: i64,
    keeps_dimension: bool,
    wanted: Ordering,
    choice: Choice,
}

pub(super) fn largest(facts: &Facts<'_>) -> Result<Built> {
    search(facts, Ordering::Greater)
}

pub(super) fn smallest(facts: &Facts<'_>) -> Result<Built> {
    search(facts, Ordering::Less)
}

fn search(facts: &Facts<'_>, wanted: Ordering) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    let last = facts.flag("select_last_index", false)?;
    let search = Search {
        axis: facts.int_or("axis", 0)?,
        keeps_dimension: facts.flag("keepdims", true)?,
        wanted,
        choice: if last { Choice::Last } else { Choice::First },
    };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        Ok(one(search.run(x, context)?))
    };
    Ok(Built::one(DataType::I64, operator))
}

impl Search {
    fn run(self, x: &Tensor, context: &Context<'_>) -> Result<Tensor> {
        if x.rank() == 0 && matches!(self.axis, 0 | -1) {
            return Ok(Tensor::scalar(0i64));
        }
        let axis = x.shape().axis(self.axis)?;
        let mut shape = x.shape().clone();
        shape[axis] = 1;
        context.room_for(&shape, DataType::I64)?;
        let lanes = Lanes::along(x.shape(), axis);
        if lanes.length == 0 && lanes.count() > 0 {
            return Err(fault!("axis {axis} of shape {} is empty", x.shape()));
        }
        let found = with_number!(x.data_type(), T => {
            Ok::<_, crate::fault::Fault>(self.places(&x.values::<T>()?, lanes))
        })?;
        let found = Tensor::from_vec(shape.clone(), found);
        if self.keeps_dimension {
            return Ok(found);
        }
        let kept = (0..shape.rank()).filter(|&i| i != axis);
        found.reshaped(kept.map(|i| shape[i]).collect::<crate::shape::Shape>())
    }

    fn places<T: Number>(self, values: &[T], lanes: Lanes) -> Vec<i64> {
        let mut places = vec![0i64; lanes.count()];
        if lanes.length == 0 || lanes.inner == 0 {
            return places;
        }
        let lane_blocks = values.chunks_exact(lanes.length * lanes.inner);
        for (block, places) in lane_blocks.zip(places.chunks_exact_mut(lanes.inner)) {
            let (first, rest) = block.split_at(lanes.inner);
            let mut best = first.to_vec();
            for (place, row) in (1i64..).zip(rest.chunks_exact(lanes.inner)) {
                for ((best, to), &value) in best.iter_mut().zip(&mut *places).zip(row) {
                    if self.replaces(*best, value) {
                        *best = value;
                        *to = place;
                    }
                }
            }
        }
        places
    }

    /// Whether a later value takes the place of the best one so far.
    fn replaces<T: Number>(self, best: T, value: T) -> bool {
        match value.partial_cmp(&best) {
            Some(Ordering::Equal) => matches!(self.choice, Choice::Last),
            Some(order) => order == self.wanted,
            None => {
                let is_number = |v: T| v.partial_cmp(&v).is_some();
                match (is_number(best), is_number(value)) {
                    (false, false) => matches!(self.choice, Choice::Last),
                    (best, _) => best,
                }
            }
        }
    }
}
