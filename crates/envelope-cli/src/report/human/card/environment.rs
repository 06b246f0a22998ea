//! What a package needs to run in Python.

use super::{CardView, unreadable};
use crate::card::{Card, Environments, Part};
use crate::report::human::count;
use crate::report::human::page::{INDENT, Page};
use crate::report::human::phrase::{DIM, PLAIN, Phrase, RED, YELLOW};
use envelope_format::environment::{CondaDependency, CondaEnv, Pin, Requirement, RequirementLine};

/// Requirements with their pins, then what the other files say beside them.
pub(super) fn add(page: &mut Page, card: &Card<'_>, view: CardView) {
    let environments = &card.environments;
    add_requirements(page, environments, view);
    page.heading("Environment", "");
    let python = python(environments);
    page.field(
        "python",
        &python.map_or_else(|| Phrase::new(DIM, "not recorded"), Phrase::plain),
    );
    match &environments.conda {
        Part::Read(conda) => page.field("conda", &describe_conda(conda)),
        Part::Unreadable(error) => page.field("conda", &unreadable(error)),
        Part::Absent => page.field("conda", &Phrase::new(DIM, "no conda.yaml")),
    }
    match &environments.python_env {
        Part::Read(env) => {
            let build = env.build_dependencies.join(", ");
            page.field("virtualenv", &Phrase::plain(&build));
        }
        Part::Unreadable(error) => page.field("virtualenv", &unreadable(error)),
        Part::Absent => page.field("virtualenv", &Phrase::new(DIM, "no python_env.yaml")),
    }
    match &environments.constraints {
        Part::Read(lines) => page.field("constraints", &Phrase::plain(&lines.len().to_string())),
        Part::Unreadable(error) => page.field("constraints", &unreadable(error)),
        Part::Absent => {}
    }
    if !environments.env_vars.is_empty() {
        page.field(
            "variables",
            &Phrase::plain(&environments.env_vars.join(", ")),
        );
    }
}

fn python(environments: &Environments) -> Option<&str> {
    let own = environments.python_version.as_deref();
    own.or(match &environments.python_env {
        Part::Read(env) => env.python.as_deref(),
        _ => None,
    })
}

fn add_requirements(page: &mut Page, environments: &Environments, view: CardView) {
    let lines = match &environments.requirements {
        Part::Read(lines) => lines,
        Part::Unreadable(error) => {
            page.heading("Requirements", "");
            return page.paragraph(INDENT, &unreadable(error));
        }
        Part::Absent => return page.heading("Requirements", "no requirements.txt"),
    };
    let pinned = lines.iter().filter(|line| is_pinned(line)).count();
    page.heading(
        "Requirements",
        &format!(
            "{}, {pinned} pinned to one version",
            count(lines.len(), "line")
        ),
    );
    let limit = view.limit(48);
    let cells: Vec<Phrase> = lines.iter().take(limit).map(requirement).collect();
    page.columns(INDENT, &cells);
    if lines.len() > limit {
        let rest = format!("… and {} more; -v shows all", lines.len() - limit);
        page.paragraph(INDENT, &Phrase::new(DIM, &rest));
    }
}

fn is_pinned(line: &RequirementLine) -> bool {
    matches!(
        &line.requirement,
        Requirement::Named {
            pin: Pin::Exact(_) | Pin::Url(_),
            ..
        }
    )
}

fn requirement(line: &RequirementLine) -> Phrase {
    match &line.requirement {
        Requirement::Named { name, pin } => {
            let name = Phrase::plain(name).then(PLAIN, " ");
            match pin {
                Pin::Exact(version) => name.then(DIM, version),
                Pin::Range(range) => name.then(YELLOW, range),
                Pin::Url(url) => name.then(DIM, &super::cut(url, 60)),
                Pin::None => name.then(YELLOW, "any version"),
            }
        }
        Requirement::Location { .. } | Requirement::Option { .. } => {
            Phrase::new(DIM, &super::cut(&line.text, 70))
        }
        Requirement::Unparsable { .. } => {
            Phrase::new(RED, "unparsable: ").then(PLAIN, &super::cut(&line.text, 60))
        }
    }
}

/// Channels and packages beside Python and pip's requirements, which stand above.
fn describe_conda(conda: &CondaEnv) -> Phrase {
    let others = conda
        .dependencies
        .iter()
        .filter_map(|dependency| match dependency {
            CondaDependency::Package(text) if !text.starts_with("python=") => Some(text.as_str()),
            _ => None,
        });
    let name = conda.name.as_deref().unwrap_or("(unnamed)");
    let channels = format!(" from {}", conda.channels.join(", "));
    let channels = if conda.channels.is_empty() {
        ""
    } else {
        &channels
    };
    let others: Vec<&str> = others.collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(": {}", others.join(", "))
    };
    Phrase::plain(name).then(DIM, channels).then(PLAIN, &others)
}
