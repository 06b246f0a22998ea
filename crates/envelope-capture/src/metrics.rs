//! Metrics over time, in the form that MLflow keeps them: a name, a time in milliseconds, a step
//! and a number. Who measures is not known here.
//!
//! MLflow's side: <https://mlflow.org/docs/latest/rest-api.html#metric>.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was measured at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Counted from 0, one for each sample.
    pub step: u64,
    /// Numbers by the names of their metrics. All are finite.
    pub values: BTreeMap<String, f64>,
}

/// One number of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The sample that it is from.
    pub step: u64,
    /// The number itself.
    pub value: f64,
}

/// Turns samples into one series for each metric, in the order in which the samples come.
///
/// ```
/// use envelope_capture::metrics::{Sample, series};
///
/// let values = [("process/count".to_owned(), 3.0)].into();
/// let samples = [Sample { timestamp_ms: 1_000, step: 0, values }];
/// assert_eq!(series(&samples)["process/count"][0].value, 3.0);
/// ```
pub fn series(samples: &[Sample]) -> BTreeMap<String, Vec<Point>> {
    let mut series: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for sample in samples {
        for (name, &value) in &sample.values {
            let point = Point {
                timestamp_ms: sample.timestamp_ms,
                step: sample.step,
                value,
            };
            series.entry(name.clone()).or_default().push(point);
        }
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_may_begin_late_and_have_gaps() {
        let sample = |step, names: &[&str]| Sample {
            timestamp_ms: 1_000 * i64::try_from(step).unwrap(),
            step,
            values: names.iter().map(|&name| (name.to_owned(), 1.5)).collect(),
        };
        let series = series(&[sample(0, &["a"]), sample(1, &["a", "b"]), sample(2, &["b"])]);
        let steps = |name: &str| series[name].iter().map(|p| p.step).collect::<Vec<_>>();
        assert_eq!(steps("a"), [0, 1]);
        assert_eq!(steps("b"), [1, 2]);
        assert_eq!(series["b"][1].timestamp_ms, 2_000);
    }
}
