//! The page, as Chromium shows it and as far as it can be told without a browser.

use crate::restoring::captured;
use crate::support::{Scratch, program};
use base64::Engine as _;
use envelope_capture::Page;
use envelope_capture::changes::{Changes, Difference, Inexact, LeftOut, Limits, Reason};
use envelope_capture::redact::{Effect, LineSide, MaskedLine};
use std::fs;
use std::process::Command;

/// The names under which systems have the browser.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Without a window, without a network, and with nothing that is kept.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--enable-logging=stderr",
    "--virtual-time-budget=2000",
    "--dump-dom",
];

fn page(changes: &Changes) -> String {
    let page = Page {
        patch: &changes.patch,
        commit: Some("0123456789abcdef0123456789abcdef01234567"),
        branch: Some("feature/<b>"),
        left_out: &changes.left_out,
        inexact: &changes.inexact,
        masked: &[],
    };
    page.html()
}

/// A page after its script ran: the document, and what the console says.
pub(crate) fn shown(page: &str, fragment: &str) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("uncommitted_changes.html");
    fs::write(&file, page).unwrap();
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let browser = NAMES
        .iter()
        .find(starts)
        .expect("there is no Chromium: `apt-get install chromium`");
    let mut command = Command::new(browser);
    command.args(FLAGS).arg(format!(
        "--user-data-dir={}",
        folder.path().join("profile").display()
    ));
    let output = command
        .arg(format!("file://{}{fragment}", file.display()))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let console = log.lines().filter(|line| line.contains(":CONSOLE"));
    (
        String::from_utf8(output.stdout).unwrap(),
        console.map(str::to_owned).collect(),
    )
}

/// Changes of many kinds, some of them with what could be taken for markup.
fn changes() -> Changes {
    let scratch = Scratch::committed();
    let lines: Vec<String> = (1..=40)
        .map(|number| format!("value_{number} = {number}\n"))
        .collect();
    scratch.write("src/deep/er/config.py", lines.concat());
    scratch.write("tool.sh", "echo\n");
    scratch.commit("second");
    let changed = lines
        .concat()
        .replace("value_7 = 7", "value_7 = 8")
        .replace("value_30 = 30\n", "");
    scratch.write("src/deep/er/config.py", changed);
    scratch.write(
        "<img src=x onerror=alert(1)>\u{202e} onclick=alert(2) .txt",
        "<script>alert('x')</script>\n</table>\u{202e}end",
    );
    scratch.write("data/weights.bin", [0, 1, 2, 3]);
    scratch.git(&["mv", "tool.sh", "data/run.sh"]);
    scratch.git(&["rm", "-q", "train.py"]);
    captured(&scratch.here(), &program(), Limits::default())
}

#[test]
fn the_browser_shows_it_without_a_complaint_and_without_a_network() {
    let page = page(&changes());
    for wrong in [
        " src=\"", "@import", "<link", "<iframe", "http://", "https://", "url(",
    ] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    let (document, console) = shown(&page, "#find=deep");
    assert!(console.is_empty(), "{console:?}");
    assert!(document.contains("1 of 5 files"), "the script did not run");
    for wrong in ["onerror=\"", "onclick=\""] {
        assert!(!document.contains(wrong), "a name became markup: {wrong}");
    }
    let document = document
        .replace("<tbody>", "")
        .replace("</td>", "")
        .replace("</tr>", "");
    for expected in [
        "5 files, <span class=\"add\">3 lines added</span>, <span class=\"del\">5 removed</span>",
        "against <code title=\"0123456789abcdef0123456789abcdef01234567\">0123456789ab</code> on <code>feature/&lt;b&gt;</code>",
        "value_7 = <del>7</del>",
        "value_7 = <ins>8</ins>",
        "&lt;script&gt;alert('x')&lt;/script&gt;",
        "&lt;/table&gt;<b class=\"u\">U+202E</b>end<small>no newline</small>",
        "<span class=\"from\">tool.sh</span> → data/run.sh",
        "Told in bytes",
        "U+202E onclick=alert(2) .txt\">",
        "<summary>src/deep/er</summary>",
    ] {
        assert!(document.contains(expected), "{expected}\n{document}");
    }
}

