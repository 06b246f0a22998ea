//! Windows that slide over the spatial dimensions of a tensor: what convolutions and pooling share.
//!
//! [`Windows`] are the attributes as they are written; [`Axis`] is what they come to in one
//! dimension of a known size. The arithmetic is that of
//! [MaxPool](https://onnx.ai/onnx/operators/onnx__MaxPool.html).

use std::ops::Range;

use smallvec::SmallVec;

use crate::fault::{Result, fault};
use crate::operator::Facts;

/// One number for each spatial dimension, or two.
pub(super) type Sizes = SmallVec<[usize; 6]>;

/// No attribute of a window may be larger, so that products of two fit 64 bits.
const LARGEST: usize = 1 << 31;

/// The attributes of windows, as they are written.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    kernel: Option<Sizes>,
    strides: Option<Sizes>,
    dilations: Option<Sizes>,
    padding: Padding,
    rounding: Rounding,
}

/// What is put around the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// The beginnings of all dimensions, then their ends; nothing if it is not written.
    Explicit(Option<Sizes>),
    /// As much as keeps `ceil(input / stride)` outputs, the odd one at the end.
    SameUpper,
    /// The same, the odd one at the beginning.
    SameLower,
}

/// What becomes of a window that reaches beyond the padded input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// It is left out.
    Down,
    /// It counts if it begins in the input or the padding before it.
    Up,
}

/// Windows along one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// The size of the input.
    pub(super) input: usize,
    /// How many elements a window takes.
    pub(super) kernel: usize,
    /// How far windows lie apart.
    pub(super) stride: usize,
    /// How far the elements of a window lie apart.
    pub(super) dilation: usize,
    /// Padding before the input.
    pub(super) before: usize,
    /// Padding after the input.
    pub(super) after: usize,
    /// The number of windows.
    pub(super) output: usize,
}

/// Windows along all spatial dimensions.
pub(super) type Axes = SmallVec<[Axis; 3]>;

impl Windows {
    /// Reads `kernel_shape`, `strides`, `dilations`, `pads` and `auto_pad`.
    pub(super) fn read(facts: &Facts<'_>) -> Result<Self> {
        let pads = sizes(facts, "pads", 0)?;
        Ok(Self {
            kernel: sizes(facts, "kernel_shape", 1)?,
            strides: sizes(facts, "strides", 1)?,
            dilations: sizes(facts, "dilations", 1)?,
            padding: match facts.text_or("auto_pad", "NOTSET")? {
                "NOTSET" | "" => Padding::Explicit(pads),
                "VALID" => Padding::Explicit(None),
                "SAME_UPPER" => Padding::SameUpper,
                "SAME_LOWER" => Padding::SameLower,
                other => return Err(fault!("attribute `auto_pad` is `{other}`")),
            },
            rounding: Rounding::Down,
        })
    }

    /// The same with `ceil_mode` as it is written.
    pub(super) fn rounded(mut self, facts: &Facts<'_>) -> Result<Self> {
        if facts.flag("ceil_mode", false)? {
            self.rounding = Rounding::Up;
        }
        Ok(self)
    }

    /// The padding as it is written.
    pub(super) fn padding(&self) -> &Padding {
        &self.padding
    }

    /// The kernel as it is written.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn kernel(&self) -> Result<&[usize]> {
        let kernel = self.kernel.as_deref();
        kernel.ok_or_else(|| fault!("attribute `kernel_shape` is missing"))
    }

    /// Checks that a kernel given as a tensor has the size that is written, if one is.
    pub(super) fn check_kernel(&self, kernel: &[usize]) -> Result<()> {
        match &self.kernel {
            Some(written) if written[..] != *kernel => Err(fault!(
                "attribute `kernel_shape` is {written:?}, the kernel {kernel:?}"
            )),
            _ => Ok(()),
        }
    }

    /// Stride and dilation along a dimension of so many.
    pub(super) fn steps(&self, i: usize, count: usize) -> Result<(usize, usize)> {
        let at = |sizes: &Option<Sizes>, name| match sizes {
            None => Ok(1),
            Some(sizes) if sizes.len() == count => Ok(sizes[i]),
            Some(sizes) => Err(fault!(
                "attribute `{name}` is {sizes:?}, expected {count} numbers"
            )),
        };
        Ok((
            at(&self.strides, "strides")?,
            at(&self.dilations, "dilations")?,
        ))
    }

    /// The padding before and after a dimension of so many, where it is written.
    pub(super) fn explicit(&self, i: usize, count: usize) -> Result<Option<(usize, usize)>> {
        match &self.padding {
            Padding::Explicit(None) => Ok(Some((0, 0))),
            Padding::Explicit(Some(pads)) if pads.len() == 2 * count => {
                Ok(Some((pads[i], pads[count + i])))
            }
            Padding::Explicit(Some(pads)) => Err(fault!(
                "attribute `pads` is {pads:?}, expected {} numbers",
                2 * count
            )),
            _ => Ok(None),
        }
    }

    /// The windows over an input of this size, with kernels of this size.
    ///
    /// # Errors
    /// When the attributes do not fit the input.
    pub(super) fn over(&self, input: &[usize], kernel: &[usize]) -> Result<Axes> {
        if input.len() != kernel.len() {
            return Err(fault!(
                "a kernel of {kernel:?} does not fit spatial dimensions {input:?}"
            ));
        }
        let axis = |i: usize| {
            let count = input.len();
            let (stride, dilation) = self.steps(i, count)?;
            let mut axis = Axis {
                input: input[i],
                kernel: kernel[i],
                stride,
                dilation,
                before: 0,
                after: 0,
                output: 0,
            };
            if axis.kernel == 0 || axis.kernel > LARGEST {
                return Err(fault!("a kernel of {kernel:?} is not supported"));
            }
            match self.explicit(i, count)? {
                Some((before, after)) => (axis.before, axis.after) = (before, after),
                None => axis.pad_to_same(&self.padding),
            }
            axis.output = axis.count(self.rounding)?;
            Ok(axis)
        };
        (0..input.len()).map(axis).collect()
    }
}

