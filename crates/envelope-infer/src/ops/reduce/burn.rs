//! Reductions of `f32` with burn, in memory and on GPUs.

use burn_backend::TensorMetadata as _;
use burn_backend::ops::FloatTensorOps as _;
use burn_backend::{BoolDType, Scalar};
use burn_dispatch::DispatchTensor;

use super::{Kind, Lanes};
use crate::burn_tensor::B;
use crate::fault::Result;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Reduces lanes that are not empty.
pub(super) fn reduce(kind: Kind, x: Tensor, lanes: Lanes) -> Result<Tensor> {
    let shape = Shape::from([lanes.outer, lanes.length, lanes.inner]);
    let x = x.reshaped(shape)?.into_burn()?;
    Tensor::from_burn(match kind {
        Kind::L1 => B::float_sum_dim(B::float_abs(x), 1),
        Kind::L2 => B::float_sqrt(sum_of_squares(x)),
        Kind::LogSum => B::float_log(B::float_sum_dim(x, 1)),
        Kind::LogSumExp => log_of_sum_of_exponentials(x),
        Kind::Max => B::float_max_dim(x, 1),
        Kind::Mean => B::float_mean_dim(x, 1),
        Kind::Min => B::float_min_dim(x, 1),
        Kind::Prod => B::float_prod_dim(x, 1),
        Kind::Sum => B::float_sum_dim(x, 1),
        Kind::SumSquare => sum_of_squares(x),
    })
}

fn sum_of_squares(x: DispatchTensor) -> DispatchTensor {
    B::float_sum_dim(B::float_mul(x.clone(), x), 1)
}

/// The largest element is taken out first, so that no exponential overflows. An infinite one stays
/// in: its difference from itself would be no number.
fn log_of_sum_of_exponentials(x: DispatchTensor) -> DispatchTensor {
    let largest = B::float_max_dim(x.clone(), 1);
    let infinite = B::float_is_inf(largest.clone(), BoolDType::Native);
    let largest = B::float_mask_fill(largest, infinite, Scalar::Float(0.0));
    let largest_everywhere = B::float_expand(largest.clone(), x.shape());
    let exponentials = B::float_exp(B::float_sub(x, largest_everywhere));
    let logarithm = B::float_log(B::float_sum_dim(exponentials, 1));
    B::float_add(logarithm, largest)
}
