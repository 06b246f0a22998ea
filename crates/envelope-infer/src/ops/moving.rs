//! Moving elements without looking at them, whatever their type is: views, pieces along an axis,
//! runs at given places. In memory runs of elements are copied as a whole; on a GPU burn moves them.

mod on_gpu;

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::data_type::DataType;
use crate::element::with_size;
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) use on_gpu::{concatenated, expanded, fill_beside, repeated, selected, sliced};

/// Makes the elements of an output from those of the inputs, for any type of elements.
pub(super) trait Movement {
    /// The elements of the output, in row-major order.
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>>;
}

/// The tensor of this shape that a movement makes of inputs, which must all have one type.
pub(super) fn moved(
    movement: &impl Movement,
    inputs: &[&Tensor],
    shape: impl Into<Shape>,
) -> Result<Tensor> {
    let shape = shape.into();
    let first = inputs
        .first()
        .ok_or_else(|| fault!("there are no inputs"))?;
    let data_type = first.data_type();
    if let Some(other) = inputs.iter().find(|x| x.data_type() != data_type) {
        return Err(fault!(
            "found elements of {}, expected {data_type}",
            other.data_type()
        ));
    }
    // No loop over blocks of nothing: there may be any number of them.
    if shape.checked_elements() == Some(0) {
        return zeros(data_type, &shape);
    }
    if data_type == DataType::String {
        let strings: Vec<&[String]> = inputs.iter().map(|x| x.strings()).collect::<Result<_>>()?;
        let made = checked(movement.apply(&strings)?, &shape)?;
        return Ok(Tensor::from_strings(shape, made));
    }
    with_size!(data_type, T => {
        let held: Vec<Cow<'_, [T]>> = inputs.iter().map(|x| x.raw::<T>()).collect();
        let elements: Vec<&[T]> = held.iter().map(AsRef::as_ref).collect();
        let made = checked(movement.apply(&elements)?, &shape)?;
        Ok(Tensor::from_raw(data_type, shape, made))
    })
}

fn checked<T>(made: Vec<T>, shape: &Shape) -> Result<Vec<T>> {
    if shape.checked_elements() == Some(made.len()) {
        Ok(made)
    } else {
        Err(fault!("{} elements do not fill {shape}", made.len()))
    }
}

/// Elements of a dense tensor seen in another shape: a step along a dimension moves by its stride.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) shape: Shape,
    pub(super) offset: usize,
    pub(super) strides: SmallVec<[isize; 6]>,
}

impl View {
    /// All elements of a dense tensor as they lie.
    pub(super) fn dense(shape: &Shape) -> Self {
        Self {
            shape: shape.clone(),
            offset: 0,
            strides: shape.strides().iter().map(|&s| signed(s)).collect(),
        }
    }

    /// A dense tensor broadcast to a shape.
    pub(super) fn broadcast(shape: &Shape, target: &Shape) -> Self {
        let strides = shape.broadcast_strides(target);
        Self {
            shape: target.clone(),
            offset: 0,
            strides: strides.iter().map(|&s| signed(s)).collect(),
        }
    }

    /// The dimensions without those of size 1, and with neighbours made one where a step along the
    /// outer one is the same as stepping all along the inner one.
    fn merged(&self) -> SmallVec<[(usize, isize); 6]> {
        let mut merged: SmallVec<[(usize, isize); 6]> = SmallVec::new();
        for (&size, &stride) in self.shape.iter().zip(&self.strides) {
            match merged.last_mut() {
                _ if size == 1 => {}
                Some(outer) if outer.1 == stride * signed(size) => {
                    *outer = (outer.0 * size, stride);
                }
                _ => merged.push((size, stride)),
            }
        }
        merged
    }
}

