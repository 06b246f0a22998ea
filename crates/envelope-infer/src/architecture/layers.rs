//! The layers of a sequential network, each as nodes of a graph.

use serde::Deserialize;

use super::Sequential;
use super::build::{Builder, Flow};
use super::recurrent::{Cell, Recurrent, stack};
use super::window::{ConvWindow, PoolWindow};
use crate::data_type::DataType;
use crate::fault::{Result, fault};
use crate::graph::{Attribute, Graph, ValueId};
use crate::shape::{Shape, axis_of};
use crate::state_dict::StateDict;
use crate::tensor::Tensor;

/// A layer, with what its weights do not say.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "these are PyTorch's layers and their parameters"
)]
pub enum Layer {
    Linear {
        name: Option<String>,
    },
    Embedding {
        name: Option<String>,
    },
    Conv1d(ConvWindow),
    Conv2d(ConvWindow),
    BatchNorm {
        name: Option<String>,
        #[serde(default = "epsilon")]
        eps: f32,
    },
    LayerNorm {
        name: Option<String>,
        #[serde(default = "epsilon")]
        eps: f32,
    },
    MaxPool1d(PoolWindow),
    MaxPool2d(PoolWindow),
    AvgPool1d(PoolWindow),
    AvgPool2d(PoolWindow),
    GlobalAvgPool {},
    Relu {},
    LeakyRelu {
        #[serde(default = "leak")]
        negative_slope: f32,
    },
    Elu {
        #[serde(default = "unit")]
        alpha: f32,
    },
    Gelu {
        #[serde(default = "exact")]
        approximate: String,
    },
    Silu {},
    Tanh {},
    Sigmoid {},
    Softplus {},
    Softmax {
        #[serde(default = "last_axis")]
        dim: i64,
    },
    Dropout {
        p: Option<f32>,
    },
    Identity {},
    Flatten {},
    Unsqueeze {
        dim: i64,
    },
    Permute {
        dims: Vec<i64>,
    },
    Lstm(RecurrentLayer),
    Gru(RecurrentLayer),
    Rnn(RecurrentLayer),
}

/// A recurrent layer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RecurrentLayer {
    /// The prefix of its tensors.
    pub name: Option<String>,
    /// Layers, each on the answers of the one before.
    #[serde(default = "one")]
    pub num_layers: usize,
    /// Whether it reads the steps from both ends.
    #[serde(default)]
    pub bidirectional: bool,
    /// Whether the batch is the first dimension, and the steps the second.
    #[serde(default)]
    pub batch_first: bool,
    /// `tanh` or `relu`, for `rnn`.
    pub nonlinearity: Option<String>,
    /// What goes to the next layer.
    #[serde(default)]
    pub returns: Returns,
}

/// What a recurrent layer hands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Returns {
    /// The answer of each step.
    #[default]
    Sequence,
    /// The last hidden state of the last layer, both directions side by side.
    Last,
}

fn epsilon() -> f32 {
    1e-5
}
fn leak() -> f32 {
    0.01
}
fn unit() -> f32 {
    1.0
}
fn exact() -> String {
    "none".to_owned()
}
fn last_axis() -> i64 {
    -1
}
fn one() -> usize {
    1
}

/// An operator and its attributes.
type ElementFunction = (&'static str, Vec<(&'static str, Attribute)>);

/// The graph of a sequential network.
pub(super) fn sequential(network: &Sequential, state: &StateDict) -> Result<Graph> {
    let data_type = match network.input.data_type.as_str() {
        "float32" => DataType::F32,
        "int64" => DataType::I64,
        other => return Err(fault!("data_type `{other}`, expected float32 or int64")),
    };
    if data_type == DataType::I64
        && !matches!(network.layers.first(), Some(Layer::Embedding { .. }))
    {
        return Err(fault!("int64 goes into an embedding only"));
    }
    let mut builder = Builder::new(state);
    let mut flow = builder.input(&network.input.name, data_type, &network.input.shape);
    for (position, layer) in network.layers.iter().enumerate() {
        let position = position.to_string();
        flow = layer
            .add(&mut builder, flow, &position)
            .map_err(|fault| fault!("layer {position}: {fault}"))?;
    }
    builder.finish(flow, &network.output.name)
}

