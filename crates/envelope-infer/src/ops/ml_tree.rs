//! `ai.onnx.ml`: ensembles of trees.
//!
//! The three operators describe trees in two ways, which [`attributes`] and [`compact`] read into
//! the one form that [`forest`] walks.

mod attributes;
mod classifier;
mod compact;
mod forest;

use crate::data_type::DataType;
use crate::element::{Number, Real};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::ops::ml_scores::{PostTransform, Rows, is_feature};
use crate::shape::Shape;
use crate::tensor::Tensor;
use forest::{Aggregate, Forest, Threshold};

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        domain: "ai.onnx.ml",
        name: "TreeEnsemble",
        since: 5,
        build: compact,
    },
    Entry::ml("TreeEnsembleClassifier", classify),
    Entry::ml("TreeEnsembleRegressor", regress),
];

fn classify(facts: &Facts<'_>) -> Result<Built> {
    if is_double(facts, "class_weights_as_tensor")? {
        classifier::build::<f64>(facts)
    } else {
        classifier::build::<f32>(facts)
    }
}

fn regress(facts: &Facts<'_>) -> Result<Built> {
    if is_double(facts, "target_weights_as_tensor")? {
        regressor::<f64>(facts)
    } else {
        regressor::<f32>(facts)
    }
}

/// Whether the trees compare and sum in 64 bits: where features, thresholds or weights have them.
fn is_double(facts: &Facts<'_>, weights: &str) -> Result<bool> {
    let mut double = facts.data_type_where(0, is_feature)? == DataType::F64;
    for name in ["nodes_values_as_tensor", "base_values_as_tensor", weights] {
        double |= facts
            .tensor(name)?
            .is_some_and(|tensor| tensor.data_type() == DataType::F64);
    }
    // How often a node is visited matters to nobody who only predicts.
    facts.numbers("nodes_hitrates")?;
    facts.tensor("nodes_hitrates_as_tensor")?;
    Ok(double)
}

/// What a regressor does with the leaves that a row ends in.
struct Regressor<T> {
    forest: Forest<T>,
    targets: usize,
    aggregate: Aggregate,
    base: Vec<T>,
    transform: PostTransform,
}

impl<T: Threshold> Regressor<T> {
    fn new(forest: Forest<T>, targets: usize, aggregate: Aggregate) -> Self {
        Self {
            forest,
            targets,
            aggregate,
            base: Vec::new(),
            transform: PostTransform::None,
        }
    }

    /// The scores of each row, with the base values added and transformed.
    fn scores(&self, x: &Tensor, out: DataType, context: &Context<'_>) -> Result<(Shape, Vec<T>)> {
        let rows = Rows::<T>::of(x)?;
        let shape = Shape::from([rows.count, self.targets]);
        context.room_for(&shape, out)?;
        let mut scores = self
            .forest
            .tally(&rows, self.targets, self.aggregate)?
            .scores;
        if !self.base.is_empty() {
            for row in scores.chunks_mut(self.targets) {
                for (score, base) in row.iter_mut().zip(&self.base) {
                    *score += *base;
                }
            }
        }
        self.transform.apply(&mut scores, self.targets);
        Ok((shape, scores))
    }
}

fn regressor<T: Threshold>(facts: &Facts<'_>) -> Result<Built> {
    let targets = target_count(facts)?;
    let draft = attributes::draft::<T>(facts, &attributes::TARGETS, targets)?;
    let aggregate = match facts.text_or("aggregate_function", "SUM")? {
        "SUM" => Aggregate::Sum,
        "AVERAGE" => Aggregate::Average,
        "MIN" => Aggregate::Min,
        "MAX" => Aggregate::Max,
        other => return Err(fault!("aggregate_function `{other}` is not known")),
    };
    let base = attributes::base_values(facts)?;
    if !base.is_empty() && base.len() != targets {
        return Err(fault!(
            "base_values has {} values, expected {targets}",
            base.len()
        ));
    }
    let regressor = Regressor {
        base,
        transform: PostTransform::read(facts)?.checked_for(targets)?,
        ..Regressor::new(Forest::new(draft)?, targets, aggregate)
    };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (shape, scores) = regressor.scores(inputs.tensor(0)?, DataType::F32, context)?;
        Ok(one(Tensor::from_vec(shape, singles(scores))))
    };
    Ok(Built::one(DataType::F32, operator))
}

fn target_count(facts: &Facts<'_>) -> Result<usize> {
    let targets = facts.int_or("n_targets", 0)?;
    usize::try_from(targets)
        .ok()
        .filter(|&targets| targets > 0)
        .ok_or_else(|| fault!("n_targets is {targets}, expected at least 1"))
}

/// The numbers in 32 bits, which is what the older operators return for any input.
fn singles<T: Number>(values: Vec<T>) -> Vec<f32> {
    values
        .into_iter()
        .map(|value| f32::from_f64(value.to_f64()))
        .collect()
}

fn compact(facts: &Facts<'_>) -> Result<Built> {
    match facts.data_type(0)? {
        DataType::F32 => compact_in::<f32>(facts),
        DataType::F64 => compact_in::<f64>(facts),
        DataType::F16 => compact_in::<half::f16>(facts),
        other => Err(fault!("input 0 has elements of {other}, expected floats")),
    }
}

fn compact_in<T: Real>(facts: &Facts<'_>) -> Result<Built>
where
    T::Wide: Threshold,
{
    let targets = target_count(facts)?;
    let draft = compact::draft::<T::Wide>(facts, T::TYPE, targets)?;
    let aggregate = match facts.int_or("aggregate_function", 1)? {
        0 => Aggregate::Average,
        1 => Aggregate::Sum,
        2 => Aggregate::Min,
        3 => Aggregate::Max,
        other => return Err(fault!("aggregate_function {other} is not known")),
    };
    let regressor = Regressor {
        transform: PostTransform::read_number(facts)?.checked_for(targets)?,
        ..Regressor::new(Forest::new(draft)?, targets, aggregate)
    };
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (shape, scores) = regressor.scores(inputs.tensor(0)?, T::TYPE, context)?;
        let narrow: Vec<T> = scores.into_iter().map(T::narrow).collect();
        Ok(one(Tensor::from_vec(shape, narrow)))
    };
    Ok(Built::one(T::TYPE, operator))
}
