//! The real uv resolves what was asked for; its answer is a graph that can be pruned.

use crate::support::python::program;
use crate::support::scratch::Scratch;
use envelope_deps::source::{RequirementsFile, Resolve, RewriteOptions, resolve_with_uv};
use envelope_deps::{Error, Graph, Pattern, Platform, PruneSpec, Target};
use std::path::Path;
use std::process::Command;

/// Wheels without contents: `lab` and `model` need `shared`, `lab` alone needs `kernel`.
const WHEELS: &str = "
import sys, zipfile
for name, requires in {'lab': ['shared', 'kernel'], 'model': ['shared'], 'shared': [], 'kernel': []}.items():
    with zipfile.ZipFile(f'{sys.argv[1]}/{name}-1.0-py3-none-any.whl', 'w') as wheel:
        needs = ''.join(f'Requires-Dist: {one}\\n' for one in requires)
        folder = f'{name}-1.0.dist-info'
        wheel.writestr(f'{folder}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n{needs}')
        wheel.writestr(f'{folder}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(f'{folder}/RECORD', '')
";

fn resolve(requirements: &Path) -> Result<String, Error> {
    resolve_with_uv(&Resolve {
        requirements,
        python_version: Some("3.11"),
        platform: Some(Platform::LinuxX86_64),
        program: &program("tools", "uv"),
    })
}

#[test]
fn what_uv_resolves_can_be_pruned() {
    let scratch = Scratch::new("uv-resolve");
    let wheels = scratch.join("wheels");
    std::fs::create_dir(&wheels).unwrap();
    let mut python = Command::new(program("tools", "python"));
    let status = python.args(["-c", WHEELS]).arg(&wheels).status().unwrap();
    assert!(status.success());
    let path = scratch.join("requirements.in");
    let options = "--no-index\n--find-links wheels\n";
    std::fs::write(&path, format!("{options}model\nlab\n")).unwrap();
    let resolved = resolve(&path).unwrap();
    let file = RequirementsFile::read_with(&path, &mut |_| Ok(resolved.clone().into())).unwrap();
    let inventory = file.inventory();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let spec = PruneSpec {
        prune: vec![Pattern::parse("lab").unwrap()],
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).unwrap();
    let written = file.rewrite(&pruned, RewriteOptions::default());
    assert_eq!(
        String::from_utf8(written).unwrap(),
        "model==1.0\n    # via -r requirements.in\nshared==1.0\n    # via model\n"
    );

    std::fs::write(&path, format!("{options}model>=2\n")).unwrap();
    let error = resolve(&path).unwrap_err().to_string();
    assert!(error.contains("No solution found"), "{error}");
}