/// Sizes of tensors fit an `isize`: their elements lie in memory.
pub(super) fn signed(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

impl Movement for View {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let [values] = inputs else {
            return Err(fault!("a view is of one tensor"));
        };
        let total = self.shape.elements();
        let mut made = Vec::with_capacity(total);
        if total == 0 {
            return Ok(made);
        }
        let mut dimensions = self.merged();
        let (run, stride) = dimensions.pop().unwrap_or((1, 1));
        for_each_position(&dimensions, signed(self.offset), |position| {
            let at = |i: usize| position.wrapping_add(stride * signed(i)).cast_unsigned();
            match stride {
                1 => made.extend_from_slice(&values[at(0)..at(run)]),
                0 => made.extend(std::iter::repeat_n(&values[at(0)], run).cloned()),
                _ => made.extend((0..run).map(|i| values[at(i)].clone())),
            }
        });
        Ok(made)
    }
}

/// Walks through dimensions of these sizes and strides in row-major order.
fn for_each_position(dimensions: &[(usize, isize)], start: isize, mut visit: impl FnMut(isize)) {
    let mut index: SmallVec<[usize; 6]> = SmallVec::from_elem(0, dimensions.len());
    let mut position = start;
    loop {
        visit(position);
        let mut axis = dimensions.len();
        loop {
            let Some(next) = axis.checked_sub(1) else {
                return;
            };
            axis = next;
            let (size, stride) = dimensions[axis];
            index[axis] += 1;
            position += stride;
            if index[axis] < size {
                break;
            }
            position -= stride * signed(size);
            index[axis] = 0;
        }
    }
}

/// A tensor cut at one axis: so many blocks, each of so many rows, each a run of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) blocks: usize,
    pub(super) rows: usize,
    pub(super) run: usize,
}

impl Cut {
    pub(super) fn at(shape: &Shape, axis: usize) -> Self {
        Self {
            blocks: shape[..axis].iter().product(),
            rows: shape[axis],
            run: shape[axis + 1..].iter().product(),
        }
    }
}

/// Rows of an axis in another order, some perhaps several times, some not at all.
pub(super) struct Rows<'a> {
    pub(super) cut: Cut,
    /// Each is less than the number of rows.
    pub(super) indices: &'a [usize],
}

impl Movement for Rows<'_> {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let Cut { blocks, rows, run } = self.cut;
        let [values] = inputs else {
            return Err(fault!("rows are of one tensor"));
        };
        let mut made = Vec::with_capacity(blocks * self.indices.len() * run);
        for block in 0..blocks {
            let block = &values[block * rows * run..][..rows * run];
            if run == 1 {
                made.extend(self.indices.iter().map(|&row| block[row].clone()));
            } else {
                for &row in self.indices {
                    made.extend_from_slice(&block[row * run..][..run]);
                }
            }
        }
        Ok(made)
    }
}

/// The rows of these indices along an axis, on whatever device the tensor lies.
pub(super) fn take_rows(x: Tensor, axis: usize, indices: &[usize]) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape[axis] = indices.len();
    if x.is_on_gpu() && shape.elements() > 0 {
        return Tensor::from_burn(selected(x.into_burn()?, axis, indices)?);
    }
    let cut = Cut::at(x.shape(), axis);
    moved(&Rows { cut, indices }, &[&x], shape)
}

/// A tensor and the axis of it that is named; all elements as one axis where none is.
pub(super) fn axis_or_flat(x: Tensor, axis: Option<i64>) -> Result<(Tensor, usize)> {
    if let Some(axis) = axis {
        let axis = x.shape().axis(axis)?;
        Ok((x, axis))
    } else {
        let elements = x.elements();
        Ok((x.reshaped([elements])?, 0))
    }
}

/// What an axis is put together from: rows that are there, or new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Copy { start: usize, rows: usize },
    Fill { rows: usize },
}

impl Piece {
    pub(super) fn rows(self) -> usize {
        match self {
            Self::Copy { rows, .. } | Self::Fill { rows } => rows,
        }
    }
}

/// An axis put together from pieces. New elements are those of the second input, or zeros.
pub(super) struct Pieces<'a> {
    pub(super) cut: Cut,
    /// Each lies among the rows.
    pub(super) pieces: &'a [Piece],
}

