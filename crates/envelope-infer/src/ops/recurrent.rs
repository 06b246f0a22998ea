//! Layers that go through sequences step by step: RNN, GRU, LSTM.
//!
//! What a step needs of its input is computed for all steps by one matrix product; each step then
//! needs one product with the state before it ([`cell`]). The two directions of a bidirectional
//! layer run side by side.

mod activation;
mod cell;
mod pass;
mod setup;
mod weights;

use std::ops::Range;

use rayon::prelude::*;

use crate::fault::{Result, fault};
use crate::kernel::is_worth_sharing;
use crate::operator::{Built, Context, Entry, Facts, Inputs, Operator, Outputs};
use crate::ops::wide::{Wide, converted, with_wide};
use crate::shape::Shape;
use crate::tensor::Tensor;

use pass::{Direction, Given, Passed};
use setup::{Kind, Setup};
use weights::{Multiplied, Weights};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("GRU", |facts| build(facts, Kind::Gru)),
    Entry::new("LSTM", |facts| build(facts, Kind::Lstm)),
    Entry::new("RNN", |facts| build(facts, Kind::Rnn)),
];

/// The inputs by name; only the LSTM has the last two.
mod input {
    pub(super) const X: usize = 0;
    pub(super) const W: usize = 1;
    pub(super) const R: usize = 2;
    pub(super) const B: usize = 3;
    pub(super) const LENGTHS: usize = 4;
    pub(super) const INITIAL_H: usize = 5;
    pub(super) const INITIAL_C: usize = 6;
    pub(super) const PEEPHOLES: usize = 7;
}

fn build(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    let floats = [
        input::X,
        input::W,
        input::R,
        input::B,
        input::INITIAL_H,
        input::INITIAL_C,
        input::PEEPHOLES,
    ];
    facts.float(input::X)?;
    let data_type = facts.same_data_type(floats)?;
    if let Some(lengths) = facts.optional_data_type(input::LENGTHS)?
        && !lengths.is_integer()
    {
        return Err(fault!(
            "the lengths of sequences are {lengths}, expected integers"
        ));
    }
    let setup = Setup::new(facts, kind)?;
    let outputs = vec![data_type; 1 + kind.states()];
    with_wide!(data_type, T => Ok(Built::new(outputs, Recurrent::<T> { setup, adopted: None })))
}

/// A layer, computed in `f32` or `f64`.
struct Recurrent<T: Multiplied> {
    setup: Setup,
    adopted: Option<Adopted<T>>,
}

/// Weights that are the same in each run.
struct Adopted<T: Multiplied> {
    shapes: [Shape; 2],
    weights: Vec<Weights<T>>,
}

impl<T: Multiplied> Adopted<T> {
    fn new(setup: &Setup, w: &Tensor, r: &Tensor) -> Result<Self> {
        Ok(Self {
            shapes: [w.shape().clone(), r.shape().clone()],
            weights: Weights::of_directions(setup, w, r)?,
        })
    }
}

impl<T: Multiplied> Operator for Recurrent<T> {
    fn run(&self, inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let made;
        let adopted = if let Some(adopted) = &self.adopted {
            adopted
        } else {
            made = Adopted::new(
                &self.setup,
                inputs.tensor(input::W)?,
                inputs.tensor(input::R)?,
            )?;
            &made
        };
        run(&self.setup, adopted, &inputs, context)
    }

    fn adopt(&mut self, constants: &[Option<&Tensor>]) -> u32 {
        let constant = |number: usize| constants.get(number).copied().flatten();
        let (Some(w), Some(r)) = (constant(input::W), constant(input::R)) else {
            return 0;
        };
        self.adopted = Adopted::new(&self.setup, w, r).ok();
        if self.adopted.is_some() {
            1 << input::W | 1 << input::R
        } else {
            0
        }
    }
}

/// The sizes of a run.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    steps: usize,
    batch: usize,
    input: usize,
    hidden: usize,
    directions: usize,
    /// Whether the batch comes before the steps, and before the directions.
    batch_first: bool,
}

impl Sizes {
    fn of(setup: &Setup, [w, r]: &[Shape; 2], inputs: &Inputs) -> Result<Self> {
        let x = inputs.tensor(input::X)?.shape();
        let (&[first, second, input], &[_, _, hidden]) = (&x[..], &r[..]) else {
            return Err(fault!(
                "found an input {x} with weights {r}, expected three dimensions"
            ));
        };
        let (steps, batch) = if setup.batch_first {
            (second, first)
        } else {
            (first, second)
        };
        if setup.hidden.is_some_and(|stated| stated != hidden) {
            return Err(fault!(
                "`hidden_size` is {:?}, the weights have {hidden}",
                setup.hidden
            ));
        }
        let sizes = Self {
            steps,
            batch,
            input,
            hidden,
            directions: setup.directions.len(),
            batch_first: setup.batch_first,
        };
        sizes.check(setup.kind.gates(), [w, r], inputs)?;
        Ok(sizes)
    }

