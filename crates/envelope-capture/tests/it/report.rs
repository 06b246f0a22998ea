//! The report, as Chromium shows it and as far as it can be told without a browser.

use crate::browser::show;
use base64::Engine as _;
use envelope_capture::changes::{LeftOut, Reason};
use envelope_capture::container::{Base, Container, Dockerfile, Limits};
use envelope_capture::entrypoint::{Entrypoint, Interpreter, Parameter, Started};
use envelope_capture::git::{GitFacts, Remote};
use envelope_capture::hardware::{Gpu, Hardware};
use envelope_capture::metrics::Sample;
use envelope_capture::os::OperatingSystem;
use envelope_capture::provenance::Provenance;
use envelope_capture::python::{Installation, Origin, Package, Python};
use envelope_capture::record::{Record, RunFolder, Uncommitted};
use envelope_capture::redact::{Effect, LineSide, MaskedLine};
use envelope_capture::report::Report;
use envelope_capture::run::{Exit, Outcome};
use envelope_capture::{Known, Patch};

/// When the runs of these tests began.
const START_MS: i64 = 1_795_854_396_026;
/// What could be taken for markup.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'\u{202e} onload=alert(2) ";

const PATCH: &str = "\
diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,2 +1,2 @@
 import torch
-epochs = 3
+epochs = 30
";

fn known(text: &str) -> Known<String> {
    Known::Value(text.to_owned())
}

fn unknown<T>(because: &str) -> Known<T> {
    Known::Unknown(because.to_owned())
}

fn entrypoint() -> Entrypoint {
    let words = ["torchrun", "train.py", "--name", HOSTILE].map(str::to_owned);
    Entrypoint {
        command: words.to_vec(),
        folder: known("."),
        launchers: vec!["torchrun".into()],
        started: Started::Script("train.py".into()),
        interpreter: Known::Value(Interpreter {
            name: "python3.12".into(),
            path: "/usr/bin/python3.12".into(),
        }),
        arguments: words[2..].to_vec(),
        parameters: [("name".to_owned(), Parameter::One(HOSTILE.to_owned()))].into(),
    }
}

fn git() -> GitFacts {
    GitFacts {
        commit: Known::Value(Some("0123456789abcdef0123456789abcdef01234567".into())),
        branch: Known::Value(Some("feature/<b>".into())),
        tags: Known::Value(vec!["v1.2".into()]),
        describe: Known::Value(Some("v1.2".into())),
        remotes: Known::Value(vec![Remote {
            name: "origin".into(),
            url: "ssh://git@host.example/team/model.git".into(),
            push_url: None,
        }]),
        submodules: Known::Value(Vec::new()),
        lfs: unknown("the index is <broken>"),
        shallow: Known::Value(true),
        linked_worktree: Known::Value(false),
    }
}

fn python(packages: usize) -> Python {
    let mut packages: Vec<Package> = (0..packages)
        .map(|number| Package {
            name: format!("package-{number}"),
            version: format!("1.{number}"),
            origin: None,
        })
        .collect();
    packages.push(Package {
        name: "own".into(),
        version: "0.1".into(),
        origin: Some(Origin {
            url: "file:///src/own".into(),
            commit: None,
            editable: true,
        }),
    });
    Python {
        version: known("3.12.4"),
        implementation: unknown("nobody said"),
        installation: Installation::Virtual,
        packages: Known::Value(packages),
        conda_packages: Vec::new(),
    }
}

fn hardware() -> Hardware {
    let gpu = |memory_bytes| Gpu {
        name: "NVIDIA H100 80GB HBM3".into(),
        memory_bytes,
        driver: Some("570.86".into()),
        cuda: Some("12.8".into()),
        compute_capability: Some("9.0".into()),
    };
    Hardware {
        architecture: "x86_64".into(),
        cpu_model: known("A processor"),
        cpu_cores: Known::Value(48),
        cpu_threads: Known::Value(96),
        cpu_threads_usable: Known::Value(16),
        memory_bytes: Known::Value(137_438_953_472),
        gpus: Known::Value(vec![gpu(Some(85_520_809_984)), gpu(None)]),
        adapters: Vec::new(),
    }
}

fn provenance(packages: usize) -> Provenance {
    Provenance {
        git: Known::Value(git()),
        entrypoint: Known::Value(entrypoint()),
        python: Known::Value(python(packages)),
        environment: [("OMP_NUM_THREADS".to_owned(), "8".to_owned())].into(),
        os: OperatingSystem {
            distribution: known("debian"),
            version: known("12"),
            name: known("Debian GNU/Linux 12 (bookworm)"),
            kernel: known("6.1.0"),
            c_library: known("glibc 2.36"),
            image: None,
            packages: None,
        },
        container: Container {
            engine: Known::Value(Some("docker".into())),
            image: unknown("no image says its name"),
            limits: Limits {
                cpu_thousandths: Some(7_500),
                memory_bytes: Some(64 << 30),
            },
            dockerfiles: Known::Value(vec![Dockerfile {
                path: "Dockerfile".into(),
                bases: vec![Base {
                    image: "python:3.12-slim".into(),
                    stage: Some("train".into()),
                }],
            }]),
        },
        hardware: hardware(),
    }
}

