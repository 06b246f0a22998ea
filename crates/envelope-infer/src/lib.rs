#![doc = include_str!("../README.md")]

#[cfg(feature = "wgpu")]
mod adapter;
pub mod architecture;
mod burn_tensor;
mod compile;
mod data_type;
mod device;
mod element;
mod error;
mod fault;
#[cfg(feature = "wgpu")]
mod gpu;
mod graph;
mod kernel;
mod npy;
mod onnx;
mod operator;
mod ops;
mod passes;
mod plan;
#[cfg(feature = "package")]
mod predict;
mod profile;
mod session;
mod shape;
mod state_dict;
mod survey;
mod tensor;
mod value;

#[cfg(feature = "wgpu")]
pub use adapter::Adapter;
pub use architecture::Architecture;
pub use data_type::DataType;
pub use device::{Device, DeviceChoice};
pub use element::Element;
pub use error::{Error, Refusal};
pub use graph::Dimension;
pub use onnx::{DataError, value_from_pb};
pub use passes::Passes;
#[cfg(feature = "package")]
pub use predict::{Form, PredictError, Prediction, Predictor};
pub use profile::{Crossing, Profile};
pub use session::{NamedValues, Options, Session, StepInfo, ValueInfo};
pub use shape::Shape;
pub use state_dict::StateDict;
pub use survey::{OperatorUse, SupportedOperator, Survey, supported_operators};
pub use tensor::Tensor;
pub use value::{Value, ValueType};
