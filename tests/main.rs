//! The end-to-end and interoperability tests of the workspace, in one binary.
#![cfg(test)]

mod end_to_end;
mod interop;
mod support;
