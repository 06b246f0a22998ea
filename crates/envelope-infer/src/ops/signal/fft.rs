//! Fast Fourier transforms of any length, in single or double precision.
//!
//! Lengths whose prime factors are small go through a pass for each factor, which leaves the
//! frequencies in order (Cooley and Tukey, Stockham); the others become a convolution of a length
//! that is a power of two (Bluestein).

use std::f64::consts::TAU;
use std::ops::{Add, Mul, Sub};

use crate::ops::wide::Wide;

/// Lengths with a larger prime factor become a convolution.
const LARGEST_FACTOR: usize = 13;

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Complex<T> {
    pub(super) re: T,
    pub(super) im: T,
}

impl<T: Wide> Complex<T> {
    pub(super) fn new(re: T, im: T) -> Self {
        Self { re, im }
    }

    pub(super) fn zero() -> Self {
        Self::new(T::zero(), T::zero())
    }

    pub(super) fn conjugate(self) -> Self {
        Self::new(self.re, -self.im)
    }

    /// The point of the unit circle at minus this share of the whole circle.
    fn root(part: usize, whole: usize) -> Self {
        let (sine, cosine) = (TAU * part as f64 / whole as f64).sin_cos();
        Self::new(T::from_f64(cosine), T::from_f64(-sine))
    }

    /// The number turned by minus a quarter of the circle.
    fn turned(self) -> Self {
        Self::new(self.im, -self.re)
    }

    fn scaled(self, factor: T) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }
}

impl<T: Wide> Add for Complex<T> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl<T: Wide> Sub for Complex<T> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl<T: Wide> Mul for Complex<T> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(
            self.re * other.re - self.im * other.im,
            self.re * other.im + self.im * other.re,
        )
    }
}

/// A transform of one length, with what it computes beforehand.
pub(super) struct Fft<T> {
    length: usize,
    method: Method<T>,
}

enum Method<T> {
    Split {
        /// The factors of the length.
        factors: Vec<usize>,
        /// All roots of unity of the length.
        roots: Vec<Complex<T>>,
    },
    Convolve {
        padded: Box<Fft<T>>,
        /// What the values are multiplied with before and after.
        chirp: Vec<Complex<T>>,
        /// The transform of what they are convolved with.
        kernel: Vec<Complex<T>>,
    },
}

impl<T: Wide> Fft<T> {
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
    pub(super) fn forward(&self, values: Vec<Complex<T>>) -> Vec<Complex<T>> {
        debug_assert_eq!(values.len(), self.length);
        match &self.method {
            Method::Split { factors, roots } => {
                let (mut from, mut to) = (values, vec![Complex::zero(); self.length]);
                let mut done = 1;
                for &factor in factors {
                    let pass = Pass {
                        roots,
                        factor,
                        done,
                        left: self.length / done / factor,
                    };
                    pass.run(&from, &mut to);
                    std::mem::swap(&mut from, &mut to);
                    done *= factor;
                }
                from
            }
            Method::Convolve {
                padded,
                chirp,
                kernel,
            } => {
                let bent = values.into_iter().zip(chirp);
                let mut bent: Vec<Complex<T>> = bent.map(|(value, &chirp)| value * chirp).collect();
                bent.resize(padded.length, Complex::zero());
                let mut product = padded.forward(bent);
                for (value, &kernel) in product.iter_mut().zip(kernel) {
                    *value = *value * kernel;
                }
                let unbent = padded.inverse(product).into_iter().zip(chirp);
                unbent.map(|(value, &chirp)| value * chirp).collect()
            }
        }
    }

    /// The values that have this spectrum.
    pub(super) fn inverse(&self, spectrum: Vec<Complex<T>>) -> Vec<Complex<T>> {
        let mirrored = spectrum.into_iter().map(Complex::conjugate).collect();
        let share = T::from_f64(1.0 / self.length as f64);
        let values = self.forward(mirrored).into_iter();
        values
            .map(|value| value.conjugate().scaled(share))
            .collect()
    }
}

impl<T: Wide> Method<T> {
    fn convolve(length: usize) -> Self {
        let padded = Fft::new((2 * length - 1).next_power_of_two());
        // Half the square of k in turns of the circle; taken as a remainder it stays exact.
        let angle = |k: usize| {
            let square = (k as u128 * k as u128) % (2 * length as u128);
            Complex::root(usize::try_from(square).unwrap_or(0), 2 * length)
        };
        let chirp: Vec<Complex<T>> = (0..length).map(angle).collect();
        let mut kernel = vec![Complex::zero(); padded.length];
        for (k, value) in chirp.iter().enumerate() {
            kernel[k] = value.conjugate();
            if k > 0 {
                kernel[padded.length - k] = value.conjugate();
            }
        }
        let kernel = padded.forward(kernel);
        Self::Convolve {
            padded: Box::new(padded),
            chirp,
            kernel,
        }
    }
}

