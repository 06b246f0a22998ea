//! Softmax of a row of `f32`, in vectors of the widest registers that the processor has.
#![expect(
    clippy::inline_always,
    reason = "a call in a loop keeps the loop from becoming vectors"
)]

use super::fast_math::exp_of;

/// So many sums run side by side: one alone would wait for itself at each element.
const LANES: usize = 32;

/// Replaces a row by its softmax.
pub(super) fn softmax(row: &mut [f32], largest: f32) {
    pulp::Arch::new().dispatch(Softmax { row, largest });
}

/// The largest element; minus infinity where there is none. What is no number is passed over.
pub(super) fn largest(row: &[f32]) -> f32 {
    pulp::Arch::new().dispatch(Largest { row })
}

struct Largest<'a> {
    row: &'a [f32],
}

impl pulp::NullaryFnOnce for Largest<'_> {
    type Output = f32;

    #[inline(always)]
    fn call(self) -> f32 {
        let mut most = [f32::NEG_INFINITY; LANES];
        let (chunks, rest) = self.row.as_chunks::<LANES>();
        for chunk in chunks {
            for (most, &value) in most.iter_mut().zip(chunk) {
                *most = larger(*most, value);
            }
        }
        let most = most.into_iter().chain(rest.iter().copied());
        most.fold(f32::NEG_INFINITY, larger)
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

struct Softmax<'a> {
    row: &'a mut [f32],
    largest: f32,
}

impl pulp::NullaryFnOnce for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let mut sums = [0f32; LANES];
        let (chunks, rest) = self.row.as_chunks_mut::<LANES>();
        for chunk in chunks {
            for (sum, value) in sums.iter_mut().zip(chunk) {
                *value = exp_of(*value - self.largest);
                *sum += *value;
            }
        }
        let mut sum: f32 = sums.iter().sum();
        for value in rest {
            *value = exp_of(*value - self.largest);
            sum += *value;
        }
        let share = sum.recip();
        for value in self.row {
            *value *= share;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_whatever_the_length() {
        for length in [1, 2, 31, 32, 33, 100] {
            let mut row: Vec<f32> = (0..length).map(|i| (i % 7) as f32).collect();
            let most = largest(&row);
            assert!(
                (most - (length - 1).min(6) as f32).abs() < f32::EPSILON,
                "{length}"
            );
            softmax(&mut row, most);
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{length}");
            assert!(row.iter().all(|&share| share > 0.0), "{length}");
        }
        assert!(largest(&[]).is_infinite());
    }
}
