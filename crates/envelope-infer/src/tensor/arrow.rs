//! Tensors from and to the arrays of [Arrow](https://arrow.apache.org): a column is a vector, and
//! lists of a fixed size are one more dimension.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, FixedSizeListArray, PrimitiveArray,
    StringArray, types,
};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType as ArrowType, Field};

use super::Tensor;
use crate::data_type::DataType;
use crate::element::Element;
use crate::error::Error;
use crate::fault::{Fault, Result, fault};
use crate::shape::Shape;

/// Calls a generic function with the Arrow type that stands for an element type.
macro_rules! with_primitive {
    ($of:expr, $A:ident => $body:expr, $other:pat => $else:expr) => {
        match $of {
            DataType::F16 => {
                type $A = types::Float16Type;
                $body
            }
            DataType::F32 => {
                type $A = types::Float32Type;
                $body
            }
            DataType::F64 => {
                type $A = types::Float64Type;
                $body
            }
            DataType::I8 => {
                type $A = types::Int8Type;
                $body
            }
            DataType::I16 => {
                type $A = types::Int16Type;
                $body
            }
            DataType::I32 => {
                type $A = types::Int32Type;
                $body
            }
            DataType::I64 => {
                type $A = types::Int64Type;
                $body
            }
            DataType::U8 => {
                type $A = types::UInt8Type;
                $body
            }
            DataType::U16 => {
                type $A = types::UInt16Type;
                $body
            }
            DataType::U32 => {
                type $A = types::UInt32Type;
                $body
            }
            DataType::U64 => {
                type $A = types::UInt64Type;
                $body
            }
            $other => $else,
        }
    };
}

impl Tensor {
    /// Makes a tensor of a column of numbers, booleans or strings, or of lists of a fixed size of
    /// them.
    ///
    /// # Errors
    /// When there are nulls, which tensors have none of, or elements of another type.
    pub fn from_arrow(array: &dyn Array) -> std::result::Result<Self, Error> {
        read(array).map_err(|fault| malformed("an Arrow array", fault))
    }

    /// The tensor as a column; all dimensions but the first become lists of a fixed size. A scalar
    /// is a column of one row.
    ///
    /// # Errors
    /// When Arrow has no such elements, or lists as long.
    pub fn to_arrow(&self) -> std::result::Result<ArrayRef, Error> {
        write(self).map_err(|fault| malformed("a tensor", fault))
    }
}

fn malformed(what: &str, fault: Fault) -> Error {
    Error::Malformed {
        what: what.to_owned(),
        message: fault.0,
    }
}

fn read(array: &dyn Array) -> Result<Tensor> {
    if array.null_count() > 0 {
        return Err(fault!("found {} nulls, expected none", array.null_count()));
    }
    let shape = Shape::from([array.len()]);
    if let ArrowType::FixedSizeList(_, size) = array.data_type() {
        let list = array.as_fixed_size_list();
        let size = usize::try_from(*size).map_err(|_| fault!("found lists of size {size}"))?;
        // The values of a slice may reach further than it does.
        let first = list.value_offset_at(0);
        let inner = read(&list.values().slice(first, array.len() * size))?;
        let deeper = inner.shape().iter().skip(1).copied();
        let shape: Shape = [array.len(), size].into_iter().chain(deeper).collect();
        return inner.reshaped(shape);
    }
    match array.data_type() {
        ArrowType::Boolean => {
            let bits = array.as_boolean().values();
            Ok(Tensor::from_bools(shape, bits.iter()))
        }
        ArrowType::Utf8 => Ok(strings(shape, array.as_string::<i32>().iter())),
        ArrowType::LargeUtf8 => Ok(strings(shape, array.as_string::<i64>().iter())),
        ArrowType::Utf8View => Ok(strings(shape, array.as_string_view().iter())),
        other => {
            let data_type = element_type(other).ok_or_else(|| {
                fault!("found elements of {other}, expected numbers, booleans or strings")
            })?;
            with_primitive!(data_type, A => Ok(numbers::<A>(array)), other => {
                Err(fault!("{other} is not supported here"))
            })
        }
    }
}

fn element_type(arrow: &ArrowType) -> Option<DataType> {
    Some(match arrow {
        ArrowType::Float16 => DataType::F16,
        ArrowType::Float32 => DataType::F32,
        ArrowType::Float64 => DataType::F64,
        ArrowType::Int8 => DataType::I8,
        ArrowType::Int16 => DataType::I16,
        ArrowType::Int32 => DataType::I32,
        ArrowType::Int64 => DataType::I64,
        ArrowType::UInt8 => DataType::U8,
        ArrowType::UInt16 => DataType::U16,
        ArrowType::UInt32 => DataType::U32,
        ArrowType::UInt64 => DataType::U64,
        _ => return None,
    })
}

