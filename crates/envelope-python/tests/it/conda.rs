//! Conda environments: what is refused where no conda program is there, and what is called.

use crate::support::{Scratch, fixture};
use envelope_python::{EnvManager, Environments, Error, Wanted};
use std::os::unix::fs::PermissionsExt as _;

const CONDA: Wanted = Wanted {
    manager: EnvManager::Conda,
    install_mlflow: false,
};

#[test]
fn refuses_where_no_conda_program_is_there() {
    let scratch = Scratch::new("conda");
    let environments = Environments {
        cache: scratch.join("cache"),
        path: scratch.path().into(),
        ..Environments::default()
    };
    let package = fixture("packages/v3.17.2/sklearn_default", &scratch);
    let error = environments
        .prepare(&package, CONDA, &mut |_| {})
        .unwrap_err();
    assert!(matches!(&error, Error::NoProgram { .. }));
    assert_eq!(
        error.to_string(),
        "found none of the programs `micromamba`, `mamba`, `conda`, \
         expected one to make the package's conda environment"
    );
}

/// No channel can be reached, so a program that only writes down how it is called stands in.
#[test]
fn calls_each_conda_program_in_its_way() {
    for (name, start) in [
        ("micromamba", "create -y -p "),
        ("mamba", "env create -y -p "),
        ("conda", "env create -p "),
    ] {
        let scratch = Scratch::new("conda");
        let package = fixture("packages/v3.17.2/sklearn_default", &scratch);
        let program = scratch.join(name);
        let script = "#!/bin/sh\necho \"called $*\"\nexit 3\n";
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let environments = Environments {
            cache: scratch.join("cache"),
            path: scratch.path().into(),
            ..Environments::default()
        };
        let mut lines = Vec::new();
        let mut progress = |line: &str| lines.push(line.to_owned());
        let error = environments
            .prepare(&package, CONDA, &mut progress)
            .unwrap_err();
        assert!(matches!(&error, Error::Install { .. }), "{error}");
        assert!(
            lines[0].starts_with(&format!("called {start}")),
            "{lines:?}"
        );
        assert!(lines[0].ends_with("-f conda.yaml"), "{lines:?}");
    }
}
