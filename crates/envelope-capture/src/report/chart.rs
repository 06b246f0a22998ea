//! One plot as SVG, and the numbers beside it. What is missing is missing in the line too.

use super::columns::{Column, Place, columns};
use super::number::{Axis, Unit, time_axis};
use crate::metrics::Point;
use crate::page::markup::Markup;

/// The plot's own units; where it is shown it is about as many pixels wide.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 140.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 9.0;
const BOTTOM: f64 = 20.0;

/// Of more points than this, which is three in each column, the extremes and the mean are drawn.
pub(super) const DENSE: usize = 888;

/// The time that all plots of a page show.
pub(super) struct Time {
    pub(super) start_ms: i64,
    pub(super) seconds: f64,
    /// The usual distance of two samples.
    pub(super) interval_ms: Option<f64>,
    /// A larger one is a gap.
    pub(super) gap_ms: f64,
}

/// One plot.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    pub(super) name: &'a str,
    pub(super) unit: Unit,
    pub(super) axis: Axis,
    pub(super) time: &'a Time,
    /// In order of time; there is at least one.
    pub(super) points: &'a [Point],
}

impl Chart<'_> {
    pub(super) fn write(&self, markup: &mut Markup) {
        markup.raw("<figure class=\"plot\"><figcaption><h4>");
        markup.text(self.title).raw("</h4>");
        if self.title != self.name {
            markup.raw("<code>").text(self.name).raw("</code>");
        }
        markup.raw("</figcaption>");
        let sums = self.sums();
        self.open(markup, &sums);
        self.frame(markup);
        self.lines(markup);
        markup.raw("</svg><dl class=\"sums\">");
        for (name, value) in sums {
            markup.raw("<div><dt>").raw(name).raw("</dt><dd>");
            markup.text(&value).raw("</dd></div>");
        }
        markup.raw("</dl></figure>");
    }

    /// What the numbers come to.
    fn sums(&self) -> [(&'static str, String); 4] {
        let values = || self.points.iter().map(|point| point.value);
        let count = self.points.len().max(1) as f64;
        // Divided first, since the sum of large numbers may be none.
        let mean = values().map(|value| value / count).sum();
        let last = values().next_back().unwrap_or_default();
        [
            ("min", values().fold(f64::INFINITY, f64::min)),
            ("mean", mean),
            ("max", values().fold(f64::NEG_INFINITY, f64::max)),
            ("last", last),
        ]
        .map(|(name, value)| (name, self.unit.show(value)))
    }

    fn open(&self, markup: &mut Markup, sums: &[(&'static str, String)]) {
        markup.raw("<svg viewBox=\"0 0 ").plain(&WIDTH).raw(" ");
        markup.plain(&HEIGHT).raw("\" role=\"img\" aria-label=\"");
        markup.attribute(self.title);
        for (name, value) in sums {
            markup.raw(", ").raw(name).raw(" ").attribute(value);
        }
        markup.raw("\" data-unit=\"").raw(self.unit.name());
        markup.raw("\" data-low=\"").plain(&self.axis.low);
        markup.raw("\" data-high=\"").plain(&self.axis.high);
        markup.raw("\" data-seconds=\"").plain(&self.seconds());
        if self.is_dense() {
            markup.raw("\" data-dense=\"");
        }
        markup.raw("\">");
    }

    /// The axes with their marks.
    fn frame(&self, markup: &mut Markup) {
        markup.raw("<path class=\"grid\" d=\"");
        for (value, _) in &self.axis.marks {
            let y = self.y(*value);
            markup.plain(&format_args!("M{LEFT} {y:.1}H{}", WIDTH - RIGHT));
        }
        let times = time_axis(self.seconds(), 5.0);
        for (value, _) in &times.marks {
            let x = self.x(*value);
            let bottom = HEIGHT - BOTTOM;
            markup.plain(&format_args!("M{x:.1} {bottom}v4"));
        }
        markup.raw("\"/><g class=\"y\">");
        for (value, text) in &self.axis.marks {
            let y = self.y(*value) + 3.5;
            markup.raw("<text x=\"").plain(&(LEFT - 6.0));
            markup
                .raw("\" y=\"")
                .plain(&format_args!("{y:.1}"))
                .raw("\">");
            markup.text(text).raw("</text>");
        }
        markup.raw("</g><g class=\"x\">");
        for (value, text) in &times.marks {
            // A text at the very end would stand outside.
            let x = self.x(*value).min(WIDTH - 14.0);
            markup
                .raw("<text x=\"")
                .plain(&format_args!("{x:.1}"))
                .raw("\" y=\"");
            markup
                .plain(&(HEIGHT - 5.0))
                .raw("\">")
                .text(text)
                .raw("</text>");
        }
        markup.raw("</g>");
    }

    /// The line, in as many parts as there are gaps between.
    fn lines(&self, markup: &mut Markup) {
        let gap = |one: &Point, other: &Point| {
            other.timestamp_ms.saturating_sub(one.timestamp_ms) as f64 > self.time.gap_ms
        };
        let parts = self.points.chunk_by(|one, other| !gap(one, other));
        let parts: Vec<Vec<Place>> = parts.map(|part| self.places(part)).collect();
        gaps(markup, &parts);
        if self.is_dense() {
            let parts: Vec<Vec<Column>> = parts.iter().map(|part| columns(part)).collect();
            markup.raw("<path class=\"band\" d=\"");
            for part in &parts {
                band(markup, part);
            }
            markup.raw("\"/>");
            let mean = |column: &Column| Place {
                x: column.x,
                y: column.mean,
            };
            let means = parts.iter().map(|part| part.iter().map(mean).collect());
            strokes(markup, &means.collect::<Vec<Vec<Place>>>());
        } else {
            self.area(markup, &parts);
            strokes(markup, &parts);
        }
    }

    /// What is between the line and nothing.
    fn area(&self, markup: &mut Markup, parts: &[Vec<Place>]) {
        let floor = self.y(self.axis.low.max(0.0).min(self.axis.high));
        markup.raw("<path class=\"area\" d=\"");
        for part in parts.iter().filter(|part| part.len() > 1) {
            draw(markup, part);
            let (first, last) = (part[0].x, part[part.len() - 1].x);
            markup.plain(&format_args!("L{last:.1} {floor:.1}H{first:.1}Z"));
        }
        markup.raw("\"/>");
    }

    fn is_dense(&self) -> bool {
        self.points.len() > DENSE
    }

    fn places(&self, part: &[Point]) -> Vec<Place> {
        let place = |point: &Point| {
            let since_ms = point.timestamp_ms.saturating_sub(self.time.start_ms);
            Place {
                x: self.x(since_ms as f64 / 1e3),
                y: self.y(point.value),
            }
        };
        part.iter().map(place).collect()
    }

    fn seconds(&self) -> f64 {
        if self.time.seconds > 0.0 {
            self.time.seconds
        } else {
            1.0
        }
    }

    fn x(&self, seconds: f64) -> f64 {
        LEFT + seconds / self.seconds() * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.axis.low) / (self.axis.high - self.axis.low);
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

/// The times without a sample.
fn gaps(markup: &mut Markup, parts: &[Vec<Place>]) {
    for pair in parts.windows(2) {
        if let ([.., before], [after, ..]) = (&pair[0][..], &pair[1][..]) {
            let (x, width) = (before.x, after.x - before.x);
            markup.raw("<rect class=\"gap\" ");
            markup.plain(&format_args!("x={x:.1} y={TOP} width={width:.1} "));
            markup.plain(&format_args!("height={} ", HEIGHT - TOP - BOTTOM));
            markup.raw("><title>no sample</title></rect>");
        }
    }
}

/// Lines, and dots where there is a single point.
fn strokes(markup: &mut Markup, parts: &[Vec<Place>]) {
    markup.raw("<path class=\"line\" d=\"");
    for part in parts.iter().filter(|part| part.len() > 1) {
        draw(markup, part);
    }
    markup.raw("\"/><path class=\"dots\" d=\"");
    for part in parts.iter().filter(|part| part.len() == 1) {
        draw(markup, part);
        markup.raw("h0");
    }
    markup.raw("\"/>");
}

/// From the highest points along and along the lowest back.
fn band(markup: &mut Markup, part: &[Column]) {
    let along = part.iter().map(|column| (column.x, column.least));
    let back = part.iter().rev().map(|column| (column.x, column.most));
    let places: Vec<Place> = along.chain(back).map(|(x, y)| Place { x, y }).collect();
    draw(markup, &places);
    markup.raw("Z");
}

fn draw(markup: &mut Markup, part: &[Place]) {
    for (index, place) in part.iter().enumerate() {
        markup.raw(if index == 0 { "M" } else { "L" });
        markup.plain(&format_args!("{:.1} {:.2}", place.x, place.y));
    }
}
