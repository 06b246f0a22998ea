//! Changes fixtures at random, always in the same way, for the tests of hostile input.

use std::time::{Duration, Instant};

/// One changed input may take this long at most.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Calls `check` with `count` changed copies of the fixtures.
pub(crate) fn for_each_mutation(fixtures: &[&[u8]], count: usize, mut check: impl FnMut(&[u8])) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..count {
        let mut bytes = fixtures[round % fixtures.len()].to_vec();
        for _ in 0..=random.below(6) {
            change(&mut bytes, &mut random);
        }
        let start = Instant::now();
        check(&bytes);
        assert!(start.elapsed() < TIME_LIMIT, "round {round} takes too long");
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        bytes.push(0);
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
        2 => bytes.truncate(at),
        3 => bytes.insert(at, u8::try_from(random.below(256)).unwrap()),
        4 => {
            let end = (at + random.below(64)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let target = random.below(bytes.len());
            bytes.splice(target..target, part);
        }
        _ => {
            let end = (at + 4).min(bytes.len());
            bytes[at..end].fill(0xff);
        }
    }
}

/// Xorshift: enough to spread changes over a file.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}
