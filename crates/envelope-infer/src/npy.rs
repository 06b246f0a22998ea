//! Tensors in NumPy's files, [`.npy`](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html)
//! and `.npz`.

use std::io::{Read, Write};
use std::path::Path;

use half::f16;
use indexmap::IndexMap;
use npyz::{DType, NpyFile, Order, TypeChar, WriteOptions, WriterBuilder as _};

use crate::data_type::DataType;
use crate::element::with_integer;
use crate::error::Error;
use crate::fault::{Result, fault};
use crate::shape::{Shape, positions};
use crate::tensor::Tensor;

impl Tensor {
    /// Reads a `.npy` file.
    ///
    /// # Errors
    /// When it is none, is cut short, or holds what no tensor holds: text, records, objects.
    pub fn read_npy(reader: impl Read) -> std::result::Result<Self, Error> {
        read(reader).map_err(|fault| Error::Malformed {
            what: "the .npy file".to_owned(),
            message: fault.0,
        })
    }

    /// Writes a `.npy` file. `bfloat16`, which NumPy lacks, is written as `float32`.
    ///
    /// # Errors
    /// When it cannot be written, or NumPy has no such type.
    pub fn write_npy(&self, writer: impl Write) -> std::result::Result<(), Error> {
        write(self, writer).map_err(|fault| Error::Malformed {
            what: "a .npy file".to_owned(),
            message: fault.0,
        })
    }

    /// Reads all arrays of a `.npz` file, by name.
    ///
    /// # Errors
    /// As [`Tensor::read_npy`].
    pub fn read_npz(path: impl AsRef<Path>) -> std::result::Result<IndexMap<String, Self>, Error> {
        let path = path.as_ref();
        let io = |source| Error::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        };
        let mut archive = npyz::npz::NpzArchive::open(path).map_err(io)?;
        let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
        let mut tensors = IndexMap::new();
        for name in names {
            let Some(file) = archive.by_name(&name).map_err(io)? else {
                continue;
            };
            let tensor = from_file(file).map_err(|fault| Error::Malformed {
                what: format!("`{name}` in {}", path.display()),
                message: fault.0,
            })?;
            tensors.insert(name, tensor);
        }
        Ok(tensors)
    }
}

fn read(reader: impl Read) -> Result<Tensor> {
    from_file(NpyFile::new(reader).map_err(|error| fault!("{error}"))?)
}

fn from_file<R: Read>(file: NpyFile<R>) -> Result<Tensor> {
    let sizes: Option<Vec<usize>> = file
        .shape()
        .iter()
        .map(|&size| usize::try_from(size).ok())
        .collect();
    let shape = sizes
        .map(Shape::from)
        .filter(|shape| shape.checked_elements().is_some());
    let shape = shape.ok_or_else(|| fault!("the shape {:?} is too large", file.shape()))?;
    let DType::Plain(plain) = file.dtype() else {
        return Err(fault!("records are not supported"));
    };
    match (plain.type_char(), plain.size_field()) {
        (TypeChar::Float, 4) => elements::<f32, R>(file, &shape),
        (TypeChar::Float, 8) => elements::<f64, R>(file, &shape),
        (TypeChar::Float, 2) => elements::<f16, R>(file, &shape),
        (TypeChar::Int, 1) => elements::<i8, R>(file, &shape),
        (TypeChar::Int, 2) => elements::<i16, R>(file, &shape),
        (TypeChar::Int, 4) => elements::<i32, R>(file, &shape),
        (TypeChar::Int, 8) => elements::<i64, R>(file, &shape),
        (TypeChar::Uint, 1) => elements::<u8, R>(file, &shape),
        (TypeChar::Uint, 2) => elements::<u16, R>(file, &shape),
        (TypeChar::Uint, 4) => elements::<u32, R>(file, &shape),
        (TypeChar::Uint, 8) => elements::<u64, R>(file, &shape),
        (TypeChar::Bool, _) => {
            let is_transposed = file.order() == Order::Fortran;
            let values = file.into_vec::<bool>().map_err(|error| fault!("{error}"))?;
            let values = values.into_iter().map(u8::from).collect();
            Ok(Tensor::from_raw(
                DataType::Bool,
                shape.clone(),
                in_rows(values, &shape, is_transposed)?,
            ))
        }
        _ => Err(fault!("elements of `{plain}` are not supported")),
    }
}

