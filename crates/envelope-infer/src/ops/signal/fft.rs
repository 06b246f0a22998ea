//! Fast Fourier transforms of any length, in single or double precision, by
//! [rustfft](https://docs.rs/rustfft).

use std::sync::Arc;

use rustfft::{FftNum, FftPlanner};

pub(super) use rustfft::num_complex::Complex;

/// A transform of one length, with what it computes beforehand.
pub(super) struct Fft<T> {
    transform: Arc<dyn rustfft::Fft<T>>,
}

impl<T: FftNum> Fft<T> {
    /// The transform of this length, which must not be 0.
    pub(super) fn new(length: usize) -> Self {
        Self {
            transform: FftPlanner::new().plan_fft_forward(length),
        }
    }

    /// The spectrum of as many values as the length says: that of the smaller frequencies first.
    pub(super) fn forward(&self, mut values: Vec<Complex<T>>) -> Vec<Complex<T>> {
        debug_assert_eq!(values.len(), self.transform.len());
        self.transform.process(&mut values);
        values
    }

    /// The values that have this spectrum.
    pub(super) fn inverse(&self, spectrum: &[Complex<T>]) -> Vec<Complex<T>> {
        let mirrored = spectrum.iter().map(Complex::conj).collect();
        let share = T::one() / T::from_usize(self.transform.len()).unwrap_or_else(T::one);
        let values = self.forward(mirrored).into_iter();
        values.map(|value| value.conj() * share).collect()
    }
}
