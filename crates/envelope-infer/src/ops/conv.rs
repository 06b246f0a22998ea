//! Convolutions: [Conv](https://onnx.ai/onnx/operators/onnx__Conv.html) here, transposed and
//! deformable ones in files of their own.

mod deformed;
mod in_memory;
mod transposed;

use burn_backend::ops::{ConvOptions, FloatTensorOps as _, ModuleOps as _};
use burn_dispatch::DispatchTensor;

use super::registry::OWN_DOMAIN;
use super::rows::Rows;
use super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use super::window::{Axes, Windows};
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Operator, Outputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("Conv", conv),
    Entry::new("ConvTranspose", transposed::conv_transpose),
    Entry::since("DeformConv", 19, deformed::deform_conv),
    Entry {
        domain: OWN_DOMAIN,
        name: "Conv",
        since: 1,
        build: conv_into_range,
    },
];

/// All sizes of a convolution, checked against the tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    /// The number of images.
    pub(crate) batch: usize,
    /// The number of groups; it divides both numbers of channels.
    pub(crate) groups: usize,
    /// The channels of the input.
    pub(crate) in_channels: usize,
    /// The channels of the output.
    pub(crate) out_channels: usize,
    /// Input, kernel, stride, dilation, padding and output of each spatial dimension.
    pub(crate) axes: Axes,
}

impl Geometry {
    /// Checks the shapes of input, weights and bias, and resolves the attributes.
    fn of(windows: &Windows, groups: usize, shapes: Shapes<'_>) -> Result<Self> {
        let Shapes { x, w, bias } = shapes;
        let (
            &[batch, in_channels, ref spatial @ ..],
            &[out_channels, group_channels, ref kernel @ ..],
        ) = (&x[..], &w[..])
        else {
            return Err(fault!(
                "an input of {x} and weights of {w} cannot be convolved"
            ));
        };
        let fits = group_channels.checked_mul(groups) == Some(in_channels)
            && out_channels.is_multiple_of(groups);
        if !fits {
            return Err(fault!(
                "an input of {x} and weights of {w} do not fit {groups} groups"
            ));
        }
        check_bias(bias, out_channels)?;
        windows.check_kernel(kernel)?;
        Ok(Self {
            batch,
            groups,
            in_channels,
            out_channels,
            axes: windows.over(spatial, kernel)?,
        })
    }

    /// The shape of the output.
    pub(crate) fn output(&self) -> Shape {
        let spatial = self.axes.iter().map(|axis| axis.output);
        [self.batch, self.out_channels]
            .into_iter()
            .chain(spatial)
            .collect()
    }
}

/// The shapes that a convolution is given.
#[derive(Clone, Copy)]
struct Shapes<'a> {
    x: &'a Shape,
    w: &'a Shape,
    bias: Option<&'a Shape>,
}

fn check_bias(bias: Option<&Shape>, channels: usize) -> Result<()> {
    match bias {
        Some(bias) if bias[..] != [channels] => {
            Err(fault!("a bias of {bias} does not fit {channels} channels"))
        }
        _ => Ok(()),
    }
}

/// The attribute `group`, or another one of that kind.
fn groups(facts: &Facts<'_>, name: &str) -> Result<usize> {
    let groups = facts.int_or(name, 1)?;
    usize::try_from(groups)
        .ok()
        .filter(|&groups| groups > 0)
        .ok_or_else(|| fault!("attribute `{name}` is {groups}"))
}

/// The inputs of a convolution.
struct Operands {
    x: Tensor,
    w: Tensor,
    bias: Option<Tensor>,
}

impl Operands {
    /// All in the type that they are computed in; those on a GPU stay there.
    fn widened(self) -> Result<Self> {
        if self.x.data_type() == DataType::F32 {
            return Ok(self);
        }
        Ok(Self {
            x: widened_in_memory(self.x)?,
            w: widened_in_memory(self.w)?,
            bias: self.bias.map(widened_in_memory).transpose()?,
        })
    }

