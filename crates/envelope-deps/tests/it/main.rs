//! The behaviour of the crate as its users see it.

mod cases;
mod conda;
mod corpora;
mod exports;
mod hostile_requirements;
mod joined;
mod locks;
mod requirements;
mod resolve;
mod site_packages;
