//! Why packages are there, what they cost, and what differs.

use crate::report::human::page::Page;
use crate::report::human::phrase::{BOLD, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};
use crate::report::human::table::Table;
use crate::report::human::{count, size};
use envelope_deps::{Diff, Graph, Holding, PackageName, Why};

/// The way to a package, and all that need it.
pub(crate) fn why(graph: &Graph, name: &PackageName, why: Option<&Why>, width: usize) -> String {
    let mut page = Page::new(width);
    let Some(why) = why else {
        let known = !graph.packages_named(name).is_empty();
        let text = if known {
            format!("`{name}` is there, but nothing that was asked for needs it")
        } else {
            format!("nothing is named `{name}`")
        };
        page.paragraph(0, &Phrase::message(&text));
        return page.into_text();
    };
    let mut path = Phrase::default();
    for (place, step) in why.path.iter().enumerate() {
        let arrow = if place == 0 { "" } else { " → " };
        path = path.then(DIM, arrow).then(BOLD, step.as_str());
    }
    page.paragraph(0, &path);
    if why.is_root {
        let origin = graph
            .roots()
            .iter()
            .find(|root| root.requirement.name == *name);
        let origin = origin.map_or("it is kept", |root| root.origin.as_str());
        page.field("asked for", &Phrase::plain(origin));
    }
    for (place, (from, asked)) in why.needed_by.iter().enumerate() {
        let label = if place == 0 { "needed by" } else { "" };
        let from = Phrase::plain(from.as_str()).then(DIM, &format!("  {asked}"));
        page.field(label, &from);
    }
    page.into_text()
}

/// What each root alone holds up, the largest first.
pub(crate) fn holdings(graph: &Graph, holdings: &[Holding], width: usize) -> String {
    let mut page = Page::new(width);
    let has_sizes = holdings.iter().any(|one| one.size.is_some());
    let head = ["requirement", "packages", "size", "files", "with it"];
    let mut table = if has_sizes {
        Table::new(&head).right(1).right(2).right(3)
    } else {
        Table::new(&[head[0], head[1], head[4]]).right(1)
    };
    for holding in holdings {
        let mut row = vec![
            Phrase::new(BOLD, holding.root.as_str()),
            Phrase::plain(&holding.packages.len().to_string()),
        ];
        if has_sizes {
            let (bytes, files) = holding.size.map_or_else(Default::default, |one| {
                (size(one.bytes), grouped(one.files))
            });
            row.extend([Phrase::plain(&bytes), Phrase::plain(&files)]);
        }
        row.push(such_as(graph, holding));
        table.row(row);
    }
    page.table(0, &table);
    page.into_text()
}

/// Who needs a root as well, and some of what goes with it.
fn such_as(graph: &Graph, holding: &Holding) -> Phrase {
    let names: Vec<&str> = holding
        .packages
        .iter()
        .map(|package| graph.name(*package).as_str())
        .filter(|name| *name != holding.root.as_str())
        .collect();
    let more = if names.len() > 4 { ", …" } else { "" };
    let some = format!("{}{more}", names[..names.len().min(4)].join(", "));
    if holding.needed_by.is_empty() {
        return Phrase::new(DIM, &some);
    }
    let by: Vec<&str> = holding.needed_by.iter().map(PackageName::as_str).collect();
    let by = Phrase::new(YELLOW, &format!("needed by {}", by.join(", ")));
    if some.is_empty() {
        return by;
    }
    by.then(DIM, &format!("; {some}"))
}

/// A number in groups of three.
fn grouped(number: u64) -> String {
    let text = count(usize::try_from(number).unwrap_or(usize::MAX), "");
    text.trim_end_matches(['s', ' ']).to_owned()
}

/// What came, went and changed.
pub(crate) fn diff(diff: &Diff, width: usize) -> String {
    let mut page = Page::new(width);
    for (name, versions) in &diff.removed {
        let line = Phrase::new(RED, "- ").then(PLAIN, name.as_str());
        page.paragraph(0, &line.then(DIM, &format!(" {}", versions.join(", "))));
    }
    for (name, versions) in &diff.added {
        let line = Phrase::new(GREEN, "+ ").then(PLAIN, name.as_str());
        page.paragraph(0, &line.then(DIM, &format!(" {}", versions.join(", "))));
    }
    for (name, before, after) in &diff.changed {
        let line = Phrase::new(YELLOW, "~ ").then(PLAIN, name.as_str());
        let versions = format!(" {} → {}", before.join(", "), after.join(", "));
        page.paragraph(0, &line.then(DIM, &versions));
    }
    page.gap();
    let counts = format!(
        "{} removed, {} added, {} changed, {} the same",
        diff.removed.len(),
        diff.added.len(),
        diff.changed.len(),
        diff.same
    );
    page.paragraph(0, &Phrase::new(BOLD, &counts));
    page.into_text()
}
