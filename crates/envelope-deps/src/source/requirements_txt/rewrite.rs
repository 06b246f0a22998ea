//! Writing the file again without the packages that go.
//!
//! What stays is written byte for byte. The lines of a package that goes are left out, with the
//! comments glued on top of them; it is taken out of the comments `# via` of the others. Included
//! files stand where they were included, with line ends as the first file has them.

use super::text::lines;
use super::{Item, Kind, RequirementsFile, narrow, via};
use crate::graph::PackageId;
use crate::names::PackageName;
use crate::prune::Pruned;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use uv_pep508::MarkerTree;

/// How a file is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct RewriteOptions {
    /// Whether lines get narrower markers where fewer environments need them than before.
    pub narrow_markers: bool,
}

impl RequirementsFile {
    /// Writes the file without what a prune takes away. Nothing pruned, nothing changed, unless
    /// other files are included.
    pub fn rewrite(&self, pruned: &Pruned, options: RewriteOptions) -> Vec<u8> {
        let graph = pruned.graph();
        let name = |package| graph.name(package).as_str().as_bytes();
        // Also what is not listed, but named as a parent.
        let (needed, goes): (Vec<PackageId>, Vec<PackageId>) = graph
            .every_package()
            .filter(|package| graph.is_reached(*package))
            .partition(|package| pruned.is_needed(*package));
        let mut gone: FxHashSet<&[u8]> = goes.into_iter().map(name).collect();
        if !gone.is_empty() {
            // A package may be there in several versions, of which one stays.
            for package in needed {
                gone.remove(name(package));
            }
        }
        let mut narrower: FxHashMap<&PackageName, MarkerTree> = FxHashMap::default();
        for kept in &pruned.kept {
            let name = graph.name(kept.package);
            if options.narrow_markers && kept.is_narrowed() {
                let marker = narrower.entry(name).or_insert(MarkerTree::FALSE);
                *marker = marker.or(kept.marker);
            }
        }
        let writer = Writer {
            file: self,
            gone,
            narrower,
            out: Vec::with_capacity(self.texts[0].bytes.len()),
        };
        writer.write()
    }
}

struct Writer<'a> {
    file: &'a RequirementsFile,
    /// The names of what goes, as bytes.
    gone: FxHashSet<&'a [u8]>,
    narrower: FxHashMap<&'a PackageName, MarkerTree>,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn write(mut self) -> Vec<u8> {
        let stays = self.staying();
        for (item, stays) in self.file.items.iter().zip(stays) {
            if stays {
                self.push(item);
            }
        }
        let first = &self.file.texts[0];
        if !first.is_ended() {
            let end = lines(&self.out).last().map_or(0, |line| line.end.len());
            self.out.truncate(self.out.len() - end);
        } else if !self.out.is_empty() {
            self.end_line();
        }
        first.encoding.encode(self.out)
    }

    /// Which logical lines stay. A comment goes with the requirement that it stands on, except for
    /// those at the head of the file.
    fn staying(&self) -> Vec<bool> {
        let items = &self.file.items;
        let is_said = |item: &Item| matches!(item.kind, Kind::Option | Kind::Requirement(_));
        let head = items.iter().position(is_said).unwrap_or(items.len());
        let mut stays = vec![true; items.len()];
        let mut goes_below = false;
        for (number, item) in items.iter().enumerate().rev() {
            goes_below = match &item.kind {
                Kind::Requirement(asked) => asked
                    .name
                    .as_ref()
                    .is_some_and(|name| self.gone.contains(name.as_str().as_bytes())),
                Kind::Comment => goes_below && number >= head,
                Kind::Blank | Kind::Option => false,
            };
            stays[number] = !goes_below;
        }
        stays
    }

    fn push(&mut self, item: &Item) {
        let Some(raw) = self.narrowed(item) else {
            return;
        };
        let changed = self.changed(item, &raw);
        let raw = changed.as_deref().unwrap_or(&raw);
        if !self.out.is_empty() {
            self.end_line();
        }
        if item.file == 0 {
            self.out.extend_from_slice(raw);
            return;
        }
        let end = self.file.texts[0].line_end();
        for line in lines(raw) {
            self.out.extend_from_slice(line.content);
            self.out
                .extend_from_slice(if line.end.is_empty() { b"" } else { end });
        }
        let is_last = item.raw.end == self.file.texts[item.file].bytes.len();
        if is_last && matches!(item.kind, Kind::Requirement(_) | Kind::Option) {
            close_last_line(&mut self.out);
        }
    }

    /// The lines of a requirement for where it is needed; `None` when that is nowhere.
    fn narrowed(&self, item: &Item) -> Option<Cow<'a, [u8]>> {
        let raw = self.file.raw(item);
        if let Kind::Requirement(asked) = &item.kind
            && let Some(marker) = asked.name.as_ref().and_then(|name| self.narrower.get(name))
        {
            return narrow::narrowed(raw, asked, *marker);
        }
        Some(Cow::Borrowed(raw))
    }

    /// The lines of a requirement, where parents of it go.
    fn changed(&self, item: &Item, raw: &[u8]) -> Option<Vec<u8>> {
        let Kind::Requirement(_) = &item.kind else {
            return None;
        };
        let goes = |name: &[u8]| self.gone.contains(name);
        if self.gone.is_empty() || !via::names_any(raw, &goes) {
            return None;
        }
        let mut changed = Vec::with_capacity(raw.len());
        via::push_without(raw, &goes, &mut changed);
        if changed.len() < raw.len() {
            close_last_line(&mut changed);
        }
        Some(changed)
    }

    fn end_line(&mut self) {
        if !self.out.ends_with(b"\n") && !self.out.ends_with(b"\r") {
            let end = self.file.texts[0].line_end();
            self.out.extend_from_slice(end);
        }
    }
}

/// Takes out a backslash that would draw in a line that did not follow before.
fn close_last_line(out: &mut Vec<u8>) {
    let last = lines(out).last();
    let (content, end) = last.map_or((&b""[..], &b""[..]), |line| (line.content, line.end));
    if content.trim_ascii_start().starts_with(b"#") || !content.trim_ascii_end().ends_with(b"\\") {
        return;
    }
    let end = end.to_vec();
    let said = content.trim_ascii_end().len() - 1;
    let cut = out.len() - content.len() - end.len() + said;
    out.truncate(cut);
    out.truncate(out.trim_ascii_end().len());
    out.extend_from_slice(&end);
}
