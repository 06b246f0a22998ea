//! Floats made into small integers or very narrow floats by a scale and a zero point, and back.

use super::fast_math;
use super::narrow::{Narrow, Overflow};
use crate::data_type::DataType;
use crate::element::{Number as _, to_single, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

mod dynamic;
mod granularity;

use granularity::{Blocks, Granularity};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("DequantizeLinear", dequantize),
    Entry::new("DynamicQuantizeLinear", dynamic::build),
    Entry::new("QuantizeLinear", quantize),
];

/// The least and the largest number of a type of integers.
pub(super) fn range(data_type: DataType) -> Option<(f32, f32)> {
    Some(match data_type {
        DataType::U8 => (0.0, 255.0),
        DataType::I8 => (-128.0, 127.0),
        DataType::U16 => (0.0, 65535.0),
        DataType::I16 => (-32768.0, 32767.0),
        DataType::U4 => (0.0, 15.0),
        DataType::I4 => (-8.0, 7.0),
        DataType::U2 => (0.0, 3.0),
        DataType::I2 => (-2.0, 1.0),
        _ => return None,
    })
}

fn is_quantized(data_type: DataType) -> bool {
    let narrow = data_type != DataType::Float8E8M0 && Narrow::of(data_type).is_some();
    narrow || range(data_type).is_some()
}

fn is_scale(data_type: DataType) -> bool {
    is_single_or_narrower(data_type) || matches!(data_type, DataType::I32 | DataType::Float8E8M0)
}

fn is_single_or_narrower(data_type: DataType) -> bool {
    matches!(data_type, DataType::F32 | DataType::F16 | DataType::Bf16)
}

/// The elements in single precision, from any type that these operators read.
pub(super) fn to_singles(x: &Tensor) -> Result<Vec<f32>> {
    if let Some(narrow) = Narrow::of(x.data_type()) {
        return Ok(x.raw::<u8>().iter().map(|&v| narrow.decode(v)).collect());
    }
    match x.data_type() {
        DataType::I4 | DataType::I2 => Ok(x
            .raw::<u8>()
            .iter()
            .map(|v| f32::from(v.cast_signed()))
            .collect()),
        DataType::U4 | DataType::U2 => Ok(x.raw::<u8>().iter().map(|&v| v.into()).collect()),
        DataType::F32 => Ok(x.values::<f32>()?.into_owned()),
        other => with_number!(other, T => {
            Ok(x.values::<T>()?.iter().map(|&v| to_single(v)).collect())
        }),
    }
}

/// What is subtracted or added, for each scale; nothing where it is left out.
fn zero_points(zero_point: Option<&Tensor>, scale: &Tensor) -> Result<Option<Vec<f32>>> {
    let Some(zero_point) = zero_point else {
        return Ok(None);
    };
    if zero_point.elements() != scale.elements() {
        return Err(fault!(
            "the zero point has shape {}, expected that of the scale, {}",
            zero_point.shape(),
            scale.shape()
        ));
    }
    let points = to_singles(zero_point)?;
    Ok(points.iter().any(|&v| v != 0.0).then_some(points))
}

/// How numbers become quantized ones.
#[derive(Clone, Copy, Debug)]
struct Quantization {
    to: DataType,
    overflow: Overflow,
    /// The type that quotients are rounded to, if it is narrower than single precision.
    precision: Option<DataType>,
    blocks: Blocks,
}

