//! [LinearAttention](https://onnx.ai/onnx/operators/onnx__LinearAttention.html): a matrix for each
//! head that each step writes its key and value into, and that the query reads.

use rayon::prelude::*;

use super::heads;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs};
use crate::ops::wide::{converted, widened};
use crate::shape::Shape;
use crate::tensor::Tensor;

struct Linear {
    query_heads: usize,
    key_heads: usize,
    scale: f32,
    data_type: DataType,
    state_type: DataType,
}

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let narrow = |t: DataType| t.is_float() && t != DataType::F64;
    let data_type = facts.data_type_where(0, narrow)?;
    facts.same_data_type([0, 1, 2, 4, 5])?;
    let state_type = if facts.has(3) {
        facts.data_type_where(3, narrow)?
    } else {
        data_type
    };
    let (decays, corrects) = match facts.text_or("update_rule", "gated_delta")? {
        "linear" => (false, false),
        "gated" => (true, false),
        "delta" => (false, true),
        "gated_delta" => (true, true),
        other => return Err(fault!("`update_rule` is `{other}`")),
    };
    if facts.has(4) != decays || facts.has(5) != corrects {
        return Err(fault!(
            "the update rule does not fit the inputs `decay` and `beta`"
        ));
    }
    // How many steps others take at once; the result does not depend on it.
    facts.int("chunk_size")?;
    let stated = |name| heads::count(facts, name)?.ok_or_else(|| fault!("`{name}` is missing"));
    let linear = Linear {
        query_heads: stated("q_num_heads")?,
        key_heads: stated("kv_num_heads")?,
        scale: facts.number_or("scale", 0.0)?,
        data_type,
        state_type,
    };
    if !linear.query_heads.is_multiple_of(linear.key_heads) {
        return Err(fault!("`q_num_heads` is no multiple of `kv_num_heads`"));
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| linear.run(&inputs, context);
    Ok(Built::new([data_type, state_type], operator))
}

/// The sizes and inputs of a run.
struct Run {
    batch: usize,
    steps: usize,
    key_heads: usize,
    /// How many heads of queries read each state.
    group: usize,
    key_size: usize,
    value_size: usize,
    scale: f32,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    decay: Option<Vec<f32>>,
    beta: Option<Vec<f32>>,
}

impl Linear {
    fn run(&self, inputs: &Inputs, context: &Context<'_>) -> Result<Outputs> {
        let run = self.prepare(inputs)?;
        let state_shape: Shape = [run.batch, run.key_heads, run.key_size, run.value_size].into();
        context.room_for(&state_shape, DataType::F32)?;
        let output_width = self.query_heads.checked_mul(run.value_size);
        let output_width = output_width.ok_or_else(|| fault!("the output is too large"))?;
        let output_shape: Shape = [run.batch, run.steps, output_width].into();
        context.room_for(&output_shape, DataType::F32)?;
        let mut states = match inputs.optional(3)? {
            Some(past) if *past.shape() == state_shape => widened(past.clone())?.into_vec()?,
            Some(past) => {
                let found = past.shape();
                return Err(fault!(
                    "the past state has shape {found}, expected {state_shape}"
                ));
            }
            None => vec![0f32; state_shape.elements()],
        };
        let read = run.all(&mut states);
        let output = run.arranged(&read, output_shape);
        let state = Tensor::from_vec(state_shape, states);
        Ok([
            converted(output, self.data_type)?.into(),
            converted(state, self.state_type)?.into(),
        ]
        .into_iter()
        .collect())
    }

    fn prepare(&self, inputs: &Inputs) -> Result<Run> {
        let widths = |number: usize| -> Result<[usize; 3]> {
            let shape = inputs.tensor(number)?.shape();
            shape[..]
                .try_into()
                .map_err(|_| fault!("input {number} has shape {shape}, expected three dimensions"))
        };
        let [batch, steps, query_width] = widths(0)?;
        let [_, _, value_width] = widths(2)?;
        let key_size = query_width / self.query_heads;
        let value_size = value_width / self.key_heads;
        let head_widths = [key_size * self.key_heads, value_size * self.key_heads];
        let fits = query_width == key_size * self.query_heads
            && widths(1)? == [batch, steps, head_widths[0]]
            && widths(2)? == [batch, steps, head_widths[1]];
        if !fits {
            return Err(fault!("the queries, keys and values do not fit each other"));
        }
        let optional = |number: usize, allowed: [usize; 2]| -> Result<Option<Vec<f32>>> {
            let Some(tensor) = inputs.optional(number)? else {
                return Ok(None);
            };
            let [b, t, width] = widths(number)?;
            if b != batch || t != steps || !allowed.contains(&width) {
                return Err(fault!("input {number} has shape {}", tensor.shape()));
            }
            widened(tensor.clone())?.into_vec().map(Some)
        };
        let values = |number: usize| widened(inputs.tensor(number)?.clone())?.into_vec();
        let scale = if self.scale == 0.0 {
            1.0 / (key_size as f32).sqrt()
        } else {
            self.scale
        };
        Ok(Run {
            batch,
            steps,
            key_heads: self.key_heads,
            group: self.query_heads / self.key_heads,
            key_size,
            value_size,
            scale,
            query: values(0)?,
            key: values(1)?,
            value: values(2)?,
            decay: optional(4, [self.key_heads, head_widths[0]])?,
            beta: optional(5, [self.key_heads, 1])?,
        })
    }
}

