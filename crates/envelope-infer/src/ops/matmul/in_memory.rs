//! Products of `float32` in memory, by the crate's own kernel.

use rayon::prelude::*;
use smallvec::SmallVec;

use super::Shapes;
use crate::fault::{Result, fault};
use crate::kernel::product::{Matrix, PackedColumns, Product};
use crate::kernel::tile::{Bias, Finish};
use crate::shape::{Shape, positions};
use crate::tensor::{Strided, Tensor};

/// A right factor that is the same in each run, packed.
pub(crate) struct Weights {
    pub(super) shape: Shape,
    pub(super) columns: PackedColumns,
}

impl Weights {
    /// Packs a constant, if it is one matrix of `float32`; transposed first where that is asked for.
    pub(super) fn of(constant: Option<&Tensor>, transposes: bool) -> Option<Self> {
        let tensor = constant?;
        let rank = tensor.rank();
        let (rows, columns) = match tensor.shape()[..] {
            [.., rows, columns] if rows > 0 && rows * columns == tensor.elements() => {
                (rows, columns)
            }
            _ => return None,
        };
        let strided = tensor.strided()?;
        let stack = Stack::new(&strided, tensor.shape());
        let (matrix, sizes) = if transposes {
            (stack.matrix(0).transposed(), [columns, rows])
        } else {
            (stack.matrix(0), [rows, columns])
        };
        let around = tensor.shape()[..rank - 2].iter().copied();
        Some(Self {
            shape: around.chain(sizes).collect(),
            columns: PackedColumns::pack(matrix),
        })
    }
}

/// What is done to each value of a product.
#[derive(Clone, Copy, Default)]
pub(super) struct End<'a> {
    /// Added to each column.
    pub(super) bias: Option<&'a [f32]>,
    pub(super) range: Option<(f32, f32)>,
}

impl<'a> End<'a> {
    fn finish(self) -> Finish<'a> {
        Finish {
            bias: self.bias.map(Bias::Columns),
            range: self.range,
        }
    }
}

/// The product with packed weights; `shapes` are those of both.
pub(super) fn by_weights(
    a: &Tensor,
    weights: &PackedColumns,
    shapes: &Shapes,
    end: End<'_>,
) -> Result<Tensor> {
    let dense = a.strided().is_none().then(|| a.clone().dense());
    let a = dense.as_ref().unwrap_or(a);
    let strided = a.strided();
    let strided = strided.ok_or_else(|| fault!("found {a:?}, expected numbers of float32"))?;
    let left = Stack::new(&strided, a.shape());
    let mut output = vec![0.0; shapes.product.elements()];
    multiply_by_one(&left, weights, end, &mut output);
    Ok(Tensor::from_vec(shapes.product.clone(), output))
}

/// The product of two tensors of two dimensions at least.
pub(super) fn product(a: &Tensor, b: &Tensor, shapes: &Shapes, end: End<'_>) -> Option<Tensor> {
    let (a_strided, b_strided) = (a.strided()?, b.strided()?);
    let left = Stack::new(&a_strided, a.shape());
    let right = Stack::new(&b_strided, b.shape());
    let mut output = vec![0.0; shapes.product.elements()];
    if right.count() == 1 {
        let packed = PackedColumns::pack(right.matrix(0));
        multiply_by_one(&left, &packed, end, &mut output);
    } else {
        multiply_each(&left, &right, &shapes.around, end, &mut output);
    }
    Some(Tensor::from_vec(shapes.product.clone(), output))
}

/// Multiplies all matrices on the left by one.
fn multiply_by_one(left: &Stack<'_>, b: &PackedColumns, end: End<'_>, output: &mut [f32]) {
    let product = |a| Product {
        a,
        b,
        adds: false,
        finish: end.finish(),
    };
    if let Some(whole) = left.as_one() {
        return product(whole).compute(output);
    }
    let size = (left.rows * b.columns()).max(1);
    let matrices = positions(left.around.clone(), left.strides.clone());
    for (output, start) in output.chunks_exact_mut(size).zip(matrices) {
        product(left.matrix(start)).compute(output);
    }
}

/// Multiplies each matrix on the left by its own.
fn multiply_each(
    left: &Stack<'_>,
    right: &Stack<'_>,
    around: &Shape,
    end: End<'_>,
    output: &mut [f32],
) {
    let starts = left.starts(around).zip(right.starts(around));
    let starts: Vec<(usize, usize)> = starts.collect();
    let size = (left.rows * right.columns).max(1);
    let run = |a: usize, b: usize, alone: bool, output: &mut [f32]| {
        let product = Product {
            a: left.matrix(a),
            b: &PackedColumns::pack(right.matrix(b)),
            adds: false,
            finish: end.finish(),
        };
        if alone {
            product.compute_alone(output);
        } else {
            product.compute(output);
        }
    };
    let work = output.len() * left.columns;
    if starts.len() < 2 * rayon::current_num_threads() || work < 1 << 16 {
        for (output, (a, b)) in output.chunks_exact_mut(size).zip(starts) {
            run(a, b, false, output);
        }
    } else {
        let matrices = output.par_chunks_exact_mut(size).zip(starts);
        matrices.for_each(|(output, (a, b))| run(a, b, true, output));
    }
}

/// A stack of matrices, of any strides.
struct Stack<'a> {
    values: &'a [f32],
    /// The dimensions around the matrices.
    around: Shape,
    strides: SmallVec<[usize; 6]>,
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Stack<'a> {
    /// The matrices of a tensor of two dimensions at least.
    fn new(strided: &Strided<'a>, shape: &Shape) -> Self {
        let rank = shape.rank();
        let (around, steps) = (&shape[..rank - 2], &strided.strides);
        Self {
            values: strided.values,
            around: around.into(),
            strides: steps[..rank - 2].into(),
            rows: shape[rank - 2],
            columns: shape[rank - 1],
            row_stride: steps[rank - 2],
            column_stride: steps[rank - 1],
        }
    }

    fn count(&self) -> usize {
        self.around.elements()
    }

    /// The matrix that begins there.
    fn matrix(&self, start: usize) -> Matrix<'a> {
        Matrix {
            values: self.values.get(start..).unwrap_or_default(),
            rows: self.rows,
            columns: self.columns,
            row_stride: self.row_stride,
            column_stride: self.column_stride,
        }
    }

    /// Where the matrices begin when they are broadcast to the dimensions around a product.
    fn starts(&self, around: &Shape) -> impl Iterator<Item = usize> + use<> {
        let missing = around.rank() - self.around.rank();
        let own = self.around.iter().zip(&self.strides);
        let own = own.map(|(&size, &stride)| if size == 1 { 0 } else { stride });
        let strides: SmallVec<[usize; 6]> = std::iter::repeat_n(0, missing).chain(own).collect();
        positions(around.clone(), strides)
    }

    /// All matrices as one of more rows, where their rows are as far apart as those within.
    fn as_one(&self) -> Option<Matrix<'a>> {
        let mut rows = self.rows;
        for (&size, &stride) in self.around.iter().zip(&self.strides).rev() {
            if size != 1 && stride != rows * self.row_stride {
                return None;
            }
            rows *= size;
        }
        Some(Matrix {
            rows,
            ..self.matrix(0)
        })
    }
}
