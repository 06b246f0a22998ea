//! Where things are: the repository, cargo's target folder, and the built `envelope`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::failure::Failure;
use crate::process;

/// The package that holds the binary, and the binary's name.
const BINARY: (&str, &str) = ("envelope-cli", "envelope");

/// The workspace as cargo describes it.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, which several checkouts may share.
    pub(crate) target: PathBuf,
    /// What `cargo metadata --no-deps` printed.
    pub(crate) metadata: Value,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// When cargo cannot be run or describes no workspace.
    pub(crate) fn find() -> Result<Self, Failure> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(
            // Started by its path instead of by cargo: the folder it was built from.
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            PathBuf::from,
        );
        let text = process::output(cargo().current_dir(here).args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
        ]))?;
        let metadata: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::Unexpected(format!("`cargo metadata` printed {error}")))?;
        let folder = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or_else(|| Failure::Unexpected(format!("`cargo metadata` printed no `{key}`")))
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            metadata,
        })
    }

    /// Cargo, started in the repository.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// Builds the binary `envelope` with these features; says where it is.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build_envelope(
        &self,
        features: &str,
        profile: Profile,
    ) -> Result<PathBuf, Failure> {
        let (package, binary) = BINARY;
        let arguments = [
            "--no-default-features",
            "--features",
            features,
            "--bin",
            binary,
        ];
        self.build(package, &arguments, profile)
    }

    /// Builds the binary `envelope` as [`Workspace::build_example`] does, which runs models; says
    /// where it is.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build_runner(&self) -> Result<PathBuf, Failure> {
        self.build_with(&["--workspace", "--bin", BINARY.1], Profile::QuickModels)
    }

    /// Builds an example with the features that the tests of the whole workspace have, so that
    /// their dependencies serve it too; says where it is.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build_example(&self, name: &str, profile: Profile) -> Result<PathBuf, Failure> {
        self.build_with(&["--workspace", "--example", name], profile)
    }

    /// Builds a binary or an example of a package, the last word of the arguments; says where it
    /// is.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build(
        &self,
        package: &str,
        arguments: &[&str],
        profile: Profile,
    ) -> Result<PathBuf, Failure> {
        self.build_with(&[&["--package", package], arguments].concat(), profile)
    }

    fn build_with(&self, arguments: &[&str], profile: Profile) -> Result<PathBuf, Failure> {
        let name = arguments.last().copied().unwrap_or_default();
        let mut command = self.cargo();
        command.arg("build").args(arguments);
        command.args(match profile {
            Profile::Dev => &[][..],
            Profile::Release => &["--release"],
            Profile::QuickModels => &["--config", "profile.dev.package.envelope-infer.opt-level=3"],
        });
        eprintln!("$ {}", process::line(&command));
        // Compiler messages still go to the terminal; the machine's part tells where the result is.
        command
            .arg("--message-format=json-render-diagnostics")
            .stdin(Stdio::null());
        let messages = process::output(&mut command)?;
        executable(&messages, name)
            .ok_or_else(|| Failure::Unexpected(format!("cargo built no `{name}`")))
    }

    /// A path as it reads from the repository's root, for showing and for commands run there.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// How the binary is built.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    /// Quick to compile.
    Dev,
    /// Quick to run.
    Release,
    /// Quick to run models, with dependencies as in `Dev`: burn is not compiled twice.
    QuickModels,
}

/// By its name: the toolchain that started this task is in the environment.
fn cargo() -> Command {
    Command::new("cargo")
}

/// Finds a binary's path in cargo's JSON messages.
fn executable(messages: &str, binary: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| {
            message["reason"] == "compiler-artifact" && message["target"]["name"] == binary
        })
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_binary_in_the_messages_of_cargo() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"envelope_format"},"executable":null}
not json
{"reason":"compiler-artifact","target":{"name":"envelope"},"executable":"target/debug/envelope"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executable(messages, "envelope"),
            Some(PathBuf::from("target/debug/envelope"))
        );
        assert_eq!(executable(messages, "envelope_format"), None);
    }
}
