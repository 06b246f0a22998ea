//! Elements put at indices.

use super::gather::{Coordinates, element_places, row_of};
use super::moving::Cut;
use crate::data_type::DataType;
use crate::element::{Number, with_number, with_size};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Scatter", 9, scatter_elements),
    Entry::since("ScatterElements", 11, scatter_elements),
    Entry::since("ScatterND", 11, scatter_nd),
    Entry::since("TensorScatter", 24, tensor_scatter),
];

/// What becomes of the element that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reduction {
    Replace,
    Add,
    Multiply,
    Maximum,
    Minimum,
}

impl Reduction {
    fn of(facts: &Facts<'_>) -> Result<Self> {
        let since = |version, reduction| {
            if facts.version() >= version {
                Ok(reduction)
            } else {
                Err(fault!("reductions are there since version {version}"))
            }
        };
        let reduction = match facts.text_or("reduction", "none")? {
            "none" => Self::Replace,
            "add" => since(16, Self::Add)?,
            "mul" => since(16, Self::Multiply)?,
            "max" => since(18, Self::Maximum)?,
            "min" => since(18, Self::Minimum)?,
            other => return Err(fault!("reduction `{other}` is not supported")),
        };
        if reduction != Self::Replace {
            facts.data_type_where(0, |x| x.is_number() || x == DataType::Bool)?;
        }
        Ok(reduction)
    }

    fn apply<T: Number>(self, old: T, new: T) -> T {
        // What is not a number stays so.
        #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
        let is_nan = new != new;
        match self {
            Self::Replace => new,
            Self::Add => old.plus(new),
            Self::Multiply => old.times(new),
            Self::Maximum if is_nan || new > old => new,
            Self::Minimum if is_nan || new < old => new,
            Self::Maximum | Self::Minimum => old,
        }
    }

    /// For booleans, of which adding is "or" and multiplying "and".
    fn apply_to_flags(self, old: u8, new: u8) -> u8 {
        match self {
            Self::Replace => new,
            Self::Add | Self::Maximum => old | new,
            Self::Multiply | Self::Minimum => old & new,
        }
    }
}

/// Arithmetic that wraps around for integers.
trait Wrapping: Sized {
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
}

impl<T: Number> Wrapping for T {
    fn plus(self, other: Self) -> Self {
        if T::TYPE.is_integer() {
            T::from_i64(self.to_i64().wrapping_add(other.to_i64()))
        } else {
            self + other
        }
    }

    fn times(self, other: Self) -> Self {
        if T::TYPE.is_integer() {
            T::from_i64(self.to_i64().wrapping_mul(other.to_i64()))
        } else {
            self * other
        }
    }
}

/// Runs of updates and where each goes.
struct Places {
    starts: Vec<usize>,
    run: usize,
}

impl Places {
    fn write<T: Clone>(&self, data: &mut [T], updates: &[T], combine: impl Fn(&T, &T) -> T) {
        for (i, &start) in self.starts.iter().enumerate() {
            let updates = &updates[i * self.run..][..self.run];
            for (old, new) in data[start..][..self.run].iter_mut().zip(updates) {
                *old = combine(old, new);
            }
        }
    }

    fn replace<T: Clone>(&self, data: &mut [T], updates: &[T]) {
        for (i, &start) in self.starts.iter().enumerate() {
            let updates = &updates[i * self.run..][..self.run];
            data[start..][..self.run].clone_from_slice(updates);
        }
    }
}

/// The data with the updates in their places, in the data's memory if nobody else holds it.
fn scattered(
    data: Tensor,
    updates: &Tensor,
    places: &Places,
    reduction: Reduction,
) -> Result<Tensor> {
    let (data_type, shape) = (data.data_type(), data.shape().clone());
    if updates.data_type() != data_type {
        return Err(fault!("updates have elements of {}", updates.data_type()));
    }
    if updates.elements() == 0 {
        return Ok(data);
    }
    match (data_type, reduction) {
        (DataType::String, _) => {
            let mut strings = data.strings()?.to_vec();
            places.replace(&mut strings, updates.strings()?);
            Ok(Tensor::from_strings(shape, strings))
        }
        (_, Reduction::Replace) => with_size!(data_type, T => {
            let mut values = data.into_raw::<T>();
            places.replace(&mut values, &updates.raw::<T>());
            Ok(Tensor::from_raw(data_type, shape, values))
        }),
        (DataType::Bool, _) => {
            let mut values = data.into_raw::<u8>();
            let combine = |old: &u8, new: &u8| reduction.apply_to_flags(*old, *new);
            places.write(&mut values, &updates.raw(), combine);
            Ok(Tensor::from_raw(data_type, shape, values))
        }
        _ => with_number!(data_type, T => {
            let mut values = data.into_vec::<T>()?;
            let combine = |old: &T, new: &T| reduction.apply(*old, *new);
            places.write(&mut values, &updates.values::<T>()?, combine);
            Ok(Tensor::from_vec(shape, values))
        }),
    }
}

