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

use crate::package::{Digest, identity};

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
    for (path, expected) in &manifest.files {
        let place = Place::file(path);
        if !package.tree().has_file(path) {
            findings.add(place, "was sealed with the package, and is not there");
            continue;
        }
        match Digest::of_file(&package.root().join(path)) {
            Err(error) => findings.add(place, error.to_string()),
            Ok(found) if found != *expected => {
                let message = format!(
                    "has BLAKE3 digest {}, expected {}",
                    found.to_hex(),
                    expected.to_hex()
                );
                findings.add(place, message);
            }
            Ok(_) => {}
        }
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
