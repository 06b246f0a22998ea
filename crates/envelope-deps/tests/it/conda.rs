//! Environments of conda, with their packages and their list for pip.

use envelope_deps::source::{self, ReadOptions};
use envelope_deps::{EdgeSource, Error, Inventory};
use std::path::Path;

fn read(folder: &Path, text: &str) -> Result<Inventory, Error> {
    let path = folder.join("environment.yml");
    std::fs::write(&path, text).expect("a file");
    source::read(&path, &ReadOptions::default())
}

const ENVIRONMENT: &str = "\
name: model
channels: [conda-forge]
dependencies:
  - python=3.11
  - conda-forge::numpy=1.26.4=py311h1
  - pytorch>=2.1  # the channel's
  - _libgcc_mutex=0.1
  - pip
  - pip:
      - mlflow==3.1.0
      - --extra-index-url https://u:p@x.example/simple
      - -r more.txt
      - 'numpy>=1'
";

#[test]
fn every_line_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("more.txt"), "pandas==2.2\n").expect("a file");
    let inventory = read(folder.path(), ENVIRONMENT).expect("an environment");
    let shown: Vec<String> = inventory
        .distributions
        .iter()
        .map(|one| format!("{} {}", one.name, one.version.as_deref().unwrap_or("-")))
        .collect();
    let expected = [
        "numpy 1.26.4",
        "pytorch -",
        "pip -",
        "mlflow 3.1.0",
        "pandas 2.2",
    ];
    assert_eq!(shown, expected);
    let roots: Vec<String> = inventory
        .roots
        .iter()
        .flatten()
        .map(|root| format!("{} {}", root.requirement, root.origin))
        .collect();
    let expected = [
        "numpy==1.26.4 environment.yml",
        "pytorch>=2.1 environment.yml",
        "pip environment.yml",
        "mlflow==3.1.0 environment.yml",
        "pandas==2.2 more.txt",
        "numpy>=1 environment.yml",
    ];
    assert_eq!(roots, expected);
    assert_eq!(inventory.edge_source, EdgeSource::None);
    let python = inventory.requires_python.try_to_string();
    assert_eq!(python.as_deref(), Some("python_full_version == '3.11.*'"));
    assert_eq!(inventory.notes.len(), 2);
}

#[test]
fn mistakes_have_their_places() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, message) in [
        ("dependencies: [a\n", ":2:1: the text is not YAML"),
        ("name: x\n", ": expected a list of `dependencies`"),
        (
            "dependencies:\n  - a\n  - b @ c\n",
            ":3: expected a package such as `numpy=1.26`",
        ),
        (
            "dependencies:\n  - npm: [a]\n",
            ": expected a package, or requirements under `pip`",
        ),
        (
            "dependencies:\n  - pip:\n    - a\n\n    - a b\n",
            ":5:9: expected one of ",
        ),
        (
            "dependencies:\n  - pip:\n    - -r nope.txt\n",
            ":3: the included file `nope.txt` is not there",
        ),
        (
            "dependencies:\n  - pip:\n    - a==1\n    - a==2\n",
            ":4: `a` is pinned at 2, but ",
        ),
    ] {
        let error = read(folder.path(), text).expect_err(text).to_string();
        let at = error.find("environment.yml").expect("a path") + "environment.yml".len();
        assert!(error[at..].starts_with(message), "{text:?}: {error}");
    }
}

#[test]
fn an_environment_is_known_by_its_name_or_its_text() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text, is_known) in [
        ("conda.yaml", "dependencies:\n- pip:\n  - mlflow\n", true),
        ("env-linux.yml", "name: x\ndependencies:\n- python\n", true),
        ("compose.yml", "services:\n  a:\n    dependencies:\n", false),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        let read = source::read(&path, &ReadOptions::default());
        assert_eq!(read.is_ok(), is_known, "{name}: {:?}", read.err());
    }
}
