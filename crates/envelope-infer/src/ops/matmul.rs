//! Products of matrices, and of stacks of them.

use burn_backend::ops::FloatTensorOps as _;

use super::elementwise::Arithmetic;
use super::registry::OWN_DOMAIN;
use crate::burn_tensor::{self, B};
use crate::data_type::DataType;
use crate::element::{Element, with_integer};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Operator, Outputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

use in_memory::{End, Weights};

mod gemm;
mod in_memory;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Gemm", gemm::build),
    Entry::new("MatMul", |facts| MatMul::build(facts, None)),
    Entry {
        domain: OWN_DOMAIN,
        name: "Gemm",
        since: 1,
        build: gemm::build_into_range,
    },
    Entry {
        domain: OWN_DOMAIN,
        name: "MatMul",
        since: 1,
        build: |facts| MatMul::build(facts, Some(range(facts)?)),
    },
];

/// The range that the values of a product are moved into, as a pass has joined them.
fn range(facts: &Facts<'_>) -> Result<(f32, f32)> {
    let low = facts.number_or("low", f32::NEG_INFINITY)?;
    let high = facts.number_or("high", f32::INFINITY)?;
    Ok((low, high))
}

struct MatMul {
    weights: Option<Weights>,
    range: Option<(f32, f32)>,
}

impl MatMul {
    /// The third input, which only our own operator has, is added to each column.
    fn build(facts: &Facts<'_>, range: Option<(f32, f32)>) -> Result<Built> {
        facts.data_type_where(0, DataType::is_number)?;
        facts.data_type(1)?;
        let data_type = facts.same_data_type([0, 1, 2])?;
        let weights = None;
        Ok(Built::one(data_type, Self { weights, range }).anywhere())
    }
}

impl Operator for MatMul {
    fn run(&self, mut inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let (a, added) = (inputs.take(0)?, inputs.take_optional(2)?);
        let Some(weights) = &self.weights else {
            let whole = product(a, inputs.take(1)?, context)?;
            return Ok(one(finished(whole, added, self.range)?));
        };
        let shapes = Shapes::of(a.shape(), &weights.shape)?;
        context.room_for(&shapes.product, a.data_type())?;
        let a = a.reshaped(shapes.a.clone())?;
        let bias = added.as_ref().map(Tensor::values::<f32>).transpose()?;
        let end = End {
            bias: bias.as_deref(),
            range: self.range,
        };
        in_memory::by_weights(&a, &weights.columns, &shapes, end).map(one)
    }

    fn adopt(&mut self, constants: &[Option<&Tensor>]) -> u32 {
        self.weights = Weights::of(constants.get(1).copied().flatten(), false);
        u32::from(self.weights.is_some()) << 1
    }
}

/// Adds to each column, and moves all values into a range: what passes have joined to a product of
/// single precision.
fn finished(product: Tensor, added: Option<Tensor>, range: Option<(f32, f32)>) -> Result<Tensor> {
    if added.is_none() && range.is_none() {
        return Ok(product);
    }
    let mut whole = product.into_burn()?;
    if let Some(added) = added {
        let (product, added) = burn_tensor::same_rank(Tensor::from_burn(whole)?, added)?;
        whole = B::float_add(product, added);
    }
    if let Some((low, high)) = range {
        whole = B::float_clamp(whole, low.into(), high.into());
    }
    Tensor::from_burn(whole)
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
    let (mut a, mut b) = (a.reshaped(shapes.a.clone())?, b.reshaped(shapes.b.clone())?);
    if let Some(product) = in_memory::product(&a, &b, &shapes, End::default()) {
        return Ok(product);
    }
    let whole = shapes.whole();
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
