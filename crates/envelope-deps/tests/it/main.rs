//! The behaviour of the crate as its users see it.

mod cases;
mod corpora;
mod locks;
mod requirements;
mod site_packages;
