//! Pooling: the largest, the mean or the norm of the elements of windows. What scatters back and
//! what pools regions is in files of its own.
//!
//! Windows are boxes, and so a dimension is pooled after the other; that needs far fewer steps than
//! looking at each window, and the steps run over neighbours.
#![expect(
    clippy::inline_always,
    reason = "loops become vectors where they are inlined"
)]

mod burn;
mod global;
mod indices;
mod region;
mod unpool;

use super::rows::{Rows, larger};
use super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use super::window::{Axes, Axis, Padding, Windows};
use crate::data_type::DataType;
use crate::element::Number;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, Outputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("AveragePool", average_pool),
    Entry::new("GlobalAveragePool", global::average),
    Entry::new("GlobalLpPool", global::norm),
    Entry::new("GlobalMaxPool", global::max),
    Entry::new("LpPool", lp_pool),
    Entry::new("MaxPool", max_pool),
    Entry::new("MaxRoiPool", region::max_roi_pool),
    Entry::since("MaxUnpool", 9, unpool::max_unpool),
];

/// What becomes of the elements of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Max,
    /// Their sum over the number of elements, which may count the padding.
    Average(Counted),
    /// The root of the sum of their powers.
    Norm(Order),
}

/// Which norm it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    One,
    Two,
    Other(f64),
}

/// What a mean counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    Inside,
    WithPadding,
}

/// A pooling operator with its attributes.
struct Pool {
    kind: Kind,
    windows: Windows,
    data_type: DataType,
}

fn average_pool(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    let counted = if facts.flag("count_include_pad", false)? {
        Counted::WithPadding
    } else {
        Counted::Inside
    };
    pool(facts, Kind::Average(counted))
}

fn lp_pool(facts: &Facts<'_>) -> Result<Built> {
    facts.float(0)?;
    let order = Order::read(facts)?;
    pool(facts, Kind::Norm(order))
}

fn max_pool(facts: &Facts<'_>) -> Result<Built> {
    let small = |data_type| matches!(data_type, DataType::I8 | DataType::U8);
    facts.data_type_where(0, |data_type| data_type.is_float() || small(data_type))?;
    let order = indices::StorageOrder::read(facts)?;
    if facts.wants(1) {
        return indices::max_pool(facts, order);
    }
    pool(facts, Kind::Max)
}

fn pool(facts: &Facts<'_>, kind: Kind) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let windows = Windows::read(facts)?.rounded(facts)?;
    windows.kernel()?;
    let pool = Pool {
        kind,
        windows,
        data_type,
    };
    let operator =
        move |mut inputs: Inputs, context: &Context<'_>| pool.run(inputs.take(0)?, context);
    Ok(Built::one(data_type, operator).anywhere())
}

impl Pool {
    fn run(&self, x: Tensor, context: &Context<'_>) -> Result<Outputs> {
        let axes = axes_over(&self.windows, x.shape())?;
        let output = output_shape(x.shape(), &axes);
        context.room_for(&output, wide_type(self.data_type))?;
        for count in 0..axes.len() {
            let half_way = output_shape(x.shape(), &axes[..count]);
            context.room_for(&half_way, wide_type(self.data_type))?;
        }
        if x.is_on_gpu() && output.elements() > 0 && burn::suits(self.kind, &axes) {
            context.room_for(&burn::padded(x.shape(), &axes), DataType::F32)?;
            return Ok(one(burn::pooled(x, &axes, self.kind)?));
        }
        let x = widened_in_memory(x)?;
        let y = match x.data_type() {
            DataType::I8 => largest::<i8>(&x, &axes, i8::MIN)?,
            DataType::U8 => largest::<u8>(&x, &axes, u8::MIN)?,
            other => with_wide!(other, W => pooled::<W>(&x, &axes, self.kind))?,
        };
        Ok(one(converted(y, self.data_type)?))
    }
}

/// The windows over the spatial dimensions of an image.
fn axes_over(windows: &Windows, shape: &Shape) -> Result<Axes> {
    let spatial = shape
        .get(2..)
        .filter(|spatial| !spatial.is_empty())
        .ok_or_else(|| fault!("found shape {shape}, expected spatial dimensions"))?;
    let axes = windows.over(spatial, windows.kernel()?)?;
    let is_written = matches!(windows.padding(), Padding::Explicit(_));
    if !is_written && axes.iter().any(Axis::skips_ends) {
        return Err(fault!(
            "`auto_pad` with strides so much larger than the kernel is not supported: which \
             elements are left out is not standardized"
        ));
    }
    Ok(axes)
}

/// The shape after pooling the first spatial dimensions.
fn output_shape(shape: &Shape, axes: &[Axis]) -> Shape {
    let mut output = shape.clone();
    for (size, axis) in output.iter_mut().skip(2).zip(axes) {
        *size = axis.output;
    }
    output
}

fn pooled<W: Wide>(x: &Tensor, axes: &Axes, kind: Kind) -> Result<Tensor> {
    let shape = output_shape(x.shape(), axes);
    match kind {
        Kind::Max => largest::<W>(x, axes, W::neg_infinity()),
        Kind::Average(counted) => {
            let mut sums = sums(&x.values::<W>()?, x.shape(), axes);
            let counts = counts::<W>(axes, counted);
            Rows::of(counts.len()).fill(&mut sums, |_, sums| {
                for (sum, &count) in sums.iter_mut().zip(&counts) {
                    *sum /= count;
                }
            });
            Ok(Tensor::from_vec(shape, sums))
        }
        Kind::Norm(order) => {
            let powers: Vec<W> = x.values::<W>()?.iter().map(|&v| order.power(v)).collect();
            let mut sums = sums(&powers, x.shape(), axes);
            for sum in &mut sums {
                *sum = order.root(*sum);
            }
            Ok(Tensor::from_vec(shape, sums))
        }
    }
}

