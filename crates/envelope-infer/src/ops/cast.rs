//! Tensors of one element type made into tensors of another.

use burn_backend::ops::{BoolTensorOps as _, FloatTensorOps as _};

use super::narrow::{Narrow, Overflow, PowerRounding, encode_power, signed};
use crate::burn_tensor::{B, bool_type};
use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::tensor::Tensor;

mod text;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry::new("Cast", cast), Entry::new("CastLike", cast_like)];

/// How numbers that a narrow type does not have become such that it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) overflow: Overflow,
    pub(super) rounding: PowerRounding,
}

impl Rules {
    fn of(facts: &Facts<'_>) -> Result<Self> {
        let overflow = if facts.flag("saturate", true)? {
            Overflow::Saturates
        } else {
            Overflow::Escapes
        };
        let rounding = match facts.text_or("round_mode", "up")? {
            "up" => PowerRounding::Up,
            "down" => PowerRounding::Down,
            "nearest" => PowerRounding::Nearest,
            other => return Err(fault!("`{other}` is no way to round")),
        };
        Ok(Self { overflow, rounding })
    }
}

fn cast(facts: &Facts<'_>) -> Result<Built> {
    let to = if facts.version() < 6 {
        let name = facts.text("to")?;
        let name = name.ok_or_else(|| fault!("attribute `to` is missing"))?;
        named(name)?
    } else {
        let to = facts.type_number("to")?;
        to.ok_or_else(|| fault!("attribute `to` is missing"))?
    };
    build(facts, to)
}

/// The first version names the type as the message of a tensor does.
fn named(name: &str) -> Result<DataType> {
    let found = match name {
        "FLOAT" => Some(DataType::F32),
        "DOUBLE" => Some(DataType::F64),
        "BFLOAT16" => Some(DataType::Bf16),
        _ => DataType::from_name(&name.to_ascii_lowercase()),
    };
    found.ok_or_else(|| fault!("there is no element type `{name}`"))
}

fn cast_like(facts: &Facts<'_>) -> Result<Built> {
    build(facts, facts.data_type(1)?)
}

fn build(facts: &Facts<'_>, to: DataType) -> Result<Built> {
    let real = |found| !matches!(found, DataType::Complex64 | DataType::Complex128);
    let from = facts.data_type_where(0, real)?;
    if !real(to) {
        return Err(fault!("a cast to {to} is not supported"));
    }
    let rules = Rules::of(facts)?;
    let operator =
        move |mut inputs: Inputs, _: &Context<'_>| Ok(one(converted(inputs.take(0)?, to, rules)?));
    let built = Built::one(to, operator);
    let on_gpu = |found| matches!(found, DataType::F32 | DataType::Bool);
    Ok(if on_gpu(from) && on_gpu(to) {
        built.anywhere()
    } else {
        built
    })
}

/// The elements as another type.
pub(super) fn converted(x: Tensor, to: DataType, rules: Rules) -> Result<Tensor> {
    let from = x.data_type();
    if from == to {
        return Ok(x);
    }
    if x.is_on_gpu() {
        return converted_on_gpu(x, to);
    }
    if let Some(narrow) = Narrow::of(from) {
        let values = x.raw::<u8>().iter().map(|&v| narrow.decode(v)).collect();
        let decoded: Tensor = Tensor::from_vec::<f32>(x.shape().clone(), values);
        return converted(decoded, to, rules);
    }
    match from {
        // Each lies in a byte, with its sign.
        DataType::I4 | DataType::I2 => converted(x.reinterpreted(DataType::I8), to, rules),
        DataType::Bool if to == DataType::String => Ok(text::of_bools(&x)),
        DataType::U4 | DataType::U2 | DataType::Bool => {
            converted(x.reinterpreted(DataType::U8), to, rules)
        }
        DataType::String => text::parsed(&x, to, rules),
        _ => with_number!(from, S => from_numbers::<S>(&x, to, rules)),
    }
}

fn converted_on_gpu(x: Tensor, to: DataType) -> Result<Tensor> {
    let x = x.into_burn()?;
    match to {
        DataType::Bool => {
            let bool_type = bool_type(&x);
            Tensor::from_burn(B::float_not_equal_elem(x, 0f32.into(), bool_type))
        }
        DataType::F32 => Tensor::from_burn(B::bool_into_float(x, burn_backend::FloatDType::F32)),
        other => Err(fault!("a cast to {other} on the GPU is not supported")),
    }
}

