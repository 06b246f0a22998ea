//! The lines of a tree as text. Nothing here knows what was pruned.

use crate::emit::walk::{Below, Line};
use crate::emit::wording::{listed, package};
use crate::graph::{Graph, PackageId};
use rustc_hash::FxHashMap;
use std::fmt::Write as _;

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

/// Draws the lines, each with what is to be noted about its package, and ends with a line for
/// each sign that was used.
pub(super) fn draw(
    text: &mut String,
    graph: &Graph,
    lines: &[Line],
    notes: &FxHashMap<PackageId, String>,
    is_ascii: bool,
) {
    let strokes = if is_ascii { ASCII } else { UNICODE };
    // What each level above the line goes on with.
    let mut above: Vec<&str> = Vec::new();
    for line in lines {
        above.truncate(line.level.saturating_sub(1));
        text.extend(above.iter().copied());
        if line.level > 0 {
            let (own, below) = if line.is_last {
                strokes.last
            } else {
                strokes.one
            };
            text.push_str(own);
            above.push(below);
        }
        label(text, graph, line);
        text.push_str(notes.get(&line.package).map_or("", String::as_str));
        match line.below {
            Below::Before => text.push_str(" (*)"),
            Below::Later => {
                let _ = write!(text, " {}", strokes.elsewhere);
            }
            Below::Nothing | Below::Here | Below::Hidden => {}
        }
        text.push_str(if line.is_continued {
            " (continued)\n"
        } else {
            "\n"
        });
    }
    if lines.iter().any(|line| line.below == Below::Before) {
        text.push_str("(*) its subtree is drawn above, or this closes a circle\n");
    }
    if lines.iter().any(|line| line.below == Below::Later) {
        let elsewhere = strokes.elsewhere;
        let _ = writeln!(
            text,
            "{elsewhere} its subtree follows in a block of its own"
        );
    }
}

fn label(text: &mut String, graph: &Graph, line: &Line) {
    text.push_str(&package(graph, line.package));
    if !line.extras.is_empty() {
        let _ = write!(text, " [{}]", listed(line.extras).replace(", ", ","));
    }
    if !line.behind.is_empty() {
        let _ = write!(text, " (extra: {})", listed(line.behind));
    }
}
