//! Pooling on a GPU: burn pools two dimensions, with the same padding at both ends.

use burn_backend::ops::{FloatTensorOps as _, ModuleOps as _, PadMode};
use burn_backend::{Scalar, TensorData, TensorMetadata as _};
use burn_dispatch::DispatchTensor;

use super::super::window::{Axes, Axis};
use super::{Counted, Kind, Order, counts, output_shape};
use crate::burn_tensor::{B, reshape};
use crate::fault::Result;
use crate::shape::Shape;
use crate::tensor::{Tensor, burn_shape};

/// Whether burn has the operation.
pub(super) fn suits(kind: Kind, axes: &Axes) -> bool {
    let dilated = axes.iter().any(|axis| axis.dilation > 1);
    axes.len() <= 3 && (kind == Kind::Max || !dilated)
}

/// The shape of the input with its padding.
pub(super) fn padded(shape: &Shape, axes: &Axes) -> Shape {
    let mut padded = shape.clone();
    for (size, axis) in padded.iter_mut().skip(2).zip(axes) {
        *size += axis.before + after(axis);
    }
    padded
}

/// What has to follow the input so that all windows fit.
fn after(axis: &Axis) -> usize {
    let needed = (axis.output - 1) * axis.stride + axis.reach();
    needed.saturating_sub(axis.before + axis.input)
}

/// Pools an image of one to three spatial dimensions.
pub(super) fn pooled(x: Tensor, axes: &Axes, kind: Kind) -> Result<Tensor> {
    let output = output_shape(x.shape(), axes);
    let x_shape = x.shape().clone();
    let x = x.into_burn()?;
    let y = match kind {
        Kind::Max => by_twos(x, &x_shape, axes, max),
        Kind::Average(counted) => {
            let means = by_twos(x, &x_shape, axes, mean);
            weighted(means, axes, counted)
        }
        Kind::Norm(order) => {
            let size: usize = axes.iter().map(|axis| axis.kernel).product();
            let powers = power(x, order);
            let means = by_twos(powers, &x_shape, axes, mean);
            root(B::float_mul_scalar(means, Scalar::from(size as f64)), order)
        }
    };
    Tensor::from_burn(reshape(y, &output))
}

pub(super) fn power(x: DispatchTensor, order: Order) -> DispatchTensor {
    let absolute = B::float_abs(x);
    match order {
        Order::One => absolute,
        Order::Two => B::float_mul(absolute.clone(), absolute),
        Order::Other(p) => B::float_powf_scalar(absolute, Scalar::from(p)),
    }
}

pub(super) fn root(x: DispatchTensor, order: Order) -> DispatchTensor {
    match order {
        Order::One => x,
        Order::Two => B::float_sqrt(x),
        Order::Other(p) => B::float_powf_scalar(x, Scalar::from(1.0 / p)),
    }
}

type Pooling = fn(DispatchTensor, [Axis; 2]) -> DispatchTensor;

/// Pools the last two dimensions, then the one before them.
fn by_twos(x: DispatchTensor, shape: &Shape, axes: &Axes, pool: Pooling) -> DispatchTensor {
    let (batch, channels) = (shape[0], shape[1]);
    match axes[..] {
        [only] => {
            let x = reshape(x, &Shape::from([batch, channels, 1, only.input]));
            pool(x, [single(1), only])
        }
        [rows, columns] => pool(x, [rows, columns]),
        [depth, rows, columns, ..] => {
            let planes = [batch, channels * depth.input, rows.input, columns.input];
            let y = pool(reshape(x, &Shape::from(planes)), [rows, columns]);
            let plane = rows.output * columns.output;
            let y = reshape(y, &Shape::from([batch, channels, depth.input, plane]));
            pool(y, [depth, single(plane)])
        }
        [] => x,
    }
}

/// A dimension that is left as it is.
fn single(size: usize) -> Axis {
    Axis {
        input: size,
        kernel: 1,
        stride: 1,
        dilation: 1,
        before: 0,
        after: 0,
        output: size,
    }
}

/// Puts this value around the input unless burn pads as is needed here; returns how much burn has
/// to pad.
fn with_padding(x: DispatchTensor, axes: [Axis; 2], value: f32) -> (DispatchTensor, [usize; 2]) {
    if axes
        .iter()
        .all(|axis| axis.before == after(axis) && axis.before <= axis.kernel / 2)
    {
        return (x, axes.map(|axis| axis.before));
    }
    let [rows, columns] = axes.map(|axis| (axis.before, after(&axis)));
    let padding = [(0, 0), (0, 0), rows, columns];
    (B::float_pad(x, &padding, PadMode::Constant(value)), [0, 0])
}

