//! From the votes of the trees to classes and their scores.
//!
//! Two classes are often given by the votes for one of them. What the scores are then, the standard
//! does not say; exporters rely on what onnxruntime does, and so does this. Where that is undefined
//! or contradicts itself, the model is refused.

use super::attributes;
use super::forest::{Aggregate, Forest, Tally, Threshold};
use super::singles;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs};
use crate::ops::ml_scores::{Labels, PostTransform, Rows, logistic};
use crate::shape::Shape;
use crate::tensor::Tensor;

struct Classifier<T> {
    forest: Forest<T>,
    labels: Labels,
    base: Vec<T>,
    transform: PostTransform,
    votes: Votes,
}

/// Whom the votes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Votes {
    /// One class, and there is no other.
    Single,
    /// The first of two classes by number; in truth a score for the second.
    FirstOfTwo { all_positive: bool },
    /// The second of two classes.
    SecondOfTwo { all_positive: bool },
    /// All classes.
    Each,
}

pub(super) fn build<T: Threshold>(facts: &Facts<'_>) -> Result<Built> {
    let labels = Labels::read(facts, "classlabels_int64s", "classlabels_strings")?;
    let draft = attributes::draft::<T>(facts, &attributes::CLASSES, labels.len())?;
    let votes = draft.leaves.iter().flatten();
    let all_positive = votes.clone().all(|vote| vote.weight >= T::zero());
    let ids = facts.ints("class_ids")?.unwrap_or_default();
    let only = ids
        .first()
        .filter(|first| ids.iter().all(|id| id == *first));
    let votes = match (labels.len(), only) {
        (1, _) => Votes::Single,
        (2, Some(0)) => Votes::FirstOfTwo { all_positive },
        (2, Some(_)) => Votes::SecondOfTwo { all_positive },
        _ => Votes::Each,
    };
    let label_type = labels.data_type();
    let classifier = Classifier {
        forest: Forest::new(draft)?,
        labels,
        base: attributes::base_values(facts)?,
        transform: PostTransform::read(facts)?,
        votes,
    };
    classifier.check()?;
    let operator =
        move |inputs: Inputs, context: &Context<'_>| classifier.run(inputs.tensor(0)?, context);
    Ok(Built::new([label_type, DataType::F32], operator))
}

impl<T: Threshold> Classifier<T> {
    /// Refuses what has no meaning that all agree on.
    fn check(&self) -> Result<()> {
        let classes = self.labels.len();
        let fits = match self.votes {
            Votes::Single | Votes::FirstOfTwo { .. } => self.base.len() <= 1,
            Votes::SecondOfTwo { .. } => self.base.is_empty(),
            Votes::Each => self.base.is_empty() || self.base.len() == classes,
        };
        if !fits {
            return Err(fault!(
                "base_values has {} values, which is not supported with {classes} classes",
                self.base.len()
            ));
        }
        let one = matches!(&self.labels, Labels::Ints(labels) if labels[..] == [1]);
        if self.votes == Votes::Single && !(one && self.transform == PostTransform::None) {
            return Err(fault!(
                "a single class is supported with label 1 and without post_transform"
            ));
        }
        let from_one = matches!(self.votes, Votes::FirstOfTwo { .. });
        if from_one && self.transform == PostTransform::Probit {
            return Err(fault!(
                "post_transform PROBIT is not supported for two classes with one score"
            ));
        }
        Ok(())
    }

    fn run(&self, x: &Tensor, context: &Context<'_>) -> Result<Outputs> {
        let rows = Rows::<T>::of(x)?;
        let classes = self.labels.len();
        let shape = Shape::from([rows.count, classes]);
        context.room_for(&shape, DataType::F32)?;
        let mut tally = self.forest.tally(&rows, classes, Aggregate::Sum)?;
        let labels = match self.votes {
            Votes::Single => self.single(&mut tally),
            Votes::FirstOfTwo { all_positive } => self
                .labels
                .of(&self.first_of_two(&mut tally, all_positive))?,
            Votes::SecondOfTwo { all_positive } => {
                let above = self.boundary(all_positive);
                let second = |row: &[T]| usize::from(row[1] > above);
                let chosen: Vec<usize> = tally.scores.chunks(2).map(second).collect();
                self.transform.apply(&mut tally.scores, 2);
                self.labels.of(&chosen)?
            }
            Votes::Each => self.labels.of(&self.each(&mut tally))?,
        };
        let scores = Tensor::from_vec(shape, singles(tally.scores));
        Ok(smallvec::smallvec![labels.into(), scores.into()])
    }

    /// The score above which the second of two classes is chosen.
    fn boundary(&self, all_positive: bool) -> T {
        // Weights that are never negative are shares of votes, unless they go through a logistic
        // function: then half of it is at zero.
        if all_positive && self.transform != PostTransform::Logistic {
            T::one() / (T::one() + T::one())
        } else {
            T::zero()
        }
    }

    fn single(&self, tally: &mut Tally<T>) -> Tensor {
        let base = self.base.first().copied().unwrap_or_else(T::zero);
        let mut labels = Vec::with_capacity(tally.scores.len());
        for score in &mut tally.scores {
            *score += base;
            labels.push(i64::from(*score > T::zero()));
        }
        Tensor::from_vec([labels.len()], labels)
    }

    fn first_of_two(&self, tally: &mut Tally<T>, all_positive: bool) -> Vec<usize> {
        let base = self.base.first().copied().unwrap_or_else(T::zero);
        let above = self.boundary(all_positive);
        let mut chosen = Vec::with_capacity(tally.scores.len() / 2);
        for row in tally.scores.chunks_mut(2) {
            let score = row[0] + base;
            chosen.push(usize::from(score > above));
            let pair = match self.transform {
                PostTransform::Logistic => [logistic(-score), logistic(score)],
                _ if all_positive => [T::one() - score, score],
                _ => [-score, score],
            };
            row.copy_from_slice(&pair);
        }
        chosen
    }

    fn each(&self, tally: &mut Tally<T>) -> Vec<usize> {
        let classes = self.labels.len();
        let mut chosen = Vec::with_capacity(tally.scores.len() / classes);
        let rows = tally.scores.chunks_mut(classes);
        for (row, voted) in rows.zip(tally.voted.chunks(classes)) {
            for (score, base) in row.iter_mut().zip(&self.base) {
                *score += *base;
            }
            let mut best: Option<usize> = None;
            for (class, score) in row.iter().enumerate() {
                let counts = voted[class] || !self.base.is_empty();
                if counts && best.is_none_or(|best| *score > row[best]) {
                    best = Some(class);
                }
            }
            chosen.push(best.unwrap_or(0));
        }
        self.transform.apply(&mut tally.scores, classes);
        chosen
    }
}