fn outcome(exit: Exit, seconds: u32) -> Outcome {
    Outcome {
        exit,
        started_ms: START_MS,
        ended_ms: START_MS + i64::from(seconds) * 1_000,
        wall_seconds: f64::from(seconds),
        cpu_user_seconds: f64::from(seconds) * 3.0,
        cpu_system_seconds: 1.5,
        peak_process_memory_bytes: 12_345_678_901,
        peak_memory_bytes: 23_456_789_012,
        left_running: Vec::new(),
    }
}

/// A record of a run with changes, and with so many packages of Python.
fn record(packages: usize) -> Record {
    let folder = tempfile::tempdir().unwrap();
    let folder = RunFolder::create_at(&folder.path().join("run")).unwrap();
    let changes = Uncommitted {
        is_clean: false,
        restores_all: false,
        left_out: vec![LeftOut {
            path: "models/big.bin".into(),
            because: Reason::TooLarge,
            size_bytes: Some(11_534_336),
        }],
        inexact: Vec::new(),
        masked: vec![MaskedLine {
            path: "settings.py".into(),
            line: 3,
            side: LineSide::New,
            rule: "aws-access-key".into(),
            effect: Effect::RestoresMasked,
        }],
    };
    let mut record = Record::new(
        &folder,
        "envelope 0.1.0",
        provenance(packages),
        Known::Value(changes),
    );
    record.created_ms = START_MS;
    record.outcome = Some(outcome(Exit::Code(0), 600));
    record
}

/// Samples of a machine with so many GPUs, one a second, without those of the third minute.
fn samples(count: u32, gpus: u32) -> Vec<Sample> {
    let sample = |step: u32| {
        let slow = (f64::from(step) / f64::from(count) * 20.0).sin();
        let wave = slow * 0.35 + (f64::from(step) * 7.0).sin() * 0.15 + 0.5;
        let mut values = vec![
            ("process/cpu_time_seconds".to_owned(), f64::from(step) * 3.0),
            ("process/count".to_owned(), f64::from(step % 3 + 1)),
            ("system/cpu_utilization_percentage".to_owned(), wave * 97.0),
            (format!("loss{HOSTILE}"), -1.0 - wave),
        ];
        for gpu in 0..gpus {
            let used = wave * 60_000.0 + f64::from(gpu) * 1_000.0;
            values.push((format!("system/gpu_{gpu}_memory_usage_megabytes"), used));
            values.push((
                format!("system/gpu_{gpu}_utilization_percentage"),
                wave * 100.0,
            ));
            values.push((
                format!("system/gpu_{gpu}_power_usage_watts"),
                100.0 + wave * 600.0,
            ));
        }
        Sample {
            timestamp_ms: START_MS + i64::from(step) * 1_000,
            step: step.into(),
            values: values.into_iter().collect(),
        }
    };
    let is_there = |step: &u32| !(120..180).contains(step);
    (0..count).filter(is_there).map(sample).collect()
}

/// Writes a page where one is asked for, to look at.
fn kept(name: &str, page: String) -> String {
    if let Some(folder) = std::env::var_os("REPORT_PAGES") {
        std::fs::write(std::path::Path::new(&folder).join(name), &page).unwrap();
    }
    page
}

#[test]
fn the_browser_shows_it_without_a_complaint_and_without_a_network() {
    let (record, samples) = (record(300), samples(600, 2));
    let patch = Patch::read(PATCH.as_bytes().to_vec()).unwrap();
    let report = Report {
        patch: Some(&patch),
        changes_page: Some("uncommitted_changes.html"),
        ..Report::new(&record, &samples)
    };
    let page = kept("made_up.html", report.html());
    for wrong in [" src=\"", "@import", "<link", "<iframe", "url(", "<img"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    let document = show(&page, "").quiet();
    for wrong in ["onerror=\"", "onload=\""] {
        assert!(!document.contains(wrong), "a name became markup: {wrong}");
    }
    assert!(
        !document.contains("<p class=\"search\" hidden"),
        "the script did not run"
    );
    for expected in [
        "<h1>train.py</h1>",
        "Finished, exit status 0",
        "<dd>10 min <small>until 08:36:36</small>",
        "<dd>30 min 02 s <small>3 processors on average, 1.5 s of it the system's</small>",
        "<dd>23.5 GB <small>largest process 12.3 GB</small>",
        "<code title=\"0123456789abcdef0123456789abcdef01234567\">0123456789ab</code> on <code>feature/&lt;b&gt;</code>",
        "<span class=\"unknown\">not known: nobody said</span>",
        "Not known: the index is &lt;broken&gt;",
        "file:///src/own, editable",
        "<code>models/big.bin</code> is larger than the limit for one file (11.5 MB)",
        "<code>settings.py:3</code> aws-access-key: comes back masked",
        "<a href=\"uncommitted_changes.html\">",
        "epochs = <ins>30</ins>",
        "<h4>GPU 1 power</h4><code>system/gpu_1_power_usage_watts</code>",
        "<td>not said",
        "7.5 processors",
        "'U+202E onload=alert(2) , min -2, mean",
    ] {
        assert!(document.contains(expected), "{expected}\n{document}");
    }
}

#[test]
fn the_script_reads_numbers_off_the_lines_and_searches_tables() {
    let (record, samples) = (record(300), samples(600, 0));
    let page = Report::new(&record, &samples).html();
    let policy = page.find("<meta http-equiv").unwrap()..page.find("<meta name").unwrap();
    let play = "<script>
        const svg = document.querySelector('[aria-label^=\"CPU time\"]');
        svg.scrollIntoView();
        const box = svg.getBoundingClientRect();
        const clientX = box.left + box.width * (52 + 296 / 2) / 360;
        svg.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY: box.top + 5 }));
        for (const input of document.querySelectorAll('.search input')) {
            input.value = 'PACKAGE-1 1.17';
            input.dispatchEvent(new Event('input'));
        }
    </script></body>";
    let mut played = page.replace("</body>", play);
    played.replace_range(policy, "");
    let document = show(&played, "").quiet();
    for (class, expected) in [
        ("class=\"told\"", "15 min 0 s at 5 min 0 s"),
        ("<output", "11 of 301"),
    ] {
        let said = document.split(class).skip(1);
        let said: Vec<_> = said.filter_map(|rest| rest.get(..120)).collect();
        let found = said.iter().any(|text| text.contains(expected));
        assert!(found, "{expected}: {said:?}");
    }
}

