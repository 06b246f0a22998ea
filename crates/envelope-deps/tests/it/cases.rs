//! The worked cases: graphs, requirements files and locks with their expected answers.

use envelope_deps::source::{RequirementsFile, RewriteOptions};
use envelope_deps::{
    Distribution, Environment, Error, Graph, Inventory, OnRequired, OnUnmatched, PackageName,
    Pattern, PruneSpec, Pruned, Refusal, Requirement, Root, Size, Sizes, Target,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const CASES: &str = include_str!("../fixtures/prune-cases.json");

fn cases() -> Value {
    serde_json::from_str(CASES).expect("the cases")
}

fn environment(cases: &Value, name: &str) -> Target {
    let markers = cases["envs"]["matrix"][name].to_string();
    Target::One(Environment::from_json(&markers).expect("an environment"))
}

fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|one| one.as_str().expect("a name").to_owned())
        .collect()
}

fn inventory(case: &Value) -> Inventory {
    let packages = case["packages"].as_object().cloned().unwrap_or_default();
    let distributions = packages.iter().map(|(name, package)| {
        let mut distribution = Distribution::new(name.parse().expect("a name"));
        distribution.requires = names(&package["requires"])
            .iter()
            .map(|text| Requirement::parse(text).expect("a requirement"))
            .collect();
        distribution
    });
    let root = |text: &String| Root {
        requirement: Requirement::parse(text).expect("a root"),
        origin: "--root".to_owned(),
    };
    Inventory {
        distributions: distributions.collect(),
        roots: case
            .get("roots")
            .map(|roots| names(roots).iter().map(root).collect()),
        ..Inventory::default()
    }
}

fn spec(case: &Value) -> PruneSpec {
    let options = &case["options"];
    PruneSpec {
        prune: names(&case["prune"])
            .iter()
            .map(|text| Pattern::parse(text).expect("a pattern"))
            .collect(),
        on_required: match options["on_required"].as_str() {
            Some("cut") => OnRequired::Cut,
            Some("keep") => OnRequired::Keep,
            _ => OnRequired::Error,
        },
        on_unmatched: match options["on_unmatched"].as_str() {
            Some("warn") => OnUnmatched::Warn,
            _ => OnUnmatched::Error,
        },
    }
}

fn keep(case: &Value) -> Vec<PackageName> {
    let keep = names(&case["options"]["keep"]);
    keep.iter()
        .map(|name| name.parse().expect("a name"))
        .collect()
}

/// The answer in the words of the cases.
fn answer(case: &Value, graph: &Graph, pruned: &Pruned) -> Map<String, Value> {
    let name = |package| graph.name(package).to_string();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names.dedup();
        json!(names)
    };
    let mut roots: Vec<String> = pruned
        .roots()
        .iter()
        .map(|root| root.requirement.name.to_string())
        .collect();
    roots.extend(graph.keep().iter().map(ToString::to_string));
    let mut edges: Vec<[String; 2]> = pruned
        .edges()
        .into_iter()
        .map(|(from, to)| [name(from), name(to)])
        .collect();
    edges.sort();
    let broken: Vec<[String; 2]> = pruned
        .broken
        .iter()
        .map(|one| [one.kept.to_string(), one.pruned.to_string()])
        .collect();
    let removed = pruned.removed.iter().map(|one| one.package);
    let total = sizes(case, graph).total(removed);
    let answer = json!({
        "kept": sorted(pruned.kept.iter().map(|one| name(one.package)).collect()),
        "removed": sorted(pruned.removed.iter().map(|one| name(one.package)).collect()),
        "broken": broken,
        "still_required": sorted(pruned.still_required.iter().map(|one| name(*one)).collect()),
        "missing": sorted(pruned.missing.iter().map(|one| name(*one)).collect()),
        "edges": edges,
        "roots": sorted(roots),
        "bytes_removed": total.map_or(0, |size| size.bytes),
    });
    answer.as_object().cloned().expect("an object")
}

fn refusal(error: &Error) -> Map<String, Value> {
    let Error::Refused(refusal) = error else {
        panic!("not a refusal: {error}");
    };
    let detail = match refusal {
        Refusal::UnmatchedPrune { names, .. } => json!(names),
        Refusal::PrunedButRequired { conflicts } => conflicts
            .iter()
            .map(|one| json!([one.kept.as_str(), one.pruned.as_str()]))
            .collect(),
        Refusal::KeepAndPrune { names } => names.iter().map(|name| json!(name.as_str())).collect(),
        other => panic!("not known here: {other}"),
    };
    let answer = json!({"error": refusal.code(), "detail": detail});
    answer.as_object().cloned().expect("an object")
}

/// The sizes that a case gives its packages.
fn sizes(case: &Value, graph: &Graph) -> Sizes {
    Sizes::measure(graph, |distribution| {
        let bytes = case["packages"][distribution.name.as_str()]["size"].as_u64()?;
        Some(Size { bytes, files: 1 })
    })
}

/// The answer to a question other than what a prune does.
fn queried(query: &str, case: &Value, graph: &Graph) -> Map<String, Value> {
    let target = case["target"].as_str().expect("a target");
    let target: PackageName = target.parse().expect("a name");
    let answer = match query {
        "why" => {
            let path = graph.why(&target).map(|why| why.path);
            json!({"why": path.map(|path| path.iter().map(ToString::to_string).collect::<Vec<_>>())})
        }
        "exclusive" => {
            let held = graph.exclusive(&target);
            let names: Vec<&str> = held.iter().map(|one| graph.name(*one).as_str()).collect();
            let total = sizes(case, graph).total(held.iter().copied());
            json!({"exclusive": names, "bytes": total.map_or(0, |size| size.bytes)})
        }
        other => panic!("not known here: {other}"),
    };
    answer.as_object().cloned().expect("an object")
}

