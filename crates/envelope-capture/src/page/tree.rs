//! The tree of files: folders that open and close, and a way to each file.

use super::file::numbers;
use super::markup::Markup;
use crate::patch::{Change, Patch, Section};
use std::collections::BTreeMap;

/// A folder: folders in it by their names, and files by their names with their places in the patch.
#[derive(Default)]
struct Folder<'a> {
    folders: BTreeMap<String, Folder<'a>>,
    files: Vec<(String, usize, &'a Section)>,
}

/// Writes the tree.
pub(super) fn write(markup: &mut Markup, patch: &Patch) {
    let mut root = Folder::default();
    for (at, section) in patch.sections().iter().enumerate() {
        let whole = section.path();
        let (folders, name) = whole.rsplit_once('/').unwrap_or(("", &whole));
        let mut folder = &mut root;
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            folder = folder.folders.entry(part.to_owned()).or_default();
        }
        folder.files.push((name.to_owned(), at, section));
    }
    markup.raw("<nav aria-label=\"Files\"><div class=\"tools\" hidden><label>Find a file ");
    markup.raw(
        "<input type=\"search\" id=\"find\" autocomplete=\"off\" spellcheck=\"false\"></label>",
    );
    markup
        .raw("<output id=\"found\"></output><button type=\"button\" id=\"open\">Open all</button>");
    markup.raw("<button type=\"button\" id=\"close\">Close all</button></div>");
    root.write(markup);
    markup.raw("</nav>");
}

impl Folder<'_> {
    fn write(&self, markup: &mut Markup) {
        markup.raw("<ul>");
        for (name, folder) in &self.folders {
            // A folder with nothing but a folder shares its line.
            let (mut name, mut folder) = (name.clone(), folder);
            while let (true, Some((inner, next))) =
                (folder.is_only_a_way(), folder.folders.first_key_value())
            {
                name = format!("{name}/{inner}");
                folder = next;
            }
            markup
                .raw("<li><details open><summary>")
                .text(&name)
                .raw("</summary>");
            folder.write(markup);
            markup.raw("</details></li>");
        }
        for (name, at, section) in &self.files {
            markup
                .raw("<li class=\"leaf\"><a href=\"#f")
                .number(*at)
                .raw("\" class=\"");
            markup.raw(match section.change() {
                Change::Added => "new",
                Change::Deleted => "gone",
                Change::Modified | Change::Renamed | Change::Copied => "is",
            });
            markup
                .raw("\" title=\"")
                .attribute(&section.path())
                .raw("\">")
                .text(name)
                .raw("</a>");
            numbers(markup, section.counts());
            markup.raw("</li>");
        }
        markup.raw("</ul>");
    }

    fn is_only_a_way(&self) -> bool {
        self.files.is_empty() && self.folders.len() == 1
    }
}
