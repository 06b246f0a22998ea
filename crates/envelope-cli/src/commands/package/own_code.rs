//! The code of a package that is found by its imports.

use crate::diagnose::Diagnosis;
use envelope_deps::imports::{FirstParty, Start, first_party};
use envelope_format::spec::{CodeSpec, CollectedCode, Spec};
use std::path::{Path, PathBuf};

/// What the model's modules import from the folders that the spec names; `None` where the spec lists
/// its code itself.
pub(super) fn found(spec: &Spec, base: &Path) -> Result<Option<FirstParty>, Diagnosis> {
    let CodeSpec::From { from, .. } = &spec.code else {
        return Ok(None);
    };
    // Of a folder that is not there the spec tells, with its other mistakes.
    let roots = from.iter().map(|folder| base.join(folder));
    let roots: Vec<PathBuf> = roots.filter(|folder| folder.is_dir()).collect();
    Ok(Some(first_party(&roots, &starts(spec, base))?))
}

/// Where the imports begin: at what the model names, and what the spec does.
fn starts(spec: &Spec, base: &Path) -> Vec<Start> {
    let modules = spec.own_modules();
    let modules = modules.map(|module| Start::Module(module.to_owned()));
    let file = spec.model.file.as_ref().map(|file| base.join(file));
    let is_python = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "py");
    let file = file.filter(|file| is_python(file) && file.is_file());
    modules.chain(file.map(Start::File)).collect()
}

/// The same for the package.
pub(super) fn for_package(found: &FirstParty) -> CollectedCode {
    let files = found.files.iter();
    let missing = found.missing.iter().filter(|one| one.needed_by.is_none());
    CollectedCode {
        files: files
            .map(|file| (file.path.clone(), file.root.join(&file.path)))
            .collect(),
        missing: missing.map(|one| one.module.clone()).collect(),
    }
}
