//! [DeformConv](https://onnx.ai/onnx/operators/onnx__DeformConv.html): a convolution whose windows
//! take their elements from places that another input moves.

use burn_backend::ops::{DeformConvOptions, ModuleOps as _};

use super::super::rows::Rows;
use super::super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use super::super::window::{Axis, Windows};
use super::{Geometry, Shapes, groups};
use crate::burn_tensor::B;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn deform_conv(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 1, 2, 3, 4])?;
    facts.float(0)?;
    let windows = Windows::read(facts)?;
    let (groups, offset_groups) = (groups(facts, "group")?, groups(facts, "offset_group")?);
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let operands = Operands {
            x: inputs.take(0)?,
            w: inputs.take(1)?,
            offset: inputs.take(2)?,
            bias: inputs.take_optional(3)?,
            mask: inputs.take_optional(4)?,
        };
        let shapes = Shapes {
            x: operands.x.shape(),
            w: operands.w.shape(),
            bias: operands.bias.as_ref().map(Tensor::shape),
        };
        let sizes = Geometry::of(&windows, groups, shapes)?;
        let deformed = Deformed::new(sizes, offset_groups, &operands)?;
        context.room_for(&deformed.sizes.output(), wide_type(data_type))?;
        let y = if operands.x.is_on_gpu() && deformed.suits_burn() {
            deformed.by_burn(operands)?
        } else {
            context.room_for(&deformed.columns(), wide_type(data_type))?;
            let operands = operands.widened()?;
            with_wide!(operands.x.data_type(), W => deformed.run::<W>(&operands))?
        };
        Ok(one(if y.data_type() == data_type {
            y
        } else {
            converted(y, data_type)?
        }))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

struct Operands {
    x: Tensor,
    w: Tensor,
    offset: Tensor,
    bias: Option<Tensor>,
    mask: Option<Tensor>,
}

impl Operands {
    fn widened(self) -> Result<Self> {
        Ok(Self {
            x: widened_in_memory(self.x)?,
            w: widened_in_memory(self.w)?,
            offset: widened_in_memory(self.offset)?,
            bias: self.bias.map(widened_in_memory).transpose()?,
            mask: self.mask.map(widened_in_memory).transpose()?,
        })
    }
}

struct Deformed {
    sizes: Geometry,
    offset_groups: usize,
    rows: Axis,
    columns: Axis,
}

impl Deformed {
    fn new(sizes: Geometry, offset_groups: usize, operands: &Operands) -> Result<Self> {
        let &[rows, columns] = &sizes.axes[..] else {
            return Err(fault!(
                "an input of {} is not supported, only 2 spatial dimensions are",
                operands.x.shape()
            ));
        };
        if !sizes.in_channels.is_multiple_of(offset_groups) {
            return Err(fault!(
                "{} channels do not fit {offset_groups} groups of offsets",
                sizes.in_channels
            ));
        }
        // Weights without elements may have kernels of any size.
        let taps = (rows.kernel * columns.kernel)
            .checked_mul(2 * offset_groups.min(sizes.in_channels.max(1)))
            .ok_or_else(|| fault!("weights of {} are too large", operands.w.shape()))?;
        let check = |name: &str, tensor: &Tensor, channels: usize| {
            let expected = [sizes.batch, channels, rows.output, columns.output];
            if tensor.shape()[..] == expected {
                return Ok(());
            }
            let found = tensor.shape();
            Err(fault!(
                "the {name} has shape {found}, expected {expected:?}"
            ))
        };
        check("offset", &operands.offset, taps)?;
        if let Some(mask) = &operands.mask {
            check("mask", mask, taps / 2)?;
        }
        Ok(Self {
            sizes,
            offset_groups,
            rows,
            columns,
        })
    }

    /// The elements that the windows of one image take.
    fn columns(&self) -> Shape {
        let taps = self.rows.kernel * self.columns.kernel;
        Shape::from([
            self.sizes.in_channels * taps,
            self.rows.output,
            self.columns.output,
        ])
    }

    fn suits_burn(&self) -> bool {
        let symmetric = |axis: &Axis| axis.before == axis.after;
        symmetric(&self.rows) && symmetric(&self.columns) && self.sizes.output().elements() > 0
    }

    fn by_burn(&self, operands: Operands) -> Result<Tensor> {
        let (rows, columns) = (self.rows, self.columns);
        let options = DeformConvOptions::new(
            [rows.stride, columns.stride],
            [rows.before, columns.before],
            [rows.dilation, columns.dilation],
            self.sizes.groups,
            self.offset_groups,
        );
        let mask = operands.mask.map(Tensor::into_burn).transpose()?;
        let bias = operands.bias.map(Tensor::into_burn).transpose()?;
        let (x, offset) = (operands.x.into_burn()?, operands.offset.into_burn()?);
        let w = operands.w.into_burn()?;
        Tensor::from_burn(B::deform_conv2d(x, offset, w, mask, bias, options))
    }