    fn shapes(&self) -> Shapes<'_> {
        Shapes {
            x: self.x.shape(),
            w: self.w.shape(),
            bias: self.bias.as_ref().map(Tensor::shape),
        }
    }

    /// The output for an input or weights without elements: nothing but the bias.
    fn only_bias(&self, output: &Shape) -> Result<Option<Tensor>> {
        if self.x.elements() > 0 && self.w.elements() > 0 && output.elements() > 0 {
            return Ok(None);
        }
        let length: usize = output.iter().skip(2).product();
        with_wide!(self.x.data_type(), W => {
            let mut values = vec![W::default(); output.elements()];
            if let Some(bias) = &self.bias {
                let bias = bias.values::<W>()?;
                Rows::of(length).fill(&mut values, |row, values| values.fill(bias[row % bias.len()]));
            }
            Ok(Some(Tensor::from_vec(output.clone(), values)))
        })
    }

    fn into_burn(self) -> Result<(DispatchTensor, DispatchTensor, Option<DispatchTensor>)> {
        let bias = self.bias.map(Tensor::into_burn).transpose()?;
        Ok((self.x.into_burn()?, self.w.into_burn()?, bias))
    }
}

fn conv(facts: &Facts<'_>) -> Result<Built> {
    conv_then(facts, None)
}

/// A convolution whose values are moved into a range, as a pass has joined them.
fn conv_into_range(facts: &Facts<'_>) -> Result<Built> {
    let low = facts.number_or("low", f32::NEG_INFINITY)?;
    let high = facts.number_or("high", f32::INFINITY)?;
    conv_then(facts, Some((low, high)))
}

fn conv_then(facts: &Facts<'_>, range: Option<(f32, f32)>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 1, 2])?;
    facts.float(0)?;
    let conv = Conv {
        data_type,
        windows: Windows::read(facts)?,
        groups: groups(facts, "group")?,
        range,
        adopted: None,
    };
    Ok(Built::one(data_type, conv).anywhere())
}

struct Conv {
    data_type: DataType,
    windows: Windows,
    groups: usize,
    range: Option<(f32, f32)>,
    adopted: Option<in_memory::Adopted>,
}

impl Operator for Conv {
    fn run(&self, mut inputs: Inputs, context: &Context<'_>) -> Result<Outputs> {
        let (x, bias) = (inputs.take(0)?, inputs.take_optional(2)?);
        if let Some(adopted) = &self.adopted {
            let shapes = Shapes {
                x: x.shape(),
                w: &adopted.shape,
                bias: bias.as_ref().map(Tensor::shape),
            };
            let geometry = self.geometry(shapes, context)?;
            let packed = &adopted.weights;
            return in_memory::convolve(&x, packed, bias.as_ref(), &geometry, self.range).map(one);
        }
        let w = inputs.take(1)?;
        let operands = Operands { x, w, bias };
        let geometry = self.geometry(operands.shapes(), context)?;
        let operands = operands.widened()?;
        let y = match operands.only_bias(&geometry.output())? {
            Some(y) => y,
            None if in_memory::takes(&operands, &geometry) => {
                in_memory::convolve_packing(&operands, &geometry)?
            }
            None => convolved(operands, &geometry)?,
        };
        let y = match self.range {
            Some(range) => moved_into(y, range)?,
            None => y,
        };
        Ok(one(narrowed_if(y, self.data_type)?))
    }

    fn adopt(&mut self, constants: &[Option<&Tensor>]) -> u32 {
        let w = constants.get(1).copied().flatten();
        self.adopted = w.and_then(|w| in_memory::Adopted::new(w, self.groups));
        u32::from(self.adopted.is_some()) << 1
    }
}

impl Conv {
    /// The sizes, after a check that there is room for them.
    fn geometry(&self, shapes: Shapes<'_>, context: &Context<'_>) -> Result<Geometry> {
        let geometry = Geometry::of(&self.windows, self.groups, shapes)?;
        context.room_for(&geometry.output(), wide_type(self.data_type))?;
        check_padded(&geometry, context, self.data_type)?;
        Ok(geometry)
    }
}

fn moved_into(y: Tensor, (low, high): (f32, f32)) -> Result<Tensor> {
    let y = y.into_burn()?;
    Tensor::from_burn(B::float_clamp(y, low.into(), high.into()))
}

/// Rounds to the type of the output; what is `float32` stays where it is.
fn narrowed_if(y: Tensor, data_type: DataType) -> Result<Tensor> {
    if y.data_type() == data_type {
        return Ok(y);
    }
    converted(y, data_type)
}

/// Padding may be made of real elements, which must fit too.
fn check_padded(geometry: &Geometry, context: &Context<'_>, data_type: DataType) -> Result<()> {
    let spatial = geometry.axes.iter();
    let spatial = spatial.map(|axis| axis.before + axis.input + axis.after);
    let head = [geometry.batch, geometry.in_channels];
    let padded: Shape = head.into_iter().chain(spatial).collect();
    context.room_for(&padded, wide_type(data_type))?;
    Ok(())
}

