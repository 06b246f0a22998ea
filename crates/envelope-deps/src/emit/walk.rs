//! The lines of a tree, in their order: who stands below whom, and where a subtree that was met
//! before, or that is too deep, is to be found.
//!
//! A chain of 50,000 needs would have an indentation of 50,000 steps: what is more than
//! [`DEEPEST`] levels down begins a block of its own.

use crate::graph::{Graph, Need, Needs, PackageId};
use crate::names::ExtraName;
use std::collections::VecDeque;

/// How deep one block goes.
const DEEPEST: usize = 40;

/// One line.
pub(super) struct Line<'n> {
    pub(super) package: PackageId,
    /// How far below the beginning of its block it stands.
    pub(super) level: usize,
    /// Whether it is the last below the same package.
    pub(super) is_last: bool,
    /// The extras that are asked for.
    pub(super) extras: &'n [&'n ExtraName],
    /// The extras of the package above without which it would not be needed.
    pub(super) behind: &'n [&'n ExtraName],
    /// Where what it needs stands.
    pub(super) below: Below,
    /// Whether this begins a block for a subtree that was too deep for another.
    pub(super) is_continued: bool,
}

/// Where the lines of what a package needs are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    /// It needs nothing.
    Nothing,
    /// They follow.
    Here,
    /// They were before, or this closes a circle.
    Before,
    /// They follow in a block of their own.
    Later,
    /// They are not drawn, since they are too far down for the user.
    Hidden,
}

/// The lines of a tree, block by block.
pub(super) struct Walk<'n> {
    needs: &'n Needs<'n>,
    depth: usize,
    lines: Vec<Line<'n>>,
    /// Whether what a package needs was drawn, or will be.
    drawn: Vec<bool>,
    /// Subtrees that were too deep for their block.
    waiting: VecDeque<PackageId>,
}

impl<'n> Walk<'n> {
    /// Begins with no line. `depth` is how many levels the user wants to see.
    pub(super) fn new(graph: &Graph, needs: &'n Needs<'n>, depth: Option<usize>) -> Self {
        Self {
            needs,
            depth: depth.unwrap_or(usize::MAX),
            lines: Vec::new(),
            drawn: vec![false; graph.every_package().count()],
            waiting: VecDeque::new(),
        }
    }

    /// Whether a package has its place in the tree.
    pub(super) fn was_drawn(&self, package: PackageId) -> bool {
        self.drawn[package.index()]
    }

    /// Adds a block, and then the subtrees that were too deep for it.
    pub(super) fn block(&mut self, package: PackageId, extras: &'n [&'n ExtraName]) {
        let below = self.below(package, 0);
        self.lines.push(Line {
            package,
            level: 0,
            is_last: false,
            extras,
            behind: &[],
            below,
            is_continued: false,
        });
        if below == Below::Here {
            self.subtree(package);
        }
        while let Some(package) = self.waiting.pop_front() {
            self.lines.push(Line {
                package,
                level: 0,
                is_last: false,
                extras: &[],
                behind: &[],
                below: Below::Here,
                is_continued: true,
            });
            self.subtree(package);
        }
    }

    /// All lines.
    pub(super) fn lines(self) -> Vec<Line<'n>> {
        self.lines
    }

    /// Adds the lines of everything below a package.
    fn subtree(&mut self, package: PackageId) {
        let mut open: Vec<&'n [Need<'n>]> = vec![self.needs.of_package(package)];
        while let Some(rest) = open.last_mut() {
            let Some((need, after)) = rest.split_first() else {
                open.pop();
                continue;
            };
            *rest = after;
            let is_last = after.is_empty();
            let level = open.len();
            let below = self.below(need.to, level);
            self.lines.push(Line {
                package: need.to,
                level,
                is_last,
                extras: &need.extras,
                behind: &need.behind,
                below,
                is_continued: false,
            });
            if below == Below::Here {
                open.push(self.needs.of_package(need.to));
            }
        }
    }

    fn below(&mut self, package: PackageId, level: usize) -> Below {
        let drawn = &mut self.drawn[package.index()];
        if self.needs.of_package(package).is_empty() {
            *drawn = true;
            return Below::Nothing;
        }
        if *drawn {
            return Below::Before;
        }
        if level >= self.depth {
            return Below::Hidden;
        }
        *drawn = true;
        if level >= DEEPEST {
            self.waiting.push_back(package);
            return Below::Later;
        }
        Below::Here
    }
}
