//! The scalar types of columns and parameters, and numpy's names for the types of tensors.
//!
//! Names and numpy equivalents follow
//! [MLflow's `DataType`](https://mlflow.org/docs/latest/api_reference/python_api/mlflow.types.html)
//! and [`numpy.dtype`](https://numpy.org/doc/stable/reference/arrays.dtypes.html). No values here.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// A scalar type of a column, property, item or parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataType {
    /// true or false
    Boolean,
    /// 32-bit integer
    Integer,
    /// 64-bit integer
    Long,
    /// 32-bit float
    Float,
    /// 64-bit float
    Double,
    /// text
    String,
    /// bytes
    Binary,
    /// point in time without zone
    Datetime,
}

impl DataType {
    /// All scalar types in MLflow's order.
    pub const ALL: [DataType; 8] = [
        DataType::Boolean,
        DataType::Integer,
        DataType::Long,
        DataType::Float,
        DataType::Double,
        DataType::String,
        DataType::Binary,
        DataType::Datetime,
    ];

    /// The name MLflow writes.
    pub fn name(self) -> &'static str {
        match self {
            DataType::Boolean => "boolean",
            DataType::Integer => "integer",
            DataType::Long => "long",
            DataType::Float => "float",
            DataType::Double => "double",
            DataType::String => "string",
            DataType::Binary => "binary",
            DataType::Datetime => "datetime",
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl FromStr for DataType {
    type Err = UnknownDataType;

    fn from_str(name: &str) -> Result<Self, UnknownDataType> {
        let known = DataType::ALL
            .into_iter()
            .find(|data_type| data_type.name() == name);
        known.ok_or_else(|| UnknownDataType {
            name: name.to_owned(),
        })
    }
}

/// A name that is none of MLflow's scalar types.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "unknown type `{name}`, expected one of boolean, integer, long, float, double, string, binary, \
     datetime"
)]
#[non_exhaustive]
pub struct UnknownDataType {
    /// The name found.
    pub name: String,
}

/// The element type of a tensor by numpy's name, such as `float32` or `datetime64[ns]`.
///
/// Any spelling numpy reads is taken and its canonical name kept: `f4`, `<f4` and `single` all
/// become `float32`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TensorDtype(String);

/// A family of tensor element types that take the same values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DtypeFamily {
    /// `bool`
    Boolean,
    /// `int8` to `int64`
    Signed,
    /// `uint8` to `uint64`
    Unsigned,
    /// `float16` to `float128`
    Float,
    /// `complex64` to `complex256`
    Complex,
    /// `str`
    Text,
    /// `bytes` and `void`
    Bytes,
    /// `object`: anything
    Object,
    /// `datetime64` and `timedelta64`
    Time,
}

impl TensorDtype {
    /// Takes a name that is canonical.
    pub(crate) fn of_name(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The canonical numpy name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The family of the type.
    pub fn family(&self) -> DtypeFamily {
        match self.0.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "bool" => DtypeFamily::Boolean,
            "int" => DtypeFamily::Signed,
            "uint" => DtypeFamily::Unsigned,
            "float" => DtypeFamily::Float,
            "complex" => DtypeFamily::Complex,
            "str" => DtypeFamily::Text,
            "bytes" | "void" => DtypeFamily::Bytes,
            "object" => DtypeFamily::Object,
            _ => DtypeFamily::Time,
        }
    }

    /// Bits of one element for the numeric types; 0 for the others.
    pub fn bits(&self) -> u32 {
        let start = self
            .0
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(self.0.len());
        match self.family() {
            DtypeFamily::Time => 0,
            _ => self.0[start..].parse().unwrap_or(0),
        }
    }
}

impl fmt::Display for TensorDtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for TensorDtype {
    type Err = UnknownDtype;

    /// # Errors
    /// Names numpy does not know, sized text (`<U5`), and types whose written name numpy cannot
    /// read again: structures, sized `void`, `c` and `T`.
    fn from_str(spelling: &str) -> Result<Self, UnknownDtype> {
        let canonical = canonical_name(spelling);
        canonical.map(TensorDtype).ok_or_else(|| UnknownDtype {
            found: spelling.to_owned(),
            sized: is_sized_text(spelling),
        })
    }
}

