//! The Mersenne Twister with 19937 bits, seeded and read as NumPy's `RandomState` does it, so that
//! a seed gives the same numbers here and there.
//!
//! M. Matsumoto and T. Nishimura, *Mersenne Twister: a 623-dimensionally equidistributed uniform
//! pseudo-random number generator*, ACM TOMACS 8 (1998).

use std::hash::{BuildHasher as _, RandomState};

const WORDS: usize = 624;
const MIDDLE: usize = 397;

pub(in crate::ops) struct Twister {
    state: [u32; WORDS],
    next: usize,
    /// Normal numbers come in pairs: the second one waits here.
    spare: Option<f64>,
}

impl Twister {
    pub(in crate::ops) fn seeded(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for i in 1..WORDS {
            let last = state[i - 1];
            let number = u32::try_from(i).unwrap_or(0);
            state[i] = (last ^ (last >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(number);
        }
        Self {
            state,
            next: WORDS,
            spare: None,
        }
    }

    /// With a seed that is another one each time.
    pub(in crate::ops) fn unseeded() -> Self {
        let bits = RandomState::new().hash_one(0u8);
        Self::seeded(u32::try_from(bits & 0xffff_ffff).unwrap_or(0))
    }

    fn refill(&mut self) {
        for i in 0..WORDS {
            let mixed = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % WORDS] & 0x7fff_ffff);
            let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + MIDDLE) % WORDS] ^ (mixed >> 1) ^ odd;
        }
        self.next = 0;
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.refill();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// A number from 0 to below 1, of 53 bits.
    pub(in crate::ops) fn uniform(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// A number of the standard normal distribution, by Marsaglia's polar method.
    pub(in crate::ops) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = a * a + b * b;
            if square < 1.0 && square > 0.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(factor * a);
                return factor * b;
            }
        }
    }

    /// Whether something of this probability happens.
    pub(in crate::ops) fn happens(&mut self, probability: f64) -> bool {
        // NumPy draws what is rarer, and nothing where nothing is open.
        if probability <= 0.0 {
            false
        } else if probability <= 0.5 {
            self.uniform() > 1.0 - probability
        } else {
            self.uniform() <= probability
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_numpy() {
        let mut uniform = Twister::seeded(0);
        for expected in [0.548_813_503_927_324_8f64, 0.715_189_366_372_419_5] {
            assert_eq!(uniform.uniform().to_bits(), expected.to_bits());
        }
        let mut normal = Twister::seeded(0);
        let found = [normal.normal(), normal.normal(), normal.normal()];
        let expected = [
            1.764_052_345_967_664,
            0.400_157_208_367_223_3,
            0.978_737_984_105_739_2,
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found}");
        }
        // The first word that the algorithm's authors list for their default seed.
        assert_eq!(Twister::seeded(5489).word(), 3_499_211_612);
    }
}
