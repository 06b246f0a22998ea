//! The lines of the table, and the goal of each.

use std::collections::BTreeMap;

use super::Measured;
use super::commands::KINDS;
use crate::bench::report::{Goal, Row, significant};

/// The most memory that a prune of the corpora may take, in bytes.
const MOST_MEMORY: f64 = 20.0 * 1024.0 * 1024.0;

/// What is told, the command, what it is held against with its command, and the goal.
const AGAINST_PEERS: [(&str, &str, &str, &str, Goal); 4] = [
    (
        "corpus a, from an environment",
        "a environment",
        "`pipdeptree --exclude-dependencies`",
        "pipdeptree",
        Goal::TimesFaster(5.0),
    ),
    (
        "corpus a, from an environment",
        "a environment",
        "`uv pip tree --prune`",
        "uv pip tree",
        Goal::TimesFaster(1.5),
    ),
    (
        "corpus a, from uv.lock",
        "a lock",
        "`uv export --frozen --prune`",
        "uv export",
        Goal::TimesTheTime(1.0),
    ),
    (
        "corpus a, from annotated requirements",
        "a list",
        "`uv pip tree --prune`",
        "uv pip tree",
        Goal::TimesTheTime(0.25),
    ),
];

/// How many times as much more packages may take. Each doubling takes twice as much, and a tenth more
/// for what no longer fits into the processor's memory: 2.2 times, and for two of them 2.2 times that.
const GROWTH: [(usize, &str, f64); 2] = [
    (25_000, "half of it", 2.2),
    (50_000, "a quarter of it", 4.84),
];

/// Every line, from what was measured by the names of commands.
pub(super) fn rows(measured: &BTreeMap<String, Measured>) -> Vec<Row> {
    let compared = |what: &str, ours: &str, label: &str, peer: &str, goal: Goal| {
        let (ours, peer) = (&measured[ours].times, &measured[peer].times);
        match goal {
            Goal::TimesFaster(_) => Row::faster(what, ours, label.to_owned(), peer, goal),
            _ => Row::slower(what, ours, label.to_owned(), peer, goal),
        }
    };
    let mut rows: Vec<Row> = AGAINST_PEERS
        .iter()
        .map(|(what, ours, label, peer, goal)| compared(what, ours, label, peer, *goal))
        .collect();
    for (what, kind) in KINDS {
        let what = format!("corpus c, {what}");
        let (ours, peer) = (format!("c {kind}"), format!("a {kind}"));
        let goal = Goal::TimesTheTime(1.5);
        rows.push(compared(&what, &ours, "corpus a", &peer, goal));
    }
    rows.extend(growth(measured));
    for corpus in ["a", "c"] {
        for (what, kind) in KINDS {
            let peak = measured[&format!("{corpus} {kind}")].peak;
            let what = format!("peak memory, corpus {corpus}, {what}");
            rows.push(Row::memory(what, peak, Goal::Memory(MOST_MEMORY)));
        }
    }
    rows
}

/// What more packages cost, together and each: in time, and in instructions where they were counted.
fn growth(measured: &BTreeMap<String, Measured>) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in ["uv.lock", "requirements.txt"] {
        let least = &measured[&format!("12500 {file}")];
        for (count, part, most) in GROWTH {
            let grown = &measured[&format!("{count} {file}")];
            let what = format!("{count} packages, {file}, {}", each(grown, count));
            let goal = Goal::TimesTheTime(most);
            let label = format!("{part}, {}", each(least, 12_500));
            rows.push(Row::slower(&what, &grown.times, label, &least.times, goal));
        }
        for (count, part, most) in GROWTH {
            let grown = &measured[&format!("{count} {file}")];
            let (Some(grown), Some(least)) = (grown.instructions, least.instructions) else {
                continue;
            };
            let what = format!("{count} packages, {file}, instructions");
            let goal = Goal::TimesTheInstructions(most);
            rows.push(Row::instructions(
                what,
                (grown, least),
                part.to_owned(),
                goal,
            ));
        }
    }
    rows
}

/// The time that one of so many packages takes.
fn each(measured: &Measured, count: usize) -> String {
    let microseconds = measured.times.median() * 1e6 / count as f64;
    format!("{} µs each", significant(microseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::deps::commands::GROWN;

    #[test]
    fn every_row_has_its_measurements() {
        let mut measured = BTreeMap::new();
        let names = ["pipdeptree", "uv pip tree", "uv export"].map(str::to_owned);
        let corpora = ["a", "c"].into_iter();
        let corpora = corpora.flat_map(|corpus| KINDS.map(|kind| format!("{corpus} {}", kind.1)));
        let grown = GROWN.into_iter().flat_map(|count| {
            ["uv.lock", "requirements.txt"].map(|file| format!("{count} {file}"))
        });
        for name in names.into_iter().chain(corpora).chain(grown) {
            measured.insert(name, Measured::default());
        }
        assert_eq!(rows(&measured).len(), 17);
        for one in measured.values_mut() {
            one.instructions = Some(1.0);
        }
        assert_eq!(rows(&measured).len(), 21);
    }
}