/// A spelling that is no tensor type MLflow stores.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown tensor dtype `{found}`, expected {}", if *.sized { "`str` or `bytes` without a size" } else { "a numpy name such as float32" })]
#[non_exhaustive]
pub struct UnknownDtype {
    /// The spelling found.
    pub found: String,
    /// Whether it is a text type with a size, which MLflow refuses.
    pub sized: bool,
}

impl UnknownDtype {
    /// The canonical names, for hints.
    pub fn known_names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(_, canonical)| *canonical)
    }
}

fn canonical_name(spelling: &str) -> Option<String> {
    if let Some((_, canonical)) = NAMES.iter().find(|(name, _)| *name == spelling) {
        return Some((*canonical).to_owned());
    }
    let code = spelling
        .strip_prefix(['<', '>', '=', '|'])
        .unwrap_or(spelling);
    if let Some((_, canonical)) = CODES.iter().find(|(name, _)| *name == code) {
        return Some((*canonical).to_owned());
    }
    time_name(code)
}

fn is_sized_text(spelling: &str) -> bool {
    let code = spelling
        .strip_prefix(['<', '>', '=', '|'])
        .unwrap_or(spelling);
    let size = code
        .strip_prefix(['U', 'S', 'a'])
        .or_else(|| code.strip_prefix("str"));
    let size = size.or_else(|| code.strip_prefix("bytes"));
    size.is_some_and(|size| !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `datetime64[25s]`, `M8[ns]`: the family, then a count and a unit.
fn time_name(code: &str) -> Option<String> {
    let (family, unit) = code.split_once('[')?;
    let family = match family {
        "datetime64" | "M8" => "datetime64",
        "timedelta64" | "m8" => "timedelta64",
        _ => return None,
    };
    let unit = unit.strip_suffix(']')?;
    let digits = unit.len() - unit.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, unit) = unit.split_at(digits);
    let count: i32 = if count.is_empty() {
        1
    } else {
        count.parse().ok()?
    };
    let unit = if unit == "μs" { "us" } else { unit };
    if unit == "generic" && digits == 0 {
        return Some(family.to_owned());
    }
    let known = [
        "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as",
    ];
    let count = if count == 1 {
        String::new()
    } else {
        count.to_string()
    };
    known
        .contains(&unit)
        .then(|| format!("{family}[{count}{unit}]"))
}

/// Names that take no byte order, with their canonical names on 64-bit Linux.
const NAMES: [(&str, &str); 54] = [
    ("bool", "bool"),
    ("bool_", "bool"),
    ("int8", "int8"),
    ("int16", "int16"),
    ("int32", "int32"),
    ("int64", "int64"),
    ("uint8", "uint8"),
    ("uint16", "uint16"),
    ("uint32", "uint32"),
    ("uint64", "uint64"),
    ("float16", "float16"),
    ("float32", "float32"),
    ("float64", "float64"),
    ("float128", "float128"),
    ("complex64", "complex64"),
    ("complex128", "complex128"),
    ("complex256", "complex256"),
    ("str", "str"),
    ("str_", "str"),
    ("unicode", "str"),
    ("bytes", "bytes"),
    ("bytes_", "bytes"),
    ("a", "bytes"),
    ("object", "object"),
    ("object_", "object"),
    ("void", "void"),
    ("datetime64", "datetime64"),
    ("timedelta64", "timedelta64"),
    ("byte", "int8"),
    ("ubyte", "uint8"),
    ("short", "int16"),
    ("ushort", "uint16"),
    ("intc", "int32"),
    ("uintc", "uint32"),
    ("int", "int64"),
    ("int_", "int64"),
    ("intp", "int64"),
    ("long", "int64"),
    ("longlong", "int64"),
    ("uint", "uint64"),
    ("uintp", "uint64"),
    ("ulong", "uint64"),
    ("ulonglong", "uint64"),
    ("half", "float16"),
    ("single", "float32"),
    ("float", "float64"),
    ("double", "float64"),
    ("longdouble", "float128"),
    ("csingle", "complex64"),
    ("complex", "complex128"),
    ("cdouble", "complex128"),
    ("clongdouble", "complex256"),
    ("p", "int64"),
    ("P", "uint64"),
];

/// Codes that may follow a byte order.
const CODES: [(&str, &str); 54] = [
    ("?", "bool"),
    ("b1", "bool"),
    ("b", "int8"),
    ("i1", "int8"),
    ("h", "int16"),
    ("i2", "int16"),
    ("i", "int32"),
    ("i4", "int32"),
    ("l", "int64"),
    ("q", "int64"),
    ("n", "int64"),
    ("p", "int64"),
    ("i8", "int64"),
    ("B", "uint8"),
    ("u1", "uint8"),
    ("H", "uint16"),
    ("u2", "uint16"),
    ("I", "uint32"),
    ("u4", "uint32"),
    ("L", "uint64"),
    ("Q", "uint64"),
    ("N", "uint64"),
    ("P", "uint64"),
    ("u8", "uint64"),
    ("e", "float16"),
    ("f2", "float16"),
    ("f", "float32"),
    ("f4", "float32"),
    ("d", "float64"),
    ("f8", "float64"),
    ("g", "float128"),
    ("f16", "float128"),
    ("F", "complex64"),
    ("c8", "complex64"),
    ("D", "complex128"),
    ("c16", "complex128"),
    ("G", "complex256"),
    ("c32", "complex256"),
    ("U", "str"),
    ("U0", "str"),
    ("S", "bytes"),
    ("S0", "bytes"),
    ("a0", "bytes"),
    ("O", "object"),
    ("O4", "object"),
    ("O8", "object"),
    ("V", "void"),
    ("V0", "void"),
    ("M", "datetime64"),
    ("M8", "datetime64"),
    ("m", "timedelta64"),
    ("m8", "timedelta64"),
    ("datetime64", "datetime64"),
    ("timedelta64", "timedelta64"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_scalar_name_and_refuses_others() {
        for data_type in DataType::ALL {
            assert_eq!(data_type.name().parse(), Ok(data_type));
            assert_eq!(
                serde_json::to_value(data_type).unwrap(),
                data_type.to_string()
            );
        }
        for name in ["int", "Long", "", "any", "array", "tensor", "object"] {
            let error = name.parse::<DataType>().unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("unknown type `{name}`, expected one"))
            );
        }
    }

    #[test]
    fn reads_numpy_spellings_into_canonical_names() {
        let cases = [
            ("float32", "float32"),
            ("f4", "float32"),
            ("<f4", "float32"),
            (">d", "float64"),
            ("int", "int64"),
            ("?", "bool"),
            ("U", "str"),
            ("|S0", "bytes"),
            ("a", "bytes"),
            ("datetime64[ns]", "datetime64[ns]"),
            ("<M8[μs]", "datetime64[us]"),
            ("m8[007s]", "timedelta64[7s]"),
            ("M8[1D]", "datetime64[D]"),
            ("datetime64[generic]", "datetime64"),
            ("object", "object"),
        ];
        for (spelling, name) in cases {
            assert_eq!(spelling.parse::<TensorDtype>().unwrap().name(), name);
        }
    }

    #[test]
    fn refuses_unknown_and_sized_dtypes() {
        let sized = "expected `str` or `bytes` without a size";
        let unknown = "expected a numpy name such as float32";
        let cases = [
            ("", unknown),
            ("Float32", unknown),
            ("<float32", unknown),
            ("float32 ", unknown),
            ("bfloat16", unknown),
            ("i3", unknown),
            ("M8[xx]", unknown),
            ("M8[]", unknown),
            ("M8[2147483648s]", unknown),
            ("datetime64[ns", unknown),
            ("f4,i4", unknown),
            ("V8", unknown),
            ("<U5", sized),
            ("S1", sized),
            ("str160", sized),
            ("bytes8", sized),
        ];
        for (spelling, expected) in cases {
            let error = spelling.parse::<TensorDtype>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("unknown tensor dtype `{spelling}`, {expected}")
            );
        }
    }

    #[test]
    fn tells_family_and_bits() {
        let cases = [
            ("float32", DtypeFamily::Float, 32),
            ("uint8", DtypeFamily::Unsigned, 8),
            ("int64", DtypeFamily::Signed, 64),
            ("datetime64[25s]", DtypeFamily::Time, 0),
            ("str", DtypeFamily::Text, 0),
            ("void", DtypeFamily::Bytes, 0),
            ("complex128", DtypeFamily::Complex, 128),
        ];
        for (name, family, bits) in cases {
            let dtype: TensorDtype = name.parse().unwrap();
            assert_eq!((dtype.family(), dtype.bits()), (family, bits), "{name}");
        }
    }
}
