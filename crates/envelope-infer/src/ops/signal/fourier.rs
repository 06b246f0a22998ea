//! Fourier transforms: DFT along an axis, STFT of frames of a signal.

use rustfft::FftNum;

use super::fft::{Complex, Fft};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, Outputs, one};
use crate::ops::reduce::Lanes;
use crate::ops::wide::{Wide, converted, wide_type, with_wide};
use crate::shape::Shape;
use crate::tensor::Tensor;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Inverse,
}

#[derive(Clone, Copy)]
struct Transform {
    direction: Direction,
    /// Only the half of the spectrum that a real signal needs.
    is_onesided: bool,
}

impl Transform {
    fn new(facts: &Facts<'_>) -> Result<Self> {
        let inverse = facts.flag("inverse", false)?;
        Ok(Self {
            direction: if inverse {
                Direction::Inverse
            } else {
                Direction::Forward
            },
            is_onesided: facts.flag("onesided", false)?,
        })
    }
}

pub(super) fn by_attribute(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let transform = Transform::new(facts)?;
    let axis = facts.int_or("axis", 1)?;
    let operator =
        move |inputs: Inputs, context: &Context<'_>| transform.run_in(&inputs, axis, context);
    Ok(Built::one(data_type, operator))
}

pub(super) fn by_input(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let transform = Transform::new(facts)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let axis = match inputs.optional(2)? {
            Some(axis) => axis.integer()?,
            None => -2,
        };
        transform.run_in(&inputs, axis, context)
    };
    Ok(Built::one(data_type, operator))
}

fn positive(tensor: &Tensor, what: &str) -> Result<usize> {
    let value = tensor.integer()?;
    let size = usize::try_from(value).ok().filter(|&size| size > 0);
    size.ok_or_else(|| fault!("{what} is {value}"))
}

/// A transform of so many points, whose plan and buffers take a few times the room of the points.
fn planned<T: Wide + FftNum>(length: usize, context: &Context<'_>) -> Result<Fft<T>> {
    let room = length.saturating_mul(8);
    context.room_for(&[room].into(), DataType::Complex128)?;
    Ok(Fft::new(length))
}

/// The type that a signal is transformed in: real ones in double precision, as NumPy does, so that
/// what is zero comes out as zero.
fn precision(signal: &Tensor) -> DataType {
    match (signal.shape().last(), signal.data_type()) {
        (Some(2), data_type) => wide_type(data_type),
        _ => DataType::F64,
    }
}

/// The signals of a tensor, of real numbers or of pairs.
struct Lines<'a, T> {
    lanes: Lanes,
    parts: usize,
    values: &'a [T],
}

impl<T: Wide + FftNum> Lines<'_, T> {
    fn at(&self, lane: usize, i: usize) -> Complex<T> {
        let Lanes { length, inner, .. } = self.lanes;
        let row = lane / inner * length + i;
        let start = (row * inner + lane % inner) * self.parts;
        let imaginary = match self.parts {
            2 => self.values[start + 1],
            _ => T::zero(),
        };
        Complex::new(self.values[start], imaginary)
    }
}

impl Transform {
    fn run_in(self, inputs: &Inputs, axis: i64, context: &Context<'_>) -> Result<Outputs> {
        let x = inputs.tensor(0)?;
        let found = with_wide!(precision(x), T => self.run::<T>(inputs, axis, context))?;
        Ok(one(converted(found, x.data_type())?))
    }

    fn run<T: Wide + FftNum>(
        self,
        inputs: &Inputs,
        axis: i64,
        context: &Context<'_>,
    ) -> Result<Tensor> {
        let x = inputs.tensor(0)?;
        let shape = x.shape().clone();
        let axis = shape.axis(axis)?;
        let parts = shape.last().copied().unwrap_or(0);
        if axis + 1 == shape.rank() || !matches!(parts, 1 | 2) {
            return Err(fault!("shape {shape} has no signal along axis {axis}"));
        }
        let is_inverse = self.direction == Direction::Inverse;
        if self.is_onesided && is_inverse != (parts == 2) {
            return Err(fault!(
                "a one-sided transform of {parts} parts is not defined"
            ));
        }
        let given = shape[axis];
        let length = match inputs.optional(1)? {
            Some(length) => positive(length, "the length")?,
            None if self.is_onesided && is_inverse => 2 * given.saturating_sub(1),
            None => given,
        };
        let mut output = shape.clone();
        output[axis] = if self.is_onesided && !is_inverse {
            length / 2 + 1
        } else {
            length
        };
        let output_parts = if self.is_onesided && is_inverse { 1 } else { 2 };
        output[shape.rank() - 1] = output_parts;
        context.room_for(&output, DataType::F64)?;
        if length == 0 {
            return Err(fault!("a transform of no points is not defined"));
        }
        let values: Vec<T> = converted(x.clone(), T::TYPE)?.into_vec()?;
        let lines = Lines {
            lanes: Lanes::along(&Shape::from(&shape[..shape.rank() - 1]), axis),
            parts,
            values: &values,
        };
        let fft = planned(length, context)?;
        let mut spectrum = vec![T::zero(); output.elements()];
        for lane in 0..lines.lanes.count() {
            let points = (0..length).map(|i| self.point(i, length, given, |i| lines.at(lane, i)));
            let points: Vec<Complex<T>> = points.collect();
            let found = match self.direction {
                Direction::Forward => fft.forward(points),
                Direction::Inverse => fft.inverse(&points),
            };
            let (outer, place) = (lane / lines.lanes.inner, lane % lines.lanes.inner);
            for (i, value) in found.iter().take(output[axis]).enumerate() {
                let row = outer * output[axis] + i;
                let start = (row * lines.lanes.inner + place) * output_parts;
                spectrum[start] = value.re;
                if output_parts == 2 {
                    spectrum[start + 1] = value.im;
                }
            }
        }
        Ok(Tensor::from_vec(output, spectrum))
    }

