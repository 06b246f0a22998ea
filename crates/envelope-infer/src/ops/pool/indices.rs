//! `MaxPool` that also tells where the largest elements lie.

use num_traits::Float as _;

use super::super::rows::Rows;
use super::super::wide::{converted, wide_type, widened_in_memory, with_wide};
use super::super::window::{Axes, Windows};
use super::{axes_over, output_shape};
use crate::data_type::DataType;
use crate::element::Number;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs};
use crate::tensor::Tensor;

/// In which order the elements of an image are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StorageOrder {
    RowMajor,
    ColumnMajor,
}

impl StorageOrder {
    pub(super) fn read(facts: &Facts<'_>) -> Result<Self> {
        match facts.int_or("storage_order", 0)? {
            0 => Ok(Self::RowMajor),
            1 => Ok(Self::ColumnMajor),
            other => Err(fault!(
                "attribute `storage_order` is {other}, expected 0 or 1"
            )),
        }
    }

    /// How far the number changes with a step along each dimension.
    fn strides(self, axes: &Axes) -> Vec<usize> {
        let mut strides = vec![1; axes.len()];
        let sizes: Vec<usize> = axes.iter().map(|axis| axis.input).collect();
        for i in 0..axes.len() {
            strides[i] = match self {
                Self::RowMajor => sizes[i + 1..].iter().product(),
                Self::ColumnMajor => sizes[..i].iter().product(),
            };
        }
        strides
    }
}

pub(super) fn max_pool(facts: &Facts<'_>, order: StorageOrder) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let windows = Windows::read(facts)?.rounded(facts)?;
    windows.kernel()?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let axes = axes_over(&windows, x.shape())?;
        let output = output_shape(x.shape(), &axes);
        context.room_for(&output, DataType::I64)?;
        let x = widened_in_memory(x)?;
        let (y, indices) = match x.data_type() {
            DataType::I8 => largest::<i8>(&x, &axes, order, i8::MIN)?,
            DataType::U8 => largest::<u8>(&x, &axes, order, u8::MIN)?,
            other => with_wide!(other, W => largest::<W>(&x, &axes, order, W::neg_infinity()))?,
        };
        debug_assert_eq!(y.data_type(), wide_type(data_type));
        Ok(Outputs::from_iter([
            converted(y, data_type)?.into(),
            indices.into(),
        ]))
    };
    Ok(Built::new([data_type, DataType::I64], operator))
}

/// An element of a window that is looked at: where it lies, and its number.
type Candidate = (usize, usize);

fn largest<T: Number>(
    x: &Tensor,
    axes: &Axes,
    order: StorageOrder,
    least: T,
) -> Result<(Tensor, Tensor)> {
    let values = x.values::<T>()?;
    let output = output_shape(x.shape(), axes);
    let size: usize = axes.iter().map(|axis| axis.input).product();
    let length: usize = axes.iter().map(|axis| axis.output).product();
    let work = length * axes.iter().map(|axis| axis.kernel).product::<usize>();
    let numbers = order.strides(axes);
    let mut found = vec![(least, 0i64); output.elements()];
    Rows { length, work }.fill(&mut found, |image, found| {
        let x = &values[image * size..][..size];
        for (o, found) in found.iter_mut().enumerate() {
            let mut best: Option<(T, usize)> = None;
            each_candidate(axes, &numbers, o, |(place, number)| {
                let value = x[place];
                if best.is_none_or(|(largest, _)| value > largest || is_nan(value)) {
                    best = Some((value, number));
                }
            });
            let (value, number) = best.unwrap_or((least, 0));
            let number = i64::try_from(image * size + number).unwrap_or(i64::MAX);
            *found = (value, number);
        }
    });
    let indices = found.iter().map(|pair| pair.1).collect();
    let values = found.iter().map(|pair| pair.0).collect();
    Ok((
        Tensor::from_vec(output.clone(), values),
        Tensor::from_vec(output, indices),
    ))
}

#[expect(clippy::eq_op, reason = "only NaN is unlike itself")]
fn is_nan<T: PartialEq + Copy>(value: T) -> bool {
    value != value
}

/// Visits the elements of a window in row-major order.
fn each_candidate(axes: &Axes, numbers: &[usize], output: usize, mut visit: impl FnMut(Candidate)) {
    let mut candidates: Vec<Candidate> = vec![(0, 0)];
    let mut rest: usize = axes.iter().map(|axis| axis.output).product();
    let mut output = output;
    for (axis, &step) in axes.iter().zip(numbers) {
        rest /= axis.output;
        let along = output / rest;
        output %= rest;
        candidates = candidates
            .iter()
            .flat_map(|&(place, number)| {
                axis.taps(along).map(move |tap| {
                    let position = axis.position(along, tap);
                    (place * axis.input + position, number + position * step)
                })
            })
            .collect();
    }
    candidates.into_iter().for_each(&mut visit);
}