    fn check(&self, gates: usize, weights: [&Shape; 2], inputs: &Inputs) -> Result<()> {
        let directions = self.directions;
        let rows = |n: usize| {
            n.checked_mul(self.hidden)
                .ok_or_else(|| fault!("{} hidden values are too many", self.hidden))
        };
        let state = self.state_shape();
        let expected: [(usize, Shape); 7] = [
            (input::W, [directions, rows(gates)?, self.input].into()),
            (input::R, [directions, rows(gates)?, self.hidden].into()),
            (input::B, [directions, rows(2 * gates)?].into()),
            (input::LENGTHS, [self.batch].into()),
            (input::INITIAL_H, state.clone()),
            (input::INITIAL_C, state),
            (input::PEEPHOLES, [directions, rows(3)?].into()),
        ];
        for (number, expected) in expected {
            let given = inputs.optional(number)?.map(Tensor::shape);
            let found = match number {
                input::W => Some(weights[0]),
                input::R => Some(weights[1]),
                _ => given,
            };
            if let Some(found) = found.filter(|&found| *found != expected) {
                return Err(fault!(
                    "input {number} has shape {found}, expected {expected}"
                ));
            }
        }
        Ok(())
    }

    fn state_shape(&self) -> Shape {
        if self.batch_first {
            [self.batch, self.directions, self.hidden].into()
        } else {
            [self.directions, self.batch, self.hidden].into()
        }
    }

    fn output_shape(&self) -> Shape {
        if self.batch_first {
            [self.batch, self.steps, self.directions, self.hidden].into()
        } else {
            [self.steps, self.directions, self.batch, self.hidden].into()
        }
    }

    /// Which row of the input is this step of this sequence.
    fn row(&self, step: usize, sequence: usize) -> usize {
        if self.batch_first {
            sequence * self.steps + step
        } else {
            step * self.batch + sequence
        }
    }

    /// Which row of the output is this step of this sequence.
    fn output_row(&self, step: usize, sequence: usize, direction: usize) -> usize {
        if self.batch_first {
            (sequence * self.steps + step) * self.directions + direction
        } else {
            (step * self.directions + direction) * self.batch + sequence
        }
    }

    fn state_row(&self, sequence: usize, direction: usize) -> usize {
        if self.batch_first {
            sequence * self.directions + direction
        } else {
            direction * self.batch + sequence
        }
    }
}

fn run<T: Multiplied>(
    setup: &Setup,
    adopted: &Adopted<T>,
    inputs: &Inputs,
    context: &Context<'_>,
) -> Result<Outputs> {
    let sizes = Sizes::of(setup, &adopted.shapes, inputs)?;
    let data_type = inputs.tensor(input::X)?.data_type();
    let gates = setup.kind.gates();
    let projected = [sizes.steps, sizes.batch, gates, sizes.hidden].into();
    context.room_for(&sizes.output_shape(), data_type)?;
    context.room_for(&projected, data_type)?;
    let given = Given::<T>::new(inputs, &sizes)?;
    let directions: Vec<Direction<'_, T>> = adopted
        .weights
        .iter()
        .enumerate()
        .map(|(number, weights)| Direction::new(setup, sizes, &given, weights, number))
        .collect();
    // Sequences know nothing of each other: each thread takes some of them through all steps.
    let work = projected_work(&sizes, gates);
    let shares = is_worth_sharing(work);
    let parts = if shares {
        rayon::current_num_threads().div_ceil(sizes.directions.max(1))
    } else {
        1
    };
    let share = sizes.batch.div_ceil(parts).max(1);
    let parts: Vec<_> = directions
        .iter()
        .flat_map(|direction| {
            let starts = (0..sizes.batch).step_by(share);
            starts.map(move |first| (direction, first..sizes.batch.min(first + share)))
        })
        .collect();
    let run = |(direction, sequences): (&Direction<'_, T>, Range<usize>)| direction.run(sequences);
    let passed: Vec<Passed<T>> = if shares {
        parts.into_par_iter().map(run).collect()
    } else {
        parts.into_iter().map(run).collect()
    };
    gather(setup.kind, &sizes, passed)
        .into_iter()
        .map(|output| Ok(converted(output, data_type)?.into()))
        .collect()
}

/// Multiplications in the products of states with their weights.
fn projected_work(sizes: &Sizes, gates: usize) -> usize {
    [sizes.batch, sizes.steps, sizes.hidden, gates, sizes.hidden]
        .into_iter()
        .fold(1, usize::saturating_mul)
}

/// Puts the outputs of all directions and sequences where they belong.
fn gather<T: Wide>(kind: Kind, sizes: &Sizes, mut passed: Vec<Passed<T>>) -> Vec<Tensor> {
    let hidden = sizes.hidden;
    let mut y = vec![T::zero(); sizes.output_shape().elements()];
    let mut finals = vec![vec![T::zero(); sizes.state_shape().elements()]; kind.states()];
    for passed in passed.iter_mut().filter(|_| hidden > 0) {
        let Passed {
            direction,
            sequences,
            ..
        } = passed;
        let rows = (0..sizes.steps).flat_map(|step| sequences.clone().map(move |s| (step, s)));
        for ((step, sequence), from) in rows.zip(passed.outputs.chunks_exact(hidden)) {
            let to = sizes.output_row(step, sequence, *direction) * hidden;
            y[to..to + hidden].copy_from_slice(from);
        }
        for (state, to) in [&passed.state.h, &passed.state.c]
            .into_iter()
            .zip(&mut finals)
        {
            for (sequence, from) in sequences.clone().zip(state.chunks_exact(hidden)) {
                let start = sizes.state_row(sequence, *direction) * hidden;
                to[start..start + hidden].copy_from_slice(from);
            }
        }
    }
    let finals = finals.into_iter();
    let finals = finals.map(|state| Tensor::from_vec(sizes.state_shape(), state));
    std::iter::once(Tensor::from_vec(sizes.output_shape(), y))
        .chain(finals)
        .collect()
}
