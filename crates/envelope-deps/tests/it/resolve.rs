//! Resolving by a program that stands for uv; the real one is asked in the workspace's tests.

#![cfg(unix)]

use envelope_deps::source::{Resolve, resolve_with_uv};
use envelope_deps::{Error, Platform};
use std::path::Path;

fn resolve(program: &str, requirements: &Path) -> Result<String, Error> {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/programs");
    resolve_with_uv(&Resolve {
        requirements,
        python_version: Some("3.11"),
        platform: Some(Platform::LinuxX86_64),
        program: &programs.join(program),
    })
}

#[test]
fn uv_is_asked_from_the_folder_of_the_requirements() {
    let folder = tempfile::tempdir().expect("a folder");
    let requirements = folder.path().join("requirements.in");
    let answer = resolve("uv-that-answers", &requirements).expect("an answer");
    let (arguments, working_folder) = answer.split_once('\n').expect("two lines");
    assert!(arguments.starts_with("pip compile "), "{arguments}");
    let ends =
        "--python-version 3.11 --python-platform x86_64-unknown-linux-gnu -- requirements.in";
    assert!(arguments.ends_with(ends), "{arguments}");
    let name = folder.path().file_name().expect("a name").to_string_lossy();
    assert!(working_folder.trim().ends_with(&*name), "{working_folder}");
}

#[test]
fn what_uv_said_is_passed_on() {
    let requirements = Path::new("requirements.in");
    let error = resolve("uv-that-fails", requirements)
        .expect_err("no solution")
        .to_string();
    assert!(
        error.ends_with("uv-that-fails pip compile` failed: no solution"),
        "{error}"
    );
    let error = resolve("none", requirements)
        .expect_err("no program")
        .to_string();
    assert!(error.contains("it cannot be started"), "{error}");
}
