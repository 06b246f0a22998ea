//! `FIL401` digest-mismatch.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "FIL401",
    name: "digest-mismatch",
    severity: Severity::Error,
    summary: "a file is not what was sealed",
    why: "The package was changed, damaged or only partly copied since it was made.",
    remedy: "get the package again from where it was sealed, or seal it anew",
    check,
};

use crate::package::{Digest, DigestManifest, Package, identity};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let package = subject.package();
    let manifest = match package.digests() {
        None => return,
        Some(Ok(manifest)) => manifest,
        Some(Err(message)) => {
            return findings.add(
                Place::file("MLmodel").element("flavors.envelope.digests"),
                message,
            );
        }
    };
    check_identity(subject, findings);
    if check_files(package, &manifest, findings) {
        check_size(package, &manifest, findings);
    }
}

/// Tells whether every file is what was sealed.
fn check_files(package: &Package, manifest: &DigestManifest, findings: &mut Findings) -> bool {
    let mut all_sealed = true;
    for (path, expected) in &manifest.files {
        let message = if package.tree().has_file(path) {
            match Digest::of_file(&package.root().join(path)) {
                Ok(found) if found == *expected => continue,
                Ok(found) => format!(
                    "has BLAKE3 digest {}, expected {}",
                    found.to_hex(),
                    expected.to_hex()
                ),
                Err(error) => error.to_string(),
            }
        } else {
            "was sealed with the package, and is not there".to_owned()
        };
        findings.add(Place::file(path), message);
        all_sealed = false;
    }
    all_sealed
}

/// What `inspect` shows of a large package must be so.
fn check_size(package: &Package, manifest: &DigestManifest, findings: &mut Findings) {
    let size = |path: &String| package.tree().size_bytes(path).ok().flatten();
    let found: u64 = manifest.files.keys().filter_map(size).sum();
    if let Some(expected) = manifest.size_bytes.filter(|expected| *expected != found) {
        let message = format!("says {expected} bytes, but the sealed files have {found}");
        let element = "flavors.envelope.digests.size_bytes";
        findings.add(Place::file("MLmodel").element(element), message);
    }
}

/// `MLmodel` holds the digests and has none itself; its identity is made from all else in it.
fn check_identity(subject: &Subject<'_>, findings: &mut Findings) {
    let mlmodel = subject.mlmodel();
    let expected = identity(mlmodel);
    let found = mlmodel.model_uuid().unwrap_or("none");
    if found != expected {
        let message = format!("has identity {found}, but its contents make {expected}");
        findings.add(Place::file("MLmodel").element("model_uuid"), message);
    }
}
