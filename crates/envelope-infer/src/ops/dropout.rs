//! Dropout: nothing but a copy, unless a model is made for training.

use super::random::Source;
use crate::data_type::DataType;
use crate::element::{Element, Number as _, Real, with_float};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Dropout", dropout_by_attribute),
    Entry::since("Dropout", 7, dropout_of_inference),
    Entry::since("Dropout", 12, dropout),
];

/// The versions before 7 train unless an attribute says that they do not.
fn dropout_by_attribute(facts: &Facts<'_>) -> Result<Built> {
    facts.ints("consumed_inputs")?;
    let ratio = facts.number_or("ratio", 0.5)?;
    let data_type = facts.float(0)?;
    if facts.flag("is_test", false)? {
        return Ok(passed_on(data_type, data_type));
    }
    let source = Source::of(None);
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let (made, mask) = dropped(&inputs.take(0)?, f64::from(ratio), &source)?;
        let shape = mask.shape().clone();
        let mask = with_float!(data_type, T => {
            let bits = mask.bools()?;
            Ok(Tensor::from_vec(shape, bits.iter().map(|&bit| T::from_i64(bit.into())).collect()))
        })?;
        Ok(Outputs::from_iter([made.into(), mask.into()]))
    };
    Ok(Built::new([data_type, data_type], operator).random())
}

/// From 7 on there is no training; the mask was one of the data's type until 10.
fn dropout_of_inference(facts: &Facts<'_>) -> Result<Built> {
    facts.number("ratio")?;
    let data_type = facts.float(0)?;
    let mask = if facts.version() < 10 {
        data_type
    } else {
        DataType::Bool
    };
    Ok(passed_on(data_type, mask))
}

/// Passes the data on, with a mask that says that all of it stays.
fn passed_on(data_type: DataType, mask: DataType) -> Built {
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let mask = all_set(mask, x.shape())?;
        Ok(Outputs::from_iter([x.into(), mask.into()]))
    };
    Built::new([data_type, mask], operator).anywhere_but(&[1, 2])
}

fn all_set(data_type: DataType, shape: &Shape) -> Result<Tensor> {
    fn ones<T: Element + Clone>(shape: &Shape, one: T) -> Tensor {
        Tensor::from_vec(shape.clone(), vec![one; shape.elements()])
    }
    if data_type == DataType::Bool {
        let bits = vec![1u8; shape.elements()];
        return Ok(Tensor::from_raw(data_type, shape.clone(), bits));
    }
    with_float!(data_type, T => Ok(ones(shape, T::from_i64(1))))
}

fn dropout(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    if facts.has(1) {
        facts.float(1)?;
    }
    let seed = facts.int("seed")?;
    let wants_mask = facts.wants(1);
    let training = match (facts.has(2), facts.constant(2)) {
        (false, _) => Some(false),
        (true, constant) => constant.map(Tensor::flag).transpose()?,
    };
    if training == Some(false) {
        return Ok(if wants_mask {
            passed_on(data_type, DataType::Bool)
        } else {
            let operator = |mut inputs: Inputs, _: &Context<'_>| {
                Ok(Outputs::from_iter([inputs.take(0)?.into()]))
            };
            Built::one(data_type, operator).anywhere_but(&[1, 2])
        });
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a seed may be any bits"
    )]
    let source = Source::of(seed.map(|seed| seed as u32));
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let ratio = inputs.optional(1)?.map(Tensor::number).transpose()?;
        let (made, mask) = if inputs.tensor(2)?.flag()? {
            dropped(&x, ratio.unwrap_or(0.5), &source)?
        } else {
            let mask = all_set(DataType::Bool, x.shape())?;
            (x, mask)
        };
        Ok(Outputs::from_iter([made.into(), mask.into()]))
    };
    Ok(Built::new([data_type, DataType::Bool], operator).random())
}

/// The data with a part of it dropped and the rest scaled up for it, and the mask of what stays.
fn dropped(x: &Tensor, ratio: f64, source: &Source) -> Result<(Tensor, Tensor)> {
    if !(0.0..1.0).contains(&ratio) {
        return Err(fault!("the ratio is {ratio}, expected 0 to below 1"));
    }
    if ratio == 0.0 {
        return Ok((x.clone(), all_set(DataType::Bool, x.shape())?));
    }
    let elements = x.elements();
    let stays: Vec<u8> = source.draw(|twister| {
        let stays = |_| u8::from(twister.uniform() >= ratio);
        (0..elements).map(stays).collect()
    });
    let made = with_float!(x.data_type(), T => scaled::<T>(x, &stays, 1.0 / (1.0 - ratio)))?;
    let mask = Tensor::from_raw(DataType::Bool, x.shape().clone(), stays);
    Ok((made, mask))
}

fn scaled<T: Real>(x: &Tensor, stays: &[u8], scale: f64) -> Result<Tensor> {
    let scale = T::Wide::from_f64(scale);
    let values = x.values::<T>()?;
    let scaled = values.iter().zip(stays).map(|(value, &stays)| {
        let bit = T::Wide::from_i64(stays.into());
        T::narrow(value.widen() * bit * scale)
    });
    Ok(Tensor::from_vec(x.shape().clone(), scaled.collect()))
}
