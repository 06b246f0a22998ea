//! Fast Fourier transforms of any length in double precision.
//!
//! Lengths whose prime factors are small are split by them (Cooley and Tukey); the others become a
//! convolution of a length that is a power of two (Bluestein).

use std::f64::consts::TAU;
use std::ops::{Add, Mul, Sub};

/// Lengths with a larger prime factor become a convolution.
const LARGEST_FACTOR: usize = 13;

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    pub(super) fn conjugate(self) -> Self {
        Self::new(self.re, -self.im)
    }

    /// The point of the unit circle at minus this share of the whole circle.
    fn root(part: usize, whole: usize) -> Self {
        let (sine, cosine) = (TAU * part as f64 / whole as f64).sin_cos();
        Self::new(cosine, -sine)
    }

    /// The number turned by minus a quarter of the circle.
    fn turned(self) -> Self {
        Self::new(self.im, -self.re)
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(
            self.re * other.re - self.im * other.im,
            self.re * other.im + self.im * other.re,
        )
    }
}

/// A transform of one length, with what it computes beforehand.
pub(super) struct Fft {
    length: usize,
    method: Method,
}

enum Method {
    Split {
        /// The factors of the length.
        factors: Vec<usize>,
        /// All roots of unity of the length.
        roots: Vec<Complex>,
    },
    Convolve {
        padded: Box<Fft>,
        /// What the values are multiplied with before and after.
        chirp: Vec<Complex>,
        /// The transform of what they are convolved with.
        kernel: Vec<Complex>,
    },
}

impl Fft {
    /// The transform of this length, which must not be 0.
    pub(super) fn new(length: usize) -> Self {
        let method = match factors(length) {
            Some(factors) => Method::Split {
                factors,
                roots: (0..length).map(|k| Complex::root(k, length)).collect(),
            },
            None => Method::convolve(length),
        };
        Self { length, method }
    }

    /// The spectrum of as many values as the length says: that of the smaller frequencies first.
    pub(super) fn forward(&self, values: &[Complex]) -> Vec<Complex> {
        debug_assert_eq!(values.len(), self.length);
        match &self.method {
            Method::Split { factors, roots } => {
                let mut spectrum = vec![Complex::default(); self.length];
                let split = Split {
                    roots,
                    values,
                    step: 1,
                };
                split.run(0, factors, &mut spectrum);
                spectrum
            }
            Method::Convolve {
                padded,
                chirp,
                kernel,
            } => {
                let mut bent: Vec<Complex> = vec![Complex::default(); padded.length];
                for ((to, &value), &chirp) in bent.iter_mut().zip(values).zip(chirp) {
                    *to = value * chirp;
                }
                let mut product = padded.forward(&bent);
                for (value, &kernel) in product.iter_mut().zip(kernel) {
                    *value = *value * kernel;
                }
                let convolved = padded.inverse(&product);
                let unbent = convolved.into_iter().zip(chirp);
                unbent.map(|(value, &chirp)| value * chirp).collect()
            }
        }
    }

    /// The values that have this spectrum.
    pub(super) fn inverse(&self, spectrum: &[Complex]) -> Vec<Complex> {
        let mirrored: Vec<Complex> = spectrum.iter().map(|value| value.conjugate()).collect();
        let mut values = self.forward(&mirrored);
        let share = 1.0 / self.length as f64;
        for value in &mut values {
            *value = Complex::new(value.re * share, -value.im * share);
        }
        values
    }
}

impl Method {
    fn convolve(length: usize) -> Self {
        let padded = Fft::new((2 * length - 1).next_power_of_two());
        // Half the square of k in turns of the circle; taken as a remainder it stays exact.
        let angle = |k: usize| {
            let square = (k as u128 * k as u128) % (2 * length as u128);
            Complex::root(usize::try_from(square).unwrap_or(0), 2 * length)
        };
        let chirp: Vec<Complex> = (0..length).map(angle).collect();
        let mut kernel = vec![Complex::default(); padded.length];
        for (k, value) in chirp.iter().enumerate() {
            kernel[k] = value.conjugate();
            if k > 0 {
                kernel[padded.length - k] = value.conjugate();
            }
        }
        let kernel = padded.forward(&kernel);
        Self::Convolve {
            padded: Box::new(padded),
            chirp,
            kernel,
        }
    }
}

