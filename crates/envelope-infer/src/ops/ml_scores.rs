//! What the operators of `ai.onnx.ml` share: rows of features, labels, and what becomes of scores.
//!
//! Where the standard says little (what two classes mean when there is one score) this follows
//! onnxruntime, which the exporters are written for.

use std::borrow::Cow;

use num_traits::Float;

use crate::data_type::DataType;
use crate::element::{Number, with_number};
use crate::fault::{Result, fault};
use crate::operator::Facts;
use crate::tensor::Tensor;

/// Whether the classical operators take features of this type.
pub(super) fn is_feature(data_type: DataType) -> bool {
    matches!(
        data_type,
        DataType::F32 | DataType::F64 | DataType::I64 | DataType::I32
    )
}

/// The rows of a matrix of features; a vector is one row.
pub(super) struct Rows<'a, T: Number> {
    values: Cow<'a, [T]>,
    pub(super) count: usize,
    pub(super) width: usize,
}

impl<'a, T: Number> Rows<'a, T> {
    /// Takes the rows of a tensor, as numbers of this type.
    pub(super) fn of(x: &'a Tensor) -> Result<Self> {
        let (count, width) = match x.shape()[..] {
            [width] => (1, width),
            [count, width] => (count, width),
            _ => return Err(fault!("found shape {}, expected [N, F]", x.shape())),
        };
        Ok(Self {
            values: numbers_of(x)?,
            count,
            width,
        })
    }

    pub(super) fn row(&self, row: usize) -> &[T] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

/// The elements as numbers of this type.
pub(super) fn numbers_of<T: Number>(x: &Tensor) -> Result<Cow<'_, [T]>> {
    if x.data_type() == T::TYPE {
        return x.values::<T>();
    }
    with_number!(x.data_type(), S => {
        let values = x.values::<S>()?;
        Ok(Cow::Owned(values.iter().map(|v| T::from_f64(v.to_f64())).collect()))
    })
}

/// The labels of the classes.
pub(super) enum Labels {
    Ints(Vec<i64>),
    Strings(Vec<String>),
}

impl Labels {
    /// Reads them from the one of the two attributes that is given.
    pub(super) fn read(facts: &Facts<'_>, ints: &str, strings: &str) -> Result<Self> {
        let numbers = facts.ints(ints)?.unwrap_or_default();
        let texts = facts.texts(strings)?.unwrap_or_default();
        match (numbers.is_empty(), texts.is_empty()) {
            (false, true) => Ok(Self::Ints(numbers.to_vec())),
            (true, false) => Ok(Self::Strings(texts)),
            (true, true) => Err(fault!("attributes `{ints}` and `{strings}` are both empty")),
            (false, false) => Err(fault!("attributes `{ints}` and `{strings}` are both given")),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Ints(labels) => labels.len(),
            Self::Strings(labels) => labels.len(),
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Ints(_) => DataType::I64,
            Self::Strings(_) => DataType::String,
        }
    }

    /// All labels in order.
    pub(super) fn all(&self) -> Tensor {
        match self {
            Self::Ints(labels) => Tensor::from_vec([labels.len()], labels.clone()),
            Self::Strings(labels) => Tensor::from_strings([labels.len()], labels.clone()),
        }
    }

    /// The labels of these classes.
    pub(super) fn of(&self, classes: &[usize]) -> Result<Tensor> {
        fn picked<L: Clone>(labels: &[L], classes: &[usize]) -> Result<Vec<L>> {
            let label = |&class: &usize| labels.get(class).cloned();
            let found: Option<Vec<L>> = classes.iter().map(label).collect();
            found.ok_or_else(|| fault!("there are more classes than {} labels", labels.len()))
        }
        let shape = [classes.len()];
        Ok(match self {
            Self::Ints(labels) => Tensor::from_vec(shape, picked(labels, classes)?),
            Self::Strings(labels) => Tensor::from_strings(shape, picked(labels, classes)?),
        })
    }
}

/// What is done to the scores of a row in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PostTransform {
    None,
    Softmax,
    Logistic,
    SoftmaxZero,
    Probit,
}

impl PostTransform {
    /// Reads the attribute `post_transform` where it is a text.
    pub(super) fn read(facts: &Facts<'_>) -> Result<Self> {
        Ok(match facts.text_or("post_transform", "NONE")? {
            "NONE" => Self::None,
            "SOFTMAX" => Self::Softmax,
            "LOGISTIC" => Self::Logistic,
            "SOFTMAX_ZERO" => Self::SoftmaxZero,
            "PROBIT" => Self::Probit,
            other => return Err(unknown(other)),
        })
    }

