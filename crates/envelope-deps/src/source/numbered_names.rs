//! Numbers by names, for sources that name every package thousands of times.

use rustc_hash::FxHashMap;

/// Numbers by names. A short name lies in the table itself, four to a line of the processor's cache,
/// so that finding it waits for memory once, and not for the table, an entry and a text one after
/// the other.
#[derive(Default)]
pub(super) struct NumberedNames<'t> {
    short: FxHashMap<Packed, u32>,
    long: FxHashMap<&'t [u8], u32>,
}

impl<'t> NumberedNames<'t> {
    pub(super) fn with_capacity(count: usize) -> Self {
        let mut names = Self::default();
        names.short.reserve(count);
        names
    }

    /// Gives a name a number; gives the one that it had.
    pub(super) fn insert(&mut self, name: &'t [u8], number: u32) -> Option<u32> {
        match packed(name) {
            Some(packed) => self.short.insert(packed, number),
            None => self.long.insert(name, number),
        }
    }

    /// The number of a name.
    pub(super) fn get(&self, name: &[u8]) -> Option<u32> {
        let known = match packed(name) {
            Some(packed) => self.short.get(&packed),
            None => self.long.get(name),
        };
        known.copied()
    }
}

/// A name of up to eleven bytes with its length, as three numbers.
type Packed = (u32, u32, u32);

fn packed(name: &[u8]) -> Option<Packed> {
    let mut bytes = [[0; 4]; 3];
    let flat = bytes.as_flattened_mut();
    flat[..11].get_mut(..name.len())?.copy_from_slice(name);
    flat[11] = u8::try_from(name.len()).ok()?;
    let [first, second, third] = bytes.map(u32::from_le_bytes);
    Some((first, second, third))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_length_are_told_apart() {
        let text = "a\0".repeat(20);
        let mut names = NumberedNames::with_capacity(3);
        for length in 0..=40 {
            let number = u32::try_from(length).expect("a number");
            assert_eq!(names.insert(&text.as_bytes()[..length], number), None);
        }
        for length in 0..=40 {
            let number = u32::try_from(length).expect("a number");
            assert_eq!(names.get(&text.as_bytes()[..length]), Some(number));
        }
        assert_eq!(names.insert(b"a", 7), Some(1));
        assert_eq!(names.get(b"b"), None);
    }
}
