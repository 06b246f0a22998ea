//! Layers that move a window: convolutions and pools.

use serde::Deserialize;

use super::build::{Builder, Flow};
use crate::fault::{Result, fault};
use crate::graph::Attribute;
use crate::shape::Shape;

/// A size for all dimensions, or one for each.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the enum says what they are")]
pub enum Sizes {
    All(i64),
    Each(Vec<i64>),
}

/// How much is put around a convolution's input.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Padding {
    /// So much on both sides.
    Sizes(Sizes),
    /// `same`: as much as keeps the size; `valid`: nothing.
    Word(String),
}

/// The window of a convolution; its size is that of the weights.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConvWindow {
    /// The prefix of its tensors.
    pub name: Option<String>,
    /// How far it moves in a step.
    #[serde(default = "ones")]
    pub stride: Sizes,
    /// How much is put around the input.
    #[serde(default = "no_padding")]
    pub padding: Padding,
    /// How far apart the elements under the window are.
    #[serde(default = "ones")]
    pub dilation: Sizes,
    /// Into how many groups the channels are split.
    #[serde(default = "one")]
    pub groups: i64,
}

/// The window of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PoolWindow {
    /// Its size.
    pub kernel_size: Sizes,
    /// How far it moves in a step; its size where it is left out.
    pub stride: Option<Sizes>,
    /// How much is put around the input.
    #[serde(default = "zeros")]
    pub padding: Sizes,
}

fn ones() -> Sizes {
    Sizes::All(1)
}
fn zeros() -> Sizes {
    Sizes::All(0)
}
fn no_padding() -> Padding {
    Padding::Sizes(zeros())
}
fn one() -> i64 {
    1
}

impl Sizes {
    /// One size for each dimension, none below this one.
    fn each(&self, dimensions: usize, least: i64) -> Result<Vec<i64>> {
        let sizes = match self {
            Self::All(size) => vec![*size; dimensions],
            Self::Each(sizes) => sizes.clone(),
        };
        if sizes.len() == dimensions && sizes.iter().all(|&size| size >= least) {
            Ok(sizes)
        } else {
            Err(fault!(
                "found sizes {sizes:?}, expected {dimensions} of at least {least}"
            ))
        }
    }
}

fn check_rank(x: Flow, dimensions: usize) -> Result<()> {
    if x.rank == dimensions + 2 {
        Ok(())
    } else {
        Err(fault!(
            "found {} dimensions, expected {}",
            x.rank,
            dimensions + 2
        ))
    }
}

impl ConvWindow {
    pub(super) fn add(
        &self,
        builder: &mut Builder<'_>,
        name: &str,
        x: Flow,
        dimensions: usize,
    ) -> Result<Flow> {
        check_rank(x, dimensions)?;
        let weight = builder.weight(&format!("{name}.weight"), dimensions + 2)?;
        let channels = Shape::from([weight.shape()[0]]);
        let bias = builder.weight_of_shape(&format!("{name}.bias"), &channels)?;
        let dilation = self.dilation.each(dimensions, 1)?;
        let size = |&size: &usize| i64::try_from(size).unwrap_or(i64::MAX);
        let kernel: Vec<i64> = weight.shape()[2..].iter().map(size).collect();
        let attributes = [
            ("strides", Attribute::Ints(self.stride.each(dimensions, 1)?)),
            ("pads", Attribute::Ints(self.pads(&kernel, &dilation)?)),
            ("dilations", Attribute::Ints(dilation)),
            ("group", Attribute::Int(self.groups)),
        ];
        let bias = bias.map(|bias| builder.constant("bias", bias));
        let inputs = vec![Some(x.id), Some(builder.constant("weight", weight)), bias];
        Ok(x.with(builder.nodes("Conv", inputs, &attributes, 1)[0]))
    }

    /// The padding at the beginning of each dimension, then at the end of each.
    fn pads(&self, kernel: &[i64], dilation: &[i64]) -> Result<Vec<i64>> {
        let dimensions = kernel.len();
        match &self.padding {
            Padding::Sizes(sizes) => Ok(sizes.each(dimensions, 0)?.repeat(2)),
            Padding::Word(word) if word == "valid" => Ok(vec![0; dimensions * 2]),
            Padding::Word(word) if word == "same" => {
                if self
                    .stride
                    .each(dimensions, 1)?
                    .iter()
                    .any(|&step| step != 1)
                {
                    return Err(fault!("padding `same` wants a stride of 1"));
                }
                // What is odd goes to the end.
                let pairs = kernel.iter().zip(dilation);
                let total: Vec<i64> = pairs
                    .map(|(&kernel, &dilation)| dilation.saturating_mul(kernel.saturating_sub(1)))
                    .collect();
                let begin = total.iter().map(|total| total / 2);
                let end = total.iter().map(|total| total - total / 2);
                Ok(begin.chain(end).collect())
            }
            Padding::Word(word) => Err(fault!("padding `{word}`, expected sizes, same or valid")),
        }
    }
}

impl PoolWindow {
    pub(super) fn add(
        &self,
        builder: &mut Builder<'_>,
        operator: &str,
        x: Flow,
        dimensions: usize,
    ) -> Result<Flow> {
        check_rank(x, dimensions)?;
        let kernel = self.kernel_size.each(dimensions, 1)?;
        let stride = self.stride.as_ref().unwrap_or(&self.kernel_size);
        let pads = self.padding.each(dimensions, 0)?.repeat(2);
        let mut attributes = vec![
            ("kernel_shape", Attribute::Ints(kernel)),
            ("strides", Attribute::Ints(stride.each(dimensions, 1)?)),
            ("pads", Attribute::Ints(pads)),
        ];
        // PyTorch's averages count the zeros around the input, unless told otherwise.
        if operator == "AveragePool" {
            attributes.push(("count_include_pad", Attribute::Int(1)));
        }
        Ok(x.with(builder.node(operator, &[x.id], &attributes)))
    }
}
