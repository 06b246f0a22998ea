//! `SVMClassifier` and `SVMRegressor`: support vector machines as libsvm trains them.
//!
//! Two classes are told apart by the votes of one machine for each pair. Their probabilities come
//! from the [pairwise coupling](https://www.csie.ntu.edu.tw/~cjlin/papers/svmprob/svmprob.pdf) of
//! Wu, Lin and Weng.

use rayon::prelude::*;

use super::{PARALLEL_WORK, dot, squared_distance};
use crate::data_type::DataType;
use crate::element::Number as _;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs, one};
use crate::ops::ml_scores::{Labels, PostTransform, Rows, first_largest, is_feature, logistic};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// How alike a row and a support vector are.
#[derive(Clone, Copy)]
enum Kernel {
    Linear,
    Poly { gamma: f32, coef0: f32, degree: f32 },
    Rbf { gamma: f32 },
    Sigmoid { gamma: f32, coef0: f32 },
}

impl Kernel {
    fn read(facts: &Facts<'_>) -> Result<Self> {
        let parameters = facts.numbers("kernel_params")?.unwrap_or_default();
        let (gamma, coef0, degree) = match *parameters {
            [] => (0.0, 0.0, 0.0),
            [gamma, coef0, degree] => (gamma, coef0, degree),
            _ => {
                return Err(fault!(
                    "kernel_params has {} values, expected 3",
                    parameters.len()
                ));
            }
        };
        Ok(match facts.text_or("kernel_type", "LINEAR")? {
            "LINEAR" => Self::Linear,
            "POLY" => Self::Poly {
                gamma,
                coef0,
                degree,
            },
            "RBF" => Self::Rbf { gamma },
            "SIGMOID" => Self::Sigmoid { gamma, coef0 },
            other => return Err(fault!("kernel_type `{other}` is not known")),
        })
    }

    fn of(self, row: &[f32], vector: &[f32]) -> f32 {
        match self {
            Self::Linear => dot(row, vector),
            Self::Rbf { gamma } => (-gamma * squared_distance(row, vector)).exp(),
            Self::Sigmoid { gamma, coef0 } => (gamma * dot(row, vector) + coef0).tanh(),
            Self::Poly {
                gamma,
                coef0,
                degree,
            } => (gamma * dot(row, vector) + coef0).powf(degree),
        }
    }
}

/// The vectors that rows are compared with.
struct Supports {
    kernel: Kernel,
    vectors: Vec<f32>,
    count: usize,
    width: usize,
}

impl Supports {
    fn new(kernel: Kernel, vectors: &[f32], count: usize) -> Result<Self> {
        if count == 0 || !vectors.len().is_multiple_of(count) || vectors.is_empty() {
            return Err(fault!(
                "{} numbers do not make {count} vectors",
                vectors.len()
            ));
        }
        Ok(Self {
            kernel,
            vectors: vectors.to_vec(),
            count,
            width: vectors.len() / count,
        })
    }

    /// Gives each row's kernels, and a stretch of the output, to a function.
    fn for_each_row(
        &self,
        rows: &Rows<'_, f32>,
        out: &mut [f32],
        width: usize,
        finish: impl Fn(&[f32], &mut [f32]) + Sync,
    ) -> Result<()> {
        if rows.width != self.width {
            return Err(fault!(
                "rows have {} features, expected {}",
                rows.width,
                self.width
            ));
        }
        let fill = |(row, out): (usize, &mut [f32])| {
            let row = rows.row(row);
            let vectors = self.vectors.chunks_exact(self.width);
            let kernels: Vec<f32> = vectors.map(|one| self.kernel.of(row, one)).collect();
            finish(&kernels, out);
        };
        if rows.count.saturating_mul(self.vectors.len()) >= PARALLEL_WORK {
            out.par_chunks_mut(width).enumerate().for_each(fill);
        } else {
            out.chunks_mut(width).enumerate().for_each(fill);
        }
        Ok(())
    }
}

