//! `DynamicQuantizeLinear`: scale and zero point follow from the least and the largest value.

use smallvec::smallvec;

use super::super::fast_math;
use super::saturated;
use crate::data_type::DataType;
use crate::fault::Result;
use crate::operator::{Built, Context, Facts, Inputs, Outputs};
use crate::tensor::Tensor;

/// The range of unsigned bytes.
const HIGHEST: f32 = 255.0;

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, |found| found == DataType::F32)?;
    let outputs = [DataType::U8, DataType::F32, DataType::U8];
    Ok(Built::new(outputs, |inputs: Inputs, _: &Context<'_>| {
        quantized(inputs.tensor(0)?)
    }))
}

fn quantized(x: &Tensor) -> Result<Outputs> {
    let values = x.values::<f32>()?;
    let (low, high) = extremes(&values);
    let scale = if low < high {
        (high - low) / HIGHEST
    } else {
        1.0
    };
    let zero_point = (-low / scale).clamp(0.0, HIGHEST).round_ties_even();
    let mut quantized = values.into_owned();
    fast_math::apply(&mut quantized, move |v| {
        (v / scale).round_ties_even() + zero_point
    });
    let quantized = saturated(
        DataType::U8,
        (0.0, HIGHEST),
        x.shape().clone(),
        &mut quantized,
    );
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is within 0 and 255"
    )]
    let zero_point = Tensor::scalar(zero_point as u8);
    Ok(smallvec![
        quantized.into(),
        Tensor::scalar(scale).into(),
        zero_point.into()
    ])
}

/// The least and the largest value, 0 among them; found in several lanes, as vectors have them.
fn extremes(values: &[f32]) -> (f32, f32) {
    const LANES: usize = 16;
    let (mut low, mut high) = ([0f32; LANES], [0f32; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            low[i] = if chunk[i] < low[i] { chunk[i] } else { low[i] };
            high[i] = if chunk[i] > high[i] {
                chunk[i]
            } else {
                high[i]
            };
        }
    }
    let least = low.iter().chain(rest).copied().fold(0.0, f32::min);
    let largest = high.iter().chain(rest).copied().fold(0.0, f32::max);
    (least, largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_hold_zero() {
        let many: Vec<f32> = (0u8..100).map(|i| 50.0 - f32::from(i)).collect();
        assert_eq!(extremes(&many), (-49.0, 50.0));
        assert_eq!(extremes(&[2.0]), (0.0, 2.0));
        assert_eq!(extremes(&[]), (0.0, 0.0));
    }
}
