//! The element types of tensors.

use serde::{Serialize, Serializer};

/// Element type of a tensor, `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementType(pub i64);

/// Number, numpy name, ONNX Runtime's name, bits per element; in the order of the numbers.
const KNOWN: [(&str, &str, u64); 27] = [
    ("undefined", "undefined", 0),
    ("float32", "float", 32),
    ("uint8", "uint8", 8),
    ("int8", "int8", 8),
    ("uint16", "uint16", 16),
    ("int16", "int16", 16),
    ("int32", "int32", 32),
    ("int64", "int64", 64),
    ("str", "string", 0),
    ("bool", "bool", 8),
    ("float16", "float16", 16),
    ("float64", "double", 64),
    ("uint32", "uint32", 32),
    ("uint64", "uint64", 64),
    ("complex64", "complex64", 64),
    ("complex128", "complex128", 128),
    ("bfloat16", "bfloat16", 16),
    ("float8_e4m3fn", "float8e4m3fn", 8),
    ("float8_e4m3fnuz", "float8e4m3fnuz", 8),
    ("float8_e5m2", "float8e5m2", 8),
    ("float8_e5m2fnuz", "float8e5m2fnuz", 8),
    ("uint4", "uint4", 4),
    ("int4", "int4", 4),
    ("float4_e2m1fn", "float4e2m1", 4),
    ("float8_e8m0fnu", "float8e8m0", 8),
    ("uint2", "uint2", 2),
    ("int2", "int2", 2),
];

impl ElementType {
    /// Strings, whose elements differ in size.
    pub const STRING: Self = Self(8);

    fn known(self) -> Option<&'static (&'static str, &'static str, u64)> {
        usize::try_from(self.0)
            .ok()
            .and_then(|number| KNOWN.get(number))
    }

    /// The name numpy gives it, or `ml_dtypes` where numpy has none; `unknown` for a number
    /// outside the standard.
    pub fn numpy_name(self) -> &'static str {
        self.known().map_or("unknown", |known| known.0)
    }

    /// The name in ONNX Runtime's type texts, as in `tensor(float)`.
    pub fn runtime_name(self) -> &'static str {
        self.known().map_or("unknown", |known| known.1)
    }

    /// Bits of one element; 0 for strings and unknown types.
    pub fn bits(self) -> u64 {
        self.known().map_or(0, |known| known.2)
    }
}

impl Serialize for ElementType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.numpy_name())
    }
}
