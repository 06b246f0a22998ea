//! The windows that a convolution sees of its input: how many there are, and their elements as the
//! columns of a matrix. Any number of dimensions.

use smallvec::SmallVec;

use crate::fault::{Result, fault};
use crate::operator::Facts;
use crate::shape::Shape;

/// The attributes of a convolution.
#[derive(Clone, Debug)]
pub(super) struct Attributes {
    pub(super) group: usize,
    kernel_shape: Option<Vec<usize>>,
    strides: Option<Vec<usize>>,
    dilations: Option<Vec<usize>>,
    padding: Padding,
}

/// What is put around the input.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Padding {
    /// As many places at the beginning of each dimension, then as many at the end of each.
    Explicit(Option<Vec<usize>>),
    /// So many that there are as many windows as places, divided by the stride; what is odd goes to
    /// the end, or to the beginning.
    SameUpper,
    SameLower,
}

fn sizes(facts: &Facts<'_>, name: &str, least: i64) -> Result<Option<Vec<usize>>> {
    let Some(sizes) = facts.ints(name)? else {
        return Ok(None);
    };
    // More than this is more than a tensor can have, and sums of a few stay far from overflow.
    let allowed = least..=i64::from(u32::MAX >> 1);
    let size = |&size: &i64| {
        let found = usize::try_from(size)
            .ok()
            .filter(|_| allowed.contains(&size));
        found.ok_or_else(|| fault!("attribute `{name}` holds {size}"))
    };
    sizes.iter().map(size).collect::<Result<_>>().map(Some)
}

impl Attributes {
    pub(super) fn of(facts: &Facts<'_>) -> Result<Self> {
        let group = facts.int_or("group", 1)?;
        let group = usize::try_from(group).ok().filter(|&group| group > 0);
        let pads = sizes(facts, "pads", 0)?;
        Ok(Self {
            group: group.ok_or_else(|| fault!("attribute `group` is not above 0"))?,
            kernel_shape: sizes(facts, "kernel_shape", 1)?,
            strides: sizes(facts, "strides", 1)?,
            dilations: sizes(facts, "dilations", 1)?,
            padding: match facts.text_or("auto_pad", "NOTSET")? {
                "NOTSET" => Padding::Explicit(pads),
                "VALID" => Padding::Explicit(None),
                "SAME_UPPER" => Padding::SameUpper,
                "SAME_LOWER" => Padding::SameLower,
                other => return Err(fault!("padding `{other}` is not known")),
            },
        })
    }
}

/// A convolution of an input of a known shape.
#[derive(Debug)]
pub(super) struct Windows {
    dimensions: Vec<Dimension>,
}

/// One dimension of a convolution.
#[derive(Clone, Copy, Debug)]
struct Dimension {
    input: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    /// Places before the input.
    before: usize,
    windows: usize,
}

impl Windows {
    /// The windows of a kernel of this shape, both without batch and channels.
    pub(super) fn new(attributes: &Attributes, input: &[usize], kernel: &[usize]) -> Result<Self> {
        let rank = input.len();
        let ones = vec![1; rank];
        let strides = attributes.strides.as_ref().unwrap_or(&ones);
        let dilations = attributes.dilations.as_ref().unwrap_or(&ones);
        let stated = attributes.kernel_shape.as_ref();
        let pads_fit = match &attributes.padding {
            Padding::Explicit(Some(pads)) => pads.len() == 2 * rank,
            _ => true,
        };
        if kernel.len() != rank
            || strides.len() != rank
            || dilations.len() != rank
            || !pads_fit
            || stated.is_some_and(|stated| stated != kernel)
        {
            return Err(fault!(
                "the attributes do not fit an input of {rank} dimensions and a kernel of {kernel:?}"
            ));
        }
        let dimension = |i: usize| {
            let bare = Dimension {
                input: input[i],
                kernel: kernel[i],
                stride: strides[i],
                dilation: dilations[i],
                before: 0,
                windows: 0,
            };
            bare.padded(&attributes.padding, i, rank)
        };
        Ok(Self {
            dimensions: (0..rank).map(dimension).collect::<Result<_>>()?,
        })
    }

    /// The number of windows along each dimension.
    pub(super) fn output(&self) -> Shape {
        self.dimensions
            .iter()
            .map(|dimension| dimension.windows)
            .collect()
    }

    /// Writes the elements of all windows of some channels: a row for each channel and place in the
    /// kernel, with an element for each window, 0 outside the input.
    pub(super) fn columns(&self, channels: &[f32], rows: &mut [f32]) {
        let places: Shape = self
            .dimensions
            .iter()
            .map(|dimension| dimension.kernel)
            .collect();
        let windows = self.output().elements();
        let channel_size: usize = self
            .dimensions
            .iter()
            .map(|dimension| dimension.input)
            .product();
        if windows == 0 || channel_size == 0 {
            return;
        }
        let kernel_size = places.elements();
        for (c, channel) in channels.chunks(channel_size).enumerate() {
            for place in 0..kernel_size {
                let row = &mut rows[(c * kernel_size + place) * windows..][..windows];
                self.row(channel, &index_of(place, &places), row);
            }
        }
    }

