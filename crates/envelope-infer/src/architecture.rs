//! What a network is made of, so that a state dict can run: `model_config.json`.

mod build;
mod layers;
mod recurrent;
mod window;

use std::path::Path;

use serde::Deserialize;

use crate::data_type::DataType;
use crate::error::Error;
use crate::graph::Graph;
use crate::state_dict::StateDict;
pub(crate) use build::OPSET;
pub use layers::{Layer, RecurrentLayer, Returns};
pub use window::{ConvWindow, Padding, PoolWindow, Sizes};

/// The architecture of a network, as `model_config.json` declares it.
///
/// A state dict holds weights and says nothing of what is computed with them. This does, for two
/// families of networks. Every key is known, or the file is refused; every tensor of the state dict
/// is used, or the network is. All is computed in `float32`.
///
/// # Layers one after the other
///
/// ```json
/// {
///   "type": "sequential",
///   "input": {"name": "images", "shape": [null, 1, 28, 28]},
///   "output": {"name": "scores"},
///   "layers": [
///     {"type": "conv2d", "name": "features.0", "padding": 1},
///     {"type": "relu"},
///     {"type": "max_pool2d", "kernel_size": 2},
///     {"type": "flatten"},
///     {"type": "linear", "name": "classifier"},
///     {"type": "softmax"}
///   ]
/// }
/// ```
///
/// `shape` has `null` where a dimension may have any size; `data_type` is `float32`, or `int64` for
/// an embedding. `name` is the prefix of the layer's tensors in the state dict; without it, it is
/// the layer's position, as in `torch.nn.Sequential`. Sizes are those of the tensors. The layers
/// are PyTorch's, with its names and defaults: `linear`, `embedding`, `conv1d`, `conv2d`
/// (`stride`, `padding`, `dilation`, `groups`), `batch_norm`, `layer_norm` (`eps`), `max_pool1d`,
/// `max_pool2d`, `avg_pool1d`, `avg_pool2d` (`kernel_size`, `stride`, `padding`),
/// `global_avg_pool`, `relu`, `leaky_relu` (`negative_slope`), `elu` (`alpha`), `gelu`
/// (`approximate`), `silu`, `tanh`, `sigmoid`, `softplus`, `softmax` (`dim`), `dropout`,
/// `identity`, `flatten`, `unsqueeze` (`dim`), `permute` (`dims`), and `lstm`, `gru`, `rnn`
/// (`num_layers`, `bidirectional`, `batch_first`, `nonlinearity`, and `returns`: `sequence`, or
/// `last` for the last hidden state, both directions side by side).
///
/// # A recurrent network with a linear head
///
/// ```json
/// {
///   "type": "lstm",
///   "input_size": 1,
///   "hidden_size": 48,
///   "num_layers": 1,
///   "window": 30,
///   "horizon": 7,
///   "output": "change_from_last_price",
///   "scaling": {"mean": 76.9, "scale": 29.1}
/// }
/// ```
///
/// `lstm`, `gru` or `rnn` over `window` steps (any number where it is left out), then `horizon`
/// numbers from the last hidden state. The tensors are `lstm.*` (or `gru.*`, `rnn.*`) and `head.*`.
/// The input is `[batch, window]` where `input_size` is 1, else `[batch, window, input_size]`.
/// `output` is `direct` (the default), or `change_from_last_price`: the head's answer is added to
/// the last step. With `scaling`, plain numbers come in and go out: the network works on
/// `(x - mean) / scale`, and its answer is scaled back.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Architecture {
    /// Layers one after the other.
    Sequential(Sequential),
    /// A long short-term memory with a linear head.
    Lstm(Forecaster),
    /// Gated recurrent units with a linear head.
    Gru(Forecaster),
    /// A plain recurrent network with a linear head.
    Rnn(Forecaster),
}

/// Layers one after the other.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sequential {
    /// What goes in.
    pub input: Input,
    /// What comes out.
    #[serde(default)]
    pub output: Output,
    /// The layers in order.
    pub layers: Vec<Layer>,
}

/// What goes into a sequential network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Input {
    /// Its name.
    #[serde(default = "input_name")]
    pub name: String,
    /// Its dimensions; nothing where a dimension may have any size.
    pub shape: Vec<Option<usize>>,
    /// `float32` or `int64`.
    #[serde(default = "float32")]
    pub data_type: String,
}

/// What comes out of a sequential network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Output {
    /// Its name.
    #[serde(default = "output_name")]
    pub name: String,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            name: output_name(),
        }
    }
}

/// A recurrent network with a linear head.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Forecaster {
    /// Numbers a step.
    #[serde(default = "one")]
    pub input_size: usize,
    /// Numbers in the hidden state.
    pub hidden_size: usize,
    /// Layers, each on the answers of the one before.
    #[serde(default = "one")]
    pub num_layers: usize,
    /// Steps; any number where it is left out.
    pub window: Option<usize>,
    /// Numbers that come out.
    pub horizon: usize,
    /// What the head's answer is.
    #[serde(default)]
    pub output: Answer,
    /// How plain numbers become those that the network works on.
    pub scaling: Option<Scaling>,
}

/// What the answer of a head is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// What comes out.
    #[default]
    Direct,
    /// The change from the last step.
    ChangeFromLastPrice,
}

/// A shift and a scale.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Scaling {
    /// What is taken off first.
    pub mean: f32,
    /// What it is divided by then.
    pub scale: f32,
}

fn input_name() -> String {
    "input".to_owned()
}

fn output_name() -> String {
    "output".to_owned()
}

fn float32() -> String {
    DataType::F32.name().to_owned()
}

fn one() -> usize {
    1
}

impl Architecture {
    /// Reads `model_config.json`.
    ///
    /// # Errors
    /// When the file cannot be read, or declares what is not known.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// When it declares what is not known.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Self::parse(text, "the architecture")
    }

    fn parse(text: &str, what: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::Malformed {
            what: what.to_owned(),
            message: error.to_string(),
        })
    }

    /// The network as a graph of ONNX operators.
    pub(crate) fn graph(&self, state: &StateDict) -> Result<Graph, Error> {
        let network = match self {
            Self::Sequential(sequential) => layers::sequential(sequential, state),
            Self::Lstm(network) => recurrent::forecaster(recurrent::Cell::Lstm, network, state),
            Self::Gru(network) => recurrent::forecaster(recurrent::Cell::Gru, network, state),
            Self::Rnn(network) => recurrent::forecaster(recurrent::Cell::Tanh, network, state),
        };
        network.map_err(|fault| Error::Malformed {
            what: "the state dict or its architecture".to_owned(),
            message: fault.0,
        })
    }
}
