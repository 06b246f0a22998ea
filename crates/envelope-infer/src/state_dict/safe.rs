//! State dicts in safetensors files.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::tensor::Tensor;

const TYPES: [(Dtype, DataType); 19] = [
    (Dtype::F64, DataType::F64),
    (Dtype::F32, DataType::F32),
    (Dtype::F16, DataType::F16),
    (Dtype::BF16, DataType::Bf16),
    (Dtype::I64, DataType::I64),
    (Dtype::I32, DataType::I32),
    (Dtype::I16, DataType::I16),
    (Dtype::I8, DataType::I8),
    (Dtype::U64, DataType::U64),
    (Dtype::U32, DataType::U32),
    (Dtype::U16, DataType::U16),
    (Dtype::U8, DataType::U8),
    (Dtype::BOOL, DataType::Bool),
    (Dtype::C64, DataType::Complex64),
    (Dtype::F8_E5M2, DataType::Float8E5M2),
    (Dtype::F8_E4M3, DataType::Float8E4M3Fn),
    (Dtype::F8_E8M0, DataType::Float8E8M0),
    (Dtype::F8_E4M3FNUZ, DataType::Float8E4M3FnUz),
    (Dtype::F8_E5M2FNUZ, DataType::Float8E5M2FnUz),
];

pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| fault!("{error}"))?;
    let read = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| {
        let row = TYPES.iter().find(|row| row.0 == view.dtype());
        let data_type = row.map(|row| row.1).ok_or_else(|| {
            fault!(
                "tensor `{name}` is of {:?}, which is not supported",
                view.dtype()
            )
        })?;
        let tensor = super::tensor(name, data_type, view.shape(), view.data())?;
        Ok((name.to_owned(), tensor))
    };
    file.iter().map(read).collect()
}
