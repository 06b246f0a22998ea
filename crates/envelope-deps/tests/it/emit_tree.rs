//! Trees and the two reports.

use crate::corpora::corpus;
use crate::explain::inventory;
use envelope_deps::emit::{TreeOptions, full_report, model_report, tree};
use envelope_deps::{
    Distribution, Environment, Graph, Inventory, OnRequired, Pattern, Platform, PruneSpec,
    Requirement, Root, Size, Sizes, Target, size,
    source::{self, ReadOptions},
};

fn linux() -> Target {
    Target::One(Environment::new("3.11.7", Platform::LinuxX86_64).expect("a version"))
}

fn spec(prune: &[&str], on_required: OnRequired) -> PruneSpec {
    let prune = prune
        .iter()
        .map(|text| Pattern::parse(text).expect("a pattern"));
    PruneSpec {
        prune: prune.collect(),
        on_required,
        ..PruneSpec::default()
    }
}

fn notebook() -> Inventory {
    inventory(
        &["lab", "model[fast]"],
        &[
            ("lab", &["kernel", "server", "numpy"]),
            ("kernel", &["server"]),
            ("server", &["kernel", "idna"]),
            ("model", &["numpy", "tables", "simd ; extra == 'fast'"]),
            ("tables", &["numpy[io]", "model"]),
            ("numpy", &["blas", "paths ; extra == 'io'"]),
            ("simd", &[]),
            ("blas", &[]),
            ("paths", &[]),
            ("idna", &[]),
        ],
    )
}

#[test]
fn the_full_report_marks_what_goes() {
    let mut inventory = notebook();
    inventory.notes.push("a note".to_owned());
    let graph = Graph::build(&inventory, &["idna".parse().expect("a name")], linux());
    let sizes = Sizes::measure(&graph, |distribution: &Distribution| {
        let letters = distribution.name.as_str().len() as u64;
        Some(Size {
            bytes: letters * 400_000,
            files: letters * 300,
        })
    });
    let pruned = graph
        .prune(&spec(&["lab"], OnRequired::Error))
        .expect("a prune");
    let expected = "\
10 -> 7 packages, −6.0 MB, −4,500 files
pruned: lab
edge source: lock
target: CPython 3.11.7 on linux x86_64

idna v1 (kept by name)
model v1 [fast]
├── numpy v1
│   ├── blas v1
│   └── paths v1 (extra: io)
├── simd v1 (extra: fast)
└── tables v1
    ├── model v1 (*)
    └── numpy v1 [io] (*)
lab v1 ✂
├── kernel v1 [only via lab]
│   └── server v1 [only via lab]
│       ├── idna v1 (kept by name)
│       └── kernel v1 [only via lab] (*)
├── numpy v1 (*)
└── server v1 [only via lab] (*)
(*) its subtree is drawn above, or this closes a circle

what each root alone holds up  packages    size  files
model                                 4  8.0 MB  6,000
lab ✂                                 3  6.0 MB  4,500
(several roots together)              3  5.2 MB  3,900

notes
  a note
";
    let report = full_report(&pruned, &sizes, &TreeOptions::default());
    assert_eq!(report, expected);
    let ascii = TreeOptions {
        ascii: true,
        ..TreeOptions::default()
    };
    let report = full_report(&pruned, &sizes, &ascii);
    assert!(report.is_ascii());
    assert!(report.contains("lab v1 [pruned]\n|-- kernel v1 [only via lab]\n|   `-- server"));
}

