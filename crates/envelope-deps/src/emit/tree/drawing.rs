//! The lines of a tree. Nothing here knows what was pruned.
//!
//! A chain of 50,000 needs would have an indentation of 50,000 steps: below [`DEEPEST`] levels a
//! subtree is drawn in a block of its own, and `(…)` stands for it.

use super::TreeOptions;
use crate::emit::wording::{listed, package};
use crate::graph::{Graph, Need, Needs, PackageId};
use crate::names::ExtraName;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::fmt::Write as _;

/// How deep one block goes.
const DEEPEST: usize = 40;

/// Where a block begins.
pub(super) struct Start<'n> {
    pub(super) package: PackageId,
    /// The extras that are asked for.
    pub(super) extras: &'n [&'n ExtraName],
    pub(super) note: &'static str,
}

impl Start<'_> {
    pub(super) fn plain(package: PackageId) -> Self {
        Self {
            package,
            extras: &[],
            note: "",
        }
    }
}

/// The pieces that lines begin with.
struct Strokes {
    /// Before one of several, and what stands below it.
    one: (&'static str, &'static str),
    /// Before the last.
    last: (&'static str, &'static str),
    elsewhere: &'static str,
}

const UNICODE: Strokes = Strokes {
    one: ("├── ", "│   "),
    last: ("└── ", "    "),
    elsewhere: "(…)",
};

const ASCII: Strokes = Strokes {
    one: ("|-- ", "|   "),
    last: ("`-- ", "    "),
    elsewhere: "(...)",
};

/// A tree that is being drawn.
pub(super) struct Drawing<'d, 'g> {
    graph: &'d Graph<'d>,
    needs: &'d Needs<'g>,
    notes: &'d FxHashMap<PackageId, String>,
    strokes: Strokes,
    depth: usize,
    text: String,
    /// Whether what a package needs was drawn, or will be.
    drawn: Vec<bool>,
    /// Subtrees that were too deep for their block.
    waiting: VecDeque<PackageId>,
    has_repeated: bool,
    has_moved: bool,
}

/// A package whose needs are being drawn: the place of the next, and how much of the line's
/// beginning is above it.
struct Open {
    package: PackageId,
    next: usize,
    above: usize,
}

impl<'d, 'g> Drawing<'d, 'g> {
    pub(super) fn new(
        graph: &'d Graph<'d>,
        needs: &'d Needs<'g>,
        options: &TreeOptions,
        notes: &'d FxHashMap<PackageId, String>,
    ) -> Self {
        Self {
            graph,
            needs,
            notes,
            strokes: if options.ascii { ASCII } else { UNICODE },
            depth: options.depth.unwrap_or(usize::MAX),
            text: String::new(),
            drawn: vec![false; graph.every_package().count()],
            waiting: VecDeque::new(),
            has_repeated: false,
            has_moved: false,
        }
    }

    /// Whether a package has its place in the tree.
    pub(super) fn was_drawn(&self, package: PackageId) -> bool {
        self.drawn[package.index()]
    }

    /// Draws a block, and then the subtrees that were too deep for it.
    pub(super) fn block(&mut self, start: &Start) {
        self.label(start.package, start.extras);
        self.text.push_str(start.note);
        self.note(start.package);
        let is_open = self.opens(start.package, 0);
        self.text.push('\n');
        if is_open {
            self.below(start.package);
        }
        while let Some(package) = self.waiting.pop_front() {
            self.label(package, &[]);
            self.text.push_str(" (continued)\n");
            self.below(package);
        }
    }

    /// Ends the drawing with a line for each sign that was used.
    pub(super) fn finish(self, text: &mut String) {
        text.push_str(&self.text);
        if self.has_repeated {
            text.push_str("(*) its subtree is drawn above, or this closes a circle\n");
        }
        if self.has_moved {
            let elsewhere = self.strokes.elsewhere;
            let _ = writeln!(
                text,
                "{elsewhere} its subtree follows in a block of its own"
            );
        }
    }

    /// Draws everything below a package.
    fn below(&mut self, package: PackageId) {
        let needs = self.needs;
        let mut beginning = String::new();
        let mut open = vec![Open {
            package,
            next: 0,
            above: 0,
        }];
        while let Some(last) = open.last_mut() {
            let below = needs.of_package(last.package);
            let Some(need) = below.get(last.next) else {
                beginning.truncate(last.above);
                open.pop();
                continue;
            };
            last.next += 1;
            let strokes = if last.next == below.len() {
                self.strokes.last
            } else {
                self.strokes.one
            };
            self.text.push_str(&beginning);
            self.text.push_str(strokes.0);
            if self.need(need, open.len()) {
                open.push(Open {
                    package: need.to,
                    next: 0,
                    above: beginning.len(),
                });
                beginning.push_str(strokes.1);
            }
        }
    }

    /// Draws the line of one need, and says whether what stands below it follows at once.
    fn need(&mut self, need: &Need, level: usize) -> bool {
        self.label(need.to, &need.extras);
        if !need.behind.is_empty() {
            let _ = write!(self.text, " (extra: {})", listed(&need.behind));
        }
        self.note(need.to);
        let is_open = self.opens(need.to, level);
        self.text.push('\n');
        is_open
    }

    /// Whether the needs of a package follow at once; if not, says where they are.
    fn opens(&mut self, package: PackageId, level: usize) -> bool {
        let has_needs = !self.needs.of_package(package).is_empty();
        if has_needs && self.drawn[package.index()] {
            self.text.push_str(" (*)");
            self.has_repeated = true;
            return false;
        }
        if level >= self.depth && has_needs {
            return false;
        }
        self.drawn[package.index()] = true;
        if has_needs && level >= DEEPEST {
            let _ = write!(self.text, " {}", self.strokes.elsewhere);
            self.has_moved = true;
            self.waiting.push_back(package);
            return false;
        }
        has_needs
    }

    fn label(&mut self, which: PackageId, extras: &[&ExtraName]) {
        self.text.push_str(&package(self.graph, which));
        if !extras.is_empty() {
            let _ = write!(self.text, " [{}]", listed(extras).replace(", ", ","));
        }
    }

    fn note(&mut self, package: PackageId) {
        if let Some(note) = self.notes.get(&package) {
            self.text.push_str(note);
        }
    }
}