    /// One row: what lies at one place of the kernel in each window.
    fn row(&self, channel: &[f32], place: &[usize], row: &mut [f32]) {
        let Some((last, outer)) = self.dimensions.split_last() else {
            row.copy_from_slice(channel);
            return;
        };
        let outer_windows: Shape = outer.iter().map(|dimension| dimension.windows).collect();
        let last_place = place[outer.len()];
        for (number, values) in row.chunks_mut(last.windows.max(1)).enumerate() {
            let index = index_of(number, &outer_windows);
            let start = outer
                .iter()
                .enumerate()
                .try_fold(0, |start, (i, dimension)| {
                    let at = dimension.position(index[i], place[i])?;
                    Some(start * dimension.input + at)
                });
            let Some(start) = start else {
                values.fill(0.0);
                continue;
            };
            last.line(
                &channel[start * last.input..][..last.input],
                last_place,
                values,
            );
        }
    }
}

impl Dimension {
    fn padded(self, padding: &Padding, i: usize, rank: usize) -> Result<Self> {
        let extent = (self.kernel.max(1) - 1)
            .checked_mul(self.dilation)
            .and_then(|n| n.checked_add(1));
        let extent = extent.ok_or_else(|| fault!("the kernel is too large"))?;
        let (before, after) = match padding {
            Padding::Explicit(None) => (0, 0),
            Padding::Explicit(Some(pads)) => (pads[i], pads[i + rank]),
            Padding::SameUpper | Padding::SameLower => {
                let windows = self.input.div_ceil(self.stride);
                let needed = windows.saturating_sub(1) * self.stride + extent;
                let missing = needed.saturating_sub(self.input);
                let less = missing / 2;
                match padding {
                    Padding::SameUpper => (less, missing - less),
                    _ => (missing - less, less),
                }
            }
        };
        let padded = self.input + before + after;
        let windows = match padded.checked_sub(extent) {
            Some(left) => left / self.stride + 1,
            None => 0,
        };
        Ok(Self {
            before,
            windows,
            ..self
        })
    }

    /// Writes what lies at one place of the kernel in each window of a line of the input.
    fn line(&self, line: &[f32], place: usize, values: &mut [f32]) {
        let offset = place * self.dilation;
        // The first window at or behind each end of the input.
        let first = self.before.saturating_sub(offset).div_ceil(self.stride);
        let end = (self.before + line.len())
            .saturating_sub(offset)
            .div_ceil(self.stride);
        let first = first.min(values.len());
        let end = end.clamp(first, values.len());
        values[..first].fill(0.0);
        values[end..].fill(0.0);
        if first == end {
            return;
        }
        let seen = &line[first * self.stride + offset - self.before..];
        let values = &mut values[first..end];
        if self.stride == 1 {
            values.copy_from_slice(&seen[..values.len()]);
        } else {
            let seen = seen.iter().step_by(self.stride);
            values
                .iter_mut()
                .zip(seen)
                .for_each(|(value, &at)| *value = at);
        }
    }

    /// Where in the input a place of the kernel lies in a window, if it is not outside.
    fn position(&self, window: usize, place: usize) -> Option<usize> {
        let at = (window * self.stride + place * self.dilation).checked_sub(self.before)?;
        (at < self.input).then_some(at)
    }
}

/// The index of an element from its number.
fn index_of(mut number: usize, shape: &Shape) -> SmallVec<[usize; 4]> {
    let mut index = SmallVec::from_elem(0, shape.rank());
    for (i, &size) in shape.iter().enumerate().rev() {
        index[i] = number % size.max(1);
        number /= size.max(1);
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(padding: Padding, stride: usize, dilation: usize) -> Attributes {
        Attributes {
            group: 1,
            kernel_shape: None,
            strides: Some(vec![stride]),
            dilations: Some(vec![dilation]),
            padding,
        }
    }

    #[test]
    fn windows_are_counted_and_filled() {
        let input = [1.0, 2.0, 3.0, 4.0, 5.0];
        let cases = [
            (
                Padding::Explicit(None),
                1,
                1,
                vec![1.0, 2.0, 3.0, 2.0, 3.0, 4.0, 3.0, 4.0, 5.0],
            ),
            (
                Padding::Explicit(Some(vec![1, 0])),
                2,
                1,
                vec![0.0, 2.0, 1.0, 3.0, 2.0, 4.0],
            ),
            (Padding::SameUpper, 3, 1, vec![1.0, 4.0, 2.0, 5.0, 3.0, 0.0]),
            (Padding::SameLower, 3, 1, vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
            (Padding::Explicit(None), 1, 2, vec![1.0, 3.0, 5.0]),
        ];
        for (padding, stride, dilation, want) in cases {
            let attributes = attributes(padding, stride, dilation);
            let windows = Windows::new(&attributes, &[5], &[3]).unwrap();
            let mut rows = vec![9.0; 3 * windows.output().elements()];
            windows.columns(&input, &mut rows);
            assert_eq!(rows, want, "{attributes:?}");
        }
    }

    #[test]
    fn refuses_attributes_of_other_dimensions() {
        let attributes = attributes(Padding::Explicit(Some(vec![1])), 1, 1);
        assert!(Windows::new(&attributes, &[5], &[3]).is_err());
        assert!(Windows::new(&attributes, &[5, 5], &[3, 3]).is_err());
    }
}
