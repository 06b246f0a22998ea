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

/// The product of a matrix of `rows` and one of `columns`, each element within -255 and 255, added
/// to `sums`.
fn add_product(sums: &mut [i32], a: &Matrix<'_>, b: &Matrix<'_>) -> Result<()> {
    if sums.is_empty() || a.columns == 0 {
        return Ok(());
    }
    let whole_a = Tensor::from_vec([a.rows, a.columns], a.values.to_vec()).into_burn()?;
    let whole_b = Tensor::from_vec([b.rows, b.columns], b.values.to_vec()).into_burn()?;
    for start in (0..a.columns).step_by(EXACT) {
        let end = (start + EXACT).min(a.columns);
        let part_a = B::float_slice(whole_a.clone(), &[(0..a.rows).into(), (start..end).into()]);
        let part_b = B::float_slice(
            whole_b.clone(),
            &[(start..end).into(), (0..b.columns).into()],
        );
        let product = Tensor::from_burn(B::float_matmul(part_a, part_b))?;
        for (sum, &part) in sums.iter_mut().zip(product.values::<f32>()?.iter()) {
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number")]
            let part = part as i32;
            *sum = sum.wrapping_add(part);
        }
    }
    Ok(())
}

/// A matrix of whole numbers in single precision.
struct Matrix<'a> {
    rows: usize,
    columns: usize,
    values: &'a [f32],
}

/// Bytes less their zero points; those broadcast to the bytes.
fn centered(x: &Tensor, zero_point: Option<&Tensor>, shape: &Shape) -> Result<Vec<f32>> {
    let values = to_singles(x)?;
    let Some(zero_point) = zero_point else {
        return Ok(values);
    };
    let points = to_singles(zero_point)?;
    if points.iter().all(|&v| v == 0.0) {
        return Ok(values);
    }
    if shape.broadcast(x.shape())? != *x.shape() {
        return Err(fault!(
            "a zero point of shape {shape} does not fit {}",
            x.shape()
        ));
    }
    Ok(broadcast::pairs_wide(
        (&values, x.shape()),
        (&points, shape),
        x.shape(),
        |v, p| v - p,
    ))
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
    facts.data_type_where(0, is_byte)?;
    facts.data_type_where(1, is_byte)?;
    facts.same_data_type([0, 2])?;
    facts.same_data_type([1, 3])?;
    let operator = |inputs: Inputs, context: &Context<'_>| {
        let (shape, sums) = integer_product(&inputs, [(0, 2), (1, 3)], context)?;
        Ok(one(Tensor::from_vec(shape, sums)))
    };
    Ok(Built::one(DataType::I32, operator))
}

/// The product of two inputs less the inputs that are their zero points.
fn integer_product(
    inputs: &Inputs,
    [(a, a_point), (b, b_point)]: [(usize, usize); 2],
    context: &Context<'_>,
) -> Result<(Shape, Vec<i32>)> {
    let (a, b) = (inputs.tensor(a)?, inputs.tensor(b)?);
    let shapes = super::matmul::Shapes::of(a.shape(), b.shape())?;
    context.room_for(&shapes.product, DataType::I32)?;
    let a_point = inputs.optional(a_point)?;
    let b_point = inputs.optional(b_point)?;
    let a_shape = a_point.map_or_else(Shape::scalar, |point| by_row(point.shape(), a.shape()));
    let b_shape = b_point.map_or_else(Shape::scalar, |point| point.shape().clone());
    let b_shape = if b_shape[..] == [1] {
        Shape::scalar()
    } else {
        b_shape
    };
    let a = centered(a, a_point, &a_shape)?;
    let b = centered(b, b_point, &b_shape)?;
    let (rows, inner, columns) = (shapes.rows, shapes.inner, shapes.columns);
    let mut sums = vec![0i32; shapes.product.elements()];
    let one_right = b.len() == inner * columns;
    if one_right && inner > 0 {
        // All matrices on the left are multiplied by one: they are one matrix of more rows.
        let a = Matrix {
            rows: a.len() / inner,
            columns: inner,
            values: &a,
        };
        let b = Matrix {
            rows: inner,
            columns,
            values: &b,
        };
        add_product(&mut sums, &a, &b)?;
        return Ok((shapes.product, sums));
    }
    let matrices = sums
        .chunks_mut((rows * columns).max(1))
        .zip(shapes.matrices());
    for (sums, (i, j)) in matrices {
        let a = &a[i * rows * inner..][..rows * inner];
        let b = &b[j * inner * columns..][..inner * columns];
        let a = Matrix {
            rows,
            columns: inner,
            values: a,
        };
        let b = Matrix {
            rows: inner,
            columns,
            values: b,
        };
        add_product(sums, &a, &b)?;
    }
    Ok((shapes.product, sums))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sums_are_exact() {
        let inner = 3000;
        let a = vec![-255.0; inner];
        let b = vec![255.0; inner];
        let mut sums = [7];
        let a = Matrix {
            rows: 1,
            columns: inner,
            values: &a,
        };
        let b = Matrix {
            rows: inner,
            columns: 1,
            values: &b,
        };
        add_product(&mut sums, &a, &b).unwrap();
        assert_eq!(sums, [7 - 3000 * 65025]);
    }
}