impl Axis {
    /// From the first element of a window to behind its last one.
    pub(super) fn reach(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    fn pad_to_same(&mut self, padding: &Padding) {
        let wanted = self.input.div_ceil(self.stride);
        let covered = wanted.saturating_sub(1) * self.stride + self.reach();
        let total = covered.saturating_sub(self.input);
        let (less, more) = (total / 2, total - total / 2);
        (self.before, self.after) = match padding {
            Padding::SameLower => (more, less),
            _ => (less, more),
        };
    }

    fn count(&self, rounding: Rounding) -> Result<usize> {
        let padded = self.input + self.before + self.after;
        let room = padded.checked_sub(self.reach()).ok_or_else(|| {
            fault!(
                "a window of {} does not fit an input of {padded}, padding included",
                self.reach()
            )
        })?;
        if rounding == Rounding::Down {
            return Ok(room / self.stride + 1);
        }
        let count = room.div_ceil(self.stride) + 1;
        let begins_inside = (count - 1) * self.stride < self.input + self.before;
        Ok(if begins_inside { count } else { count - 1 })
    }

    /// Whether several elements of the input are in no window's reach, at one end or both.
    pub(super) fn skips_ends(&self) -> bool {
        let covered = self.output.saturating_sub(1) * self.stride + self.reach();
        covered + 1 < self.before + self.input
    }

    /// The elements of a window that lie in the input, padding aside.
    pub(super) fn taps(&self, output: usize) -> Range<usize> {
        self.taps_within(output, self.before, self.input)
    }

    /// The elements of a window that lie in the input or its padding.
    pub(super) fn padded_taps(&self, output: usize) -> Range<usize> {
        self.taps_within(output, 0, self.before + self.input + self.after)
    }

    fn taps_within(&self, output: usize, before: usize, size: usize) -> Range<usize> {
        let first = output * self.stride;
        let start = before.saturating_sub(first).div_ceil(self.dilation);
        let end = (before + size)
            .saturating_sub(first)
            .div_ceil(self.dilation)
            .min(self.kernel);
        start.min(end)..end
    }

    /// Where an element of a window lies in the input; only for one that [`taps`](Self::taps) names.
    pub(super) fn position(&self, output: usize, tap: usize) -> usize {
        output * self.stride + tap * self.dilation - self.before
    }

    /// The windows for which this element lies in the input.
    pub(super) fn outputs_of(&self, tap: usize) -> Range<usize> {
        let offset = tap * self.dilation;
        let start = self.before.saturating_sub(offset).div_ceil(self.stride);
        let end = (self.before + self.input)
            .saturating_sub(offset)
            .div_ceil(self.stride)
            .min(self.output);
        start.min(end)..end
    }
}

/// An attribute that lists sizes, none smaller than this.
pub(super) fn sizes(facts: &Facts<'_>, name: &str, least: usize) -> Result<Option<Sizes>> {
    let Some(values) = facts.ints(name)? else {
        return Ok(None);
    };
    let size = |&value: &i64| {
        usize::try_from(value)
            .ok()
            .filter(|size| (least..=LARGEST).contains(size))
            .ok_or_else(|| fault!("attribute `{name}` is {values:?}, which is not supported"))
    };
    let found: Sizes = values.iter().map(size).collect::<Result<_>>()?;
    // Some exporters write empty lists for what they leave out.
    Ok((!found.is_empty()).then_some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(input: usize, kernel: usize, stride: usize, dilation: usize) -> Axis {
        Axis {
            input,
            kernel,
            stride,
            dilation,
            before: 1,
            after: 2,
            output: 0,
        }
    }

    #[test]
    fn taps_are_those_inside() {
        for input in 0..7 {
            for (kernel, stride, dilation) in [(1, 1, 1), (3, 1, 2), (2, 3, 1), (4, 2, 3)] {
                let mut axis = axis(input, kernel, stride, dilation);
                axis.output = 6;
                for output in 0..6 {
                    let inside = |before: usize, size: usize| -> Vec<usize> {
                        let at = |k: &usize| output * stride + k * dilation;
                        (0..kernel)
                            .filter(|k| (before..before + size).contains(&at(k)))
                            .collect()
                    };
                    assert_eq!(axis.taps(output).collect::<Vec<_>>(), inside(1, input));
                    let padded: Vec<_> = axis.padded_taps(output).collect();
                    assert_eq!(padded, inside(0, input + 3));
                    for tap in 0..kernel {
                        let listed = axis.outputs_of(tap).contains(&output);
                        assert_eq!(listed, axis.taps(output).contains(&tap));
                    }
                }
            }
        }
    }

    #[test]
    fn windows_are_counted_as_the_standard_says() {
        let cases = [
            // input, kernel, stride, rounding, count
            (5, 3, 2, Rounding::Down, 3),
            (5, 2, 2, Rounding::Up, 3),
            (6, 2, 2, Rounding::Up, 4),
            (2, 2, 2, Rounding::Up, 2),
            (1, 1, 3, Rounding::Up, 1),
        ];
        for (input, kernel, stride, rounding, count) in cases {
            let found = axis(input, kernel, stride, 1).count(rounding);
            assert_eq!(found, Ok(count), "{input} {kernel} {stride} {rounding:?}");
        }
        assert!(axis(1, 9, 1, 1).count(Rounding::Down).is_err());
    }
}
