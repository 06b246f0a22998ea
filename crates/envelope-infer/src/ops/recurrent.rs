//! Layers that go through sequences step by step: RNN, GRU, LSTM.
//!
//! What a step needs of its input is computed for all steps by one matrix product; each step then
//! needs one product with the state before it ([`cell`]). The two directions of a bidirectional
//! layer run side by side.

mod activation;
mod cell;
mod pass;
mod setup;

use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs};
use crate::ops::wide::{Wide, converted, widened, with_wide};
use crate::shape::Shape;
use crate::tensor::Tensor;

use pass::{Parameters, Pass};
use setup::{Kind, Setup};

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
    let recurrence = match facts.constant(input::R) {
        Some(r) => Some(pass::transposed_recurrence(&widened(r.clone())?)?),
        None => None,
    };
    let states = if kind == Kind::Lstm { 2 } else { 1 };
    let operator = move |inputs: Inputs, context: &Context<'_>| with_wide!(data_type, T => run::<T>(&setup, recurrence.as_deref(), &inputs, context));
    Ok(Built::new(vec![data_type; 1 + states], operator))
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
    fn of(setup: &Setup, inputs: &Inputs) -> Result<Self> {
        let x = inputs.tensor(input::X)?.shape();
        let r = inputs.tensor(input::R)?.shape();
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
        sizes.check(setup.kind.gates(), inputs)?;
        Ok(sizes)
    }

    fn check(&self, gates: usize, inputs: &Inputs) -> Result<()> {
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
            if let Some(tensor) = inputs.optional(number)?
                && *tensor.shape() != expected
            {
                let found = tensor.shape();
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

    /// Which row of the output a row of a direction becomes.
    fn output_row(&self, row: usize, direction: usize) -> usize {
        if self.batch_first {
            row * self.directions + direction
        } else {
            let (step, sequence) = (row / self.batch, row % self.batch);
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

fn run<T: Wide>(
    setup: &Setup,
    recurrence: Option<&[Tensor]>,
    inputs: &Inputs,
    context: &Context<'_>,
) -> Result<Outputs> {
    let sizes = Sizes::of(setup, inputs)?;
    let data_type = inputs.tensor(input::X)?.data_type();
    context.room_for(&sizes.output_shape(), data_type)?;
    let gates = setup.kind.gates();
    context.room_for(
        &[sizes.steps, sizes.batch, gates, sizes.hidden].into(),
        data_type,
    )?;
    let parameters = Parameters::<T>::new(inputs, recurrence)?;
    let pass =
        |direction: usize| Pass::new(setup, sizes, &parameters, direction).and_then(Pass::run);
    let passes = if sizes.directions == 2 {
        let (forward, backward) = rayon::join(|| pass(0), || pass(1));
        vec![forward?, backward?]
    } else {
        vec![pass(0)?]
    };
    gather(setup.kind, &sizes, passes)?
        .into_iter()
        .map(|output| Ok(converted(output, data_type)?.into()))
        .collect()
}

/// Puts the outputs of the directions side by side.
fn gather<T: Wide>(
    kind: Kind,
    sizes: &Sizes,
    mut passes: Vec<pass::Passed<T>>,
) -> Result<Vec<Tensor>> {
    let states = if kind == Kind::Lstm { 2 } else { 1 };
    if sizes.directions == 1 {
        let Some(only) = passes.pop() else {
            return Err(fault!("a layer without directions"));
        };
        let mut outputs = vec![Tensor::from_vec(sizes.output_shape(), only.outputs)];
        let finals = [only.h, only.c].into_iter().take(states);
        outputs.extend(finals.map(|state| Tensor::from_vec(sizes.state_shape(), state)));
        return Ok(outputs);
    }
    let hidden = sizes.hidden;
    let zeros = |shape: &Shape| vec![T::from_f64(0.0); shape.elements()];
    let mut y = zeros(&sizes.output_shape());
    let mut finals = vec![zeros(&sizes.state_shape()); states];
    for (direction, passed) in passes.iter().enumerate().filter(|_| hidden > 0) {
        for (row, from) in passed.outputs.chunks_exact(hidden).enumerate() {
            let to = sizes.output_row(row, direction) * hidden;
            y[to..to + hidden].copy_from_slice(from);
        }
        for (state, to) in [&passed.h, &passed.c].into_iter().zip(&mut finals) {
            for (sequence, from) in state.chunks_exact(hidden).enumerate() {
                let start = sizes.state_row(sequence, direction) * hidden;
                to[start..start + hidden].copy_from_slice(from);
            }
        }
    }
    let finals = finals
        .into_iter()
        .map(|state| Tensor::from_vec(sizes.state_shape(), state));
    Ok(std::iter::once(Tensor::from_vec(sizes.output_shape(), y))
        .chain(finals)
        .collect())
}
