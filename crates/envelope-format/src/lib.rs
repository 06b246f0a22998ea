//! Reads, writes and verifies MLflow model packages.
