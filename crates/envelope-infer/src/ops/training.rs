//! Steps of optimizers, from the preview of training: Adagrad, Adam, Momentum.

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs};
use crate::ops::wide::converted;
use crate::tensor::Tensor;

const fn preview(name: &'static str, build: fn(&Facts<'_>) -> Result<Built>) -> Entry {
    Entry {
        domain: "ai.onnx.preview.training",
        name,
        since: 1,
        build,
    }
}

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    preview("Adagrad", adagrad),
    preview("Adam", adam),
    preview("Momentum", momentum),
];

/// The learning rate, and the number of steps before this one.
#[derive(Clone, Copy)]
struct Step {
    rate: f64,
    count: i64,
}

/// A value, its gradient, and what is remembered of gradients before: changed in place.
struct Element<'a> {
    x: &'a mut f64,
    gradient: f64,
    memory: [&'a mut f64; 2],
}

/// Makes an optimizer that remembers so many numbers of each value.
fn optimizer(
    facts: &Facts<'_>,
    memories: usize,
    update: impl Fn(Step, Element<'_>) + Send + Sync + 'static,
) -> Result<Built> {
    let wide = |t: DataType| matches!(t, DataType::F32 | DataType::F64);
    facts.data_type_where(0, wide)?;
    facts.data_type_where(1, DataType::is_integer)?;
    let count = facts.input_count().saturating_sub(2);
    if count == 0 || !count.is_multiple_of(memories + 2) {
        return Err(fault!(
            "found {count} tensors, expected a multiple of {}",
            memories + 2
        ));
    }
    let values = count / (memories + 2);
    let data_type = facts.same_data_type(2..2 + count)?;
    facts.data_type_where(2, wide)?;
    let outputs = vec![data_type; values * (memories + 1)];
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let mut tensors = inputs.take_all()?;
        let operands = tensors.split_off(2);
        let step = Step {
            rate: tensors[0].number()?,
            count: tensors[1].integer()?,
        };
        let columns = (0..values).map(|i| operands.iter().skip(i).step_by(values));
        let columns = columns.map(|column| updated(&column.collect::<Vec<_>>(), step, &update));
        let columns: Vec<Vec<Tensor>> = columns.collect::<Result<_>>()?;
        let rows = (0..=memories).flat_map(|row| columns.iter().map(move |column| &column[row]));
        rows.map(|output| Ok(converted(output.clone(), data_type)?.into()))
            .collect::<Result<Outputs>>()
    };
    Ok(Built::new(outputs, operator))
}

/// The new value and memories of a tensor: given are the value, its gradient and the memories.
fn updated(
    column: &[&Tensor],
    step: Step,
    update: &impl Fn(Step, Element<'_>),
) -> Result<Vec<Tensor>> {
    let shape = column[0].shape();
    if let Some(other) = column.iter().find(|tensor| tensor.shape() != shape) {
        return Err(fault!("a tensor of shape {} beside {shape}", other.shape()));
    }
    let mut values: Vec<Vec<f64>> = column
        .iter()
        .map(|tensor| converted((*tensor).clone(), DataType::F64)?.into_vec())
        .collect::<Result<_>>()?;
    values.resize(4, vec![0.0; shape.elements()]);
    if let [x, gradient, first, second] = &mut values[..] {
        let memories = first.iter_mut().zip(second);
        for ((x, &mut gradient), (first, second)) in x.iter_mut().zip(gradient).zip(memories) {
            update(
                step,
                Element {
                    x,
                    gradient,
                    memory: [first, second],
                },
            );
        }
    }
    values.truncate(column.len());
    values.remove(1);
    Ok(values
        .into_iter()
        .map(|values| Tensor::from_vec(shape.clone(), values))
        .collect())
}

fn number(facts: &Facts<'_>, name: &str, default: f32) -> Result<f64> {
    facts.number_or(name, default).map(f64::from)
}

fn required(facts: &Facts<'_>, name: &str) -> Result<f64> {
    let found = facts.number(name)?;
    found
        .map(f64::from)
        .ok_or_else(|| fault!("`{name}` is missing"))
}

fn adagrad(facts: &Facts<'_>) -> Result<Built> {
    let decay = number(facts, "decay_factor", 0.0)?;
    let epsilon = number(facts, "epsilon", 1e-6)?;
    let norm = number(facts, "norm_coefficient", 0.0)?;
    optimizer(facts, 1, move |step, element| {
        let Element {
            x,
            gradient,
            memory: [squares, _],
        } = element;
        let rate = step.rate / (1.0 + step.count as f64 * decay);
        let gradient = norm * *x + gradient;
        *squares += gradient * gradient;
        *x -= rate * gradient / (squares.sqrt() + epsilon);
    })
}

fn adam(facts: &Facts<'_>) -> Result<Built> {
    let alpha = number(facts, "alpha", 0.9)?;
    let beta = number(facts, "beta", 0.999)?;
    let epsilon = number(facts, "epsilon", 1e-6)?;
    let norm = number(facts, "norm_coefficient", 0.0)?;
    let norm_after = number(facts, "norm_coefficient_post", 0.0)?;
    optimizer(facts, 2, move |step, element| {
        let Element {
            x,
            gradient,
            memory: [mean, squares],
        } = element;
        let gradient = norm * *x + gradient;
        *mean = alpha * *mean + (1.0 - alpha) * gradient;
        *squares = beta * *squares + (1.0 - beta) * gradient * gradient;
        let rate = if step.count > 0 {
            let steps = step.count as f64;
            step.rate * (1.0 - beta.powf(steps)).sqrt() / (1.0 - alpha.powf(steps))
        } else {
            step.rate
        };
        *x = (1.0 - norm_after) * (*x - rate * *mean / (squares.sqrt() + epsilon));
    })
}

fn momentum(facts: &Facts<'_>) -> Result<Built> {
    let alpha = required(facts, "alpha")?;
    let beta = required(facts, "beta")?;
    let norm = required(facts, "norm_coefficient")?;
    let looks_ahead = match facts.text("mode")? {
        Some("standard") => false,
        Some("nesterov") => true,
        other => return Err(fault!("`mode` is {other:?}")),
    };
    optimizer(facts, 1, move |step, element| {
        let Element {
            x,
            gradient,
            memory: [velocity, _],
        } = element;
        let gradient = norm * *x + gradient;
        let beta = if step.count > 0 { beta } else { 1.0 };
        *velocity = alpha * *velocity + beta * gradient;
        let change = if looks_ahead {
            gradient + alpha * *velocity
        } else {
            *velocity
        };
        *x -= step.rate * change;
    })
}