fn compare(id: &str, expected: &Value, got: &Map<String, Value>) {
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(Some(value), got.get(key), "{id}: {key}");
    }
}

/// In which environments each package stays, and what goes everywhere.
fn over_matrix(cases: &Value, case: &Value, environments: &[String]) -> Map<String, Value> {
    let inventory = inventory(case);
    let mut kept_in: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    let mut removed: Vec<String> = Vec::new();
    for name in environments {
        let graph = Graph::build(&inventory, &keep(case), environment(cases, name));
        let pruned = graph.prune(&spec(case)).expect("a prune");
        for kept in &pruned.kept {
            kept_in
                .entry(graph.name(kept.package).to_string())
                .or_default()
                .push(name);
        }
        removed.extend(
            pruned
                .removed
                .iter()
                .map(|one| graph.name(one.package).to_string()),
        );
    }
    removed.sort();
    removed.dedup();
    removed.retain(|name| !kept_in.contains_key(name));
    let answer = json!({"kept_in": kept_in, "removed_everywhere": removed});
    answer.as_object().cloned().expect("an object")
}

/// The same by marker algebra: the universal answer's markers, asked in each environment.
fn over_matrix_at_once(cases: &Value, case: &Value, environments: &[String]) -> Map<String, Value> {
    let inventory = inventory(case);
    let graph = Graph::build(&inventory, &keep(case), Target::Universal);
    let pruned = graph.prune(&spec(case)).expect("a prune");
    let mut kept_in: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for name in environments {
        let Target::One(environment) = environment(cases, name) else {
            unreachable!("one environment")
        };
        for kept in pruned
            .kept
            .iter()
            .filter(|kept| environment.fulfils(kept.marker))
        {
            kept_in
                .entry(graph.name(kept.package).to_string())
                .or_default()
                .push(name);
        }
    }
    let answer = json!({"kept_in": kept_in});
    answer.as_object().cloned().expect("an object")
}

#[test]
fn graph_cases_have_their_answers() {
    let cases = cases();
    let of_graphs = cases["cases"].as_array().expect("cases").iter();
    let mut count = 0;
    for case in of_graphs.filter(|case| case["kind"] == "graph") {
        count += 1;
        let id = case["id"].as_str().expect("an id");
        if case["env"].is_array() {
            let environments = names(&case["env"]);
            compare(
                id,
                &case["expect"],
                &over_matrix(&cases, case, &environments),
            );
            let expected = json!({"kept_in": case["expect"]["kept_in"]});
            compare(
                id,
                &expected,
                &over_matrix_at_once(&cases, case, &environments),
            );
            continue;
        }
        let target = environment(&cases, case["env"].as_str().unwrap_or("linux-3.11"));
        let inventory = inventory(case);
        let graph = Graph::build(&inventory, &keep(case), target);
        let got = match (case["query"].as_str(), graph.prune(&spec(case))) {
            (Some(query), _) => queried(query, case, &graph),
            (None, Ok(pruned)) => answer(case, &graph, &pruned),
            (None, Err(error)) => refusal(&error),
        };
        compare(id, &case["expect"], &got);
    }
    assert_eq!(count, 30);
}

/// Writes the files of a case into a folder, prunes, and says what came out.
fn over_files(cases: &Value, case: &Value) -> Map<String, Value> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in case["files"].as_object().expect("files") {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text.as_str().expect("a text")).expect("a file");
    }
    let main = folder.path().join(case["main"].as_str().expect("a name"));
    let file = match RequirementsFile::read(&main) {
        Ok(file) => file,
        Err(Error::MissingInclude { include, .. }) => {
            let answer = json!({"error": "missing-include", "detail": include});
            return answer.as_object().cloned().expect("an object");
        }
        Err(error) => panic!("{error}"),
    };
    let described = inventory(case);
    let mut inventory = file.inventory();
    if case.get("packages").is_some() {
        inventory = file.joined_with(Inventory {
            roots: None,
            ..described.clone()
        });
    }
    if case.get("roots").is_some() {
        inventory.roots = described.roots;
    }
    let target = environment(cases, case["env"].as_str().unwrap_or("linux-3.11"));
    let graph = Graph::build(&inventory, &keep(case), target);
    let pruned = match graph.prune(&spec(case)) {
        Ok(pruned) => pruned,
        Err(error) => return refusal(&error),
    };
    let mut answer = answer(case, &graph, &pruned);
    let output = file.rewrite(&pruned, RewriteOptions::default());
    let output = String::from_utf8(output).expect("UTF-8");
    answer.insert("output".to_owned(), json!(output));
    answer.insert("unnamed".to_owned(), json!(file.unnamed()));
    // Of what is known, the cases only count what the files list.
    let listed: Vec<String> = file.listed().iter().map(ToString::to_string).collect();
    let removed = names(&answer["removed"]);
    let kept = listed.iter().filter(|name| !removed.contains(name));
    let mut kept: Vec<String> = kept.cloned().collect();
    kept.sort();
    answer.insert("kept".to_owned(), json!(kept));
    answer
}

#[test]
fn text_cases_have_their_answers() {
    let cases = cases();
    let of_texts = cases["cases"].as_array().expect("cases").iter();
    let mut count = 0;
    for case in of_texts.filter(|case| case["kind"] == "text") {
        count += 1;
        let id = case["id"].as_str().expect("an id");
        compare(id, &case["expect"], &over_files(&cases, case));
    }
    assert_eq!(count, 11);
}
