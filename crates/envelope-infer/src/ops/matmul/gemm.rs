//! Gemm: the product of two matrices, each perhaps transposed, with something added.

use burn_backend::ops::FloatTensorOps as _;

use super::super::broadcast;
use super::super::elementwise::{self, Arithmetic};
use super::super::fast_math;
use super::product;
use crate::burn_tensor::{self, B};
use crate::data_type::DataType;
use crate::element::with_number;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The attributes.
#[derive(Clone, Copy, Debug)]
struct Gemm {
    /// What the product is multiplied by.
    alpha: f32,
    /// What is added is multiplied by this first.
    beta: f32,
    transposes: [Transposed; 2],
}

/// Whether a matrix lies transposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transposed {
    No,
    Yes,
}

impl Transposed {
    fn of(facts: &Facts<'_>, name: &str) -> Result<Self> {
        let yes = facts.flag(name, false)?;
        Ok(if yes { Self::Yes } else { Self::No })
    }
}

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1, 2])?;
    // Before version 7 it said whether the third input is broadcast; it is where it must be.
    facts.int("broadcast")?;
    let gemm = Gemm {
        alpha: facts.number_or("alpha", 1.0)?,
        beta: facts.number_or("beta", 1.0)?,
        transposes: [
            Transposed::of(facts, "transA")?,
            Transposed::of(facts, "transB")?,
        ],
    };
    if data_type.is_integer() && (gemm.alpha.fract() != 0.0 || gemm.beta.fract() != 0.0) {
        return Err(fault!(
            "integers are multiplied by {} and {}, which are none",
            gemm.alpha,
            gemm.beta
        ));
    }
    let operator = move |inputs: Inputs, context: &Context<'_>| Ok(one(gemm.run(inputs, context)?));
    Ok(Built::one(data_type, operator).anywhere())
}

impl Gemm {
    fn run(self, mut inputs: Inputs, context: &Context<'_>) -> Result<Tensor> {
        let a = oriented(inputs.take(0)?, self.transposes[0])?;
        let b = oriented(inputs.take(1)?, self.transposes[1])?;
        let added = inputs.take_optional(2)?;
        let data_type = a.data_type();
        let narrow = matches!(data_type, DataType::F16 | DataType::Bf16);
        if !narrow {
            return self.finished(product(a, b, context)?, added);
        }
        let (a, b) = (elementwise::to_single(&a)?, elementwise::to_single(&b)?);
        let added = added.map(|c| elementwise::to_single(&c)).transpose()?;
        let whole = self.finished(product(a, b, context)?, added)?;
        elementwise::from_single(&whole, data_type)
    }

    /// The product multiplied, and what is added added.
    fn finished(self, product: Tensor, added: Option<Tensor>) -> Result<Tensor> {
        let target = product.shape().clone();
        if let Some(added) = &added
            && added.shape().broadcast(&target)? != target
        {
            return Err(fault!(
                "shape {} does not broadcast to {target}",
                added.shape()
            ));
        }
        if product.is_on_gpu() {
            return self.finished_on_gpu(product, added);
        }
        if product.data_type() == DataType::F32 {
            return self.finished_single(product, added, &target);
        }
        with_number!(product.data_type(), T => self.finished_plain::<T>(product, added, &target))
    }

    fn finished_on_gpu(self, product: Tensor, added: Option<Tensor>) -> Result<Tensor> {
        let mut whole = product.into_burn()?;
        if !is_one(self.alpha) {
            whole = B::float_mul_scalar(whole, self.alpha.into());
        }
        let Some(added) = added else {
            return Tensor::from_burn(whole);
        };
        let (whole, mut added) = burn_tensor::same_rank(Tensor::from_burn(whole)?, added)?;
        if !is_one(self.beta) {
            added = B::float_mul_scalar(added, self.beta.into());
        }
        Tensor::from_burn(B::float_add(whole, added))
    }

    fn finished_single(
        self,
        product: Tensor,
        added: Option<Tensor>,
        target: &Shape,
    ) -> Result<Tensor> {
        let (alpha, beta) = (self.alpha, self.beta);
        if added.is_none() && is_one(alpha) {
            return Ok(product);
        }
        let mut values = product.into_vec::<f32>()?;
        match added {
            None => fast_math::apply(&mut values, move |v| v * alpha),
            Some(added) => {
                let other = (&added.values::<f32>()?[..], added.shape());
                let whole = (&mut values[..], target);
                if is_one(alpha) && is_one(beta) {
                    broadcast::update_wide(whole, other, |v, c| v + c);
                } else {
                    broadcast::update_wide(whole, other, move |v, c| alpha * v + beta * c);
                }
            }
        }
        Ok(Tensor::from_vec(target.clone(), values))
    }

    fn finished_plain<T: Arithmetic>(
        self,
        product: Tensor,
        added: Option<Tensor>,
        target: &Shape,
    ) -> Result<Tensor> {
        let (alpha, beta) = (
            T::from_f64(self.alpha.into()),
            T::from_f64(self.beta.into()),
        );
        let values = product.into_vec::<T>()?;
        let values = match added {
            None => values.into_iter().map(|v| v.times(alpha)).collect(),
            Some(added) => broadcast::pairs(
                (&values, target),
                (&added.values::<T>()?, added.shape()),
                target,
                |v: T, c: T| v.times(alpha).plus(c.times(beta)),
            ),
        };
        Ok(Tensor::from_vec(target.clone(), values))
    }
}

fn is_one(factor: f32) -> bool {
    factor.to_bits() == 1f32.to_bits()
}

/// The matrix as it is multiplied.
fn oriented(x: Tensor, transposed: Transposed) -> Result<Tensor> {
    if x.rank() != 2 {
        return Err(fault!("found shape {}, expected a matrix", x.shape()));
    }
    match transposed {
        Transposed::No => Ok(x),
        Transposed::Yes => super::super::shape::permuted(x, &[1, 0]),
    }
}
