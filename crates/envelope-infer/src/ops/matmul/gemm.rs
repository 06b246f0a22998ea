//! Gemm: the product of two matrices, each perhaps transposed, with something added.

use burn_backend::ops::FloatTensorOps as _;

use super::super::broadcast;
use super::super::elementwise::{self, Arithmetic};
use super::super::fast_math;
use super::in_memory::{self, End, Weights};
use super::{Shapes, product};
use crate::burn_tensor::{self, B};
use crate::data_type::DataType;
use crate::element::with_number;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Operator, Outputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

struct Gemm {
    data_type: DataType,
    attributes: Attributes,
    /// What a pass has joined to it.
    range: Option<(f32, f32)>,
    weights: Option<Weights>,
}

#[derive(Clone, Copy, Debug)]
struct Attributes {
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
    build_then(facts, None)
}

/// A product whose values are moved into a range.
pub(super) fn build_into_range(facts: &Facts<'_>) -> Result<Built> {
    build_then(facts, Some(super::range(facts)?))
}

fn build_then(facts: &Facts<'_>, range: Option<(f32, f32)>) -> Result<Built> {
    facts.data_type_where(0, DataType::is_number)?;
    facts.data_type(1)?;
    let data_type = facts.same_data_type([0, 1, 2])?;
    // Before version 7 it said whether the third input is broadcast; it is where it must be.
    facts.int("broadcast")?;
    let attributes = Attributes {
        alpha: facts.number_or("alpha", 1.0)?,
        beta: facts.number_or("beta", 1.0)?,
        transposes: [
            Transposed::of(facts, "transA")?,
            Transposed::of(facts, "transB")?,
        ],
    };
    let Attributes { alpha, beta, .. } = attributes;
    if data_type.is_integer() && (alpha.fract() != 0.0 || beta.fract() != 0.0) {
        return Err(fault!(
            "integers are multiplied by {alpha} and {beta}, which are none"
        ));
    }
    let gemm = Gemm {
        data_type,
        attributes,
        range,
        weights: None,
    };
    Ok(Built::one(data_type, gemm).anywhere())
}

impl Operator for Gemm {
    fn run(&self, mut inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let a = oriented(inputs.take(0)?, self.attributes.transposes[0])?;
        let added = inputs.take_optional(2)?;
        if let Some(weights) = &self.weights {
            return self.run_by_weights(&a, weights, added, context).map(one);
        }
        let b = oriented(inputs.take(1)?, self.attributes.transposes[1])?;
        let whole = self.attributes.run(self.data_type, a, b, added, context)?;
        Ok(one(super::finished(whole, None, self.range)?))
    }

    fn adopt(&mut self, constants: &[Option<&Tensor>]) -> u32 {
        let b = constants.get(1).copied().flatten();
        let transposes = self.attributes.transposes[1] == Transposed::Yes;
        if b.is_some_and(|b| b.rank() == 2) {
            self.weights = Weights::of(b, transposes);
        }
        u32::from(self.weights.is_some()) << 1
    }
}

impl Gemm {
    fn run_by_weights(
        &self,
        a: &Tensor,
        weights: &Weights,
        added: Option<Tensor>,
        context: &Context<'_>,
    ) -> Result<Tensor> {
        let shapes = Shapes::of(a.shape(), &weights.shape)?;
        context.room_for(&shapes.product, DataType::F32)?;
        let attributes = self.attributes;
        let columns = weights.columns.columns();
        let is_plain = is_one(attributes.alpha) && is_one(attributes.beta);
        let is_row = |c: &Tensor| c.shape().last() == Some(&columns) && c.elements() == columns;
        let product = |end| in_memory::by_weights(a, &weights.columns, &shapes, end);
        if is_plain && added.as_ref().is_none_or(|c| c.rank() <= 2 && is_row(c)) {
            let bias = added.as_ref().map(Tensor::values::<f32>).transpose()?;
            return product(End {
                bias: bias.as_deref(),
                range: self.range,
            });
        }
        let whole = attributes.finished(product(End::default())?, added)?;
        super::finished(whole, None, self.range)
    }
}

impl Attributes {
    fn run(
        self,
        data_type: DataType,
        a: Tensor,
        b: Tensor,
        added: Option<Tensor>,
        context: &Context<'_>,
    ) -> Result<Tensor> {
        if !matches!(data_type, DataType::F16 | DataType::Bf16) {
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
