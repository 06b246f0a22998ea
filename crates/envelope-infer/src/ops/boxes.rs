//! Boxes in images: [NonMaxSuppression](https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html).

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Entry, Facts, Inputs, one};
use crate::tensor::Tensor;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[Entry::since("NonMaxSuppression", 10, suppression)];

/// What the four numbers of a box are.
#[derive(Clone, Copy)]
enum Form {
    Corners,
    Center,
}

fn suppression(facts: &Facts<'_>) -> Result<Built> {
    for input in [0, 1, 3, 4] {
        if input < 2 || facts.has(input) {
            facts.data_type_where(input, |t| t == DataType::F32)?;
        }
    }
    if facts.has(2) {
        facts.data_type_where(2, DataType::is_integer)?;
    }
    let form = match facts.int_or("center_point_box", 0)? {
        0 => Form::Corners,
        1 => Form::Center,
        other => return Err(fault!("`center_point_box` is {other}, expected 0 or 1")),
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| Ok(one(selected(&inputs, form)?));
    Ok(Built::one(DataType::I64, operator))
}

/// A box by its ends along both axes.
#[derive(Clone, Copy)]
struct Area {
    from: [f32; 2],
    to: [f32; 2],
}

impl Area {
    fn new(numbers: &[f32; 4], form: Form) -> Self {
        let [a, b, c, d] = *numbers;
        match form {
            Form::Corners => Self {
                from: [a.min(c), b.min(d)],
                to: [a.max(c), b.max(d)],
            },
            Form::Center => Self {
                from: [a - c / 2.0, b - d / 2.0],
                to: [a + c / 2.0, b + d / 2.0],
            },
        }
    }

    fn size(self) -> f32 {
        (self.to[0] - self.from[0]) * (self.to[1] - self.from[1])
    }

    /// The share of what both cover in what either covers.
    fn overlap(self, other: Self) -> f32 {
        let side = |i: usize| self.to[i].min(other.to[i]) - self.from[i].max(other.from[i]);
        let (height, width) = (side(0), side(1));
        let (own, others) = (self.size(), other.size());
        if height <= 0.0 || width <= 0.0 || own <= 0.0 || others <= 0.0 {
            return 0.0;
        }
        let both = height * width;
        both / (own + others - both)
    }
}

struct Limits {
    most: usize,
    overlap: f32,
    score: Option<f32>,
}

fn limits(inputs: &Inputs) -> Result<Limits> {
    let number = |input: usize| -> Result<Option<f32>> {
        let given = inputs
            .optional(input)?
            .filter(|tensor| tensor.elements() > 0);
        given
            .map(|tensor| Ok(tensor.values::<f32>()?[0]))
            .transpose()
    };
    let most = match inputs.optional(2)?.filter(|tensor| tensor.elements() > 0) {
        Some(most) => usize::try_from(most.integers()?[0]).unwrap_or(0),
        None => 0,
    };
    Ok(Limits {
        most,
        overlap: number(3)?.unwrap_or(0.0),
        score: number(4)?,
    })
}

fn selected(inputs: &Inputs, form: Form) -> Result<Tensor> {
    let (boxes, scores) = (inputs.tensor(0)?, inputs.tensor(1)?);
    let (&[batches, count, 4], &[score_batches, classes, score_count]) =
        (&boxes.shape()[..], &scores.shape()[..])
    else {
        return Err(fault!(
            "boxes {} and scores {}",
            boxes.shape(),
            scores.shape()
        ));
    };
    if batches != score_batches || count != score_count {
        return Err(fault!(
            "boxes {} do not fit scores {}",
            boxes.shape(),
            scores.shape()
        ));
    }
    let limits = limits(inputs)?;
    let (boxes, scores) = (boxes.values::<f32>()?, scores.values::<f32>()?);
    let areas: Vec<Area> = boxes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|numbers| Area::new(numbers, form))
        .collect();
    let mut found: Vec<i64> = Vec::new();
    let signed = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    for (number, scores) in scores.chunks_exact(count.max(1)).enumerate() {
        let (batch, class) = (number / classes, number % classes);
        let areas = &areas[batch * count..(batch + 1) * count];
        for place in of_class(areas, scores, &limits) {
            found.extend([batch, class, place].map(signed));
        }
    }
    Ok(Tensor::from_vec([found.len() / 3, 3], found))
}

/// The boxes of a class that stay, the best one first.
fn of_class(areas: &[Area], scores: &[f32], limits: &Limits) -> Vec<usize> {
    let mut order: Vec<usize> = (0..areas.len())
        .filter(|&i| limits.score.is_none_or(|least| scores[i] > least))
        .collect();
    // Zeros of both signs are equal.
    order.sort_by(|&a, &b| (scores[b] + 0.0).total_cmp(&(scores[a] + 0.0)));
    let mut kept: Vec<usize> = Vec::new();
    for place in order {
        if kept.len() >= limits.most {
            break;
        }
        let covered = |&other: &usize| areas[place].overlap(areas[other]) > limits.overlap;
        if !kept.iter().any(covered) {
            kept.push(place);
        }
    }
    kept
}
