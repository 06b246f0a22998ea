//! The fixtures: packages saved by MLflow, unpacked on demand, and the specs of our own kinds.

use super::scratch::Scratch;
use envelope_deps::imports::{Start, first_party};
use envelope_deps::source::{RequirementsFile, RewriteOptions};
use envelope_deps::{Graph, Pattern, PruneSpec, Target};
use envelope_format::package::{Contents, SealOptions, Silent, seal};
use envelope_format::spec::{CodeSpec, CollectedCode, PrunedRequirements, RequirementsSpec, Spec};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The repository's folder.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the fixtures.
pub(crate) fn folder() -> PathBuf {
    repository().join("tests/fixtures")
}

/// Unpacks an archive of the fixtures, and returns the folder in it.
pub(crate) fn unpack(name: &str, scratch: &Scratch) -> PathBuf {
    let file = File::open(folder().join(format!("{name}.tar.gz"))).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    archive.unpack(scratch.path()).unwrap();
    scratch.join(name)
}

/// Every package below a folder, by its path there: folders that hold an `MLmodel`.
pub(crate) fn packages(root: &Path) -> Vec<(String, PathBuf)> {
    let files = super::tree::files(root);
    let names = files
        .keys()
        .filter_map(|path| path.strip_suffix("/MLmodel"));
    names
        .map(|name| (name.to_owned(), root.join(name)))
        .collect()
}

/// The specs of the fixtures, and that of the repository's example.
pub(crate) fn specs() -> Vec<(String, PathBuf)> {
    let root = folder().join("specs");
    let names = super::tree::names(&root).into_iter();
    let mut specs: Vec<(String, PathBuf)> = names
        .map(|name| (name.clone(), root.join(name).join("envelope.yaml")))
        .filter(|(_, path)| path.is_file())
        .collect();
    specs.push((
        "example".to_owned(),
        repository().join("example/envelope.yaml"),
    ));
    specs
}

/// The spec of the fixtures with a name.
pub(crate) fn spec(name: &str) -> PathBuf {
    folder().join("specs").join(name).join("envelope.yaml")
}

/// Seals the package that a spec describes, and says why when that fails.
pub(crate) fn try_seal_spec(spec: &Path, destination: &Path, replace: bool) -> Result<(), String> {
    contents(spec)
        .and_then(|contents| {
            seal(
                contents,
                destination,
                SealOptions {
                    replace,
                    ..SealOptions::default()
                },
                &Silent,
            )
        })
        .map(drop)
        .map_err(explain)
}

/// What the package of a spec will hold.
pub(crate) fn contents(spec: &Path) -> Result<Contents, envelope_format::Error> {
    let base = spec.parent().unwrap();
    let mut read = Spec::load(spec)?;
    read.pruned = pruned(&read.requirements, base);
    read.collected = collected(&read, base);
    read.contents(base, spec)
}

/// The code that a spec's modules import.
pub(crate) fn collected(spec: &Spec, base: &Path) -> Option<CollectedCode> {
    let CodeSpec::From { from, .. } = &spec.code else {
        return None;
    };
    let roots: Vec<PathBuf> = from.iter().map(|folder| base.join(folder)).collect();
    let modules = spec.own_modules();
    let starts = modules.map(|module| Start::Module(module.to_owned()));
    let found = first_party(&roots, &starts.collect::<Vec<_>>()).unwrap();
    let files = found.files.into_iter();
    Some(CollectedCode {
        files: files
            .map(|file| (file.path.clone(), file.root.join(file.path)))
            .collect(),
        missing: Vec::new(),
    })
}

/// What the prune leaves that a spec asks for.
fn pruned(requirements: &RequirementsSpec, base: &Path) -> Option<PrunedRequirements> {
    let RequirementsSpec::From { from, prune, .. } = requirements else {
        return None;
    };
    let file = RequirementsFile::read(&base.join(from)).unwrap();
    let inventory = file.inventory();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let prune = prune
        .iter()
        .map(|name| Pattern::parse(name).unwrap())
        .collect();
    let spec = PruneSpec {
        prune,
        ..PruneSpec::default()
    };
    let left = file.rewrite(&graph.prune(&spec).unwrap(), RewriteOptions::default());
    Some(PrunedRequirements {
        requirements: String::from_utf8(left).unwrap(),
        ..PrunedRequirements::default()
    })
}

/// Seals the package that a spec describes.
pub(crate) fn seal_spec(spec: &Path, destination: &Path) {
    try_seal_spec(spec, destination, false).unwrap();
}

/// An error with all the mistakes in it.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub(crate) fn explain(error: envelope_format::Error) -> String {
    let mut text = error.to_string();
    if let envelope_format::Error::Spec { mistakes, .. } = &error {
        for mistake in mistakes {
            text = format!("{text}\n  {mistake}");
        }
    }
    text
}