    fn run<W: Wide>(&self, operands: &Operands) -> Result<Tensor> {
        let w = operands.w.values::<W>()?;
        let bias = operands
            .bias
            .as_ref()
            .map(Tensor::values::<W>)
            .transpose()?;
        let bias = bias.as_deref();
        let sizes = &self.sizes;
        let length = self.rows.output * self.columns.output;
        let mut y = vec![W::zero(); sizes.output().elements()];
        let taken = sizes.in_channels / sizes.groups * self.rows.kernel * self.columns.kernel;
        let group_out = sizes.out_channels / sizes.groups;
        let mut taps = vec![W::zero(); self.columns().elements()];
        for image in 0..sizes.batch {
            self.take::<W>(operands, image, &mut taps)?;
            let image_size = sizes.out_channels * length;
            let y = &mut y[image * image_size..][..image_size];
            let work = taken * length;
            Rows { length, work }.fill(y, |channel, y| {
                y.fill(bias.map_or(W::zero(), |bias| bias[channel]));
                let first = channel / group_out * taken;
                for (i, &weight) in w[channel * taken..][..taken].iter().enumerate() {
                    let taps = &taps[(first + i) * length..][..length];
                    for (y, &tap) in y.iter_mut().zip(taps) {
                        *y += weight * tap;
                    }
                }
            });
        }
        Ok(Tensor::from_vec(sizes.output(), y))
    }

    /// Takes the elements of all windows of an image: for each channel and element of the kernel,
    /// one for each output.
    fn take<W: Wide>(&self, operands: &Operands, image: usize, taps: &mut [W]) -> Result<()> {
        let (x, offset) = (operands.x.values::<W>()?, operands.offset.values::<W>()?);
        let mask = operands
            .mask
            .as_ref()
            .map(Tensor::values::<W>)
            .transpose()?;
        let (rows, columns) = (self.rows, self.columns);
        let length = rows.output * columns.output;
        let kernel = rows.kernel * columns.kernel;
        let channels = self.sizes.in_channels;
        let group_channels = channels / self.offset_groups;
        let plane = rows.input * columns.input;
        let work = 20 * length;
        Rows { length, work }.fill(taps, |row, taps| {
            let (channel, tap) = (row / kernel, row % kernel);
            let group = (image * self.offset_groups + channel / group_channels) * kernel + tap;
            let down = &offset[2 * group * length..][..length];
            let right = &offset[(2 * group + 1) * length..][..length];
            let x = &x[(image * channels + channel) * plane..][..plane];
            let (tap_row, tap_column) = (tap / columns.kernel, tap % columns.kernel);
            for (o, value) in taps.iter_mut().enumerate() {
                let y = place::<W>(&rows, o / columns.output, tap_row) + down[o];
                let x_place = place::<W>(&columns, o % columns.output, tap_column) + right[o];
                *value = bilinear(x, columns.input, (y, x_place));
            }
            if let Some(mask) = &mask {
                for (value, &mask) in taps.iter_mut().zip(&mask[group * length..][..length]) {
                    *value *= mask;
                }
            }
        });
        Ok(())
    }
}

/// Where an element of a window would lie if it were not moved; negative in the padding.
fn place<W: Wide>(axis: &Axis, output: usize, tap: usize) -> W {
    let place = (output * axis.stride + tap * axis.dilation) as f64 - axis.before as f64;
    W::from_f64(place)
}

/// The value between four pixels, those outside of the image being zero.
fn bilinear<W: Wide>(image: &[W], width: usize, (y, x): (W, W)) -> W {
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let pixel = |y: W, x: W| {
        let (y, x) = (y.to_f64(), x.to_f64());
        if y < 0.0 || x < 0.0 || x >= width as f64 {
            return W::zero();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above; casts saturate"
        )]
        let place = (y as usize)
            .saturating_mul(width)
            .saturating_add(x as usize);
        image.get(place).copied().unwrap_or(W::zero())
    };
    let one = W::one();
    let weighted = |weight: W, y: W, x: W| {
        // A weight of 0 leaves out what may be infinite.
        if weight == W::zero() {
            W::zero()
        } else {
            weight * pixel(y, x)
        }
    };
    weighted((one - down) * (one - right), top, left)
        + weighted((one - down) * right, top, left + one)
        + weighted(down * (one - right), top + one, left)
        + weighted(down * right, top + one, left + one)
}
