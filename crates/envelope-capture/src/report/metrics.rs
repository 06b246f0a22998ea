//! The plots: one for each metric, small, those of a kind together and those alike on one scale.

use super::Report;
use super::chart::{Chart, DENSE, Time};
use super::metric::{Group, Metric};
use super::number::{Unit, duration};
use crate::metrics::{Point, Sample, series};
use crate::page::markup::Markup;
use std::collections::BTreeMap;

/// Between two samples that are further apart than so many of the usual distances, some are missing.
const GAP: f64 = 2.5;

/// Which metrics are alike.
type Family<'a> = (Group, &'a (usize, String));
/// From where to where the plots of each family show numbers.
type Scales<'a> = BTreeMap<Family<'a>, (f64, f64)>;

/// The numbers of one metric.
struct Series {
    metric: Metric,
    name: String,
    unit: Unit,
    points: Vec<Point>,
    /// The least and the most of them.
    range: (f64, f64),
}

/// Writes the plots.
pub(super) fn write(markup: &mut Markup, report: &Report<'_>) {
    markup.raw("<section id=\"metrics\"><h2>Metrics</h2>");
    let Some(time) = time(report) else {
        markup.raw("<p class=\"quiet\">Nothing was sampled.</p></section>");
        return;
    };
    lede(markup, report.samples, &time);
    let all = all(report.samples);
    let scales = scales(&all);
    markup.raw("<div class=\"groups\">");
    for group in all.chunk_by(|one, other| one.metric.group == other.metric.group) {
        write_group(markup, group, &scales, &time);
    }
    markup.raw("</div></section>");
}

fn write_group(markup: &mut Markup, group: &[Series], scales: &Scales<'_>, time: &Time) {
    let kind = group[0].metric.group;
    markup.raw(match group.len() {
        1 => "<div class=\"group one ",
        2 => "<div class=\"group two ",
        _ => "<div class=\"group ",
    });
    markup.raw(kind.class()).raw("\"><h3>").raw(kind.title());
    markup.raw("</h3>");
    let is_alike = |one: &Series, other: &Series| one.metric.family == other.metric.family;
    // Of several GPUs each metric has rows of its own, so that they can be compared.
    let has_several = kind == Group::Gpu && group.chunk_by(is_alike).any(|alike| alike.len() > 1);
    for row in group.chunk_by(|one, other| !has_several || is_alike(one, other)) {
        markup.raw(if has_several && row.len() > 3 {
            "<div class=\"plots many\">"
        } else {
            "<div class=\"plots\">"
        });
        for series in row {
            let (least, most) = scales[&(kind, &series.metric.family)];
            let chart = Chart {
                title: &series.metric.title,
                name: &series.name,
                unit: series.unit,
                axis: series.unit.axis(least, most),
                time,
                points: &series.points,
            };
            chart.write(markup);
        }
        markup.raw("</div>");
    }
    markup.raw("</div>");
}

fn lede(markup: &mut Markup, samples: &[Sample], time: &Time) {
    markup.raw("<p class=\"quiet\">").count(samples.len());
    markup.raw(if samples.len() == 1 {
        " sample"
    } else {
        " samples"
    });
    if let Some(interval) = time.interval_ms {
        markup.raw(", one every ").text(&duration(interval / 1e3));
        markup.raw(". Time runs from the start of the command");
    }
    markup.raw("; a megabyte is 10⁶ bytes.");
    if samples.len() > DENSE {
        markup.raw(
            " There are more samples than a plot is wide: the line is the mean of those that ",
        );
        markup.raw("share a place, the band reaches from the least to the most of them.");
    }
    markup.raw("</p>");
}

/// All series, in the order of their plots.
fn all(samples: &[Sample]) -> Vec<Series> {
    let mut all = series(samples);
    // What is no number cannot be drawn; a record that was written here holds none.
    for points in all.values_mut() {
        points.retain(|point| point.value.is_finite());
    }
    all.retain(|_, points| !points.is_empty());
    let all = all.into_iter().map(|(name, points)| {
        let values = points.iter().map(|point| point.value);
        let range = values.fold((f64::INFINITY, f64::NEG_INFINITY), |range, value| {
            (range.0.min(value), range.1.max(value))
        });
        Series {
            metric: Metric::of(&name),
            unit: Unit::of(&name),
            name,
            points,
            range,
        }
    });
    let mut all: Vec<Series> = all.collect();
    all.sort_by(|one, other| one.metric.cmp(&other.metric));
    all
}

/// The least and the most that the plots of a family show.
fn scales(all: &[Series]) -> Scales<'_> {
    let mut scales = BTreeMap::new();
    for series in all {
        let whole: (f64, f64) = if series.metric.is_share(series.unit) {
            (0.0, 100.0)
        } else {
            (0.0, 0.0)
        };
        let scale = scales
            .entry((series.metric.group, &series.metric.family))
            .or_insert(whole);
        scale.0 = scale.0.min(series.range.0);
        scale.1 = scale.1.max(series.range.1);
    }
    scales
}

/// The time that the plots show: from the start to the end, as far as these are known.
fn time(report: &Report<'_>) -> Option<Time> {
    let times = || report.samples.iter().map(|sample| sample.timestamp_ms);
    let (first, last) = (times().min()?, times().max()?);
    let outcome = report.record.outcome.as_ref();
    let start_ms = outcome.map_or(first, |outcome| outcome.started_ms.min(first));
    let end_ms = outcome.map_or(last, |outcome| outcome.ended_ms.max(last));
    let mut distances: Vec<i64> = report
        .samples
        .windows(2)
        .map(|pair| pair[1].timestamp_ms.saturating_sub(pair[0].timestamp_ms))
        .filter(|distance| *distance > 0)
        .collect();
    distances.sort_unstable();
    let usual = distances.get(distances.len() / 2).map(|&ms| ms as f64);
    Some(Time {
        start_ms,
        seconds: end_ms.saturating_sub(start_ms) as f64 / 1e3,
        interval_ms: usual,
        gap_ms: usual.map_or(f64::INFINITY, |usual| usual * GAP),
    })
}
