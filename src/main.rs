//! The program `envelope-deps`: the commands of `envelope deps` alone.
//!
//! `pre-commit` builds it from the root of this repository, since it cannot install a virtual
//! workspace; so it is kept light. The end-to-end and interoperability tests of the workspace live
//! beside it, in `tests/`.

fn main() -> std::process::ExitCode {
    envelope_cli::envelope_deps()
}
