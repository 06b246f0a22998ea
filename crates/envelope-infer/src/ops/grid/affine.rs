//! [AffineGrid](https://onnx.ai/onnx/operators/onnx__AffineGrid.html): the places of an image's
//! elements after an affine map, for `GridSample`.

use super::super::rows::Rows;
use super::super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn affine_grid(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    facts.data_type_where(1, |found| found == DataType::I64)?;
    let corners = facts.flag("align_corners", false)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let maps = inputs.take(0)?;
        let sizes = inputs.tensor(1)?.integers()?;
        let sizes: Option<Shape> = sizes
            .iter()
            .map(|&size| usize::try_from(size).ok())
            .collect();
        let sizes = sizes.ok_or_else(|| fault!("a size is negative"))?;
        let &[batch, _, ref spatial @ ..] = &sizes[..] else {
            return Err(fault!("{sizes} is no size of images"));
        };
        let rank = spatial.len();
        if !(2..=3).contains(&rank) || maps.shape()[..] != [batch, rank, rank + 1] {
            return Err(fault!(
                "maps of {} do not fit images of {sizes}",
                maps.shape()
            ));
        }
        let head = std::iter::once(batch);
        let output: Shape = head.chain(spatial.iter().copied()).chain([rank]).collect();
        context.room_for(&output, wide_type(data_type))?;
        let maps = widened_in_memory(maps)?;
        let grid = with_wide!(maps.data_type(), W => mapped::<W>(&maps, spatial, corners.into()))?;
        Ok(one(converted(grid.reshaped(output)?, data_type)?))
    };
    Ok(Built::one(data_type, operator))
}

/// What the ends of -1 and 1 stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// The centres of the outermost elements.
    Centres,
    /// Their outer borders.
    Borders,
}

impl From<bool> for Ends {
    fn from(align_corners: bool) -> Self {
        if align_corners {
            Self::Centres
        } else {
            Self::Borders
        }
    }
}

impl Ends {
    /// The places of the elements of a dimension, between -1 and 1.
    fn places<W: Wide>(self, size: usize) -> Vec<W> {
        let place = |i: usize| match self {
            // A single element has the place where the dimension begins.
            Self::Centres if size == 1 => -1.0,
            Self::Centres => -1.0 + 2.0 * i as f64 / (size as f64 - 1.0),
            Self::Borders => -1.0 + (2.0 * i as f64 + 1.0) / size as f64,
        };
        (0..size).map(|i| W::from_f64(place(i))).collect()
    }
}

fn mapped<W: Wide>(maps: &Tensor, spatial: &[usize], ends: Ends) -> Result<Tensor> {
    let rank = spatial.len();
    let maps = maps.values::<W>()?;
    let batch = maps.len() / (rank * (rank + 1));
    let places: Vec<Vec<W>> = spatial.iter().map(|&size| ends.places(size)).collect();
    let columns = spatial[rank - 1];
    let rows: usize = spatial[..rank - 1].iter().product();
    let mut grid = vec![W::zero(); batch * rows * columns * rank];
    Rows {
        length: columns * rank,
        work: columns * rank * (rank + 1),
    }
    .fill(&mut grid, |number, row| {
        let map = &maps[number / rows * rank * (rank + 1)..][..rank * (rank + 1)];
        let outer = number % rows;
        for (i, point) in row.chunks_exact_mut(rank).enumerate() {
            // The last dimension comes first in a point.
            let x = places[rank - 1][i];
            let y = places[rank - 2][outer % spatial[rank - 2]];
            let z = if rank == 3 {
                places[0][outer / spatial[1]]
            } else {
                W::zero()
            };
            for (coordinate, map) in point.iter_mut().zip(map.chunks_exact(rank + 1)) {
                let sum = map[0] * x + map[1] * y + map[rank];
                *coordinate = if rank == 3 { sum + map[2] * z } else { sum };
            }
        }
    });
    let points = grid.len() / rank;
    Ok(Tensor::from_vec([points, rank], grid))
}