impl Run {
    /// Lets all heads go through all steps. What they read lies `[batch, key head, step, group,
    /// value]`.
    fn all(&self, states: &mut [f32]) -> Vec<f32> {
        let state_size = self.key_size * self.value_size;
        let read_size = self.steps * self.group * self.value_size;
        let mut read = vec![0f32; self.batch * self.key_heads * read_size];
        if state_size == 0 || read_size == 0 {
            return read;
        }
        let heads = states.par_chunks_exact_mut(state_size);
        let heads = heads.zip(read.par_chunks_exact_mut(read_size)).enumerate();
        heads.for_each(|(number, (state, read))| {
            let (batch, head) = (number / self.key_heads, number % self.key_heads);
            let mut change = vec![0f32; self.value_size];
            let reads = read.chunks_exact_mut(self.group * self.value_size);
            for (step, read) in reads.enumerate() {
                let row = batch * self.steps + step;
                self.write(state, &mut change, row, head);
                for (i, read) in read.chunks_exact_mut(self.value_size).enumerate() {
                    let query = part(
                        &self.query,
                        row * self.key_heads * self.group + head * self.group + i,
                        self.key_size,
                    );
                    mixed(read, state, query, self.scale);
                }
            }
        });
        read
    }

    fn write(&self, state: &mut [f32], change: &mut [f32], row: usize, head: usize) {
        let number = row * self.key_heads + head;
        let key = part(&self.key, number, self.key_size);
        if let Some(decay) = &self.decay {
            let width = decay.len() / (self.batch * self.steps);
            let each = width / self.key_heads;
            for (i, of_key) in state.chunks_exact_mut(self.value_size).enumerate() {
                let factor = decay[row * width + head * each + i % each].exp();
                for value in of_key {
                    *value *= factor;
                }
            }
        }
        change.copy_from_slice(part(&self.value, number, self.value_size));
        if let Some(beta) = &self.beta {
            let width = beta.len() / (self.batch * self.steps);
            let rate = beta[row * width + head % width];
            let mut known = vec![0f32; change.len()];
            mixed(&mut known, state, key, 1.0);
            for (change, known) in change.iter_mut().zip(known) {
                *change = rate * (*change - known);
            }
        }
        for (of_key, &key) in state.chunks_exact_mut(self.value_size).zip(key) {
            for (state, &change) in of_key.iter_mut().zip(&*change) {
                *state += key * change;
            }
        }
    }

    /// What the heads read as `[batch, step, head, value]`.
    fn arranged(&self, read: &[f32], shape: Shape) -> Tensor {
        let width = self.group * self.value_size;
        let mut output = vec![0f32; read.len()];
        for (number, from) in read.chunks_exact(width.max(1)).enumerate() {
            let (lane, step) = (number / self.steps, number % self.steps);
            let (batch, head) = (lane / self.key_heads, lane % self.key_heads);
            let to = ((batch * self.steps + step) * self.key_heads + head) * width;
            output[to..to + width].copy_from_slice(from);
        }
        Tensor::from_vec(shape, output)
    }
}

/// The part of this number and size.
fn part(values: &[f32], number: usize, size: usize) -> &[f32] {
    &values[number * size..(number + 1) * size]
}

/// Adds up the rows of a state, each as often as its weight says.
fn mixed(to: &mut [f32], state: &[f32], weights: &[f32], scale: f32) {
    to.fill(0.0);
    for (row, &weight) in state.chunks_exact(to.len()).zip(weights) {
        for (to, &value) in to.iter_mut().zip(row) {
            *to += weight * scale * value;
        }
    }
}