impl Layer {
    /// Adds the layer; `position` is its name if it has none.
    fn add(&self, builder: &mut Builder<'_>, x: Flow, position: &str) -> Result<Flow> {
        if let Some((operator, attributes)) = self.element_function()? {
            return Ok(x.with(builder.node(operator, &[x.id], &attributes)));
        }
        let named = |name: &'_ Option<String>| name.clone().unwrap_or_else(|| position.to_owned());
        match self {
            Self::Linear { name } => linear(builder, &named(name), x),
            Self::Embedding { name } => embedding(builder, &named(name), x),
            Self::Conv1d(window) => window.add(builder, &named(&window.name), x, 1),
            Self::Conv2d(window) => window.add(builder, &named(&window.name), x, 2),
            Self::BatchNorm { name, eps } => batch_norm(builder, &named(name), x, *eps),
            Self::LayerNorm { name, eps } => layer_norm(builder, &named(name), x, *eps),
            Self::Lstm(layer) => layer.add(Cell::Lstm, builder, &named(&layer.name), x),
            Self::Gru(layer) => layer.add(Cell::Gru, builder, &named(&layer.name), x),
            Self::Rnn(layer) => layer.add(layer.plain_cell()?, builder, &named(&layer.name), x),
            other => other.add_shaping(builder, x),
        }
    }

    /// The operator of a layer that changes each element alone.
    fn element_function(&self) -> Result<Option<ElementFunction>> {
        let alpha = |value: f32| vec![("alpha", Attribute::Float(value))];
        Ok(Some(match self {
            Self::Relu {} => ("Relu", vec![]),
            Self::Tanh {} => ("Tanh", vec![]),
            Self::Sigmoid {} => ("Sigmoid", vec![]),
            Self::Softplus {} => ("Softplus", vec![]),
            Self::Dropout { .. } | Self::Identity {} => ("Identity", vec![]),
            Self::LeakyRelu { negative_slope } => ("LeakyRelu", alpha(*negative_slope)),
            Self::Elu { alpha: value } => ("Elu", alpha(*value)),
            Self::Softmax { dim } => ("Softmax", vec![("axis", Attribute::Int(*dim))]),
            Self::Gelu { approximate } if matches!(approximate.as_str(), "none" | "tanh") => {
                let word = Attribute::String(approximate.clone().into_bytes());
                ("Gelu", vec![("approximate", word)])
            }
            Self::Gelu { approximate } => {
                return Err(fault!("approximate `{approximate}`, expected none or tanh"));
            }
            _ => return Ok(None),
        }))
    }

    /// Layers without weights that change the shape, and `silu`.
    fn add_shaping(&self, builder: &mut Builder<'_>, x: Flow) -> Result<Flow> {
        match self {
            Self::MaxPool1d(window) => window.add(builder, "MaxPool", x, 1),
            Self::MaxPool2d(window) => window.add(builder, "MaxPool", x, 2),
            Self::AvgPool1d(window) => window.add(builder, "AveragePool", x, 1),
            Self::AvgPool2d(window) => window.add(builder, "AveragePool", x, 2),
            Self::GlobalAvgPool {} => Ok(x.with(builder.node("GlobalAveragePool", &[x.id], &[]))),
            Self::Silu {} => {
                let gate = builder.node("Sigmoid", &[x.id], &[]);
                Ok(x.with(builder.node("Mul", &[x.id, gate], &[])))
            }
            Self::Flatten {} => Ok(Flow {
                id: builder.node("Flatten", &[x.id], &[("axis", Attribute::Int(1))]),
                rank: 2,
            }),
            Self::Unsqueeze { dim } => {
                let axes = builder.ints(&[*dim]);
                Ok(Flow {
                    id: builder.node("Unsqueeze", &[x.id, axes], &[]),
                    rank: x.rank + 1,
                })
            }
            Self::Permute { dims } => {
                let axis = |&dim: &i64| Ok(i64::try_from(axis_of(dim, x.rank)?).unwrap_or(0));
                let order = dims.iter().map(axis).collect::<Result<Vec<_>>>()?;
                let order = Attribute::Ints(order);
                Ok(x.with(builder.node("Transpose", &[x.id], &[("perm", order)])))
            }
            other => Err(fault!("{other:?} is not supported")),
        }
    }
}

impl Flow {
    /// Another value of as many dimensions.
    pub(super) fn with(self, id: ValueId) -> Self {
        Self { id, ..self }
    }
}

/// `y = x W^T + b` on the last dimension.
pub(super) fn linear(builder: &mut Builder<'_>, name: &str, x: Flow) -> Result<Flow> {
    let weight = builder.weight(&format!("{name}.weight"), 2)?;
    let (outs, ins) = (weight.shape()[0], weight.shape()[1]);
    let bias = builder.weight_of_shape(&format!("{name}.bias"), &Shape::from([outs]))?;
    let bias = bias.map(|bias| builder.constant("bias", bias));
    if x.rank == 2 {
        let weight = builder.constant("weight", weight);
        let inputs = vec![Some(x.id), Some(weight), bias];
        let transposed = [("transB", Attribute::Int(1))];
        return Ok(x.with(builder.nodes("Gemm", inputs, &transposed, 1)[0]));
    }
    let values = weight.values::<f32>()?;
    let turned = (0..ins).flat_map(|i| values.iter().skip(i).step_by(ins.max(1)));
    let turned = Tensor::from_vec([ins, outs], turned.copied().collect());
    let turned = builder.constant("weight", turned);
    let product = builder.node("MatMul", &[x.id, turned], &[]);
    Ok(x.with(match bias {
        Some(bias) => builder.node("Add", &[product, bias], &[]),
        None => product,
    }))
}

