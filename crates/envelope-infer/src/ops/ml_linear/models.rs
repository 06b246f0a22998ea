//! `LinearClassifier` and `LinearRegressor`: a row of coefficients for each score.

use rayon::prelude::*;

use super::{PARALLEL_WORK, dot};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs, one};
use crate::ops::ml_scores::{Labels, PostTransform, Rows, first_largest, is_feature, logistic};
use crate::shape::Shape;
use crate::tensor::Tensor;

struct Linear {
    coefficients: Vec<f32>,
    intercepts: Vec<f32>,
}

impl Linear {
    fn read(facts: &Facts<'_>) -> Result<Self> {
        let coefficients = facts.numbers("coefficients")?.unwrap_or_default();
        if coefficients.is_empty() {
            return Err(fault!("there are no coefficients"));
        }
        Ok(Self {
            coefficients: coefficients.to_vec(),
            intercepts: facts.numbers("intercepts")?.unwrap_or_default().to_vec(),
        })
    }

    /// The scores of each row, so many a row.
    fn scores(
        &self,
        rows: &Rows<'_, f32>,
        targets: usize,
        context: &Context<'_>,
    ) -> Result<Vec<f32>> {
        if targets.checked_mul(rows.width) != Some(self.coefficients.len()) {
            return Err(fault!(
                "rows have {} features, which does not fit {} coefficients for {targets} scores",
                rows.width,
                self.coefficients.len()
            ));
        }
        let shape = Shape::from([rows.count, targets]);
        let mut scores = vec![0f32; context.room_for(&shape, DataType::F32)?];
        let fill = |(row, scores): (usize, &mut [f32])| {
            let row = rows.row(row);
            for (target, score) in scores.iter_mut().enumerate() {
                let coefficients = &self.coefficients[target * rows.width..][..rows.width];
                let intercept = self.intercepts.get(target).copied().unwrap_or(0.0);
                *score = dot(row, coefficients) + intercept;
            }
        };
        if rows.count.saturating_mul(self.coefficients.len()) >= PARALLEL_WORK {
            scores.par_chunks_mut(targets).enumerate().for_each(fill);
        } else {
            scores.chunks_mut(targets).enumerate().for_each(fill);
        }
        Ok(scores)
    }
}

pub(super) fn regressor(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_feature)?;
    let linear = Linear::read(facts)?;
    let targets = facts.int_or("targets", 1)?;
    let targets = usize::try_from(targets)
        .ok()
        .filter(|&targets| targets > 0 && linear.coefficients.len().is_multiple_of(targets))
        .ok_or_else(|| {
            let found = linear.coefficients.len();
            fault!("{found} coefficients do not fit {targets} targets")
        })?;
    if !linear.intercepts.is_empty() && linear.intercepts.len() != targets {
        return Err(fault!(
            "there are {} intercepts, expected {targets}",
            linear.intercepts.len()
        ));
    }
    let transform = PostTransform::read(facts)?.checked_for(targets)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let rows = Rows::of(inputs.tensor(0)?)?;
        let mut scores = linear.scores(&rows, targets, context)?;
        transform.apply(&mut scores, targets);
        Ok(one(Tensor::from_vec([rows.count, targets], scores)))
    };
    Ok(Built::one(DataType::F32, operator))
}

struct Classifier {
    linear: Linear,
    labels: Labels,
    transform: PostTransform,
    /// The rows of coefficients.
    targets: usize,
}

pub(super) fn classifier(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_feature)?;
    let linear = Linear::read(facts)?;
    let labels = Labels::read(facts, "classlabels_ints", "classlabels_strings")?;
    // Whether the classes were trained one against the rest changes nothing here.
    facts.int("multi_class")?;
    let targets = match linear.intercepts.len() {
        0 => labels.len(),
        intercepts => intercepts,
    };
    let fits = targets == labels.len() || (targets == 1 && labels.len() == 2);
    if !fits || labels.len() < 2 || !linear.coefficients.len().is_multiple_of(targets) {
        return Err(fault!(
            "{} labels, {} intercepts and {} coefficients do not fit each other",
            labels.len(),
            linear.intercepts.len(),
            linear.coefficients.len()
        ));
    }
    let transform = PostTransform::read(facts)?;
    if targets == 1 && transform == PostTransform::Probit {
        return Err(fault!(
            "post_transform PROBIT is not supported for two classes with one score"
        ));
    }
    let label_type = labels.data_type();
    let classifier = Classifier {
        linear,
        labels,
        transform,
        targets,
    };
    let operator =
        move |inputs: Inputs, context: &Context<'_>| classifier.run(inputs.tensor(0)?, context);
    Ok(Built::new([label_type, DataType::F32], operator))
}

impl Classifier {
    fn run(&self, x: &Tensor, context: &Context<'_>) -> Result<Outputs> {
        let rows = Rows::of(x)?;
        // Without intercepts, one row of coefficients for two classes shows in their number alone.
        let is_pair = self.labels.len() == 2 && self.linear.coefficients.len() == rows.width;
        let targets = if is_pair { 1 } else { self.targets };
        let mut scores = self.linear.scores(&rows, targets, context)?;
        let chosen: Vec<usize> = if targets == 1 {
            scores
                .iter()
                .map(|&score| usize::from(score > 0.0))
                .collect()
        } else {
            scores.chunks(targets).map(first_largest).collect()
        };
        let scores = if targets == 1 {
            self.pairs(&scores)
        } else {
            self.transform.apply(&mut scores, targets);
            scores
        };
        let scores = Tensor::from_vec([rows.count, self.labels.len()], scores);
        Ok(smallvec::smallvec![
            self.labels.of(&chosen)?.into(),
            scores.into()
        ])
    }

    /// The scores of two classes from that of the second, as onnxruntime makes them.
    fn pairs(&self, scores: &[f32]) -> Vec<f32> {
        let pair = |&score: &f32| match self.transform {
            PostTransform::Logistic => [logistic(-score), logistic(score)],
            _ => [1.0 - score, score],
        };
        scores.iter().flat_map(pair).collect()
    }
}
