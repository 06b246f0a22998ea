//! tract: optimised for the shapes of the inputs, with its executor of so many threads.

use std::time::Instant;

use anyhow::{Context, Result};
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::multithread::{Executor, set_default_executor};

use crate::arrays::{Array, Values};
use crate::{Task, Told, repeated};

/// Loads a model and runs it.
///
/// # Errors
/// When tract cannot.
pub(crate) fn measure(task: &Task<'_>) -> Result<Told> {
    set_default_executor(Executor::multithread(task.threads));
    let start = Instant::now();
    let mut model = tract_onnx::onnx().model_for_path(task.model)?;
    let mut inputs: TVec<TValue> = tvec!();
    for (index, outlet) in model.input_outlets()?.to_vec().iter().enumerate() {
        let name = &model.node(outlet.node).name;
        let value = tensor(task.arrays.input(name)?)?;
        let fact = InferenceFact::dt_shape(value.datum_type(), value.shape());
        model.set_input_fact(index, fact)?;
        inputs.push(value.into());
    }
    let model = model.into_optimized()?.into_runnable()?;
    let load = start.elapsed();
    let (runs, outputs) = repeated(task.repeat, || model.run(inputs.clone()))?;
    let output = outputs.first().context("it has no output")?;
    Ok(Told {
        load,
        runs,
        output: output
            .to_plain_array_view::<f32>()?
            .iter()
            .copied()
            .collect(),
    })
}

fn tensor(array: &Array) -> Result<Tensor> {
    match &array.values {
        Values::Float32(values) => Tensor::from_shape(&array.shape, values),
        Values::Int64(values) => Tensor::from_shape(&array.shape, values),
    }
}
