//! [MelWeightMatrix](https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html): triangles over the
//! bins of a spectrum, evenly spaced on the mel scale.

use std::f64::consts::LN_10;

use super::window::output_type;
use crate::data_type::DataType;
use crate::element::{Number as _, with_number};
use crate::fault::{Fault, Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    for input in 0..3 {
        facts.data_type_where(input, DataType::is_integer)?;
    }
    facts.float(3)?;
    facts.float(4)?;
    let data_type = output_type(facts)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let count = |input: usize| {
            let value = inputs.tensor(input)?.integer()?;
            usize::try_from(value).map_err(|_| fault!("input {input} is {value}"))
        };
        let (bands, length, rate) = (count(0)?, count(1)?, count(2)?);
        let edges = [inputs.tensor(3)?.number()?, inputs.tensor(4)?.number()?];
        let shape = Shape::from([length / 2 + 1, bands]);
        // The triangles are made as doubles.
        context.room_for(&shape, DataType::F64)?;
        let weights = weights(&corners(bands, length, rate, edges)?, &shape)?;
        Ok(one(with_number!(data_type, T => {
            let weights = weights.iter().map(|&weight| T::from_f64(weight));
            Ok::<_, Fault>(Tensor::from_vec(shape.clone(), weights.collect()))
        })?))
    };
    Ok(Built::one(data_type, operator))
}

/// The bins at which triangles begin, peak and end.
fn corners(bands: usize, length: usize, rate: usize, edges: [f64; 2]) -> Result<Vec<usize>> {
    let points = bands
        .checked_add(2)
        .ok_or_else(|| fault!("{bands} bands are too many"))?;
    let [low, high] = edges.map(|hertz| 2595.0 * (hertz / 700.0).ln_1p() / LN_10);
    let step = (high - low) / points as f64;
    let corner = |i: usize| {
        let hertz = 700.0 * ((low + i as f64 * step) / 2595.0 * LN_10).exp_m1();
        let bin = ((length as f64 + 1.0) * hertz / rate as f64).floor();
        if (0.0..=(length / 2) as f64).contains(&bin) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it was just compared with both ends"
            )]
            Ok(bin as usize)
        } else {
            Err(fault!("{hertz} Hz is beyond the spectrum"))
        }
    };
    (0..points).map(corner).collect()
}

fn weights(corners: &[usize], shape: &Shape) -> Result<Vec<f64>> {
    let bands = shape[1];
    let mut weights = vec![0f64; shape.elements()];
    for (band, corner) in corners.windows(3).enumerate() {
        let &[left, peak, right] = corner else {
            continue;
        };
        if peak < left || right < peak {
            return Err(fault!("the upper edge lies below the lower one"));
        }
        if left == peak {
            weights[peak * bands + band] = 1.0;
        }
        for bin in left..=peak {
            if left < peak {
                weights[bin * bands + band] = (bin - left) as f64 / (peak - left) as f64;
            }
        }
        for bin in peak..right {
            weights[bin * bands + band] = (right - bin) as f64 / (right - peak) as f64;
        }
    }
    Ok(weights)
}
