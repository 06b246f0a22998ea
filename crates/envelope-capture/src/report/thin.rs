//! Fewer points that draw the same line: of all that fall into one column of the plot the first, the
//! last, the least and the most, after M4, <https://www.vldb.org/pvldb/vol7/p797-jugel.pdf>.

/// A point of a plot, in its own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Thins out a line, whose points come in order of `x`, to at most four points in a column that is one
/// unit wide.
pub(super) fn thin(line: &[Place]) -> Vec<Place> {
    let columns = line.chunk_by(|one, other| one.x.floor().total_cmp(&other.x.floor()).is_eq());
    let mut kept = Vec::new();
    for column in columns {
        let by_height =
            |one: &&usize, other: &&usize| column[**one].y.total_cmp(&column[**other].y);
        let all: Vec<usize> = (0..column.len()).collect();
        let extremes = [all.iter().min_by(by_height), all.iter().max_by(by_height)];
        let mut chosen: Vec<usize> = extremes.into_iter().flatten().copied().collect();
        chosen.extend([0, column.len() - 1]);
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|index| column[index]));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(f64, f64)]) -> Vec<Place> {
        points.iter().map(|&(x, y)| Place { x, y }).collect()
    }

    #[test]
    fn a_few_points_all_stay() {
        for points in [
            &[][..],
            &[(0.0, 1.0)],
            &[(0.2, 1.0), (1.4, 3.0), (2.0, 2.0)],
        ] {
            assert_eq!(thin(&line(points)), line(points));
        }
    }

    #[test]
    fn of_a_column_the_ends_and_the_extremes_stay_in_their_order() {
        let points = [
            (0.0, 5.0),
            (0.1, 6.0),
            (0.2, 9.0),
            (0.3, 4.0),
            (0.4, 1.0),
            (0.9, 3.0),
            (1.0, 2.0),
        ];
        let kept = [(0.0, 5.0), (0.2, 9.0), (0.4, 1.0), (0.9, 3.0), (1.0, 2.0)];
        assert_eq!(thin(&line(&points)), line(&kept));
    }

    #[test]
    fn a_single_peak_among_many_is_kept() {
        let mut points: Vec<(f64, f64)> = (0..100_000)
            .map(|at| (f64::from(at) * 300.0 / 100_000.0, 1.0))
            .collect();
        points[61_803].1 = 99.0;
        let kept = thin(&line(&points));
        assert!(kept.len() <= 4 * 300, "{}", kept.len());
        assert!(kept.iter().any(|place| place.y > 98.0));
    }
}