fn embedding(builder: &mut Builder<'_>, name: &str, x: Flow) -> Result<Flow> {
    let weight = builder.weight(&format!("{name}.weight"), 2)?;
    let weight = builder.constant("weight", weight);
    Ok(Flow {
        id: builder.node("Gather", &[weight, x.id], &[]),
        rank: x.rank + 1,
    })
}

fn batch_norm(builder: &mut Builder<'_>, name: &str, x: Flow, eps: f32) -> Result<Flow> {
    let mean = builder.weight(&format!("{name}.running_mean"), 1)?;
    let shape = mean.shape().clone();
    let mut of_shape = |part: &str| builder.weight_of_shape(&format!("{name}.{part}"), &shape);
    let variance = of_shape("running_var")?;
    let variance = variance.ok_or_else(|| fault!("there is no tensor `{name}.running_var`"))?;
    let same = |value: f32| Tensor::from_vec(shape.clone(), vec![value; shape.elements()]);
    let weight = of_shape("weight")?.unwrap_or_else(|| same(1.0));
    let bias = of_shape("bias")?.unwrap_or_else(|| same(0.0));
    builder.pass_over(&format!("{name}.num_batches_tracked"));
    let mut inputs = vec![x.id];
    for tensor in [weight, bias, mean, variance] {
        inputs.push(builder.constant("statistics", tensor));
    }
    let attributes = [("epsilon", Attribute::Float(eps))];
    Ok(x.with(builder.node("BatchNormalization", &inputs, &attributes)))
}

fn layer_norm(builder: &mut Builder<'_>, name: &str, x: Flow, eps: f32) -> Result<Flow> {
    let found = builder.optional_weight(&format!("{name}.weight"))?;
    let weight = found.ok_or_else(|| fault!("there is no tensor `{name}.weight`"))?;
    let bias = builder.weight_of_shape(&format!("{name}.bias"), &weight.shape().clone())?;
    let axis = i64::try_from(weight.rank()).unwrap_or(i64::MAX);
    let bias = bias.map(|bias| builder.constant("bias", bias));
    let inputs = vec![Some(x.id), Some(builder.constant("weight", weight)), bias];
    let attributes = [
        ("axis", Attribute::Int(-axis)),
        ("epsilon", Attribute::Float(eps)),
    ];
    Ok(x.with(builder.nodes("LayerNormalization", inputs, &attributes, 1)[0]))
}

impl RecurrentLayer {
    fn plain_cell(&self) -> Result<Cell> {
        match self.nonlinearity.as_deref() {
            None | Some("tanh") => Ok(Cell::Tanh),
            Some("relu") => Ok(Cell::Relu),
            Some(other) => Err(fault!("nonlinearity `{other}`, expected tanh or relu")),
        }
    }

    fn add(&self, cell: Cell, builder: &mut Builder<'_>, name: &str, x: Flow) -> Result<Flow> {
        if x.rank != 3 {
            return Err(fault!("found {} dimensions, expected 3", x.rank));
        }
        if self.nonlinearity.is_some() && !matches!(cell, Cell::Tanh | Cell::Relu) {
            return Err(fault!("nonlinearity is for rnn only"));
        }
        let turn = |builder: &mut Builder<'_>, id: ValueId| {
            let order = Attribute::Ints(vec![1, 0, 2]);
            builder.node("Transpose", &[id], &[("perm", order)])
        };
        let layers = Recurrent {
            cell,
            prefix: name,
            layer_count: self.num_layers,
            bidirectional: self.bidirectional,
        };
        let steps = if self.batch_first {
            turn(builder, x.id)
        } else {
            x.id
        };
        let answers = stack(builder, &layers, steps)?;
        Ok(match self.returns {
            Returns::Sequence if self.batch_first => x.with(turn(builder, answers.sequence)),
            Returns::Sequence => x.with(answers.sequence),
            Returns::Last => {
                let by_row = turn(builder, answers.last);
                let shape = builder.ints(&[0, answers.width]);
                Flow {
                    id: builder.node("Reshape", &[by_row, shape], &[]),
                    rank: 2,
                }
            }
        })
    }
}
