//! Many points in few columns: of all points in one column of a plot the highest, the lowest and the
//! mean are drawn, so that no peak is lost and the line between can still be followed.

/// A point of a plot, in the plot's own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// What the points of one column come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Column {
    /// The middle of the points, not of the column, so that a line ends where its points end.
    pub(super) x: f64,
    pub(super) least: f64,
    pub(super) mean: f64,
    pub(super) most: f64,
}

/// Sums up a line, whose points come in order of `x`, in columns that are one unit wide.
pub(super) fn columns(line: &[Place]) -> Vec<Column> {
    let is_same = |one: &Place, other: &Place| one.x.floor().total_cmp(&other.x.floor()).is_eq();
    line.chunk_by(is_same).map(column).collect()
}

/// Sums up one or more points.
fn column(points: &[Place]) -> Column {
    let count = points.len() as f64;
    let heights = || points.iter().map(|place| place.y);
    Column {
        x: points.iter().map(|place| place.x / count).sum(),
        least: heights().fold(f64::INFINITY, f64::min),
        mean: heights().map(|height| height / count).sum(),
        most: heights().fold(f64::NEG_INFINITY, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Vec<Place> {
        points.iter().map(|&(x, y)| Place { x, y }).collect()
    }

    #[test]
    fn of_each_column_the_extremes_and_the_mean_are_told() {
        let column = |x, least, mean, most| Column {
            x,
            least,
            mean,
            most,
        };
        let cases = [
            (&[][..], vec![]),
            (&[(0.5, 2.0)], vec![column(0.5, 2.0, 2.0, 2.0)]),
            (
                &[(0.0, 5.0), (0.25, 9.0), (0.5, 1.0), (0.75, 5.0), (1.0, 2.0)],
                vec![column(0.375, 1.0, 5.0, 9.0), column(1.0, 2.0, 2.0, 2.0)],
            ),
        ];
        for (points, expected) in cases {
            assert_eq!(columns(&line(points)), expected);
        }
    }

    #[test]
    fn a_single_peak_among_many_is_kept() {
        let mut points: Vec<(f64, f64)> = (0..100_000)
            .map(|at| (f64::from(at) * 300.0 / 100_000.0, 1.0))
            .collect();
        points[61_803].1 = 99.0;
        let columns = columns(&line(&points));
        assert_eq!(columns.len(), 300);
        assert!(columns[185].most > 98.0 && columns[185].mean < 2.0);
    }
}
