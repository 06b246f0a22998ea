//! What each element of a resized dimension takes from which elements of the input.

use super::size::Axis;

/// The rules by which elements between others are found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rules {
    pub(super) method: Method,
    pub(super) coordinates: Coordinates,
    /// Widens the filter where the output is smaller than the input.
    pub(super) antialias: bool,
    /// Takes nothing from outside of the input instead of its border.
    pub(super) exclude_outside: bool,
    /// What lies outside of the input when a region is resized.
    pub(super) extrapolation: f32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Method {
    Nearest(Rounding),
    Linear,
    Cubic(Cubic),
}

/// A cubic filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cubic {
    /// Its parameter.
    pub(super) a: f64,
}

/// Which of two neighbours is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    HalfDown,
    HalfUp,
    Floor,
    Ceil,
    /// Down if the output is larger than the input, else up: what versions before 11 do.
    Outwards,
}

/// How a place in the output becomes one in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coordinates {
    HalfPixel,
    HalfPixelSymmetric,
    HalfPixelOrZero,
    HalfPixelUnshifted,
    AlignedCorners,
    Asymmetric,
    Crop,
}

/// The table of a dimension: for each output as many inputs, and how much of each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Taps {
    /// How many inputs each output takes.
    pub(super) count: usize,
    pub(super) places: Vec<usize>,
    pub(super) weights: Vec<f64>,
    /// The outputs that lie outside of the input.
    pub(super) outside: Vec<usize>,
}

impl Axis {
    /// Whether the dimension is left as it is.
    pub(super) fn is_kept(&self, rules: &Rules) -> bool {
        let whole = self.region == (0.0, 1.0) || rules.coordinates != Coordinates::Crop;
        let same = (self.scale - 1.0).abs() < f64::EPSILON && self.input == self.output;
        same && whole
    }

    /// The table of this dimension.
    pub(super) fn taps(&self, rules: &Rules) -> Taps {
        match rules.method {
            Method::Nearest(rounding) => self.nearest(rules.coordinates, rounding),
            Method::Linear => self.filtered(rules, 1.0, |distance| (1.0 - distance).max(0.0)),
            Method::Cubic(cubic) => self.filtered(rules, 2.0, |distance| cubic.weight(distance)),
        }
    }

    fn nearest(&self, coordinates: Coordinates, rounding: Rounding) -> Taps {
        let mut taps = Taps::of(1, self.output);
        for output in 0..self.output {
            // In single precision, in which quotients of scales like 1/3 are whole again.
            let place = single(self.place(output, coordinates));
            let place = match coordinates {
                Coordinates::Asymmetric => output as f32 / single(self.scale),
                Coordinates::HalfPixel => (output as f32 + 0.5) / single(self.scale) - 0.5,
                _ => place,
            };
            let rounded = match rounding {
                Rounding::HalfDown => (place - 0.5).ceil(),
                Rounding::HalfUp => (place + 0.5).floor(),
                Rounding::Outwards if self.scale < 1.0 => place.ceil(),
                Rounding::Floor | Rounding::Outwards => place.floor(),
                Rounding::Ceil => place.ceil(),
            };
            taps.push(self, f64::from(rounded), 1.0);
            self.note_outside(&mut taps, coordinates, output);
        }
        taps
    }

