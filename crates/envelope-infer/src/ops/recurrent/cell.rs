//! What one step does with the state: the equations of RNN, GRU and LSTM.
//!
//! The gates of a sequence lie in a row, in the order of the standard: z r h for the GRU, i o f c
//! for the LSTM. They come with what the input gives them and leave as what they are used for.

use super::activation::{Activation, clamped};
use super::setup::Kind;
use super::weights::Multiplied;
use crate::ops::wide::Wide;

/// What goes from step to step: a row of each for each sequence. Only the LSTM has cells.
#[derive(Clone, Debug)]
pub(super) struct State<T> {
    pub(super) h: Vec<T>,
    pub(super) c: Vec<T>,
}

impl<T: Wide> State<T> {
    pub(super) fn copy_row(&mut self, from: &Self, row: usize, hidden: usize) {
        let range = row * hidden..(row + 1) * hidden;
        self.h[range.clone()].copy_from_slice(&from.h[range.clone()]);
        self.c[range.clone()].copy_from_slice(&from.c[range]);
    }
}

/// The parameters of a step.
pub(super) struct Cell<'a, T: Multiplied> {
    pub(super) kind: Kind,
    pub(super) hidden: usize,
    /// What states are multiplied with.
    pub(super) weights: &'a [T::Packed],
    pub(super) activations: &'a [Activation],
    pub(super) clip: Option<T>,
    /// GRU: the bias that the reset gate is applied to as well.
    pub(super) late_bias: &'a [T],
    pub(super) linear_before_reset: bool,
    pub(super) input_forget: bool,
    /// LSTM: a row each for the gates i, o, f.
    pub(super) peepholes: Option<&'a [T]>,
}

impl<T: Multiplied> Cell<'_, T> {
    pub(super) fn step(&self, gates: &mut [T], state: &mut State<T>) {
        match self.kind {
            Kind::Rnn => self.step_rnn(gates, state),
            Kind::Lstm => self.step_lstm(gates, state),
            Kind::Gru if self.linear_before_reset => self.step_gru_linear(gates, state),
            Kind::Gru => self.step_gru(gates, state),
        }
    }

    /// Adds the products of the states with some of the weights.
    fn add_products(&self, part: usize, states: &[T], to: &mut [T]) {
        if let Some(weights) = self.weights.get(part) {
            T::add_products(states, weights, to);
        }
    }

    /// The products of the states with the weights of so many gates.
    fn products(&self, part: usize, states: &[T], gates: usize) -> Vec<T> {
        let mut products = vec![T::zero(); states.len() * gates];
        self.add_products(part, states, &mut products);
        products
    }

    fn activate(&self, number: usize, values: &mut [T]) {
        if let Some(clip) = self.clip {
            for value in &mut *values {
                *value = clamped(*value, -clip, clip);
            }
        }
        self.activations[number].apply(values);
    }

    fn step_rnn(&self, gates: &mut [T], state: &mut State<T>) {
        self.add_products(0, &state.h, gates);
        self.activate(0, gates);
        state.h.copy_from_slice(gates);
    }

    fn step_gru(&self, gates: &mut [T], state: &mut State<T>) {
        let hidden = self.hidden;
        let added = self.products(0, &state.h, 2);
        let mut reset = state.h.clone();
        let rows = gates.chunks_exact_mut(3 * hidden);
        let rows = rows.zip(added.chunks_exact(2 * hidden));
        for ((row, added), reset) in rows.zip(reset.chunks_exact_mut(hidden)) {
            let z_and_r = &mut row[..2 * hidden];
            add(z_and_r, added);
            self.activate(0, z_and_r);
            multiply(reset, &z_and_r[hidden..]);
        }
        let added = self.products(1, &reset, 1);
        let rows = gates.chunks_exact_mut(3 * hidden);
        let rows = rows.zip(added.chunks_exact(hidden));
        for ((row, added), h) in rows.zip(state.h.chunks_exact_mut(hidden)) {
            let (z_and_r, candidate) = row.split_at_mut(2 * hidden);
            add(candidate, added);
            self.activate(1, candidate);
            blend(h, &z_and_r[..hidden], candidate);
        }
    }

    fn step_gru_linear(&self, gates: &mut [T], state: &mut State<T>) {
        let hidden = self.hidden;
        let mut added = self.products(0, &state.h, 3);
        let rows = gates.chunks_exact_mut(3 * hidden);
        let rows = rows.zip(added.chunks_exact_mut(3 * hidden));
        for ((row, added), h) in rows.zip(state.h.chunks_exact_mut(hidden)) {
            let (z_and_r, candidate) = row.split_at_mut(2 * hidden);
            let (added, late) = added.split_at_mut(2 * hidden);
            add(z_and_r, added);
            self.activate(0, z_and_r);
            if !self.late_bias.is_empty() {
                add(late, self.late_bias);
            }
            multiply(late, &z_and_r[hidden..]);
            add(candidate, late);
            self.activate(1, candidate);
            blend(h, &z_and_r[..hidden], candidate);
        }
    }

    fn step_lstm(&self, gates: &mut [T], state: &mut State<T>) {
        let hidden = self.hidden;
        self.add_products(0, &state.h, gates);
        let states = state.h.chunks_exact_mut(hidden);
        let states = states.zip(state.c.chunks_exact_mut(hidden));
        for (row, (h, c)) in gates.chunks_exact_mut(4 * hidden).zip(states) {
            self.step_lstm_row(row, h, c);
        }
    }

    fn step_lstm_row(&self, row: &mut [T], h: &mut [T], c: &mut [T]) {
        let hidden = self.hidden;
        if let Some(peepholes) = self.peepholes {
            add_product(&mut row[..hidden], &peepholes[..hidden], c);
            add_product(
                &mut row[2 * hidden..3 * hidden],
                &peepholes[2 * hidden..],
                c,
            );
            self.activate(0, &mut row[..hidden]);
            self.activate(0, &mut row[2 * hidden..3 * hidden]);
        } else {
            self.activate(0, &mut row[..3 * hidden]);
        }
        let (i_and_o, f_and_c) = row.split_at_mut(2 * hidden);
        let (input, output) = i_and_o.split_at_mut(hidden);
        let (forget, candidate) = f_and_c.split_at_mut(hidden);
        self.activate(1, candidate);
        if self.input_forget {
            for (forget, &input) in forget.iter_mut().zip(&*input) {
                *forget = T::one() - input;
            }
        }
        multiply(c, forget);
        add_product(c, input, candidate);
        if let Some(peepholes) = self.peepholes {
            add_product(output, &peepholes[hidden..2 * hidden], c);
            self.activate(0, output);
        }
        h.copy_from_slice(c);
        // Others cut the gates only, and so models are made for that.
        self.activations[2].apply(h);
        multiply(h, output);
    }
}

fn add<T: Wide>(to: &mut [T], values: &[T]) {
    for (to, &value) in to.iter_mut().zip(values) {
        *to += value;
    }
}

fn multiply<T: Wide>(to: &mut [T], values: &[T]) {
    for (to, &value) in to.iter_mut().zip(values) {
        *to *= value;
    }
}

fn add_product<T: Wide>(to: &mut [T], a: &[T], b: &[T]) {
    for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
        *to += a * b;
    }
}

/// The state moves to the candidate as far as the update gate is open.
fn blend<T: Wide>(h: &mut [T], update: &[T], candidate: &[T]) {
    for ((h, &z), &candidate) in h.iter_mut().zip(update).zip(candidate) {
        *h = (T::one() - z) * candidate + z * *h;
    }
}