impl Movement for Pieces<'_> {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let Cut { blocks, rows, run } = self.cut;
        let values = inputs
            .first()
            .ok_or_else(|| fault!("there are no inputs"))?;
        let fill = inputs.get(1).and_then(|fill| fill.first());
        let fill = fill.cloned().unwrap_or_default();
        let made_rows: usize = self.pieces.iter().map(|piece| piece.rows()).sum();
        let mut made = Vec::with_capacity(blocks * made_rows * run);
        for block in 0..blocks {
            let block = &values[block * rows * run..][..rows * run];
            for piece in self.pieces {
                match *piece {
                    Piece::Copy { start, rows } => {
                        made.extend_from_slice(&block[start * run..][..rows * run]);
                    }
                    Piece::Fill { rows } => {
                        made.resize(made.len() + rows * run, fill.clone());
                    }
                }
            }
        }
        Ok(made)
    }
}

/// Runs of elements that begin at these places.
pub(super) struct Runs<'a> {
    pub(super) starts: &'a [usize],
    pub(super) run: usize,
}

impl Movement for Runs<'_> {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let [values] = inputs else {
            return Err(fault!("runs are of one tensor"));
        };
        if self.run == 1 {
            return Ok(self.starts.iter().map(|&at| values[at].clone()).collect());
        }
        let mut made = Vec::with_capacity(self.starts.len() * self.run);
        for &start in self.starts {
            made.extend_from_slice(&values[start..][..self.run]);
        }
        Ok(made)
    }
}

/// So many copies of the first element.
pub(super) struct Full(pub(super) usize);

impl Movement for Full {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        match inputs {
            [[value]] => Ok(vec![value.clone(); self.0]),
            _ => Err(fault!("a value to fill with is one element")),
        }
    }
}

/// An empty tensor or one full of zeros and empty strings.
pub(super) fn zeros(data_type: DataType, shape: &Shape) -> Result<Tensor> {
    let elements = shape.elements();
    if data_type == DataType::String {
        return Ok(Tensor::from_strings(
            shape.clone(),
            vec![String::new(); elements],
        ));
    }
    with_size!(data_type, T => {
        Ok(Tensor::from_raw(data_type, shape.clone(), vec![T::default(); elements]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_step_as_they_say() {
        let values: Vec<i32> = (0..12).collect();
        let cases: [(View, &[i32]); 5] = [
            (View::dense(&[2, 2].into()), &[0, 1, 2, 3]),
            (
                View::broadcast(&[2, 1].into(), &[2, 3].into()),
                &[0, 0, 0, 1, 1, 1],
            ),
            (
                View {
                    shape: [2, 2].into(),
                    offset: 11,
                    strides: [-4, -2].into_iter().collect(),
                },
                &[11, 9, 7, 5],
            ),
            (View::dense(&Shape::scalar()), &[0]),
            (View::dense(&[3, 0].into()), &[]),
        ];
        for (view, expected) in cases {
            assert_eq!(view.apply(&[&values]).unwrap(), expected, "{view:?}");
        }
    }

    #[test]
    fn pieces_make_an_axis() {
        let cut = Cut::at(&[2, 2, 1].into(), 1);
        let pieces = [Piece::Fill { rows: 1 }, Piece::Copy { start: 1, rows: 1 }];
        let made = Pieces {
            cut,
            pieces: &pieces,
        }
        .apply(&[&[1, 2, 3, 4], &[9]]);
        assert_eq!(made.unwrap(), [9, 2, 9, 4]);
    }

    #[test]
    fn what_does_not_fill_a_shape_is_refused() {
        let x = Tensor::from_vec([2], vec![1.0f32, 2.0]);
        assert!(moved(&View::dense(&[2].into()), &[&x], [3]).is_err());
        assert!(moved(&View::dense(&[2].into()), &[], [2]).is_err());
    }
}
