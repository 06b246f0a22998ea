//! The page about a prune, in a real Chromium.

use crate::support::browser::show;
use envelope_deps::emit::html;
use envelope_deps::{
    Distribution, EdgeSource, Graph, Inventory, Pattern, PruneSpec, Requirement, Root, Size, Sizes,
    Target,
};

const PACKAGES: [(&str, &str); 8] = [
    ("lab", "kernel server numpy"),
    ("kernel", "server"),
    ("server", "kernel idna"),
    ("model", "numpy tables"),
    ("tables", "numpy"),
    ("numpy", "blas"),
    ("blas", ""),
    ("idna", ""),
];
/// A version that would take the page over if it were not written as a text.
const ATTACK: &str = "1\"><img src=x onerror=\"document.title='taken'\"><script>alert(1)</script>";

fn inventory() -> Inventory {
    let requirement = |name: &str| Requirement::parse(name).unwrap();
    let distribution = |(name, needs): (&str, &str)| {
        let mut distribution = Distribution::new(name.parse().unwrap());
        distribution.version = Some(if name == "server" { ATTACK } else { "1.0" }.into());
        distribution.requires = needs.split_whitespace().map(requirement).collect();
        distribution
    };
    let root = |name| Root {
        requirement: requirement(name),
        origin: "-r requirements.in".to_owned(),
    };
    Inventory {
        distributions: PACKAGES.map(distribution).to_vec(),
        roots: Some(["lab", "model"].map(root).to_vec()),
        edge_source: EdgeSource::Metadata,
        notes: vec![ATTACK.to_owned()],
        ..Inventory::default()
    }
}

fn page() -> String {
    let inventory = inventory();
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let spec = PruneSpec {
        prune: vec![Pattern::parse("lab").unwrap()],
        ..PruneSpec::default()
    };
    let pruned = graph.prune(&spec).unwrap();
    let sizes = Sizes::measure(&graph, |distribution| {
        let bytes = 1_000_000 * distribution.name.as_str().len() as u64;
        Some(Size { bytes, files: 10 })
    });
    html(&pruned, &sizes)
}

/// The names in the rows of the tables that are to be seen.
fn rows(document: &str) -> Vec<String> {
    let rows = document.split("<tr data-n=").skip(1);
    let seen = rows.filter(|row| !row.split('>').next().unwrap().contains("hidden"));
    let name = |row: &str| {
        let (_, rest) = row.split_once("data-p=").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    seen.map(name).collect()
}

/// The page as it is shown at a fragment.
fn document(fragment: &str) -> String {
    let document = show(&page(), fragment).quiet();
    assert!(document.contains("<title>Requirements: 8 → 4 packages</title>"));
    assert!(!document.contains("<img"));
    document
}

#[test]
fn the_page_shows_what_was_cut_and_the_console_stays_empty() {
    let document = document("");
    for expected in [
        "8</span> → 4 packages</h1>",
        "20.0 MB stay",
        "class=\"live\"",
    ] {
        assert!(document.contains(expected), "{expected} in {document}");
    }
    let goes = ["kernel", "server", "idna", "lab"];
    let stays = ["tables", "model", "numpy", "blas"];
    assert_eq!(rows(&document), [goes, stays].concat());
}

#[test]
fn a_search_shows_what_was_found() {
    let document = document("#find=Num");
    assert_eq!(rows(&document), ["numpy"]);
    assert!(document.contains(">1 of 8</output>"));
    assert!(document.contains("class=\"hit\""));
}

#[test]
fn a_chosen_package_tells_why_it_is_there() {
    let document = document("#package=server");
    let (_, chosen) = document.split_once("<aside id=\"chosen\">").unwrap();
    for expected in [
        "goes: only via lab",
        "<button class=\"gone\">lab</button>",
        "Needed by 2",
    ] {
        assert!(chosen.contains(expected), "{expected} in {chosen}");
    }
    assert!(document.contains("<path d=\"M"), "its needs are drawn");
}

#[test]
fn the_page_needs_no_script_to_be_read() {
    let page = page();
    let (before, after) = page.split_once("script-src 'sha256-").unwrap();
    let (_, after) = after.split_once('\'').unwrap();
    let page = format!("{before}script-src 'none'{after}");
    let shown = show(&page, "#find=num");
    assert_eq!(shown.console.len(), 1, "{:?}", shown.console);
    assert_eq!(rows(&shown.document).len(), 8);
    assert!(shown.document.contains("<p class=\"search\" hidden=\"\">"));
    assert!(!shown.document.contains("class=\"live\""));
}
