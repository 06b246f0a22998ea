//! A tensor: element type, shape, and elements in memory or on a GPU.
//!
//! In memory, elements lie dense in row-major order in bytes that several tensors may share, in the
//! very form that burn's processor backend takes: passing a tensor to burn and back copies nothing.
//! Views that burn makes (a transposition, say) stay views until somebody asks for dense elements.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use burn_backend::{BoolStore, Bytes, DType, TensorMetadata as _};
use burn_dispatch::backends::flex::{FlexTensor, Layout};
use burn_dispatch::{BackendTensor, DispatchTensor, DispatchTensorKind};

use crate::data_type::DataType;
use crate::element::Element;
use crate::fault::{Fault, Result, fault};
use crate::shape::Shape;

/// A tensor of any type and shape. Clones share their elements.
#[derive(Clone)]
pub struct Tensor {
    data_type: DataType,
    shape: Shape,
    storage: Storage,
}

#[derive(Clone)]
enum Storage {
    /// Dense elements in native byte order.
    Dense(Arc<Bytes>),
    Strings(Arc<Vec<String>>),
    /// A view of burn's in memory, or a tensor on a GPU.
    Burn(DispatchTensor),
}

impl Tensor {
    /// Makes a tensor of these elements.
    ///
    /// # Errors
    /// When their number is not that of the shape.
    pub fn new<T: Element>(
        shape: impl Into<Shape>,
        elements: Vec<T>,
    ) -> std::result::Result<Self, crate::Error> {
        let shape = shape.into();
        if shape.checked_elements() != Some(elements.len()) {
            return Err(crate::Error::Malformed {
                what: "a tensor".to_owned(),
                message: format!("{} elements do not fill the shape {shape}", elements.len()),
            });
        }
        Ok(Self::from_vec(shape, elements))
    }

    /// Makes a tensor of elements whose number is known to be that of the shape.
    pub(crate) fn from_vec<T: Element>(shape: impl Into<Shape>, elements: Vec<T>) -> Self {
        Self::from_raw(T::TYPE, shape, elements)
    }

    /// The same for types that Rust has no type of its own for: each element as plain bytes of the
    /// size that `data_type` has, such as `u8` 0 or 1 for `Bool`.
    pub(crate) fn from_raw<T: bytemuck::Pod + Send + Sync>(
        data_type: DataType,
        shape: impl Into<Shape>,
        elements: Vec<T>,
    ) -> Self {
        let shape = shape.into();
        debug_assert_eq!(size_of::<T>(), data_type.size_bytes());
        debug_assert_eq!(shape.elements(), elements.len(), "{shape}");
        let storage = Storage::Dense(Arc::new(Bytes::from_elems(elements)));
        Self {
            data_type,
            shape,
            storage,
        }
    }

    /// Makes a tensor of booleans.
    pub(crate) fn from_bools(
        shape: impl Into<Shape>,
        elements: impl IntoIterator<Item = bool>,
    ) -> Self {
        Self::from_raw(
            DataType::Bool,
            shape,
            elements.into_iter().map(u8::from).collect(),
        )
    }

    /// Makes a tensor of strings.
    pub fn from_strings(shape: impl Into<Shape>, elements: Vec<String>) -> Self {
        let shape = shape.into();
        debug_assert_eq!(shape.elements(), elements.len());
        Self {
            data_type: DataType::String,
            shape,
            storage: Storage::Strings(Arc::new(elements)),
        }
    }

    /// Makes a tensor from its bytes in native order, one element after another.
    ///
    /// # Errors
    /// When the number of bytes is not that of the shape, or the type is `string`.
    pub fn from_bytes(
        data_type: DataType,
        shape: impl Into<Shape>,
        bytes: &[u8],
    ) -> std::result::Result<Self, crate::Error> {
        let shape = shape.into();
        let expected = shape
            .checked_elements()
            .and_then(|n| n.checked_mul(data_type.size_bytes()));
        if expected != Some(bytes.len()) || data_type == DataType::String {
            return Err(crate::Error::Malformed {
                what: "a tensor".to_owned(),
                message: format!("{} bytes do not fill {data_type} {shape}", bytes.len()),
            });
        }
        Ok(Self::from_dense_bytes(data_type, shape, bytes))
    }

    fn from_dense_bytes(data_type: DataType, shape: Shape, bytes: &[u8]) -> Self {
        let dense = Self::exact(data_type, bytes);
        Self {
            data_type,
            shape,
            storage: Storage::Dense(Arc::new(dense)),
        }
    }

    /// The bytes in a buffer of exactly their length, aligned for the type.
    fn exact(data_type: DataType, bytes: &[u8]) -> Bytes {
        match data_type.size_bytes() {
            2 => Bytes::from_elems(bytemuck::pod_collect_to_vec::<u8, u16>(bytes)),
            4 => Bytes::from_elems(bytemuck::pod_collect_to_vec::<u8, u32>(bytes)),
            8 | 16 => Bytes::from_elems(bytemuck::pod_collect_to_vec::<u8, u64>(bytes)),
            _ => Bytes::from_elems(bytes.to_vec()),
        }
    }