fn from_numbers<S: Number>(x: &Tensor, to: DataType, rules: Rules) -> Result<Tensor> {
    let shape = x.shape().clone();
    let values = x.values::<S>()?;
    if let Some(narrow) = Narrow::of(to) {
        let encode = |value: f64| match to {
            DataType::Float8E8M0 => encode_power(value, rules.rounding, rules.overflow),
            _ => narrow.encode(value, rules.overflow),
        };
        let codes: Vec<u8> = values.iter().map(|v| encode(v.to_f64())).collect();
        return Ok(Tensor::from_raw(to, shape, codes));
    }
    match to {
        DataType::I4 | DataType::I2 | DataType::U4 | DataType::U2 => {
            let bits = 8 / to.elements_in_byte();
            let low = |v: &S| low_bits(convert::<S, i64>(*v), to, bits);
            Ok(Tensor::from_raw(
                to,
                shape,
                values.iter().map(low).collect(),
            ))
        }
        DataType::Bool => {
            let zero = S::from_i64(0);
            Ok(Tensor::from_bools(shape, values.iter().map(|&v| v != zero)))
        }
        DataType::String => Ok(text::of_numbers(shape, &values)),
        _ => with_number!(to, D => {
            let converted: Vec<D> = values.iter().map(|&v| convert::<S, D>(v)).collect();
            Ok(Tensor::from_vec(shape, converted))
        }),
    }
}

/// The lowest bits of a number, as the byte in which an element of such a type lies.
fn low_bits(value: i64, to: DataType, bits: usize) -> u8 {
    let byte = value.to_le_bytes()[0];
    match to {
        DataType::I4 | DataType::I2 => signed(byte, bits).cast_unsigned(),
        _ => byte & (0xff >> (8 - bits)),
    }
}

/// One number as another type: floats are rounded to nearest, what is cut off for an integer and
/// does not fit it loses its highest bits, as an integer would.
#[inline]
fn convert<S: Number, D: Number>(value: S) -> D {
    let from_float = S::TYPE.is_float();
    if D::TYPE.is_float() {
        return if from_float || S::TYPE == DataType::U64 {
            D::from_f64(value.to_f64())
        } else {
            D::from_i64(value.to_i64())
        };
    }
    if from_float && D::TYPE == DataType::U64 && value >= S::from_i64(0) {
        return D::from_f64(value.to_f64());
    }
    D::from_i64(value.to_i64())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is compared is exact")]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        overflow: Overflow::Saturates,
        rounding: PowerRounding::Up,
    };

    #[test]
    fn numbers_lose_their_highest_bits() {
        assert_eq!(convert::<i16, i8>(200), -56);
        assert_eq!(convert::<f32, u8>(-1.0), 255);
        assert_eq!(convert::<f32, u8>(300.7), 44);
        assert_eq!(convert::<f64, u64>(1.8e19), 18_000_000_000_000_000_000);
        assert_eq!(convert::<u64, f32>(u64::MAX), 1.844_674_4e19);
        assert_eq!(convert::<i64, u32>(-1), u32::MAX);
        let cases = [
            (-9.0, 7, 7),
            (-1.5, 0xff, 15),
            (7.5, 7, 7),
            (8.0, 0xf8, 8),
            (17.0, 1, 1),
        ];
        for (value, signed, unsigned) in cases {
            assert_eq!(
                low_bits(convert::<f32, i64>(value), DataType::I4, 4),
                signed
            );
            assert_eq!(
                low_bits(convert::<f32, i64>(value), DataType::U4, 4),
                unsigned
            );
        }
    }

    #[test]
    fn every_type_becomes_every_other() {
        let real = |t: &DataType| !matches!(t, DataType::Complex64 | DataType::Complex128);
        for from in DataType::all().filter(real) {
            let one = converted(Tensor::from_vec([2], vec![1f32, 1.0]), from, RULES).unwrap();
            for to in DataType::all().filter(real) {
                // The only text of a boolean is a word, and no number.
                if (from, to) == (DataType::String, DataType::Bool) {
                    continue;
                }
                let other = converted(one.clone(), to, RULES).unwrap();
                assert_eq!(other.data_type(), to);
                if from == DataType::Bool && to == DataType::String {
                    continue;
                }
                let back = converted(other, DataType::F64, RULES).unwrap();
                assert_eq!(back.values::<f64>().unwrap()[..], [1.0, 1.0], "{from} {to}");
            }
        }
    }
}
