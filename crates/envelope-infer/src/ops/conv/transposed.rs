//! [ConvTranspose](https://onnx.ai/onnx/operators/onnx__ConvTranspose.html).

use burn_backend::ops::{ConvTransposeOptions, FloatTensorOps as _, ModuleOps as _};
use burn_backend::{Slice, TensorMetadata as _};
use smallvec::SmallVec;

use super::super::window::{Padding, Sizes, Windows, sizes};
use super::{Operands, Shapes, check_bias, groups, narrowed_if};
use crate::burn_tensor::B;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The attributes.
struct Attributes {
    windows: Windows,
    groups: usize,
    output_padding: Option<Sizes>,
    output_shape: Option<Sizes>,
}

/// All sizes of a transposed convolution.
struct Geometry {
    batch: usize,
    groups: usize,
    out_channels: usize,
    axes: SmallVec<[Axis; 3]>,
}

/// One spatial dimension: an input at `i` reaches the outputs `i * stride + k * dilation - before`.
#[derive(Clone, Copy)]
struct Axis {
    /// The size of the output if nothing is cut off.
    full: usize,
    stride: usize,
    dilation: usize,
    /// What is cut off at the beginning.
    before: usize,
    output: usize,
}

pub(super) fn conv_transpose(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 1, 2])?;
    facts.float(0)?;
    let attributes = Attributes {
        windows: Windows::read(facts)?,
        groups: groups(facts, "group")?,
        output_padding: sizes(facts, "output_padding", 0)?,
        output_shape: sizes(facts, "output_shape", 0)?,
    };
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let operands = Operands {
            x: inputs.take(0)?,
            w: inputs.take(1)?,
            bias: inputs.take_optional(2)?,
        };
        let geometry = Geometry::of(&attributes, operands.shapes())?;
        let output = geometry.output();
        context.room_for(&output, super::super::wide::wide_type(data_type))?;
        context.room_for(
            &geometry.computed(),
            super::super::wide::wide_type(data_type),
        )?;
        let operands = operands.widened()?;
        let y = match operands.only_bias(&output)? {
            Some(y) => y,
            None => geometry.run(operands)?,
        };
        Ok(one(narrowed_if(y, data_type)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

impl Geometry {
    fn of(attributes: &Attributes, shapes: Shapes<'_>) -> Result<Self> {
        let Shapes { x, w, bias } = shapes;
        let (&[batch, in_channels, ref spatial @ ..], &[w_in, w_out, ref kernel @ ..]) =
            (&x[..], &w[..])
        else {
            return Err(fault!(
                "an input of {x} and weights of {w} cannot be convolved"
            ));
        };
        let groups = attributes.groups;
        let out_channels = w_out.checked_mul(groups);
        let out_channels = out_channels
            .filter(|_| w_in == in_channels && in_channels.is_multiple_of(groups))
            .ok_or_else(|| {
                fault!("an input of {x} and weights of {w} do not fit {groups} groups")
            })?;
        check_bias(bias, out_channels)?;
        attributes.windows.check_kernel(kernel)?;
        if spatial.len() != kernel.len() || !(1..=3).contains(&spatial.len()) {
            return Err(fault!(
                "weights of {w} over an input of {x} are not supported, only 1 to 3 spatial \
                 dimensions are"
            ));
        }
        let axis = |i: usize| attributes.axis(i, spatial, kernel);
        Ok(Self {
            batch,
            groups,
            out_channels,
            axes: (0..spatial.len()).map(axis).collect::<Result<_>>()?,
        })
    }

    fn shape(&self, size: impl Fn(&Axis) -> usize) -> Shape {
        let head = [self.batch, self.out_channels];
        head.into_iter().chain(self.axes.iter().map(size)).collect()
    }

    fn output(&self) -> Shape {
        self.shape(|axis| axis.output)
    }

    /// What burn computes: it cuts off as much at both ends.
    fn computed(&self) -> Shape {
        self.shape(|axis| (axis.full + axis.extra()).saturating_sub(2 * axis.before))
    }

    fn run(&self, operands: Operands) -> Result<Tensor> {
        if self.axes.iter().any(|axis| axis.full < axis.before) {
            return Err(fault!("padding takes more than the whole output"));
        }
        let (x, w, bias) = operands.into_burn()?;
        let y = match self.axes.len() {
            1 => B::conv_transpose1d(x, w, bias, self.options()),
            2 => B::conv_transpose2d(x, w, bias, self.options()),
            _ => B::conv_transpose3d(x, w, bias, self.options()),
        };
        let output = self.output();
        if y.shape()[..] == output[..] {
            return Tensor::from_burn(y);
        }
        let slices: Vec<Slice> = output.iter().map(|&size| Slice::from(0..size)).collect();
        Tensor::from_burn(B::float_slice(y, &slices))
    }

    fn options<const N: usize>(&self) -> ConvTransposeOptions<N> {
        ConvTransposeOptions::new(
            std::array::from_fn(|i| self.axes[i].stride),
            std::array::from_fn(|i| self.axes[i].before),
            std::array::from_fn(|i| self.axes[i].extra()),
            std::array::from_fn(|i| self.axes[i].dilation),
            self.groups,
        )
    }
}

impl Axis {
    /// What burn has to add at the end, since it cuts off `before` there too.
    fn extra(&self) -> usize {
        (self.output + 2 * self.before).saturating_sub(self.full)
    }
}

impl Attributes {
    fn axis(&self, i: usize, spatial: &[usize], kernel: &[usize]) -> Result<Axis> {
        let count = spatial.len();
        let (stride, dilation) = self.windows.steps(i, count)?;
        let one_of = |sizes: &Option<Sizes>, skipped: usize| match sizes {
            None => Ok(None),
            Some(sizes) if sizes.len() == count + skipped => Ok(Some(sizes[i + skipped])),
            Some(sizes) if sizes.len() == count => Ok(Some(sizes[i])),
            Some(sizes) => Err(fault!("found {sizes:?}, expected {count} numbers")),
        };
        let output_padding = one_of(&self.output_padding, 0)?.unwrap_or(0);
        // Some exporters write the batch and the channels too.
        let output_shape = one_of(&self.output_shape, 2)?;
        let too_large = || fault!("an input of {spatial:?} is too large");
        let full = (kernel[i].saturating_sub(1))
            .checked_mul(dilation)
            .and_then(|reach| {
                spatial[i]
                    .saturating_sub(1)
                    .checked_mul(stride)?
                    .checked_add(reach)
            })
            .and_then(|reach| reach.checked_add(1))
            .ok_or_else(too_large)?;
        let full_padded = full.checked_add(output_padding).ok_or_else(too_large)?;
        let (before, output) = match (output_shape, self.windows.explicit(i, count)?) {
            (None, Some((before, after))) => {
                let output = full_padded.checked_sub(before + after);
                let output = output.ok_or_else(|| fault!("padding takes more than the output"))?;
                (before, output)
            }
            (Some(wanted), _) => (self.cut_before(full_padded, wanted)?, wanted),
            (None, None) => {
                let wanted = spatial[i].checked_mul(stride).ok_or_else(too_large)?;
                (self.cut_before(full_padded, wanted)?, wanted)
            }
        };
        Ok(Axis {
            full,
            stride,
            dilation,
            before,
            output,
        })
    }

    /// What is cut off at the beginning so that an output of the wanted size is left; the odd one is
    /// unless said otherwise.
    fn cut_before(&self, full: usize, wanted: usize) -> Result<usize> {
        let total = full.saturating_sub(wanted);
        match self.windows.padding() {
            Padding::SameUpper | Padding::SameLower if full < wanted => Err(fault!(
                "`auto_pad` for an output of {wanted} that is larger than {full} is not supported: \
                 where the empty elements go is not standardized"
            )),
            Padding::SameUpper => Ok(total / 2),
            _ => Ok(total.div_ceil(2)),
        }
    }
}
