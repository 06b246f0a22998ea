//! Determinants of stacks of matrices, by elimination in double precision.

use crate::element::{Number as _, with_float};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let [batch @ .., rows, columns] = &x.shape()[..] else {
            return Err(fault!("found shape {}, expected matrices", x.shape()));
        };
        if rows != columns {
            return Err(fault!(
                "matrices of {rows} by {columns} have no determinant"
            ));
        }
        let (batch, size) = (Shape::from(batch), *rows);
        let count = context.room_for(&batch, data_type)?;
        Ok(one(with_float!(data_type, T => {
            let values = x.values::<T>()?;
            let found = (0..count).map(|number| {
                let matrix = &values[number * size * size..(number + 1) * size * size];
                let wide = matrix.iter().map(|v| v.to_f64()).collect();
                T::from_f64(determinant(wide, size))
            });
            Ok::<_, crate::fault::Fault>(Tensor::from_vec(batch.clone(), found.collect()))
        })?))
    };
    Ok(Built::one(data_type, operator))
}

/// The determinant of a matrix in rows.
fn determinant(mut matrix: Vec<f64>, size: usize) -> f64 {
    let mut product = 1.0;
    for column in 0..size {
        let rows = column..size;
        let pivot = rows.max_by(|&a, &b| {
            let (a, b) = (matrix[a * size + column], matrix[b * size + column]);
            a.abs().total_cmp(&b.abs())
        });
        let pivot = pivot.unwrap_or(column);
        if pivot != column {
            for i in 0..size {
                matrix.swap(pivot * size + i, column * size + i);
            }
            product = -product;
        }
        let head = matrix[column * size + column];
        product *= head;
        if head == 0.0 {
            return product;
        }
        let (above, below) = matrix.split_at_mut((column + 1) * size);
        let of_pivot = &above[column * size..];
        for row in below.chunks_exact_mut(size) {
            let factor = row[column] / head;
            for (value, &pivot) in row[column..].iter_mut().zip(&of_pivot[column..]) {
                *value -= factor * pivot;
            }
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_determinants_are_exact() {
        let cases: [(&[f64], usize, f64); 5] = [
            (&[], 0, 1.0),
            (&[3.0], 1, 3.0),
            (&[0.0, 1.0, 1.0, 0.0], 2, -1.0),
            (&[1.0, 2.0, 2.0, 4.0], 2, 0.0),
            (&[2.0, 0.0, 1.0, 0.0, 3.0, 0.0, 1.0, 0.0, 4.0], 3, 21.0),
        ];
        for (matrix, size, expected) in cases {
            let found = determinant(matrix.to_vec(), size);
            assert!((found - expected).abs() < 1e-12, "{matrix:?}");
        }
    }
}
