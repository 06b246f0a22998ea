//! [RoiAlign](https://onnx.ai/onnx/operators/onnx__RoiAlign.html): pools regions of images at
//! places between their elements.

use super::super::rows::Rows;
use super::super::wide::{Wide, converted, wide_type, widened_in_memory, with_wide};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// How the samples of a cell become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Average,
    /// The largest product of an element and its weight, as the standard has it.
    Max,
}

#[derive(Clone, Copy, Debug)]
struct Attributes {
    mode: Mode,
    rows: usize,
    columns: usize,
    /// How many samples a cell has in each direction; 0 if that follows from its size.
    samples: usize,
    scale: f64,
    /// What is taken off coordinates; half an element unless the old rules hold.
    shift: f64,
}

pub(super) fn roi_align(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 1])?;
    facts.float(0)?;
    facts.data_type_where(2, |found| found == DataType::I64)?;
    let attributes = Attributes {
        mode: match facts.text_or("mode", "avg")? {
            "avg" => Mode::Average,
            "max" => Mode::Max,
            other => return Err(fault!("attribute `mode` is `{other}`")),
        },
        rows: size(facts, "output_height", 1)?,
        columns: size(facts, "output_width", 1)?,
        samples: size(facts, "sampling_ratio", 0)?,
        scale: f64::from(facts.number_or("spatial_scale", 1.0)?),
        shift: shift(facts)?,
    };
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let (x, regions) = (inputs.take(0)?, inputs.take(1)?);
        let images = inputs.tensor(2)?.integers()?;
        let (&[batch, channels, _, _], &[count, 4]) = (&x.shape()[..], &regions.shape()[..]) else {
            return Err(fault!(
                "images of {} and regions of {} are not supported",
                x.shape(),
                regions.shape()
            ));
        };
        if images.len() != count {
            return Err(fault!("{count} regions are of {} images", images.len()));
        }
        let image = |&index: &i64| {
            let image = usize::try_from(index).ok().filter(|&index| index < batch);
            image.ok_or_else(|| fault!("a region is of image {index} of {batch}"))
        };
        let images: Vec<usize> = images.iter().map(image).collect::<Result<_>>()?;
        let output = Shape::from([count, channels, attributes.rows, attributes.columns]);
        context.room_for(&output, wide_type(data_type))?;
        let (x, regions) = (widened_in_memory(x)?, widened_in_memory(regions)?);
        let y = with_wide!(x.data_type(), W => {
            let regions = attributes.regions(&regions.values::<W>()?, &images);
            attributes.check_samples(&regions, context)?;
            attributes.pooled::<W>(&x, &regions, output)
        })?;
        Ok(one(converted(y, data_type)?))
    };
    Ok(Built::one(data_type, operator))
}

fn size(facts: &Facts<'_>, name: &str, default: i64) -> Result<usize> {
    let value = facts.int_or(name, default)?;
    usize::try_from(value)
        .ok()
        .filter(|&size| size <= 1 << 20)
        .ok_or_else(|| fault!("attribute `{name}` is {value}"))
}

fn shift(facts: &Facts<'_>) -> Result<f64> {
    let default = if facts.version() < 16 {
        "output_half_pixel"
    } else {
        "half_pixel"
    };
    match facts.text_or("coordinate_transformation_mode", default)? {
        "half_pixel" => Ok(0.5),
        "output_half_pixel" => Ok(0.0),
        other => Err(fault!(
            "attribute `coordinate_transformation_mode` is `{other}`"
        )),
    }
}

/// A region along one dimension.
#[derive(Clone, Copy, Debug)]
struct Extent {
    start: f64,
    /// The size of a cell.
    cell: f64,
    /// The number of samples in a cell.
    samples: usize,
}

struct Region {
    image: usize,
    vertical: Extent,
    across: Extent,
}

impl Attributes {
    fn regions<W: Wide>(&self, values: &[W], images: &[usize]) -> Vec<Region> {
        let region = |(corners, &image): (&[W], &usize)| {
            let corner = |i: usize| corners[i].to_f64() * self.scale - self.shift;
            Region {
                image,
                vertical: self.extent(corner(1), corner(3), self.rows),
                across: self.extent(corner(0), corner(2), self.columns),
            }
        };
        values.chunks_exact(4).zip(images).map(region).collect()
    }

