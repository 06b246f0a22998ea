//! Numbers written as text, and read from it.

use super::{Rules, converted};
use crate::data_type::DataType;
use crate::element::{Number, to_single, with_integer};
use crate::fault::{Result, fault};
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Booleans as words, as NumPy writes them.
pub(super) fn of_bools(x: &Tensor) -> Tensor {
    let word = |&v: &u8| if v == 0 { "False" } else { "True" }.to_owned();
    let words = x.raw::<u8>().iter().map(word).collect();
    Tensor::from_strings(x.shape().clone(), words)
}

/// Numbers in decimal notation, as NumPy writes them: the fewest digits that tell a float from its
/// neighbours.
pub(super) fn of_numbers<S: Number>(shape: Shape, values: &[S]) -> Tensor {
    let text = |value: &S| match S::TYPE {
        DataType::F32 => decimal(&format!("{:?}", to_single(*value))),
        DataType::F64 => decimal(&format!("{:?}", value.to_f64())),
        DataType::F16 | DataType::Bf16 => decimal(&format!("{:?}", shortest(*value))),
        _ => value.to_string(),
    };
    Tensor::from_strings(shape, values.iter().map(text).collect())
}

/// The single-precision number with the fewest digits that is nearest to this narrow one.
fn shortest<S: Number>(value: S) -> f32 {
    let wide = to_single(value);
    let same = |digits: usize| {
        let near: f32 = format!("{wide:.digits$e}").parse().ok()?;
        (S::from_f64(near.into()) == value).then_some(near)
    };
    (0..6).find_map(same).unwrap_or(wide)
}

/// A float as Rust writes it becomes one as NumPy does.
fn decimal(rust: &str) -> String {
    match rust.split_once('e') {
        None => rust.replace("NaN", "nan"),
        Some((digits, power)) => match power.strip_prefix('-') {
            Some(power) => format!("{digits}e-{power:0>2}"),
            None => format!("{digits}e+{power:0>2}"),
        },
    }
}

/// Reads numbers; a text that is none is a fault.
pub(super) fn parsed(x: &Tensor, to: DataType, rules: Rules) -> Result<Tensor> {
    let texts = x.strings()?;
    let shape = x.shape().clone();
    match to {
        DataType::F32 => {
            let values = texts.iter().map(|text| float::<f32>(text));
            Ok(Tensor::from_vec(
                shape,
                values.collect::<Result<Vec<f32>>>()?,
            ))
        }
        DataType::Bool => {
            let values: Vec<bool> = texts
                .iter()
                .map(|text| boolean(text))
                .collect::<Result<_>>()?;
            Ok(Tensor::from_bools(shape, values))
        }
        _ if to.is_integer() => with_integer!(to, D => {
            let value = |text: &String| Ok(D::from_i64(wrapped(integer(text)?)));
            let values = texts.iter().map(value).collect::<Result<Vec<D>>>()?;
            Ok(Tensor::from_vec(shape, values))
        }),
        _ => {
            let values = texts.iter().map(|text| float::<f64>(text));
            let wide = Tensor::from_vec(shape, values.collect::<Result<Vec<f64>>>()?);
            converted(wide, to, rules)
        }
    }
}

fn float<F: std::str::FromStr>(text: &str) -> Result<F> {
    text.trim()
        .parse()
        .map_err(|_| fault!("`{text}` is no number"))
}

/// An integer, or a float that is cut off.
fn integer(text: &str) -> Result<i128> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is cut off and saturates"
    )]
    let cut = |value: f64| value as i128;
    text.trim().parse().or_else(|_| float(text).map(cut))
}

/// The lowest 64 bits.
fn wrapped(value: i128) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only the lowest bits are wanted"
    )]
    let low = value as i64;
    low
}

fn boolean(text: &str) -> Result<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Ok(float::<f64>(text)? != 0.0),
    }
}

#[cfg(test)]
mod tests {
    use half::{bf16, f16};

    use super::*;

    #[test]
    fn numbers_are_written_as_numpy_writes_them() {
        let single = [
            1.0f32,
            0.1,
            -1e-5,
            1e16,
            123_456.0,
            f32::NAN,
            f32::INFINITY,
            3.4e38,
        ];
        let want = [
            "1.0", "0.1", "-1e-05", "1e+16", "123456.0", "nan", "inf", "3.4e+38",
        ];
        assert_eq!(
            of_numbers(Shape::from([8]), &single).strings().unwrap(),
            want
        );
        let half = [f16::from_f32(0.1), f16::from_f32(65504.0)];
        assert_eq!(
            of_numbers(Shape::from([2]), &half).strings().unwrap(),
            ["0.1", "65500.0"]
        );
        let brain = [bf16::from_f32(0.1)];
        assert_eq!(
            of_numbers(Shape::from([1]), &brain).strings().unwrap(),
            ["0.1"]
        );
        assert_eq!(
            of_numbers(Shape::from([1]), &[-7i8]).strings().unwrap(),
            ["-7"]
        );
    }

    #[test]
    fn texts_are_read_or_refused() {
        for (text, want) in [
            ("1e3", Ok(1000)),
            (" -7 ", Ok(-7)),
            ("100.5", Ok(100)),
            ("x", Err(())),
        ] {
            assert_eq!(integer(text).map_err(|_| ()), want);
        }
        assert_eq!(wrapped(integer("18446744073709551615").unwrap()), -1);
        for (text, want) in [
            ("+INF", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("1E8", 1e8),
        ] {
            assert_eq!(float::<f64>(text), Ok(want));
        }
        assert!(float::<f64>("NaN").unwrap().is_nan());
        assert_eq!((boolean("True"), boolean("0")), (Ok(true), Ok(false)));
    }
}
