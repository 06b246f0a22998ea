//! `cargo xtask package`: packages the bundled example, or any spec, and verifies the package.
//!
//! Nothing but the binary `envelope` is built for it, and no Python is needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::workspace::{Profile, Workspace};

/// The file name that `envelope package` looks for in a folder.
const SPEC: &str = "envelope.yaml";

/// `package [SPEC or DIR] [FLAGS]`: flags after the path are handed to `envelope package`.
///
/// # Errors
/// When the path does not exist, the binary does not compile, or packaging or verifying fails.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let (spec, flags) = chosen_spec(workspace, arguments)?;
    let folder = workspace.root.join("target").join("example");
    fs::create_dir_all(&folder).map_err(|source| Failure::io("make", &folder, source))?;
    let package = folder.join(package_name(&spec));
    let package = workspace.relative(&package);
    let envelope = workspace.build_envelope(features(workspace, flags), Profile::Dev)?;
    if std::env::current_dir().is_ok_and(|here| here != workspace.root) {
        eprintln!("$ cd {}", process::quoted(workspace.root.as_os_str()));
    }
    let mut command = Command::new(&envelope);
    command
        .current_dir(&workspace.root)
        .arg("package")
        .arg(workspace.relative(&spec));
    process::run(command.arg("--out").arg(package).arg("--force").args(flags))?;
    let mut command = Command::new(&envelope);
    process::run(
        command
            .current_dir(&workspace.root)
            .arg("verify")
            .arg(package),
    )?;
    println!("{}", next_steps(&envelope, package));
    Ok(())
}

/// What the binary must be able to do. To read what was recorded of a run takes as long to build as all
/// else, so it is built for those who recorded one, or ask for it.
fn features(workspace: &Workspace, flags: &[String]) -> &'static str {
    let is_asked_for =
        |flag: &String| flag.contains("provenance") || flag.starts_with("--from-run");
    let runs = workspace.root.join(".envelope").join("runs");
    if runs.is_dir() || flags.iter().any(is_asked_for) {
        "capture"
    } else {
        "package"
    }
}

/// The spec to package, as an absolute path, and the words to hand on.
fn chosen_spec<'a>(
    workspace: &Workspace,
    arguments: &'a [String],
) -> Result<(PathBuf, &'a [String]), Failure> {
    let (path, flags) = match arguments.split_first() {
        Some((path, flags)) if !path.starts_with('-') => (PathBuf::from(path), flags),
        _ => (workspace.root.join("example").join(SPEC), arguments),
    };
    let path = if path.is_dir() { path.join(SPEC) } else { path };
    let spec = fs::canonicalize(&path).map_err(|source| Failure::io("read", &path, source))?;
    Ok((spec, flags))
}

/// The folder name of the package: the spec's own `name`, else the name of the spec's folder.
///
/// The spec is not read as YAML here: a name this misses is no mistake, only a plainer folder.
fn package_name(spec: &Path) -> String {
    let text = fs::read_to_string(spec).unwrap_or_default();
    name_in_spec(&text).unwrap_or_else(|| {
        let folder = spec.parent().and_then(Path::file_name);
        folder.map_or_else(
            || "package".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    })
}

fn name_in_spec(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let usable = !value.is_empty() && !value.starts_with('.') && value.chars().all(plain);
    usable.then(|| value.to_owned())
}

/// What a person does with the package they now hold.
fn next_steps(envelope: &Path, package: &Path) -> String {
    let envelope = process::quoted(envelope.as_os_str());
    let shown = process::quoted(package.as_os_str());
    let load = format!("mlflow.pyfunc.load_model('{}')", package.display());
    format!(
        "
The package is in {shown}. Look at it:
  {envelope} inspect {shown}
Load it in Python (its requirements first):
  pip install -r {shown}/requirements.txt
  python -c \"import mlflow; m = {load}; print(m.predict(m.input_example))\""
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_name_from_the_spec() {
        for (text, expected) in [
            ("name: item_price\nkind: class\n", Some("item_price")),
            ("# a spec\nname: \"quoted\" # why\n", Some("quoted")),
            ("kind: class\nmodel:\n  name: nested\n", None),
            ("name:\n", None),
            ("name: ../outside\n", None),
            ("name: ..\n", None),
        ] {
            assert_eq!(name_in_spec(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn falls_back_to_the_name_of_the_folder() {
        assert_eq!(
            package_name(Path::new("some/forecaster/envelope.yaml")),
            "forecaster"
        );
    }

    #[test]
    fn tells_how_to_load_the_package() {
        let text = next_steps(
            Path::new("target/debug/envelope"),
            Path::new("target/example/m"),
        );
        assert!(text.contains("load_model('target/example/m')"), "{text}");
        assert!(
            text.contains("target/debug/envelope inspect target/example/m"),
            "{text}"
        );
    }
}
