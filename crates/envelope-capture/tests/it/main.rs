//! The behaviour of the crate as its users see it, on repositories made with real git.

mod facts;
mod support;
