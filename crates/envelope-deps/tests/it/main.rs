//! The behaviour of the crate as its users see it.

mod cases;
mod corpora;
mod exports;
mod locks;
mod other_locks;
mod requirements;
mod site_packages;
