//! Windows: Hann, Hamming, Blackman.

use std::f64::consts::TAU;

use crate::data_type::DataType;
use crate::element::{Number as _, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The element type that an attribute states, or `float32`.
pub(super) fn output_type(facts: &Facts<'_>) -> Result<DataType> {
    let data_type = facts
        .type_number("output_datatype")?
        .unwrap_or(DataType::F32);
    if data_type.is_number() {
        Ok(data_type)
    } else {
        Err(fault!("`output_datatype` is {data_type}"))
    }
}

/// Makes a window; the function gives its height at an angle of the whole circle.
pub(super) fn build(facts: &Facts<'_>, height: fn(f64) -> f64) -> Result<Built> {
    facts.data_type_where(0, DataType::is_integer)?;
    let data_type = output_type(facts)?;
    let periodic = facts.flag("periodic", true)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let size = inputs.tensor(0)?.integer()?;
        let length = usize::try_from(size).map_err(|_| fault!("a window of {size} elements"))?;
        let shape = Shape::from([length]);
        context.room_for(&shape, data_type)?;
        let circle = if periodic {
            length
        } else {
            length.saturating_sub(1)
        };
        let at = |i: usize| match circle {
            // A window of one element lets it pass.
            0 => 1.0,
            _ => height(TAU * i as f64 / circle as f64),
        };
        Ok(one(with_number!(data_type, T => {
            let heights = (0..length).map(|i| T::from_f64(at(i)));
            Ok::<_, crate::fault::Fault>(Tensor::from_vec(shape.clone(), heights.collect()))
        })?))
    };
    Ok(Built::one(data_type, operator))
}

pub(super) fn hann(angle: f64) -> f64 {
    (angle / 2.0).sin().powi(2)
}

pub(super) fn hamming(angle: f64) -> f64 {
    let base = 25.0 / 46.0;
    base - (1.0 - base) * angle.cos()
}

pub(super) fn blackman(angle: f64) -> f64 {
    0.42 - 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos()
}
