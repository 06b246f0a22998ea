//! The `envelope` command.

fn main() {}
