//! The behaviour of the crate as its users see it.

mod cases;
mod conda;
mod corpora;
mod damaged_locks;
mod emit_drawings;
mod emit_json;
mod emit_page;
mod emit_tree;
mod explain;
mod exports;
mod first_party;
mod hostile_requirements;
mod imports;
mod joined;
mod locks;
mod other_locks;
mod properties;
mod requirements;
mod resolve;
mod site_packages;
