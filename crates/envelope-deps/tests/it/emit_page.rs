//! The page, as far as it can be told without a browser.

use crate::corpora::corpus;
use crate::emit_tree::{chain, mlflow_and_jupyterlab};
use crate::explain::inventory;
use envelope_deps::emit::html;
use envelope_deps::{
    Environment, Graph, Inventory, OnRequired, OnUnmatched, Pattern, Platform, PruneSpec, Root,
    Sizes, Target, size,
    source::{self, ReadOptions},
};

fn spec(prune: &[&str]) -> PruneSpec {
    let prune = prune
        .iter()
        .map(|text| Pattern::parse(text).expect("a pattern"));
    PruneSpec {
        prune: prune.collect(),
        on_required: OnRequired::Cut,
        on_unmatched: OnUnmatched::Warn,
    }
}

fn page(inventory: &Inventory, prune: &[&str]) -> String {
    let graph = Graph::build(inventory, &[], Target::Universal);
    let pruned = graph.prune(&spec(prune)).expect("a prune");
    html(&pruned, &Sizes::measure(&graph, size::measure))
}

/// Elements are closed, numbers are numbers, and nothing is fetched.
fn assert_sound(page: &str) {
    for element in [
        "svg", "ul", "details", "table", "tr", "section", "script", "span", "li",
    ] {
        let opened = page.matches(&format!("<{element} ")).count()
            + page.matches(&format!("<{element}>")).count();
        let closed = page.matches(&format!("</{element}>")).count();
        assert_eq!(opened, closed, "{element}");
    }
    for wrong in [
        "NaN", "inf%", "inf\"", " src=", "@import", "<link", "<iframe",
    ] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert_eq!(page.matches("<script").count(), 2);
}

#[test]
fn the_page_tells_what_was_cut_and_what_it_weighs() {
    let inventory = mlflow_and_jupyterlab();
    let environment = Environment::new("3.11.7", Platform::LinuxX86_64).expect("a version");
    let graph = Graph::build(&inventory, &[], Target::One(environment));
    let pruned = graph.prune(&spec(&["jupyterlab"])).expect("a prune");
    let sizes = Sizes::measure(&graph, size::measure);
    let page = html(&pruned, &sizes);
    assert_sound(&page);
    for expected in [
        "<title>Requirements: 160 → 87 packages</title>",
        "73 packages are not needed any more: <strong>129.8 MB</strong> in 11,335 files.",
        "−73 (46 %)",
        "641.0 MB stay",
        "−129.8 MB (17 %)",
        "What goes <span class=\"quiet\">73 packages, 129.8 MB</span>",
        "only via jupyterlab-server",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    assert_eq!(page.matches("<tr data-n=").count(), 160);
    assert_eq!(page, html(&pruned, &sizes), "the same again");
}

#[test]
fn texts_from_files_stay_texts() {
    let attack = "1\"><script>alert(1)</script><img onerror='alert(2)'>\u{202e}&amp;";
    let mut inventory = inventory(&["a", "b"], &[("a", &["b", "c"]), ("b", &[]), ("c", &[])]);
    for distribution in &mut inventory.distributions {
        distribution.version = Some(attack.into());
    }
    inventory.distributions[0].requires.to_mut()[0].specifier = attack.into();
    inventory.notes = vec![attack.to_owned(), "</script><!--".to_owned()];
    let origin = attack.to_owned();
    inventory
        .roots
        .iter_mut()
        .flatten()
        .for_each(|root: &mut Root| {
            root.origin.clone_from(&origin);
            root.requirement.specifier = origin.as_str().into();
        });
    let page = page(&inventory, &["b", "no*where"]);
    assert_sound(&page);
    assert!(!page.contains("<img"), "{page}");
    assert!(!page.contains('\u{202e}'));
    assert!(page.contains("1&quot;&gt;&lt;script&gt;alert(1)"));
}

#[test]
fn a_page_about_nothing_is_a_page() {
    let empty = Inventory {
        roots: Some(Vec::new()),
        ..Inventory::default()
    };
    let page_of_nothing = page(&empty, &[]);
    assert_sound(&page_of_nothing);
    assert!(page_of_nothing.contains("<h1>0 packages</h1>"));
    assert!(page_of_nothing.contains("Nothing is pruned."));
    let all_pruned = inventory(&["a"], &[("a", &["b"]), ("b", &[])]);
    let all_pruned = page(&all_pruned, &["a"]);
    assert_sound(&all_pruned);
    assert!(all_pruned.contains("</span> → 0 packages</h1>"));
}

#[test]
fn a_page_about_airflow_is_of_a_handy_size() {
    let lock = corpus("c").join("project/uv.lock");
    let inventory = source::read(&lock, &ReadOptions::default()).expect("a lock");
    let page = page(&inventory, &["jupyterlab"]);
    assert_sound(&page);
    assert!(page.len() < 700_000, "{}", page.len());
}

#[test]
fn a_page_about_a_chain_grows_with_its_length() {
    let length = |count: usize| {
        let page = page(&chain(count), &[]);
        assert_sound(&page);
        page.len()
    };
    let (short, long) = (length(1000), length(10_000));
    assert!(long < 12 * short, "{short} {long}");
}
