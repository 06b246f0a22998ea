//! [MaxUnpool](https://onnx.ai/onnx/operators/onnx__MaxUnpool.html): puts elements back to where
//! `MaxPool` found them.

use super::super::window::Windows;
use crate::data_type::DataType;
use crate::element::with_size;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn max_unpool(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    facts.data_type_where(1, |found| found == DataType::I64)?;
    let windows = Windows::read(facts)?;
    windows.kernel()?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (x, indices) = (inputs.tensor(0)?, inputs.tensor(1)?);
        if x.shape() != indices.shape() {
            return Err(fault!(
                "{} elements have {} indices",
                x.shape(),
                indices.shape()
            ));
        }
        let pooled = pooled_shape(&windows, x.shape())?;
        let output = match inputs.optional(2)? {
            Some(wanted) => wanted_shape(wanted, &pooled)?,
            None => pooled.clone(),
        };
        context.room_for(&output, data_type)?;
        let y = with_size!(data_type, T => {
            let values = x.raw::<T>();
            let mut y = vec![T::default(); output.elements()];
            for (&value, &index) in values.iter().zip(&*indices.values::<i64>()?) {
                y[place(index, &pooled, &output)?] = value;
            }
            Ok(Tensor::from_raw(data_type, output, y))
        })?;
        Ok(one(y))
    };
    Ok(Built::one(data_type, operator))
}

/// The shape that was pooled, as far as the attributes tell.
fn pooled_shape(windows: &Windows, shape: &Shape) -> Result<Shape> {
    let kernel = windows.kernel()?;
    let mut pooled = shape.clone();
    if shape.rank() != kernel.len() + 2 {
        return Err(fault!("a kernel of {kernel:?} does not fit shape {shape}"));
    }
    for (i, size) in pooled.iter_mut().skip(2).enumerate() {
        let (stride, _) = windows.steps(i, kernel.len())?;
        let (before, after) = windows.explicit(i, kernel.len())?.unwrap_or((0, 0));
        *size = size
            .saturating_sub(1)
            .checked_mul(stride)
            .and_then(|reach| reach.checked_add(kernel[i])?.checked_sub(before + after))
            .ok_or_else(|| fault!("shape {shape} cannot be unpooled"))?;
    }
    Ok(pooled)
}

fn wanted_shape(wanted: &Tensor, pooled: &Shape) -> Result<Shape> {
    let sizes = wanted.integers()?;
    let shape: Option<Shape> = sizes
        .iter()
        .map(|&size| usize::try_from(size).ok())
        .collect();
    shape
        .filter(|shape| shape.rank() == pooled.rank() && shape[..2] == pooled[..2])
        .ok_or_else(|| fault!("output shape {sizes:?} does not fit {pooled}"))
}

/// Where an index lies in the output: it counts the elements of the shape that was pooled, which
/// the output may exceed.
fn place(index: i64, pooled: &Shape, output: &Shape) -> Result<usize> {
    let outside = || fault!("index {index} is outside of {pooled}, put into {output}");
    let mut rest = usize::try_from(index).map_err(|_| outside())?;
    let (mut place, mut step) = (0, 1);
    for (&size, &wide) in pooled.iter().zip(output.iter()).rev() {
        if size == 0 || rest % size >= wide {
            return Err(outside());
        }
        place += rest % size * step;
        rest /= size;
        step *= wide;
    }
    if rest > 0 {
        return Err(outside());
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_outside_is_refused() {
        let (pooled, output) = (Shape::from([1, 1, 4, 4]), Shape::from([1, 1, 5, 3]));
        assert_eq!(place(6, &pooled, &output), Ok(5));
        for index in [-1, 7, 16, i64::MAX] {
            assert!(place(index, &pooled, &output).is_err(), "{index}");
        }
    }
}
