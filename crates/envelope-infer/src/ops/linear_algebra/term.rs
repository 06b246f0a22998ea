//! A tensor whose dimensions have labels: its diagonals, sums, and products with another.

use burn_backend::ops::FloatTensorOps as _;

use super::equation::Label;
use crate::burn_tensor::{self, B};
use crate::data_type::DataType;
use crate::element::{Number, with_integer, with_number};
use crate::fault::{Fault, Result, fault};
use crate::operator::Context;
use crate::ops::shape::permuted;
use crate::ops::wide::{product, widened};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// A tensor, none of whose labels is there twice.
pub(super) struct Term {
    pub(super) tensor: Tensor,
    pub(super) labels: Vec<Label>,
}

pub(super) fn zeros(shape: Shape, data_type: DataType) -> Result<Tensor> {
    let count = shape.elements();
    with_number!(data_type, T => Ok(Tensor::from_vec(shape, vec![T::from_i64(0); count])))
}

impl Term {
    /// Takes diagonals until no label is there twice, and drops dimensions that are to be repeated:
    /// a product repeats what it lacks. No dimension is empty.
    pub(super) fn new(
        tensor: Tensor,
        labels: &[Label],
        size: &impl Fn(&Label) -> usize,
    ) -> Result<Self> {
        let tensor = if tensor.data_type().is_float() {
            widened(tensor)?
        } else {
            tensor
        };
        let kept = |i: &usize| tensor.shape()[*i] == size(&labels[*i]);
        let kept: Vec<usize> = (0..labels.len()).filter(kept).collect();
        let shape: Shape = kept.iter().map(|&i| tensor.shape()[i]).collect();
        let mut term = Self {
            labels: kept.iter().map(|&i| labels[i]).collect(),
            tensor: tensor.reshaped(shape)?,
        };
        while let Some((i, j)) = term.repeated() {
            term = term.diagonal(i, j)?;
        }
        Ok(term)
    }

    fn repeated(&self) -> Option<(usize, usize)> {
        let labels = &self.labels;
        (0..labels.len()).find_map(|j| {
            let i = labels[..j].iter().position(|label| *label == labels[j])?;
            Some((i, j))
        })
    }

    fn diagonal(self, i: usize, j: usize) -> Result<Self> {
        let rest: Vec<usize> = (0..self.labels.len())
            .filter(|k| *k != i && *k != j)
            .collect();
        let order: Vec<usize> = rest.iter().copied().chain([i, j]).collect();
        let size = self.tensor.shape()[i];
        let mut shape: Shape = rest.iter().map(|&k| self.tensor.shape()[k]).collect();
        let outer = shape.elements();
        let moved = permuted(self.tensor, &order)?.reshaped([outer, size * size])?;
        let places: Vec<usize> = (0..size).map(|k| k * (size + 1)).collect();
        let taken = taken(moved, &places)?;
        shape = shape.iter().copied().chain([size]).collect();
        let mut labels: Vec<Label> = rest.iter().map(|&k| self.labels[k]).collect();
        labels.push(self.labels[i]);
        Ok(Self {
            tensor: taken.reshaped(shape)?,
            labels,
        })
    }

    /// The number of elements that the product would have, as a float: it may be beyond integers.
    pub(super) fn size_of_product(&self, other: &Self, needed: impl Fn(&Label) -> bool) -> f64 {
        let own = self.labels.iter().zip(self.tensor.shape().iter());
        let others = other.labels.iter().zip(other.tensor.shape().iter());
        let others = others.filter(|(label, _)| !self.labels.contains(label));
        own.chain(others)
            .filter(|(label, _)| needed(label))
            .map(|(_, &size)| size as f64)
            .product()
    }

    fn size(&self, label: &Label) -> usize {
        let place = self.labels.iter().position(|known| known == label);
        place.map_or(1, |i| self.tensor.shape()[i])
    }

    /// The term with its labels in this order; those that are not named are summed.
    pub(super) fn summed_to(self, labels: &[Label]) -> Result<Self> {
        let place = |label: &Label| self.labels.iter().position(|known| known == label);
        let kept: Vec<usize> = labels.iter().filter_map(place).collect();
        let gone = (0..self.labels.len()).filter(|i| !kept.contains(i));
        let order: Vec<usize> = kept.iter().copied().chain(gone).collect();
        let shape: Shape = kept.iter().map(|&i| self.tensor.shape()[i]).collect();
        let labels = kept.iter().map(|&i| self.labels[i]).collect();
        let (outer, all) = (shape.elements(), self.tensor.elements());
        let moved = permuted(self.tensor, &order)?;
        let tensor = if outer == all {
            moved
        } else {
            summed(moved.reshaped([outer, all / outer.max(1)])?)?
        };
        Ok(Self {
            tensor: tensor.reshaped(shape)?,
            labels,
        })
    }

