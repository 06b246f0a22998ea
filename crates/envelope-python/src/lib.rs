#![doc = include_str!("../README.md")]

mod environment;
mod error;
mod trust;
mod worker;

pub use environment::{EnvManager, Environments, Interpreter, Recipe, Wanted};
pub use error::Error;
pub use trust::{PickleReason, Trust, needs_pickle};
pub use worker::{Answer, ContentType, Facts, Failure, FailureKind, Limits, Request, Worker};
