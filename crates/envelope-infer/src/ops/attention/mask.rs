//! Which keys each query may attend: causal order, windows, padding, and masks that are given.

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::ops::wide::{Wide, converted, widened};
use crate::shape::Shape;
use crate::tensor::Tensor;

use super::heads::Sizes;

/// Bounds that follow from positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) is_causal: bool,
    /// How many keys before its own a query attends; all if nothing is said.
    pub(super) left: Option<i64>,
    /// How many keys after its own.
    pub(super) right: Option<i64>,
}

/// Where the queries of a sequence stand among its keys.
pub(super) enum Positions {
    /// All sequences have so many keys before the first query.
    After(usize),
    /// Each sequence has so many keys that are no padding, and the queries are the last of them.
    Filled(Vec<i64>),
}

/// What is added to the scores, and which are taken out.
pub(super) struct Mask<T> {
    bounds: Bounds,
    positions: Positions,
    sizes: Sizes,
    given: Option<Given<T>>,
}

/// A mask that is given, as numbers to add: minus infinity takes a key out.
struct Given<T> {
    values: Vec<T>,
    /// Keys beyond this are taken out.
    width: usize,
    /// How far a step of batch, head and query moves.
    strides: [usize; 3],
    /// Which of these dimensions there are.
    varies: [bool; 3],
}

impl<T: Wide> Mask<T> {
    pub(super) fn new(
        bounds: Bounds,
        positions: Positions,
        sizes: Sizes,
        mask: Option<&Tensor>,
    ) -> Result<Self> {
        if let Positions::Filled(filled) = &positions
            && filled.len() != sizes.batch
        {
            let (found, batch) = (filled.len(), sizes.batch);
            return Err(fault!(
                "found the lengths of {found} sequences, expected {batch}"
            ));
        }
        Ok(Self {
            bounds,
            positions,
            sizes,
            given: mask.map(|mask| Given::new(mask, sizes)).transpose()?,
        })
    }

    /// Whether nothing is added or taken out.
    pub(super) fn is_empty(&self) -> bool {
        let bounds = self.bounds;
        self.given.is_none()
            && !bounds.is_causal
            && bounds.left.is_none()
            && bounds.right.is_none()
            && matches!(self.positions, Positions::After(_))
    }

    /// Applies the mask to a row of scores: that of one query of one head.
    pub(super) fn apply(&self, number: usize, row: &mut [T]) {
        let query = number % self.sizes.queries;
        let head = number / self.sizes.queries % self.sizes.query_heads;
        let batch = number / self.sizes.queries / self.sizes.query_heads;
        let (from, mut to) = self.attended(batch, query);
        if let Some(given) = &self.given {
            to = to.min(given.width);
            let start = given.start(batch, head, query);
            let values = &given.values[start..start + given.width];
            let (row, values) = (&mut row[from.min(to)..to], &values[from.min(to)..to]);
            for (score, &value) in row.iter_mut().zip(values) {
                // Taken out, whatever the score is: infinity, or no number.
                *score = if value == T::neg_infinity() {
                    value
                } else {
                    *score + value
                };
            }
        }
        row[..from.min(to)].fill(T::neg_infinity());
        row[to..].fill(T::neg_infinity());
    }

    /// The mask alone, as it is added: of batch and heads only what differs.
    pub(super) fn as_bias(&self) -> (Shape, Vec<T>) {
        let sizes = self.sizes;
        let given = self.given.as_ref().map_or([false; 3], |given| given.varies);
        let filled = matches!(self.positions, Positions::Filled(_));
        let batch = if given[0] || filled { sizes.batch } else { 1 };
        let heads = if given[1] { sizes.query_heads } else { 1 };
        let mut values = vec![T::zero(); batch * heads * sizes.queries * sizes.keys];
        let rows = values.chunks_exact_mut(sizes.keys.max(1)).enumerate();
        for (i, row) in rows {
            let query = i % sizes.queries;
            let head = i / sizes.queries % heads;
            let of_batch = i / sizes.queries / heads;
            let number = (of_batch * sizes.query_heads + head) * sizes.queries + query;
            self.apply(number, row);
        }
        ([batch, heads, sizes.queries, sizes.keys].into(), values)
    }

    /// The first key that a query attends, and the first after those that it attends.
    fn attended(&self, batch: usize, query: usize) -> (usize, usize) {
        let signed = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let keys = signed(self.sizes.keys);
        let (offset, filled) = match &self.positions {
            Positions::After(past) => (signed(*past), keys),
            Positions::Filled(filled) => {
                let filled = filled[batch];
                (filled.saturating_sub(signed(self.sizes.queries)), filled)
            }
        };
        let own = offset.saturating_add(signed(query));
        let mut from = 0;
        let mut to = filled.min(keys);
        if self.bounds.is_causal {
            to = to.min(own.saturating_add(1));
        }
        if let Some(right) = self.bounds.right {
            to = to.min(own.saturating_add(right).saturating_add(1));
        }
        if let Some(left) = self.bounds.left {
            from = own.saturating_sub(left).clamp(0, keys);
        }
        let size = |n: i64| usize::try_from(n).unwrap_or(0);
        (size(from), size(to))
    }
}

impl<T: Wide> Given<T> {
    fn new(mask: &Tensor, sizes: Sizes) -> Result<Self> {
        let shape = mask.shape();
        let whole = [sizes.batch, sizes.query_heads, sizes.queries];
        let width = shape.last().copied().filter(|&width| width <= sizes.keys);
        let before = shape.split_last().map_or(&[][..], |(_, before)| before);
        let missing = 3usize.checked_sub(before.len());
        let (Some(width), Some(missing)) = (width, missing) else {
            return Err(misfit(shape, sizes));
        };
        let (mut strides, mut varies) = ([0; 3], [false; 3]);
        let mut stride = width;
        for (i, &size) in before.iter().enumerate().rev() {
            if size != 1 && size != whole[missing + i] {
                return Err(misfit(shape, sizes));
            }
            if size != 1 {
                strides[missing + i] = stride;
                varies[missing + i] = true;
            }
            stride *= size;
        }
        Ok(Self {
            values: additive(mask)?,
            width,
            strides,
            varies,
        })
    }

    fn start(&self, batch: usize, head: usize, query: usize) -> usize {
        let [of_batch, of_head, of_query] = self.strides;
        batch * of_batch + head * of_head + query * of_query
    }
}

fn misfit(shape: &Shape, sizes: Sizes) -> crate::fault::Fault {
    fault!(
        "a mask of shape {shape} does not fit scores of shape {}",
        sizes.scores()
    )
}

fn additive<T: Wide>(mask: &Tensor) -> Result<Vec<T>> {
    if mask.data_type() == DataType::Bool {
        let allowed = mask.bools()?;
        let value = |&allowed: &u8| {
            if allowed == 0 {
                T::neg_infinity()
            } else {
                T::zero()
            }
        };
        return Ok(allowed.iter().map(value).collect());
    }
    let mask = widened(mask.clone())?;
    converted(mask, T::TYPE)?.into_vec()
}