/// The factors of a length, fours first, unless a prime one is too large.
fn factors(length: usize) -> Option<Vec<usize>> {
    let mut left = length;
    let mut found = Vec::new();
    let candidates = [4, 2, 3, 5, 7, 11, LARGEST_FACTOR];
    for factor in candidates {
        while left.is_multiple_of(factor) && left > 1 {
            found.push(factor);
            left /= factor;
        }
    }
    (left == 1).then_some(found)
}

/// A transform of every so many values.
#[derive(Clone, Copy)]
struct Split<'a> {
    roots: &'a [Complex],
    values: &'a [Complex],
    step: usize,
}

impl Split<'_> {
    /// Transforms the values from the first one on into as many places as there are.
    fn run(self, first: usize, factors: &[usize], to: &mut [Complex]) {
        let Some((&factor, rest)) = factors.split_first() else {
            to[0] = self.values[first];
            return;
        };
        let part = to.len() / factor;
        let inner = Split {
            step: self.step * factor,
            ..self
        };
        for (number, to) in to.chunks_exact_mut(part).enumerate() {
            inner.run(first + number * self.step, rest, to);
        }
        for k in 0..part {
            let mut terms = [Complex::default(); LARGEST_FACTOR];
            for (number, term) in terms[..factor].iter_mut().enumerate() {
                *term = to[number * part + k] * self.roots[number * k * self.step];
            }
            match factor {
                2 => self.two(terms, k, part, to),
                4 => self.four(terms, k, part, to),
                _ => self.any(&terms[..factor], k, part, to),
            }
        }
    }

    fn two(self, terms: [Complex; LARGEST_FACTOR], k: usize, part: usize, to: &mut [Complex]) {
        to[k] = terms[0] + terms[1];
        to[k + part] = terms[0] - terms[1];
    }

    fn four(self, terms: [Complex; LARGEST_FACTOR], k: usize, part: usize, to: &mut [Complex]) {
        let [a, b, c, d, ..] = terms;
        let (even, odd) = (a + c, b + d);
        let (across, turned) = (a - c, (b - d).turned());
        to[k] = even + odd;
        to[k + part] = across + turned;
        to[k + 2 * part] = even - odd;
        to[k + 3 * part] = across - turned;
    }

    fn any(self, terms: &[Complex], k: usize, part: usize, to: &mut [Complex]) {
        let count = terms.len();
        let turn = self.roots.len() / count;
        for row in 0..count {
            let products = terms.iter().enumerate();
            to[k + row * part] = products.fold(Complex::default(), |sum, (number, &term)| {
                sum + term * self.roots[number * row % count * turn]
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition() {
        for length in [
            1, 2, 3, 4, 6, 8, 12, 13, 17, 30, 34, 64, 77, 97, 120, 127, 400,
        ] {
            let values: Vec<Complex> = (0..length)
                .map(|i| Complex::new((i * i % 7) as f64 - 3.0, (i % 5) as f64))
                .collect();
            let fft = Fft::new(length);
            let spectrum = fft.forward(&values);
            for (k, found) in spectrum.iter().enumerate() {
                let sum = values.iter().enumerate();
                let expected = sum.fold(Complex::default(), |sum, (i, &value)| {
                    sum + value * Complex::root(i * k % length, length)
                });
                let error = *found - expected;
                assert!(error.re.hypot(error.im) < 1e-9, "{length}: {k}");
            }
            let back = fft.inverse(&spectrum);
            let worst = back.iter().zip(&values).map(|(&a, &b)| {
                let error = a - b;
                error.re.hypot(error.im)
            });
            assert!(worst.fold(0.0, f64::max) < 1e-10, "{length}");
        }
    }
}
