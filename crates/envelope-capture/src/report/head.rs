//! The beginning of the report: what ran, how it ended, and what it took, at one glance.

use super::Report;
use super::ending::Ending;
use super::number::{bytes, duration, significant};
use crate::entrypoint::Started;
use crate::git::GitFacts;
use crate::known::Known;
use crate::page::hero::sum;
use crate::page::markup::Markup;
use crate::record::Record;
use crate::run::Outcome;

/// A command line of more letters than this is cut; it stands whole below.
const COMMAND_LETTERS: usize = 160;

/// What the run is called: by its script or program.
pub(super) fn title(record: &Record) -> String {
    let Known::Value(entrypoint) = &record.provenance.entrypoint else {
        return "A run".to_owned();
    };
    match &entrypoint.started {
        Started::Script(name) | Started::Module(name) | Started::Notebook(name) => name.clone(),
        Started::Program(name) if !name.is_empty() => name.clone(),
        Started::Program(_) | Started::Code => entrypoint.interpreter.value().map_or_else(
            || "A run".to_owned(),
            |found| format!("Code of {}", found.name),
        ),
    }
}

pub(super) fn write(markup: &mut Markup, report: &Report<'_>) {
    let record = report.record;
    let ending = Ending::of(report);
    let is_unstarted = matches!(ending, Ending::NotStarted(_));
    markup
        .raw("<header><p class=\"over\">Run <code>")
        .text(record.id.as_str());
    markup
        .raw("</code></p><h1>")
        .text(&title(record))
        .raw("</h1>");
    command(markup, record);
    markup
        .raw("<p class=\"state ")
        .raw(ending.class())
        .raw("\">");
    markup
        .text(&ending.words())
        .raw("</p><dl class=\"figures\">");
    time(markup, report, ending);
    if let (Some(outcome), false) = (&record.outcome, is_unstarted) {
        used(markup, outcome);
    }
    markup.raw("</dl>");
    commit(markup, report);
    left_running(markup, record.outcome.as_ref());
    markup.raw("</header><nav aria-label=\"Sections\"><ul>");
    for (link, name) in [
        ("<a href=\"#metrics\">", "Metrics"),
        ("<a href=\"#started\">", "What ran"),
        ("<a href=\"#code\">", "Code"),
        ("<a href=\"#changes\">", "Uncommitted changes"),
        ("<a href=\"#python\">", "Python"),
        ("<a href=\"#system\">", "Machine"),
    ] {
        markup.raw("<li>").raw(link).raw(name).raw("</a></li>");
    }
    markup.raw("</ul></nav>");
}

fn command(markup: &mut Markup, record: &Record) {
    let Known::Value(entrypoint) = &record.provenance.entrypoint else {
        return;
    };
    let whole = shell(&entrypoint.command);
    let mut letters = whole.char_indices().skip(COMMAND_LETTERS);
    markup.raw("<p class=\"command\"><code>");
    match letters.next() {
        Some((end, _)) => markup.text(&whole[..end]).raw("…"),
        None => markup.text(&whole),
    };
    markup.raw("</code></p>");
}

/// The words as one would type them.
pub(super) fn shell(words: &[String]) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./=:,@%+".contains(letter);
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// A name, a number, and a few words below it.
fn figure(markup: &mut Markup, name: &'static str, value: &str, more: &str) {
    markup
        .raw("<div><dt>")
        .raw(name)
        .raw("</dt><dd>")
        .text(value);
    if !more.is_empty() {
        markup.raw(" <small>").text(more).raw("</small>");
    }
    markup.raw("</dd></div>");
}

fn time(markup: &mut Markup, report: &Report<'_>, ending: Ending) {
    let record = report.record;
    let started = record.outcome.as_ref().map(|outcome| outcome.started_ms);
    let (day, clock) = moment(started.unwrap_or(record.created_ms));
    if matches!(ending, Ending::NotStarted(_)) {
        return figure(markup, "Tried", &clock, &day);
    }
    figure(markup, "Started", &clock, &day);
    let last = report.samples.last().map(|sample| sample.timestamp_ms);
    match (&record.outcome, ending) {
        (Some(outcome), _) => {
            let (_, clock) = moment(outcome.ended_ms);
            let until = format!("until {clock}");
            figure(markup, "Wall time", &duration(outcome.wall_seconds), &until);
        }
        (None, Ending::Lost(last)) => {
            let (day, clock) = moment(last);
            figure(markup, "Last heard of", &clock, &day);
        }
        (None, _) => {
            let seconds = last
                .unwrap_or(record.created_ms)
                .saturating_sub(record.created_ms);
            figure(
                markup,
                "So far",
                &duration(seconds as f64 / 1e3),
                "at the last sample",
            );
        }
    }
}