fn numbers<A: ArrowPrimitiveType<Native: Element>>(array: &dyn Array) -> Tensor {
    let values = array.as_primitive::<A>().values();
    Tensor::from_vec([values.len()], values.to_vec())
}

fn strings<'a>(shape: Shape, texts: impl Iterator<Item = Option<&'a str>>) -> Tensor {
    let texts = texts.map(|text| text.unwrap_or_default().to_owned());
    Tensor::from_strings(shape, texts.collect())
}

fn write(tensor: &Tensor) -> Result<ArrayRef> {
    let mut array: ArrayRef = match tensor.data_type() {
        DataType::Bool => {
            let values = tensor.bools()?;
            let values: BooleanArray = values.iter().map(|&value| Some(value != 0)).collect();
            Arc::new(values)
        }
        DataType::String => Arc::new(StringArray::from_iter_values(tensor.strings()?)),
        other => with_primitive!(other, A => column::<A>(tensor)?, other => {
            return Err(fault!("Arrow has no numbers of {other}"));
        }),
    };
    let shape = tensor.shape();
    for axis in (1..shape.rank()).rev() {
        let size = i32::try_from(shape[axis])
            .map_err(|_| fault!("dimension {axis} of {shape} is too large for a list"))?;
        let field = Arc::new(Field::new("item", array.data_type().clone(), false));
        let length = shape[..axis].iter().product();
        let list = FixedSizeListArray::try_new_with_length(field, size, array, None, length);
        array = Arc::new(list.map_err(|error| fault!("{error}"))?);
    }
    Ok(array)
}

fn column<A: ArrowPrimitiveType<Native: Element>>(tensor: &Tensor) -> Result<ArrayRef> {
    let values = tensor.values::<A::Native>()?.into_owned();
    Ok(Arc::new(PrimitiveArray::<A>::new(
        ScalarBuffer::from(values),
        None,
    )))
}

#[cfg(test)]
mod tests {
    use arrow_array::Int32Array;

    use super::*;

    #[test]
    fn tensors_come_back_as_they_went() {
        let tensors = [
            Tensor::new([3], vec![1.5f32, -2.0, f32::NAN]).unwrap(),
            Tensor::new([2, 3], (0..6i64).collect()).unwrap(),
            Tensor::new([2, 1, 3, 2], (0..12u8).collect()).unwrap(),
            Tensor::new([0, 4], Vec::<f64>::new()).unwrap(),
            Tensor::new([2, 0, 3], Vec::<i8>::new()).unwrap(),
            Tensor::from_bools([4], [true, false, false, true]),
            Tensor::from_strings([2, 1], vec!["a".to_owned(), String::new()]),
        ];
        for tensor in tensors {
            let array = tensor.to_arrow().unwrap();
            assert_eq!(array.len(), tensor.shape()[0]);
            let back = Tensor::from_arrow(&array).unwrap();
            assert_eq!(back.data_type(), tensor.data_type());
            assert_eq!(back.shape(), tensor.shape());
            assert_eq!(back.bytes(), tensor.bytes());
            assert_eq!(back.as_strings(), tensor.as_strings());
        }
    }

    #[test]
    fn slices_of_lists_are_read_alone() {
        let tensor = Tensor::new([4, 2], (0..8i32).collect()).unwrap();
        let slice = tensor.to_arrow().unwrap().slice(1, 2);
        let back = Tensor::from_arrow(&slice).unwrap();
        assert_eq!(back.shape()[..], [2, 2]);
        assert_eq!(back.to_i64s().unwrap(), [2, 3, 4, 5]);
    }

    #[test]
    fn nulls_and_other_elements_are_refused() {
        let nulls = Int32Array::from(vec![Some(1), None]);
        let error = Tensor::from_arrow(&nulls).unwrap_err().to_string();
        assert_eq!(
            error,
            "an Arrow array is malformed: found 1 nulls, expected none"
        );
        let dates = arrow_array::Date32Array::from(vec![1]);
        let error = Tensor::from_arrow(&dates).unwrap_err().to_string();
        assert!(error.contains("found elements of Date32"), "{error}");
        let complex = Tensor::new([1], vec![[0f32; 2]]).unwrap();
        let error = complex.to_arrow().unwrap_err().to_string();
        assert!(error.contains("no numbers of complex64"), "{error}");
    }
}