fn quantize(facts: &Facts<'_>) -> Result<Built> {
    let input = |found| is_single_or_narrower(found) || found == DataType::I32;
    facts.data_type_where(0, input)?;
    let scale = facts.data_type_where(1, is_scale)?;
    let stated = match facts.int_or("output_dtype", 0)? {
        0 => None,
        _ => facts.type_number("output_dtype")?,
    };
    let to = facts
        .optional_data_type(2)?
        .or(stated)
        .unwrap_or(DataType::U8);
    if !is_quantized(to) || stated.is_some_and(|stated| stated != to) {
        return Err(fault!("quantizing to {to} is not supported"));
    }
    let precision = match facts.int_or("precision", 0)? {
        0 => scale,
        _ => facts.type_number("precision")?.unwrap_or(scale),
    };
    if !is_scale(precision) {
        return Err(fault!("dividing in {precision} is not supported"));
    }
    let saturates = facts.flag("saturate", true)?;
    let quantization = Quantization {
        to,
        overflow: if saturates {
            Overflow::Saturates
        } else {
            Overflow::Escapes
        },
        precision: Some(precision).filter(|found| matches!(found, DataType::F16 | DataType::Bf16)),
        blocks: Blocks::of(facts)?,
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| Ok(one(quantization.run(&inputs)?));
    Ok(Built::one(to, operator))
}

impl Quantization {
    fn run(&self, inputs: &Inputs) -> Result<Tensor> {
        let (x, scale) = (inputs.tensor(0)?, inputs.tensor(1)?);
        let granularity = Granularity::new(x.shape(), scale.shape(), self.blocks)?;
        let points = zero_points(inputs.optional(2)?, scale)?;
        let mut values = to_singles(x)?;
        granularity.each_row(
            &mut values,
            &to_singles(scale)?,
            |row, scales| match *scales {
                [scale] => fast_math::apply(row, move |v| v / scale),
                _ => row
                    .iter_mut()
                    .zip(scales)
                    .for_each(|(v, scale)| *v /= scale),
            },
        );
        if let Some(precision) = self.precision {
            round_to(&mut values, precision)?;
        }
        let whole = range(self.to).is_some();
        if whole {
            fast_math::apply(&mut values, f32::round_ties_even);
        }
        if let Some(points) = points {
            granularity.each_row(&mut values, &points, |row, points| match *points {
                [point] => fast_math::apply(row, move |v| v + point),
                _ => row
                    .iter_mut()
                    .zip(points)
                    .for_each(|(v, point)| *v += point),
            });
        }
        if self.to == DataType::Float4E2M1 && inputs.has(2) {
            // A zero point of 0 is added too, and takes its sign from -0.
            fast_math::apply(&mut values, |v| v + 0.0);
        }
        Ok(self.encoded(x.shape().clone(), values))
    }

    fn encoded(&self, shape: Shape, mut values: Vec<f32>) -> Tensor {
        if let Some((low, high)) = range(self.to) {
            return saturated(self.to, (low, high), shape, &mut values);
        }
        let codes = match Narrow::of(self.to) {
            Some(narrow) => {
                let code = |&v: &f32| narrow.encode(v.into(), self.overflow);
                values.iter().map(code).collect()
            }
            None => vec![0u8; values.len()],
        };
        Tensor::from_raw(self.to, shape, codes)
    }
}

/// Whole numbers as integers of a type, those outside its range as the nearest in it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "they are within the range"
)]
pub(super) fn saturated(
    to: DataType,
    (low, high): (f32, f32),
    shape: Shape,
    values: &mut [f32],
) -> Tensor {
    // NaN becomes the least number.
    fast_math::apply(values, move |v| {
        let v = if v > low { v } else { low };
        if v < high { v } else { high }
    });
    let values = &*values;
    match to {
        DataType::U16 => Tensor::from_vec(shape, values.iter().map(|&v| v as u16).collect()),
        DataType::I16 => Tensor::from_vec(shape, values.iter().map(|&v| v as i16).collect()),
        DataType::I8 | DataType::I4 | DataType::I2 => {
            Tensor::from_raw(to, shape, values.iter().map(|&v| v as i8).collect())
        }
        _ => Tensor::from_raw(to, shape, values.iter().map(|&v| v as u8).collect()),
    }
}

/// Rounds each value to a narrower type and back.
fn round_to(values: &mut [f32], precision: DataType) -> Result<()> {
    crate::element::with_float!(precision, T => {
        for value in values {
            *value = to_single(T::from_f64((*value).into()));
        }
        Ok(())
    })
}

fn dequantize(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, |found| is_quantized(found) || found == DataType::I32)?;
    let scale = facts.data_type_where(1, |found| {
        is_single_or_narrower(found) || found == DataType::Float8E8M0
    })?;
    if facts.has(2) {
        facts.same_data_type([0, 2])?;
    }
    let stated = match facts.int_or("output_dtype", 0)? {
        0 => None,
        _ => facts.type_number("output_dtype")?,
    };
    let to = stated.unwrap_or(scale);
    if !is_single_or_narrower(to) {
        return Err(fault!("dequantizing to {to} is not supported"));
    }
    let blocks = Blocks::of(facts)?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let values = dequantized(&inputs, blocks)?;
        let single = Tensor::from_vec(inputs.tensor(0)?.shape().clone(), values);
        Ok(one(match to {
            DataType::F32 => single,
            _ => super::elementwise::from_single(&single, to)?,
        }))
    };
    Ok(Built::one(to, operator))
}

fn dequantized(inputs: &Inputs, blocks: Blocks) -> Result<Vec<f32>> {
    let (x, scale) = (inputs.tensor(0)?, inputs.tensor(1)?);
    let granularity = Granularity::new(x.shape(), scale.shape(), blocks)?;
    let mut values = to_singles(x)?;
    if let Some(points) = zero_points(inputs.optional(2)?, scale)? {
        granularity.each_row(&mut values, &points, |row, points| match *points {
            [point] => fast_math::apply(row, move |v| v - point),
            _ => row
                .iter_mut()
                .zip(points)
                .for_each(|(v, point)| *v -= point),
        });
    }
    granularity.each_row(
        &mut values,
        &to_singles(scale)?,
        |row, scales| match *scales {
            [scale] => fast_math::apply(row, move |v| v * scale),
            _ => row
                .iter_mut()
                .zip(scales)
                .for_each(|(v, scale)| *v *= scale),
        },
    );
    Ok(values)
}
