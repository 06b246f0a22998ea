//! The shape of a tensor, and the arithmetic that operators do with shapes.

use std::fmt;
use std::ops::{Deref, DerefMut};

use smallvec::SmallVec;

use crate::fault::{Fault, fault};

/// The sizes of a tensor's dimensions, outermost first. A scalar has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape(SmallVec<[usize; 6]>);

impl Shape {
    /// The shape of a scalar.
    pub fn scalar() -> Self {
        Self::default()
    }

    /// The number of elements, or nothing when it does not fit a `usize`.
    pub fn checked_elements(&self) -> Option<usize> {
        // A dimension of 0 makes the product 0 whatever the others are.
        if self.0.contains(&0) {
            return Some(0);
        }
        self.0.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
    }

    /// The number of elements of a shape that belongs to a tensor, and so fits.
    pub fn elements(&self) -> usize {
        self.0.iter().product()
    }

    /// The number of dimensions.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// How many elements lie between neighbours along each dimension of a dense tensor.
    pub fn strides(&self) -> SmallVec<[usize; 6]> {
        let mut strides: SmallVec<[usize; 6]> = SmallVec::from_elem(1, self.rank());
        for i in (0..self.rank().saturating_sub(1)).rev() {
            strides[i] = strides[i + 1] * self.0[i + 1];
        }
        strides
    }

    /// The shape that both broadcast to, as NumPy does it.
    pub(crate) fn broadcast(&self, other: &Self) -> Result<Self, Fault> {
        let rank = self.rank().max(other.rank());
        let at = |shape: &Self, i: usize| {
            let missing = rank - shape.rank();
            if i < missing { 1 } else { shape.0[i - missing] }
        };
        (0..rank)
            .map(|i| match (at(self, i), at(other, i)) {
                (a, b) if a == b => Ok(a),
                (1, b) => Ok(b),
                (a, 1) => Ok(a),
                _ => Err(fault!("shapes {self} and {other} do not broadcast")),
            })
            .collect()
    }

    /// The same shape with ones put in front until it has this rank.
    pub(crate) fn padded_to(&self, rank: usize) -> Self {
        let missing = rank.saturating_sub(self.rank());
        std::iter::repeat_n(1, missing)
            .chain(self.0.iter().copied())
            .collect()
    }

    /// For each dimension of `target`, how far a step along it moves in a dense tensor of this
    /// shape: 0 where this shape is broadcast.
    pub(crate) fn broadcast_strides(&self, target: &Self) -> SmallVec<[usize; 6]> {
        let own = self.strides();
        let missing = target.rank() - self.rank();
        (0..target.rank())
            .map(|i| match i.checked_sub(missing) {
                Some(j) if self.0[j] != 1 => own[j],
                _ => 0,
            })
            .collect()
    }

    /// The dimension that an axis names; negative axes count from the end.
    pub(crate) fn axis(&self, axis: i64) -> Result<usize, Fault> {
        axis_of(axis, self.rank())
    }
}

/// The dimension that `axis` names among `rank` of them; negative axes count from the end.
pub(crate) fn axis_of(axis: i64, rank: usize) -> Result<usize, Fault> {
    let signed_rank = i64::try_from(rank).unwrap_or(i64::MAX);
    let moved = if axis < 0 {
        axis.checked_add(signed_rank)
    } else {
        Some(axis)
    };
    moved
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| fault!("axis {axis} is not among {rank} dimensions"))
}

/// The dimensions that several axes name, none twice.
pub(crate) fn axes_of(axes: &[i64], rank: usize) -> Result<SmallVec<[usize; 6]>, Fault> {
    let mut found: SmallVec<[usize; 6]> = SmallVec::new();
    for &axis in axes {
        let dimension = axis_of(axis, rank)?;
        if found.contains(&dimension) {
            return Err(fault!("axis {axis} is named twice"));
        }
        found.push(dimension);
    }
    Ok(found)
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl DerefMut for Shape {
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.0
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(sizes: I) -> Self {
        Self(sizes.into_iter().collect())
    }
}

impl From<&[usize]> for Shape {
    fn from(sizes: &[usize]) -> Self {
        Self(SmallVec::from_slice(sizes))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(sizes: Vec<usize>) -> Self {
        Self(SmallVec::from_vec(sizes))
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Self {
        Self(SmallVec::from_slice(&sizes))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

/// Walks through all elements of a shape in row-major order, and tells for each where it lies when
/// a step along a dimension moves by that dimension's stride. Strides of 0 broadcast.
pub(crate) fn positions(
    shape: Shape,
    strides: impl Into<SmallVec<[usize; 6]>>,
) -> impl Iterator<Item = usize> {
    let strides = strides.into();
    let total = shape.elements();
    let mut index: SmallVec<[usize; 6]> = SmallVec::from_elem(0, shape.rank());
    let mut position = 0;
    (0..total).map(move |_| {
        let current = position;
        for i in (0..shape.rank()).rev() {
            index[i] += 1;
            position += strides[i];
            if index[i] < shape[i] {
                break;
            }
            position -= strides[i] * shape[i];
            index[i] = 0;
        }
        current
    })
}
