//! The behaviour of the crate as its users see it.

mod cases;
mod corpora;
mod emit_drawings;
mod emit_json;
mod emit_tree;
mod explain;
mod exports;
mod locks;
mod requirements;
mod site_packages;
