//! How the crate behaves from outside: models of real exporters, small models for each ability, and
//! models that somebody damaged.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod damaged;
mod ml;
mod models;
mod operators_page;
mod passes;
mod refusals;
mod state_dict;
mod support;
