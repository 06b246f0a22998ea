//! What a project imports, and what it might therefore do without.

use crate::corpora::corpus;
use envelope_deps::imports::{self, ImportKind, Scan};
use envelope_deps::source::{self, ReadOptions};
use envelope_deps::{
    Distribution, Environment, Graph, Inventory, Pattern, Platform, PruneSpec, Requirement, Root,
    Target,
};
use std::fs;
use std::path::Path;

/// Writes the files of a small project.
pub(crate) fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    root
}

fn scan(root: &Path) -> Scan {
    imports::scan(&[root.to_owned()]).expect("a scan")
}

/// Packages that are not installed, each asked for, with what they require.
fn listed(packages: &[(&str, &[&str])]) -> Inventory {
    let distribution = |(name, requires): &(&str, &[&str])| {
        let mut distribution = Distribution::new(name.parse().expect("a name"));
        let parsed = requires.iter().map(|text| Requirement::parse(text));
        distribution.requires = parsed.collect::<Result<_, _>>().expect("requirements");
        distribution
    };
    Inventory {
        distributions: packages.iter().map(distribution).collect(),
        ..Inventory::default()
    }
}

fn asked_for(inventory: &mut Inventory, names: &[&str]) {
    let root = |name: &&str| Root {
        requirement: Requirement::parse(name).expect("a root"),
        origin: "--root".to_owned(),
    };
    inventory.roots = Some(names.iter().map(root).collect());
}

/// Corpus a, as it was asked for.
fn mlflow() -> Inventory {
    let folder = corpus("a").join("site-headers");
    let mut inventory = source::read(&folder, &ReadOptions::default()).expect("an environment");
    asked_for(
        &mut inventory,
        &[
            "mlflow",
            "jupyterlab",
            "scikit-learn",
            "pandas",
            "matplotlib",
        ],
    );
    inventory
}

fn linux() -> Target {
    Target::One(Environment::new("3.11.7", Platform::LinuxX86_64).expect("an environment"))
}

fn names<T: ToString>(names: &[T]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

const SERVE: &str = "\
from __future__ import annotations
import os, tomllib
import mlflow.pyfunc
import numpy as np
from PIL import Image
from sklearn.linear_model import LinearRegression
from app import settings
from . import relative
import nonexistent.part

def predict(path, flavor):
    import dateutil.parser
    importlib.import_module(flavor)
    return mlflow.pyfunc.load_model(path)
";

#[test]
fn what_nothing_imports_is_proposed() {
    let root = project(&[("serve.py", SERVE), ("app/settings.py", "import yaml\n")]);
    let inventory = mlflow();
    let graph = Graph::build(&inventory, &[], linux());
    let suggestion = imports::suggest(&graph, &scan(root.path()));
    // MLflow needs pandas and matplotlib, so that both stay with it.
    assert_eq!(names(&suggestion.prune), ["jupyterlab"]);
    assert_eq!(
        names(&suggestion.used),
        ["matplotlib", "mlflow", "pandas", "scikit-learn"]
    );
    assert_eq!(
        names(&suggestion.not_asked_for),
        ["numpy", "pillow", "python-dateutil", "pyyaml"]
    );
    assert_eq!(suggestion.unknown, ["nonexistent.part"]);
    let shown: Vec<String> = suggestion
        .imports
        .iter()
        .map(|one| {
            let line = one.places[0].line;
            let packages = names(&one.packages).join(" ");
            format!("{}: {packages} ({:?}, {line})", one.module, one.kind)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "PIL: pillow (Always, 5)",
            "dateutil.parser: python-dateutil (Conditional, 12)",
            "mlflow.pyfunc: mlflow mlflow-skinny (Always, 3)",
            "nonexistent.part:  (Always, 9)",
            "numpy: numpy (Always, 4)",
            "sklearn.linear_model: scikit-learn (Always, 6)",
            "yaml: pyyaml (Always, 1)",
        ]
    );
    let unknown: Vec<&str> = suggestion
        .cannot_know
        .iter()
        .map(|one| one.what.as_str())
        .collect();
    assert_eq!(
        unknown,
        [
            "`import_module` imports a module whose name is computed",
            "`pyfunc.load_model` loads the packages that the model was made with",
        ]
    );
}

#[test]
fn what_holds_up_an_import_is_not_proposed() {
    let root = project(&[
        ("a.py", "import numpy\nif TYPE_CHECKING:\n    import rich\n"),
        ("b.py", "import google.protobuf\n__import__('cv2')\n"),
    ]);
    let mut inventory = listed(&[
        ("pandas", &["numpy"]),
        ("numpy", &[]),
        ("rich", &["pygments"]),
        ("pygments", &[]),
        ("grpcio-tools", &["protobuf"]),
        ("protobuf", &[]),
        ("opencv-python-headless", &[]),
        ("gunicorn", &[]),
    ]);
    asked_for(
        &mut inventory,
        &[
            "pandas",
            "rich",
            "grpcio-tools",
            "opencv-python-headless",
            "gunicorn",
        ],
    );
    let keep = ["gunicorn".parse().expect("a name")];
    let graph = Graph::build(&inventory, &keep, Target::Universal);
    let suggestion = imports::suggest(&graph, &scan(root.path()));
    assert_eq!(names(&suggestion.prune), ["rich"]);
    let rich = &suggestion.imports[3];
    assert_eq!(
        (rich.module.as_str(), rich.kind),
        ("rich", ImportKind::TypeOnly)
    );
}

#[test]
fn imports_of_what_was_pruned_are_found() {
    let root = project(&[
        (
            "serve.py",
            "import os\nimport numpy\nimport IPython.display\ntry:\n    from jupyterlab import x\n\
             except ImportError: pass\n",
        ),
        ("jedi/__init__.py", ""),
        (
            "notebook.py",
            "import jedi\nif TYPE_CHECKING:\n    import tornado\n",
        ),
    ]);
    let inventory = mlflow();
    let graph = Graph::build(&inventory, &[], linux());
    let spec = PruneSpec {
        prune: vec![Pattern::parse("jupyterlab").expect("a name")],
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).expect("a prune");
    let found = imports::imported_but_removed(&scan(root.path()), &pruned);
    let shown: Vec<String> = found
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one.import.place.line, one.import.module, one.package
            )
        })
        .collect();
    assert_eq!(
        shown,
        ["3 IPython.display ipython", "5 jupyterlab jupyterlab"]
    );
    let modules = imports::removed_modules(&pruned);
    assert_eq!(modules["IPython"].as_str(), "ipython");
    assert_eq!(modules["zmq"].as_str(), "pyzmq");
    assert!(!modules.contains_key("numpy") && !modules.contains_key("google"));
}