#[test]
fn the_model_report_shows_what_stays() {
    let inventory = notebook();
    let graph = Graph::build(&inventory, &[], linux());
    let spec = spec(
        &["model[fast]", "kernel", "blas", "tables"],
        OnRequired::Cut,
    );
    let pruned = graph.prune(&spec).expect("a prune");
    let expected = "\
5 packages
edge source: lock
target: CPython 3.11.7 on linux x86_64

lab v1
├── numpy v1
└── server v1
    └── idna v1
model v1
└── numpy v1

broken: stays, and has lost what it needs
  lab needs kernel (lab)
  model needs tables (model)
  numpy needs blas (lab → numpy)
  server needs kernel (lab → server)
";
    let report = model_report(&pruned, &Sizes::default(), &TreeOptions::default());
    assert_eq!(report, expected);
    let full = full_report(&pruned, &Sizes::default(), &TreeOptions::default());
    for line in [
        "paths v1 (extra: io) [only via tables]",
        "simd v1 (extra: fast) [only via model[fast]]",
    ] {
        assert!(full.contains(line), "{line} in {full}");
    }
}

#[test]
fn sections_tell_what_is_missing_and_narrowed() {
    let inventory = inventory(
        &["a", "b ; sys_platform == 'win32'"],
        &[("a", &["c", "nowhere"]), ("b", &["c"]), ("c", &[])],
    );
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let mut spec = spec(&["a", "elsewhere"], OnRequired::Error);
    spec.on_unmatched = envelope_deps::OnUnmatched::Warn;
    let pruned = graph.prune(&spec).expect("a prune");
    let report = full_report(&pruned, &Sizes::default(), &TreeOptions::default());
    let expected = "
narrowed markers: stays, for fewer environments
  c v1: sys_platform == 'win32' (was: always)

unmatched: was to be pruned, and is nowhere
  elsewhere
";
    assert!(report.ends_with(expected), "{report}");
    assert!(
        report.contains("└── nowhere (missing) [only via a]\n"),
        "{report}"
    );
}

#[test]
fn the_table_says_who_else_needs_a_root() {
    let others = ["b", "c", "d", "e", "f"];
    let mut packages: Vec<(&str, &[&str])> = vec![("a", &["x"]), ("x", &[])];
    packages.extend(others.map(|other| (other, &["a"][..])));
    let inventory = inventory(&["a", "b", "c", "d", "e", "f"], &packages);
    let graph = Graph::build(&inventory, &[], linux());
    let pruned = graph.prune(&PruneSpec::default()).expect("a prune");
    let report = full_report(&pruned, &Sizes::default(), &TreeOptions::default());
    let expected = "
what each root alone holds up  packages
a                                     2  needed by b, c, d and 2 more
b                                     1
";
    assert!(report.contains(expected), "{report}");
    assert!(!report.contains("(several roots together)"), "{report}");
}

#[test]
fn a_tree_can_be_turned_round_cut_short_and_begun_anywhere() {
    let inventory = notebook();
    let graph = Graph::build(&inventory, &[], linux());
    let turned = TreeOptions {
        invert: true,
        from: vec!["numpy".parse().expect("a name")],
        ..TreeOptions::default()
    };
    let expected = "\
numpy v1
├── lab v1 (asked for)
├── model v1 (asked for)
│   └── tables v1
│       └── model v1 (asked for) (*)
└── tables v1 (*)
(*) its subtree is drawn above, or this closes a circle
";
    assert_eq!(tree(&graph, &turned), expected);
    let short = TreeOptions {
        depth: Some(1),
        ..TreeOptions::default()
    };
    let expected = "\
lab v1
├── kernel v1
├── numpy v1
└── server v1
model v1 [fast]
├── numpy v1
├── simd v1 (extra: fast)
└── tables v1
";
    assert_eq!(tree(&graph, &short), expected);
}

#[test]
fn a_turned_tree_holds_circles_too() {
    let inventory = inventory(&["a"], &[("a", &["b"]), ("b", &["a"])]);
    let graph = Graph::build(&inventory, &[], linux());
    let turned = TreeOptions {
        invert: true,
        ..TreeOptions::default()
    };
    let text = tree(&graph, &turned);
    assert!(text.starts_with("a v1 (asked for)\n└── b v1\n"), "{text}");
}

