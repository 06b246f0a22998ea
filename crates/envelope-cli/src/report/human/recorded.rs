//! What was recorded, of a run or of what there is now, for people.

use super::page::Page;
use super::phrase::{BOLD, DIM, GREEN, PLAIN, Phrase, RED, YELLOW};
use super::{count, size};
use envelope_capture::Known;
use envelope_capture::git::GitFacts;
use envelope_capture::hardware::Hardware;
use envelope_capture::provenance::Provenance;
use envelope_capture::python::Python;
use envelope_capture::record::{PAGE, PATCH, Record, RunFolder, Uncommitted};
use envelope_capture::report::duration;
use envelope_capture::run::{Exit, Outcome};
use std::path::Path;

/// As many masked lines are named.
const NAMED: usize = 5;

/// A record: how the command ended, and where the record lies.
pub(crate) fn recorded(record: &Record, folder: &RunFolder, width: usize) -> String {
    let mut page = Page::new(width);
    let path = folder.path().to_string_lossy();
    let headline = Phrase::new(GREEN, "Recorded")
        .then(PLAIN, " ")
        .then(BOLD, &path);
    page.paragraph(0, &headline);
    if let Some(outcome) = &record.outcome {
        page.field("command", &ending(outcome));
        if !matches!(outcome.exit, Exit::NotStarted(_)) {
            page.field("used", &Phrase::plain(&used(outcome)));
        }
        if !outcome.left_running.is_empty() {
            let left = count(outcome.left_running.len(), "process");
            let text = format!("{left} that the command started still running");
            page.field("left", &Phrase::new(YELLOW, &text));
        }
    }
    commit(&record.provenance.git, &record.changes, &mut page);
    if let Known::Value(changes) = &record.changes
        && !changes.is_clean
    {
        let text = format!("{PATCH}, for `git apply`; {PAGE}, to look at");
        page.field("files", &Phrase::message(&text));
    }
    page.into_text()
}

/// Where a page lies.
pub(crate) fn written(path: &Path, width: usize) -> String {
    let mut page = Page::new(width);
    let path = path.to_string_lossy();
    let line = Phrase::new(GREEN, "Wrote")
        .then(PLAIN, " ")
        .then(BOLD, &path);
    page.verbatim(0, &line);
    page.into_text()
}

/// What there is now.
pub(crate) fn captured(
    provenance: &Provenance,
    changes: &Known<Uncommitted>,
    width: usize,
) -> String {
    let mut page = Page::new(width);
    commit(&provenance.git, changes, &mut page);
    if let Known::Value(git) = &provenance.git {
        for remote in git.remotes.value().into_iter().flatten() {
            page.field(&remote.name, &Phrase::plain(&remote.url));
        }
    }
    page.field("python", &known(&provenance.python, python));
    let os = &provenance.os;
    let system = known(&os.name, Clone::clone).then(PLAIN, ", ");
    page.field("system", &system.join(known(&os.kernel, Clone::clone)));
    let container = &provenance.container;
    let engine = known(&container.engine, |engine| match engine {
        Some(engine) => engine.clone(),
        None => "in none".to_owned(),
    });
    let image = match &container.image {
        Known::Value(image) => Phrase::plain(&format!(", from {image}")),
        Known::Unknown(_) => Phrase::default(),
    };
    page.field("container", &engine.join(image));
    let hardware = &provenance.hardware;
    let processor = known(&hardware.cpu_model, Clone::clone);
    let threads = hardware.cpu_threads_usable.value();
    let threads = threads.map(|threads| format!(", {}", count(*threads, "thread")));
    let memory = hardware.memory_bytes.value();
    let memory = memory.map(|bytes| format!(", {} of memory", size(*bytes)));
    let rest = threads.unwrap_or_default() + &memory.unwrap_or_default();
    page.field("machine", &processor.then(PLAIN, &rest));
    page.field("gpu", &gpus(hardware));
    page.into_text()
}