/// The sum of the products in 64 bits: large terms of both signs cancel here.
fn weighted(kernels: &[f32], weights: &[f32]) -> f64 {
    let pairs = kernels.iter().zip(weights);
    pairs.map(|(k, w)| f64::from(*k) * f64::from(*w)).sum()
}

pub(super) fn regressor(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_feature)?;
    let kernel = Kernel::read(facts)?;
    let coefficients = facts.numbers("coefficients")?.unwrap_or_default().to_vec();
    let vectors = facts.numbers("support_vectors")?.unwrap_or_default();
    let count = usize::try_from(facts.int_or("n_supports", 0)?)
        .map_err(|_| fault!("n_supports is negative"))?;
    let [rho] = *facts.numbers("rho")?.unwrap_or_default() else {
        return Err(fault!("rho must have one value"));
    };
    let transform = PostTransform::read(facts)?.checked_for(1)?;
    let one_class = facts.flag("one_class", false)?;
    // Without support vectors the coefficients are those of a linear model.
    let (supports, weights) = if count == 0 {
        (Supports::new(Kernel::Linear, &coefficients, 1)?, vec![1.0])
    } else {
        (Supports::new(kernel, vectors, count)?, coefficients)
    };
    if weights.len() != supports.count {
        return Err(fault!(
            "there are {} coefficients, expected {count}",
            weights.len()
        ));
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let rows = Rows::of(inputs.tensor(0)?)?;
        let shape = Shape::from([rows.count, 1]);
        let mut scores = vec![0f32; context.room_for(&shape, DataType::F32)?];
        supports.for_each_row(&rows, &mut scores, 1, |kernels, out| {
            out[0] = f32::from_f64(weighted(kernels, &weights) + f64::from(rho));
        })?;
        transform.apply(&mut scores, 1);
        if one_class {
            let sign = |score: &mut f32| *score = if *score > 0.0 { 1.0 } else { -1.0 };
            scores.iter_mut().for_each(sign);
        }
        Ok(one(Tensor::from_vec(shape, scores)))
    };
    Ok(Built::one(DataType::F32, operator))
}

/// The machines that tell each pair of classes apart.
struct Machines {
    supports: Supports,
    /// Where the support vectors of each class begin; one more than there are classes.
    starts: Vec<usize>,
    /// One row less than there are classes, each with a weight for every support vector.
    coefficients: Vec<f32>,
    rho: Vec<f32>,
    /// For each pair, how a score becomes a probability; empty where none are wanted.
    sigmoids: Vec<(f32, f32)>,
}

pub(super) fn classifier(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, is_feature)?;
    let labels = Labels::read(facts, "classlabels_ints", "classlabels_strings")?;
    let transform = PostTransform::read(facts)?;
    let label_type = labels.data_type();
    let supports = facts.ints("vectors_per_class")?.unwrap_or_default();
    if supports.iter().all(|&count| count == 0) {
        let operator = linear_classifier(facts, labels, transform)?;
        return Ok(Built::new([label_type, DataType::F32], operator));
    }
    let machines = Machines::read(facts, labels.len())?;
    let is_pair = labels.len() == 2 && machines.sigmoids.is_empty();
    if is_pair && transform == PostTransform::Probit {
        return Err(fault!(
            "post_transform PROBIT is not supported for two classes with one score"
        ));
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        machines.run(inputs.tensor(0)?, &labels, transform, context)
    };
    Ok(Built::new([label_type, DataType::F32], operator))
}

