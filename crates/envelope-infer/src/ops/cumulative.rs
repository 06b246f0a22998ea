//! Running sums and products along an axis.

use crate::data_type::DataType;
use crate::element::{Number, Real, with_float, with_integer};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::ops::reduce::Lanes;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("CumProd", 26, |facts| cumulative(facts, Kind::Product)),
    Entry::since("CumSum", 11, |facts| cumulative(facts, Kind::Sum)),
];

#[derive(Clone, Copy)]
enum Kind {
    Sum,
    Product,
}

#[derive(Clone, Copy)]
struct Running {
    kind: Kind,
    /// Whether each result leaves out the element at its own place.
    exclusive: bool,
    /// Whether it runs from the end of the axis.
    reverse: bool,
}

fn cumulative(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    let running = Running {
        kind,
        exclusive: facts.flag("exclusive", false)?,
        reverse: facts.flag("reverse", false)?,
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let axis = inputs.tensor(1)?.integer()?;
        if x.rank() == 0 {
            return Err(fault!("a scalar has no axis {axis}"));
        }
        let lanes = Lanes::along(x.shape(), x.shape().axis(axis)?);
        Ok(one(match x.data_type() {
            data_type if data_type.is_float() => {
                with_float!(data_type, T => running.float::<T>(x, lanes))?
            }
            data_type => with_integer!(data_type, T => running.integer::<T>(x, lanes))?,
        }))
    };
    Ok(Built::one(data_type, operator))
}

impl Running {
    fn float<T: Real>(self, x: &Tensor, lanes: Lanes) -> Result<Tensor> {
        use num_traits::{One as _, Zero as _};
        let values = x.values::<T>()?;
        let ran = match self.kind {
            Kind::Sum => self.run(&values, lanes, T::Wide::zero(), |so_far, v: T| {
                so_far + v.widen()
            }),
            Kind::Product => self.run(&values, lanes, T::Wide::one(), |so_far, v: T| {
                so_far * v.widen()
            }),
        };
        let narrow = ran.into_iter().map(T::narrow).collect();
        Ok(Tensor::from_vec(x.shape().clone(), narrow))
    }

    /// In 64 bits, of which those that the type has are right whatever overflows.
    fn integer<T: Number>(self, x: &Tensor, lanes: Lanes) -> Result<Tensor> {
        let values = x.values::<T>()?;
        let ran = match self.kind {
            Kind::Sum => self.run(&values, lanes, 0i64, |so_far, v: T| {
                so_far.wrapping_add(v.to_i64())
            }),
            Kind::Product => self.run(&values, lanes, 1i64, |so_far, v: T| {
                so_far.wrapping_mul(v.to_i64())
            }),
        };
        let narrow = ran.into_iter().map(T::from_i64).collect();
        Ok(Tensor::from_vec(x.shape().clone(), narrow))
    }

    fn run<T: Copy, A: Copy>(
        self,
        values: &[T],
        lanes: Lanes,
        start: A,
        function: impl Fn(A, T) -> A,
    ) -> Vec<A> {
        let mut ran = vec![start; values.len()];
        if lanes.length == 0 || lanes.inner == 0 {
            return ran;
        }
        let block = lanes.length * lanes.inner;
        for (values, ran) in values.chunks_exact(block).zip(ran.chunks_exact_mut(block)) {
            let mut so_far = vec![start; lanes.inner];
            for step in 0..lanes.length {
                let row = if self.reverse {
                    lanes.length - 1 - step
                } else {
                    step
                };
                let places = row * lanes.inner..(row + 1) * lanes.inner;
                let rows = values[places.clone()].iter().zip(&mut ran[places]);
                for ((&value, to), so_far) in rows.zip(&mut so_far) {
                    let next = function(*so_far, value);
                    *to = if self.exclusive { *so_far } else { next };
                    *so_far = next;
                }
            }
        }
        ran
    }
}
