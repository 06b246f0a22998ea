//! The element types of ONNX tensors, how they are named, and how many bytes an element takes here.
//!
//! Types narrower than a byte (`int4`, `float4e2m1`, …) lie unpacked, one element a byte.
//! The numbers are those of [TensorProto.DataType](https://onnx.ai/onnx/intro/concepts.html#element-type).

use std::fmt;

/// The type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say all there is")]
pub enum DataType {
    F32,
    U8,
    I8,
    U16,
    I16,
    I32,
    I64,
    String,
    Bool,
    F16,
    F64,
    U32,
    U64,
    Complex64,
    Complex128,
    Bf16,
    Float8E4M3Fn,
    Float8E4M3FnUz,
    Float8E5M2,
    Float8E5M2FnUz,
    U4,
    I4,
    Float4E2M1,
    Float8E8M0,
    U2,
    I2,
}

/// One row for each type: itself, its number in ONNX, its name there, its bytes here.
const TABLE: [(DataType, i32, &str, usize); 26] = [
    (DataType::F32, 1, "float32", 4),
    (DataType::U8, 2, "uint8", 1),
    (DataType::I8, 3, "int8", 1),
    (DataType::U16, 4, "uint16", 2),
    (DataType::I16, 5, "int16", 2),
    (DataType::I32, 6, "int32", 4),
    (DataType::I64, 7, "int64", 8),
    (DataType::String, 8, "string", 0),
    (DataType::Bool, 9, "bool", 1),
    (DataType::F16, 10, "float16", 2),
    (DataType::F64, 11, "float64", 8),
    (DataType::U32, 12, "uint32", 4),
    (DataType::U64, 13, "uint64", 8),
    (DataType::Complex64, 14, "complex64", 8),
    (DataType::Complex128, 15, "complex128", 16),
    (DataType::Bf16, 16, "bfloat16", 2),
    (DataType::Float8E4M3Fn, 17, "float8e4m3fn", 1),
    (DataType::Float8E4M3FnUz, 18, "float8e4m3fnuz", 1),
    (DataType::Float8E5M2, 19, "float8e5m2", 1),
    (DataType::Float8E5M2FnUz, 20, "float8e5m2fnuz", 1),
    (DataType::U4, 21, "uint4", 1),
    (DataType::I4, 22, "int4", 1),
    (DataType::Float4E2M1, 23, "float4e2m1", 1),
    (DataType::Float8E8M0, 24, "float8e8m0", 1),
    (DataType::U2, 25, "uint2", 1),
    (DataType::I2, 26, "int2", 1),
];

impl DataType {
    /// All types, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The type that ONNX gives this number.
    pub fn from_onnx(number: i64) -> Option<Self> {
        TABLE
            .iter()
            .find(|row| i64::from(row.1) == number)
            .map(|row| row.0)
    }

    /// The type of this name, as [`DataType::name`] gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.2 == name).map(|row| row.0)
    }

    /// ONNX's number of the type.
    pub fn onnx_number(self) -> i32 {
        self.row().1
    }

    /// The name of the type, as NumPy and ONNX write it.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Bytes that an element takes in memory here; 0 for strings, which have no fixed size.
    pub fn size_bytes(self) -> usize {
        self.row().3
    }

    /// How many elements ONNX packs into a byte: 2 and 4 for the types of 4 and 2 bits, else 1.
    pub fn elements_in_byte(self) -> usize {
        match self {
            Self::U4 | Self::I4 | Self::Float4E2M1 => 2,
            Self::U2 | Self::I2 => 4,
            _ => 1,
        }
    }

    /// Whether this is one of the four types of floating-point numbers that arithmetic takes:
    /// `float16`, `bfloat16`, `float32`, `float64`.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64 | Self::F16 | Self::Bf16)
    }

    /// Whether this is an integer of 8 to 64 bits.
    pub fn is_integer(self) -> bool {
        self.is_signed_integer() || self.is_unsigned_integer()
    }

    /// Whether this is a signed integer of 8 to 64 bits.
    pub fn is_signed_integer(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// Whether this is an unsigned integer of 8 to 64 bits.
    pub fn is_unsigned_integer(self) -> bool {
        matches!(self, Self::U8 | Self::U16 | Self::U32 | Self::U64)
    }

    /// Whether arithmetic takes it: floats and integers of whole bytes.
    pub fn is_number(self) -> bool {
        self.is_float() || self.is_integer()
    }

    fn row(self) -> &'static (Self, i32, &'static str, usize) {
        // Every variant has its row; a test counts them.
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[0])
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_row() {
        for (data_type, number, name, size) in TABLE {
            assert_eq!(DataType::from_onnx(i64::from(number)), Some(data_type));
            assert_eq!(DataType::from_name(name), Some(data_type));
            assert_eq!(data_type.size_bytes(), size);
        }
        assert_eq!(DataType::from_onnx(0), None);
        assert_eq!(DataType::from_onnx(27), None);
    }
}
