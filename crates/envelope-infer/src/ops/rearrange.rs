//! Elements in another arrangement: tiles, triangles, blocks of space as depth, reversed sequences.

use smallvec::SmallVec;

use super::moving::{Cut, Movement, Runs, View, moved, repeated};
use super::shape::permuted;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("DepthToSpace", depth_to_space),
    Entry::since("ReverseSequence", 10, reverse_sequence),
    Entry::new("SpaceToDepth", space_to_depth),
    Entry::new("Tile", tile_along_axis),
    Entry::since("Tile", 6, tile),
    Entry::since("Trilu", 14, trilu),
];

fn tile_along_axis(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let operator = |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        // Both are floats in some old models.
        let whole = |input| -> Result<i64> {
            let tensor = inputs.tensor(input)?;
            let number = tensor.number()?;
            #[expect(clippy::cast_possible_truncation, reason = "it is compared afterwards")]
            let rounded = number as i64;
            #[expect(clippy::float_cmp, reason = "whole numbers are exact")]
            if rounded as f64 == number {
                Ok(rounded)
            } else {
                Err(fault!("{number} is no whole number"))
            }
        };
        let axis = x.shape().axis(whole(2)?)?;
        let mut times = vec![1; x.rank()];
        times[axis] = whole(1)?;
        Ok(one(tiled(x, &times, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1, 2]))
}