fn used(markup: &mut Markup, outcome: &Outcome) {
    let seconds = outcome.cpu_user_seconds + outcome.cpu_system_seconds;
    let busy = if outcome.wall_seconds > 0.0 {
        let processors = significant(seconds / outcome.wall_seconds);
        format!("{processors} processors on average, ")
    } else {
        String::new()
    };
    let share = format!(
        "{busy}{} of it the system's",
        duration(outcome.cpu_system_seconds)
    );
    figure(markup, "CPU time", &duration(seconds), &share);
    if outcome.peak_memory_bytes == 0 {
        return figure(markup, "Peak memory", "not seen", "it ended at once");
    }
    let largest = format!(
        "largest process {}",
        bytes(outcome.peak_process_memory_bytes)
    );
    figure(
        markup,
        "Peak memory",
        &bytes(outcome.peak_memory_bytes),
        &largest,
    );
}

/// A day, and a time of it, in UTC.
fn moment(time_ms: i64) -> (String, String) {
    let time = jiff::Timestamp::from_millisecond(time_ms).unwrap_or_default();
    let part = |form: &str| time.strftime(form).to_string();
    (part("%Y-%m-%d, UTC"), part("%H:%M:%S"))
}

/// From which code, and whether that was all.
fn commit(markup: &mut Markup, report: &Report<'_>) {
    markup.raw("<p class=\"lede\">");
    match &report.record.provenance.git {
        Known::Value(git) => at(markup, git),
        Known::Unknown(because) => {
            markup.raw("Not in a repository: ").text(because);
        }
    }
    match &report.record.changes {
        Known::Value(changes) if changes.is_clean => {
            markup.raw(", <span class=\"add\">nothing uncommitted</span>");
        }
        Known::Value(_) => {
            markup.raw(", with <a class=\"del\" href=\"#changes\">uncommitted changes</a>");
            if let Some(patch) = report.patch.filter(|patch| !patch.is_empty()) {
                markup.raw(": ");
                sum(markup, patch);
            }
        }
        Known::Unknown(_) if report.record.provenance.git.value().is_some() => {
            markup.raw("; <a href=\"#changes\">what was not committed is not known</a>");
        }
        Known::Unknown(_) => {}
    }
    if let Some(user) = &report.record.user {
        markup.raw("; started by ").text(user);
    }
    markup.raw(".</p>");
}

fn at(markup: &mut Markup, git: &GitFacts) {
    match &git.commit {
        Known::Value(Some(commit)) => {
            let short = commit.get(..12).unwrap_or(commit);
            markup
                .raw("At commit <code title=\"")
                .attribute(commit)
                .raw("\">");
            markup.text(short).raw("</code>");
        }
        Known::Value(None) => {
            markup.raw("Before the first commit");
        }
        Known::Unknown(because) => {
            markup.raw("At a commit that is not known: ").text(because);
        }
    }
    match &git.branch {
        Known::Value(Some(branch)) => {
            markup.raw(" on <code>").text(branch).raw("</code>");
        }
        Known::Value(None) => {
            markup.raw(", on no branch");
        }
        Known::Unknown(_) => {}
    }
}

fn left_running(markup: &mut Markup, outcome: Option<&Outcome>) {
    let left = outcome.map_or(&[][..], |outcome| &outcome.left_running);
    if left.is_empty() {
        return;
    }
    let numbers: Vec<String> = left.iter().map(u32::to_string).collect();
    markup.raw(
        "<p class=\"note\">When the command had ended, processes that it had started still ran: ",
    );
    markup.text(&numbers.join(", ")).raw(".</p>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_takes_them() {
        let words = ["python3", "a b.py", "--lr=0.1", "", "it's", "$HOME"].map(str::to_owned);
        assert_eq!(
            shell(&words),
            r"python3 'a b.py' --lr=0.1 '' 'it'\''s' '$HOME'"
        );
    }

    #[test]
    fn times_are_in_utc() {
        let expected = ("2026-11-28, UTC".to_owned(), "08:26:36".to_owned());
        assert_eq!(moment(1_795_854_396_026), expected);
    }
}