    /// Reads the attribute `post_transform` where it is a number.
    pub(super) fn read_number(facts: &Facts<'_>) -> Result<Self> {
        Ok(match facts.int_or("post_transform", 0)? {
            0 => Self::None,
            1 => Self::Softmax,
            2 => Self::Logistic,
            3 => Self::SoftmaxZero,
            4 => Self::Probit,
            other => return Err(unknown(other)),
        })
    }

    /// Refuses what the implementations do not agree on for a single score a row.
    pub(super) fn checked_for(self, targets: usize) -> Result<Self> {
        if targets == 1 && matches!(self, Self::Softmax | Self::SoftmaxZero) {
            return Err(fault!("a softmax over a single score is not supported"));
        }
        Ok(self)
    }

    /// Changes the scores of each row.
    pub(super) fn apply<T: Float>(self, scores: &mut [T], width: usize) {
        match self {
            Self::None => {}
            Self::Logistic => scores
                .iter_mut()
                .for_each(|score| *score = logistic(*score)),
            Self::Probit => scores.iter_mut().for_each(|score| *score = probit(*score)),
            Self::Softmax => scores.chunks_mut(width.max(1)).for_each(softmax),
            Self::SoftmaxZero => scores.chunks_mut(width.max(1)).for_each(softmax_zero),
        }
    }
}

fn unknown(found: impl std::fmt::Display) -> crate::fault::Fault {
    fault!("attribute `post_transform` is `{found}`, which is not known")
}

/// `1 / (1 + e^-x)`, without an overflow on either side.
pub(super) fn logistic<T: Float>(x: T) -> T {
    let small = (-x.abs()).exp();
    let above_half = T::one() / (T::one() + small);
    if x < T::zero() {
        T::one() - above_half
    } else {
        above_half
    }
}

/// The inverse of the normal distribution, in Winitzki's approximation with the constant 0.147 that
/// the implementations share: the exact function would differ from all of them.
fn probit<T: Float>(p: T) -> T {
    let number = |value: f64| T::from(value).unwrap_or_else(T::nan);
    let (one, two) = (T::one(), number(2.0));
    let x = two * p - one;
    let log = ((one - x) * (one + x)).ln();
    let a = two / number(std::f64::consts::PI * 0.147) + log / two;
    let root = ((a * a - log / number(0.147)).sqrt() - a).sqrt();
    let sign = if x < T::zero() { -one } else { one };
    number(std::f64::consts::SQRT_2) * sign * root
}

fn largest<T: Float>(row: &[T]) -> T {
    row.iter().copied().fold(
        T::min_value(),
        |most, score| {
            if score > most { score } else { most }
        },
    )
}

fn softmax<T: Float>(row: &mut [T]) {
    let most = largest(row);
    let mut sum = T::zero();
    for score in row.iter_mut() {
        *score = (*score - most).exp();
        sum = sum + *score;
    }
    for score in row {
        *score = *score / sum;
    }
}

/// A softmax that leaves alone the scores that are zero: classes that got no vote.
fn softmax_zero<T: Float>(row: &mut [T]) {
    let most = largest(row);
    let tiny = T::from(1e-7).unwrap_or_else(T::zero);
    let mut sum = T::zero();
    for score in row.iter_mut() {
        if score.abs() > tiny {
            *score = (*score - most).exp();
            sum = sum + *score;
        } else {
            *score = *score * (-most).exp();
        }
    }
    for score in row {
        *score = *score / sum;
    }
}

/// The position of the largest number, the first of equals.
pub(super) fn first_largest<T: PartialOrd>(row: &[T]) -> usize {
    let mut best = 0;
    for (i, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_are_those_of_the_implementations() {
        let cases: [(PostTransform, [f32; 3], [f32; 3]); 5] = [
            (PostTransform::None, [0.8, 0.0, -1.0], [0.8, 0.0, -1.0]),
            (
                PostTransform::Softmax,
                [0.8, 0.0, 0.0],
                [0.526_687_86, 0.236_656_1, 0.236_656_1],
            ),
            (
                PostTransform::Logistic,
                [0.8, 0.0, -0.9],
                [0.689_974_5, 0.5, 0.289_050_52],
            ),
            (PostTransform::SoftmaxZero, [0.8, 0.0, 0.0], [1.0, 0.0, 0.0]),
            (
                PostTransform::Probit,
                [0.8, 0.5, 0.9],
                [0.841_756_1, 0.0, 1.281_712_9],
            ),
        ];
        for (transform, mut scores, expected) in cases {
            transform.apply(&mut scores, 3);
            for (found, expected) in scores.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{transform:?}: {scores:?}");
            }
        }
    }

    #[test]
    fn finds_the_first_of_the_largest() {
        assert_eq!(first_largest(&[1, 3, 3]), 1);
        assert_eq!(first_largest::<i32>(&[]), 0);
    }
}
