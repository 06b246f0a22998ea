//! Products of matrices, and of stacks of them.

use burn_backend::ops::FloatTensorOps as _;

use super::elementwise::Arithmetic;
use crate::burn_tensor::{self, B};
use crate::data_type::DataType;
use crate::element::{Element, with_integer};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

mod gemm;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Gemm", gemm::build),
    Entry::new("MatMul", matmul),
];

fn matmul(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1])?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (a, b) = (inputs.take(0)?, inputs.take(1)?);
        Ok(one(product(a, b, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// The shapes of a product as NumPy's `matmul` has them: a vector is a row on the left and a column
/// on the right, and what is around the matrices is broadcast.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shapes {
    /// The factors, with two dimensions at least.
    pub(super) a: Shape,
    pub(super) b: Shape,
    /// What is around the matrices of the product.
    pub(super) around: Shape,
    pub(super) rows: usize,
    pub(super) inner: usize,
    pub(super) columns: usize,
    /// The product, without the dimensions that vectors do not have.
    pub(super) product: Shape,
}

impl Shapes {
    /// The shapes of the product of tensors of these shapes.
    pub(super) fn of(a: &Shape, b: &Shape) -> Result<Self> {
        if a.rank() == 0 || b.rank() == 0 {
            return Err(fault!("a scalar is no matrix"));
        }
        let (left, right) = (a.padded_to(2), column(b));
        let (a_around, a_matrix) = left.split_at(left.rank() - 2);
        let (b_around, b_matrix) = right.split_at(right.rank() - 2);
        let (rows, inner) = (a_matrix[0], a_matrix[1]);
        let columns = b_matrix[1];
        if inner != b_matrix[0] {
            return Err(fault!("shapes {a} and {b} have no product"));
        }
        let around = Shape::from(a_around).broadcast(&Shape::from(b_around))?;
        let mut product: Vec<usize> = around.to_vec();
        product.extend((a.rank() > 1).then_some(rows));
        product.extend((b.rank() > 1).then_some(columns));
        Ok(Self {
            around,
            rows,
            inner,
            columns,
            product: product.into(),
            a: left,
            b: right,
        })
    }

    /// The product with both of its matrix dimensions.
    fn whole(&self) -> Shape {
        let matrix = [self.rows, self.columns];
        self.around.iter().copied().chain(matrix).collect()
    }

    /// For each matrix of the product, the numbers of those of the factors.
    pub(super) fn matrices(&self) -> impl Iterator<Item = (usize, usize)> {
        let number = |shape: &Shape| {
            let around = Shape::from(&shape[..shape.rank() - 2]);
            crate::shape::positions(self.around.clone(), around.broadcast_strides(&self.around))
        };
        number(&self.a).zip(number(&self.b))
    }
}

/// A vector as a column.
fn column(shape: &Shape) -> Shape {
    match shape[..] {
        [size] => Shape::from([size, 1]),
        _ => shape.clone(),
    }
}

/// The product of two tensors of one type, as NumPy's `matmul` has it.
pub(super) fn product(a: Tensor, b: Tensor, context: &Context<'_>) -> Result<Tensor> {
    let data_type = a.data_type();
    let shapes = Shapes::of(a.shape(), b.shape())?;
    context.room_for(&shapes.product, data_type)?;
    match data_type {
        DataType::F16 | DataType::Bf16 => {
            let (a, b) = (
                super::elementwise::to_single(&a)?,
                super::elementwise::to_single(&b)?,
            );
            super::elementwise::from_single(&real_product(a, b, shapes)?, data_type)
        }
        _ if data_type.is_float() => real_product(a, b, shapes),
        _ => with_integer!(data_type, T => plain_product::<T>(&a, &b, &shapes)),
    }
}

/// The product of floats that burn computes.
fn real_product(a: Tensor, b: Tensor, shapes: Shapes) -> Result<Tensor> {
    if shapes.product.elements() == 0 || shapes.inner == 0 {
        return zeros(a.data_type(), shapes.product);
    }
    let whole = shapes.whole();
    let (mut a, mut b) = (a.reshaped(shapes.a)?, b.reshaped(shapes.b)?);
    if b.elements() == shapes.inner * shapes.columns {
        // All matrices on the left are multiplied by one: they are one matrix of more rows.
        let rows = a.elements() / shapes.inner;
        a = a.reshaped([rows, shapes.inner])?;
        b = b.reshaped([shapes.inner, shapes.columns])?;
    }
    let (a, b) = burn_tensor::same_rank(a, b)?;
    let product = Tensor::from_burn(B::float_matmul(a, b))?;
    debug_assert_eq!(product.elements(), whole.elements());
    product.reshaped(shapes.product)
}

fn zeros(data_type: DataType, shape: Shape) -> Result<Tensor> {
    let bytes = vec![0u8; shape.elements() * data_type.size_bytes()];
    Tensor::from_bytes(data_type, shape, &bytes).map_err(|error| fault!("{error}"))
}

/// The product of integers, row by row.
fn plain_product<T: Element + Arithmetic>(
    a: &Tensor,
    b: &Tensor,
    shapes: &Shapes,
) -> Result<Tensor> {
    let (a, b) = (a.values::<T>()?, b.values::<T>()?);
    let (rows, inner, columns) = (shapes.rows, shapes.inner, shapes.columns);
    let mut output = vec![T::from_i64(0); shapes.product.elements()];
    let matrices = output.chunks_mut((rows * columns).max(1));
    for (matrix, (i, j)) in matrices.zip(shapes.matrices()) {
        let a = &a[i * rows * inner..][..rows * inner];
        let b = &b[j * inner * columns..][..inner * columns];
        for (row, values) in matrix.chunks_mut(columns.max(1)).enumerate() {
            for (k, &factor) in a[row * inner..][..inner].iter().enumerate() {
                let other = &b[k * columns..][..columns];
                for (value, &b) in values.iter_mut().zip(other) {
                    *value = value.plus(factor.times(b));
                }
            }
        }
    }
    Ok(Tensor::from_vec(shapes.product.clone(), output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_those_of_numpy() {
        type Case = (&'static [usize], &'static [usize], Option<&'static [usize]>);
        let cases: [Case; 9] = [
            (&[3], &[3], Some(&[])),
            (&[2, 3], &[3], Some(&[2])),
            (&[3], &[3, 4], Some(&[4])),
            (&[5, 2, 3], &[3], Some(&[5, 2])),
            (&[3], &[5, 3, 4], Some(&[5, 4])),
            (&[5, 1, 2, 3], &[6, 3, 4], Some(&[5, 6, 2, 4])),
            (&[0, 3], &[3, 4], Some(&[0, 4])),
            (&[2, 3], &[4, 3], None),
            (&[], &[3], None),
        ];
        for (a, b, want) in cases {
            let found = Shapes::of(&Shape::from(a), &Shape::from(b)).ok();
            assert_eq!(
                found.map(|shapes| shapes.product),
                want.map(Shape::from),
                "{a:?} {b:?}"
            );
        }
    }

    #[test]
    fn an_empty_sum_is_zero() {
        let (a, b) = (Shape::from([2, 0]), Shape::from([0, 3]));
        let shapes = Shapes::of(&a, &b).unwrap();
        let (a, b) = (
            Tensor::from_vec(a, Vec::<f32>::new()),
            Tensor::from_vec(b, Vec::<f32>::new()),
        );
        let product = real_product(a, b, shapes).unwrap();
        assert_eq!(product.values::<f32>().unwrap()[..], [0.0; 6]);
    }
}
