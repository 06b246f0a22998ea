//! From our tensors to burn's and back.

use burn_backend::{BoolStore, DType, TensorMetadata as _};
use burn_dispatch::backends::flex::{FlexTensor, Layout};
use burn_dispatch::{BackendTensor, DispatchAutodiffContext, DispatchTensor, DispatchTensorKind};

use smallvec::SmallVec;

use super::{Storage, Tensor};
use crate::data_type::DataType;
use crate::fault::{Fault, Result, fault};
use crate::shape::Shape;

impl Tensor {
    /// The tensor as burn takes it, in memory or on the GPU, wherever it is.
    ///
    /// # Errors
    /// When burn has no such element type.
    pub(crate) fn into_burn(self) -> Result<DispatchTensor> {
        let bytes = match self.storage {
            Storage::Burn(tensor) => return Ok(*tensor),
            Storage::Strings(_) => return Err(fault!("burn has no tensors of string")),
            Storage::Dense(bytes) => bytes,
        };
        let dtype = burn_type(self.data_type)?;
        let layout = Layout::contiguous(burn_shape(&self.shape));
        let tensor = FlexTensor::from_arc(bytes, layout, dtype);
        let kind = match dtype {
            DType::Bool(_) => BackendTensor::Bool(tensor),
            dtype if dtype.is_float() => BackendTensor::Float(tensor),
            _ => BackendTensor::Int(tensor),
        };
        Ok(DispatchTensor {
            kind: DispatchTensorKind::Flex(kind),
            autodiff: DispatchAutodiffContext::default(),
        })
    }

    /// Takes what burn computed. Dense results in memory are told from views here.
    ///
    /// # Errors
    /// When the tensor has a type that ONNX lacks.
    pub(crate) fn from_burn(tensor: DispatchTensor) -> Result<Self> {
        let shape: Shape = tensor.shape().iter().copied().collect();
        let data_type = our_type(tensor.dtype())?;
        if let Some(flex) = in_memory(&tensor) {
            let dense = flex.layout().is_contiguous() && flex.layout().start_offset() == 0;
            if dense && flex.bytes().len() == shape.elements() * data_type.size_bytes() {
                return Ok(Self {
                    data_type,
                    shape,
                    storage: Storage::Dense(flex.data_arc()),
                });
            }
        }
        Ok(Self {
            data_type,
            shape,
            storage: Storage::Burn(Box::new(tensor)),
        })
    }
}

/// Numbers of single precision in memory, dense or in a view.
pub(crate) struct Strided<'a> {
    /// From the first element on.
    pub(crate) values: &'a [f32],
    /// How far apart neighbours along each dimension lie.
    pub(crate) strides: SmallVec<[usize; 6]>,
}

impl Tensor {
    /// The elements where they lie, if they are numbers of single precision in memory.
    pub(crate) fn strided(&self) -> Option<Strided<'_>> {
        if self.data_type != DataType::F32 {
            return None;
        }
        match &self.storage {
            Storage::Dense(bytes) => Some(Strided {
                values: bytemuck::try_cast_slice(bytes).ok()?,
                strides: self.shape.strides(),
            }),
            Storage::Strings(_) => None,
            Storage::Burn(tensor) => {
                let flex = in_memory(tensor)?;
                let layout = flex.layout();
                let strides = layout.strides().iter();
                let forwards: Option<SmallVec<_>> = strides
                    .map(|&stride| usize::try_from(stride).ok())
                    .collect();
                let strides = forwards.filter(|strides| strides.len() == self.rank())?;
                let values = flex.storage::<f32>().get(layout.start_offset()..)?;
                Some(Strided { values, strides })
            }
        }
    }
}

/// burn's name of an element type.
pub(crate) fn burn_type(data_type: DataType) -> Result<DType> {
    Ok(match data_type {
        DataType::F32 => DType::F32,
        DataType::F64 => DType::F64,
        DataType::F16 => DType::F16,
        DataType::Bf16 => DType::BF16,
        DataType::I8 => DType::I8,
        DataType::I16 => DType::I16,
        DataType::I32 => DType::I32,
        DataType::I64 => DType::I64,
        DataType::U8 => DType::U8,
        DataType::U16 => DType::U16,
        DataType::U32 => DType::U32,
        DataType::U64 => DType::U64,
        DataType::Bool => DType::Bool(BoolStore::Native),
        other => return Err(fault!("burn has no tensors of {other}")),
    })
}

fn our_type(dtype: DType) -> Result<DataType> {
    Ok(match dtype {
        DType::F32 => DataType::F32,
        DType::F64 => DataType::F64,
        DType::F16 => DataType::F16,
        DType::BF16 => DataType::Bf16,
        DType::I8 => DataType::I8,
        DType::I16 => DataType::I16,
        DType::I32 => DataType::I32,
        DType::I64 => DataType::I64,
        DType::U8 => DataType::U8,
        DType::U16 => DataType::U16,
        DType::U32 => DataType::U32,
        DType::U64 => DataType::U64,
        DType::Bool(_) => DataType::Bool,
        other => return Err(Fault(format!("burn gave a tensor of {other:?}"))),
    })
}

/// The shape as burn takes it.
pub(crate) fn burn_shape(shape: &Shape) -> burn_backend::Shape {
    burn_backend::Shape::from(shape.to_vec())
}

/// The processor's tensor that this is, unless it is on a GPU.
#[allow(
    clippy::match_wildcard_for_single_variants,
    reason = "with wgpu there are more"
)]
fn in_memory(tensor: &DispatchTensor) -> Option<&FlexTensor> {
    match &tensor.kind {
        DispatchTensorKind::Flex(
            BackendTensor::Float(flex) | BackendTensor::Int(flex) | BackendTensor::Bool(flex),
        ) => Some(flex),
        #[allow(
            unreachable_patterns,
            clippy::match_wildcard_for_single_variants,
            reason = "without wgpu there is only the processor"
        )]
        _ => None,
    }
}

/// Whether the tensor lies in memory, dense or as a view.
pub(crate) fn is_in_memory(tensor: &DispatchTensor) -> bool {
    in_memory(tensor).is_some()
}
