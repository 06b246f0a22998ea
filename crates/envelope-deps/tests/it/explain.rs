//! What a name alone holds up, what would go with each root, and what differs between two lists.

use envelope_deps::{
    Diff, Distribution, EdgeSource, Environment, Graph, Inventory, OnRequired, PackageId,
    PackageName, Pattern, Platform, PruneSpec, Requirement, Root, Size, Sizes, Target,
};

fn requirement(text: &str) -> Requirement {
    Requirement::parse(text).expect("a requirement")
}

/// Packages from lines such as `a: b, c[x] ; sys_platform == 'win32'`, with needs between `|`.
pub(crate) fn inventory(roots: &[&str], packages: &[(&str, &[&str])]) -> Inventory {
    let distribution = |(name, requires): &(&str, &[&str])| {
        let mut distribution = Distribution::new(name.parse().expect("a name"));
        distribution.version = Some("1".into());
        distribution.requires = requires.iter().map(|text| requirement(text)).collect();
        distribution
    };
    let root = |text: &&str| Root {
        requirement: requirement(text),
        origin: "--root".to_owned(),
    };
    Inventory {
        distributions: packages.iter().map(distribution).collect(),
        roots: Some(roots.iter().map(root).collect()),
        edge_source: EdgeSource::Lock,
        ..Inventory::default()
    }
}

fn linux() -> Target {
    Target::One(Environment::new("3.11.7", Platform::LinuxX86_64).expect("a version"))
}

fn held(graph: &Graph, sizes: &Sizes) -> Vec<(String, String)> {
    let names = |packages: &[PackageId]| {
        let names: Vec<&str> = packages
            .iter()
            .map(|one| graph.name(*one).as_str())
            .collect();
        names.join(" ")
    };
    let holdings = graph.holdings(sizes);
    holdings
        .iter()
        .map(|one| (one.root.to_string(), names(&one.packages)))
        .collect()
}

#[test]
fn a_root_holds_what_nothing_else_needs() {
    let inventory = inventory(
        &["j", "m", "k[x]"],
        &[
            ("j", &["a", "s", "k"]),
            ("a", &["b"]),
            ("b", &["a", "s"]),
            ("s", &[]),
            ("m", &["s", "n ; sys_platform == 'win32'"]),
            ("n", &[]),
            ("k", &["e ; extra == 'x'"]),
            ("e", &[]),
        ],
    );
    let expected = [("j", "a b j"), ("k", "e"), ("m", "m")];
    let expected = expected.map(|(root, held)| (root.to_owned(), held.to_owned()));
    let graph = Graph::build(&inventory, &[], linux());
    assert_eq!(held(&graph, &Sizes::default()), expected);
    let graph = Graph::build(&inventory, &[], Target::Universal);
    let mut expected = expected.to_vec();
    expected[2].1 = "m n".to_owned();
    expected.swap(1, 2);
    assert_eq!(held(&graph, &Sizes::default()), expected);
}

#[test]
fn the_heaviest_root_comes_first() {
    let inventory = inventory(&["m", "j"], &[("j", &["a"]), ("a", &[]), ("m", &[])]);
    let graph = Graph::build(&inventory, &[], linux());
    let size = |distribution: &Distribution| {
        let is_heavy = distribution.name.as_str() == "m";
        is_heavy.then_some(Size {
            bytes: 100,
            files: 3,
        })
    };
    let sizes = Sizes::measure(&graph, size);
    let holdings = graph.holdings(&sizes);
    assert_eq!(holdings[0].root.as_str(), "m");
    assert_eq!(holdings[0].size.map(|size| size.files), Some(3));
    assert_eq!(holdings[1].size, None);
}

/// Random needs with cycles, extras and markers.
fn random_inventory(state: &mut u64) -> Inventory {
    let mut random = |below: usize| {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(*state >> 33).expect("31 bits") % below
    };
    let count = 2 + random(9);
    let mut asked = |is_root: bool| {
        let extra = ["", "", "[x]", "[y]"][random(4)];
        let markers = [
            "",
            "",
            "",
            " ; sys_platform == 'win32'",
            " ; sys_platform == 'linux'",
            " ; python_version < '3.10'",
            " ; extra == 'x'",
            " ; extra == 'y' and sys_platform == 'win32'",
        ];
        let marker = markers[random(if is_root { 6 } else { 8 })];
        format!("p{}{extra}{marker}", random(count))
    };
    let distributions = (0..count).map(|number| {
        let mut distribution = Distribution::new(format!("p{number}").parse().expect("a name"));
        let requires = (0..number % 4).map(|_| requirement(&asked(false)));
        distribution.requires = requires.collect();
        distribution
    });
    let distributions = distributions.collect();
    let roots = (0..3).map(|_| Root {
        requirement: requirement(&asked(true)),
        origin: "--root".to_owned(),
    });
    Inventory {
        distributions,
        roots: Some(roots.collect()),
        ..Inventory::default()
    }
}

