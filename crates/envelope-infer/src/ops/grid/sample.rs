//! [GridSample](https://onnx.ai/onnx/operators/onnx__GridSample.html): takes the elements of images
//! at the places that a grid names.

use burn_backend::ops::{
    FloatTensorOps as _, GridSampleOptions, GridSamplePaddingMode, InterpolateMode,
};

use super::super::rows::Rows;
use super::super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use super::affine::Ends;
use crate::burn_tensor::B;
use crate::data_type::DataType;
use crate::element::{Number as _, with_size};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Nearest,
    Linear,
    Cubic,
}

/// What lies outside of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outside {
    Zeros,
    Border,
    Reflection,
}

#[derive(Clone, Copy, Debug)]
struct Sampler {
    method: Method,
    outside: Outside,
    ends: Ends,
}

pub(super) fn grid_sample(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    facts.float(1)?;
    let sampler = Sampler {
        method: match facts.text_or("mode", "linear")? {
            "nearest" => Method::Nearest,
            "linear" | "bilinear" => Method::Linear,
            "cubic" | "bicubic" => Method::Cubic,
            other => return Err(fault!("attribute `mode` is `{other}`")),
        },
        outside: match facts.text_or("padding_mode", "zeros")? {
            "zeros" => Outside::Zeros,
            "border" => Outside::Border,
            "reflection" => Outside::Reflection,
            other => return Err(fault!("attribute `padding_mode` is `{other}`")),
        },
        ends: facts.flag("align_corners", false)?.into(),
    };
    let moves_only = sampler.method == Method::Nearest && data_type != DataType::String;
    if !data_type.is_float() && !moves_only {
        return Err(fault!(
            "images of {data_type} are not supported for this `mode`"
        ));
    }
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (x, grid) = (inputs.take(0)?, inputs.take(1)?);
        let output = output_shape(x.shape(), grid.shape())?;
        context.room_for(&output, wide_type(data_type))?;
        if x.is_on_gpu()
            && output.elements() > 0
            && x.elements() > 0
            && sampler.suits_burn(x.rank())
        {
            return Ok(one(sampler.by_burn(x, grid)?));
        }
        let taps = sampler.taps_in_all(x.rank() - 2)?;
        let points: usize = output[2..].iter().product();
        context.room_for(&Shape::from([points, taps]), DataType::Complex128)?;
        let wide = wide_type(grid.data_type());
        let (x, grid) = (x.dense(), widened_in_memory(grid)?);
        let images = Images { sampler, x, output };
        let y = with_wide!(wide, G => images.sampled::<G>(&grid, wide))?;
        Ok(one(y))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn output_shape(x: &Shape, grid: &Shape) -> Result<Shape> {
    let rank = x.rank();
    let fits = rank > 2 && grid.rank() == rank && grid[0] == x[0] && grid[rank - 1] == rank - 2;
    if !fits {
        return Err(fault!("images of {x} and a grid of {grid} do not fit"));
    }
    let places = grid[1..rank - 1].iter().copied();
    Ok(x[..2].iter().copied().chain(places).collect())
}

impl Sampler {
    fn suits_burn(self, rank: usize) -> bool {
        // burn has other rules for places outside of an image in the other cases.
        rank == 4 && self.method == Method::Linear && self.outside != Outside::Reflection
    }

    fn by_burn(self, x: Tensor, grid: Tensor) -> Result<Tensor> {
        let options = GridSampleOptions::new(InterpolateMode::Bilinear)
            .with_padding_mode(match self.outside {
                Outside::Zeros => GridSamplePaddingMode::Zeros,
                _ => GridSamplePaddingMode::Border,
            })
            .with_align_corners(self.ends == Ends::Centres);
        Tensor::from_burn(B::float_grid_sample_2d(
            x.into_burn()?,
            grid.into_burn()?,
            options,
        ))
    }

    /// How many elements a sample takes along a dimension.
    fn taps(self) -> usize {
        match self.method {
            Method::Nearest => 1,
            Method::Linear => 2,
            Method::Cubic => 4,
        }
    }

    fn taps_in_all(self, dimensions: usize) -> Result<usize> {
        let exponent = u32::try_from(dimensions).unwrap_or(u32::MAX);
        let taps = self.taps().checked_pow(exponent);
        taps.ok_or_else(|| fault!("images of {dimensions} dimensions are not supported"))
    }

    /// The elements of a dimension that a coordinate between -1 and 1 means, and their weights.
    fn along<G: Wide>(self, coordinate: G, size: usize) -> Vec<(Option<usize>, G)> {
        let number = G::from_f64;
        let length = number(size as f64);
        let (one, half) = (G::one(), number(0.5));
        let (place, low, high) = match self.ends {
            Ends::Centres => (
                (coordinate + one) * half * (length - one),
                G::zero(),
                length - one,
            ),
            Ends::Borders => (
                ((coordinate + one) * length - one) * half,
                -half,
                length - half,
            ),
        };
        let place = if self.method == Method::Nearest {
            round_ties_even(place)
        } else {
            place
        };
        let place = match self.outside {
            _ if place >= low && place <= high => place,
            // A cubic filter meets the border with each of its elements.
            Outside::Zeros => place,
            Outside::Border if self.method == Method::Cubic => place,
            Outside::Border => place.max(G::zero()).min(length - one),
            Outside::Reflection => reflected(place, low, high),
        };
        let element = |at: G| {
            let at = match self.outside {
                Outside::Zeros => at,
                Outside::Border => at.max(G::zero()).min(length - one),
                Outside::Reflection if at >= low && at <= high => at,
                Outside::Reflection => reflected(at, low, high).max(G::zero()).min(length - one),
            };
            whole(at.to_f64(), size)
        };
        let first = place.floor();
        let ratio = place - first;
        match self.method {
            Method::Nearest => vec![(element(place), one)],
            Method::Linear => vec![(element(first), one - ratio), (element(first + one), ratio)],
            Method::Cubic => {
                let steps = [-1.0, 0.0, 1.0, 2.0].map(number);
                steps
                    .map(|step| (element(first + step), cubic_weight((ratio - step).abs())))
                    .to_vec()
            }
        }
    }
}

/// The weight of an element by its distance, with the filter that PyTorch uses.
fn cubic_weight<G: Wide>(x: G) -> G {
    let n = G::from_f64;
    let a = n(-0.75);
    if x <= n(1.0) {
        ((a + n(2.0)) * x - (a + n(3.0))) * x * x + n(1.0)
    } else {
        ((a * x - n(5.0) * a) * x + n(8.0) * a) * x - n(4.0) * a
    }
}

fn round_ties_even<G: Wide>(value: G) -> G {
    G::from_f64(value.to_f64().round_ties_even())
}

/// An element of a dimension of this size, if it lies there.
fn whole(place: f64, size: usize) -> Option<usize> {
    if !(place >= 0.0 && place < size as f64) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    let place = place as usize;
    Some(place)
}

/// The place thrown back at both ends until it is between them.
fn reflected<G: Wide>(place: G, low: G, high: G) -> G {
    let range = high - low;
    if range <= G::zero() {
        return low;
    }
    let distance = if place < low {
        low - place
    } else {
        place - high
    };
    let turns = (distance / range).floor();
    let rest = distance - turns * range;
    let even = (turns / G::from_f64(2.0)).fract() == G::zero();
    if (place < low) == even {
        low + rest
    } else {
        high - rest
    }
}

/// An element of an image, if there is one, and its weight.
type Tap<G> = (usize, G);

/// Stands for an element outside of an image.
const NOWHERE: usize = usize::MAX;

struct Images {
    sampler: Sampler,
    x: Tensor,
    output: Shape,
}

impl Images {
    fn sampled<G: Wide>(self, grid: &Tensor, wide: DataType) -> Result<Tensor> {
        let grid = grid.values::<G>()?;
        let data_type = self.x.data_type();
        if self.sampler.method == Method::Nearest {
            return with_size!(data_type, T => {
                let x = self.x.raw::<T>();
                let take = |image: &[T], taps: &[Tap<G>]| {
                    image.get(taps[0].0).copied().unwrap_or_default()
                };
                let values = self.each(&x, &grid, take)?;
                Ok(Tensor::from_raw(data_type, self.output, values))
            });
        }
        // Weights and elements are computed in the wider of their types.
        let finest = match (wide_type(data_type), wide) {
            (DataType::F64, _) | (_, DataType::F64) => DataType::F64,
            _ => DataType::F32,
        };
        let x = converted(self.x.clone().dense(), finest)?;
        let y = with_wide!(finest, W => {
            let weigh = |image: &[W], taps: &[Tap<G>]| {
                taps.iter().fold(<W as num_traits::Zero>::zero(), |sum, &(place, weight)| match image.get(place) {
                    Some(&value) => sum + value * W::from_f64(weight.to_f64()),
                    None => sum,
                })
            };
            let values = self.each(&x.values::<W>()?, &grid, weigh)?;
            Ok(Tensor::from_vec(self.output.clone(), values))
        })?;
        converted(y, data_type)
    }

    /// Computes each output from an image and what it takes of it.
    fn each<T: Copy + Default + Send + Sync, G: Wide>(
        &self,
        x: &[T],
        grid: &[G],
        compute: impl Fn(&[T], &[Tap<G>]) -> T + Sync,
    ) -> Result<Vec<T>> {
        let shape = self.x.shape();
        let spatial = &shape[2..];
        let (channels, size) = (shape[1], spatial.iter().product::<usize>());
        let points: usize = self.output[2..].iter().product();
        let mut y = vec![T::default(); self.output.elements()];
        if y.is_empty() {
            return Ok(y);
        }
        let count = self.sampler.taps_in_all(spatial.len())?;
        let mut taps = vec![(NOWHERE, G::zero()); points * count];
        for (image, y) in y.chunks_exact_mut(channels * points).enumerate() {
            let grid = &grid[image * points * spatial.len()..][..points * spatial.len()];
            let table = Rows {
                length: count,
                work: 16 * count,
            };
            table.fill(&mut taps, |point, taps| {
                let point = &grid[point * spatial.len()..][..spatial.len()];
                self.taps_of(point, spatial, taps);
            });
            let planes = Rows {
                length: points,
                work: points * count,
            };
            planes.fill(y, |channel, y| {
                let plane = &x[(image * channels + channel) * size..][..size];
                for (y, taps) in y.iter_mut().zip(taps.chunks_exact(count)) {
                    *y = compute(plane, taps);
                }
            });
        }
        Ok(y)
    }

    /// What a point takes: the products of what it takes along each dimension.
    fn taps_of<G: Wide>(&self, point: &[G], spatial: &[usize], taps: &mut [Tap<G>]) {
        taps[0] = (0, G::one());
        let mut filled = 1;
        for (i, &size) in spatial.iter().enumerate() {
            // The last dimension comes first in a point.
            let along = self.sampler.along(point[spatial.len() - 1 - i], size);
            for earlier in (0..filled).rev() {
                let (place, weight) = taps[earlier];
                for (j, &(element, share)) in along.iter().enumerate() {
                    let place = match element {
                        Some(element) if place != NOWHERE => place * size + element,
                        _ => NOWHERE,
                    };
                    taps[earlier * along.len() + j] = (place, weight * share);
                }
            }
            filled *= along.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burn_samples_as_memory_does() {
        let x: Vec<f32> = (0..2 * 3 * 4 * 5).map(|i| (i * 29 % 31) as f32).collect();
        let x = Tensor::from_vec([2, 3, 4, 5], x);
        let grid: Vec<f32> = (0..2 * 6 * 3 * 2)
            .map(|i| (i * 17 % 29) as f32 / 11.0 - 1.3)
            .collect();
        let grid = Tensor::from_vec([2, 6, 3, 2], grid);
        for outside in [Outside::Zeros, Outside::Border] {
            for ends in [Ends::Centres, Ends::Borders] {
                let sampler = Sampler {
                    method: Method::Linear,
                    outside,
                    ends,
                };
                let output = output_shape(x.shape(), grid.shape()).unwrap();
                let x = x.clone();
                let burn = sampler.by_burn(x.clone(), grid.clone()).unwrap();
                let images = Images { sampler, x, output };
                let memory = images.sampled::<f32>(&grid, DataType::F32).unwrap();
                assert_eq!(memory.shape(), burn.shape());
                let memory = memory.values::<f32>().unwrap();
                for (a, b) in memory.iter().zip(&*burn.values::<f32>().unwrap()) {
                    assert!((a - b).abs() < 1e-3, "{sampler:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn places_are_reflected() {
        let cases: [(f64, f64); 5] = [(-1.0, 1.0), (4.0, 2.0), (6.0, 0.0), (7.0, 1.0), (-4.0, 2.0)];
        for (place, expected) in cases {
            assert!(
                (reflected(place, 0.0, 3.0) - expected).abs() < 1e-9,
                "{place}"
            );
        }
        assert!(reflected::<f64>(5.0, 0.0, 0.0).abs() < 1e-9);
    }
}
