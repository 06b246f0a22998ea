//! [MaxRoiPool](https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html): the largest elements of the
//! cells of regions.

use super::super::rows::{Rows, larger};
use super::super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use super::super::window::sizes;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) fn max_roi_pool(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 1])?;
    facts.float(0)?;
    let scale = f64::from(facts.number_or("spatial_scale", 1.0)?);
    let pooled = sizes(facts, "pooled_shape", 1)?;
    let Some(&[rows, columns]) = pooled.as_deref() else {
        return Err(fault!(
            "attribute `pooled_shape` is {pooled:?}, expected two numbers"
        ));
    };
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (x, regions) = (inputs.take(0)?, inputs.take(1)?);
        let (&[_, channels, _, _], &[count, 5]) = (&x.shape()[..], &regions.shape()[..]) else {
            return Err(fault!(
                "an image of {} and regions of {} are not supported",
                x.shape(),
                regions.shape()
            ));
        };
        let output = Shape::from([count, channels, rows, columns]);
        context.room_for(&output, wide_type(data_type))?;
        let (x, regions) = (widened_in_memory(x)?, widened_in_memory(regions)?);
        let y = with_wide!(x.data_type(), W => largest::<W>(&x, &regions, scale, output))?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator))
}

/// A region in whole pixels: its image, its first row and column, its height and width.
#[derive(Clone, Copy)]
struct Region {
    image: usize,
    first: (f64, f64),
    size: (f64, f64),
}

impl Region {
    fn of<W: Wide>(values: &[W], scale: f64, images: usize) -> Result<Self> {
        let number = |i: usize| values[i].to_f64();
        let pixel = |i: usize| W::from_f64(number(i) * scale).round().to_f64();
        let whole = number(0);
        if !(whole >= 0.0 && whole < images as f64) {
            return Err(fault!("a region is of image {whole} of {images}"));
        }
        let size = |from: f64, to: f64| (to - from + 1.0).max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let image = whole as usize;
        Ok(Self {
            image,
            first: (pixel(2), pixel(1)),
            size: (size(pixel(2), pixel(4)), size(pixel(1), pixel(3))),
        })
    }
}

/// The pixels of a cell along one dimension.
fn cell(index: usize, cells: usize, first: f64, size: f64, limit: usize) -> std::ops::Range<usize> {
    let step = size / cells as f64;
    let bound = |value: f64| (value + first).clamp(0.0, limit as f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    let range = bound((index as f64 * step).floor()) as usize
        ..bound(((index + 1) as f64 * step).ceil()) as usize;
    range
}

fn largest<W: Wide>(x: &Tensor, regions: &Tensor, scale: f64, output: Shape) -> Result<Tensor> {
    let (values, regions) = (x.values::<W>()?, regions.values::<W>()?);
    let regions: Vec<Region> = regions
        .chunks_exact(5)
        .map(|region| Region::of(region, scale, x.shape()[0]))
        .collect::<Result<_>>()?;
    let (channels, height, width) = (x.shape()[1], x.shape()[2], x.shape()[3]);
    let (rows, columns) = (output[2], output[3]);
    let mut y = vec![W::zero(); output.elements()];
    let work = height * width;
    Rows {
        length: rows * columns,
        work,
    }
    .fill(&mut y, |row, y| {
        let region = &regions[row / channels];
        let plane = region.image * channels + row % channels;
        let plane = &values[plane * height * width..][..height * width];
        for (i, y) in y.iter_mut().enumerate() {
            let vertical = cell(i / columns, rows, region.first.0, region.size.0, height);
            let across = cell(i % columns, columns, region.first.1, region.size.1, width);
            if vertical.is_empty() || across.is_empty() {
                continue;
            }
            let pixels = vertical.flat_map(|r| &plane[r * width..][across.clone()]);
            *y = pixels.copied().fold(W::neg_infinity(), larger);
        }
    });
    Ok(Tensor::from_vec(output, y))
}
