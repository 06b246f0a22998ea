//! `MLM103` signature-invalid.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "MLM103",
    name: "signature-invalid",
    severity: Severity::Error,
    summary: "the signature does not parse",
    why: "MLflow parses the signature before anything else and refuses the whole package.",
    remedy: "write the signature as MLflow does: three JSON texts under `signature`; `envelope package` makes them",
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Err(error) = subject.signature() {
        let position = subject
            .mlmodel()
            .signature()
            .map(|node| node.position)
            .unwrap_or_default();
        let place = Place::file("MLmodel")
            .at(position)
            .element(format!("signature.{}", error.place));
        findings.add_stopping(place, error.message.clone());
    }
}
