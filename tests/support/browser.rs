//! Pages as Chromium shows them: what becomes of the document, what the console says, what is asked
//! of the network.
//!
//! The tests of `envelope-capture` include this file too.

use serde_json::Value;
use std::process::Command;

/// The names under which systems have it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Without a window, without a network, and with nothing that is kept. Scripts have two seconds of a
/// time that waits for them; it does not wait for frames to be drawn.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
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
    /// The addresses that the page asked for, sorted. What the browser asks for its own sake is not
    /// among them.
    pub(crate) requests: Vec<String>,
}

impl Shown {
    /// The document of a page that neither complained nor asked for anything; panics otherwise.
    #[track_caller]
    pub(crate) fn quiet(self) -> String {
        assert!(self.console.is_empty(), "{:?}", self.console);
        assert!(self.requests.is_empty(), "{:?}", self.requests);
        self.document
    }
}

/// Shows a page at a fragment of it, such as `#find=numpy`.
pub(crate) fn show(page: &str, fragment: &str) -> Shown {
    show_with(page, fragment, &[])
}

/// Shows a page in a browser with some more flags.
pub(crate) fn show_with(page: &str, fragment: &str, flags: &[&str]) -> Shown {
    let folder = tempfile::tempdir().unwrap();
    let [file, profile, net_log] =
        ["page.html", "profile", "net.json"].map(|name| folder.path().join(name));
    std::fs::write(&file, page).unwrap();
    let mut command = Command::new(browser());
    command.args(FLAGS).args(flags);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("--log-net-log={}", net_log.display()));
    command.arg(format!("file://{}{fragment}", file.display()));
    let output = command.output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {log}");
    let console = log.lines().filter(|line| line.contains(":CONSOLE:"));
    Shown {
        document: String::from_utf8(output.stdout).unwrap(),
        console: console.map(str::to_owned).collect(),
        requests: requests(&std::fs::read(net_log).unwrap()),
    }
}

fn browser() -> &'static str {
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let found = NAMES.iter().find(starts);
    found.expect("there is no Chromium: `apt-get install chromium`, or run `.ci/run` as root")
}

/// The addresses that pages asked for, by Chromium's log of its network.
fn requests(net_log: &[u8]) -> Vec<String> {
    let log: Value = serde_json::from_slice(net_log).unwrap();
    let start = &log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"];
    assert!(start.is_u64(), "this Chromium logs its requests otherwise");
    let events = log["events"].as_array().unwrap().iter();
    let asked = events.filter_map(|event| {
        let (started, of) = (event["type"] == *start, &event["params"]);
        // No origin is the browser itself.
        let by_page = of["initiator"]
            .as_str()
            .is_some_and(|by| by != "not an origin");
        let address = of["url"].as_str().filter(|_| started && by_page);
        address.map(str::to_owned)
    });
    let mut requests: Vec<String> = asked.collect();
    requests.sort_unstable();
    requests.dedup();
    requests
}
