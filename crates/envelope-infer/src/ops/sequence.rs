//! Sequences of tensors.

use std::sync::Arc;

use super::shape::unsqueezed;
use super::slice::{joined, parted};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::axis_of;
use crate::tensor::Tensor;
use crate::value::{Value, ValueType};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("ConcatFromSequence", 11, concat_from_sequence),
    Entry::since("SequenceAt", 11, at),
    Entry::since("SequenceConstruct", 11, construct),
    Entry::since("SequenceEmpty", 11, empty),
    Entry::since("SequenceErase", 11, erase),
    Entry::since("SequenceInsert", 11, insert),
    Entry::since("SequenceLength", 11, length),
    Entry::since("SplitToSequence", 11, split_to_sequence),
];

fn sequence_type(of: impl Into<ValueType>) -> ValueType {
    ValueType::Sequence(Box::new(of.into()))
}

/// The type of the elements of an input that is a sequence.
pub(super) fn element_type<'a>(facts: &Facts<'a>, input: usize) -> Result<&'a ValueType> {
    match facts.value_type(input)? {
        ValueType::Sequence(of) => Ok(of),
        other => Err(fault!("input {input} is {other}, expected a sequence")),
    }
}

/// The position that a tensor names among so many.
fn position(tensor: &Tensor, count: usize) -> Result<usize> {
    let position = tensor.integer()?;
    axis_of(position, count).map_err(|_| fault!("position {position} is not among {count}"))
}

fn construct(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type(0..facts.input_count())?;
    let operator = |inputs: Inputs, _: &Context<'_>| {
        let values = inputs.take_all()?.into_iter().map(Value::from).collect();
        Ok(one(Value::Sequence(Arc::new(values))))
    };
    Ok(Built::one(sequence_type(data_type), operator))
}

fn empty(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.type_number("dtype")?.unwrap_or(DataType::F32);
    let operator = |_: Inputs, _: &Context<'_>| Ok(one(Value::Sequence(Arc::default())));
    Ok(Built::one(sequence_type(data_type), operator))
}

fn at(facts: &Facts<'_>) -> Result<Built> {
    let of = element_type(facts, 0)?.clone();
    let operator = |inputs: Inputs, _: &Context<'_>| {
        let values = inputs.value(0)?.sequence()?;
        let position = position(inputs.tensor(1)?, values.len())?;
        Ok(one(values[position].clone()))
    };
    Ok(Built::one(of, operator))
}

/// The elements of an input that is a sequence, to be changed.
fn taken(inputs: &mut Inputs) -> Result<Vec<Value>> {
    match inputs.take_value(0)? {
        Value::Sequence(values) => Ok(Arc::unwrap_or_clone(values)),
        other => Err(fault!("found {}, expected a sequence", other.kind())),
    }
}

fn insert(facts: &Facts<'_>) -> Result<Built> {
    let of = element_type(facts, 0)?;
    if facts.value_type(1)? != of {
        return Err(fault!(
            "{} goes into a sequence of {of}",
            facts.value_type(1)?
        ));
    }
    let operator = |mut inputs: Inputs, _: &Context<'_>| {
        let mut values = taken(&mut inputs)?;
        // It may stand after the last one.
        let place = match inputs.optional(2)? {
            None => values.len(),
            Some(tensor) => match tensor.integer()? {
                end if usize::try_from(end) == Ok(values.len()) => values.len(),
                _ => position(tensor, values.len())?,
            },
        };
        values.insert(place, inputs.take_value(1)?);
        Ok(one(Value::Sequence(Arc::new(values))))
    };
    Ok(Built::one(sequence_type(of.clone()), operator))
}

fn erase(facts: &Facts<'_>) -> Result<Built> {
    let of = element_type(facts, 0)?.clone();
    let operator = |mut inputs: Inputs, _: &Context<'_>| {
        let mut values = taken(&mut inputs)?;
        let last = values.len().checked_sub(1);
        let last = last.ok_or_else(|| fault!("the sequence is empty"))?;
        let place = inputs.optional(1)?;
        values.remove(place.map_or(Ok(last), |tensor| position(tensor, values.len()))?);
        Ok(one(Value::Sequence(Arc::new(values))))
    };
    Ok(Built::one(sequence_type(of), operator))
}

