//! One direction of a layer through all steps.

use std::borrow::Cow;

use burn_backend::ops::FloatTensorOps as _;
use burn_dispatch::DispatchTensor;

use super::cell::{Cell, State};
use super::setup::{Kind, Setup};
use super::{Sizes, input};
use crate::burn_tensor::B;
use crate::fault::{Result, fault};
use crate::operator::Inputs;
use crate::ops::shape::permuted;
use crate::ops::wide::{Wide, product, widened};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The inputs of a run, in the type that it is computed in.
pub(super) struct Parameters<'a, T: Wide> {
    x: Tensor,
    w: Tensor,
    /// `[hidden, gates * hidden]` for each direction.
    recurrence: Cow<'a, [Tensor]>,
    b: Option<Vec<T>>,
    initial_h: Option<Vec<T>>,
    initial_c: Option<Vec<T>>,
    peepholes: Option<Vec<T>>,
    lengths: Option<Vec<i64>>,
}

impl<'a, T: Wide> Parameters<'a, T> {
    pub(super) fn new(inputs: &Inputs, recurrence: Option<&'a [Tensor]>) -> Result<Self> {
        let values = |number: usize| -> Result<Option<Vec<T>>> {
            let tensor = inputs.optional(number)?.cloned();
            tensor.map(|tensor| widened(tensor)?.into_vec()).transpose()
        };
        let recurrence = if let Some(known) = recurrence {
            Cow::Borrowed(known)
        } else {
            let r = widened(inputs.tensor(input::R)?.clone())?;
            Cow::Owned(transposed_recurrence(&r)?)
        };
        let lengths = inputs.optional(input::LENGTHS)?;
        Ok(Self {
            x: widened(inputs.tensor(input::X)?.clone())?,
            w: widened(inputs.tensor(input::W)?.clone())?,
            recurrence,
            b: values(input::B)?,
            initial_h: values(input::INITIAL_H)?,
            initial_c: values(input::INITIAL_C)?,
            peepholes: values(input::PEEPHOLES)?,
            lengths: lengths.map(Tensor::integers).transpose()?,
        })
    }
}

/// The weights of each direction as `[hidden, gates * hidden]`, dense: what each step multiplies
/// its state with.
pub(super) fn transposed_recurrence(r: &Tensor) -> Result<Vec<Tensor>> {
    let &[directions, _, _] = &r.shape()[..] else {
        return Err(fault!("the recurrence weights have shape {}", r.shape()));
    };
    (0..directions)
        .map(|direction| Ok(transposed(part(r, direction)?)?.dense()))
        .collect()
}

fn transposed(matrix: Tensor) -> Result<Tensor> {
    permuted(matrix, &[1, 0])
}

/// One matrix of a stack of them.
fn part(stack: &Tensor, number: usize) -> Result<Tensor> {
    let shape = Shape::from(&stack.shape()[1..]);
    if stack.elements() == 0 || stack.shape()[0] == 1 {
        return stack.clone().reshaped(shape).or_else(|_| {
            let empty: Shape = stack.shape()[1..].into();
            crate::ops::wide::zeros(empty, stack.data_type())
        });
    }
    let number = isize::try_from(number).map_err(|_| fault!("too many directions"))?;
    let slices = [burn_backend::Slice::new(number, Some(number + 1), 1)];
    Tensor::from_burn(B::float_slice(stack.clone().into_burn()?, &slices))?.reshaped(shape)
}

/// What a direction gives.
pub(super) struct Passed<T> {
    /// A row for each step of each sequence, in the order of the input's rows.
    pub(super) outputs: Vec<T>,
    pub(super) h: Vec<T>,
    pub(super) c: Vec<T>,
}

/// One direction, ready to run.
pub(super) struct Pass<'a, T: Wide> {
    sizes: Sizes,
    cell: Cell<'a, T>,
    is_reverse: bool,
    /// What the gates get from the input and the biases: a row for each row of the input.
    projected: Vec<T>,
    state: State<T>,
    lengths: Option<&'a [i64]>,
}