fn elements<T: crate::Element + npyz::Deserialize, R: Read>(
    file: NpyFile<R>,
    shape: &Shape,
) -> Result<Tensor> {
    let is_transposed = file.order() == Order::Fortran;
    let values = file.into_vec::<T>().map_err(|error| fault!("{error}"))?;
    Ok(Tensor::from_vec(
        shape.clone(),
        in_rows(values, shape, is_transposed)?,
    ))
}

/// The elements in row-major order.
fn in_rows<T: Copy>(values: Vec<T>, shape: &Shape, is_transposed: bool) -> Result<Vec<T>> {
    if values.len() != shape.elements() {
        return Err(fault!(
            "{} elements do not fill the shape {shape}",
            values.len()
        ));
    }
    if !is_transposed {
        return Ok(values);
    }
    let mut strides: smallvec::SmallVec<[usize; 6]> =
        smallvec::SmallVec::from_elem(1, shape.rank());
    for i in 1..shape.rank() {
        strides[i] = strides[i - 1] * shape[i - 1];
    }
    Ok(positions(shape.clone(), strides)
        .map(|at| values[at])
        .collect())
}

fn write(tensor: &Tensor, writer: impl Write) -> Result<()> {
    match tensor.data_type() {
        DataType::Bool => {
            let values: Vec<bool> = tensor.bools()?.iter().map(|&value| value != 0).collect();
            put(tensor, &values, writer)
        }
        DataType::Bf16 => {
            let values: Vec<f32> = tensor
                .values::<half::bf16>()?
                .iter()
                .map(|value| value.to_f32())
                .collect();
            put(tensor, &values, writer)
        }
        DataType::I4 | DataType::I2 => {
            let values: Vec<i8> = tensor.raw::<i8>().into_owned();
            put(tensor, &values, writer)
        }
        DataType::U4 | DataType::U2 => put(tensor, &tensor.raw::<u8>(), writer),
        DataType::F32 => put(tensor, &tensor.values::<f32>()?, writer),
        DataType::F64 => put(tensor, &tensor.values::<f64>()?, writer),
        DataType::F16 => put(tensor, &tensor.values::<f16>()?, writer),
        data_type => with_integer!(data_type, T => put(tensor, &tensor.values::<T>()?, writer)),
    }
}

fn put<T: npyz::AutoSerialize + Copy>(
    tensor: &Tensor,
    values: &[T],
    writer: impl Write,
) -> Result<()> {
    let shape: Vec<u64> = tensor.shape().iter().map(|&size| size as u64).collect();
    let failed = |error: std::io::Error| fault!("{error}");
    let mut file = WriteOptions::new()
        .default_dtype()
        .shape(&shape)
        .writer(writer)
        .begin_nd()
        .map_err(failed)?;
    file.extend(values.iter().copied()).map_err(failed)?;
    file.finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let tensors = [
            Tensor::from_vec(
                [2, 3],
                vec![1.5f32, f32::NAN, -0.0, 4.0, 5.0, f32::INFINITY],
            ),
            Tensor::from_vec([0, 3], Vec::<i64>::new()),
            Tensor::from_vec(Shape::scalar(), vec![u64::MAX]),
            Tensor::from_bools([2], [true, false]),
            Tensor::from_vec([1], vec![f16::from_f32(0.1)]),
        ];
        for tensor in tensors {
            let mut bytes = Vec::new();
            tensor.write_npy(&mut bytes).unwrap();
            let read = Tensor::read_npy(&bytes[..]).unwrap();
            assert_eq!(
                (read.data_type(), read.shape(), read.bytes()),
                (tensor.data_type(), tensor.shape(), tensor.bytes())
            );
        }
    }

    #[test]
    fn reads_arrays_in_the_order_of_columns() {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let head = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
        bytes.extend(u16::try_from(head.len()).unwrap().to_le_bytes());
        bytes.extend(head.bytes());
        bytes.extend([0, 3, 1, 4, 2, 5]);
        let tensor = Tensor::read_npy(&bytes[..]).unwrap();
        assert_eq!(tensor.values::<u8>().unwrap()[..], [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn refuses_what_is_cut_short() {
        let mut bytes = Vec::new();
        Tensor::from_vec([100], vec![1.0f64; 100])
            .write_npy(&mut bytes)
            .unwrap();
        for length in [0, 5, 20, bytes.len() - 1] {
            assert!(Tensor::read_npy(&bytes[..length]).is_err(), "{length}");
        }
    }
}
