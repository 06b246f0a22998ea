//! Applies the tables of resized dimensions to a tensor.
#![expect(
    clippy::inline_always,
    reason = "loops become vectors where they are inlined"
)]

use burn_backend::ops::FloatTensorOps as _;
use burn_backend::{TensorData, TensorMetadata as _};

use super::super::rows::{Rows, Span};
use super::super::wide::{Wide, converted, widened_in_memory, with_wide};
use super::size::Axis;
use super::taps::{Method, Rules, Taps, most_taps};
use crate::burn_tensor::{B, indices_beside};
use crate::data_type::DataType;
use crate::element::{Number, with_integer, with_size};
use crate::fault::Result;
use crate::operator::Context;
use crate::shape::Shape;
use crate::tensor::{Tensor, burn_shape};

/// Resizes these dimensions.
pub(super) fn resized(
    x: Tensor,
    axes: &[Axis],
    rules: &Rules,
    context: &Context<'_>,
) -> Result<Tensor> {
    let mut axes: Vec<&Axis> = axes.iter().filter(|axis| !axis.is_kept(rules)).collect();
    // Those that shrink come first, so that nothing in between is larger than input and output.
    axes.sort_by_key(|axis| axis.output > axis.input);
    let mut output = x.shape().clone();
    for axis in &axes {
        output[axis.number] = axis.output;
        context.room_for(&output, x.data_type())?;
        let table = Shape::from([axis.output, most_taps(axis, rules)]);
        context.room_for(&table, DataType::Complex128)?;
    }
    if axes.is_empty() {
        return Ok(x);
    }
    if output.elements() == 0 {
        return empty(x.data_type(), output);
    }
    let tables: Vec<(usize, Taps)> = axes
        .iter()
        .map(|axis| (axis.number, axis.taps(rules)))
        .collect();
    let few = tables
        .iter()
        .all(|(_, taps)| taps.count <= 4 && taps.outside.is_empty());
    if x.is_on_gpu() && few {
        return by_burn(x, &tables);
    }
    let x = x.dense();
    let data_type = x.data_type();
    match rules.method {
        Method::Nearest(_) if data_type == DataType::String => strings(&x, &tables),
        Method::Nearest(_) => with_size!(data_type, T => {
            let outside = outside_value::<T>(data_type, rules.extrapolation)?;
            let (shape, values) = selected(&x.raw::<T>(), x.shape(), &tables, outside);
            Ok(Tensor::from_raw(data_type, shape, values))
        }),
        _ if data_type.is_integer() => with_integer!(data_type, T => {
            let values: Vec<f64> = x.values::<T>()?.iter().map(|v| v.to_f64()).collect();
            let (shape, values) = weighed(&values, x.shape(), &tables, rules.extrapolation);
            let rounded = values.iter().map(|v| T::from_f64(v.round_ties_even())).collect();
            Ok(Tensor::from_vec(shape, rounded))
        }),
        _ => {
            let x = widened_in_memory(x)?;
            let y = with_wide!(x.data_type(), W => {
                let (shape, values) = weighed(&x.values::<W>()?, x.shape(), &tables, rules.extrapolation);
                Ok(Tensor::from_vec(shape, values))
            })?;
            converted(y, data_type)
        }
    }
}

fn empty(data_type: DataType, shape: Shape) -> Result<Tensor> {
    if data_type == DataType::String {
        return Ok(Tensor::from_strings(shape, Vec::new()));
    }
    with_size!(data_type, T => Ok(Tensor::from_raw(data_type, shape, Vec::<T>::new())))
}

/// The value outside of the input as plain bytes of the element type.
fn outside_value<T: bytemuck::Pod>(data_type: DataType, value: f32) -> Result<T> {
    let scalar = Tensor::scalar(value);
    let scalar = match data_type {
        DataType::F32 => scalar,
        data_type if data_type.is_float() => converted(scalar, data_type)?,
        data_type if data_type.is_integer() => {
            let value = f64::from(value);
            with_integer!(data_type, I => Ok(Tensor::scalar(I::from_f64(value.round_ties_even()))))?
        }
        _ => return Ok(T::zeroed()),
    };
    Ok(scalar.raw::<T>()[0])
}

fn strings(x: &Tensor, tables: &[(usize, Taps)]) -> Result<Tensor> {
    let numbers: Vec<usize> = (0..x.elements()).collect();
    let (shape, numbers) = selected(&numbers, x.shape(), tables, usize::MAX);
    let strings = x.strings()?;
    let string = |i: &usize| strings.get(*i).cloned().unwrap_or_default();
    Ok(Tensor::from_strings(
        shape,
        numbers.iter().map(string).collect(),
    ))
}

/// Takes one input for each output.
fn selected<T: Copy + Send + Sync>(
    values: &[T],
    shape: &Shape,
    tables: &[(usize, Taps)],
    outside: T,
) -> (Shape, Vec<T>) {
    let mut shape = shape.clone();
    let mut values = values.to_vec();
    for (axis, taps) in tables {
        let span = Span::of(&shape, *axis);
        let size = taps.places.len();
        let length = size * span.inner;
        let mut y = vec![outside; span.outer * length];
        Rows::of(length).fill(&mut y, |row, y| {
            let x = &values[row * span.size * span.inner..][..span.size * span.inner];
            if span.inner == 1 {
                for (y, &place) in y.iter_mut().zip(&taps.places) {
                    *y = x[place];
                }
            } else {
                for (y, &place) in y.chunks_exact_mut(span.inner).zip(&taps.places) {
                    y.copy_from_slice(&x[place * span.inner..][..span.inner]);
                }
            }
            for &output in &taps.outside {
                y[output * span.inner..][..span.inner].fill(outside);
            }
        });
        shape[*axis] = size;
        values = y;
    }
    (shape, values)
}

