//! Rectangles of given areas that fill another one and are as near to squares as it goes: the
//! squarified treemap of Bruls, Huizing and van Wijk
//! (<https://doi.org/10.1007/978-3-7091-6783-0_4>).

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn size(self) -> f64 {
        self.width * self.height
    }

    /// What is left within a border.
    pub(super) fn within(self, top: f64, border: f64) -> Self {
        Self {
            x: self.x + border,
            y: self.y + top,
            width: (self.width - 2.0 * border).max(0.0),
            height: (self.height - top - border).max(0.0),
        }
    }
}

/// Divides an area among weights, the largest of which come first.
pub(super) fn divide(area: Area, weights: &[f64]) -> Vec<Area> {
    let total: f64 = weights.iter().sum();
    let mut areas = Vec::with_capacity(weights.len());
    if total <= 0.0 {
        return vec![
            Area {
                width: 0.0,
                height: 0.0,
                ..area
            };
            weights.len()
        ];
    }
    let scale = area.size() / total;
    let mut free = area;
    let mut begin = 0;
    while begin < weights.len() {
        let side = free.width.min(free.height);
        let mut end = begin + 1;
        let mut sum = weights[begin] * scale;
        let mut shape = worst(side, sum, weights[begin] * scale, sum);
        while let Some(weight) = weights.get(end) {
            let next = weight * scale;
            let with_next = worst(side, sum + next, weights[begin] * scale, next);
            if with_next > shape {
                break;
            }
            shape = with_next;
            sum += next;
            end += 1;
        }
        free = fill_row(free, &weights[begin..end], scale, sum, &mut areas);
        begin = end;
    }
    areas
}

/// How far from a square the worst rectangle of a row is, whose largest and smallest are known.
fn worst(side: f64, sum: f64, largest: f64, smallest: f64) -> f64 {
    let (side, sum) = (side * side, sum * sum);
    if sum <= 0.0 || smallest <= 0.0 {
        return f64::INFINITY;
    }
    (side * largest / sum).max(sum / (side * smallest))
}

/// Lays a row along the shorter side, and returns what is left free.
fn fill_row(free: Area, weights: &[f64], scale: f64, sum: f64, areas: &mut Vec<Area>) -> Area {
    let is_column = free.width >= free.height;
    let side = if is_column { free.height } else { free.width };
    let depth = if side > 0.0 { sum / side } else { 0.0 };
    let mut at = 0.0;
    for weight in weights {
        let length = if depth > 0.0 {
            weight * scale / depth
        } else {
            0.0
        };
        areas.push(if is_column {
            Area {
                x: free.x,
                y: free.y + at,
                width: depth,
                height: length,
            }
        } else {
            Area {
                x: free.x + at,
                y: free.y,
                width: length,
                height: depth,
            }
        });
        at += length;
    }
    if is_column {
        Area {
            x: free.x + depth,
            width: (free.width - depth).max(0.0),
            ..free
        }
    } else {
        Area {
            y: free.y + depth,
            height: (free.height - depth).max(0.0),
            ..free
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_as_large_as_their_weights_and_lie_within() {
        let area = Area {
            x: 10.0,
            y: 20.0,
            width: 600.0,
            height: 400.0,
        };
        let weights = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0];
        let areas = divide(area, &weights);
        for (part, weight) in areas.iter().zip(weights) {
            assert!((part.size() - weight * 10_000.0).abs() < 1e-6, "{part:?}");
            assert!(part.x >= 10.0 && part.x + part.width <= 610.0 + 1e-9);
            assert!(part.y >= 20.0 && part.y + part.height <= 420.0 + 1e-9);
        }
        // The example of the paper: the first two share the left column.
        assert!((areas[0].width - 300.0).abs() < 1e-9 && (areas[1].x - 10.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_to_divide_divides_into_nothing() {
        let area = Area {
            x: 0.0,
            y: 0.0,
            width: 10.0,
            height: 10.0,
        };
        assert!(divide(area, &[]).is_empty());
        assert!(divide(area, &[0.0])[0].width < 1e-9);
        let none = Area { width: 0.0, ..area };
        assert_eq!(divide(none, &[2.0, 1.0]).len(), 2);
    }
}
