//! The command `envelope`: makes, shows and checks MLflow model packages without Python.

/// Models make and drop large tensors at every step: this allocator gives such memory out again
/// instead of fetching it from the system anew.
#[cfg(feature = "infer")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    envelope_cli::envelope()
}
