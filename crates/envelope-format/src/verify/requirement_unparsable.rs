//! `ENV203` requirement-unparsable.

use super::{Findings, Rule, Subject};
use crate::finding::{Place, Severity};

pub(super) const RULE: Rule = Rule {
    code: "ENV203",
    name: "requirement-unparsable",
    severity: Severity::Error,
    summary: "a line of the requirements is no requirement",
    why: "pip refuses the whole file, so that no environment can be made.",
    remedy: "write it as PEP 508 says: `name==version`",
    check,
};

use crate::environment::{CONSTRAINTS_FILE, REQUIREMENTS_FILE, Requirement};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let files = [
        (REQUIREMENTS_FILE, subject.requirements()),
        (CONSTRAINTS_FILE, subject.constraints()),
    ];
    for (file, requirements) in files {
        for line in requirements.into_iter().flat_map(|file| &file.lines) {
            if let Requirement::Unparsable { reason } = &line.requirement {
                let message = format!("`{}` is no requirement: {reason}", line.text);
                findings.add(Place::file(file).line(line.line), message);
            }
        }
    }
    let constrained = subject.requirements().and_then(|file| {
        file.lines.iter().find(|line| {
            matches!(&line.requirement, Requirement::Option { flag, value } if flag == "-c"
                && !subject.package().tree().has_file(value))
        })
    });
    if let Some(line) = constrained {
        let place = Place::file(REQUIREMENTS_FILE).line(line.line);
        findings.add(
            place,
            format!("`{}` names a file that is not in the package", line.text),
        );
    }
}
