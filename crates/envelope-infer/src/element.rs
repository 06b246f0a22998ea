//! The Rust types of a tensor's elements, and the macros that choose among them at run time.

use half::{bf16, f16};

use crate::data_type::DataType;

/// A Rust type that tensors hold as it is.
pub trait Element: bytemuck::Pod + Send + Sync + 'static {
    /// The element type of such tensors.
    const TYPE: DataType;
}

macro_rules! elements {
    ($($rust:ty => $data_type:ident),* $(,)?) => {
        $(impl Element for $rust { const TYPE: DataType = DataType::$data_type; })*
    };
}

elements! {
    f32 => F32, f64 => F64, f16 => F16, bf16 => Bf16,
    i8 => I8, i16 => I16, i32 => I32, i64 => I64,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    [f32; 2] => Complex64, [f64; 2] => Complex128,
}

/// A number that arithmetic takes, with the way to and from the widest types.
pub(crate) trait Number:
    Element + Copy + PartialOrd + std::fmt::Display + num_traits::NumAssign
{
    /// The value as a `f64`; exact for all but large 64-bit integers.
    fn to_f64(self) -> f64;
    /// The nearest value of this type; integers are cut off and saturate.
    fn from_f64(value: f64) -> Self;
    /// The value as an `i64`; floats are cut off and saturate, `u64` wraps.
    fn to_i64(self) -> i64;
    /// The value of this type that has the same low bits, or the nearest float.
    fn from_i64(value: i64) -> Self;
}

macro_rules! primitive_numbers {
    ($($rust:ty),*) => {
        $(impl Number for $rust {
            #[inline]
            #[allow(clippy::cast_lossless, reason = "one body for all primitive types")]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss,
                reason = "cutting off and saturating is what is promised")]
            fn from_f64(value: f64) -> Self { value as Self }
            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap,
                clippy::cast_lossless, reason = "wrapping is what is promised")]
            fn to_i64(self) -> i64 { self as i64 }
            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss,
                clippy::cast_lossless, reason = "wrapping is what is promised")]
            fn from_i64(value: i64) -> Self { value as Self }
        })*
    };
}

primitive_numbers!(f32, f64, i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! half_numbers {
    ($($rust:ty),*) => {
        $(impl Number for $rust {
            #[inline]
            fn to_f64(self) -> f64 { <$rust>::to_f64(self) }
            #[inline]
            fn from_f64(value: f64) -> Self { <$rust>::from_f64(value) }
            #[inline]
            #[allow(clippy::cast_possible_truncation, reason = "cutting off is promised")]
            fn to_i64(self) -> i64 { self.to_f32() as i64 }
            #[inline]
            fn from_i64(value: i64) -> Self { <$rust>::from_f64(value as f64) }
        })*
    };
}

half_numbers!(f16, bf16);

/// A floating-point number, computed in `f32` where it is narrower than that, or in `f64`.
pub(crate) trait Real: Number {
    /// The type that it is computed in: `f32` or `f64`.
    type Wide: num_traits::Float + Number;
    /// The value in the type that it is computed in.
    fn widen(self) -> Self::Wide;
    /// The nearest value of this type.
    fn narrow(wide: Self::Wide) -> Self;
}

impl Real for f32 {
    type Wide = f32;
    #[inline]
    fn widen(self) -> f32 {
        self
    }
    #[inline]
    fn narrow(wide: f32) -> Self {
        wide
    }
}

impl Real for f64 {
    type Wide = f64;
    #[inline]
    fn widen(self) -> f64 {
        self
    }
    #[inline]
    fn narrow(wide: f64) -> Self {
        wide
    }
}

impl Real for f16 {
    type Wide = f32;
    #[inline]
    fn widen(self) -> f32 {
        self.to_f32()
    }
    #[inline]
    fn narrow(wide: f32) -> Self {
        Self::from_f32(wide)
    }
}

impl Real for bf16 {
    type Wide = f32;
    #[inline]
    fn widen(self) -> f32 {
        self.to_f32()
    }
    #[inline]
    fn narrow(wide: f32) -> Self {
        Self::from_f32(wide)
    }
}

/// Runs the body with `$T` standing for the Rust type of a float type; other types are a fault.
///
/// `with_float!(tensor.data_type(), T => unary::<T>(tensor))`, where the body is a `Result`.
macro_rules! with_float {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $data_type {
            $crate::data_type::DataType::F32 => {
                type $T = f32;
                $body
            }
            $crate::data_type::DataType::F64 => {
                type $T = f64;
                $body
            }
            $crate::data_type::DataType::F16 => {
                type $T = half::f16;
                $body
            }
            $crate::data_type::DataType::Bf16 => {
                type $T = half::bf16;
                $body
            }
            other => Err($crate::fault::fault!("{other} is not supported here")),
        }
    };
}
pub(crate) use with_float;

/// The same for the integers of 8 to 64 bits.
macro_rules! with_integer {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $data_type {
            $crate::data_type::DataType::I8 => {
                type $T = i8;
                $body
            }
            $crate::data_type::DataType::I16 => {
                type $T = i16;
                $body
            }
            $crate::data_type::DataType::I32 => {
                type $T = i32;
                $body
            }
            $crate::data_type::DataType::I64 => {
                type $T = i64;
                $body
            }
            $crate::data_type::DataType::U8 => {
                type $T = u8;
                $body
            }
            $crate::data_type::DataType::U16 => {
                type $T = u16;
                $body
            }
            $crate::data_type::DataType::U32 => {
                type $T = u32;
                $body
            }
            $crate::data_type::DataType::U64 => {
                type $T = u64;
                $body
            }
            other => Err($crate::fault::fault!("{other} is not supported here")),
        }
    };
}
pub(crate) use with_integer;

/// The same for all numbers: floats and integers.
macro_rules! with_number {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $data_type {
            $crate::data_type::DataType::F32 => { type $T = f32; $body }
            $crate::data_type::DataType::F64 => { type $T = f64; $body }
            $crate::data_type::DataType::F16 => { type $T = half::f16; $body }
            $crate::data_type::DataType::Bf16 => { type $T = half::bf16; $body }
            other => $crate::element::with_integer!(other, $T => $body),
        }
    };
}
pub(crate) use with_number;

/// Runs the body with `$T` standing for a plain type of the same size as the elements: enough for
/// operators that move elements and do not look at them. Strings are a fault.
macro_rules! with_size {
    ($data_type:expr, $T:ident => $body:expr) => {
        match $data_type.size_bytes() {
            1 => {
                type $T = u8;
                $body
            }
            2 => {
                type $T = u16;
                $body
            }
            4 => {
                type $T = u32;
                $body
            }
            8 => {
                type $T = u64;
                $body
            }
            16 => {
                type $T = u128;
                $body
            }
            _ => Err($crate::fault::fault!(
                "{} is not supported here",
                $data_type
            )),
        }
    };
}
pub(crate) use with_size;

/// The nearest number of single precision.
#[inline]
pub(crate) fn to_single<T: Number>(value: T) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding is what is promised"
    )]
    let single = value.to_f64() as f32;
    single
}
