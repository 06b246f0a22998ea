//! [CausalConvWithState](https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html): each
//! channel convolved with its own kernel over the present and the past.

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs};
use crate::ops::wide::{converted, widened};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, |t| t.is_float() && t != DataType::F64)?;
    facts.same_data_type([0, 1, 2, 3])?;
    let is_silu = match facts.text_or("activation", "none")? {
        "none" => false,
        "silu" | "swish" => true,
        other => return Err(fault!("`activation` is `{other}`")),
    };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (mut y, state) = convolved(&inputs, context)?;
        if is_silu {
            // The convolution has the type of the input before it is activated.
            y = silu(converted(y, data_type)?)?;
        }
        let outputs = [y, state].map(|output| Ok(converted(output, data_type)?.into()));
        outputs.into_iter().collect::<Result<Outputs>>()
    };
    Ok(Built::new([data_type; 2], operator))
}

fn convolved(inputs: &Inputs, context: &Context<'_>) -> Result<(Tensor, Tensor)> {
    let x = inputs.tensor(0)?;
    let weights = inputs.tensor(1)?;
    let (&[batch, channels, length], &[kernels, 1, kernel]) =
        (&x.shape()[..], &weights.shape()[..])
    else {
        return Err(fault!(
            "found an input {} and weights {}",
            x.shape(),
            weights.shape()
        ));
    };
    if kernels != channels || kernel == 0 {
        return Err(fault!(
            "weights {} do not fit {channels} channels",
            weights.shape()
        ));
    }
    let past = kernel - 1;
    let state_shape: Shape = [batch, channels, past].into();
    context.room_for(&state_shape, x.data_type())?;
    let expected = [(2, Shape::from([channels])), (3, state_shape.clone())];
    for (number, expected) in expected {
        if let Some(found) = inputs.optional(number)?.map(Tensor::shape)
            && *found != expected
        {
            return Err(fault!(
                "input {number} has shape {found}, expected {expected}"
            ));
        }
    }
    let values = |number: usize| -> Result<Option<Vec<f32>>> {
        let tensor = inputs.optional(number)?.cloned();
        tensor.map(|tensor| widened(tensor)?.into_vec()).transpose()
    };
    let x_values = values(0)?.unwrap_or_default();
    let weights = values(1)?.unwrap_or_default();
    let (bias, before) = (values(2)?, values(3)?);
    let mut y = vec![0f32; x_values.len()];
    let mut state = vec![0f32; state_shape.elements()];
    for lane in 0..batch * channels {
        let channel = lane % channels;
        let mut padded = before.as_ref().map_or_else(
            || vec![0f32; past],
            |before| before[lane * past..(lane + 1) * past].to_vec(),
        );
        padded.extend(&x_values[lane * length..(lane + 1) * length]);
        let y = &mut y[lane * length..(lane + 1) * length];
        y.fill(bias.as_ref().map_or(0.0, |bias| bias[channel]));
        add_convolution(
            y,
            &padded,
            &weights[channel * kernel..(channel + 1) * kernel],
        );
        state[lane * past..(lane + 1) * past].copy_from_slice(&padded[length..]);
    }
    Ok((
        Tensor::from_vec(x.shape().clone(), y),
        Tensor::from_vec(state_shape, state),
    ))
}

fn add_convolution(y: &mut [f32], padded: &[f32], kernel: &[f32]) {
    for (offset, &weight) in kernel.iter().enumerate() {
        for (y, &value) in y.iter_mut().zip(&padded[offset..]) {
            *y += weight * value;
        }
    }
}

fn silu(x: Tensor) -> Result<Tensor> {
    let shape = x.shape().clone();
    let values: Vec<f32> = widened(x)?.into_vec()?;
    let mut shares = values.clone();
    crate::ops::fast_math::sigmoid(&mut shares);
    for (share, value) in shares.iter_mut().zip(values) {
        *share *= value;
    }
    Ok(Tensor::from_vec(shape, shares))
}
