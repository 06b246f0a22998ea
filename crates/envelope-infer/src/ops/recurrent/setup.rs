//! What the attributes of a recurrent layer say.

use super::activation::{Activation, Numbers};
use crate::fault::{Result, fault};
use crate::operator::Facts;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rnn,
    Gru,
    Lstm,
}

impl Kind {
    /// How many rows of weights there are for each hidden value.
    pub(super) fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// How many states go from step to step.
    pub(super) fn states(self) -> usize {
        if self == Self::Lstm { 2 } else { 1 }
    }

    fn default_activations(self) -> &'static [&'static str] {
        match self {
            Self::Rnn => &["Tanh"],
            Self::Gru => &["Sigmoid", "Tanh"],
            Self::Lstm => &["Sigmoid", "Tanh", "Tanh"],
        }
    }
}

/// One direction of a layer.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    pub(super) is_reverse: bool,
    /// As many as the kind of layer has, in the order f, g, h.
    pub(super) activations: Vec<Activation>,
}

#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) kind: Kind,
    pub(super) hidden: Option<usize>,
    pub(super) directions: Vec<Direction>,
    pub(super) batch_first: bool,
    /// What goes into a gate's activation is cut to plus and minus this.
    pub(super) clip: Option<f32>,
    /// GRU: the reset gate comes after the product with the state.
    pub(super) linear_before_reset: bool,
    /// LSTM: the forget gate is what the input gate leaves.
    pub(super) input_forget: bool,
}

impl Setup {
    pub(super) fn new(facts: &Facts<'_>, kind: Kind) -> Result<Self> {
        let hidden = facts.int("hidden_size")?;
        let hidden = hidden
            .map(|size| usize::try_from(size).map_err(|_| fault!("`hidden_size` is {size}")))
            .transpose()?;
        // The first versions let one say whether the output is wanted; it is if it has a name.
        facts.int("output_sequence")?;
        let clip = facts.number("clip")?.filter(|&clip| clip > 0.0);
        let layout = facts.int_or("layout", 0)?;
        if !matches!(layout, 0 | 1) {
            return Err(fault!("`layout` is {layout}, expected 0 or 1"));
        }
        Ok(Self {
            kind,
            hidden,
            directions: directions(facts, kind)?,
            batch_first: layout == 1,
            clip,
            linear_before_reset: kind == Kind::Gru && facts.flag("linear_before_reset", false)?,
            input_forget: kind == Kind::Lstm && facts.flag("input_forget", false)?,
        })
    }
}

fn directions(facts: &Facts<'_>, kind: Kind) -> Result<Vec<Direction>> {
    let reversed: &[bool] = match facts.text_or("direction", "forward")? {
        "forward" => &[false],
        "reverse" => &[true],
        "bidirectional" => &[false, true],
        other => return Err(fault!("`direction` is `{other}`")),
    };
    let defaults = kind.default_activations();
    let names = match facts.texts("activations")? {
        Some(names) => names,
        None => defaults
            .iter()
            .cycle()
            .take(defaults.len() * reversed.len())
            .map(ToString::to_string)
            .collect(),
    };
    // RNN's own default names two, whatever the direction.
    let wanted = defaults.len() * reversed.len();
    if names.len() < wanted || names.len() > wanted && kind != Kind::Rnn {
        return Err(fault!(
            "found {} activations, expected {wanted}",
            names.len()
        ));
    }
    let mut alphas = Numbers::new(facts.numbers("activation_alpha")?);
    let mut betas = Numbers::new(facts.numbers("activation_beta")?);
    let activations = names
        .iter()
        .map(|name| Activation::new(name, &mut alphas, &mut betas))
        .collect::<Result<Vec<_>>>()?;
    let each = activations.chunks(defaults.len()).zip(reversed);
    Ok(each
        .map(|(activations, &is_reverse)| Direction {
            is_reverse,
            activations: activations.to_vec(),
        })
        .collect())
}
