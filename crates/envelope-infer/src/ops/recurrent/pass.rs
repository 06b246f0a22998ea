//! One direction of a layer through all steps.

use std::ops::Range;

use super::cell::{Cell, State};
use super::setup::{Kind, Setup};
use super::weights::{Multiplied, Weights};
use super::{Sizes, input};
use crate::fault::{Result, fault};
use crate::operator::Inputs;
use crate::ops::wide::{Wide, widened};

/// The inputs of a run but for the weights, in the type that it is computed in.
pub(super) struct Given<T> {
    x: Vec<T>,
    b: Option<Vec<T>>,
    initial_h: Option<Vec<T>>,
    initial_c: Option<Vec<T>>,
    peepholes: Option<Vec<T>>,
    /// The steps of each sequence.
    lengths: Vec<usize>,
}

impl<T: Wide> Given<T> {
    pub(super) fn new(inputs: &Inputs, sizes: &Sizes) -> Result<Self> {
        let values = |number: usize| -> Result<Option<Vec<T>>> {
            let tensor = inputs.optional(number)?.cloned();
            tensor.map(|tensor| widened(tensor)?.into_vec()).transpose()
        };
        let steps = sizes.steps;
        let length = |length: i64| {
            let length = usize::try_from(length).ok();
            length.filter(|&length| length <= steps)
        };
        let lengths = match inputs.optional(input::LENGTHS)? {
            None => vec![steps; sizes.batch],
            Some(lengths) => lengths
                .integers()?
                .into_iter()
                .map(|given| {
                    length(given)
                        .ok_or_else(|| fault!("a sequence of {given} steps, expected 0 to {steps}"))
                })
                .collect::<Result<_>>()?,
        };
        Ok(Self {
            x: widened(inputs.tensor(input::X)?.clone())?.into_vec()?,
            b: values(input::B)?,
            initial_h: values(input::INITIAL_H)?,
            initial_c: values(input::INITIAL_C)?,
            peepholes: values(input::PEEPHOLES)?,
            lengths,
        })
    }
}

/// What a direction makes of some sequences.
pub(super) struct Passed<T> {
    pub(super) direction: usize,
    pub(super) sequences: Range<usize>,
    /// For each step, a row for each sequence.
    pub(super) outputs: Vec<T>,
    pub(super) state: State<T>,
}

/// One direction, ready to run.
pub(super) struct Direction<'a, T: Multiplied> {
    sizes: Sizes,
    number: usize,
    cell: Cell<'a, T>,
    is_reverse: bool,
    /// What the gates get from the input and the biases: a row for each row of the input.
    projected: Vec<T>,
    given: &'a Given<T>,
}

impl<'a, T: Multiplied> Direction<'a, T> {
    pub(super) fn new(
        setup: &'a Setup,
        sizes: Sizes,
        given: &'a Given<T>,
        weights: &'a Weights<T>,
        number: usize,
    ) -> Self {
        let (gates, hidden) = (setup.kind.gates(), sizes.hidden);
        let of_direction = |values: &'a [T], rows: usize| {
            let start = number * rows * hidden;
            &values[start..start + rows * hidden]
        };
        let mut projected = vec![T::zero(); sizes.steps * sizes.batch * gates * hidden];
        let mut late_bias: &[T] = &[];
        if let Some(b) = &given.b {
            late_bias = put_biases(setup, of_direction(b, 2 * gates), &mut projected);
        }
        T::add_many_products(&given.x, &weights.of_input, &mut projected);
        let peepholes = given.peepholes.as_deref();
        let cell = Cell {
            kind: setup.kind,
            hidden,
            weights: &weights.of_state,
            activations: &setup.directions[number].activations,
            clip: setup.clip.map(|clip| T::from_f64(clip.into())),
            late_bias,
            linear_before_reset: setup.linear_before_reset,
            input_forget: setup.input_forget,
            peepholes: peepholes.map(|values| of_direction(values, 3)),
        };
        Self {
            sizes,
            number,
            cell,
            is_reverse: setup.directions[number].is_reverse,
            projected,
            given,
        }
    }

    /// Takes some sequences through all steps.
    pub(super) fn run(&self, sequences: Range<usize>) -> Passed<T> {
        let (steps, hidden) = (self.sizes.steps, self.sizes.hidden);
        let count = sequences.len();
        let lengths = &self.given.lengths[sequences.clone()];
        let mut state = State {
            h: self.initial(self.given.initial_h.as_deref(), &sequences),
            c: self.initial(self.given.initial_c.as_deref(), &sequences),
        };
        let mut outputs = vec![T::zero(); steps * count * hidden];
        let width = self.cell.kind.gates() * hidden;
        let mut gates = vec![T::zero(); count * width];
        let shortest = lengths.iter().copied().min().unwrap_or(0);
        let longest = lengths.iter().copied().max().unwrap_or(0);
        for step in 0..if hidden == 0 { 0 } else { longest } {
            for (i, to) in gates.chunks_exact_mut(width).enumerate() {
                if let Some(time) = self.time(step, lengths[i]) {
                    let row = self.sizes.row(time, sequences.start + i);
                    to.copy_from_slice(&self.projected[row * width..(row + 1) * width]);
                }
            }
            // Sequences that have ended keep their states: these are put back afterwards.
            let kept = (step >= shortest).then(|| state.clone());
            self.cell.step(&mut gates, &mut state);
            if let Some(kept) = kept {
                for i in (0..count).filter(|&i| step >= lengths[i]) {
                    state.copy_row(&kept, i, hidden);
                }
            }
            for (i, from) in state.h.chunks_exact(hidden).enumerate() {
                if let Some(time) = self.time(step, lengths[i]) {
                    let row = time * count + i;
                    outputs[row * hidden..(row + 1) * hidden].copy_from_slice(from);
                }
            }
        }
        Passed {
            direction: self.number,
            sequences,
            outputs,
            state,
        }
    }

    /// The step of the input that a sequence is at after so many steps, unless it has ended.
    fn time(&self, step: usize, length: usize) -> Option<usize> {
        let left = length.checked_sub(step + 1)?;
        Some(if self.is_reverse { left } else { step })
    }

    fn initial(&self, given: Option<&[T]>, sequences: &Range<usize>) -> Vec<T> {
        let hidden = self.sizes.hidden;
        let mut state = vec![T::zero(); sequences.len() * hidden];
        if let Some(given) = given {
            for (sequence, to) in sequences.clone().zip(state.chunks_exact_mut(hidden.max(1))) {
                let start = self.sizes.state_row(sequence, self.number) * hidden;
                to.copy_from_slice(&given[start..start + hidden]);
            }
        }
        state
    }
}

/// Puts the biases into all rows, but for those that are added after the reset gate: they come back.
fn put_biases<'a, T: Wide>(setup: &Setup, b: &'a [T], rows: &mut [T]) -> &'a [T] {
    let (of_input, of_state) = b.split_at(b.len() / 2);
    let late = if setup.kind == Kind::Gru && setup.linear_before_reset {
        of_input.len() / 3 * 2
    } else {
        of_input.len()
    };
    let sum = of_input.iter().zip(of_state).map(|(&a, &b)| a + b);
    let mut sum: Vec<T> = sum.collect();
    sum[late..].copy_from_slice(&of_input[late..]);
    for row in rows.chunks_exact_mut(sum.len().max(1)) {
        row.copy_from_slice(&sum);
    }
    &of_state[late..]
}
