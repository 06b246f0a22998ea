//! How much comparing one page is worth: comparing two lines, or finding out which lines belong
//! together, takes time that grows with both sides.

/// The comparisons that a page is worth, of words or of bytes: a second or less, even where nothing
/// is optimized. Hand-written changes of many thousand lines do not come near it.
const LIMIT_COMPARISONS: usize = 32 << 20;

/// What is left to compare. It is counted and not timed, so that the same changes are always shown
/// the same way.
#[derive(Debug)]
pub(crate) struct Work {
    left: usize,
}

impl Default for Work {
    fn default() -> Self {
        Self::of(LIMIT_COMPARISONS)
    }
}

impl Work {
    pub(super) fn of(comparisons: usize) -> Self {
        Self { left: comparisons }
    }

    /// Takes what comparing two sides may cost at most; says no where as much is not left. What is
    /// small may still be done then.
    pub(super) fn takes(&mut self, one: usize, other: usize) -> bool {
        let left = self.left.checked_sub(one.saturating_mul(other));
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}
