//! State dicts that `torch.save` wrote: a zip archive with a pickle and the storages beside it.

use std::collections::BTreeMap;
use std::path::Path;

use burn_store::pytorch_reader::{DType, PytorchReader};

use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::tensor::Tensor;

/// All tensors together may take this many times the bytes of the file. Tied weights are there
/// once and read several times; a view that repeats its elements may claim anything.
const MAX_TIMES_FILE: usize = 8;

pub(super) fn read(path: &Path, file_bytes: usize) -> Result<BTreeMap<String, Tensor>> {
    let reader = PytorchReader::new(path).map_err(|error| fault!("{error}"))?;
    // The reader keeps its tensors in no order.
    let found: BTreeMap<_, _> = reader.into_tensors().into_iter().collect();
    let total = found
        .values()
        .try_fold(0usize, |sum, tensor| sum.checked_add(tensor.byte_len()));
    if total.is_none_or(|total| total > file_bytes.saturating_mul(MAX_TIMES_FILE)) {
        return Err(fault!(
            "the tensors take more than {MAX_TIMES_FILE} times the {file_bytes} bytes of the file"
        ));
    }
    let read = |(name, tensor): (String, burn_store::pytorch_reader::Tensor)| {
        let bytes = tensor.read().map_err(|error| fault!("{error}"))?;
        let data_type = data_type(tensor.dtype());
        let tensor = super::tensor(&name, data_type, tensor.shape(), &bytes)?;
        Ok((name, tensor))
    };
    found.into_iter().map(read).collect()
}

fn data_type(dtype: DType) -> DataType {
    const TYPES: [(DType, DataType); 13] = [
        (DType::F64, DataType::F64),
        (DType::F32, DataType::F32),
        (DType::F16, DataType::F16),
        (DType::BF16, DataType::Bf16),
        (DType::I64, DataType::I64),
        (DType::I32, DataType::I32),
        (DType::I16, DataType::I16),
        (DType::I8, DataType::I8),
        (DType::U64, DataType::U64),
        (DType::U32, DataType::U32),
        (DType::U16, DataType::U16),
        (DType::U8, DataType::U8),
        (DType::Bool, DataType::Bool),
    ];
    // The reader knows these and no others.
    let row = TYPES.iter().find(|row| row.0 == dtype);
    row.map_or(DataType::U8, |row| row.1)
}
