//! Rows put around a tensor or cut off.

use super::moving::{
    Cut, Piece, Pieces, concatenated, fill_beside, moved, signed, sliced, take_rows,
};
use crate::element::{Number as _, with_float};
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::shape::{Shape, axes_of};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("CenterCropPad", 18, center_crop_pad),
    Entry::new("Pad", pad_by_attributes),
    Entry::since("Pad", 11, pad),
];

/// What new rows hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Constant,
    /// What lies as far on the other side of the outermost row.
    Reflect,
    /// The outermost row.
    Edge,
    /// What comes when the rows begin anew.
    Wrap,
}

impl Mode {
    fn of(facts: &Facts<'_>) -> Result<Self> {
        match facts.text_or("mode", "constant")? {
            "constant" => Ok(Self::Constant),
            "reflect" => Ok(Self::Reflect),
            "edge" => Ok(Self::Edge),
            "wrap" => Ok(Self::Wrap),
            other => Err(fault!("mode `{other}` is not supported")),
        }
    }

    /// The row among `rows` that stands at a place before or after them; there is at least one.
    fn row(self, place: isize, rows: usize) -> usize {
        let last = signed(rows) - 1;
        let row = match self {
            Self::Constant | Self::Edge => place.clamp(0, last),
            Self::Wrap => place.rem_euclid(last + 1),
            Self::Reflect if last == 0 => 0,
            Self::Reflect => {
                let there = place.rem_euclid(2 * last);
                there.min(2 * last - there)
            }
        };
        row.cast_unsigned()
    }
}

/// How many rows come before and after an axis; negative numbers cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pads {
    before: i64,
    after: i64,
}

/// What an axis becomes.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Pieces(Vec<Piece>),
    Rows(Vec<usize>),
}

impl Pads {
    /// The size that an axis of so many rows gets.
    fn size(self, rows: usize) -> Result<usize> {
        i64::try_from(rows)
            .ok()
            .and_then(|rows| rows.checked_add(self.before)?.checked_add(self.after))
            .and_then(|size| usize::try_from(size).ok())
            .ok_or_else(|| {
                fault!(
                    "pads {} and {} do not fit {rows} rows",
                    self.before,
                    self.after
                )
            })
    }

    /// What an axis of so many rows becomes. Rows are cut off before any are added.
    fn plan(self, mode: Mode, rows: usize) -> Result<Plan> {
        let size = self.size(rows)?;
        let count = |pad: i64| usize::try_from(pad).unwrap_or(0);
        let start = count(self.before.saturating_neg()).min(rows);
        let end = rows
            .saturating_sub(count(self.after.saturating_neg()))
            .max(start);
        let kept = end - start;
        if mode == Mode::Constant {
            let before = count(self.before).min(size);
            let kept = kept.min(size - before);
            return Ok(Plan::Pieces(vec![
                Piece::Fill { rows: before },
                Piece::Copy { start, rows: kept },
                Piece::Fill {
                    rows: size - before - kept,
                },
            ]));
        }
        if kept == 0 && size > 0 {
            return Err(fault!("there are no rows to fill {size} with"));
        }
        let first = signed(count(self.before));
        let row = |place: usize| start + mode.row(signed(place) - first, kept);
        Ok(Plan::Rows((0..size).map(row).collect()))
    }
}

/// How a tensor is padded.
struct Padding<'a> {
    /// One entry for each axis.
    pads: Vec<Pads>,
    mode: Mode,
    value: Option<&'a Tensor>,
}

impl Padding<'_> {
    fn of(&self, mut x: Tensor, context: &Context<'_>) -> Result<Tensor> {
        let pads = &self.pads;
        let sizes = pads.iter().zip(x.shape().iter());
        let sizes = sizes.map(|(pads, &rows)| pads.size(rows));
        let shape: Shape = sizes.collect::<Result<_>>()?;
        context.room_for(&shape, x.data_type())?;
        // Axes that shrink go first: then no tensor on the way is larger than the result.
        let grows = |axis: &usize| pads[*axis].before.saturating_add(pads[*axis].after) > 0;
        let (growing, shrinking): (Vec<usize>, Vec<usize>) = (0..pads.len()).partition(grows);
        for axis in shrinking.into_iter().chain(growing.into_iter().rev()) {
            if pads[axis] == Pads::default() {
                continue;
            }
            x = match pads[axis].plan(self.mode, x.shape()[axis])? {
                Plan::Rows(rows) => take_rows(x, axis, &rows)?,
                Plan::Pieces(pieces) => put_together(x, axis, &pieces, self.value)?,
            };
        }
        Ok(x)
    }
}

fn put_together(
    x: Tensor,
    axis: usize,
    pieces: &[Piece],
    value: Option<&Tensor>,
) -> Result<Tensor> {
    let mut shape = x.shape().clone();
    shape[axis] = pieces.iter().map(|piece| piece.rows()).sum();
    if x.is_on_gpu() && shape.elements() > 0 {
        return put_together_on_gpu(x, axis, pieces, value);
    }
    let cut = Cut::at(x.shape(), axis);
    let inputs: Vec<&Tensor> = std::iter::once(&x).chain(value).collect();
    moved(&Pieces { cut, pieces }, &inputs, shape)
}

fn put_together_on_gpu(
    x: Tensor,
    axis: usize,
    pieces: &[Piece],
    value: Option<&Tensor>,
) -> Result<Tensor> {
    let shape = x.shape().clone();
    let tensor = x.into_burn()?;
    let part = |piece: &Piece| match *piece {
        Piece::Copy { start, rows } => {
            let bounds = shape.iter().enumerate().map(|(i, &size)| {
                if i == axis {
                    (start, start + rows)
                } else {
                    (0, size)
                }
            });
            Ok(sliced(tensor.clone(), bounds))
        }
        Piece::Fill { rows } => {
            let mut shape = shape.clone();
            shape[axis] = rows;
            fill_beside(&tensor, &shape, value)
        }
    };
    let parts = pieces.iter().filter(|piece| piece.rows() > 0).map(part);
    Tensor::from_burn(concatenated(parts.collect::<Result<_>>()?, axis))
}