fn scatter_elements(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 2])?;
    let axis = facts.int_or("axis", 0)?;
    let reduction = Reduction::of(facts)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let data = inputs.take(0)?;
        let (indices, updates) = (inputs.tensor(1)?, inputs.tensor(2)?);
        if indices.shape() != updates.shape() {
            return Err(fault!(
                "indices of shape {} and updates of shape {} differ",
                indices.shape(),
                updates.shape()
            ));
        }
        let axis = data.shape().axis(axis)?;
        let places = Places {
            starts: element_places(indices, data.shape(), axis)?,
            run: 1,
        };
        Ok(one(scattered(data, updates, &places, reduction)?))
    };
    Ok(Built::one(data_type, operator))
}

fn scatter_nd(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 2])?;
    let reduction = Reduction::of(facts)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let data = inputs.take(0)?;
        let updates = inputs.tensor(2)?;
        let found = Coordinates::of(inputs.tensor(1)?, data.shape(), 0)?;
        if found.shape != *updates.shape() {
            return Err(fault!(
                "updates have shape {}, expected {}",
                updates.shape(),
                found.shape
            ));
        }
        let places = Places {
            starts: found.starts,
            run: found.run,
        };
        Ok(one(scattered(data, updates, &places, reduction)?))
    };
    Ok(Built::one(data_type, operator))
}

/// Where a row goes that comes after the last one.
#[derive(Clone, Copy)]
enum Beyond {
    Refused,
    FromTheStart,
}

fn tensor_scatter(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 1])?;
    let axis = facts.int_or("axis", -2)?;
    let beyond = match facts.text_or("mode", "linear")? {
        "linear" => Beyond::Refused,
        "circular" => Beyond::FromTheStart,
        other => return Err(fault!("mode `{other}` is not supported")),
    };
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let cache = inputs.take(0)?;
        let update = inputs.tensor(1)?;
        let axis = cache.shape().axis(axis)?;
        let first = inputs.optional(2)?.map(Tensor::integers).transpose()?;
        let mut expected = cache.shape().clone();
        if axis == 0 || update.rank() != cache.rank() {
            return Err(fault!("axis {axis} of {} cannot be written", cache.shape()));
        }
        expected[axis] = update.shape()[axis];
        let batches = expected[0];
        let first = first.unwrap_or_else(|| vec![0; batches]);
        if expected != *update.shape() || first.len() != batches {
            return Err(fault!(
                "an update of shape {} with {} indices does not fit shape {}",
                update.shape(),
                first.len(),
                cache.shape()
            ));
        }
        if update.elements() == 0 {
            return Ok(one(cache));
        }
        let (to, from) = (Cut::at(cache.shape(), axis), Cut::at(update.shape(), axis));
        let mut starts = Vec::with_capacity(to.blocks * from.rows);
        for block in 0..to.blocks {
            let first = first[block / (to.blocks / batches)];
            for row in 0..from.rows {
                let row = written_row(first, row, to.rows, beyond)?;
                starts.push((block * to.rows + row) * to.run);
            }
        }
        let places = Places {
            starts,
            run: to.run,
        };
        Ok(one(scattered(cache, update, &places, Reduction::Replace)?))
    };
    Ok(Built::one(data_type, operator))
}

fn written_row(first: i64, row: usize, rows: usize, beyond: Beyond) -> Result<usize> {
    let size = i64::try_from(rows).unwrap_or(i64::MAX);
    let row = i64::try_from(row).unwrap_or(i64::MAX).checked_add(first);
    let row = row.filter(|&row| row >= 0 && size > 0);
    let row = row.ok_or_else(|| fault!("write index {first} is not among {rows}"))?;
    match beyond {
        Beyond::Refused => row_of(row, rows),
        Beyond::FromTheStart => row_of(row % size, rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reductions_combine() {
        assert_eq!(Reduction::Add.apply(200u8, 100), 44);
        assert_eq!(Reduction::Multiply.apply(i64::MAX, 2), -2);
        assert!(Reduction::Maximum.apply(1.0f32, 2.0) > 1.5);
        assert!(Reduction::Maximum.apply(1.0f32, f32::NAN).is_nan());
        assert!(Reduction::Minimum.apply(f32::NAN, 1.0).is_nan());
        assert_eq!(Reduction::Multiply.apply_to_flags(1, 0), 0);
    }

    #[test]
    fn rows_beyond_the_last_one() {
        assert_eq!(written_row(2, 3, 4, Beyond::FromTheStart).unwrap(), 1);
        assert!(written_row(2, 3, 4, Beyond::Refused).is_err());
        assert!(written_row(-1, 0, 4, Beyond::FromTheStart).is_err());
        assert!(written_row(i64::MAX, 1, 4, Beyond::FromTheStart).is_err());
        assert!(written_row(0, 0, 0, Beyond::FromTheStart).is_err());
    }
}
