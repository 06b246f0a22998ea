//! Operators on columns of numbers: `ArrayFeatureExtractor`, `Binarizer`, `FeatureVectorizer`,
//! `Imputer`.

use crate::data_type::DataType;
use crate::element::{Number, with_number, with_size};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::ops::ml_scores::{is_feature, numbers_of};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn extract(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, |data_type| {
        data_type == DataType::String || is_feature(data_type)
    })?;
    facts.data_type_where(1, |data_type| data_type == DataType::I64)?;
    let operator = |inputs: Inputs, context: &Context<'_>| {
        let (x, wanted) = (inputs.tensor(0)?, inputs.tensor(1)?.integers()?);
        let Some((&width, outer)) = x.shape().split_last() else {
            return Err(fault!("found a scalar, expected features"));
        };
        let place = |&index: &i64| {
            let found = usize::try_from(index).ok().filter(|&index| index < width);
            found.ok_or_else(|| fault!("index {index} is not among {width} features"))
        };
        let wanted: Vec<usize> = wanted.iter().map(place).collect::<Result<_>>()?;
        // One row of features comes out as a matrix of one row.
        let rows = if outer.is_empty() { &[1][..] } else { outer };
        let shape: Shape = rows.iter().copied().chain([wanted.len()]).collect();
        context.room_for(&shape, x.data_type())?;
        Ok(one(gathered(x, width, &wanted, shape)?))
    };
    Ok(Built::one(data_type, operator))
}

fn gathered(x: &Tensor, width: usize, wanted: &[usize], shape: Shape) -> Result<Tensor> {
    fn pick<T: Clone>(values: &[T], width: usize, wanted: &[usize]) -> Vec<T> {
        let rows = values.chunks(width.max(1));
        rows.flat_map(|row| wanted.iter().map(|&i| row[i].clone()))
            .collect()
    }
    if x.data_type() == DataType::String {
        return Ok(Tensor::from_strings(
            shape,
            pick(x.strings()?, width, wanted),
        ));
    }
    with_size!(x.data_type(), T => {
        Ok(Tensor::from_raw(x.data_type(), shape, pick(&x.raw::<T>(), width, wanted)))
    })
}

pub(super) fn binarizer(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, is_feature)?;
    let threshold = f64::from(facts.number_or("threshold", 0.0)?);
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let binary = with_number!(x.data_type(), T => {
            let shape = x.shape().clone();
            let mut values = x.into_vec::<T>()?;
            for value in &mut values {
                *value = T::from_i64(i64::from(value.to_f64() > threshold));
            }
            Ok(Tensor::from_vec(shape, values))
        });
        Ok(one(binary?))
    };
    Ok(Built::one(data_type, operator))
}

pub(super) fn vectorizer(facts: &Facts<'_>) -> Result<Built> {
    let count = facts.input_count();
    for input in 0..count {
        facts.data_type_where(input, is_feature)?;
    }
    let widths = facts.ints("inputdimensions")?;
    let widths = widths.map(|widths| {
        let width = |&width: &i64| usize::try_from(width);
        widths
            .iter()
            .map(width)
            .collect::<std::result::Result<Vec<_>, _>>()
    });
    let widths = widths.transpose();
    let widths = widths.map_err(|_| fault!("inputdimensions has a negative size"))?;
    if widths.as_ref().is_some_and(|widths| widths.len() != count) || count == 0 {
        return Err(fault!("inputdimensions does not fit {count} inputs"));
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let tensors: Vec<Tensor> = inputs.take_all()?;
        let widths = match &widths {
            Some(widths) => widths.clone(),
            None => tensors.iter().map(|one| matrix(one).1).collect(),
        };
        Ok(one(side_by_side(&tensors, &widths, context)?))
    };
    Ok(Built::one(DataType::F32, operator))
}

/// The number of rows, and how much of the tensor each has; a vector is one row.
fn matrix(x: &Tensor) -> (usize, usize) {
    match x.shape()[..] {
        [] => (1, 1),
        [width] => (1, width),
        [rows, ref inner @ ..] => (rows, inner.iter().product()),
    }
}

/// The inputs next to each other, each cut off or filled with zeros to its width.
fn side_by_side(tensors: &[Tensor], widths: &[usize], context: &Context<'_>) -> Result<Tensor> {
    let rows = tensors.first().map_or(0, |first| matrix(first).0);
    let total = widths
        .iter()
        .try_fold(0usize, |sum, &width| sum.checked_add(width));
    let total = total.ok_or_else(|| fault!("inputdimensions are too large"))?;
    let shape = Shape::from([rows, total]);
    let mut result = vec![0f32; context.room_for(&shape, DataType::F32)?];
    let mut offset = 0;
    for (tensor, &width) in tensors.iter().zip(widths) {
        let (own_rows, own_width) = matrix(tensor);
        if own_rows != rows {
            return Err(fault!("an input has {own_rows} rows, expected {rows}"));
        }
        let values = numbers_of::<f32>(tensor)?;
        let taken = width.min(own_width);
        for row in 0..rows {
            let from = &values[row * own_width..][..taken];
            result[row * total + offset..][..taken].copy_from_slice(from);
        }
        offset += width;
    }
    Ok(Tensor::from_vec(shape, result))
}

pub(super) fn imputer(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type_where(0, is_feature)?;
    let floats = facts.numbers("imputed_value_floats")?.unwrap_or_default();
    let ints = facts.ints("imputed_value_int64s")?.unwrap_or_default();
    let replaced_float = facts.number_or("replaced_value_float", 0.0)?;
    let replaced_int = facts.int_or("replaced_value_int64", 0)?;
    let fits = |value: &i64| data_type == DataType::I64 || i32::try_from(*value).is_ok();
    if data_type.is_float() == floats.is_empty() || data_type.is_float() != ints.is_empty() {
        return Err(fault!("the imputed values are not those of {data_type}"));
    }
    if !data_type.is_float() && !ints.iter().chain([&replaced_int]).all(fits) {
        return Err(fault!("a value does not fit {data_type}"));
    }
    with_number!(data_type, T => {
        let imputed: Vec<T> = if data_type.is_float() {
            floats.iter().map(|&value| T::from_f64(value.into())).collect()
        } else {
            ints.iter().map(|&value| T::from_i64(value)).collect()
        };
        let replaced = if data_type.is_float() {
            T::from_f64(replaced_float.into())
        } else {
            T::from_i64(replaced_int)
        };
        let operator = move |mut inputs: Inputs, _: &Context<'_>| {
            Ok(one(imputed_in(inputs.take(0)?, replaced, &imputed)?))
        };
        Ok(Built::one(data_type, operator))
    })
}

fn imputed_in<T: Number>(x: Tensor, replaced: T, imputed: &[T]) -> Result<Tensor> {
    let shape = x.shape().clone();
    let width = shape.last().copied().unwrap_or(1);
    if imputed.len() != 1 && imputed.len() != width {
        return Err(fault!(
            "rows have {width} features, but there are {} imputed values",
            imputed.len()
        ));
    }
    let mut values = x.into_vec::<T>()?;
    let is_missing =
        |value: T| value == replaced || (value.to_f64().is_nan() && replaced.to_f64().is_nan());
    for row in values.chunks_mut(width.max(1)) {
        for (i, value) in row.iter_mut().enumerate() {
            if is_missing(*value) {
                *value = imputed.get(i).copied().unwrap_or(imputed[0]);
            }
        }
    }
    Ok(Tensor::from_vec(shape, values))
}
