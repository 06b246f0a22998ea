//! Random numbers. With a seed they are those that NumPy draws with it.

mod twister;

use std::sync::{Mutex, PoisonError};

use super::moving::Cut;
use super::shape::sizes_of;
use crate::data_type::DataType;
use crate::element::{Number as _, Real, with_float, with_number};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) use twister::Twister;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("Bernoulli", 15, bernoulli),
    Entry::since("Multinomial", 7, multinomial),
    Entry::new("RandomNormal", |facts| of_shape(facts, normal)),
    Entry::new("RandomNormalLike", |facts| like(facts, normal)),
    Entry::new("RandomUniform", |facts| of_shape(facts, uniform)),
    Entry::new("RandomUniformLike", |facts| like(facts, uniform)),
];

/// Where an operator draws from: a seed holds for a session, of which each run goes on.
pub(super) struct Source(Mutex<Twister>);

impl Source {
    pub(super) fn of(seed: Option<u32>) -> Self {
        Self(Mutex::new(
            seed.map_or_else(Twister::unseeded, Twister::seeded),
        ))
    }

    pub(super) fn draw<T>(&self, draw: impl FnOnce(&mut Twister) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The seed of an attribute that is a float: its whole part.
fn source(facts: &Facts<'_>) -> Result<Source> {
    let seed = facts.number("seed")?.filter(|seed| !seed.is_nan());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a seed may be any bits"
    )]
    let whole = seed.map(|seed| seed as i64 as u32);
    Ok(Source::of(whole))
}

/// A distribution: a standard one, stretched and moved.
struct Distribution {
    draw: fn(&mut Twister) -> f64,
    scale: f32,
    shift: f32,
}

fn normal(facts: &Facts<'_>) -> Result<Distribution> {
    Ok(Distribution {
        draw: Twister::normal,
        scale: facts.number_or("scale", 1.0)?,
        shift: facts.number_or("mean", 0.0)?,
    })
}

fn uniform(facts: &Facts<'_>) -> Result<Distribution> {
    let (low, high) = (facts.number_or("low", 0.0)?, facts.number_or("high", 1.0)?);
    Ok(Distribution {
        draw: Twister::uniform,
        scale: high - low,
        shift: low,
    })
}

impl Distribution {
    fn tensor(&self, source: &Source, shape: Shape, data_type: DataType) -> Result<Tensor> {
        with_float!(data_type, T => Ok(self.floats::<T>(source, shape)))
    }

    fn floats<T: Real>(&self, source: &Source, shape: Shape) -> Tensor {
        let (scale, shift) = (self.scale.into(), self.shift.into());
        let (scale, shift) = (T::Wide::from_f64(scale), T::Wide::from_f64(shift));
        let one = |twister: &mut Twister| {
            T::narrow(T::Wide::from_f64((self.draw)(twister)) * scale + shift)
        };
        let elements = shape.elements();
        let made = source.draw(|twister| (0..elements).map(|_| one(twister)).collect());
        Tensor::from_vec(shape, made)
    }
}

type Distributed = fn(&Facts<'_>) -> Result<Distribution>;

fn of_shape(facts: &Facts<'_>, distribution: Distributed) -> Result<Built> {
    let data_type = float_type(facts.type_number("dtype")?.unwrap_or(DataType::F32))?;
    let sizes = facts
        .ints("shape")?
        .ok_or_else(|| fault!("attribute `shape` is missing"))?;
    let shape = sizes_of(sizes)?;
    let (distribution, source) = (distribution(facts)?, source(facts)?);
    let operator = move |_: Inputs, context: &Context<'_>| {
        context.room_for(&shape, data_type)?;
        Ok(one(distribution.tensor(
            &source,
            shape.clone(),
            data_type,
        )?))
    };
    Ok(Built::one(data_type, operator).random())
}

fn like(facts: &Facts<'_>, distribution: Distributed) -> Result<Built> {
    let of_input = facts.data_type(0)?;
    let data_type = float_type(facts.type_number("dtype")?.unwrap_or(of_input))?;
    let (distribution, source) = (distribution(facts)?, source(facts)?);
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let shape = inputs.tensor(0)?.shape().clone();
        context.room_for(&shape, data_type)?;
        Ok(one(distribution.tensor(&source, shape, data_type)?))
    };
    Ok(Built::one(data_type, operator).random())
}