impl<'a, T: Wide> Pass<'a, T> {
    pub(super) fn new(
        setup: &'a Setup,
        sizes: Sizes,
        parameters: &'a Parameters<'_, T>,
        direction: usize,
    ) -> Result<Self> {
        let (gates, hidden) = (setup.kind.gates(), sizes.hidden);
        let x = parameters.x.clone();
        let x = x.reshaped([sizes.steps * sizes.batch, sizes.input])?;
        let w = transposed(part(&parameters.w, direction)?)?;
        let mut projected: Vec<T> = product(x, w)?.into_vec()?;
        let of_direction = |values: &'a [T], rows: usize| {
            let start = direction * rows * hidden;
            &values[start..start + rows * hidden]
        };
        let mut late_bias: &[T] = &[];
        if let Some(b) = &parameters.b {
            let b = of_direction(b, 2 * gates);
            late_bias = add_biases(setup, b, &mut projected);
        }
        let peepholes = parameters.peepholes.as_deref();
        let cell = Cell {
            kind: setup.kind,
            hidden,
            recurrence: in_parts(setup, &parameters.recurrence[direction])?,
            activations: &setup.directions[direction].activations,
            clip: setup.clip.map(|clip| T::from_f64(clip.into())),
            late_bias,
            linear_before_reset: setup.linear_before_reset,
            input_forget: setup.input_forget,
            peepholes: peepholes.map(|values| of_direction(values, 3)),
        };
        let initial = |given: &Option<Vec<T>>| {
            let mut state = vec![T::zero(); sizes.batch * hidden];
            if let Some(given) = given {
                for (sequence, to) in state.chunks_exact_mut(hidden.max(1)).enumerate() {
                    let start = sizes.state_row(sequence, direction) * hidden;
                    to.copy_from_slice(&given[start..start + hidden]);
                }
            }
            state
        };
        Ok(Self {
            sizes,
            cell,
            is_reverse: setup.directions[direction].is_reverse,
            projected,
            state: State {
                h: initial(&parameters.initial_h),
                c: initial(&parameters.initial_c),
            },
            lengths: parameters.lengths.as_deref(),
        })
    }

    pub(super) fn run(mut self) -> Result<Passed<T>> {
        let (steps, batch, hidden) = (self.sizes.steps, self.sizes.batch, self.sizes.hidden);
        let lengths = self.sequence_lengths()?;
        let mut outputs = vec![T::zero(); steps * batch * hidden];
        let width = self.cell.kind.gates() * hidden;
        let mut gates = vec![T::zero(); batch * width];
        let longest = lengths.iter().copied().max().unwrap_or(0);
        for step in 0..if hidden == 0 { 0 } else { longest } {
            // Sequences that have ended keep their states: these are put back afterwards.
            let ended: Vec<usize> = (0..batch).filter(|&b| step >= lengths[b]).collect();
            let kept = (!ended.is_empty()).then(|| self.state.clone());
            for (sequence, to) in gates.chunks_exact_mut(width).enumerate() {
                if let Some(row) = self.row(step, sequence, lengths[sequence]) {
                    to.copy_from_slice(&self.projected[row * width..(row + 1) * width]);
                }
            }
            self.cell.step(&mut gates, &mut self.state)?;
            if let Some(kept) = kept {
                for sequence in ended {
                    self.state.copy_row(&kept, sequence, hidden);
                }
            }
            for (sequence, from) in self.state.h.chunks_exact(hidden).enumerate() {
                if let Some(row) = self.row(step, sequence, lengths[sequence]) {
                    outputs[row * hidden..(row + 1) * hidden].copy_from_slice(from);
                }
            }
        }
        Ok(Passed {
            outputs,
            h: self.state.h,
            c: self.state.c,
        })
    }

    /// The row that a sequence is at after so many steps, unless it has ended.
    fn row(&self, step: usize, sequence: usize, length: usize) -> Option<usize> {
        let left = length.checked_sub(step + 1)?;
        let time = if self.is_reverse { left } else { step };
        Some(self.sizes.row(time, sequence))
    }

    fn sequence_lengths(&self) -> Result<Vec<usize>> {
        let steps = self.sizes.steps;
        let Some(lengths) = self.lengths else {
            return Ok(vec![steps; self.sizes.batch]);
        };
        lengths
            .iter()
            .map(|&length| {
                usize::try_from(length)
                    .ok()
                    .filter(|&length| length <= steps)
                    .ok_or_else(|| fault!("a sequence of {length} steps, expected 0 to {steps}"))
            })
            .collect()
    }
}

/// Adds the biases to all rows, but for those that are added after the reset gate: they come back.
fn add_biases<'a, T: Wide>(setup: &Setup, b: &'a [T], projected: &mut [T]) -> &'a [T] {
    let (of_input, of_state) = b.split_at(b.len() / 2);
    let mut sum: Vec<T> = of_input
        .iter()
        .zip(of_state)
        .map(|(&a, &b)| a + b)
        .collect();
    let late = if setup.kind == Kind::Gru && setup.linear_before_reset {
        b.len() / 2 / 3 * 2
    } else {
        b.len() / 2
    };
    sum[late..].copy_from_slice(&of_input[late..]);
    if !sum.is_empty() {
        for row in projected.chunks_exact_mut(sum.len()) {
            for (to, &bias) in row.iter_mut().zip(&sum) {
                *to += bias;
            }
        }
    }
    &of_state[late..]
}

/// The product of each step: states `[batch, hidden]` with weights `[hidden, n]`.
pub(super) fn times<T: Wide>(state: &[T], hidden: usize, weights: &Tensor) -> Result<Vec<T>> {
    let rows = state.len() / hidden.max(1);
    let state = Tensor::from_vec([rows, hidden], state.to_vec());
    product(state, weights.clone())?.into_vec()
}

/// The weights that a step multiplies its state with. The GRU's candidate needs the reset gate first
/// unless that is applied to the product.
fn in_parts(setup: &Setup, recurrence: &Tensor) -> Result<Vec<Tensor>> {
    if setup.kind != Kind::Gru || setup.linear_before_reset {
        return Ok(vec![recurrence.clone()]);
    }
    let width = recurrence.shape()[1];
    let parts = [(0, width / 3 * 2), (width / 3 * 2, width)];
    let parts = parts.map(|(from, to)| Ok(columns(recurrence, from, to)?.dense()));
    parts.into_iter().collect()
}

/// Columns of the weights, for a product with some of the gates.
fn columns(weights: &Tensor, from: usize, to: usize) -> Result<Tensor> {
    if from == to || weights.elements() == 0 {
        return crate::ops::wide::zeros(
            [weights.shape()[0], to - from].into(),
            weights.data_type(),
        );
    }
    let at = |i: usize| isize::try_from(i).map_err(|_| fault!("too many columns"));
    let slices = [
        burn_backend::Slice::full(),
        burn_backend::Slice::new(at(from)?, Some(at(to)?), 1),
    ];
    let weights: DispatchTensor = weights.clone().into_burn()?;
    Tensor::from_burn(B::float_slice(weights, &slices))
}