fn tile(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let operator = |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let times = inputs.tensor(1)?.integers()?;
        Ok(one(tiled(x, &times, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

fn tiled(x: Tensor, times: &[i64], context: &Context<'_>) -> Result<Tensor> {
    let times: Option<Vec<usize>> = times.iter().map(|&n| usize::try_from(n).ok()).collect();
    let times = times
        .filter(|times| times.len() == x.rank())
        .ok_or_else(|| fault!("the numbers of tiles do not fit shape {}", x.shape()))?;
    let too_many = || fault!("{times:?} times {} is too much", x.shape());
    let sizes = x.shape().iter().zip(&times);
    let shape: Option<Shape> = sizes.map(|(size, n)| size.checked_mul(*n)).collect();
    let shape = shape.ok_or_else(too_many)?;
    context.room_for(&shape, x.data_type())?;
    if shape == *x.shape() {
        return Ok(x);
    }
    if x.is_on_gpu() && shape.elements() > 0 {
        let mut tensor = x.into_burn()?;
        for (axis, &n) in times.iter().enumerate().filter(|(_, n)| **n > 1) {
            tensor = repeated(tensor, axis, n);
        }
        return Tensor::from_burn(tensor);
    }
    // Each axis is two: the tiles, along which nothing moves, and the elements of a tile.
    let own = View::dense(x.shape());
    let pairs = times.iter().zip(x.shape().iter()).zip(&own.strides);
    let view = View {
        shape: pairs
            .clone()
            .flat_map(|((&n, &size), _)| [n, size])
            .collect(),
        offset: 0,
        strides: pairs.flat_map(|(_, &stride)| [0, stride]).collect(),
    };
    moved(&view, &[&x], shape)
}

/// Which triangle of a matrix stays.
#[derive(Clone, Copy)]
enum Triangle {
    Upper,
    Lower,
}

struct Triangles {
    triangle: Triangle,
    rows: usize,
    columns: usize,
    diagonal: i64,
}

impl Movement for Triangles {
    fn apply<T: Clone + Default>(&self, inputs: &[&[T]]) -> Result<Vec<T>> {
        let [values] = inputs else {
            return Err(fault!("triangles are of one tensor"));
        };
        let mut made = vec![T::default(); values.len()];
        let rows = values
            .chunks_exact(self.columns)
            .zip(made.chunks_exact_mut(self.columns));
        for ((from, to), row) in rows.zip((0..self.rows).cycle()) {
            let row = i64::try_from(row).unwrap_or(i64::MAX);
            // The upper triangle begins at the diagonal, the lower one ends after it.
            let place = |moved: i64| {
                let place = row
                    .saturating_add(self.diagonal)
                    .saturating_add(moved)
                    .max(0);
                usize::try_from(place)
                    .unwrap_or(usize::MAX)
                    .min(self.columns)
            };
            let kept = match self.triangle {
                Triangle::Upper => place(0)..self.columns,
                Triangle::Lower => 0..place(1),
            };
            to[kept.clone()].clone_from_slice(&from[kept]);
        }
        Ok(made)
    }
}

fn trilu(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let triangle = if facts.flag("upper", true)? {
        Triangle::Upper
    } else {
        Triangle::Lower
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let diagonal = inputs.optional(1)?.map(Tensor::integer).transpose()?;
        let [.., rows, columns] = x.shape()[..] else {
            return Err(fault!("found shape {}, expected matrices", x.shape()));
        };
        let movement = Triangles {
            triangle,
            rows,
            columns,
            diagonal: diagonal.unwrap_or(0),
        };
        Ok(one(moved(&movement, &[x], x.shape().clone())?))
    };
    Ok(Built::one(data_type, operator))
}

/// In which order depth is made of blocks: all depths of a place in the block together, or all
/// places of a depth.
#[derive(Clone, Copy)]
enum Order {
    PlacesFirst,
    DepthsFirst,
}

fn blocks(facts: &Facts<'_>) -> Result<(DataType, usize, Order)> {
    let data_type = facts.data_type(0)?;
    let size = facts
        .int("blocksize")?
        .and_then(|size| usize::try_from(size).ok());
    let size = size.filter(|&size| size > 0 && size.checked_mul(size).is_some());
    let size = size.ok_or_else(|| fault!("attribute `blocksize` is missing or no size"))?;
    let order = match facts.text_or("mode", "DCR")? {
        "DCR" => Order::PlacesFirst,
        "CRD" => Order::DepthsFirst,
        other => return Err(fault!("mode `{other}` is not supported")),
    };
    Ok((data_type, size, order))
}

/// The sizes of images.
#[derive(Clone, Copy)]
struct Images {
    count: usize,
    depth: usize,
    height: usize,
    width: usize,
}

impl Images {
    fn of(x: &Tensor) -> Result<Self> {
        let [count, depth, height, width] = x.shape()[..] else {
            return Err(fault!("found shape {}, expected [N, C, H, W]", x.shape()));
        };
        Ok(Self {
            count,
            depth,
            height,
            width,
        })
    }
}

fn depth_to_space(facts: &Facts<'_>) -> Result<Built> {
    let (data_type, size, order) = blocks(facts)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let images = Images::of(&x)?;
        let Images {
            count,
            height,
            width,
            ..
        } = images;
        if !images.depth.is_multiple_of(size * size) {
            let depth = images.depth;
            return Err(fault!(
                "depth {depth} is not made of blocks of {size} by {size}"
            ));
        }
        let depth = images.depth / (size * size);
        let (apart, axes): ([usize; 6], [usize; 6]) = match order {
            Order::PlacesFirst => (
                [count, size, size, depth, height, width],
                [0, 3, 4, 1, 5, 2],
            ),
            Order::DepthsFirst => (
                [count, depth, size, size, height, width],
                [0, 1, 4, 2, 5, 3],
            ),
        };
        let moved = permuted(x.reshaped(apart)?, &axes)?;
        let made = [count, depth, height * size, width * size];
        Ok(one(moved.reshaped(made)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn space_to_depth(facts: &Facts<'_>) -> Result<Built> {
    let (data_type, size, order) = blocks(facts)?;
    let operator = move |mut inputs: Inputs, _: &Context<'_>| {
        let x = inputs.take(0)?;
        let Images {
            count,
            depth,
            height,
            width,
        } = Images::of(&x)?;
        if !height.is_multiple_of(size) || !width.is_multiple_of(size) {
            return Err(fault!(
                "{height} by {width} is not made of blocks of {size} by {size}"
            ));
        }
        let axes: [usize; 6] = match order {
            Order::PlacesFirst => [0, 3, 5, 1, 2, 4],
            Order::DepthsFirst => [0, 1, 3, 5, 2, 4],
        };
        let (rows, columns) = (height / size, width / size);
        let apart = x.reshaped([count, depth, rows, size, columns, size])?;
        let moved = permuted(apart, &axes)?;
        Ok(one(moved.reshaped([
            count,
            depth * size * size,
            rows,
            columns,
        ])?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

/// Which of the first two axes counts the sequences of a batch; the other one is time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BatchAxis {
    First,
    Second,
}

fn reverse_sequence(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let batch = facts.int_or("batch_axis", 1)?;
    let time = facts.int_or("time_axis", 0)?;
    let batch_axis = match (batch, time) {
        (0, 1) => BatchAxis::First,
        (1, 0) => BatchAxis::Second,
        _ => {
            return Err(fault!(
                "batch axis {batch} and time axis {time} are not the first two axes"
            ));
        }
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| {
        let x = inputs.tensor(0)?;
        let lengths = inputs.tensor(1)?.integers()?;
        let [outer, inner, ..] = x.shape()[..] else {
            return Err(fault!(
                "found shape {}, expected two axes or more",
                x.shape()
            ));
        };
        let (batches, times) = match batch_axis {
            BatchAxis::First => (outer, inner),
            BatchAxis::Second => (inner, outer),
        };
        let length = |&length: &i64| usize::try_from(length).ok().filter(|&n| n <= times);
        let lengths: Option<SmallVec<[usize; 8]>> = lengths.iter().map(length).collect();
        let lengths = lengths.filter(|lengths| lengths.len() == batches);
        let lengths =
            lengths.ok_or_else(|| fault!("the lengths do not fit shape {}", x.shape()))?;
        let starts = if x.elements() == 0 {
            Vec::new()
        } else {
            reversed_starts(&lengths, Cut::at(x.shape(), 1), batch_axis)
        };
        let run = Cut::at(x.shape(), 1).run;
        let movement = Runs {
            starts: &starts,
            run,
        };
        Ok(one(moved(&movement, &[x], x.shape().clone())?))
    };
    Ok(Built::one(data_type, operator))
}

/// Where the runs come from that lie along the first two axes of a tensor, which is cut at the
/// second one.
fn reversed_starts(lengths: &[usize], cut: Cut, batch_axis: BatchAxis) -> Vec<usize> {
    let mut starts = Vec::with_capacity(cut.blocks * cut.rows);
    for outer in 0..cut.blocks {
        for inner in 0..cut.rows {
            let (batch, time) = match batch_axis {
                BatchAxis::First => (outer, inner),
                BatchAxis::Second => (inner, outer),
            };
            let length = lengths[batch];
            let from = if time < length {
                length - 1 - time
            } else {
                time
            };
            let row = match batch_axis {
                BatchAxis::First => outer * cut.rows + from,
                BatchAxis::Second => from * cut.rows + inner,
            };
            starts.push(row * cut.run);
        }
    }
    starts
}
