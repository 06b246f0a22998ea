//! The page, as Chromium shows it and as far as it can be told without a browser.

use crate::browser::{show, show_with};
use crate::restoring::captured;
use crate::support::{Scratch, program};
use base64::Engine as _;
use envelope_capture::Page;
use envelope_capture::changes::{Changes, Difference, Inexact, LeftOut, Limits, Reason};
use envelope_capture::redact::{Effect, LineSide, MaskedLine};

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

/// The page without its policy, so that it may be asked what it shows.
fn without_policy(page: &str) -> String {
    let start = "<meta http-equiv=\"Content-Security-Policy\"";
    let (before, rest) = page.split_once(start).unwrap();
    let (_, after) = rest.split_once('>').unwrap();
    [before, after].concat()
}

/// What a script says of the page, by calling `say` with text.
fn said(page: &str, flags: &[&str], script: &str) -> String {
    let say = "const say = (text) => { const pre = document.createElement('pre'); \
               pre.id = 'said'; pre.textContent = text; document.body.append(pre); };";
    let script = format!("<script>{say}{script}</script></body>");
    let page = without_policy(page).replace("</body>", &script);
    let document = show_with(&page, "", flags).quiet();
    let (_, rest) = document
        .split_once("<pre id=\"said\">")
        .expect("nothing was said");
    rest.split_once("</pre>").unwrap().0.to_owned()
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
    let document = show(&page, "#find=deep").quiet();
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
    let document = show(&page, "#f0").quiet();
    assert!(document.contains("id=\"f0\" open="), "expected it opened");
}

#[test]
fn lines_that_differ_everywhere_are_marked_up_to_a_bound() {
    let scratch = Scratch::committed();
    let table = |seed: usize| {
        let row = |row: usize| {
            // Every other value stays, so that the rows have enough in common to be marked.
            let value = |column: usize| row * 31 + column * 7 + seed * (column % 2);
            let values = (0..280).map(|column| value(column) * 7919 % 1_000_000);
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
    // A row of 559 words costs about 300,000 comparisons, and the page is worth 32 million.
    assert!(
        (140 * 90..=140 * 110).contains(&marked),
        "{marked} marks, expected those of about 100 rows"
    );
    assert!(page.contains("<ins>done</ins>"), "small changes");
    assert!(page == self::page(&changes), "not always the same");
}

#[test]
fn the_browser_asks_for_nothing() {
    let page = page(&changes());
    let requests = |page: &str| show(page, "").requests;
    assert_eq!(requests(&page), [""; 0]);
    assert_eq!(
        requests(&without_policy(&page)),
        [""; 0],
        "but for its policy"
    );
    // What it must not ask for would be seen, and its policy keeps it from asking.
    let pictures = "<img src=\"http://plain.example/x\"><img src=\"https://secret.example/x\">";
    let leaking = page.replace("</main>", &format!("{pictures}</main>"));
    assert_eq!(requests(&leaking), [""; 0]);
    assert_eq!(
        requests(&without_policy(&leaking)),
        ["http://plain.example/x", "https://secret.example/x"]
    );
}

#[test]
fn it_is_dark_where_people_want_it_dark() {
    let page = page(&changes());
    let script = "const style = getComputedStyle(document.body);
        say([style.backgroundColor, style.color].join(' '));";
    for (flag, expected) in [
        (
            "preferredColorScheme=0",
            "rgb(21, 24, 28) rgb(230, 227, 221)",
        ),
        (
            "preferredColorScheme=1",
            "rgb(251, 250, 248) rgb(29, 35, 41)",
        ),
    ] {
        let flag = format!("--blink-settings={flag}");
        assert_eq!(said(&page, &[&flag], script), expected, "{flag}");
    }
}

#[test]
fn files_open_and_close_all_at_once_and_by_the_tree() {
    let page = page(&changes());
    let script = "const lines = [];
        const files = [...document.querySelectorAll('details.file')];
        const open = () => files.filter((file) => file.open && !file.hidden)
            .map((file) => file.querySelector('h2').textContent).join(', ');
        const click = (id) => document.getElementById(id).click();
        lines.push(`first: ${files.filter((file) => file.open).length}`);
        click('close');
        lines.push(`closed: ${open()}`);
        const leaf = [...document.querySelectorAll('nav .leaf a')]
            .find((link) => link.title === 'src/deep/er/config.py');
        addEventListener('hashchange', () => {
            lines.push(`one: ${open()}`);
            click('open');
            lines.push(`opened: ${files.filter((file) => file.open).length}`);
            const folder = leaf.closest('details');
            folder.querySelector('summary').click();
            lines.push(`folder: ${folder.open}`);
            click('close');
            const find = document.getElementById('find');
            find.value = 'DATA';
            find.dispatchEvent(new Event('input'));
            click('open');
            lines.push(`found: ${open()}`);
            const leaves = [...document.querySelectorAll('nav .leaf')];
            lines.push(`leaves: ${leaves.filter((leaf) => leaf.checkVisibility()).length}`);
            say(lines.join('\\n'));
        });
        leaf.click();";
    assert_eq!(
        said(&page, &[], script),
        "first: 5
closed: 
one: src/deep/er/config.py
opened: 5
folder: false
found: tool.sh → data/run.sh, data/weights.bin
leaves: 2"
    );
}