/// A classifier without support vectors: a row of coefficients for each class.
fn linear_classifier(
    facts: &Facts<'_>,
    labels: Labels,
    transform: PostTransform,
) -> Result<impl Fn(Inputs, &Context<'_>) -> Result<Outputs> + Send + Sync + 'static> {
    let classes = labels.len();
    if classes < 3 {
        return Err(fault!(
            "{classes} classes without support vectors are not supported: implementations differ"
        ));
    }
    Kernel::read(facts)?;
    facts.numbers("support_vectors")?;
    facts.numbers("prob_a")?;
    facts.numbers("prob_b")?;
    let coefficients = facts.numbers("coefficients")?.unwrap_or_default();
    let rows_of_weights = Supports::new(Kernel::Linear, coefficients, classes)?;
    let rho = facts.numbers("rho")?.unwrap_or_default().first().copied();
    let rho = rho.ok_or_else(|| fault!("rho has no value"))?;
    Ok(move |inputs: Inputs, context: &Context<'_>| {
        let rows = Rows::of(inputs.tensor(0)?)?;
        let shape = Shape::from([rows.count, classes]);
        let mut scores = vec![0f32; context.room_for(&shape, DataType::F32)?];
        rows_of_weights.for_each_row(&rows, &mut scores, classes, |products, out| {
            for (out, product) in out.iter_mut().zip(products) {
                *out = product + rho;
            }
        })?;
        let chosen: Vec<usize> = scores.chunks(classes).map(first_largest).collect();
        transform.apply(&mut scores, classes);
        let scores = Tensor::from_vec(shape, scores);
        let labels = labels.of(&chosen)?;
        Ok(smallvec::smallvec![labels.into(), scores.into()])
    })
}

impl Machines {
    fn read(facts: &Facts<'_>, classes: usize) -> Result<Self> {
        let counts = facts.ints("vectors_per_class")?.unwrap_or_default();
        let mut starts = vec![0usize];
        for &count in counts {
            let last = starts.last().copied().unwrap_or(0);
            let next = usize::try_from(count)
                .ok()
                .and_then(|n| last.checked_add(n));
            starts.push(next.ok_or_else(|| fault!("a class has {count} support vectors"))?);
        }
        let total = starts.last().copied().unwrap_or(0);
        let vectors = facts.numbers("support_vectors")?.unwrap_or_default();
        let list = |name| Ok(facts.numbers(name)?.unwrap_or_default().to_vec());
        let (a, b): (Vec<f32>, Vec<f32>) = (list("prob_a")?, list("prob_b")?);
        let machines = Self {
            supports: Supports::new(Kernel::read(facts)?, vectors, total)?,
            starts,
            coefficients: list("coefficients")?,
            rho: list("rho")?,
            sigmoids: a.iter().copied().zip(b.iter().copied()).collect(),
        };
        let pairs = classes.saturating_mul(classes - 1) / 2;
        let weights = total.checked_mul(classes - 1);
        let fits = counts.len() == classes
            && classes >= 2
            && weights == Some(machines.coefficients.len())
            && machines.rho.len() == pairs
            && a.len() == b.len()
            && (a.is_empty() || a.len() == pairs);
        if fits {
            Ok(machines)
        } else {
            Err(fault!(
                "support vectors, coefficients, rho and prob_* do not fit {classes} classes"
            ))
        }
    }

    fn run(
        &self,
        x: &Tensor,
        labels: &Labels,
        transform: PostTransform,
        context: &Context<'_>,
    ) -> Result<Outputs> {
        let rows = Rows::of(x)?;
        let (classes, pairs) = (labels.len(), self.rho.len());
        let decisions = Shape::from([rows.count, pairs]);
        let mut scores = vec![0f32; context.room_for(&decisions, DataType::F32)?];
        self.supports
            .for_each_row(&rows, &mut scores, pairs, |kernels, out| {
                self.decide(kernels, out);
            })?;
        let chosen: Vec<usize> = scores
            .chunks(pairs)
            .map(|row| winner(row, classes))
            .collect();
        let (mut scores, width) = if !self.sigmoids.is_empty() {
            let couple = |row: &[f32]| self.probabilities(row, classes);
            (scores.chunks(pairs).flat_map(couple).collect(), classes)
        } else if pairs == 1 {
            let pair = |&score: &f32| pair_of(score, transform);
            (scores.iter().flat_map(pair).collect(), 2)
        } else {
            (scores, pairs)
        };
        if !self.sigmoids.is_empty() || pairs > 1 {
            transform.apply(&mut scores, width);
        }
        let scores = Tensor::from_vec([rows.count, width], scores);
        let labels = labels.of(&chosen)?;
        Ok(smallvec::smallvec![labels.into(), scores.into()])
    }