/// Adds up the inputs of each output, each times its weight.
fn weighed<W: Wide>(
    values: &[W],
    shape: &Shape,
    tables: &[(usize, Taps)],
    outside: f32,
) -> (Shape, Vec<W>) {
    let mut shape = shape.clone();
    let mut between: Option<Vec<W>> = None;
    let outside = W::from_f64(f64::from(outside));
    for (axis, taps) in tables {
        let span = Span::of(&shape, *axis);
        let weights: Vec<W> = taps.weights.iter().map(|&w| W::from_f64(w)).collect();
        let size = weights.len() / taps.count;
        let values = between.as_deref().unwrap_or(values);
        let length = size * span.inner;
        let mut y = vec![W::zero(); span.outer * length];
        let table = Table {
            count: taps.count,
            places: &taps.places,
            weights: &weights,
        };
        let work = length * taps.count;
        Rows { length, work }.fill(
            &mut y,
            #[inline(always)]
            |row, y| {
                let x = &values[row * span.size * span.inner..][..span.size * span.inner];
                table.add(x, y, span.inner);
                for &output in &taps.outside {
                    y[output * span.inner..][..span.inner].fill(outside);
                }
            },
        );
        shape[*axis] = size;
        between = Some(y);
    }
    (shape, between.unwrap_or_else(|| values.to_vec()))
}

/// A table with weights in the type that is computed in.
struct Table<'a, W> {
    count: usize,
    places: &'a [usize],
    weights: &'a [W],
}

impl<W: Wide> Table<'_, W> {
    #[inline(always)]
    fn add(&self, x: &[W], y: &mut [W], inner: usize) {
        let outputs = self
            .places
            .chunks_exact(self.count)
            .zip(self.weights.chunks_exact(self.count));
        if inner == 1 {
            for (y, (places, weights)) in y.iter_mut().zip(outputs) {
                let terms = places.iter().zip(weights);
                *y = terms.fold(W::zero(), |sum, (&place, &weight)| sum + weight * x[place]);
            }
            return;
        }
        for (y, (places, weights)) in y.chunks_exact_mut(inner).zip(outputs) {
            for (&place, &weight) in places.iter().zip(weights) {
                let x = &x[place * inner..][..inner];
                for (y, &x) in y.iter_mut().zip(x) {
                    *y += weight * x;
                }
            }
        }
    }
}

/// The same by burn: for each tap the inputs are selected, weighed and added.
fn by_burn(x: Tensor, tables: &[(usize, Taps)]) -> Result<Tensor> {
    let rank = x.rank();
    let mut y = x.into_burn()?;
    for (axis, taps) in tables {
        let size = taps.places.len() / taps.count;
        let mut sum = None;
        for tap in 0..taps.count {
            let of_tap = |i: usize| i * taps.count + tap;
            let places: Vec<i64> = (0..size)
                .map(|i| i64::try_from(taps.places[of_tap(i)]).unwrap_or(i64::MAX))
                .collect();
            let places = indices_beside(&y, &Shape::from([size]), &places)?;
            let selected = B::float_select(y.clone(), *axis, places);
            if taps.count == 1 {
                sum = Some(selected);
                break;
            }
            let weights: Vec<f32> = (0..size)
                .map(|i| f32::from_f64(taps.weights[of_tap(i)]))
                .collect();
            let mut along: Shape = std::iter::repeat_n(1, rank).collect();
            along[*axis] = size;
            let weights = TensorData::new(weights, burn_shape(&along));
            let weights = B::float_from_data(weights, &y.device());
            let term = B::float_mul(selected, weights);
            sum = Some(match sum {
                None => term,
                Some(sum) => B::float_add(sum, term),
            });
        }
        y = sum.unwrap_or(y);
    }
    Tensor::from_burn(y)
}

#[cfg(test)]
mod tests {
    use super::super::taps::{Coordinates, Cubic, Rounding};
    use super::*;

    #[test]
    fn burn_resizes_as_memory_does() {
        let values: Vec<f32> = (0..2 * 5 * 7).map(|i| (i * 29 % 31) as f32).collect();
        let x = Tensor::from_vec([2, 5, 7], values);
        let axis = |number, input, output| Axis {
            number,
            input,
            output,
            scale: output as f64 / input as f64,
            region: (0.0, 1.0),
        };
        for method in [
            Method::Nearest(Rounding::HalfDown),
            Method::Linear,
            Method::Cubic(Cubic { a: -0.75 }),
        ] {
            let rules = Rules {
                method,
                coordinates: Coordinates::HalfPixel,
                antialias: false,
                exclude_outside: false,
                extrapolation: 0.0,
            };
            let tables =
                [axis(1, 5, 8), axis(2, 7, 3)].map(|axis| (axis.number, axis.taps(&rules)));
            let (shape, memory) = weighed(&x.values::<f32>().unwrap(), x.shape(), &tables, 0.0);
            let burn = by_burn(x.clone(), &tables).unwrap();
            assert_eq!(burn.shape(), &shape);
            for (a, b) in memory.iter().zip(&*burn.values::<f32>().unwrap()) {
                assert!((a - b).abs() < 1e-4, "{method:?} {a} {b}");
            }
        }
    }
}
