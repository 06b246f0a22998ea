//! What holds for every graph: random ones with cycles, extras and markers, against a walk that is
//! as plain as can be.

use envelope_deps::{
    Distribution, Environment, Error, Graph, Inventory, OnRequired, OnUnmatched, PackageName,
    Pattern, PruneSpec, Pruned, Refusal, Requirement, Root, Target,
};
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The part of an environment that the markers of these tests ask about.
#[derive(Clone, Copy, Debug)]
struct Place {
    minor: u64,
    system: &'static str,
    machine: &'static str,
}

const PLACES: [Place; 5] = [
    place(10, "linux", "x86_64"),
    place(12, "linux", "aarch64"),
    place(11, "win32", "AMD64"),
    place(13, "win32", "AMD64"),
    place(12, "darwin", "arm64"),
];

const fn place(minor: u64, system: &'static str, machine: &'static str) -> Place {
    Place {
        minor,
        system,
        machine,
    }
}

type Meaning = fn(Place) -> bool;

/// Markers, and what they mean.
const MARKERS: [(&str, Meaning); 7] = [
    ("python_version < '3.12'", |at| at.minor < 12),
    ("python_version >= '3.11'", |at| at.minor >= 11),
    ("sys_platform == 'win32'", |at| at.system == "win32"),
    ("sys_platform != 'win32'", |at| at.system != "win32"),
    ("platform_machine == 'aarch64'", |at| {
        at.machine == "aarch64"
    }),
    (
        "sys_platform == 'darwin' or python_version < '3.11'",
        |at| at.system == "darwin" || at.minor < 11,
    ),
    (
        "sys_platform == 'linux' and python_version >= '3.12'",
        |at| at.system == "linux" && at.minor >= 12,
    ),
];

const EXTRAS: [&str; 3] = ["x", "y", "z"];

/// When a requirement holds.
#[derive(Clone, Copy, Debug)]
enum When {
    Always,
    Marker(usize),
    Extra(usize),
    ExtraAnd(usize, usize),
    ExtraOr(usize, usize),
}

impl When {
    fn text(self) -> String {
        let extra = |extra: usize| format!("extra == '{}'", EXTRAS[extra]);
        match self {
            Self::Always => String::new(),
            Self::Marker(marker) => format!("; {}", MARKERS[marker].0),
            Self::Extra(on) => format!("; {}", extra(on)),
            Self::ExtraAnd(on, marker) => format!("; {} and ({})", extra(on), MARKERS[marker].0),
            Self::ExtraOr(on, marker) => format!("; {} or ({})", extra(on), MARKERS[marker].0),
        }
    }

    fn is_true(self, at: Place, on: Option<usize>) -> bool {
        match self {
            Self::Always => true,
            Self::Marker(marker) => MARKERS[marker].1(at),
            Self::Extra(extra) => on == Some(extra),
            Self::ExtraAnd(extra, marker) => on == Some(extra) && MARKERS[marker].1(at),
            Self::ExtraOr(extra, marker) => on == Some(extra) || MARKERS[marker].1(at),
        }
    }

    /// With an extra, only what is not there without it.
    fn holds(self, at: Place, on: Option<usize>) -> bool {
        self.is_true(at, on) && (on.is_none() || !self.is_true(at, None))
    }
}

/// A requirement: of whom, on whom, with which extra, and when.
#[derive(Clone, Debug)]
struct Edge {
    from: usize,
    to: usize,
    extra: Option<usize>,
    when: When,
}

impl Edge {
    fn text(&self) -> String {
        let extra = self.extra.map(|extra| format!("[{}]", EXTRAS[extra]));
        let extra = extra.unwrap_or_default();
        format!("p{}{extra}{}", self.to, self.when.text())
    }
}

/// A graph, and a prune of it.
#[derive(Clone, Debug)]
struct Case {
    count: usize,
    edges: Vec<Edge>,
    roots: Vec<Edge>,
    prune: BTreeSet<usize>,
    prune_extras: BTreeSet<(usize, usize)>,
    keep: BTreeSet<usize>,
}

fn when() -> impl Strategy<Value = When> {
    let (markers, extras) = (0..MARKERS.len(), 0..EXTRAS.len());
    prop_oneof![
        4 => Just(When::Always),
        2 => markers.clone().prop_map(When::Marker),
        2 => extras.clone().prop_map(When::Extra),
        1 => (extras.clone(), markers.clone()).prop_map(|(a, b)| When::ExtraAnd(a, b)),
        1 => (extras, markers).prop_map(|(a, b)| When::ExtraOr(a, b)),
    ]
}

