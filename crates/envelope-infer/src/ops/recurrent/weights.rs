//! The matrices that a layer multiplies its input and its states with.

use super::setup::{Kind, Setup};
use crate::fault::{Result, fault};
use crate::kernel::product::{Matrix, PackedColumns, Product};
use crate::kernel::tile::Finish;
use crate::ops::wide::{Wide, widened};
use crate::tensor::Tensor;

/// A type that layers are computed in, with its way to multiply matrices.
pub(super) trait Multiplied: Wide {
    /// Weights as products take them.
    type Packed: Send + Sync;
    /// Packs weights `[outputs, inputs]`.
    fn pack(weights: &[Self], inputs: usize) -> Self::Packed;
    /// Adds to each row of `to` the product of the weights with that row of `rows`, on this thread.
    fn add_products(rows: &[Self], weights: &Self::Packed, to: &mut [Self]);
    /// The same for many rows at once, on all threads.
    fn add_many_products(rows: &[Self], weights: &Self::Packed, to: &mut [Self]);
}

impl Multiplied for f32 {
    type Packed = PackedColumns;

    fn pack(weights: &[Self], inputs: usize) -> PackedColumns {
        let outputs = weights.len().checked_div(inputs).unwrap_or(0);
        PackedColumns::pack(Matrix::dense(weights, outputs, inputs).transposed())
    }

    fn add_products(rows: &[Self], weights: &PackedColumns, to: &mut [Self]) {
        if weights.inner() > 0 {
            added(rows, weights).compute_alone(to);
        }
    }

    fn add_many_products(rows: &[Self], weights: &PackedColumns, to: &mut [Self]) {
        if weights.inner() > 0 {
            added(rows, weights).compute(to);
        }
    }
}

fn added<'a>(rows: &'a [f32], weights: &'a PackedColumns) -> Product<'a> {
    let inputs = weights.inner();
    Product {
        a: Matrix::dense(rows, rows.len() / inputs, inputs),
        b: weights,
        adds: true,
        finish: Finish::default(),
    }
}

impl Multiplied for f64 {
    type Packed = (Vec<f64>, usize);

    fn pack(weights: &[Self], inputs: usize) -> Self::Packed {
        (weights.to_vec(), inputs)
    }

    fn add_products(rows: &[Self], (weights, inputs): &Self::Packed, to: &mut [Self]) {
        if *inputs == 0 || weights.is_empty() {
            return;
        }
        let outputs = weights.len() / inputs;
        for (row, to) in rows.chunks_exact(*inputs).zip(to.chunks_exact_mut(outputs)) {
            for (weights, to) in weights.chunks_exact(*inputs).zip(to) {
                *to += weights.iter().zip(row).map(|(w, x)| w * x).sum::<f64>();
            }
        }
    }

    fn add_many_products(rows: &[Self], weights: &Self::Packed, to: &mut [Self]) {
        Self::add_products(rows, weights, to);
    }
}

/// The weights of one direction.
pub(super) struct Weights<T: Multiplied> {
    pub(super) of_input: T::Packed,
    /// In two where the second is multiplied with what the first made.
    pub(super) of_state: Vec<T::Packed>,
}

impl<T: Multiplied> Weights<T> {
    /// Packs the weights `[directions, gates * hidden, input]` and `[directions, gates * hidden,
    /// hidden]`.
    pub(super) fn of_directions(setup: &Setup, w: &Tensor, r: &Tensor) -> Result<Vec<Self>> {
        let (&[directions, _, input], &[also, _, hidden]) = (&w.shape()[..], &r.shape()[..]) else {
            return Err(fault!(
                "found weights of shapes {} and {}, expected three dimensions",
                w.shape(),
                r.shape()
            ));
        };
        if directions != also || directions != setup.directions.len() {
            return Err(fault!(
                "the weights have {directions} and {also} directions"
            ));
        }
        let (w, r) = (widened(w.clone())?, widened(r.clone())?);
        let (w, r) = (w.values::<T>()?, r.values::<T>()?);
        let (w_size, r_size) = (w.len() / directions.max(1), r.len() / directions.max(1));
        let of_direction = |number: usize| {
            let r = &r[number * r_size..][..r_size];
            // The GRU's candidate needs the reset gate first, unless that is applied to the product.
            let split = if setup.kind == Kind::Gru && !setup.linear_before_reset {
                r_size / 3 * 2
            } else {
                r_size
            };
            let parts = [&r[..split], &r[split..]];
            let parts = parts.into_iter().filter(|part| !part.is_empty());
            Self {
                of_input: T::pack(&w[number * w_size..][..w_size], input),
                of_state: parts.map(|part| T::pack(part, hidden)).collect(),
            }
        };
        Ok((0..directions).map(of_direction).collect())
    }
}
