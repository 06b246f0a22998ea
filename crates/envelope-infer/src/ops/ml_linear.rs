//! `ai.onnx.ml`: linear models, support vector machines, and scaling.

mod models;
mod scaling;
mod svm;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::ml("LinearClassifier", models::classifier),
    Entry::ml("LinearRegressor", models::regressor),
    Entry::ml("Normalizer", scaling::normalizer),
    Entry::ml("SVMClassifier", svm::classifier),
    Entry::ml("SVMRegressor", svm::regressor),
    Entry::ml("Scaler", scaling::scaler),
];

/// Work from which on several threads are worth it, in multiplications.
const PARALLEL_WORK: usize = 100_000;

/// The sum of the products, in several lanes, which is how processors do it.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    in_lanes(a, b, |x, y| x * y)
}

/// The square of the distance.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    in_lanes(a, b, |x, y| (x - y) * (x - y))
}

const LANES: usize = 16;

#[inline]
fn in_lanes(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane], b[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(&x, &y)| term(x, y));
    sums.iter().sum::<f32>() + rest.sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_lanes_and_the_rest() {
        for length in [0, 1, 16, 37] {
            let a: Vec<f32> = (0u8..length).map(f32::from).collect();
            let b = vec![2.0; a.len()];
            let sum: f32 = a.iter().sum();
            assert!((dot(&a, &b) - 2.0 * sum).abs() < 1e-3);
            let squares: f32 = a.iter().map(|x| (x - 2.0) * (x - 2.0)).sum();
            assert!((squared_distance(&a, &b) - squares).abs() < 1e-3);
        }
    }
}