#[test]
fn the_policy_names_the_script_that_is_there() {
    let record = record(0);
    let page = Report::new(&record, &[]).html();
    assert!(page.contains("Nothing was sampled."));
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
fn how_it_ended_is_told() {
    let samples = samples(10, 0);
    let mut record = record(0);
    let last_ms = START_MS + 9_000;
    let cases = [
        (Some(Exit::Code(3)), None, "Failed, exit status 3"),
        (Some(Exit::Signal(9)), None, "Ended by signal 9, SIGKILL"),
        (
            Some(Exit::NotStarted(127)),
            None,
            "Could not be started: it was not found, exit status 127",
        ),
        (Some(Exit::Unknown), None, "the system did not say how"),
        (None, Some(last_ms + 2_000), "Still running"),
        (
            None,
            Some(last_ms + 3_600_000),
            "Lost: its end is not recorded",
        ),
        (None, None, "Running, or lost"),
    ];
    for (exit, written_ms, expected) in cases {
        record.outcome = exit.map(|exit| outcome(exit, 9));
        let report = Report {
            written_ms,
            ..Report::new(&record, &samples)
        };
        let page = report.html();
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn a_gap_is_a_gap_and_a_single_sample_a_dot() {
    let record = record(0);
    let page = Report::new(&record, &samples(600, 0)).html();
    assert_eq!(page.matches("class=\"gap\"").count(), 4, "one in each plot");
    kept("gpus.html", Report::new(&record, &samples(600, 8)).html());
    let page = kept("single.html", Report::new(&record, &samples(1, 8)).html());
    assert_eq!(page.matches("class=\"gap\"").count(), 0);
    let dots = page.matches("class=\"dots\" d=\"M").count();
    assert_eq!(dots, 4 + 8 * 3, "one in each plot");
    assert!(page.contains("1 sample;"));
}

#[test]
fn numbers_beyond_all_measure_are_shown_or_left_out() {
    let mut record = record(0);
    let sample = |timestamp_ms: i64, value: f64| {
        let names = [
            "loss",
            "system/disk_usage_megabytes",
            "process/cpu_time_seconds",
        ];
        let values = names.map(|name| (name.to_owned(), value));
        Sample {
            timestamp_ms,
            step: 0,
            values: [&values[..], &[("empty".to_owned(), f64::NAN)]]
                .concat()
                .into_iter()
                .collect(),
        }
    };
    let samples = [
        sample(i64::MIN, 1e308),
        sample(i64::MAX, -1e308),
        sample(0, 5e-324),
    ];
    record.created_ms = i64::MAX;
    for outcome in [None, Some(outcome(Exit::Code(0), 0))] {
        record.outcome = outcome;
        for samples in [&samples[..], &samples[1..], &samples[2..]] {
            let page = Report::new(&record, samples).html();
            assert_eq!(page.matches("<svg").count(), 3);
        }
    }
}

#[test]
fn a_hundred_thousand_samples_and_thousands_of_packages_make_a_page_of_some_size() {
    let mut record = record(5_000);
    record.outcome = Some(outcome(Exit::Code(0), 100_000));
    let page = kept(
        "long.html",
        Report::new(&record, &samples(100_000, 8)).html(),
    );
    assert!(page.len() < 1_000_000, "{}", page.len());
    assert_eq!(page.matches("class=\"band\"").count(), 4 + 8 * 3);
    let document = show(&page, "#python").quiet();
    assert!(document.contains("package-4999"));
    assert!(document.contains("<summary><h3>Packages <span class=\"quiet\">5,001</span>"));
}
