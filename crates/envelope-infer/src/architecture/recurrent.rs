//! Recurrent layers: PyTorch's gates in ONNX's order.
//!
//! PyTorch stacks the gates of an LSTM as input, forget, cell, output, ONNX as input, output,
//! forget, cell. Those of a GRU are reset, update, new in PyTorch, and update, reset, hidden in
//! ONNX, where `linear_before_reset` makes the reset gate act as PyTorch's does.

use super::build::{Builder, Flow};
use super::layers::linear;
use super::{Answer, Forecaster};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::graph::{Attribute, Graph, ValueId};
use crate::shape::Shape;
use crate::state_dict::StateDict;
use crate::tensor::Tensor;

/// What a recurrent layer computes in each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Lstm,
    Gru,
    Tanh,
    Relu,
}

impl Cell {
    fn operator(self) -> &'static str {
        match self {
            Self::Lstm => "LSTM",
            Self::Gru => "GRU",
            Self::Tanh | Self::Relu => "RNN",
        }
    }

    /// What its tensors are called in a network that does not say.
    fn prefix(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
            Self::Tanh | Self::Relu => "rnn",
        }
    }

    /// PyTorch's place of each of ONNX's gates.
    fn gates(self) -> &'static [usize] {
        match self {
            Self::Lstm => &[0, 3, 1, 2],
            Self::Gru => &[1, 0, 2],
            Self::Tanh | Self::Relu => &[0],
        }
    }
}

/// Recurrent layers, each on the answers of the one before.
pub(super) struct Recurrent<'a> {
    pub(super) cell: Cell,
    pub(super) prefix: &'a str,
    pub(super) layer_count: usize,
    pub(super) bidirectional: bool,
}

/// What recurrent layers answer.
pub(super) struct Answers {
    /// `[steps, batch, directions * hidden]`.
    pub(super) sequence: ValueId,
    /// The last hidden state of the last layer, `[directions, batch, hidden]`.
    pub(super) last: ValueId,
    /// `directions * hidden`.
    pub(super) width: i64,
}

/// Adds recurrent layers on `[steps, batch, features]`.
pub(super) fn stack(
    builder: &mut Builder<'_>,
    layers: &Recurrent<'_>,
    steps: ValueId,
) -> Result<Answers> {
    let mut sequence = steps;
    let mut last = steps;
    let mut width = 0;
    if layers.layer_count == 0 {
        return Err(fault!("`{}` has no layers", layers.prefix));
    }
    for layer in 0..layers.layer_count {
        let weights = Weights::read(builder, layers, layer)?;
        let hidden = i64::try_from(weights.hidden).unwrap_or(i64::MAX);
        let directions = if layers.bidirectional { 2 } else { 1 };
        let mut attributes = vec![("hidden_size", Attribute::Int(hidden))];
        if layers.bidirectional {
            attributes.push(("direction", Attribute::String(b"bidirectional".to_vec())));
        }
        match layers.cell {
            Cell::Gru => attributes.push(("linear_before_reset", Attribute::Int(1))),
            Cell::Relu => {
                let names = vec![b"Relu".to_vec(); directions];
                attributes.push(("activations", Attribute::Strings(names)));
            }
            Cell::Lstm | Cell::Tanh => {}
        }
        let input = builder.constant("input_weights", weights.input);
        let recurrent = builder.constant("recurrent_weights", weights.recurrent);
        let bias = weights
            .bias
            .map(|bias| builder.constant("recurrent_bias", bias));
        let inputs = vec![Some(sequence), Some(input), Some(recurrent), bias];
        let outputs = builder.nodes(layers.cell.operator(), inputs, &attributes, 2);
        // [steps, directions, batch, hidden] with the directions side by side.
        let order = Attribute::Ints(vec![0, 2, 1, 3]);
        let moved = builder.node("Transpose", &[outputs[0]], &[("perm", order)]);
        width = if layers.bidirectional {
            hidden.saturating_mul(2)
        } else {
            hidden
        };
        let shape = builder.ints(&[0, 0, width]);
        sequence = builder.node("Reshape", &[moved, shape], &[]);
        last = outputs[1];
    }
    Ok(Answers {
        sequence,
        last,
        width,
    })
}

/// The weights of a layer as ONNX takes them, one slice for each direction.
struct Weights {
    input: Tensor,
    recurrent: Tensor,
    bias: Option<Tensor>,
    hidden: usize,
}