fn float_type(data_type: DataType) -> Result<DataType> {
    if data_type.is_float() {
        Ok(data_type)
    } else {
        Err(fault!("random elements of {data_type} are not supported"))
    }
}

fn bernoulli(facts: &Facts<'_>) -> Result<Built> {
    let of_input = facts.float(0)?;
    let data_type = facts.type_number("dtype")?.unwrap_or(of_input);
    if !data_type.is_number() && data_type != DataType::Bool {
        return Err(fault!("elements of {data_type} are not supported"));
    }
    let source = source(facts)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        context.room_for(x.shape(), data_type)?;
        let probabilities = to_f64s(x)?;
        if let Some(p) = probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(fault!("{p} is no probability"));
        }
        let drawn: Vec<u8> = source.draw(|twister| {
            let happens = |&p| u8::from(twister.happens(p));
            probabilities.iter().map(happens).collect()
        });
        let shape = x.shape().clone();
        if data_type == DataType::Bool {
            return Ok(one(Tensor::from_raw(data_type, shape, drawn)));
        }
        let made: Result<Tensor> = with_number!(data_type, T => {
            let made = drawn.iter().map(|&bit| T::from_i64(bit.into())).collect();
            Ok(Tensor::from_vec(shape, made))
        });
        Ok(one(made?))
    };
    Ok(Built::one(data_type, operator).random())
}

fn to_f64s(x: &Tensor) -> Result<Vec<f64>> {
    with_float!(x.data_type(), T => {
        Ok(x.values::<T>()?.iter().map(|value| value.to_f64()).collect())
    })
}

fn multinomial(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    let data_type = facts.type_number("dtype")?.unwrap_or(DataType::I32);
    if !matches!(data_type, DataType::I32 | DataType::I64) {
        return Err(fault!("elements of {data_type} are not supported"));
    }
    let samples = usize::try_from(facts.int_or("sample_size", 1)?)
        .map_err(|_| fault!("`sample_size` is negative"))?;
    let source = source(facts)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let [batches, classes] = x.shape()[..] else {
            return Err(fault!(
                "found shape {}, expected [batch, classes]",
                x.shape()
            ));
        };
        let shape = Shape::from([batches, samples]);
        let elements = context.room_for(&shape, data_type)?;
        let mut drawn: Vec<i64> = Vec::with_capacity(elements);
        if elements > 0 && classes == 0 {
            return Err(fault!("there is no class to draw"));
        }
        let logits = to_f64s(x)?;
        let cut = Cut {
            blocks: if elements == 0 { 0 } else { batches },
            rows: samples,
            run: classes,
        };
        source.draw(|twister| draw_classes(twister, &logits, cut, &mut drawn));
        Ok(one(if data_type == DataType::I64 {
            Tensor::from_vec(shape, drawn)
        } else {
            let narrow = drawn.into_iter().map(i32::try_from);
            let narrow = narrow.collect::<std::result::Result<Vec<i32>, _>>();
            Tensor::from_vec(
                shape,
                narrow.map_err(|_| fault!("there are too many classes"))?,
            )
        }))
    };
    Ok(Built::one(data_type, operator).random())
}

/// For each block of logits so many classes, each as likely as its logit says.
fn draw_classes(twister: &mut Twister, logits: &[f64], cut: Cut, drawn: &mut Vec<i64>) {
    for block in 0..cut.blocks {
        let logits = &logits[block * cut.run..][..cut.run];
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        let sums: Vec<f64> = logits
            .iter()
            .map(|logit| {
                sum += (logit - largest).exp();
                sum
            })
            .collect();
        for _ in 0..cut.rows {
            let limit = twister.uniform() * sum;
            let class = sums.partition_point(|&sum| sum <= limit).min(cut.run - 1);
            drawn.push(i64::try_from(class).unwrap_or(i64::MAX));
        }
    }
}
