//! The root of the workspace Model Envelope: nothing but a home for its `tests/`.
//!
//! The tests there join the crates with each other and with real MLflow; what a single crate does
//! is tested in that crate. Since `pre-commit` cannot install a virtual workspace, the root is a
//! package, and will hold the hook's binary.