    /// The decision of each machine: positive for the first class of its pair.
    fn decide(&self, kernels: &[f32], out: &mut [f32]) {
        let classes = self.starts.len() - 1;
        let weights = |row: usize, class: usize| {
            let range = self.starts[class]..self.starts[class + 1];
            let row = &self.coefficients[row * self.supports.count..][..self.supports.count];
            weighted(&kernels[range.clone()], &row[range])
        };
        let pairs = (0..classes).flat_map(|i| (i + 1..classes).map(move |j| (i, j)));
        for ((out, rho), (i, j)) in out.iter_mut().zip(&self.rho).zip(pairs) {
            *out = f32::from_f64(weights(j - 1, i) + weights(i, j) + f64::from(*rho));
        }
    }

    fn probabilities(&self, decisions: &[f32], classes: usize) -> Vec<f32> {
        let mut pairwise = vec![0f64; classes * classes];
        let mut machines = decisions.iter().zip(&self.sigmoids);
        for i in 0..classes {
            for j in i + 1..classes {
                let Some((&decision, &(a, b))) = machines.next() else {
                    continue;
                };
                let exponent = f64::from(decision) * f64::from(a) + f64::from(b);
                let first = (1.0 - logistic(exponent)).clamp(1e-7, 1.0 - 1e-7);
                pairwise[i * classes + j] = first;
                pairwise[j * classes + i] = 1.0 - first;
            }
        }
        let coupled = coupled(&pairwise, classes);
        coupled.into_iter().map(f32::from_f64).collect()
    }
}

/// The class with the most votes, the first of equals.
fn winner(decisions: &[f32], classes: usize) -> usize {
    let mut votes = vec![0usize; classes];
    let pairs = (0..classes).flat_map(|i| (i + 1..classes).map(move |j| (i, j)));
    for (&decision, (i, j)) in decisions.iter().zip(pairs) {
        votes[if decision > 0.0 { i } else { j }] += 1;
    }
    first_largest(&votes)
}

/// The scores of two classes from the decision between them, as onnxruntime makes them.
fn pair_of(score: f32, transform: PostTransform) -> [f32; 2] {
    match transform {
        PostTransform::None => [-score, score],
        PostTransform::Logistic => [logistic(-score), logistic(score)],
        _ => [1.0 - score, score],
    }
}

/// The probabilities of the classes that fit those of the pairs best: a minimum that is found by
/// going along one class after the other, as long and as far as libsvm goes.
fn coupled(pairwise: &[f64], classes: usize) -> Vec<f64> {
    let at = |i: usize, j: usize| pairwise[i * classes + j];
    let mut q = vec![0f64; classes * classes];
    for i in 0..classes {
        for j in 0..classes {
            if i != j {
                q[i * classes + i] += at(j, i) * at(j, i);
                q[i * classes + j] = -at(j, i) * at(i, j);
            }
        }
    }
    let count = f64::from(u32::try_from(classes).unwrap_or(u32::MAX));
    let mut p = vec![1.0 / count; classes];
    let precision = 0.005 / count;
    for _ in 0..classes.max(100) {
        let rows = q.chunks(classes);
        let product = |row: &[f64]| row.iter().zip(&p).map(|(q, p)| q * p).sum();
        let mut qp: Vec<f64> = rows.map(product).collect();
        let mut pqp: f64 = p.iter().zip(&qp).map(|(p, qp)| p * qp).sum();
        if qp.iter().all(|qp| (qp - pqp).abs() < precision) {
            break;
        }
        for i in 0..classes {
            let row = &q[i * classes..(i + 1) * classes];
            let step = (pqp - qp[i]) / row[i];
            let all = 1.0 + step;
            p[i] += step;
            pqp = (pqp + step * (step * row[i] + 2.0 * qp[i])) / all / all;
            for j in 0..classes {
                qp[j] = (qp[j] + step * row[j]) / all;
                p[j] /= all;
            }
        }
    }
    p
}
