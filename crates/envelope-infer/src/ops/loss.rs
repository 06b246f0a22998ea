//! Losses of classifiers: negative log-likelihood, and cross entropy after a softmax.

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs, one};
use crate::ops::wide::{Wide, converted, widened, with_wide};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("NegativeLogLikelihoodLoss", 12, likelihood),
    Entry::since("SoftmaxCrossEntropyLoss", 12, cross_entropy),
];

#[derive(Clone, Copy)]
enum Reduction {
    None,
    Sum,
    Mean,
}

#[derive(Clone, Copy)]
struct Loss {
    data_type: DataType,
    reduction: Reduction,
    /// Samples of this class do not count.
    ignored: Option<i64>,
}

impl Loss {
    fn new(facts: &Facts<'_>) -> Result<Self> {
        facts.float(0)?;
        let data_type = facts.same_data_type([0, 2])?;
        facts.data_type_where(1, DataType::is_integer)?;
        let reduction = match facts.text_or("reduction", "mean")? {
            "none" => Reduction::None,
            "sum" => Reduction::Sum,
            "mean" => Reduction::Mean,
            other => return Err(fault!("`reduction` is `{other}`")),
        };
        Ok(Self {
            data_type,
            reduction,
            ignored: facts.int("ignore_index")?,
        })
    }
}

fn likelihood(facts: &Facts<'_>) -> Result<Built> {
    let loss = Loss::new(facts)?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        with_wide!(loss.data_type, T => {
            let x = widened(inputs.tensor(0)?.clone())?;
            let found = loss.of::<T>(&x.values()?, x.shape(), &inputs)?;
            Ok(one(converted(found, loss.data_type)?))
        })
    };
    Ok(Built::one(loss.data_type, operator))
}

fn cross_entropy(facts: &Facts<'_>) -> Result<Built> {
    let loss = Loss::new(facts)?;
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        with_wide!(loss.data_type, T => {
            let x = widened(inputs.tensor(0)?.clone())?;
            let shape = x.shape().clone();
            let mut values: Vec<T> = x.into_vec()?;
            let classes = Classes::of(&shape)?;
            log_softmax(&mut values, classes);
            let found = loss.of::<T>(&values, &shape, &inputs)?;
            let outputs = [found, Tensor::from_vec(shape, values)];
            let outputs = outputs.map(|output| Ok(converted(output, loss.data_type)?.into()));
            outputs.into_iter().collect::<Result<Outputs>>()
        })
    };
    Ok(Built::new([loss.data_type; 2], operator))
}

/// Scores as `[samples, classes, places]`.
#[derive(Clone, Copy)]
struct Classes {
    classes: usize,
    places: usize,
}

impl Classes {
    fn of(shape: &Shape) -> Result<Self> {
        match &shape[..] {
            [_, classes, places @ ..] => Ok(Self {
                classes: *classes,
                places: places.iter().product(),
            }),
            _ => Err(fault!("found shape {shape}, expected samples and classes")),
        }
    }
}

impl Loss {
    fn of<T: Wide>(self, scores: &[T], shape: &Shape, inputs: &Inputs) -> Result<Tensor> {
        let Classes { classes, places } = Classes::of(shape)?;
        let targets = inputs.tensor(1)?;
        let expected: Shape = shape
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != 1)
            .map(|(_, &size)| size)
            .collect();
        if *targets.shape() != expected {
            let found = targets.shape();
            return Err(fault!(
                "the targets have shape {found}, expected {expected}"
            ));
        }
        let weights: Option<Vec<T>> = match inputs.optional(2)? {
            Some(weights) if *weights.shape() == [classes].into() => {
                Some(widened(weights.clone())?.into_vec()?)
            }
            Some(weights) => {
                let found = weights.shape();
                return Err(fault!(
                    "the weights have shape {found}, expected [{classes}]"
                ));
            }
            None => None,
        };
        let mut losses = Vec::with_capacity(targets.elements());
        let mut weight_sum = T::zero();
        for (i, target) in targets.integers()?.into_iter().enumerate() {
            if self.ignored == Some(target) {
                losses.push(T::zero());
                continue;
            }
            let class = usize::try_from(target)
                .ok()
                .filter(|&class| class < classes);
            let class =
                class.ok_or_else(|| fault!("class {target} is not among {classes} classes"))?;
            let weight = weights.as_ref().map_or(T::one(), |weights| weights[class]);
            weight_sum += weight;
            let score = scores[(i / places * classes + class) * places + i % places];
            losses.push(-score * weight);
        }
        let sum = losses.iter().fold(T::zero(), |sum, &loss| sum + loss);
        Ok(match self.reduction {
            Reduction::None => Tensor::from_vec(expected, losses),
            Reduction::Sum => Tensor::scalar(sum),
            Reduction::Mean => Tensor::scalar(sum / weight_sum),
        })
    }
}

fn log_softmax<T: Wide>(values: &mut [T], Classes { classes, places }: Classes) {
    if classes == 0 || places == 0 {
        return;
    }
    for sample in values.chunks_exact_mut(classes * places) {
        let mut largest = vec![T::neg_infinity(); places];
        for row in sample.chunks_exact(places) {
            for (most, &value) in largest.iter_mut().zip(row) {
                *most = if value > *most { value } else { *most };
            }
        }
        let mut sums = vec![T::zero(); places];
        for row in sample.chunks_exact_mut(places) {
            for ((value, &most), sum) in row.iter_mut().zip(&largest).zip(&mut sums) {
                *value -= most;
                *sum += value.exp();
            }
        }
        for row in sample.chunks_exact_mut(places) {
            for (value, sum) in row.iter_mut().zip(&sums) {
                *value -= sum.ln();
            }
        }
    }
}