impl Order {
    /// The power of a value's size.
    #[inline(always)]
    fn power<W: Wide>(self, value: W) -> W {
        match self {
            Self::One => value.abs(),
            Self::Two => value * value,
            Self::Other(p) => value.abs().powf(W::from_f64(p)),
        }
    }

    fn root<W: Wide>(self, sum: W) -> W {
        match self {
            Self::One => sum,
            Self::Two => sum.sqrt(),
            Self::Other(p) => sum.powf(W::from_f64(1.0 / p)),
        }
    }

    /// The attribute `p`, which was a float in the first version.
    fn read(facts: &Facts<'_>) -> Result<Self> {
        let p = if facts.version() < 2 {
            f64::from(facts.number_or("p", 2.0)?)
        } else {
            facts.int_or("p", 2)? as f64
        };
        match p {
            1.0 => Ok(Self::One),
            2.0 => Ok(Self::Two),
            p if p > 0.0 => Ok(Self::Other(p)),
            p => Err(fault!("attribute `p` is {p}, expected a positive number")),
        }
    }
}

/// How many elements each window of an image has.
fn counts<W: Wide>(axes: &Axes, counted: Counted) -> Vec<W> {
    let mut counts = vec![1.0];
    for axis in axes {
        let count = |output: usize| match counted {
            Counted::Inside => axis.taps(output).len(),
            Counted::WithPadding => axis.padded_taps(output).len(),
        };
        let along: Vec<f64> = (0..axis.output).map(|o| count(o) as f64).collect();
        counts = counts
            .iter()
            .flat_map(|outer| along.iter().map(move |inner| outer * inner))
            .collect();
    }
    // A window without elements has the sum 0, which is its mean too.
    counts
        .iter()
        .map(|&count| W::from_f64(f64::max(count, 1.0)))
        .collect()
}

fn sums<W: Wide>(values: &[W], shape: &Shape, axes: &Axes) -> Vec<W> {
    folded(values, shape, axes, W::zero(), |a, b| a + b)
}

fn largest<T: Number>(x: &Tensor, axes: &Axes, least: T) -> Result<Tensor> {
    let y = folded(&x.values::<T>()?, x.shape(), axes, least, larger);
    Ok(Tensor::from_vec(output_shape(x.shape(), axes), y))
}

/// Folds the elements of all windows, a dimension after the other.
fn folded<T: Number>(
    values: &[T],
    shape: &Shape,
    axes: &Axes,
    empty: T,
    fold: impl Fn(T, T) -> T + Sync,
) -> Vec<T> {
    let mut folded: Option<Vec<T>> = None;
    for (i, axis) in axes.iter().enumerate() {
        let untouched = axis.reach() == 1 && axis.output == axis.input && axis.stride == 1;
        if untouched && (i + 1 < axes.len() || folded.is_some()) {
            continue;
        }
        let sizes = output_shape(shape, &axes[..i]);
        let inner = sizes[i + 3..].iter().product();
        let values = folded.as_deref().unwrap_or(values);
        let outer = sizes[..i + 2].iter().product();
        folded = Some(along(values, Along { outer, axis, inner }, empty, &fold));
    }
    folded.unwrap_or_default()
}

/// A dimension between those outside of it and those inside.
#[derive(Clone, Copy)]
struct Along<'a> {
    outer: usize,
    axis: &'a Axis,
    inner: usize,
}

fn along<T: Number>(
    values: &[T],
    Along { outer, axis, inner }: Along<'_>,
    empty: T,
    fold: &(impl Fn(T, T) -> T + Sync),
) -> Vec<T> {
    let length = axis.output * inner;
    let mut y = vec![empty; outer * length];
    let work = length * axis.kernel;
    Rows { length, work }.fill(&mut y, |row, y| {
        let x = &values[row * axis.input * inner..][..axis.input * inner];
        if inner == 1 {
            fold_neighbours(x, y, axis, fold);
        } else {
            fold_slices(x, y, (axis, inner), fold);
        }
    });
    y
}

/// Windows over the last dimension: for each element of the kernel, all windows at once.
#[inline(always)]
fn fold_neighbours<T: Copy>(x: &[T], y: &mut [T], axis: &Axis, fold: impl Fn(T, T) -> T) {
    for tap in 0..axis.kernel {
        let outputs = axis.outputs_of(tap);
        if outputs.is_empty() {
            continue;
        }
        let x = &x[axis.position(outputs.start, tap)..];
        if axis.stride == 1 {
            for (y, &x) in y[outputs].iter_mut().zip(x) {
                *y = fold(*y, x);
            }
        } else {
            for (y, &x) in y[outputs].iter_mut().zip(x.iter().step_by(axis.stride)) {
                *y = fold(*y, x);
            }
        }
    }
}

/// Windows over another dimension: what lies inside of it is folded as a whole.
#[inline(always)]
fn fold_slices<T: Copy>(
    x: &[T],
    y: &mut [T],
    (axis, inner): (&Axis, usize),
    fold: impl Fn(T, T) -> T,
) {
    for (output, y) in y.chunks_exact_mut(inner).enumerate() {
        for tap in axis.taps(output) {
            let x = &x[axis.position(output, tap) * inner..][..inner];
            for (y, &x) in y.iter_mut().zip(x) {
                *y = fold(*y, x);
            }
        }
    }
}