    /// Weighs inputs by their distance, the filter reaching so far to both sides.
    fn filtered(&self, rules: &Rules, reach: f64, weight: impl Fn(f64) -> f64) -> Taps {
        let shrinks = rules.antialias && self.scale < 1.0;
        let narrowing = if shrinks { self.scale } else { 1.0 };
        // A filter that reaches beyond the input on both sides meets its borders again and again.
        let half = (reach / narrowing).ceil();
        let mut taps = Taps::of(whole(2.0 * half), self.output);
        for output in 0..self.output {
            let place = self.place(output, rules.coordinates);
            let first = place.floor() - half + 1.0;
            let ratio = place - place.floor();
            let weights: Vec<f64> = (0..taps.count)
                .map(|i| {
                    let at = first + i as f64;
                    let distance = i as f64 - (half - 1.0) - ratio;
                    let outside = at < 0.0 || at >= self.input as f64;
                    if rules.exclude_outside && outside {
                        0.0
                    } else {
                        weight(distance.abs() * narrowing)
                    }
                })
                .collect();
            let sum: f64 = weights.iter().sum();
            let rescaled = shrinks || rules.exclude_outside;
            let sum = if rescaled && sum != 0.0 { sum } else { 1.0 };
            for (i, weight) in weights.into_iter().enumerate() {
                taps.push(self, first + i as f64, weight / sum);
            }
            self.note_outside(&mut taps, rules.coordinates, output);
        }
        taps
    }

    fn note_outside(&self, taps: &mut Taps, coordinates: Coordinates, output: usize) {
        let place = self.place(output, coordinates);
        let inside = (0.0..=self.input as f64 - 1.0).contains(&place);
        if coordinates == Coordinates::Crop && !inside {
            taps.outside.push(output);
        }
    }

    /// Where in the input an output lies.
    fn place(&self, output: usize, coordinates: Coordinates) -> f64 {
        let x = output as f64;
        let last = self.input as f64 - 1.0;
        // What the scale says, which the size is the integer part of.
        let exact = self.scale * self.input as f64;
        let half_pixel = (x + 0.5) / self.scale - 0.5;
        match coordinates {
            Coordinates::HalfPixelSymmetric => {
                let adjustment = self.output as f64 / exact;
                self.input as f64 / 2.0 * (1.0 - adjustment) + half_pixel
            }
            Coordinates::HalfPixelOrZero | Coordinates::AlignedCorners if self.output == 1 => 0.0,
            Coordinates::HalfPixel | Coordinates::HalfPixelOrZero => half_pixel,
            Coordinates::HalfPixelUnshifted => (x + 0.5) / self.scale,
            Coordinates::AlignedCorners => x * last / (exact - 1.0),
            Coordinates::Asymmetric => x / self.scale,
            Coordinates::Crop => {
                // In single precision, in which the last element is at the end of the region.
                let (start, end) = self.region;
                let [start, end, last] = [start, end, last].map(single);
                f64::from(if self.output == 1 {
                    0.5 * (start + end) * last
                } else {
                    start * last + single(x) * (end - start) * last / (self.output as f32 - 1.0)
                })
            }
        }
    }
}

impl Cubic {
    fn weight(self, distance: f64) -> f64 {
        let (a, x) = (self.a, distance);
        if x <= 1.0 {
            ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
        } else if x < 2.0 {
            ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
        } else {
            0.0
        }
    }
}

impl Taps {
    fn of(count: usize, outputs: usize) -> Self {
        let room = count.saturating_mul(outputs);
        Self {
            count,
            places: Vec::with_capacity(room),
            weights: Vec::with_capacity(room),
            outside: Vec::new(),
        }
    }

    /// Adds an input, or the border where there is none.
    fn push(&mut self, axis: &Axis, place: f64, weight: f64) {
        let place = place.clamp(0.0, (axis.input as f64 - 1.0).max(0.0));
        self.places.push(whole(place));
        self.weights.push(weight);
    }
}

/// An integer that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "is whole; saturates"
)]
fn whole(value: f64) -> usize {
    value as usize
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
fn single(value: f64) -> f32 {
    value as f32
}

/// How many inputs an output can take at most: for a limit on the memory of a table.
pub(super) fn most_taps(axis: &Axis, rules: &Rules) -> usize {
    let reach = match rules.method {
        Method::Nearest(_) => return 1,
        Method::Linear => 1.0,
        Method::Cubic(_) => 2.0,
    };
    let narrowing = if rules.antialias {
        axis.scale.min(1.0)
    } else {
        1.0
    };
    whole(2.0 * (reach / narrowing).ceil())
}