    /// A scalar.
    pub(crate) fn scalar<T: Element>(value: T) -> Self {
        Self::from_vec(Shape::scalar(), vec![value])
    }

    /// A vector of 64-bit integers, as shapes and axes are.
    pub(crate) fn from_sizes(sizes: &[usize]) -> Self {
        let values: Vec<i64> = sizes
            .iter()
            .map(|&n| i64::try_from(n).unwrap_or(i64::MAX))
            .collect();
        Self::from_vec([values.len()], values)
    }

    /// The type of the elements.
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The number of dimensions.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// The number of elements.
    pub fn elements(&self) -> usize {
        self.shape.elements()
    }

    /// The elements, which must be of this type: a view where they lie dense in memory, else a copy.
    ///
    /// # Errors
    /// When the tensor has another type.
    pub(crate) fn values<T: Element>(&self) -> Result<Cow<'_, [T]>> {
        if T::TYPE != self.data_type {
            return Err(fault!(
                "found a tensor of {}, expected {}",
                self.data_type,
                T::TYPE
            ));
        }
        Ok(self.raw())
    }

    /// The elements as plain values of their size, whatever their type is: `u8` for `Bool`.
    /// Strings have none.
    pub(crate) fn raw<T: bytemuck::Pod>(&self) -> Cow<'_, [T]> {
        debug_assert!(size_of::<T>() == self.data_type.size_bytes() || self.elements() == 0);
        match &self.storage {
            Storage::Dense(bytes) => match bytemuck::try_cast_slice(bytes) {
                Ok(elements) => Cow::Borrowed(elements),
                Err(_) => Cow::Owned(bytemuck::pod_collect_to_vec(bytes)),
            },
            Storage::Strings(_) => Cow::Owned(Vec::new()),
            Storage::Burn(tensor) => {
                let data = read(tensor.clone());
                Cow::Owned(bytemuck::pod_collect_to_vec(&data))
            }
        }
    }

    /// Whether each element is set; for tensors of `Bool`.
    pub(crate) fn bools(&self) -> Result<Cow<'_, [u8]>> {
        if self.data_type != DataType::Bool {
            return Err(fault!(
                "found a tensor of {}, expected bool",
                self.data_type
            ));
        }
        Ok(self.raw())
    }

    /// The strings; for tensors of `String`.
    pub(crate) fn strings(&self) -> Result<&[String]> {
        match &self.storage {
            Storage::Strings(strings) => Ok(strings),
            _ => Err(fault!(
                "found a tensor of {}, expected string",
                self.data_type
            )),
        }
    }

    /// The strings, for tensors of strings.
    pub fn as_strings(&self) -> Option<&[String]> {
        self.strings().ok()
    }

    /// The bytes of the elements in native order, dense; empty for strings.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match &self.storage {
            Storage::Dense(bytes) => Cow::Borrowed(&bytes[..]),
            Storage::Strings(_) => Cow::Owned(Vec::new()),
            Storage::Burn(tensor) => Cow::Owned(read(tensor.clone()).to_vec()),
        }
    }

    /// The elements as a vector, taken without a copy where nobody else holds them.
    pub(crate) fn into_vec<T: Element>(self) -> Result<Vec<T>> {
        if T::TYPE != self.data_type {
            return Err(fault!(
                "found a tensor of {}, expected {}",
                self.data_type,
                T::TYPE
            ));
        }
        Ok(self.into_raw())
    }

    /// The same for plain values of the elements' size.
    pub(crate) fn into_raw<T: bytemuck::Pod>(self) -> Vec<T> {
        match self.storage {
            Storage::Dense(bytes) => match Arc::try_unwrap(bytes) {
                Ok(bytes) => bytes
                    .try_into_vec::<T>()
                    .unwrap_or_else(|bytes| bytemuck::pod_collect_to_vec(&bytes)),
                Err(bytes) => bytemuck::pod_collect_to_vec(&bytes),
            },
            Storage::Strings(_) => Vec::new(),
            Storage::Burn(tensor) => bytemuck::pod_collect_to_vec(&read(tensor)),
        }
    }

    /// The elements as 64-bit integers, from any integer type or bool.
    pub fn to_i64s(&self) -> std::result::Result<Vec<i64>, crate::Error> {
        self.integers().map_err(|fault| crate::Error::Malformed {
            what: "a tensor".to_owned(),
            message: fault.0,
        })
    }

    /// The elements as 64-bit integers: what axes, shapes and indices are read with.
    pub(crate) fn integers(&self) -> Result<Vec<i64>> {
        Ok(match self.data_type {
            DataType::I64 => self.values::<i64>()?.into_owned(),
            DataType::I32 => self.values::<i32>()?.iter().map(|&v| v.into()).collect(),
            DataType::I16 => self.values::<i16>()?.iter().map(|&v| v.into()).collect(),
            DataType::I8 => self.values::<i8>()?.iter().map(|&v| v.into()).collect(),
            DataType::U8 => self.values::<u8>()?.iter().map(|&v| v.into()).collect(),
            DataType::U16 => self.values::<u16>()?.iter().map(|&v| v.into()).collect(),
            DataType::U32 => self.values::<u32>()?.iter().map(|&v| v.into()).collect(),
            DataType::U64 => {
                let too_large = |_| fault!("an unsigned integer does not fit 64 bits with sign");
                let values = self.values::<u64>()?;
                values
                    .iter()
                    .map(|&v| i64::try_from(v).map_err(too_large))
                    .collect::<Result<_>>()?
            }
            DataType::Bool => self.raw::<u8>().iter().map(|&v| v.into()).collect(),
            other => return Err(fault!("found a tensor of {other}, expected integers")),
        })
    }

    /// The one integer of a tensor of one element.
    pub(crate) fn integer(&self) -> Result<i64> {
        match self.integers()?[..] {
            [value] => Ok(value),
            _ => Err(fault!("found shape {}, expected one element", self.shape)),
        }
    }

    /// The one number of a tensor of one element.
    pub(crate) fn number(&self) -> Result<f64> {
        if self.elements() != 1 {
            return Err(fault!("found shape {}, expected one element", self.shape));
        }
        crate::element::with_number!(self.data_type, T => {
            Ok(crate::element::Number::to_f64(self.values::<T>()?[0]))
        })
    }

    /// The one boolean of a tensor of one element.
    pub(crate) fn flag(&self) -> Result<bool> {
        match self.bools()?[..] {
            [value] => Ok(value != 0),
            _ => Err(fault!("found shape {}, expected one element", self.shape)),
        }
    }

    /// The same elements in another shape of as many.
    pub(crate) fn reshaped(self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if shape.checked_elements() != Some(self.elements()) {
            return Err(fault!("shape {} cannot become {shape}", self.shape));
        }
        if shape == self.shape {
            return Ok(self);
        }
        let storage = match self.storage {
            Storage::Burn(tensor) => Storage::Burn(crate::burn_tensor::reshape(tensor, &shape)),
            storage => storage,
        };
        Ok(Self {
            shape,
            storage,
            ..self
        })
    }

    /// The same bytes as another type of the same size.
    pub(crate) fn reinterpreted(self, data_type: DataType) -> Self {
        debug_assert_eq!(self.data_type.size_bytes(), data_type.size_bytes());
        Self {
            data_type,
            ..self.dense()
        }
    }

    /// The same tensor with its elements dense in memory.
    pub(crate) fn dense(self) -> Self {
        let Storage::Burn(tensor) = self.storage else {
            return self;
        };
        Self {
            storage: Storage::Dense(Arc::new(read(tensor))),
            ..self
        }
    }

    /// Whether the elements lie on a GPU.
    pub(crate) fn is_on_gpu(&self) -> bool {
        matches!(&self.storage, Storage::Burn(tensor) if !is_in_memory(tensor))
    }

    /// Bytes that the elements take; strings count their text.
    pub fn size_bytes(&self) -> usize {
        match &self.storage {
            Storage::Strings(strings) => strings.iter().map(String::len).sum(),
            _ => self.elements() * self.data_type.size_bytes(),
        }
    }

    /// The tensor as burn takes it, in memory or on the GPU, wherever it is.
    ///
    /// # Errors
    /// When burn has no such element type.
    pub(crate) fn into_burn(self) -> Result<DispatchTensor> {
        let bytes = match self.storage {
            Storage::Burn(tensor) => return Ok(tensor),
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
            autodiff: Default::default(),
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
            storage: Storage::Burn(tensor),
        })
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

fn in_memory(tensor: &DispatchTensor) -> Option<&FlexTensor> {
    match &tensor.kind {
        DispatchTensorKind::Flex(
            BackendTensor::Float(flex) | BackendTensor::Int(flex) | BackendTensor::Bool(flex),
        ) => Some(flex),
        #[allow(
            unreachable_patterns,
            reason = "without wgpu there is only the processor"
        )]
        _ => None,
    }
}

fn is_in_memory(tensor: &DispatchTensor) -> bool {
    in_memory(tensor).is_some()
}

/// The dense bytes of a view or of a tensor on the GPU. Bool comes as bytes 0 and 1.
fn read(tensor: DispatchTensor) -> Bytes {
    crate::burn_tensor::read(tensor)
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.is_on_gpu() { " on the GPU" } else { "" };
        write!(f, "{} {}{place}", self.data_type, self.shape)
    }
}

impl Tensor {
    /// Whether nobody else holds the elements, so that they can be overwritten.
    pub(crate) fn is_unshared(&self) -> bool {
        matches!(&self.storage, Storage::Dense(bytes) if Arc::strong_count(bytes) == 1)
    }
}