fn edge(
    count: usize,
    when: impl Strategy<Value = When>,
    extras: bool,
) -> impl Strategy<Value = Edge> {
    let extra = if extras {
        prop_oneof![2 => Just(None), 1 => (0..EXTRAS.len()).prop_map(Some)].boxed()
    } else {
        Just(None).boxed()
    };
    (0..count, 0..count, extra, when).prop_map(|(from, to, extra, when)| Edge {
        from,
        to,
        extra,
        when,
    })
}

fn case() -> impl Strategy<Value = Case> {
    (2_usize..10).prop_flat_map(|count| {
        let no_extra = |when: When| match when {
            When::Always | When::Marker(_) => when,
            _ => When::Always,
        };
        (
            vec(edge(count, when(), true), 0..count * 3),
            vec(edge(count, when().prop_map(no_extra), true), 1..4),
            proptest::collection::btree_set(0..count, 0..4),
            proptest::collection::btree_set((0..count, 0..EXTRAS.len()), 0..2),
            proptest::collection::btree_set(0..count, 0..2),
        )
            .prop_map(move |(edges, roots, prune, prune_extras, keep)| Case {
                count,
                edges,
                roots,
                keep: keep.difference(&prune).copied().collect(),
                prune,
                prune_extras,
            })
    })
}

/// Without extras and markers: what dominators know of.
fn plain_case() -> impl Strategy<Value = Case> {
    (2_usize..12).prop_flat_map(|count| {
        (
            vec(edge(count, Just(When::Always), false), 0..count * 3),
            vec(edge(count, Just(When::Always), false), 1..4),
        )
            .prop_map(move |(edges, roots)| Case {
                count,
                edges,
                roots,
                prune: BTreeSet::new(),
                prune_extras: BTreeSet::new(),
                keep: BTreeSet::new(),
            })
    })
}

impl Case {
    fn inventory(&self) -> Inventory {
        let parse = |edge: &Edge| Requirement::parse(&edge.text()).expect("a requirement");
        let distribution = |number: usize| {
            let mut distribution = Distribution::new(name(number));
            let own = self.edges.iter().filter(|edge| edge.from == number);
            distribution.requires = own.map(parse).collect();
            distribution
        };
        let root = |edge: &Edge| Root {
            requirement: parse(edge),
            origin: "--root".to_owned(),
        };
        Inventory {
            distributions: (0..self.count).map(distribution).collect(),
            roots: Some(self.roots.iter().map(root).collect()),
            ..Inventory::default()
        }
    }

    fn spec(&self, on_required: OnRequired) -> PruneSpec {
        let names = self.prune.iter().map(|number| format!("p{number}"));
        let extras = self.prune_extras.iter();
        let extras = extras.map(|(number, extra)| format!("p{number}[{}]", EXTRAS[*extra]));
        let patterns = names.chain(extras).map(|text| Pattern::parse(&text));
        PruneSpec {
            prune: patterns.collect::<Result<_, _>>().expect("patterns"),
            on_required,
            on_unmatched: OnUnmatched::Error,
        }
    }

    fn keep(&self) -> Vec<PackageName> {
        self.keep.iter().map(|number| name(*number)).collect()
    }

    /// Every package that can be reached at a place without entering what is cut; and the pairs of
    /// those that stay and need what was cut.
    fn reach(&self, at: Place, is_cut: bool) -> (BTreeSet<usize>, BTreeSet<(usize, usize)>) {
        let cut = |number: usize| is_cut && self.prune.contains(&number);
        let cut_extra = |node: (usize, usize)| is_cut && self.prune_extras.contains(&node);
        let mut reached: BTreeSet<(usize, Option<usize>)> =
            self.keep.iter().map(|number| (*number, None)).collect();
        loop {
            let before = reached.len();
            let mut broken = BTreeSet::new();
            let roots = self.roots.iter().filter(|root| root.when.holds(at, None));
            let mut arrivals: Vec<(usize, Option<usize>)> =
                roots.map(|root| (root.to, root.extra)).collect();
            for (number, on) in &reached {
                let own = self.edges.iter().filter(|edge| edge.from == *number);
                for edge in own.filter(|edge| edge.when.holds(at, *on)) {
                    if cut(edge.to) {
                        broken.insert((*number, edge.to));
                    }
                    arrivals.push((edge.to, edge.extra));
                }
            }
            for (to, extra) in arrivals.into_iter().filter(|(to, _)| !cut(*to)) {
                reached.insert((to, None));
                if let Some(extra) = extra.filter(|extra| !cut_extra((to, *extra))) {
                    reached.insert((to, Some(extra)));
                }
            }
            if reached.len() == before {
                let names = reached.into_iter().map(|(number, _)| number).collect();
                return (names, broken);
            }
        }
    }
}