#[test]
fn a_version_from_a_file_stays_on_its_line() {
    let mut inventory = inventory(&["a"], &[("a", &[])]);
    inventory.distributions[0].version = Some("1\n\u{1b}[31mred".into());
    let graph = Graph::build(&inventory, &[], linux());
    assert_eq!(
        tree(&graph, &TreeOptions::default()),
        "a v1\\u{a}\\u{1b}[31mred\n"
    );
}

/// The environment of MLflow and `jupyterlab`, with what was asked for.
pub(crate) fn mlflow_and_jupyterlab() -> Inventory {
    let folder = corpus("a");
    let site = folder.join("site-headers");
    let mut inventory = source::read(&site, &ReadOptions::default()).expect("an environment");
    let asked = std::fs::read_to_string(folder.join("requirements.in")).expect("requirements");
    let root = |line: &str| Root {
        requirement: Requirement::parse(line).expect("a requirement"),
        origin: "-r requirements.in".to_owned(),
    };
    inventory.roots = Some(asked.lines().map(root).collect());
    inventory
}

#[test]
fn the_reports_of_an_environment_tell_what_was_saved() {
    let inventory = mlflow_and_jupyterlab();
    let graph = Graph::build(&inventory, &[], linux());
    let pruned = graph
        .prune(&spec(&["jupyterlab"], OnRequired::Error))
        .expect("a prune");
    let sizes = Sizes::measure(&graph, size::measure);
    let full = full_report(&pruned, &sizes, &TreeOptions::default());
    assert!(
        full.starts_with("160 -> 87 packages, −129.8 MB, −11,335 files\n"),
        "{full}"
    );
    let expected = "
what each root alone holds up  packages      size   files
mlflow                               54  302.9 MB   7,301
jupyterlab ✂                         73  129.8 MB  11,335
matplotlib                            7   76.0 MB   1,196  needed by mlflow
pandas                                1   43.7 MB   1,560  needed by mlflow
scikit-learn                          4   34.6 MB   1,330  needed by mlflow, skops
(several roots together)             21  183.9 MB   2,974
";
    assert!(full.contains(expected), "{full}");
    assert!(
        full.contains("babel v2.18.0 [only via jupyterlab-server]\n"),
        "{full}"
    );
    assert_eq!(full.matches(" ✂\n").count(), 1);
    let model = model_report(&pruned, &sizes, &TreeOptions::default());
    assert!(
        model.starts_with("87 packages, 641.0 MB, 14,361 files\n"),
        "{model}"
    );
    assert!(
        full.len() < 17_000 && model.len() < 7000,
        "{} {}",
        full.len(),
        model.len()
    );
}

/// A chain of so many packages, all of which need one more.
pub(crate) fn chain(count: usize) -> Inventory {
    let name = |number: usize| format!("p{number}").parse().expect("a name");
    let distributions = (0..=count).map(|number| {
        let mut distribution = Distribution::new(name(number));
        if number < count {
            let next = [number + 1, count].map(|number| Requirement::of(name(number)));
            distribution.requires = next.to_vec().into();
        }
        distribution
    });
    Inventory {
        distributions: distributions.collect(),
        roots: Some(vec![Root {
            requirement: Requirement::of(name(0)),
            origin: "--root".to_owned(),
        }]),
        ..Inventory::default()
    }
}

#[test]
fn a_chain_of_50_000_is_drawn_in_linear_room() {
    let inventory = chain(50_000);
    let graph = Graph::build(&inventory, &[], linux());
    let pruned = graph
        .prune(&spec(&["p0"], OnRequired::Error))
        .expect("a prune");
    let report = full_report(&pruned, &Sizes::default(), &TreeOptions::default());
    assert_eq!(report.matches("p49999 [only via p49998]").count(), 1);
    assert!(report.len() < 20_000_000, "{}", report.len());
    let model = model_report(&pruned, &Sizes::default(), &TreeOptions::default());
    assert!(model.starts_with("0 packages\n"), "{model}");
}
