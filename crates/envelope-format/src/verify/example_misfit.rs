//! `EXA301` example-misfit.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "EXA301",
    name: "example-misfit",
    severity: Severity::Warning,
    summary: "the input example cannot be read, or does not fit the signature",
    why: "An example that the model refuses misleads whoever starts from it.",
    remedy: "take an example that the model accepts, and let the signature be inferred from it",
    check,
};

use crate::signature::fit::misfits;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let (file, example) = match subject.example() {
        None => return,
        Some((file, Err(message))) => return findings.add(Place::file(file), message),
        Some((file, Ok(example))) => (file, example),
    };
    let Ok(Some(signature)) = subject.signature() else {
        return;
    };
    if subject.mlmodel().is_signature_from_type_hint() {
        // Such a model is given the example as it is; the signature is not consulted.
        return;
    }
    for misfit in misfits(signature, &example) {
        let message = format!("found {}, expected {}", misfit.found, misfit.expected);
        findings.add(Place::file(file).element(misfit.place), message);
    }
}