fn name(number: usize) -> PackageName {
    format!("p{number}").parse().expect("a name")
}

fn environment(at: Place) -> Environment {
    let (os_name, system) = match at.system {
        "win32" => ("nt", "Windows"),
        "darwin" => ("posix", "Darwin"),
        _ => ("posix", "Linux"),
    };
    let minor = at.minor;
    let markers = serde_json::json!({
        "implementation_name": "cpython",
        "implementation_version": format!("3.{minor}.7"),
        "os_name": os_name,
        "platform_machine": at.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": format!("3.{minor}.7"),
        "python_version": format!("3.{minor}"),
        "sys_platform": at.system,
    });
    Environment::from_json(&markers.to_string()).expect("an environment")
}

fn number(name: &PackageName) -> usize {
    name.as_str()[1..].parse().expect("a number")
}

fn kept(pruned: &Pruned) -> BTreeSet<usize> {
    let graph = pruned.graph();
    let packages = pruned.kept.iter();
    packages
        .map(|one| number(graph.name(one.package)))
        .collect()
}

fn removed(pruned: &Pruned) -> BTreeSet<usize> {
    let graph = pruned.graph();
    let packages = pruned.removed.iter();
    packages
        .map(|one| number(graph.name(one.package)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_is_what_the_kept_cannot_reach(case in case()) {
        let inventory = case.inventory();
        for at in PLACES {
            let graph = Graph::build(&inventory, &case.keep(), Target::One(environment(at)));
            let pruned = graph.prune(&case.spec(OnRequired::Cut)).expect("a prune");
            let (full, _) = case.reach(at, false);
            let (left, broken) = case.reach(at, true);
            prop_assert_eq!(kept(&pruned), left.clone());
            prop_assert_eq!(removed(&pruned), full.difference(&left).copied().collect());
            let found = pruned.broken.iter().map(|one| (number(&one.kept), number(&one.pruned)));
            prop_assert_eq!(found.collect::<BTreeSet<_>>(), broken.clone());

            match graph.prune(&case.spec(OnRequired::Error)) {
                Ok(same) => {
                    prop_assert!(broken.is_empty());
                    prop_assert_eq!(kept(&same), left);
                }
                Err(Error::Refused(Refusal::PrunedButRequired { conflicts })) => {
                    prop_assert_eq!(conflicts.len(), broken.len());
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }

    #[test]
    fn everything_that_goes_has_a_cause(case in case()) {
        let inventory = case.inventory();
        let graph = Graph::build(&inventory, &case.keep(), Target::Universal);
        let pruned = graph.prune(&case.spec(OnRequired::Cut)).expect("a prune");
        for one in &pruned.removed {
            prop_assert!(!one.because.is_empty(), "{}", graph.name(one.package));
        }
    }

    #[test]
    fn pruning_again_changes_nothing(case in case()) {
        let inventory = case.inventory();
        let target = Target::One(environment(PLACES[1]));
        let graph = Graph::build(&inventory, &case.keep(), target.clone());
        let pruned = graph.prune(&case.spec(OnRequired::Cut)).expect("a prune");
        let left = kept(&pruned);
        let mut again = inventory.clone();
        again.distributions.retain(|one| left.contains(&number(&one.name)));
        again.roots = Some(pruned.roots().into_iter().cloned().collect());
        let graph = Graph::build(&again, &case.keep(), target);
        let spec = PruneSpec { on_unmatched: OnUnmatched::Warn, ..case.spec(OnRequired::Cut) };
        let pruned = graph.prune(&spec).expect("a prune");
        prop_assert_eq!(kept(&pruned), left);
        // What was cut off is still asked for, and goes once more; nothing that stayed does.
        for one in &pruned.removed {
            prop_assert!(graph.distribution(one.package).is_none());
        }
    }

    #[test]
    fn the_order_of_the_prune_does_not_matter(case in case()) {
        let inventory = case.inventory();
        let graph = Graph::build(&inventory, &case.keep(), Target::Universal);
        let spec = case.spec(OnRequired::Cut);
        let backwards = PruneSpec {
            prune: spec.prune.iter().rev().cloned().collect(),
            ..spec.clone()
        };
        let (one, other) = (graph.prune(&spec), graph.prune(&backwards));
        let (one, other) = (one.expect("a prune"), other.expect("a prune"));
        prop_assert_eq!(&one.kept, &other.kept);
        prop_assert_eq!(&one.removed, &other.removed);
        prop_assert_eq!(&one.broken, &other.broken);
    }

    #[test]
    fn one_name_takes_what_it_dominates(case in plain_case()) {
        let inventory = case.inventory();
        let graph = Graph::build(&inventory, &[], Target::Universal);
        let mut plain: DiGraph<(), ()> = DiGraph::new();
        let nodes: Vec<NodeIndex> = (0..case.count).map(|_| plain.add_node(())).collect();
        let top = plain.add_node(());
        for edge in &case.edges {
            plain.add_edge(nodes[edge.from], nodes[edge.to], ());
        }
        for root in &case.roots {
            plain.add_edge(top, nodes[root.to], ());
        }
        let dominators = simple_fast(&plain, top);
        for pruned_number in 0..case.count {
            let spec = PruneSpec {
                prune: vec![Pattern::from(name(pruned_number))],
                on_required: OnRequired::Cut,
                ..PruneSpec::default()
            };
            let pruned = graph.prune(&spec).expect("a prune");
            let dominated = (0..case.count).filter(|number| {
                let above = dominators.dominators(nodes[*number]);
                above.is_some_and(|mut above| above.any(|one| one == nodes[pruned_number]))
            });
            prop_assert_eq!(removed(&pruned), dominated.collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn every_environment_at_once_is_each_of_them(case in case()) {
        let inventory = case.inventory();
        let graph = Graph::build(&inventory, &case.keep(), Target::Universal);
        let pruned = graph.prune(&case.spec(OnRequired::Cut)).expect("a prune");
        for at in PLACES {
            let here = environment(at);
            let fulfilled = pruned.kept.iter().filter(|one| here.fulfils(one.marker));
            let fulfilled: BTreeSet<usize> =
                fulfilled.map(|one| number(graph.name(one.package))).collect();
            prop_assert_eq!(fulfilled, case.reach(at, true).0);
            let before = pruned.kept.iter().map(|one| (one.package, one.before));
            let before = before.chain(pruned.removed.iter().map(|one| (one.package, one.before)));
            let before = before.filter(|(_, marker)| here.fulfils(*marker));
            let before: BTreeSet<usize> =
                before.map(|(package, _)| number(graph.name(package))).collect();
            prop_assert_eq!(before, case.reach(at, false).0);
        }
    }
}

/// `p2` stays where `p4` needs it, on new versions, and `p1` is needed by `p2` on old ones only.
#[test]
fn what_stays_in_fewer_places_may_be_why_another_goes() {
    let edge = |from, to, when| Edge {
        from,
        to,
        extra: None,
        when,
    };
    let (old, new_on_linux) = (0, 6);
    let case = Case {
        count: 5,
        edges: vec![
            edge(4, 2, When::Marker(new_on_linux)),
            edge(2, 1, When::Marker(old)),
            edge(0, 2, When::Always),
        ],
        roots: vec![edge(0, 0, When::Always)],
        prune: BTreeSet::from([0]),
        prune_extras: BTreeSet::new(),
        keep: BTreeSet::from([4]),
    };
    let inventory = case.inventory();
    let graph = Graph::build(&inventory, &case.keep(), Target::Universal);
    let pruned = graph.prune(&case.spec(OnRequired::Cut)).expect("a prune");
    assert_eq!(kept(&pruned), BTreeSet::from([2, 4]));
    let because: Vec<String> = pruned
        .removed
        .iter()
        .map(|one| format!("{}: {}", graph.name(one.package), one.because.join(" ")))
        .collect();
    assert_eq!(because, ["p0: p0", "p1: p0"]);
}
