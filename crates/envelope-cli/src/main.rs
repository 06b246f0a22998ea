//! The command `envelope`: makes, shows and checks MLflow model packages without Python.

fn main() -> std::process::ExitCode {
    envelope_cli::envelope()
}
