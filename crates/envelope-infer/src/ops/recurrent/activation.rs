//! The functions that the gates of recurrent layers go through.

use crate::fault::{Result, fault};
use crate::ops::wide::Wide;

/// A function with its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation {
    function: Function,
    alpha: f32,
    beta: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Affine,
    Elu,
    HardSigmoid,
    LeakyRelu,
    Relu,
    ScaledTanh,
    Sigmoid,
    Softplus,
    Softsign,
    Tanh,
    ThresholdedRelu,
}

/// The names, and alpha and beta where a function has them, as they are unless said.
const TABLE: [(&str, Function, Option<f32>, Option<f32>); 11] = [
    ("Affine", Function::Affine, Some(1.0), Some(0.0)),
    ("Elu", Function::Elu, Some(1.0), None),
    ("HardSigmoid", Function::HardSigmoid, Some(0.2), Some(0.5)),
    ("LeakyRelu", Function::LeakyRelu, Some(0.01), None),
    ("Relu", Function::Relu, None, None),
    ("ScaledTanh", Function::ScaledTanh, Some(1.0), Some(1.0)),
    ("Sigmoid", Function::Sigmoid, None, None),
    ("Softplus", Function::Softplus, None, None),
    ("Softsign", Function::Softsign, None, None),
    ("Tanh", Function::Tanh, None, None),
    (
        "ThresholdedRelu",
        Function::ThresholdedRelu,
        Some(1.0),
        None,
    ),
];

/// Parameters that a node lists, taken in order by those functions that have some.
pub(super) struct Numbers<'a>(std::slice::Iter<'a, f32>);

impl<'a> Numbers<'a> {
    pub(super) fn new(listed: Option<&'a [f32]>) -> Self {
        Self(listed.unwrap_or_default().iter())
    }

    fn take(&mut self, default: Option<f32>) -> f32 {
        match default {
            Some(default) => self.0.next().copied().unwrap_or(default),
            None => 0.0,
        }
    }
}

impl Activation {
    /// The function of a name, whatever case it is written in.
    pub(super) fn new(
        name: &str,
        alphas: &mut Numbers<'_>,
        betas: &mut Numbers<'_>,
    ) -> Result<Self> {
        let row = TABLE.iter().find(|row| row.0.eq_ignore_ascii_case(name));
        let &(_, function, alpha, beta) =
            row.ok_or_else(|| fault!("activation `{name}` is not known"))?;
        Ok(Self {
            function,
            alpha: alphas.take(alpha),
            beta: betas.take(beta),
        })
    }

    /// Replaces each value by what the function makes of it.
    pub(super) fn apply<T: Wide>(self, values: &mut [T]) {
        match self.function {
            Function::Sigmoid => T::sigmoid_all(values),
            Function::Tanh => T::tanh_all(values),
            Function::Relu => each(values, |x| if x < T::zero() { T::zero() } else { x }),
            _ => {
                let function = self.function.of::<T>();
                let (a, b) = (
                    T::from_f64(self.alpha.into()),
                    T::from_f64(self.beta.into()),
                );
                each(values, |x| function(x, a, b));
            }
        }
    }
}

fn each<T: Wide>(values: &mut [T], function: impl Fn(T) -> T) {
    for value in values {
        *value = function(*value);
    }
}

impl Function {
    fn of<T: Wide>(self) -> fn(T, T, T) -> T {
        match self {
            Self::Affine => |x, a, b| a * x + b,
            Self::Elu => |x, a, _| if x >= T::zero() { x } else { a * x.exp_m1() },
            Self::HardSigmoid => |x, a, b| clamped(a * x + b, T::zero(), T::one()),
            Self::LeakyRelu => |x, a, _| if x >= T::zero() { x } else { a * x },
            Self::ScaledTanh => |x, a, b| a * (b * x).tanh(),
            Self::Softplus => |x, _, _| x.max(T::zero()) + (-x.abs()).exp().ln_1p(),
            Self::Softsign => |x, _, _| x / (T::one() + x.abs()),
            Self::ThresholdedRelu => |x, a, _| if x >= a { x } else { T::zero() },
            Self::Relu | Self::Sigmoid | Self::Tanh => |x, _, _| x,
        }
    }
}

/// The value cut to a range; what is no number stays so.
pub(super) fn clamped<T: Wide>(x: T, least: T, most: T) -> T {
    if x < least {
        least
    } else if x > most {
        most
    } else {
        x
    }
}