fn length(facts: &Facts<'_>) -> Result<Built> {
    element_type(facts, 0)?;
    let operator = |inputs: Inputs, _: &Context<'_>| {
        let length = inputs.value(0)?.sequence()?.len();
        Ok(one(Tensor::scalar(
            i64::try_from(length).unwrap_or(i64::MAX),
        )))
    };
    Ok(Built::one(DataType::I64, operator))
}

fn concat_from_sequence(facts: &Facts<'_>) -> Result<Built> {
    let of = element_type(facts, 0)?.clone();
    let axis = facts.int("axis")?;
    let axis = axis.ok_or_else(|| fault!("attribute `axis` is missing"))?;
    let stacks = facts.flag("new_axis", false)?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let values = inputs.value(0)?.sequence()?;
        let tensors = values.iter().map(|value| value.tensor().cloned());
        let mut tensors: Vec<Tensor> = tensors.collect::<Result<_>>()?;
        if stacks {
            let widened = tensors.into_iter().map(|x| {
                let shape = unsqueezed(x.shape(), &[axis])?;
                x.reshaped(shape)
            });
            tensors = widened.collect::<Result<_>>()?;
        }
        let first = tensors
            .first()
            .ok_or_else(|| fault!("the sequence is empty"))?;
        let axis = first.shape().axis(axis)?;
        Ok(one(joined(tensors, axis)?))
    };
    Ok(Built::one(of, operator))
}

fn split_to_sequence(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axis = facts.int_or("axis", 0)?;
    let keeps_axis = facts.flag("keepdims", true)? || facts.has(1);
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let axis = x.shape().axis(axis)?;
        let sizes = sizes(inputs.optional(1)?, x.shape()[axis])?;
        let mut values = parted(x, axis, &sizes)?.into_vec();
        if !keeps_axis {
            let narrowed = values.into_iter().map(|value| {
                let part = value.into_tensor()?;
                let mut shape = part.shape().to_vec();
                shape.remove(axis);
                Ok(part.reshaped(shape)?.into())
            });
            values = narrowed.collect::<Result<_>>()?;
        }
        Ok(one(Value::Sequence(Arc::new(values))))
    };
    Ok(Built::one(sequence_type(data_type), operator))
}

/// The sizes of the parts: each of a size with the rest as the last one, those of a list, or 1.
fn sizes(split: Option<&Tensor>, rows: usize) -> Result<Vec<usize>> {
    let Some(split) = split else {
        return Ok(vec![1; rows]);
    };
    let numbers = split.integers()?;
    let sizes: Option<Vec<usize>> = numbers.iter().map(|&n| usize::try_from(n).ok()).collect();
    let sizes = sizes.ok_or_else(|| fault!("a part has a negative size"))?;
    match (split.rank(), &sizes[..]) {
        (0, &[size]) if size > 0 => {
            let parts = rows.div_ceil(size);
            let size = |part: usize| (rows - part * size).min(size);
            Ok((0..parts).map(size).collect())
        }
        (1, _) if sizes.iter().try_fold(0usize, |sum, &n| sum.checked_add(n)) == Some(rows) => {
            Ok(sizes)
        }
        _ => Err(fault!("parts of {sizes:?} do not make {rows} rows")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_sizes() {
        let scalar = |n: i64| Tensor::scalar(n);
        let list = |n: &[i64]| Tensor::from_vec([n.len()], n.to_vec());
        let cases = [
            (None, 2, Some(vec![1, 1])),
            (Some(scalar(2)), 5, Some(vec![2, 2, 1])),
            (Some(scalar(0)), 5, None),
            (Some(scalar(-1)), 5, None),
            (Some(list(&[5, 0])), 5, Some(vec![5, 0])),
            (Some(list(&[5, 1])), 5, None),
            (Some(scalar(3)), 0, Some(vec![])),
        ];
        for (split, rows, expected) in cases {
            assert_eq!(sizes(split.as_ref(), rows).ok(), expected, "{split:?}");
        }
    }
}
