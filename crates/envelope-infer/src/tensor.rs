//! A tensor: element type, shape, and elements in memory or on a GPU.
//!
//! In memory, elements lie dense in row-major order in bytes that several tensors may share, in the
//! very form that burn's processor backend takes: passing a tensor to burn and back copies nothing.
//! Views that burn makes (a transposition, say) stay views until somebody asks for dense elements.

#[cfg(feature = "arrow")]
mod arrow;
mod burn;
#[cfg(feature = "ndarray")]
mod ndarray;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use burn_backend::Bytes;
use burn_dispatch::DispatchTensor;

use crate::burn_tensor::read;
use crate::data_type::DataType;
use crate::element::Element;
use crate::fault::{Result, fault};
use crate::shape::Shape;

pub(crate) use burn::{Strided, burn_shape, burn_type, is_in_memory};

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
    Burn(Box<DispatchTensor>),
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
                let data = read((**tensor).clone());
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
            Storage::Burn(tensor) => Cow::Owned(read((**tensor).clone()).to_vec()),
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
            Storage::Burn(tensor) => bytemuck::pod_collect_to_vec(&read(*tensor)),
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
            Storage::Burn(tensor) => {
                Storage::Burn(Box::new(crate::burn_tensor::reshape(*tensor, &shape)))
            }
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
            storage: Storage::Dense(Arc::new(read(*tensor))),
            ..self
        }
    }

    /// Whether the elements lie on a GPU.
    pub(crate) fn is_on_gpu(&self) -> bool {
        matches!(&self.storage, Storage::Burn(tensor) if !is_in_memory(tensor))
    }

    /// Whether nobody else holds the elements, so that they can be overwritten.
    pub(crate) fn is_unshared(&self) -> bool {
        matches!(&self.storage, Storage::Dense(bytes) if Arc::strong_count(bytes) == 1)
    }

    /// Bytes that the elements take; strings count their text.
    pub fn size_bytes(&self) -> usize {
        match &self.storage {
            Storage::Strings(strings) => strings.iter().map(String::len).sum(),
            _ => self.elements() * self.data_type.size_bytes(),
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.is_on_gpu() { " on the GPU" } else { "" };
        write!(f, "{} {}{place}", self.data_type, self.shape)
    }
}
