//! Activation functions made of burn's operations, for tensors on a GPU.

use burn_backend::ops::{ActivationOps as _, FloatTensorOps as _};
use burn_dispatch::DispatchTensor;

use crate::burn_tensor::{B, bool_type};

/// exp(x) - 1 below 0, and 0 above.
fn exp_minus_1_below_0(x: DispatchTensor) -> DispatchTensor {
    let below = B::float_clamp_max(x, 0f32.into());
    B::float_sub_scalar(B::float_exp(below), 1f32.into())
}

pub(super) fn exponential_unit(x: DispatchTensor, gamma: f32, alpha: f32) -> DispatchTensor {
    let below = B::float_mul_scalar(exp_minus_1_below_0(x.clone()), alpha.into());
    let both = B::float_add(B::relu(x), below);
    B::float_mul_scalar(both, gamma.into())
}

pub(super) fn celu(x: DispatchTensor, alpha: f32) -> DispatchTensor {
    let low = B::float_exp(B::float_div_scalar(x.clone(), alpha.into()));
    let low = B::float_mul_scalar(B::float_sub_scalar(low, 1f32.into()), alpha.into());
    B::float_add(B::relu(x), B::float_clamp_max(low, 0f32.into()))
}

/// x (1 + tanh(y)) / 2, which is x times the sigmoid of 2y.
pub(super) fn gelu_by_tanh(x: DispatchTensor) -> DispatchTensor {
    let square = B::float_mul(x.clone(), x.clone());
    let cube = B::float_mul(square, x.clone());
    let inner = B::float_add(x.clone(), B::float_mul_scalar(cube, 0.044_715_f32.into()));
    let inner = B::float_mul_scalar(inner, 1.595_769_f32.into());
    B::float_mul(x, B::sigmoid(inner))
}

pub(super) fn hard_swish(x: DispatchTensor) -> DispatchTensor {
    let gate = B::hard_sigmoid(x.clone(), (1f32 / 6.0).into(), 0.5f32.into());
    B::float_mul(x, gate)
}

pub(super) fn softplus(x: DispatchTensor) -> DispatchTensor {
    let tail = B::float_exp(B::float_neg(B::float_abs(x.clone())));
    B::float_add(B::relu(x), B::float_log1p(tail))
}

pub(super) fn mish(x: DispatchTensor) -> DispatchTensor {
    B::float_mul(x.clone(), B::float_tanh(softplus(x)))
}

pub(super) fn softsign(x: DispatchTensor) -> DispatchTensor {
    let size = B::float_add_scalar(B::float_abs(x.clone()), 1f32.into());
    B::float_div(x, size)
}

pub(super) fn swish(x: DispatchTensor, alpha: f32) -> DispatchTensor {
    let gate = if alpha.to_bits() == 1f32.to_bits() {
        B::sigmoid(x.clone())
    } else {
        B::sigmoid(B::float_mul_scalar(x.clone(), alpha.into()))
    };
    B::float_mul(x, gate)
}

pub(super) fn thresholded_relu(x: DispatchTensor, alpha: f32) -> DispatchTensor {
    let bool_type = bool_type(&x);
    let low = B::float_lower_equal_elem(x.clone(), alpha.into(), bool_type);
    B::float_mask_fill(x, low, 0f32.into())
}

/// Both have one rank, and the slopes broadcast to the other.
pub(super) fn parametric_relu(x: DispatchTensor, slope: DispatchTensor) -> DispatchTensor {
    let bool_type = bool_type(&x);
    let low = B::float_lower_elem(x.clone(), 0f32.into(), bool_type);
    let sloped = B::float_mul(x.clone(), slope);
    B::float_mask_where(x, low, sloped)
}
