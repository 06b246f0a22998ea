//! What must hold of sealing and verifying, whatever happens around them.

mod atomicity;
mod reproducibility;
