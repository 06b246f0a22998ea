//! [RotaryEmbedding](https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html): pairs of elements
//! turned by angles that depend on the position.

use super::heads;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::operator::{Built, Context, Facts, Inputs, one};
use crate::ops::wide::{converted, widened};
use crate::tensor::Tensor;

struct Rotary {
    data_type: DataType,
    heads: Option<usize>,
    /// How many elements of a head are turned; all if nothing is said.
    turned: Option<usize>,
    is_interleaved: bool,
}

pub(super) fn build(facts: &Facts<'_>) -> Result<Built> {
    let data_type = facts.float(0)?;
    facts.same_data_type([0, 1, 2])?;
    if facts.has(3) {
        facts.data_type_where(3, DataType::is_integer)?;
    }
    let turned = facts.int_or("rotary_embedding_dim", 0)?;
    let turned =
        usize::try_from(turned).map_err(|_| fault!("`rotary_embedding_dim` is {turned}"))?;
    let heads = match facts.int_or("num_heads", 0)? {
        0 => None,
        _ => heads::count(facts, "num_heads")?,
    };
    let rotary = Rotary {
        data_type,
        heads,
        turned: Some(turned).filter(|&turned| turned > 0),
        is_interleaved: facts.flag("interleaved", false)?,
    };
    let operator = move |inputs: Inputs, _: &Context<'_>| Ok(one(rotary.run(inputs)?));
    Ok(Built::one(data_type, operator))
}

/// Where the rows of a head lie.
#[derive(Clone, Copy)]
struct Places {
    batch: usize,
    sequence: usize,
    heads: usize,
    head: usize,
    /// Whether all heads of a position lie side by side.
    is_flat: bool,
}

impl Places {
    fn of(x: &Tensor, heads: Option<usize>) -> Result<Self> {
        let (batch, sequence, heads, head, is_flat) = match (&x.shape()[..], heads) {
            (&[batch, heads, sequence, head], _) => (batch, sequence, heads, head, false),
            (&[batch, sequence, width], Some(heads)) if width.is_multiple_of(heads) => {
                (batch, sequence, heads, width / heads, true)
            }
            (shape, heads) => {
                return Err(fault!("shape {shape:?} does not hold {heads:?} heads"));
            }
        };
        Ok(Self {
            batch,
            sequence,
            heads,
            head,
            is_flat,
        })
    }

    /// The position in the batch that a row of a head has.
    fn position(self, row: usize) -> usize {
        if self.is_flat {
            row / self.heads
        } else {
            let batch = row / (self.heads * self.sequence);
            batch * self.sequence + row % self.sequence
        }
    }
}

impl Rotary {
    fn run(&self, mut inputs: Inputs) -> Result<Tensor> {
        let x = inputs.take(0)?;
        let places = Places::of(&x, self.heads)?;
        let turned = self.turned.unwrap_or(places.head);
        if turned > places.head || !turned.is_multiple_of(2) {
            return Err(fault!(
                "{turned} of {} elements cannot be turned",
                places.head
            ));
        }
        let half = turned / 2;
        let rows = rows(&inputs, places, half)?;
        let wide = converted_tables(&mut inputs)?;
        let (cosines, sines) = (wide[0].values::<f32>()?, wide[1].values::<f32>()?);
        let shape = x.shape().clone();
        let data_type = self.data_type;
        if data_type == DataType::F64 {
            return Err(fault!("{data_type} is not supported here"));
        }
        let mut values: Vec<f32> = widened(x)?.into_vec()?;
        for (number, row) in values.chunks_exact_mut(places.head.max(1)).enumerate() {
            let start = rows[places.position(number)] * half;
            let (cosines, sines) = (&cosines[start..start + half], &sines[start..start + half]);
            if self.is_interleaved {
                turn_neighbours(&mut row[..turned], cosines, sines);
            } else {
                let (first, second) = row[..turned].split_at_mut(half);
                turn(first, second, cosines, sines);
            }
        }
        converted(Tensor::from_vec(shape, values), data_type)
    }
}

fn converted_tables(inputs: &mut Inputs) -> Result<[Tensor; 2]> {
    Ok([widened(inputs.take(1)?)?, widened(inputs.take(2)?)?])
}

/// The row of the tables for each position of the batch.
fn rows(inputs: &Inputs, places: Places, half: usize) -> Result<Vec<usize>> {
    let (cosines, sines) = (inputs.tensor(1)?.shape(), inputs.tensor(2)?.shape());
    if cosines != sines || cosines.last() != Some(&half) {
        return Err(fault!(
            "tables of shape {cosines} and {sines} do not turn {half} pairs"
        ));
    }
    let positions = [places.batch, places.sequence];
    let count = places.batch * places.sequence;
    let Some(numbers) = inputs.optional(3)? else {
        if cosines.rank() != 3 || cosines[..2] != positions {
            return Err(fault!(
                "tables of shape {cosines} do not fit {positions:?} positions"
            ));
        }
        return Ok((0..count).collect());
    };
    if cosines.rank() != 2 || numbers.shape()[..] != positions {
        let found = numbers.shape();
        return Err(fault!(
            "tables of shape {cosines} and positions of shape {found} do not fit"
        ));
    }
    let numbers = numbers.integers()?;
    let rows = numbers.iter().map(|&number| {
        usize::try_from(number)
            .ok()
            .filter(|&row| row < cosines[0])
            .ok_or_else(|| fault!("position {number} is not among {}", cosines[0]))
    });
    rows.collect()
}

fn turn(first: &mut [f32], second: &mut [f32], cosines: &[f32], sines: &[f32]) {
    let pairs = first.iter_mut().zip(second).zip(cosines.iter().zip(sines));
    for ((a, b), (&cosine, &sine)) in pairs {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

fn turn_neighbours(row: &mut [f32], cosines: &[f32], sines: &[f32]) {
    let pairs = row.as_chunks_mut::<2>().0;
    for ([a, b], (&cosine, &sine)) in pairs.iter_mut().zip(cosines.iter().zip(sines)) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}
