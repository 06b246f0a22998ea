//! What must hold of sealing and verifying, whatever happens around them.

mod atomicity;
mod hostile;
mod pages;
mod reproducibility;
mod rules;
mod spec_mistakes;
