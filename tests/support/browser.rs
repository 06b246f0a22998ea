//! Pages as Chromium shows them: what becomes of the document, and what the console says.

use super::scratch::Scratch;
use std::path::Path;
use std::process::Command;

/// The names under which systems have it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Without a window, without a network, and with nothing that is kept.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=2000",
    "--dump-dom",
];

/// A page after its scripts ran.
pub(crate) struct Shown {
    /// The document as HTML.
    pub(crate) document: String,
    /// What was written to the console.
    pub(crate) console: Vec<String>,
}

/// Shows a page at a fragment of it, such as `#find=numpy`.
pub(crate) fn show(page: &Path, fragment: &str) -> Shown {
    let scratch = Scratch::new("browser");
    let profile = format!("--user-data-dir={}", scratch.join("profile").display());
    let mut command = Command::new(browser());
    command.args(FLAGS).arg(profile);
    command.arg(format!("file://{}{fragment}", page.display()));
    let output = command.output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {log}");
    let console = log.lines().filter(|line| line.contains(":CONSOLE:"));
    Shown {
        document: String::from_utf8(output.stdout).unwrap(),
        console: console.map(str::to_owned).collect(),
    }
}

fn browser() -> &'static str {
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let found = NAMES.iter().find(starts);
    found.expect("there is no Chromium: `apt-get install chromium`, or run `.ci/run` as root")
}
