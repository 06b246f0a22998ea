//! [FlexAttention](https://onnx.ai/onnx/operators/onnx_aionnxpreview_FlexAttention.html): attention
//! whose scores and weights go through graphs that the node brings.

use std::sync::Arc;

use super::dot_product::precision;
use super::heads::{Heads, Scaling};
use super::softmax;
use crate::compile::Body;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs, one};
use crate::ops::wide::{Wide, converted, wide_type, with_wide};
use crate::tensor::Tensor;
use crate::value::ValueType;

struct Flex {
    data_type: DataType,
    scale: Option<f32>,
    /// What the graphs take and give.
    precision: DataType,
    of_scores: Option<Arc<Body>>,
    of_weights: Option<Arc<Body>>,
}

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    let data_type = facts.same_data_type([0, 1, 2])?;
    let precision = precision(facts)?.unwrap_or(wide_type(data_type));
    let flex = Flex {
        data_type,
        scale: facts.number("scale")?,
        precision,
        of_scores: modifier(facts, "score_mod", precision)?,
        of_weights: modifier(facts, "prob_mod", precision)?,
    };
    // Scores are computed in the wider of the two types.
    let wide = match (wide_type(data_type), wide_type(precision)) {
        (DataType::F32, DataType::F32) => DataType::F32,
        _ => DataType::F64,
    };
    let operator = move |inputs: Inputs, context: &Context<'_>| with_wide!(wide, T => flex.run::<T>(&inputs, context));
    Ok(Built::one(data_type, operator))
}

fn modifier(facts: &Facts<'_>, name: &str, precision: DataType) -> Result<Option<Arc<Body>>> {
    if !facts.has_attribute(name) {
        return Ok(None);
    }
    let value_type = ValueType::Tensor(precision);
    let body = facts.body(name, std::slice::from_ref(&value_type))?;
    match body.outputs() {
        [output] if *output == value_type => Ok(Some(body)),
        outputs => Err(fault!(
            "`{name}` gives {outputs:?}, expected one {value_type}"
        )),
    }
}

impl Flex {
    fn run<T: Wide>(&self, inputs: &Inputs, context: &Context<'_>) -> Result<Outputs> {
        let operand = |number: usize| converted(inputs.tensor(number)?.clone(), T::TYPE);
        let heads = Heads::new(operand(0)?, operand(1)?, operand(2)?)?;
        let scaling = Scaling {
            scale: self.scale,
            data_type: self.data_type,
        };
        let scores = converted(heads.scores(scaling, context)?, self.precision)?;
        let scores = self.modified(self.of_scores.as_deref(), scores, inputs, context)?;
        let shape = scores.shape().clone();
        let width = shape.last().copied().unwrap_or(0);
        let mut scores: Vec<T> = converted(scores, T::TYPE)?.into_vec()?;
        softmax::each_row(&mut scores, width, |_, row| {
            softmax::softmax_in(row, T::nan(), self.precision);
        });
        let weights = converted(Tensor::from_vec(shape, scores), self.precision)?;
        let weights = self.modified(self.of_weights.as_deref(), weights, inputs, context)?;
        let mixed = heads.mixed(converted(weights, T::TYPE)?, context)?;
        Ok(one(converted(mixed, self.data_type)?))
    }

    fn modified(
        &self,
        body: Option<&Body>,
        values: Tensor,
        inputs: &Inputs,
        context: &Context<'_>,
    ) -> Result<Tensor> {
        let Some(body) = body else {
            return Ok(values);
        };
        let shape = values.shape().clone();
        let mut outputs = body.run(vec![values.into()], inputs, context)?;
        let output = outputs
            .pop()
            .ok_or_else(|| fault!("a modifier gave nothing"))?;
        let output = output.into_tensor()?.dense();
        if *output.shape() != shape || output.data_type() != self.precision {
            return Err(fault!(
                "a modifier made {output:?} of {} {shape}",
                self.precision
            ));
        }
        Ok(output)
    }
}
