//! The beginning of the page: against which commit, how much, and what the patch does not do.

use super::Page;
use super::markup::Markup;
use crate::changes::{Difference, Reason};
use crate::patch::Patch;
use crate::redact::Effect;

pub(super) fn write(markup: &mut Markup, page: &Page<'_>) {
    markup.raw("<header><h1>Uncommitted changes</h1><p class=\"lede\">");
    sum(markup, page.patch);
    match page.commit {
        Some(commit) => {
            let short = commit.get(..12).unwrap_or(commit);
            markup
                .raw(" against <code title=\"")
                .attribute(commit)
                .raw("\">")
                .text(short)
                .raw("</code>");
        }
        None => {
            markup.raw("; there is no commit yet");
        }
    }
    if let Some(branch) = page.branch {
        markup.raw(" on <code>").text(branch).raw("</code>");
    }
    markup.raw(".</p>");
    notes(markup, page);
    markup.raw("</header>");
}

/// How many files and lines differ.
pub(crate) fn sum(markup: &mut Markup, patch: &Patch) {
    let sections = patch.sections();
    let counts = sections.iter().map(crate::patch::Section::counts);
    let (added, removed) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if sections.is_empty() {
        markup.raw("Nothing differs");
        return;
    }
    markup.count(sections.len()).raw(if sections.len() == 1 {
        " file, "
    } else {
        " files, "
    });
    markup
        .raw("<span class=\"add\">")
        .count(added)
        .raw(if added == 1 {
            " line added"
        } else {
            " lines added"
        })
        .raw("</span>, <span class=\"del\">");
    markup.count(removed).raw(" removed</span>");
}

/// What the patch does not do.
pub(crate) fn notes(markup: &mut Markup, page: &Page<'_>) {
    masked(markup, page);
    left_out(markup, page);
    inexact(markup, page);
}

fn note(markup: &mut Markup, title: &'static str, lines: Vec<(String, String)>) {
    if lines.is_empty() {
        return;
    }
    markup.raw("<details class=\"note\"");
    markup.raw(if lines.len() <= 10 { " open" } else { "" });
    markup
        .raw("><summary><h2>")
        .raw(title)
        .raw(" <span class=\"quiet\">");
    markup.count(lines.len()).raw("</span></h2></summary><ul>");
    for (place, words) in lines {
        markup
            .raw("<li><code>")
            .text(&place)
            .raw("</code> ")
            .text(&words)
            .raw("</li>");
    }
    markup.raw("</ul></details>");
}

fn masked(markup: &mut Markup, page: &Page<'_>) {
    let lines = page.masked.iter().map(|line| {
        let effect = match line.effect {
            Effect::RestoresMasked => "comes back masked",
            Effect::Unchanged => "is as the commit has it",
            Effect::FileLeftOut => "does not come back, nor does its file",
        };
        (
            format!("{}:{}", line.path, line.line),
            format!("{}: {effect}", line.rule),
        )
    });
    note(markup, "Secrets that are masked", lines.collect());
}

fn left_out(markup: &mut Markup, page: &Page<'_>) {
    let lines = page.left_out.iter().map(|file| {
        let because = match file.because {
            Reason::TooLarge => "is larger than the limit for one file",
            Reason::TooMuch => "is beyond the limit for all untracked files",
            Reason::EnvironmentFile => "holds environment variables",
            Reason::Unreadable => "cannot be read",
            Reason::SpecialFile => "is a pipe, a socket or a device",
            Reason::Repository => "is a repository of its own",
            Reason::SubmoduleChanges => "is a submodule with changes of its own",
            Reason::Refused => "would not be restored, because of its attributes",
            Reason::NoGit => "differs, and there is no program git to tell how",
        };
        let size = file.size_bytes.map(|bytes| format!(" ({})", size(bytes)));
        (
            file.path.clone(),
            format!("{because}{}", size.unwrap_or_default()),
        )
    });
    note(markup, "Not in the patch", lines.collect());
}

/// A size as people read it, in units of a thousand.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < units.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && size < 99.5);
    format!("{size:.digits$} {}", units[unit])
}

fn inexact(markup: &mut Markup, page: &Page<'_>) {
    let lines = page.inexact.iter().map(|file| {
        let because = match file.because {
            Difference::LfsPointer => "comes back as a pointer of Git LFS",
            Difference::Normalized => {
                "comes back as git stores it: other line endings, or filtered"
            }
            Difference::Unproven => "may come back otherwise: a filter of git fails here",
            Difference::SubmoduleCommit => {
                "is a submodule; its commit is recorded and not checked out"
            }
        };
        (file.path.clone(), because.to_owned())
    });
    note(markup, "Not restored to the byte", lines.collect());
}
