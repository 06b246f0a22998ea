//! Exponentials and their kin on slices of `f32`, written so that the compiler makes vectors of
//! them: no branches, no calls, the widest registers that the processor has.
//!
//! All are within a few units in the last place of the exact value (the tests say how many), give
//! the same bits on every processor, and pass NaN on. Reduction by multiples of ln 2 is that of Cody
//! and Waite; the polynomials are least-maximum fits.
#![expect(
    clippy::inline_always,
    reason = "a call in a loop keeps the loop from becoming vectors"
)]

use rayon::prelude::*;

/// Slices longer than this are shared among threads, in pieces of [`PIECE`].
const MANY: usize = 1 << 17;
const PIECE: usize = 1 << 15;

/// Replaces each value by its exponential.
pub(crate) fn exp(values: &mut [f32]) {
    apply(values, exp_of);
}

/// Replaces each value by its natural logarithm.
pub(crate) fn ln(values: &mut [f32]) {
    apply(values, ln_of);
}

/// Replaces each value by its hyperbolic tangent.
pub(crate) fn tanh(values: &mut [f32]) {
    apply(values, tanh_of);
}

/// Replaces each value x by 1 / (1 + exp(-x)).
pub(crate) fn sigmoid(values: &mut [f32]) {
    apply(values, sigmoid_of);
}

/// Replaces each value by its error function.
pub(crate) fn erf(values: &mut [f32]) {
    apply(values, erf_of);
}

/// Replaces each value by itself times the normal distribution's share below it.
pub(crate) fn gelu(values: &mut [f32]) {
    apply(values, gelu_of);
}

/// The same in the approximation by a hyperbolic tangent.
pub(crate) fn gelu_by_tanh(values: &mut [f32]) {
    apply(values, gelu_by_tanh_of);
}

/// Replaces each value x by x tanh(ln(1 + exp(x))).
pub(crate) fn mish(values: &mut [f32]) {
    apply(values, mish_of);
}

/// Runs a function over all values in vectors, on several threads where there are many.
///
/// The function must be inlined to gain from it: a closure of arithmetic, or one of those below.
pub(crate) fn apply(values: &mut [f32], function: impl Fn(f32) -> f32 + Copy + Send + Sync) {
    if values.len() <= MANY {
        return vectorized(values, function);
    }
    values
        .par_chunks_mut(PIECE)
        .for_each(|piece| vectorized(piece, function));
}

fn vectorized(values: &mut [f32], function: impl Fn(f32) -> f32) {
    pulp::Arch::new().dispatch(Each { values, function });
}

/// A loop as a type, so that it is surely inlined where the wide registers are allowed.
struct Each<'a, F> {
    values: &'a mut [f32],
    function: F,
}

impl<F: Fn(f32) -> f32> pulp::NullaryFnOnce for Each<'_, F> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for value in self.values {
            *value = (self.function)(*value);
        }
    }
}

/// A polynomial, its coefficients from the constant one upwards.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = 0.0;
    let mut i = N;
    while i > 0 {
        i -= 1;
        sum = sum * x + coefficients[i];
    }
    sum
}

/// The natural logarithm of 2 in two parts: the upper one has so few bits that its product with a
/// small integer is exact.
const LN_2_UPPER: f32 = 0.693_145_75;
const LN_2_LOWER: f32 = 1.428_606_8e-6;

