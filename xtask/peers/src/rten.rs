//! rten: with its optimisations and its weights packed at load, on a pool of so many threads.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use rten::{ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};

use crate::arrays::{Array, Values};
use crate::{Task, Told, repeated};

/// Loads a model and runs it.
///
/// # Errors
/// When rten cannot.
pub(crate) fn measure(task: &Task<'_>) -> Result<Told> {
    let pool = Arc::new(ThreadPool::with_num_threads(task.threads));
    let start = Instant::now();
    // Loading packs the weights in parallel: there, too, with no more threads.
    let model = pool.run(|| {
        ModelOptions::with_all_ops()
            .prepack_weights(true)
            .load_file(task.model)
    })?;
    let load = start.elapsed();
    let mut inputs: Vec<(NodeId, Value)> = Vec::new();
    for id in model.input_ids() {
        let name = model.node_info(*id).and_then(|node| node.name());
        let array = task.arrays.input(name.unwrap_or_default())?;
        inputs.push((*id, value(array)?));
    }
    let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
    let (runs, outputs) = repeated(task.repeat, || {
        let views = inputs
            .iter()
            .map(|(id, value)| (*id, ValueOrView::View(value.as_view())));
        Ok(model.run(views.collect(), model.output_ids(), Some(options.clone()))?)
    })?;
    let output = outputs.into_iter().next().context("it has no output")?;
    Ok(Told {
        load,
        runs,
        output: output
            .into_tensor::<f32>()
            .context("its output is not float32")?
            .into_data(),
    })
}

/// An array as rten takes it, to which `int64` is `int32`.
fn value(array: &Array) -> Result<Value> {
    Ok(match &array.values {
        Values::Float32(values) => Value::from_shape(&array.shape, values.clone())?,
        Values::Int64(values) => {
            let values = values.iter().map(|one| i32::try_from(*one));
            Value::from_shape(&array.shape, values.collect::<Result<Vec<_>, _>>()?)?
        }
    })
}