#[test]
fn packages_that_share_a_name_are_told_apart() {
    let record = |name: &str, files: &str| {
        let folder = format!("{name}-1.dist-info");
        [
            (format!("{folder}/METADATA"), format!("Name: {name}\n")),
            (format!("{folder}/RECORD"), files.to_owned()),
        ]
    };
    let files: Vec<(String, String)> = [
        record("google-auth", "google/auth/__init__.py,,\n"),
        record(
            "google-cloud-storage",
            "google/cloud/storage/__init__.py,,\n",
        ),
        record(
            "google-cloud-core",
            "google/cloud/client/__init__.py,,\ngoogle/cloud/version.py,,\n",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let site = project(&files);
    let inventory = source::read(site.path(), &ReadOptions::default()).expect("an environment");
    let graph = Graph::build(&inventory, &[], linux());
    for (text, expected) in [
        ("from google.cloud import storage", "google-cloud-storage"),
        (
            "from google.cloud import storage, version",
            "google-cloud-core google-cloud-storage",
        ),
        ("import google.cloud.storage.blob", "google-cloud-storage"),
        ("import google.auth", "google-auth"),
        (
            "import google.cloud",
            "google-cloud-core google-cloud-storage",
        ),
        ("import google.cloud.bigquery", ""),
    ] {
        let mut scan = Scan::default();
        scan.add_text(Path::new("a.py"), text.as_bytes());
        let suggestion = imports::suggest(&graph, &scan);
        assert_eq!(
            names(&suggestion.imports[0].packages).join(" "),
            expected,
            "{text}"
        );
    }
}

#[test]
fn commands_and_plugins_of_a_proposal_are_told() {
    let site = project(&[
        ("uvicorn-1.dist-info/METADATA", "Name: uvicorn\n"),
        (
            "uvicorn-1.dist-info/entry_points.txt",
            "[console_scripts]\nuvicorn = uvicorn.main:main\n\n[x.plugins]\na = b\n",
        ),
    ]);
    let inventory = source::read(site.path(), &ReadOptions::default()).expect("an environment");
    let graph = Graph::build(&inventory, &[], linux());
    let suggestion = imports::suggest(&graph, &Scan::default());
    assert_eq!(names(&suggestion.prune), ["uvicorn"]);
    assert_eq!(
        suggestion.by_name,
        [(
            "uvicorn".parse().expect("a name"),
            vec!["console_scripts".to_owned(), "x.plugins".to_owned()]
        )]
    );
}

#[test]
fn environments_and_caches_are_not_the_project() {
    let root = project(&[
        ("a.py", "import one"),
        (".hidden/b.py", "import two"),
        ("env/pyvenv.cfg", ""),
        ("env/lib/c.py", "import three"),
        ("__pycache__/d.py", "import four"),
        ("deep/er/e.py", "import five, deep.er"),
        ("src/pkg/__init__.py", "import pkg.f"),
        ("readme.txt", "import six"),
        ("big.py", &"#".repeat((4 << 20) + 1)),
    ]);
    let scan = scan(root.path());
    let modules: Vec<&str> = scan.imports.iter().map(|one| one.module.as_str()).collect();
    assert_eq!(modules, ["one", "five", "deep.er", "pkg.f"]);
    assert!(scan.cannot_know[0].what.contains("was not read"));
    assert_eq!(scan.files, 3);
    assert!(imports::scan(&[root.path().join("missing.py")]).is_err());
    let inventory = listed(&[]);
    let graph = Graph::build(&inventory, &[], Target::Universal);
    assert_eq!(imports::suggest(&graph, &scan).unknown, ["five", "one"]);
}
