//! Products and convolutions of small integers.
//!
//! Bytes less their zero points are multiplied in single precision, in parts so short that each sum
//! is exact, which is faster than integer arithmetic; the parts are added as integers.

use burn_backend::ops::FloatTensorOps as _;

use super::broadcast;
use super::quantize::{range, saturated, to_singles};
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

mod convolution;
mod scaled;
mod windows;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("ConvInteger", convolution::integer),
    Entry::new("MatMulInteger", matmul_integer),
    Entry::new("QLinearConv", convolution::quantized),
    Entry::new("QLinearMatMul", scaled::matmul),
];

fn is_byte(data_type: DataType) -> bool {
    matches!(data_type, DataType::U8 | DataType::I8)
}

/// As many products of numbers within -255 and 255 have a sum that single precision holds.
const EXACT: usize = 258;

/// Adds the product of two matrices of whole numbers within -255 and 255, held in single precision.
fn add_product(sums: &mut [i32], a: &Tensor, b: &Tensor) -> Result<()> {
    let (rows, inner, columns) = (a.shape()[0], a.shape()[1], b.shape()[1]);
    if sums.is_empty() {
        return Ok(());
    }
    let (a, b) = (a.clone().into_burn()?, b.clone().into_burn()?);
    for start in (0..inner).step_by(EXACT) {
        let end = (start + EXACT).min(inner);
        let part_a = B::float_slice(a.clone(), &[(0..rows).into(), (start..end).into()]);
        let part_b = B::float_slice(b.clone(), &[(start..end).into(), (0..columns).into()]);
        let product = Tensor::from_burn(B::float_matmul(part_a, part_b))?;
        for (sum, &part) in sums.iter_mut().zip(product.values::<f32>()?.iter()) {
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number")]
            let part = part as i32;
            *sum = sum.wrapping_add(part);
        }
    }
    Ok(())
}

/// One of the matrices that lie behind each other in a tensor.
fn matrix(x: &Tensor, number: usize, shape: [usize; 2]) -> Result<Tensor> {
    let size = shape[0] * shape[1];
    if x.elements() == size {
        return x.clone().reshaped(shape);
    }
    let values = x.values::<f32>()?[number * size..][..size].to_vec();
    Ok(Tensor::from_vec(shape, values))
}

/// Bytes less their zero points; those broadcast to the bytes.
fn centered(x: &Tensor, zero_point: Option<&Tensor>, shape: &Shape) -> Result<Tensor> {
    let mut values = to_singles(x)?;
    let points = match zero_point {
        Some(zero_point) => to_singles(zero_point)?,
        None => Vec::new(),
    };
    if points.iter().all(|&v| v == 0.0) {
        return Ok(Tensor::from_vec(x.shape().clone(), values));
    }
    if shape.broadcast(x.shape())? != *x.shape() {
        return Err(fault!(
            "a zero point of shape {shape} does not fit {}",
            x.shape()
        ));
    }
    broadcast::update_wide((&mut values, x.shape()), (&points, shape), |v, p| v - p);
    Ok(Tensor::from_vec(x.shape().clone(), values))
}

/// The shape in which a zero point or scale of a left factor broadcasts to it: one of one dimension
/// has an element for each row.
fn by_row(point: &Shape, x: &Shape) -> Shape {
    match point[..] {
        [1] => Shape::scalar(),
        [rows] if x.rank() > 1 => Shape::from([rows, 1]),
        _ => point.clone(),
    }
}

fn matmul_integer(facts: &Facts<'_>) -> Result<Built> {
    let factors = Factors::of(facts, [(0, 2), (1, 3)])?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let (shape, sums) = factors.product(&inputs, context)?;
        Ok(one(Tensor::from_vec(shape, sums)))
    };
    Ok(Built::one(DataType::I32, operator))
}

/// Where the factors of a product are among the inputs, each with its zero point.
struct Factors {
    a: (usize, usize),
    b: (usize, usize),
    /// The right factor less its zero point, where both are the same in each run.
    known: Option<Tensor>,
}

impl Factors {
    fn of(facts: &Facts<'_>, [a, b]: [(usize, usize); 2]) -> Result<Self> {
        for (values, point) in [a, b] {
            facts.data_type_where(values, is_byte)?;
            facts.same_data_type([values, point])?;
        }
        let point = facts.constant(b.1);
        let known = match facts.constant(b.0) {
            Some(constant) if point.is_some() || !facts.has(b.1) => {
                Some(centered(constant, point, &by_column(point))?)
            }
            _ => None,
        };
        Ok(Self { a, b, known })
    }

    /// The sums of the products, and their shape.
    fn product(&self, inputs: &Inputs, context: &Context<'_>) -> Result<(Shape, Vec<i32>)> {
        let (a, b) = (inputs.tensor(self.a.0)?, inputs.tensor(self.b.0)?);
        let shapes = super::matmul::Shapes::of(a.shape(), b.shape())?;
        context.room_for(&shapes.product, DataType::I32)?;
        let a_point = inputs.optional(self.a.1)?;
        let a_shape = a_point.map_or_else(Shape::scalar, |point| by_row(point.shape(), a.shape()));
        let a = centered(a, a_point, &a_shape)?;
        let b_point = inputs.optional(self.b.1)?;
        let b = match &self.known {
            Some(known) => known.clone(),
            None => centered(b, b_point, &by_column(b_point))?,
        };
        let (rows, inner, columns) = (shapes.rows, shapes.inner, shapes.columns);
        let mut sums = vec![0i32; shapes.product.elements()];
        if b.elements() == inner * columns && inner > 0 {
            // All matrices on the left are multiplied by one: they are one matrix of more rows.
            let rows = a.elements() / inner;
            let (a, b) = (a.reshaped([rows, inner])?, b.reshaped([inner, columns])?);
            add_product(&mut sums, &a, &b)?;
            return Ok((shapes.product, sums));
        }
        let parts = sums.chunks_mut((rows * columns).max(1));
        for (sums, (i, j)) in parts.zip(shapes.matrices()) {
            let a = matrix(&a, i, [rows, inner])?;
            add_product(sums, &a, &matrix(&b, j, [inner, columns])?)?;
        }
        Ok((shapes.product, sums))
    }
}

/// The shape in which a zero point or scale of a right factor broadcasts to it: one of one dimension
/// has an element for each column.
fn by_column(point: Option<&Tensor>) -> Shape {
    match point.map(Tensor::shape) {
        None => Shape::scalar(),
        Some(shape) if shape[..] == [1] => Shape::scalar(),
        Some(shape) => shape.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sums_are_exact() {
        let a = Tensor::from_vec([1, 3000], vec![-255f32; 3000]);
        let b = Tensor::from_vec([3000, 1], vec![255f32; 3000]);
        let mut sums = [7];
        add_product(&mut sums, &a, &b).unwrap();
        assert_eq!(sums, [7 - 3000 * 65025]);
    }
}
