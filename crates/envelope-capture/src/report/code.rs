//! The code that ran: the commit, and what was not committed, side by side.

use super::Report;
use super::facts::{Facts, Table, known, known_table};
use crate::git::GitFacts;
use crate::known::Known;
use crate::page::Page;
use crate::page::file::{self, Budget};
use crate::page::hero;
use crate::page::markup::Markup;
use crate::page::work::Work;
use crate::patch::Patch;
use crate::record::Uncommitted;

/// The most lines of changes that are shown here; all of them are on their own page.
const SHOWN_LINES: usize = 4_000;
/// A file of more changed lines than this is closed at first.
const OPEN_LINES: usize = 120;
/// Of so many files none is open at first.
const OPEN_FILES: usize = 12;

pub(super) fn write(markup: &mut Markup, report: &Report<'_>) {
    markup.raw("<section id=\"code\"><h2>Code</h2>");
    known(markup, &report.record.provenance.git, git);
    markup.raw("</section><section id=\"changes\"><h2>Uncommitted changes</h2>");
    known(markup, &report.record.changes, |markup, changes| {
        uncommitted(markup, report, changes);
    });
    markup.raw("</section>");
}

fn git(markup: &mut Markup, git: &GitFacts) {
    let mut facts = Facts::begin(markup);
    facts.maybe("Commit", &git.commit, "none yet");
    facts.maybe(
        "Branch",
        &git.branch,
        "none: a commit is checked out by itself",
    );
    facts.maybe("Described as", &git.describe, "nothing, without a commit");
    facts.with("Tags", |markup| {
        known(markup, &git.tags, |markup, tags| {
            if tags.is_empty() {
                markup.raw("<span class=\"quiet\">none</span>");
            }
            markup.text(&tags.join(", "));
        });
    });
    if git.shallow != Known::Value(false) {
        facts.known("Shallow", &git.shallow.clone().map(yes));
    }
    if git.linked_worktree != Known::Value(false) {
        facts.known("Linked worktree", &git.linked_worktree.clone().map(yes));
    }
    drop(facts);
    known_table(markup, "Remotes", &git.remotes, |remotes| Table {
        title: "Remotes",
        columns: &["Name", "Fetched from", "Pushed to"],
        rows: remotes
            .iter()
            .map(|remote| {
                let push = remote.push_url.as_ref().unwrap_or(&remote.url);
                vec![remote.name.clone(), remote.url.clone(), push.clone()]
            })
            .collect(),
    });
    known_table(markup, "Submodules", &git.submodules, |submodules| Table {
        title: "Submodules",
        columns: &["Path", "Commit", "From"],
        rows: submodules
            .iter()
            .map(|module| {
                let url = module.url.clone().unwrap_or_default();
                vec![module.path.clone(), module.commit.clone(), url]
            })
            .collect(),
    });
    known_table(markup, "Files of Git LFS", &git.lfs, |lfs| Table {
        title: "Files of Git LFS",
        columns: &["Path", "SHA-256", "Size"],
        rows: lfs
            .iter()
            .map(|file| {
                let size = hero::size(file.size_bytes);
                vec![file.path.clone(), file.oid.clone(), size]
            })
            .collect(),
    });
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn uncommitted(markup: &mut Markup, report: &Report<'_>, changes: &Uncommitted) {
    if changes.is_clean {
        markup.raw("<p>There were none: the files were those of the commit.</p>");
        return;
    }
    markup.raw("<p>");
    if let Some(patch) = report.patch {
        hero::sum(markup, patch);
        markup.raw(". ");
    }
    markup.raw(if changes.restores_all {
        "<code>git apply uncommitted_changes.patch</code> at the commit gives back all files as they were."
    } else {
        "<code>git apply uncommitted_changes.patch</code> at the commit does not give back all of it, see below."
    });
    if let Some(page) = report.changes_page {
        markup
            .raw(" <a href=\"")
            .attribute(page)
            .raw("\">See them on their own page</a>.");
    }
    markup.raw("</p>");
    let none = Patch::read(Vec::new()).ok();
    let Some(patch) = report.patch.or(none.as_ref()) else {
        return;
    };
    let page = Page {
        patch,
        commit: None,
        branch: None,
        left_out: &changes.left_out,
        inexact: &changes.inexact,
        masked: &changes.masked,
    };
    hero::notes(markup, &page);
    let sections = patch.sections();
    let mut budget = Budget {
        left: SHOWN_LINES,
        open: if sections.len() > OPEN_FILES {
            0
        } else {
            OPEN_LINES
        },
        work: Work::default(),
    };
    for (at, section) in sections.iter().enumerate() {
        file::write(markup, patch, at, section, &mut budget);
    }
}
