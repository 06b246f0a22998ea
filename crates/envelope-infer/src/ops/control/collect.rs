//! What a loop collects: a tensor of each turn, stacked when it has ended.

use smallvec::SmallVec;

use crate::compile::Body;
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::graph::Dimension;
use crate::operator::Context;
use crate::ops::moving::zeros;
use crate::ops::slice::joined;
use crate::shape::{Shape, axis_of};
use crate::tensor::Tensor;
use crate::value::Value;

/// What a tensor takes beside its elements. Turns that collect nothing but empty tensors are no
/// less bounded than others.
const TENSOR_BYTES: usize = size_of::<Tensor>();

/// Collects some outputs of a body.
#[derive(Clone)]
pub(super) struct Collected {
    lists: Vec<List>,
    bytes: usize,
}

#[derive(Clone)]
struct List {
    tensors: Vec<Tensor>,
    data_type: DataType,
    /// The shape of a turn's tensor as the body states it, with 0 for what it leaves open.
    stated: Shape,
    placement: Placement,
}

/// How the tensors of a list are stacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Placement {
    pub(super) axis: i64,
    pub(super) order: Order,
}

/// In which order turns go, or what is collected from them lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Forward,
    Backward,
}

impl Order {
    /// The flag of an attribute's list: 0 and 1, all 0 if there is no list.
    pub(super) fn of(flags: Option<&[i64]>, number: usize) -> Result<Self> {
        match flags.map_or(Some(&0), |flags| flags.get(number)) {
            Some(0) => Ok(Self::Forward),
            Some(1) => Ok(Self::Backward),
            other => Err(fault!("direction {number} is {other:?}, expected 0 or 1")),
        }
    }
}

impl Collected {
    /// Collects the outputs of a body from one on, which are tensors.
    pub(super) fn of(body: &Body, first: usize) -> Result<Self> {
        let list = |output: usize| {
            let value_type = &body.outputs()[output];
            let data_type = value_type
                .data_type()
                .ok_or_else(|| fault!("{value_type} cannot be collected, expected a tensor"))?;
            let stated = body.output_dimensions(output).unwrap_or_default().iter();
            let size = |dimension: &Dimension| match dimension {
                Dimension::Fixed(size) => *size,
                Dimension::Symbol(_) | Dimension::Any => 0,
            };
            Ok(List {
                tensors: Vec::new(),
                data_type,
                stated: stated.map(size).collect(),
                placement: Placement::default(),
            })
        };
        let lists = (first..body.outputs().len()).map(list);
        Ok(Self {
            lists: lists.collect::<Result<_>>()?,
            bytes: 0,
        })
    }

    /// How many tensors a turn adds.
    pub(super) fn len(&self) -> usize {
        self.lists.len()
    }

    /// Says how one of the lists is stacked.
    pub(super) fn place(&mut self, number: usize, placement: Placement) {
        if let Some(list) = self.lists.get_mut(number) {
            list.placement = placement;
        }
    }

    /// Adds the tensors of a turn.
    pub(super) fn add(
        &mut self,
        values: impl Iterator<Item = Value>,
        context: &Context<'_>,
    ) -> Result<()> {
        for (list, value) in self.lists.iter_mut().zip(values) {
            let tensor = value.into_tensor()?.dense();
            let differs = |first: &&Tensor| first.shape() != tensor.shape();
            if let Some(first) = list.tensors.first().filter(differs) {
                return Err(fault!(
                    "a turn gave shape {}, others {}",
                    tensor.shape(),
                    first.shape()
                ));
            }
            let size = tensor.size_bytes().saturating_add(TENSOR_BYTES);
            self.bytes = self.bytes.saturating_add(size);
            list.tensors.push(tensor);
        }
        context.room_for(&[self.bytes].into(), DataType::U8)?;
        Ok(())
    }

    /// The stacked tensors.
    pub(super) fn stacked(self) -> Result<Vec<Tensor>> {
        self.lists.into_iter().map(List::stacked).collect()
    }
}

impl List {
    fn stacked(mut self) -> Result<Tensor> {
        let shape = self.tensors.first().map_or(&self.stated, Tensor::shape);
        let axis = axis_of(self.placement.axis, shape.rank() + 1)?;
        let mut sizes: SmallVec<[usize; 6]> = shape.iter().copied().collect();
        sizes.insert(axis, 1);
        let mut shape: Shape = sizes.into_iter().collect();
        if self.tensors.is_empty() {
            shape[axis] = 0;
            return zeros(self.data_type, &shape);
        }
        if self.placement.order == Order::Backward {
            self.tensors.reverse();
        }
        let rows = self.tensors.into_iter().map(|x| x.reshaped(shape.clone()));
        joined(rows.collect::<Result<_>>()?, axis)
    }
}