#[test]
fn what_the_patch_does_not_do_is_told_first() {
    let mut changes = changes();
    let path = || "models/big.bin".to_owned();
    changes.left_out = vec![LeftOut {
        path: path(),
        because: Reason::TooLarge,
        size_bytes: Some(11_534_336),
    }];
    changes.inexact = vec![Inexact {
        path: path(),
        because: Difference::Normalized,
    }];
    let masked = [MaskedLine {
        path: "settings.py".into(),
        line: 3,
        side: LineSide::New,
        rule: "aws-access-key".into(),
        effect: Effect::RestoresMasked,
    }];
    let page = Page {
        patch: &changes.patch,
        commit: None,
        branch: None,
        left_out: &changes.left_out,
        inexact: &changes.inexact,
        masked: &masked,
    };
    let page = page.html();
    for expected in [
        "there is no commit yet",
        "<code>settings.py:3</code> aws-access-key: comes back masked",
        "<code>models/big.bin</code> is larger than the limit for one file (11.5 MB)",
        "<code>models/big.bin</code> comes back as git stores it",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn the_policy_names_the_script_that_is_there() {
    let page = page(&changes());
    let (_, rest) = page.split_once("<script>").unwrap();
    let (script, _) = rest.split_once("</script>").unwrap();
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha256);
    hasher.update(script.as_bytes());
    let digest = hasher.try_finalize().unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(digest.as_slice());
    assert!(
        page.contains(&format!("script-src 'sha256-{hash}'")),
        "the hash is now sha256-{hash}"
    );
}

#[test]
fn thousands_of_lines_are_shown_and_the_rest_is_counted() {
    let scratch = Scratch::committed();
    let lines: Vec<String> = (0..30_000)
        .map(|number| format!("{number},{}\n", number * 7))
        .collect();
    scratch.write("table.csv", lines.concat());
    scratch.write(
        "wide.json",
        format!("[{}]\n", lines.concat().replace('\n', ",")),
    );
    let changes = captured(&scratch.here(), &program(), Limits::default());
    let page = page(&changes);
    assert!(
        page.contains("25,000 more lines are in the patch."),
        "expected a limit"
    );
    assert_eq!(
        page.matches("<tr>").count() - page.matches("<thead><tr>").count(),
        5_001
    );
    assert!(
        page.contains("<details class=\"file\" id=\"f0\"><summary>"),
        "expected it closed"
    );
    let (document, console) = shown(&page, "#f0");
    assert!(console.is_empty(), "{console:?}");
    assert!(document.contains("id=\"f0\" open="), "expected it opened");
}

#[test]
fn lines_that_differ_everywhere_are_marked_up_to_a_bound() {
    let scratch = Scratch::committed();
    let table = |seed: usize| {
        let row = |row: usize| {
            let values = (0..280).map(|column| (row * 31 + column * 7 + seed) * 7919 % 1_000_003);
            let values: Vec<String> = values.map(|value| format!("{value:06}")).collect();
            values.join(",") + "\n"
        };
        (0..2_500).map(row).collect::<String>()
    };
    scratch.write("table.csv", table(1));
    scratch.commit("table");
    scratch.write("table.csv", table(500_000));
    scratch.write("train.py", "import torch\n\nprint('done')\n");
    let changes = captured(&scratch.here(), &program(), Limits::default());
    let page = page(&changes);
    assert_eq!(page.matches("<tr><td>").count(), 2_500 + 3);
    let marked = page.matches("<del>").count();
    // A row of 560 words costs about 300,000 comparisons, and the page is worth 32 million.
    assert!((1..=280 * 110).contains(&marked), "{marked} marks");
    assert!(page.contains("<ins>done</ins>"), "small changes");
    assert!(page == self::page(&changes), "not always the same");
}