/// The exponential.
#[inline(always)]
pub(crate) fn exp_of(x: f32) -> f32 {
    // Added and taken away, it rounds to an integer, which then stands in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    // Beyond these the result is 0 or infinite; NaN stays.
    let x = if x < -104.5 { -104.5 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let power = rounded
        .to_bits()
        .wrapping_sub(ROUNDER.to_bits())
        .cast_signed();
    let n = rounded - ROUNDER;
    let r = (x - n * LN_2_UPPER) - n * LN_2_LOWER;
    let tail = polynomial(
        r,
        [
            0.499_999_94,
            0.166_665_21,
            0.041_668_39,
            0.008_368_716,
            0.001_381_46,
        ],
    );
    let mantissa = 1.0 + (r + r * r * tail);
    // In two steps, so that results below the normal numbers and the largest come out right.
    let half = power >> 1;
    mantissa * power_of_two(half) * power_of_two(power.wrapping_sub(half))
}

/// The exponential less 1, with few relative errors near 0 too.
#[inline(always)]
pub(crate) fn exp_minus_1_of(x: f32) -> f32 {
    // exp(x) - 1 = tanh(x / 2) (exp(x) + 1), and what is small is the hyperbolic tangent.
    let half = 0.5 * x;
    let near = tanh_of(half) * (exp_of(x) + 1.0);
    if half.abs() < 0.5 {
        near
    } else {
        exp_of(x) - 1.0
    }
}

/// Two to the power of a number in -126..=127.
#[inline(always)]
fn power_of_two(power: i32) -> f32 {
    f32::from_bits(power.wrapping_add(127).cast_unsigned() << 23)
}

/// The natural logarithm.
#[inline(always)]
pub(crate) fn ln_of(x: f32) -> f32 {
    const ROOT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    const BITS: u32 = 23;
    // Numbers below the normal ones are made larger first.
    let small = x < f32::MIN_POSITIVE;
    let (scaled, shift) = if small {
        (x * 8_388_608.0, -23.0)
    } else {
        (x, 0.0)
    };
    let power = scaled.to_bits().wrapping_sub(ROOT_HALF).cast_signed() >> BITS;
    let mantissa = scaled.to_bits().wrapping_sub(power.cast_unsigned() << BITS);
    let f = f32::from_bits(mantissa) - 1.0;
    let power = power as f32 + shift;
    let series = polynomial(
        f,
        [
            0.333_333_13,
            -0.250_000_1,
            0.200_021_19,
            -0.166_679_96,
            0.142_195_5,
            -0.124_055_915,
            0.118_881_75,
            -0.116_756_41,
            0.067_466_01,
        ],
    );
    let square = f * f;
    let tail = f * square * series + power * LN_2_LOWER;
    let finite = power * LN_2_UPPER + (f + (tail - 0.5 * square));
    let positive = if x < f32::INFINITY { finite } else { x };
    let at_least_0 = if x == 0.0 {
        f32::NEG_INFINITY
    } else {
        positive
    };
    if x < 0.0 { f32::NAN } else { at_least_0 }
}

/// ln(1 + exp(x)).
#[inline(always)]
pub(crate) fn softplus_of(x: f32) -> f32 {
    let e = exp_of(-x.abs());
    let sum = 1.0 + e;
    // What rounding took from the sum is put back.
    let tail = ln_of(sum) + (e - (sum - 1.0)) / sum;
    if x > 0.0 { x + tail } else { tail }
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh_of(x: f32) -> f32 {
    let z = x * x;
    let series = polynomial(
        z,
        [
            -0.333_332_8,
            0.133_314_42,
            -0.053_739_715,
            0.020_639_092,
            -0.005_704_990_6,
        ],
    );
    let small = x + x * (z * series);
    let large = (1.0 - 2.0 / (exp_of(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { small } else { large }
}

/// 1 / (1 + exp(-x)).
#[inline(always)]
pub(crate) fn sigmoid_of(x: f32) -> f32 {
    1.0 / (1.0 + exp_of(-x))
}

/// The error function, for arguments below 1.
#[inline(always)]
fn erf_near_zero(x: f32) -> f32 {
    let series = polynomial(
        x * x,
        [
            std::f32::consts::FRAC_2_SQRT_PI,
            -0.376_126_26,
            0.112_835_854,
            -0.026_853_817,
            0.005_188_334_3,
            -0.000_801_024_7,
            0.000_078_540_244,
        ],
    );
    x * series
}

/// What the error function lacks to 1, for arguments from about 1 upwards, with few relative
/// errors however small it is.
#[inline(always)]
fn erf_complement(t: f32) -> f32 {
    let u = 1.0 / (1.0 + 0.5 * t);
    let logarithm = polynomial(
        u,
        [
            -1.265_453,
            0.998_398_1,
            0.392_801_52,
            -0.022_098_893,
            0.273_898_5,
            -0.846_129_36,
            0.598_352_8,
            -0.128_590_75,
        ],
    );
    u * exp_of(logarithm - t * t)
}

/// The error function.
#[inline(always)]
pub(crate) fn erf_of(x: f32) -> f32 {
    let t = x.abs();
    let large = (1.0 - erf_complement(t)).copysign(x);
    if t < 1.0 { erf_near_zero(x) } else { large }
}

/// x times the normal distribution's share below x.
#[inline(always)]
pub(crate) fn gelu_of(x: f32) -> f32 {
    let t = x * std::f32::consts::FRAC_1_SQRT_2;
    let rest = 0.5 * erf_complement(t.abs());
    let large = if x < 0.0 { rest } else { 1.0 - rest };
    let near = 0.5 + 0.5 * erf_near_zero(t);
    x * if t.abs() < 1.0 { near } else { large }
}

/// The same in the approximation by a hyperbolic tangent: (1 + tanh(y)) / 2 is the sigmoid of 2y.
#[inline(always)]
pub(crate) fn gelu_by_tanh_of(x: f32) -> f32 {
    const TWICE_SQRT_2_BY_PI: f32 = 1.595_769;
    x * sigmoid_of(TWICE_SQRT_2_BY_PI * (x + 0.044_715 * (x * x * x)))
}

/// x tanh(ln(1 + exp(x))), as a fraction of exponentials.
#[inline(always)]
pub(crate) fn mish_of(x: f32) -> f32 {
    // From 20 on the factor is 1 in all bits.
    let e = exp_of(if x > 20.0 { 20.0 } else { x });
    let n = e * (e + 2.0);
    x * (n / (n + 2.0))
}

/// The error function in double precision, by a series whose terms all have one sign.
pub(crate) fn erf_double(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x.abs() > 6.0 {
        return 1.0f64.copysign(x);
    }
    let mut term = x;
    let mut sum = x;
    let mut odd = 1.0;
    while term.abs() > sum.abs() * 1e-17 {
        odd += 2.0;
        term *= 2.0 * x * x / odd;
        sum += term;
    }
    sum * (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "bits are compared on purpose"
)]
mod tests {
    use super::*;

    /// The largest error over many arguments, in units of the last place of the exact value.
    fn worst(range: (f32, f32), function: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        let steps = 200_000u32;
        let error = |i: u32| {
            let x = range.0 + (range.1 - range.0) * (i as f32 / steps as f32);
            let want = exact(x.into());
            let unit =
                f64::from((want as f32).abs().max(f32::MIN_POSITIVE)) * f64::from(f32::EPSILON);
            ((f64::from(function(x)) - want) / unit).abs()
        };
        (0..=steps).map(error).fold(0.0, f64::max)
    }

    fn exact_sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    fn exact_gelu(x: f64) -> f64 {
        0.5 * x * (1.0 + erf_double(x / 2f64.sqrt()))
    }

    fn exact_gelu_by_tanh(x: f64) -> f64 {
        x * exact_sigmoid(2.0 * (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3)))
    }

    fn exact_mish(x: f64) -> f64 {
        x * x.exp().ln_1p().tanh()
    }

    type Case = (
        &'static str,
        (f32, f32),
        fn(f32) -> f32,
        fn(f64) -> f64,
        f64,
    );

    #[test]
    fn errors_are_a_few_units_in_the_last_place() {
        let cases: [Case; 16] = [
            ("exp", (-87.0, 88.7), exp_of, f64::exp, 1.5),
            ("exp near 0", (-0.4, 0.4), exp_of, f64::exp, 1.0),
            ("exp - 1", (-20.0, 20.0), exp_minus_1_of, f64::exp_m1, 4.0),
            (
                "exp - 1 near 0",
                (-1e-3, 1e-3),
                exp_minus_1_of,
                f64::exp_m1,
                3.0,
            ),
            ("ln", (1e-30, 1e4), ln_of, f64::ln, 1.5),
            ("ln near 1", (0.5, 2.0), ln_of, f64::ln, 2.0),
            (
                "softplus",
                (-80.0, 40.0),
                softplus_of,
                |x| x.exp().ln_1p(),
                3.0,
            ),
            ("tanh", (-10.0, 10.0), tanh_of, f64::tanh, 2.0),
            ("tanh near 0", (-1e-3, 1e-3), tanh_of, f64::tanh, 1.0),
            ("sigmoid", (-80.0, 80.0), sigmoid_of, exact_sigmoid, 3.0),
            ("erf", (-5.0, 5.0), erf_of, erf_double, 2.0),
            ("erf near 0", (-1e-3, 1e-3), erf_of, erf_double, 1.5),
            ("gelu", (-1.0, 8.0), gelu_of, exact_gelu, 6.0),
            ("gelu below", (-3.0, -1.0), gelu_of, exact_gelu, 20.0),
            (
                "gelu by tanh",
                (-3.0, 8.0),
                gelu_by_tanh_of,
                exact_gelu_by_tanh,
                20.0,
            ),
            ("mish", (-20.0, 40.0), mish_of, exact_mish, 4.0),
        ];
        for (name, range, function, exact, limit) in cases {
            let found = worst(range, function, exact);
            assert!(found <= limit, "{name}: {found} units");
        }
    }

    #[test]
    fn ends_and_nan_come_out_right() {
        type Case = (fn(f32) -> f32, f32, f32);
        let infinite = f32::INFINITY;
        let cases: [Case; 17] = [
            (exp_of, infinite, infinite),
            (exp_of, -infinite, 0.0),
            (exp_of, 88.73, infinite),
            (exp_of, -103.0, 1e-45),
            (ln_of, infinite, infinite),
            (ln_of, 0.0, -infinite),
            (ln_of, 1.0, 0.0),
            (ln_of, 1e-45, -103.278_93),
            (softplus_of, infinite, infinite),
            (softplus_of, -infinite, 0.0),
            (tanh_of, infinite, 1.0),
            (tanh_of, -infinite, -1.0),
            (sigmoid_of, -infinite, 0.0),
            (sigmoid_of, infinite, 1.0),
            (erf_of, -infinite, -1.0),
            (gelu_of, 40.0, 40.0),
            (mish_of, infinite, infinite),
        ];
        for (function, x, want) in cases {
            assert_eq!(function(x), want, "at {x}");
        }
        let all = [
            exp_of,
            ln_of,
            softplus_of,
            tanh_of,
            sigmoid_of,
            erf_of,
            gelu_of,
            gelu_by_tanh_of,
            mish_of,
        ];
        assert!(ln_of(-1.0).is_nan());
        for function in all {
            assert!(function(f32::NAN).is_nan());
        }
    }

    #[test]
    fn long_slices_are_computed_whole() {
        let mut values: Vec<f32> = (0..200_001u32).map(|i| i as f32 * 1e-5).collect();
        let want: Vec<f32> = values.iter().map(|&x| exp_of(x)).collect();
        exp(&mut values);
        assert_eq!(values, want);
    }

    #[test]
    fn error_function_in_double_precision() {
        for (x, want) in [
            (0.0, 0.0),
            (0.5, 0.520_499_877_813_046_5),
            (-1.0, -0.842_700_792_949_714_9),
            (2.5, 0.999_593_047_982_555),
            (30.0, 1.0),
        ] {
            assert!((erf_double(x) - want).abs() < 1e-15, "at {x}");
        }
    }
}