    /// The product with another term, summed over what is not wanted any more.
    pub(super) fn times(
        self,
        other: Self,
        wanted: &[Label],
        context: &Context<'_>,
    ) -> Result<Self> {
        let in_both: Vec<Label> = common(&self.labels, &other.labels);
        let (batch, contracted): (Vec<_>, Vec<_>) =
            in_both.iter().partition(|label| wanted.contains(label));
        let free = |term: &Self| -> Vec<Label> {
            let labels = term.labels.iter().copied();
            labels
                .filter(|label| !in_both.contains(label) && wanted.contains(label))
                .collect()
        };
        let (left, right) = (free(&self), free(&other));
        let sizes = |labels: &[Label]| -> Vec<usize> {
            labels
                .iter()
                .map(|label| self.size(label).max(other.size(label)))
                .collect()
        };
        let count = |labels: &[Label]| sizes(labels).iter().product::<usize>();
        let (b, k) = (count(&batch), count(&contracted));
        let (l, r) = (count(&left), count(&right));
        let labels = [&batch[..], &left, &right].concat();
        let shape = Shape::from(sizes(&labels));
        context.room_for(&shape, self.tensor.data_type())?;
        let a_labels = [&batch[..], &left, &contracted].concat();
        let b_labels = [&batch[..], &contracted, &right].concat();
        let first = self.summed_to(&a_labels)?.tensor.reshaped([b, l, k])?;
        let second = other.summed_to(&b_labels)?.tensor.reshaped([b, k, r])?;
        Ok(Self {
            tensor: multiplied(first, second)?.reshaped(shape)?,
            labels,
        })
    }
}

fn common(a: &[Label], b: &[Label]) -> Vec<Label> {
    a.iter()
        .copied()
        .filter(|label| b.contains(label))
        .collect()
}

/// The elements at these places of each row.
fn taken(rows: Tensor, places: &[usize]) -> Result<Tensor> {
    let &[outer, width] = &rows.shape()[..] else {
        return Err(fault!("found shape {}, expected rows", rows.shape()));
    };
    if rows.data_type().is_float() {
        let indices: Vec<i64> = places
            .iter()
            .map(|&i| i64::try_from(i).unwrap_or(-1))
            .collect();
        let rows = rows.into_burn()?;
        let shape = [indices.len()].into();
        let indices = burn_tensor::indices_beside(&rows, &shape, &indices)?;
        return Tensor::from_burn(B::float_select(rows, 1, indices));
    }
    with_integer!(rows.data_type(), T => {
        let values = rows.values::<T>()?;
        let rows = values.chunks_exact(width.max(1));
        let taken = rows.flat_map(|row| places.iter().map(|&i| row[i]));
        Ok(Tensor::from_vec([outer, places.len()], taken.collect()))
    })
}

/// The sum of each row.
fn summed(rows: Tensor) -> Result<Tensor> {
    if rows.data_type().is_float() {
        return Tensor::from_burn(B::float_sum_dim(rows.into_burn()?, 1));
    }
    let &[outer, width] = &rows.shape()[..] else {
        return Err(fault!("found shape {}, expected rows", rows.shape()));
    };
    with_integer!(rows.data_type(), T => {
        let values = rows.values::<T>()?;
        let sum = |row: &[T]| T::from_i64(row.iter().fold(0, |sum: i64, v| sum.wrapping_add(v.to_i64())));
        let sums: Vec<T> = values.chunks_exact(width.max(1)).map(sum).collect();
        Ok::<_, Fault>(Tensor::from_vec([outer, 1], sums))
    })
}

/// The products `[b, l, k]` by `[b, k, r]`, none of which is empty.
fn multiplied(first: Tensor, second: Tensor) -> Result<Tensor> {
    let (l, k) = (first.shape()[1], first.shape()[2]);
    let (b, r) = (second.shape()[0], second.shape()[2]);
    if !first.data_type().is_float() {
        return with_integer!(first.data_type(), T => {
            let values = integer_product::<T>(&first.values()?, &second.values()?, [b, l, k, r]);
            Ok(Tensor::from_vec([b, l, r], values))
        });
    }
    if k == 1 {
        return Tensor::from_burn(B::float_mul(first.into_burn()?, second.into_burn()?));
    }
    if l == 1 && r == 1 {
        let (first, second) = (first.reshaped([b, k])?, second.reshaped([b, k])?);
        let products = B::float_mul(first.into_burn()?, second.into_burn()?);
        return Tensor::from_burn(B::float_sum_dim(products, 1));
    }
    product(first, second)
}

fn integer_product<T: Number>(first: &[T], second: &[T], [batch, l, k, r]: [usize; 4]) -> Vec<T> {
    let mut sums = vec![0i64; batch * l * r];
    for (number, sums) in sums.chunks_exact_mut(r).enumerate() {
        let of_batch = &second[number / l * k * r..];
        let row = &first[number * k..(number + 1) * k];
        for (&a, of_row) in row.iter().zip(of_batch.chunks_exact(r)) {
            for (sum, &b) in sums.iter_mut().zip(of_row) {
                *sum = sum.wrapping_add(a.to_i64().wrapping_mul(b.to_i64()));
            }
        }
    }
    sums.into_iter().map(T::from_i64).collect()
}