/// Splits the list that has all numbers before first, then all numbers after.
fn pads_of(numbers: &[i64], axes: Option<&[i64]>, rank: usize) -> Result<Vec<Pads>> {
    let axes = match axes {
        Some(axes) => axes_of(axes, rank)?,
        None => (0..rank).collect(),
    };
    if numbers.len() != axes.len() * 2 {
        return Err(fault!(
            "found {} pads for {} axes",
            numbers.len(),
            axes.len()
        ));
    }
    let mut pads = vec![Pads::default(); rank];
    for (i, &axis) in axes.iter().enumerate() {
        pads[axis] = Pads {
            before: numbers[i],
            after: numbers[axes.len() + i],
        };
    }
    Ok(pads)
}

fn pad_by_attributes(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    let mode = Mode::of(facts)?;
    let name = if facts.version() < 2 {
        "paddings"
    } else {
        "pads"
    };
    let numbers = facts
        .ints(name)?
        .ok_or_else(|| fault!("attribute `{name}` is missing"))?;
    let numbers = numbers.to_vec();
    let value = f64::from(facts.number_or("value", 0.0)?);
    let value = with_float!(data_type, T => Ok(Tensor::scalar(T::from_f64(value))))?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let padding = Padding {
            pads: pads_of(&numbers, None, x.rank())?,
            mode,
            value: Some(&value),
        };
        Ok(one(padding.of(x, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere())
}

fn pad(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.same_data_type([0, 2])?;
    let mode = Mode::of(facts)?;
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let axes = inputs.optional(3)?.map(Tensor::integers).transpose()?;
        let pads = pads_of(&inputs.tensor(1)?.integers()?, axes.as_deref(), x.rank())?;
        let value = inputs.optional(2)?;
        if let Some(value) = value.filter(|value| value.elements() != 1) {
            return Err(fault!("the value to fill with has shape {}", value.shape()));
        }
        let padding = Padding { pads, mode, value };
        Ok(one(padding.of(x, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1, 2, 3]))
}

fn center_crop_pad(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.data_type(0)?;
    let axes = facts.ints("axes")?.map(<[i64]>::to_vec);
    let operator = move |mut inputs: Inputs, context: &Context<'_>| {
        let x = inputs.take(0)?;
        let wanted = inputs.tensor(1)?.integers()?;
        let axes = match &axes {
            Some(axes) => axes_of(axes, x.rank())?,
            None => (0..x.rank()).collect(),
        };
        if axes.len() != wanted.len() {
            return Err(fault!("{} sizes for {} axes", wanted.len(), axes.len()));
        }
        let mut pads = vec![Pads::default(); x.rank()];
        for (&axis, &size) in axes.iter().zip(&wanted) {
            pads[axis] = centered(x.shape()[axis], size)?;
        }
        let padding = Padding {
            pads,
            mode: Mode::Constant,
            value: None,
        };
        Ok(one(padding.of(x, context)?))
    };
    Ok(Built::one(data_type, operator).anywhere_but(&[1]))
}

/// What makes an axis of so many rows one of this size, alike on both sides; of an odd number the
/// larger part comes after when adding as well as when cutting off.
fn centered(rows: usize, size: i64) -> Result<Pads> {
    let rows = i64::try_from(rows).map_err(|_| fault!("{rows} rows are too many"))?;
    if size < 0 {
        return Err(fault!("a size is {size}"));
    }
    let added = size - rows;
    let before = added / 2;
    Ok(Pads {
        before,
        after: added - before,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_outside_stand_for_rows() {
        let cases: [(Mode, usize, &[usize]); 4] = [
            (Mode::Edge, 3, &[0, 0, 0, 1, 2, 2, 2]),
            (Mode::Reflect, 3, &[2, 1, 0, 1, 2, 1, 0]),
            (Mode::Wrap, 3, &[1, 2, 0, 1, 2, 0, 1]),
            (Mode::Reflect, 1, &[0, 0, 0, 0, 0, 0, 0]),
        ];
        for (mode, rows, expected) in cases {
            let found: Vec<usize> = (-2..5).map(|place| mode.row(place, rows)).collect();
            assert_eq!(found, expected, "{mode:?}");
        }
    }

    #[test]
    fn pads_that_cut_too_much_are_refused() {
        let pads = |before, after| Pads { before, after };
        assert!(pads(-2, -2).size(3).is_err());
        assert!(pads(i64::MAX, i64::MAX).size(3).is_err());
        assert!(pads(1, 0).plan(Mode::Edge, 0).is_err());
        assert_eq!(
            pads(-1, 2).plan(Mode::Wrap, 3).unwrap(),
            Plan::Rows(vec![1, 2, 1, 2])
        );
        let pieces = vec![
            Piece::Fill { rows: 3 },
            Piece::Copy { start: 0, rows: 0 },
            Piece::Fill { rows: 0 },
        ];
        // More is cut off behind than there is: what was added before goes too.
        assert_eq!(
            pads(5, -4).plan(Mode::Constant, 2).unwrap(),
            Plan::Pieces(pieces)
        );
        assert_eq!(centered(5, 2).unwrap(), pads(-1, -2));
        assert_eq!(centered(2, 5).unwrap(), pads(1, 2));
    }
}
