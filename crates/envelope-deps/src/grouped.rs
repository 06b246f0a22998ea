//! Many small lists as one: what belongs to each of a row of numbers.

/// Items by the numbers that they belong to, in one piece of memory.
#[derive(Debug)]
pub(crate) struct Grouped<T> {
    items: Vec<T>,
    /// Where the items of a number begin; those of the next number follow.
    starts: Vec<u32>,
}

impl<T: Copy> Grouped<T> {
    /// Groups items by their numbers, of which there are `count`. Items of one number keep their
    /// order.
    pub(crate) fn new(numbered: &[(u32, T)], count: usize) -> Self {
        let mut starts = vec![0; count + 1];
        for (number, _) in numbered {
            starts[*number as usize + 1] += 1;
        }
        for number in 0..count {
            starts[number + 1] += starts[number];
        }
        let mut next = starts.clone();
        // Every item is put over another one: there are as many as places.
        let mut items: Vec<T> = numbered.iter().map(|(_, item)| *item).collect();
        for (number, item) in numbered {
            let next = &mut next[*number as usize];
            items[*next as usize] = *item;
            *next += 1;
        }
        Self { items, starts }
    }

    /// The items of a number.
    pub(crate) fn of(&self, number: usize) -> &[T] {
        &self.items[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_their_numbers() {
        let grouped = Grouped::new(&[(2, 'a'), (0, 'b'), (2, 'c'), (2, 'a')], 4);
        let found: Vec<&[char]> = (0..4).map(|number| grouped.of(number)).collect();
        assert_eq!(found, [&['b'][..], &[], &['a', 'c', 'a'], &[]]);
    }
}