#[test]
fn what_a_root_holds_is_what_goes_when_it_is_pruned() {
    let mut state = 11;
    for _ in 0..2000 {
        let inventory = random_inventory(&mut state);
        for target in [linux(), Target::Universal] {
            let graph = Graph::build(&inventory, &[], target);
            for holding in graph.holdings(&Sizes::default()) {
                let spec = PruneSpec {
                    prune: vec![Pattern::from(holding.root.clone())],
                    on_required: OnRequired::Keep,
                    ..PruneSpec::default()
                };
                let pruned = graph.prune(&spec).expect("a prune");
                let gone: Vec<PackageId> = pruned.removed.iter().map(|one| one.package).collect();
                assert_eq!(holding.packages, gone, "{} in {inventory:?}", holding.root);
            }
            for held in graph.held_up(&Sizes::default()) {
                let spec = PruneSpec {
                    prune: vec![Pattern::from(held.root.clone())],
                    on_required: OnRequired::Cut,
                    ..PruneSpec::default()
                };
                let pruned = graph.prune(&spec).expect("a prune");
                let gone: Vec<PackageId> = pruned.removed.iter().map(|one| one.package).collect();
                assert_eq!(held.packages, gone, "{} in {inventory:?}", held.root);
            }
        }
    }
}

#[test]
fn what_a_name_alone_holds_up_goes_with_it() {
    let mut state = 13;
    for _ in 0..2000 {
        let mut inventory = random_inventory(&mut state);
        for distribution in &mut inventory.distributions {
            distribution
                .requires
                .to_mut()
                .retain(|asked| asked.extras.is_empty());
        }
        let graph = Graph::build(&inventory, &[], linux());
        for package in graph.packages() {
            let name: &PackageName = graph.name(package);
            let spec = PruneSpec {
                prune: vec![Pattern::from(name.clone())],
                on_required: OnRequired::Cut,
                ..PruneSpec::default()
            };
            let pruned = graph.prune(&spec).expect("a prune");
            let gone: Vec<PackageId> = pruned.removed.iter().map(|one| one.package).collect();
            assert_eq!(graph.exclusive(name), gone, "{name} in {inventory:?}");
        }
    }
}

#[test]
fn a_name_that_is_not_reached_holds_up_nothing() {
    let inventory = inventory(&["a"], &[("a", &[]), ("b", &[])]);
    let graph = Graph::build(&inventory, &[], linux());
    for name in ["b", "nowhere"] {
        assert!(graph.exclusive(&name.parse().expect("a name")).is_empty());
    }
}

#[test]
fn a_diff_tells_what_came_went_and_changed() {
    let packages = |pins: &[(&str, &str)]| {
        let distribution = |(name, version): &(&str, &str)| {
            let mut distribution = Distribution::new(name.parse().expect("a name"));
            distribution.version = Some((*version).into());
            distribution
        };
        Inventory {
            distributions: pins.iter().map(distribution).collect(),
            ..Inventory::default()
        }
    };
    let before = packages(&[
        ("b", "2"),
        ("np", "1"),
        ("np", "2"),
        ("same", "1"),
        ("a", "1"),
    ]);
    let after = packages(&[
        ("same", "1"),
        ("np", "2"),
        ("np", "3"),
        ("c", "1"),
        ("a", "1"),
    ]);
    let diff = Diff::between(&before, &after);
    let shown = format!("{:?} {:?} {:?}", diff.added, diff.removed, diff.changed);
    assert_eq!(
        shown,
        r#"[(PackageName("c"), ["1"])] [(PackageName("b"), ["2"])] [(PackageName("np"), ["1", "2"], ["2", "3"])]"#
    );
    assert_eq!(diff.same, 2);
    assert!(Diff::between(&before, &before).is_empty());
}
