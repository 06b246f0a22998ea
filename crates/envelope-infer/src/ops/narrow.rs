//! The floating-point numbers of 8 and 4 bits, as ONNX's types
//! [float8](https://onnx.ai/onnx/technical/float8.html) and
//! [float4](https://onnx.ai/onnx/technical/float4.html) define them: each lies in a byte.

use crate::data_type::DataType;
use crate::element::to_single;

/// A format of narrow floating-point numbers with a sign, an exponent and a mantissa; or the one of
/// exponents alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Narrow {
    exponent_bits: u32,
    mantissa_bits: u32,
    bias: i32,
    /// The code of the largest finite number.
    largest: u8,
    special: Special,
}

/// What the codes stand for that are no finite numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Special {
    /// All bits of exponent and mantissa: NaN. There is no infinity.
    NanAtTop,
    /// Infinity and NaN as in the larger formats.
    Ieee,
    /// The code of -0 is NaN; there is no infinity and no -0.
    NanAtMinusZero,
    /// Neither infinity nor NaN.
    Finite,
    /// A power of two without sign; all bits set: NaN.
    Exponent,
}

/// What becomes of a number that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// The largest finite number.
    Saturates,
    /// Infinity, or NaN where the format has no infinity.
    Escapes,
}

/// How a number between two powers of two is rounded to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PowerRounding {
    Up,
    Down,
    Nearest,
}

impl Narrow {
    /// The format of an element type, if it is one of these.
    pub(crate) fn of(data_type: DataType) -> Option<Self> {
        let (exponent_bits, mantissa_bits, bias, largest, special) = match data_type {
            DataType::Float8E4M3Fn => (4, 3, 7, 0x7e, Special::NanAtTop),
            DataType::Float8E4M3FnUz => (4, 3, 8, 0x7f, Special::NanAtMinusZero),
            DataType::Float8E5M2 => (5, 2, 15, 0x7b, Special::Ieee),
            DataType::Float8E5M2FnUz => (5, 2, 16, 0x7f, Special::NanAtMinusZero),
            DataType::Float4E2M1 => (2, 1, 1, 0x7, Special::Finite),
            DataType::Float8E8M0 => (8, 0, 127, 0xfe, Special::Exponent),
            _ => return None,
        };
        Some(Self {
            exponent_bits,
            mantissa_bits,
            bias,
            largest,
            special,
        })
    }

    fn sign_bit(self) -> u8 {
        1 << (self.exponent_bits + self.mantissa_bits)
    }

    /// The number that a code stands for.
    pub(crate) fn decode(self, code: u8) -> f32 {
        if self.special == Special::Exponent {
            return match code {
                0xff => f32::NAN,
                0 => to_single(power_of_two(-127)),
                _ => f32::from_bits(u32::from(code) << 23),
            };
        }
        let sign = self.sign_bit();
        let (negative, magnitude) = (code & sign != 0, code & (sign - 1));
        let value = match self.special {
            Special::NanAtMinusZero if negative && magnitude == 0 => f32::NAN,
            Special::Ieee if magnitude == self.largest + 1 => f32::INFINITY,
            Special::NanAtTop | Special::Ieee if magnitude > self.largest => f32::NAN,
            _ => self.magnitude(magnitude),
        };
        if negative { -value } else { value }
    }

    fn magnitude(self, code: u8) -> f32 {
        let mantissa = i32::from(code) & ((1 << self.mantissa_bits) - 1);
        let exponent = i32::from(code) >> self.mantissa_bits;
        let (mantissa, exponent) = match exponent {
            0 => (mantissa, 1),
            _ => (mantissa | 1 << self.mantissa_bits, exponent),
        };
        let scale = power_of_two(exponent - self.bias - self.mantissa_bits.cast_signed());
        to_single(f64::from(mantissa) * scale)
    }

    /// The code of the nearest number, to even where two are as near.
    pub(crate) fn encode(self, value: f64, overflow: Overflow) -> u8 {
        let sign = if value.is_sign_negative() {
            self.sign_bit()
        } else {
            0
        };
        let nan = match self.special {
            Special::NanAtTop => sign | self.largest | 1,
            Special::Ieee => sign | (self.largest + 3),
            Special::NanAtMinusZero => self.sign_bit(),
            // As other implementations have it: there is nothing to say it with.
            Special::Finite => self.sign_bit() ^ sign,
            Special::Exponent => 0xff,
        };
        if value.is_nan() {
            return nan;
        }
        let code = self.rounded(value.abs());
        if code > u32::from(self.largest) {
            return match (overflow, self.special) {
                (Overflow::Saturates, _) | (_, Special::Finite) => sign | self.largest,
                (Overflow::Escapes, Special::Ieee) => sign | (self.largest + 1),
                (Overflow::Escapes, _) => nan,
            };
        }
        match (code, self.special) {
            (0, Special::NanAtMinusZero) => 0,
            _ => sign | u8::try_from(code).unwrap_or(self.largest),
        }
    }

    /// The code of the nearest number without sign, as if there were no largest one.
    fn rounded(self, value: f64) -> u32 {
        let exponent = exponent_of(value).clamp(1 - self.bias, 1 + (1 << self.exponent_bits));
        let unit = power_of_two(exponent - self.mantissa_bits.cast_signed());
        // More than the largest code, whatever the format.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a whole number without sign and fits"
        )]
        let mantissa = (value / unit).round_ties_even().min(65_536.0) as u32;
        let above_lowest = (exponent + self.bias - 1).unsigned_abs();
        (above_lowest << self.mantissa_bits) + mantissa
    }
}