    fn extent(&self, start: f64, end: f64, cells: usize) -> Extent {
        // The old rules make regions without size one element large.
        let least = if self.shift == 0.0 {
            1.0
        } else {
            f64::NEG_INFINITY
        };
        let cell = (end - start).max(least) / cells as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates"
        )]
        let needed = cell.ceil() as usize;
        let samples = if self.samples > 0 {
            self.samples
        } else {
            needed
        };
        Extent {
            start,
            cell,
            samples,
        }
    }

    /// Samples are looked up for each region at once, and so they must have room.
    fn check_samples(&self, regions: &[Region], context: &Context<'_>) -> Result<()> {
        for region in regions {
            let vertical = region.vertical.samples.saturating_mul(self.rows);
            let across = region.across.samples.saturating_mul(self.columns);
            context.room_for(&Shape::from([vertical, across]), DataType::Complex128)?;
        }
        Ok(())
    }

    fn pooled<W: Wide>(&self, x: &Tensor, regions: &[Region], output: Shape) -> Result<Tensor> {
        let values = x.values::<W>()?;
        let (channels, height, width) = (x.shape()[1], x.shape()[2], x.shape()[3]);
        let length = self.rows * self.columns;
        let mut y = vec![W::zero(); output.elements()];
        let plane = height * width;
        if plane == 0 || channels * length == 0 {
            return Ok(Tensor::from_vec(output, y));
        }
        for (region, y) in regions.iter().zip(y.chunks_exact_mut(channels * length)) {
            let vertical = region.vertical.lines(self.rows, height);
            let across = region.across.lines(self.columns, width);
            let work = vertical.len() * across.len() * 4;
            Rows { length, work }.fill(y, |channel, y| {
                let image = &values[(region.image * channels + channel) * plane..][..plane];
                for (i, y) in y.iter_mut().enumerate() {
                    let vertical = region.vertical.of_cell(&vertical, i / self.columns);
                    let across = region.across.of_cell(&across, i % self.columns);
                    *y = self.cell(&Cell {
                        image,
                        width,
                        vertical,
                        across,
                    });
                }
            });
        }
        Ok(Tensor::from_vec(output, y))
    }

    fn cell<W: Wide>(&self, cell: &Cell<'_, W>) -> W {
        let samples = cell
            .vertical
            .iter()
            .flat_map(|v| cell.across.iter().map(move |a| (v, a)));
        let terms = samples.map(|pair| match pair {
            (Some(vertical), Some(across)) => cell.terms(vertical, across),
            _ => [W::zero(); 4],
        });
        match self.mode {
            Mode::Average => {
                let count = (cell.vertical.len() * cell.across.len()).max(1);
                let sum = terms.flatten().fold(W::zero(), |sum, term| sum + term);
                sum / W::from_f64(count as f64)
            }
            Mode::Max => terms.flatten().reduce(W::max).unwrap_or(W::zero()),
        }
    }
}

/// A sample along one dimension: the elements before and after it, and what the latter counts.
type Line = Option<(usize, usize, f64)>;

impl Extent {
    /// All samples of all cells; nothing for those that lie outside.
    fn lines(&self, cells: usize, size: usize) -> Vec<Line> {
        let line = |i: usize| {
            let (cell, sample) = (i / self.samples, i % self.samples);
            let within = (sample as f64 + 0.5) * self.cell / self.samples as f64;
            let place = self.start + cell as f64 * self.cell + within;
            if !(-1.0..=size as f64).contains(&place) {
                return None;
            }
            let place = place.max(0.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked above"
            )]
            let low = place as usize;
            if low + 1 >= size {
                Some((size - 1, size - 1, 0.0))
            } else {
                Some((low, low + 1, place - low as f64))
            }
        };
        (0..cells * self.samples).map(line).collect()
    }

    fn of_cell<'a>(&self, lines: &'a [Line], cell: usize) -> &'a [Line] {
        &lines[cell * self.samples..][..self.samples]
    }
}

/// The samples of a cell in an image.
struct Cell<'a, W> {
    image: &'a [W],
    width: usize,
    vertical: &'a [Line],
    across: &'a [Line],
}

impl<W: Wide> Cell<'_, W> {
    /// The four elements around a sample, each times its weight.
    fn terms(&self, vertical: &(usize, usize, f64), across: &(usize, usize, f64)) -> [W; 4] {
        let (&(top, bottom, down), &(left, right, along)) = (vertical, across);
        let term = |row: usize, column: usize, weight: f64| {
            W::from_f64(weight) * self.image[row * self.width + column]
        };
        [
            term(top, left, (1.0 - down) * (1.0 - along)),
            term(top, right, (1.0 - down) * along),
            term(bottom, left, down * (1.0 - along)),
            term(bottom, right, down * along),
        ]
    }
}