fn convolved(operands: Operands, geometry: &Geometry) -> Result<Tensor> {
    match geometry.axes.len() {
        0 => without_space(operands, geometry),
        1..=3 => by_burn(operands, geometry),
        _ => with_wide!(operands.x.data_type(), W => plain::<W>(&operands, geometry)),
    }
}

/// Without spatial dimensions there is one pixel.
fn without_space(operands: Operands, geometry: &Geometry) -> Result<Tensor> {
    let pixel = super::window::Axis {
        input: 1,
        kernel: 1,
        stride: 1,
        dilation: 1,
        before: 0,
        after: 0,
        output: 1,
    };
    let append = |tensor: Tensor| {
        let shape: Shape = tensor.shape().iter().copied().chain([1]).collect();
        tensor.reshaped(shape)
    };
    let operands = Operands {
        x: append(operands.x)?,
        w: append(operands.w)?,
        bias: operands.bias,
    };
    let geometry = Geometry {
        axes: [pixel].into_iter().collect(),
        ..geometry.clone()
    };
    let y = by_burn(operands, &geometry)?;
    y.reshaped([geometry.batch, geometry.out_channels])
}

fn by_burn(operands: Operands, geometry: &Geometry) -> Result<Tensor> {
    let (x, w, bias) = operands.into_burn()?;
    Tensor::from_burn(match geometry.axes.len() {
        1 => B::conv1d(x, w, bias, options(geometry)),
        2 => B::conv2d(x, w, bias, options(geometry)),
        _ => B::conv3d(x, w, bias, options(geometry)),
    })
}

fn options<const N: usize>(geometry: &Geometry) -> ConvOptions<N> {
    let axis = |i: usize| geometry.axes[i];
    ConvOptions::new_with_padding(
        std::array::from_fn(|i| axis(i).stride),
        std::array::from_fn(|i| (axis(i).before, axis(i).after)),
        std::array::from_fn(|i| axis(i).dilation),
        geometry.groups,
    )
}

/// Any number of dimensions: shifted images, each times a weight, are added up.
fn plain<W: Wide>(operands: &Operands, geometry: &Geometry) -> Result<Tensor> {
    let (x, w) = (operands.x.values::<W>()?, operands.w.values::<W>()?);
    let bias = operands
        .bias
        .as_ref()
        .map(Tensor::values::<W>)
        .transpose()?;
    let axes = &geometry.axes;
    let size = |of: fn(&super::window::Axis) -> usize| axes.iter().map(of).product::<usize>();
    let (input, kernel, length) = (size(|a| a.input), size(|a| a.kernel), size(|a| a.output));
    let group_in = geometry.in_channels / geometry.groups;
    let group_out = geometry.out_channels / geometry.groups;
    let shifts: Vec<Vec<(usize, usize)>> = taps_of_all(axes);
    let mut y = vec![W::zero(); geometry.output().elements()];
    let work = shifts.iter().map(Vec::len).sum::<usize>() * group_in;
    Rows { length, work }.fill(&mut y, |row, y| {
        let (image, channel) = (row / geometry.out_channels, row % geometry.out_channels);
        y.fill(bias.as_ref().map_or(W::zero(), |bias| bias[channel]));
        for i in 0..group_in {
            let in_channel = channel / group_out * group_in + i;
            let x = &x[(image * geometry.in_channels + in_channel) * input..][..input];
            let w = &w[(channel * group_in + i) * kernel..][..kernel];
            for (&weight, pairs) in w.iter().zip(&shifts) {
                for &(from, to) in pairs {
                    y[to] += weight * x[from];
                }
            }
        }
    });
    Ok(Tensor::from_vec(geometry.output(), y))
}

/// For each element of the kernel, which elements of the input go to which of the output.
fn taps_of_all(axes: &Axes) -> Vec<Vec<(usize, usize)>> {
    let mut all = vec![vec![(0, 0)]];
    for axis in axes {
        let with_tap = |pairs: &Vec<(usize, usize)>, tap: usize| -> Vec<(usize, usize)> {
            let step = |&(from, to): &(usize, usize)| {
                let (from, to) = (from * axis.input, to * axis.output);
                axis.outputs_of(tap)
                    .map(move |o| (from + axis.position(o, tap), to + o))
            };
            pairs.iter().flat_map(step).collect()
        };
        all = all
            .iter()
            .flat_map(|pairs| (0..axis.kernel).map(move |tap| with_tap(pairs, tap)))
            .collect();
    }
    all
}
