//! Pooling whole images to one number a channel.

use burn_backend::ops::FloatTensorOps as _;
use burn_backend::{Scalar, TensorMetadata as _};
use burn_dispatch::DispatchTensor;

use super::super::rows::{Rows, max_of, sum_of};
use super::super::wide::{Wide, converted, widened_in_memory, with_wide};
use super::burn::{power as burn_power, root as burn_root};
use super::{Counted, Kind, Order};
use crate::burn_tensor::B;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn average(facts: &Facts<'_>) -> Result<Built> {
    global(facts, Kind::Average(Counted::Inside))
}

pub(super) fn max(facts: &Facts<'_>) -> Result<Built> {
    global(facts, Kind::Max)
}

pub(super) fn norm(facts: &Facts<'_>) -> Result<Built> {
    global(facts, Kind::Norm(Order::read(facts)?))
}

fn global(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    let data_type = facts.float(0)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let &[batch, channels, ref spatial @ ..] = &x.shape()[..] else {
            return Err(fault!(
                "found shape {}, expected batch and channels",
                x.shape()
            ));
        };
        let ones = spatial.iter().map(|_| 1);
        let output: Shape = [batch, channels].into_iter().chain(ones).collect();
        let rows = Shape::from([batch * channels, spatial.iter().product()]);
        if x.is_on_gpu() && x.elements() > 0 {
            let y = by_burn(x.reshaped(rows)?.into_burn()?, kind);
            return Ok(one(Tensor::from_burn(y)?.reshaped(output)?));
        }
        let x = widened_in_memory(x)?;
        let y = with_wide!(x.data_type(), W => in_memory::<W>(&x, rows[1], kind, output))?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn by_burn(rows: DispatchTensor, kind: Kind) -> DispatchTensor {
    match kind {
        Kind::Max => B::float_max_dim(rows, 1),
        Kind::Average(_) => B::float_mean_dim(rows, 1),
        Kind::Norm(order) => {
            let length = rows.shape()[1] as f64;
            let means = B::float_mean_dim(burn_power(rows, order), 1);
            burn_root(B::float_mul_scalar(means, Scalar::from(length)), order)
        }
    }
}

fn in_memory<W: Wide>(x: &Tensor, length: usize, kind: Kind, output: Shape) -> Result<Tensor> {
    let x = x.values::<W>()?;
    let mut y = vec![W::zero(); output.elements()];
    let rows = Rows {
        length: 1,
        work: length,
    };
    rows.fill(&mut y, |row, y| {
        let x = &x[row * length..][..length];
        y[0] = match kind {
            Kind::Max => max_of(x),
            Kind::Average(_) => sum_of(x, |v| v) / W::from_f64(length as f64),
            Kind::Norm(order) => order.root(sum_of(x, |v| order.power(v))),
        };
    });
    Ok(Tensor::from_vec(output, y))
}