/// The factors of a length, unless a prime one is too large: a two, fours, odd ones.
fn factors(length: usize) -> Option<Vec<usize>> {
    let mut left = length;
    let mut found = Vec::new();
    for factor in [4, 2, 3, 5, 7, 11, LARGEST_FACTOR] {
        while left.is_multiple_of(factor) && left > 1 {
            if factor == 2 {
                found.insert(0, factor);
            } else {
                found.push(factor);
            }
            left /= factor;
        }
    }
    (left == 1).then_some(found)
}

/// A pass for one factor: as many values are taken together as the factor says.
struct Pass<'a, T> {
    roots: &'a [Complex<T>],
    factor: usize,
    /// The product of the factors before.
    done: usize,
    /// The product of the factors after.
    left: usize,
}

impl<T: Wide> Pass<'_, T> {
    fn run(&self, from: &[Complex<T>], to: &mut [Complex<T>]) {
        let (factor, left) = (self.factor, self.left);
        let block = self.done * left;
        for (number, from) in from.chunks_exact(left * factor).enumerate() {
            for i in 0..left {
                let mut terms = [Complex::zero(); LARGEST_FACTOR];
                for (j, term) in terms[..factor].iter_mut().enumerate() {
                    *term = from[i + left * j];
                }
                match factor {
                    2 => two(&mut terms),
                    4 => four(&mut terms),
                    _ => self.odd(&mut terms),
                }
                let first = number * left + i;
                to[first] = terms[0];
                for (m, &term) in terms[..factor].iter().enumerate().skip(1) {
                    to[first + m * block] = term * self.roots[m * i * self.done];
                }
            }
        }
    }

    /// The transform of an odd number of values: each root and its mirror image share the products.
    fn odd(&self, terms: &mut [Complex<T>; LARGEST_FACTOR]) {
        let factor = self.factor;
        let half = factor / 2;
        let turn = self.roots.len() / factor;
        let (mut sums, mut differences) = (*terms, *terms);
        for j in 1..=half {
            sums[j] = terms[j] + terms[factor - j];
            differences[j] = terms[j] - terms[factor - j];
        }
        let first = terms[0];
        terms[0] = sums[1..=half].iter().fold(first, |sum, &term| sum + term);
        for m in 1..=half {
            let (mut even, mut odd) = (first, Complex::zero());
            for j in 1..=half {
                let root = self.roots[j * m % factor * turn];
                even = even + sums[j].scaled(root.re);
                odd = odd + differences[j].scaled(-root.im);
            }
            let odd = odd.turned();
            terms[m] = even + odd;
            terms[factor - m] = even - odd;
        }
    }
}

fn two<T: Wide>(terms: &mut [Complex<T>; LARGEST_FACTOR]) {
    let [a, b, ..] = *terms;
    terms[0] = a + b;
    terms[1] = a - b;
}

fn four<T: Wide>(terms: &mut [Complex<T>; LARGEST_FACTOR]) {
    let [a, b, c, d, ..] = *terms;
    let (even, odd) = (a + c, b + d);
    let (across, turned) = (a - c, (b - d).turned());
    terms[0] = even + odd;
    terms[1] = across + turned;
    terms[2] = even - odd;
    terms[3] = across - turned;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition() {
        let size = |value: Complex<f64>| value.re.hypot(value.im);
        for length in [
            1, 2, 3, 4, 6, 8, 12, 13, 17, 30, 34, 64, 77, 97, 120, 127, 400,
        ] {
            let values: Vec<Complex<f64>> = (0..length)
                .map(|i| Complex::new((i * i % 7) as f64 - 3.0, (i % 5) as f64))
                .collect();
            let fft = Fft::new(length);
            let spectrum = fft.forward(values.clone());
            for (k, found) in spectrum.iter().enumerate() {
                let sum = values.iter().enumerate();
                let expected = sum.fold(Complex::zero(), |sum, (i, &value)| {
                    sum + value * Complex::root(i * k % length, length)
                });
                assert!(size(*found - expected) < 1e-9, "{length}: {k}");
            }
            let back = fft.inverse(spectrum);
            let errors = back.iter().zip(&values).map(|(&a, &b)| size(a - b));
            assert!(errors.fold(0.0, f64::max) < 1e-10, "{length}");
        }
    }
}