/// The code of a power of two near a number, in the format of exponents alone.
pub(crate) fn encode_power(value: f64, rounding: PowerRounding, overflow: Overflow) -> u8 {
    const LOWEST: i32 = -127;
    const HIGHEST: i32 = 127;
    let outside = |saturated: u8| match overflow {
        Overflow::Saturates => saturated,
        Overflow::Escapes => 0xff,
    };
    if value.is_nan() || value < 0.0 {
        return 0xff;
    }
    if value < power_of_two(LOWEST) {
        return outside(0);
    }
    let exponent = exponent_of(value);
    let fraction = value / power_of_two(exponent.min(1000));
    let up = match rounding {
        PowerRounding::Up => fraction > 1.0,
        PowerRounding::Down => false,
        PowerRounding::Nearest => fraction >= 1.5,
    };
    let exponent = exponent + i32::from(up);
    if exponent > HIGHEST {
        return outside(0xfe);
    }
    u8::try_from(exponent - LOWEST).unwrap_or(0xfe)
}

/// The integer whose lowest bits, of which the highest is the sign, are those of a byte.
pub(crate) fn signed(byte: u8, bits: usize) -> i8 {
    let unused = 8 - bits;
    (byte << unused).cast_signed() >> unused
}

/// The exponent of the largest power of two that is not above a number; that of infinity is 1024.
fn exponent_of(value: f64) -> i32 {
    let exponent = (value.to_bits() >> 52 & 0x7ff) as i32;
    exponent - 1023
}

/// Two to the power of a number within the normal ones of double precision.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [DataType; 5] = [
        DataType::Float8E4M3Fn,
        DataType::Float8E4M3FnUz,
        DataType::Float8E5M2,
        DataType::Float8E5M2FnUz,
        DataType::Float4E2M1,
    ];

    #[test]
    fn every_number_is_its_own_nearest() {
        for data_type in TYPES {
            let narrow = Narrow::of(data_type).unwrap();
            for code in 0..=(narrow.sign_bit() - 1) | narrow.sign_bit() {
                let value = narrow.decode(code);
                let again = narrow.encode(value.into(), Overflow::Escapes);
                assert!(
                    again == code || value.is_nan(),
                    "{data_type} {code:#x} {value}"
                );
            }
        }
        let powers = Narrow::of(DataType::Float8E8M0).unwrap();
        for code in 0..=254 {
            let value = powers.decode(code).into();
            for rounding in [
                PowerRounding::Up,
                PowerRounding::Down,
                PowerRounding::Nearest,
            ] {
                assert_eq!(encode_power(value, rounding, Overflow::Escapes), code);
            }
        }
    }

    /// For each type, the codes of some values: where they saturate, and where they do not.
    #[test]
    fn special_values_have_their_codes() {
        const VALUES: [f64; 6] = [f64::NAN, f64::INFINITY, -1e6, -0.0, -1e-9, 5.0];
        let cases: [(DataType, [u8; 6], [u8; 6]); 5] = [
            (
                TYPES[0],
                [0x7f, 0x7e, 0xfe, 0x80, 0x80, 0x4a],
                [0x7f, 0x7f, 0xff, 0x80, 0x80, 0x4a],
            ),
            (
                TYPES[1],
                [0x80, 0x7f, 0xff, 0, 0, 0x52],
                [0x80, 0x80, 0x80, 0, 0, 0x52],
            ),
            (
                TYPES[2],
                [0x7e, 0x7b, 0xfb, 0x80, 0x80, 0x45],
                [0x7e, 0x7c, 0xfc, 0x80, 0x80, 0x45],
            ),
            (
                TYPES[3],
                [0x80, 0x7f, 0xff, 0, 0, 0x49],
                [0x80, 0x80, 0x80, 0, 0, 0x49],
            ),
            (
                TYPES[4],
                [0x8, 0x7, 0xf, 0x8, 0x8, 0x6],
                [0x8, 0x7, 0xf, 0x8, 0x8, 0x6],
            ),
        ];
        for (data_type, saturated, escaped) in cases {
            let narrow = Narrow::of(data_type).unwrap();
            let codes = |overflow| VALUES.map(|value| narrow.encode(value, overflow));
            assert_eq!(codes(Overflow::Saturates), saturated, "{data_type}");
            assert_eq!(codes(Overflow::Escapes), escaped, "{data_type}");
        }
    }

    #[test]
    fn powers_are_rounded_as_asked() {
        use PowerRounding::{Down, Nearest, Up};
        for (value, rounding, code) in [
            (1.1, Up, 128),
            (1.1, Down, 127),
            (1.1, Nearest, 127),
            (1.5, Nearest, 128),
            (0.0, Up, 0),
            (1e300, Up, 254),
            (f64::INFINITY, Down, 254),
            (f64::NAN, Up, 255),
        ] {
            assert_eq!(
                encode_power(value, rounding, Overflow::Saturates),
                code,
                "{value}"
            );
        }
        assert_eq!(encode_power(0.0, Up, Overflow::Escapes), 255);
        assert_eq!(encode_power(1e300, Up, Overflow::Escapes), 255);
    }
}