impl Weights {
    fn read(builder: &mut Builder<'_>, layers: &Recurrent<'_>, layer: usize) -> Result<Self> {
        let suffixes = if layers.bidirectional {
            &["", "_reverse"][..]
        } else {
            &[""]
        };
        let gates = layers.cell.gates();
        let (mut input, mut recurrent, mut bias) = (Vec::new(), Vec::new(), Vec::new());
        let (mut width, mut hidden) = (0, 0);
        for (direction, suffix) in suffixes.iter().enumerate() {
            let name = |part: &str| format!("{}.{part}_l{layer}{suffix}", layers.prefix);
            let w = builder.weight(&name("weight_ih"), 2)?;
            let r = builder.weight(&name("weight_hh"), 2)?;
            if direction == 0 {
                (width, hidden) = (w.shape()[1], r.shape()[1]);
            }
            let rows = hidden.checked_mul(gates.len());
            let fits = rows == Some(w.shape()[0])
                && w.shape()[1] == width
                && rows == Some(r.shape()[0])
                && r.shape()[1] == hidden
                && hidden > 0;
            if !fits {
                return Err(fault!(
                    "`{}` has shape {}, and `{}` has {}: not those of one layer",
                    name("weight_ih"),
                    w.shape(),
                    name("weight_hh"),
                    r.shape()
                ));
            }
            input.extend(reordered(&w, gates)?);
            recurrent.extend(reordered(&r, gates)?);
            let shape = Shape::from([gates.len() * hidden]);
            for part in ["bias_ih", "bias_hh"] {
                if let Some(one) = builder.weight_of_shape(&name(part), &shape)? {
                    bias.extend(reordered(&one, gates)?);
                }
            }
        }
        let directions = suffixes.len();
        let rows = gates.len() * hidden;
        let bias = match bias.len() {
            0 => None,
            length if length == directions * 2 * rows => {
                Some(Tensor::from_vec([directions, 2 * rows], bias))
            }
            _ => return Err(fault!("`{}` has some of its biases only", layers.prefix)),
        };
        Ok(Self {
            input: Tensor::from_vec([directions, rows, width], input),
            recurrent: Tensor::from_vec([directions, rows, hidden], recurrent),
            bias,
            hidden,
        })
    }
}

/// The rows of the gates in ONNX's order.
fn reordered(weights: &Tensor, gates: &[usize]) -> Result<Vec<f32>> {
    let values = weights.values::<f32>()?;
    let size = values.len() / gates.len();
    let blocks = gates
        .iter()
        .map(|&gate| &values[gate * size..(gate + 1) * size]);
    Ok(blocks.flatten().copied().collect())
}

/// A recurrent network with a linear head on its last hidden state.
pub(super) fn forecaster(cell: Cell, network: &Forecaster, state: &StateDict) -> Result<Graph> {
    let mut builder = Builder::new(state);
    let is_plain = network.input_size == 1;
    let mut shape = vec![None, network.window];
    if !is_plain {
        shape.push(Some(network.input_size));
    }
    let input = builder.input("input", DataType::F32, &shape);
    let scaled = match network.scaling {
        Some(scaling) => {
            let mean = builder.number(scaling.mean);
            let scale = builder.number(scaling.scale);
            let shifted = builder.node("Sub", &[input.id, mean], &[]);
            builder.node("Div", &[shifted, scale], &[])
        }
        None => input.id,
    };
    let order = if is_plain { vec![1, 0] } else { vec![1, 0, 2] };
    let order = Attribute::Ints(order);
    let mut steps = builder.node("Transpose", &[scaled], &[("perm", order)]);
    if is_plain {
        let axes = builder.ints(&[2]);
        steps = builder.node("Unsqueeze", &[steps, axes], &[]);
    }
    let layers = Recurrent {
        cell,
        prefix: cell.prefix(),
        layer_count: network.num_layers,
        bidirectional: false,
    };
    check_sizes(&mut builder, &layers, network)?;
    let answers = stack(&mut builder, &layers, steps)?;
    let axes = builder.ints(&[0]);
    let last = builder.node("Squeeze", &[answers.last, axes], &[]);
    let hidden = Flow { id: last, rank: 2 };
    let mut answer = linear(&mut builder, "head", hidden)?.id;
    if network.output == Answer::ChangeFromLastPrice {
        if !is_plain {
            return Err(fault!("a change from the last price needs input_size 1"));
        }
        let (start, end, along) = (
            builder.ints(&[-1]),
            builder.ints(&[i64::MAX]),
            builder.ints(&[1]),
        );
        let last_step = builder.node("Slice", &[scaled, start, end, along], &[]);
        answer = builder.node("Add", &[last_step, answer], &[]);
    }
    if let Some(scaling) = network.scaling {
        let (mean, scale) = (builder.number(scaling.mean), builder.number(scaling.scale));
        answer = builder.node("Mul", &[answer, scale], &[]);
        answer = builder.node("Add", &[answer, mean], &[]);
    }
    builder.finish(
        Flow {
            id: answer,
            rank: 2,
        },
        "output",
    )
}

/// Holds the declared sizes against those of the tensors.
fn check_sizes(
    builder: &mut Builder<'_>,
    layers: &Recurrent<'_>,
    network: &Forecaster,
) -> Result<()> {
    let rows = layers.cell.gates().len().checked_mul(network.hidden_size);
    let rows = rows.ok_or_else(|| fault!("hidden_size {} is too large", network.hidden_size))?;
    let expected = [
        (
            format!("{}.weight_ih_l0", layers.prefix),
            [rows, network.input_size],
        ),
        (
            format!("{}.weight_hh_l0", layers.prefix),
            [rows, network.hidden_size],
        ),
        (
            "head.weight".to_owned(),
            [network.horizon, network.hidden_size],
        ),
    ];
    for (name, shape) in expected {
        builder.weight_of_shape(&name, &Shape::from(shape))?;
    }
    Ok(())
}