/// By their drivers, else by another interface, which may reach one in several ways.
fn gpus(hardware: &Hardware) -> Phrase {
    let adapters = hardware.adapters.iter();
    let mut names: Vec<&str> = adapters.map(|adapter| adapter.name.as_str()).collect();
    names.dedup();
    if !names.is_empty() {
        return Phrase::plain(&names.join(", "));
    }
    known(&hardware.gpus, |gpus| {
        let names = gpus.iter().map(|gpu| gpu.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    })
}

fn known<T>(fact: &Known<T>, words: impl Fn(&T) -> String) -> Phrase {
    match fact {
        Known::Value(value) => Phrase::plain(&words(value)),
        Known::Unknown(because) => Phrase::new(DIM, &format!("not known: {because}")),
    }
}

fn python(python: &Python) -> String {
    let version = python.version.value().map_or("", String::as_str);
    let packages = match &python.packages {
        Known::Value(packages) => count(packages.len(), "package"),
        Known::Unknown(because) => format!("packages not known: {because}"),
    };
    format!("{version}, {packages}")
}

fn commit(git: &Known<GitFacts>, changes: &Known<Uncommitted>, page: &mut Page) {
    let git = match git {
        Known::Value(git) => git,
        Known::Unknown(because) => {
            let text = format!("not known: {because}");
            page.field("commit", &Phrase::new(DIM, &text));
            return;
        }
    };
    let phrase = match &git.commit {
        Known::Value(Some(commit)) => Phrase::plain(commit),
        Known::Value(None) => Phrase::plain("none yet"),
        Known::Unknown(because) => Phrase::new(DIM, &format!("not known: {because}")),
    };
    let branch = match git.branch.value() {
        Some(Some(branch)) => format!(" on {branch}"),
        Some(None) => ", on no branch".to_owned(),
        None => String::new(),
    };
    page.field("commit", &phrase.then(PLAIN, &branch));
    page.field("changes", &uncommitted(changes));
    if let Known::Value(changes) = changes {
        secrets(changes, page);
    }
}

fn uncommitted(changes: &Known<Uncommitted>) -> Phrase {
    let changes = match changes {
        Known::Value(changes) => changes,
        Known::Unknown(because) => return Phrase::new(RED, &format!("not known: {because}")),
    };
    if changes.is_clean {
        return Phrase::plain("all is committed");
    }
    let restores = if changes.restores_all {
        "restores all of them"
    } else {
        "does not restore all of them"
    };
    let left = match changes.left_out.len() {
        0 => String::new(),
        left => format!(", {} left out", count(left, "file")),
    };
    let text = format!("some are not committed; the patch {restores}{left}");
    let style = if changes.restores_all { PLAIN } else { YELLOW };
    Phrase::new(style, &text)
}

fn secrets(changes: &Uncommitted, page: &mut Page) {
    let masked = changes.masked.len();
    if masked == 0 {
        return;
    }
    let named = changes.masked.iter().take(NAMED);
    let named = named.map(|line| format!("{}:{} ({})", line.path, line.line, line.rule));
    let more = match masked.saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let text = format!(
        "masked in {}: {}{more}; such lines come back masked",
        count(masked, "line"),
        named.collect::<Vec<_>>().join(", ")
    );
    page.field("secrets", &Phrase::new(YELLOW, &text));
}

fn ending(outcome: &Outcome) -> Phrase {
    let wall = duration(outcome.wall_seconds);
    match outcome.exit {
        Exit::Code(0) => Phrase::new(GREEN, "done").then(PLAIN, &format!(" after {wall}")),
        Exit::Code(code) => {
            Phrase::new(RED, &format!("exit status {code}")).then(PLAIN, &format!(" after {wall}"))
        }
        Exit::Signal(signal) => Phrase::new(RED, &format!("ended by signal {signal}"))
            .then(PLAIN, &format!(" after {wall}")),
        Exit::NotStarted(status) => {
            Phrase::new(RED, &format!("could not be started, exit status {status}"))
        }
        Exit::Unknown => Phrase::new(YELLOW, "the system does not say how it ended")
            .then(PLAIN, &format!(" after {wall}")),
    }
}

fn used(outcome: &Outcome) -> String {
    let processor = outcome.cpu_user_seconds + outcome.cpu_system_seconds;
    let memory = match outcome.peak_memory_bytes {
        0 => "too short to see its memory".to_owned(),
        peak => format!("at most {} of memory", size(peak)),
    };
    format!("{} of processor, {memory}", duration(processor))
}
