//! [Col2Im](https://onnx.ai/onnx/operators/onnx__Col2Im.html): adds patches up to images.

use super::super::wide::{converted, wide_type, widened_in_memory};
use super::super::window::{Axes, Windows};
use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn col2im(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, DataType::is_number)?;
    let windows = Windows::read(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let sizes = |input: usize| -> Result<Vec<usize>> {
            let values = inputs.tensor(input)?.integers()?;
            let size = |&value: &i64| {
                let size = usize::try_from(value).ok().filter(|&size| size <= 1 << 31);
                size.ok_or_else(|| fault!("input {input} has the size {value}"))
            };
            values.iter().map(size).collect()
        };
        let (image, block) = (sizes(1)?, sizes(2)?);
        let patches = Patches::new(x.shape(), windows.over(&image, &block)?)?;
        context.room_for(&patches.output(), wide_type(data_type))?;
        let x = widened_in_memory(x)?;
        let y = with_number!(x.data_type(), T => {
            let values = patches.add::<T>(&x.values::<T>()?);
            Ok(Tensor::from_vec(patches.output(), values))
        })?;
        let y = if y.data_type() == data_type {
            y
        } else {
            converted(y, data_type)?
        };
        Ok(one(y))
    };
    Ok(Built::one(data_type, operator))
}

/// Patches of images: of each channel, for each element of a block, one for each place of it.
struct Patches {
    batch: usize,
    channels: usize,
    axes: Axes,
}

impl Patches {
    fn new(shape: &Shape, axes: Axes) -> Result<Self> {
        let misfit = || fault!("patches of {shape} do not fit windows of {axes:?}");
        let product = |of: fn(&super::super::window::Axis) -> usize| {
            axes.iter()
                .try_fold(1usize, |n, axis| n.checked_mul(of(axis)))
        };
        let (Some(block), Some(places)) =
            (product(|axis| axis.kernel), product(|axis| axis.output))
        else {
            return Err(misfit());
        };
        match shape[..] {
            [batch, rows, columns] if rows.is_multiple_of(block) && columns == places => Ok(Self {
                batch,
                channels: rows / block,
                axes,
            }),
            _ => Err(misfit()),
        }
    }

    fn output(&self) -> Shape {
        let spatial = self.axes.iter().map(|axis| axis.input);
        [self.batch, self.channels]
            .into_iter()
            .chain(spatial)
            .collect()
    }

    fn add<T: Number>(&self, x: &[T]) -> Vec<T> {
        let size: usize = self.axes.iter().map(|axis| axis.input).product();
        let block: usize = self.axes.iter().map(|axis| axis.kernel).product();
        let places: usize = self.axes.iter().map(|axis| axis.output).product();
        let mut y = vec![T::zero(); self.output().elements()];
        if size == 0 {
            return y;
        }
        for (channel, y) in y.chunks_exact_mut(size).enumerate() {
            for tap in 0..block {
                let x = &x[(channel * block + tap) * places..][..places];
                add_tap(&self.axes, tap, x, y);
            }
        }
        y
    }
}

/// Adds one element of all places of a block to an image.
fn add_tap<T: Number>(axes: &Axes, tap: usize, x: &[T], y: &mut [T]) {
    let [ref outer @ .., last] = axes[..] else {
        return;
    };
    // The places along all dimensions but the last: where a row begins in the patches and where in
    // the image.
    let mut rows = vec![(0, 0)];
    let mut rest: usize = axes.iter().map(|axis| axis.kernel).product();
    let mut number = tap;
    for axis in outer {
        rest /= axis.kernel;
        let along = number / rest;
        number %= rest;
        let step = |&(from, to): &(usize, usize)| {
            axis.outputs_of(along).map(move |o| {
                (
                    from * axis.output + o,
                    to * axis.input + axis.position(o, along),
                )
            })
        };
        rows = rows.iter().flat_map(step).collect();
    }
    for (from, to) in rows {
        let x = &x[from * last.output..][..last.output];
        let y = &mut y[to * last.input..][..last.input];
        for o in last.outputs_of(number) {
            y[last.position(o, number)] += x[o];
        }
    }
}
