//! Repeated measurements of one thing, and how to take them alternately.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::failure::Failure;
use crate::process;

/// Measured values of one thing, in seconds.
#[derive(Debug, Default)]
pub(super) struct Samples {
    seconds: Vec<f64>,
}

impl Samples {
    /// Adds one measurement.
    pub(super) fn push(&mut self, seconds: f64) {
        self.seconds.push(seconds);
    }

    /// What one of so many equal parts takes.
    pub(super) fn divided(&self, parts: f64) -> Self {
        let seconds = self.seconds.iter().map(|one| one / parts).collect();
        Self { seconds }
    }

    /// The middle value; of an even number of them the mean of the two in the middle.
    pub(super) fn median(&self) -> f64 {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            length if length % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        }
    }

    /// The least and the greatest value.
    pub(super) fn range(&self) -> (f64, f64) {
        let least = self.seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self
            .seconds
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        (least, greatest)
    }
}

/// One side of a comparison: runs once and gives the seconds it took.
pub(super) type Side<'a> = Box<dyn FnMut() -> Result<f64, Failure> + 'a>;

/// Runs all sides in turn, once untimed and then `runs` times: A B C, A B C, …
///
/// # Errors
/// When a side fails.
pub(super) fn alternate<const N: usize>(
    runs: usize,
    mut sides: [Side<'_>; N],
) -> Result<[Samples; N], Failure> {
    for side in &mut sides {
        side()?;
    }
    let mut samples = std::array::from_fn(|_| Samples::default());
    for _ in 0..runs {
        for (side, samples) in sides.iter_mut().zip(&mut samples) {
            samples.push(side()?);
        }
    }
    Ok(samples)
}

/// Runs a command to its end, without input and output, and gives the seconds it took.
///
/// # Errors
/// When it cannot be started or fails.
pub(super) fn time(command: &mut Command) -> Result<f64, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    process::run_silently(command)?;
    Ok(start.elapsed().as_secs_f64())
}

/// Removes a file or folder if it is there, so that each run writes anew.
///
/// # Errors
/// When it is there and cannot be removed.
pub(super) fn clear(path: &Path) -> Result<(), Failure> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::io("remove", path, source))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        for (seconds, expected) in [
            (vec![3.0, 1.0, 2.0], 2.0),
            (vec![4.0, 1.0, 2.0, 3.0], 2.5),
            (vec![7.0], 7.0),
        ] {
            let samples = Samples { seconds };
            assert!(
                (samples.median() - expected).abs() < f64::EPSILON,
                "{samples:?}"
            );
        }
    }

    #[test]
    fn sides_take_turns_after_one_untimed_run() {
        let order = RefCell::new(String::new());
        let side = |name: char| -> Side<'_> {
            let order = &order;
            Box::new(move || {
                order.borrow_mut().push(name);
                Ok(1.0)
            })
        };
        let [a, _] = alternate(2, [side('a'), side('b')]).unwrap();
        assert_eq!(a.seconds.len(), 2);
        assert_eq!(*order.borrow(), "ababab");
    }

    #[test]
    fn a_command_that_fails_has_no_time() {
        assert!(time(&mut Command::new("false")).is_err());
    }
}
