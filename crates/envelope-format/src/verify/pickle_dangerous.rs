//! `SAF503` pickle-dangerous.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "SAF503",
    name: "pickle-dangerous",
    severity: Severity::Error,
    summary: "a pickle imports what can run commands, read files or open connections",
    why: "Loading the model would hand the machine to whoever made the pickle.",
    remedy: "do not load it; ask its maker for a package without a pickle",
    check,
};

use crate::pickle::Danger;

/// What `cloudpickle` itself uses to rebuild ordinary classes, such as those of pydantic. In a
/// pickle that holds code anyway these names give nothing that the code does not have.
const USED_BY_CLOUDPICKLE: [&str; 4] = [
    "builtins.getattr",
    "functools.partial",
    "_functools.reduce",
    "functools.reduce",
];

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (file, global) in subject.globals(Danger::is_dangerous).take(100) {
        let place = Place::file(file).element(format!("byte {}", global.offset));
        let message = format!("imports `{}`: {}", global, global.reason);
        let code = || {
            subject
                .globals(|danger| danger == Danger::EmbedsCode)
                .any(|(f, _)| f == file)
        };
        if USED_BY_CLOUDPICKLE.contains(&global.to_string().as_str()) && code() {
            findings.add_as(Severity::Warning, place, message);
        } else {
            findings.add(place, message);
        }
    }
}