    /// The point that is transformed: past the end of the signal it is zero, and the half of a
    /// spectrum that is not given is the mirror of the other.
    fn point<T: Wide + FftNum>(
        self,
        i: usize,
        length: usize,
        given: usize,
        at: impl Fn(usize) -> Complex<T>,
    ) -> Complex<T> {
        let zero = Complex::new(T::zero(), T::zero());
        let is_half = self.is_onesided && self.direction == Direction::Inverse;
        if !is_half {
            return if i < given { at(i) } else { zero };
        }
        let mirrored = length - i;
        let (place, is_mirrored) = if i <= mirrored {
            (i, false)
        } else {
            (mirrored, true)
        };
        if place >= given {
            return zero;
        }
        let value = at(place);
        if i == 0 || i == mirrored {
            Complex::new(value.re, T::zero())
        } else if is_mirrored {
            value.conj()
        } else {
            value
        }
    }
}

pub(super) fn short_time(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    let data_type = facts.same_data_type([0, 2])?;
    let is_onesided = facts.flag("onesided", true)?;
    let operator = move |inputs: Inputs, context: &Context<'_>| {
        let found = with_wide!(precision(inputs.tensor(0)?), T => frames::<T>(&inputs, is_onesided, context))?;
        Ok(one(converted(found, data_type)?))
    };
    Ok(Built::one(data_type, operator))
}

fn frames<T: Wide + FftNum>(
    inputs: &Inputs,
    is_onesided: bool,
    context: &Context<'_>,
) -> Result<Tensor> {
    let signal = inputs.tensor(0)?;
    let &[batch, length, parts @ (1 | 2)] = &signal.shape()[..] else {
        return Err(fault!("a signal of shape {}", signal.shape()));
    };
    if is_onesided && parts == 2 {
        return Err(fault!("a complex signal has no one-sided spectrum"));
    }
    let step = positive(inputs.tensor(1)?, "the frame step")?;
    let window = match inputs.optional(2)? {
        Some(window) if window.rank() == 1 => {
            Some(converted(window.clone(), T::TYPE)?.into_vec::<T>()?)
        }
        Some(window) => return Err(fault!("a window of shape {}", window.shape())),
        None => None,
    };
    let frame = match (inputs.optional(3)?, &window) {
        (Some(frame), _) => positive(frame, "the frame length")?,
        (None, Some(window)) => window.len(),
        (None, None) => length,
    };
    if window.as_ref().is_some_and(|window| window.len() != frame) || frame == 0 || frame > length {
        return Err(fault!(
            "a frame of {frame} does not fit the signal or the window"
        ));
    }
    let count = (length - frame) / step + 1;
    let bins = if is_onesided { frame / 2 + 1 } else { frame };
    let shape: Shape = [batch, count, bins, 2].into();
    context.room_for(&shape, DataType::F64)?;
    let values: Vec<T> = converted(signal.clone(), T::TYPE)?.into_vec()?;
    let fft = planned(frame, context)?;
    let mut spectra = Vec::with_capacity(shape.elements());
    for number in 0..batch * count {
        let first = number / count * length + number % count * step;
        let points = (0..frame).map(|i| {
            let weight = window.as_ref().map_or(T::one(), |window| window[i]);
            let start = (first + i) * parts;
            let imaginary = if parts == 2 {
                values[start + 1]
            } else {
                T::zero()
            };
            Complex::new(values[start] * weight, imaginary * weight)
        });
        let found = fft.forward(points.collect());
        spectra.extend(found[..bins].iter().flat_map(|value| [value.re, value.im]));
    }
    Ok(Tensor::from_vec(shape, spectra))
}