fn max(x: DispatchTensor, axes: [Axis; 2]) -> DispatchTensor {
    let (x, padding) = with_padding(x, axes, f32::NEG_INFINITY);
    let kernel = axes.map(|axis| axis.kernel);
    let strides = axes.map(|axis| axis.stride);
    B::max_pool2d(
        x,
        kernel,
        strides,
        padding,
        axes.map(|axis| axis.dilation),
        false,
    )
}

/// The mean where all elements of the kernel count and the padding is 0.
fn mean(x: DispatchTensor, axes: [Axis; 2]) -> DispatchTensor {
    let (x, padding) = with_padding(x, axes, 0.0);
    let kernel = axes.map(|axis| axis.kernel);
    let strides = axes.map(|axis| axis.stride);
    B::avg_pool2d(x, kernel, strides, padding, true, false)
}

/// Means of fewer elements than the kernel has.
fn weighted(means: DispatchTensor, axes: &Axes, counted: Counted) -> DispatchTensor {
    let size: usize = axes.iter().map(|axis| axis.kernel).product();
    let counts = counts::<f32>(axes, counted);
    if counts
        .iter()
        .all(|&count| count.to_bits() == (size as f32).to_bits())
    {
        return means;
    }
    let weights: Vec<f32> = counts.iter().map(|&count| size as f32 / count).collect();
    let rows: usize = means.shape()[2];
    let columns = weights.len() / rows.max(1);
    let shape = burn_shape(&Shape::from([1, 1, rows, columns]));
    let weights = B::float_from_data(TensorData::new(weights, shape), &means.device());
    B::float_mul(means, weights)
}

#[cfg(test)]
mod tests {
    use super::super::super::window::Axes;
    use super::super::pooled as in_memory;
    use super::*;

    fn axis(input: usize, kernel: usize, stride: usize, pads: (usize, usize)) -> Axis {
        let (before, after) = pads;
        Axis {
            input,
            kernel,
            stride,
            dilation: 1,
            before,
            after,
            output: (input + before + after - kernel) / stride + 1,
        }
    }

    #[test]
    fn burn_pools_as_memory_does() {
        let cases: [Axes; 5] = [
            [axis(7, 3, 2, (1, 1))].into_iter().collect(),
            [axis(7, 3, 2, (1, 1)), axis(6, 2, 1, (0, 1))]
                .into_iter()
                .collect(),
            [axis(5, 3, 1, (1, 1)), axis(6, 3, 3, (1, 1))]
                .into_iter()
                .collect(),
            [
                axis(4, 2, 1, (0, 0)),
                axis(5, 3, 2, (0, 2)),
                axis(4, 2, 2, (1, 0)),
            ]
            .into_iter()
            .collect(),
            [
                axis(4, 3, 1, (1, 1)),
                axis(5, 1, 1, (0, 0)),
                axis(4, 4, 4, (0, 0)),
            ]
            .into_iter()
            .collect(),
        ];
        let kinds = [
            Kind::Max,
            Kind::Average(Counted::Inside),
            Kind::Average(Counted::WithPadding),
            Kind::Norm(Order::Two),
            Kind::Norm(Order::Other(3.0)),
        ];
        for (axes, kind) in cases.iter().flat_map(|axes| kinds.map(|kind| (axes, kind))) {
            let shape: Shape = [2, 3]
                .into_iter()
                .chain(axes.iter().map(|a| a.input))
                .collect();
            let values: Vec<f32> = (0..shape.elements())
                .map(|i| (i * 37 % 101) as f32 - 50.0)
                .collect();
            let x = Tensor::from_vec(shape, values);
            let expected = in_memory::<f32>(&x, axes, kind).unwrap();
            let found = pooled(x, axes, kind).unwrap();
            assert_eq!(found.shape(), expected.shape());
            let (found, expected) = (
                found.values::<f32>().unwrap(),
                expected.values::<f32>().unwrap(),
            );
            for (a, b) in found.iter().zip(&*expected) {
                assert!((a - b).abs() < 1e-3, "{kind:?} {axes:?}: {a} {b}");
            }
        }
    }
}
