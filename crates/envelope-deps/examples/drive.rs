#![allow(warnings)]
use envelope_deps::*;
use std::path::Path;
fn read_site(dir: &Path, roots: &[&str]) -> Inventory {
    let mut inv = Inventory::default();
    for e in std::fs::read_dir(dir).unwrap() {
        let p = e.unwrap().path();
        if !p.to_string_lossy().ends_with(".dist-info") {
            continue;
        }
        let text = std::fs::read_to_string(p.join("METADATA")).unwrap();
        let mut d: Option<Distribution> = None;
        for l in text.lines() {
            if l.is_empty() {
                break;
            }
            if let Some(n) = l.strip_prefix("Name: ") {
                d = Some(Distribution::new(n.parse().unwrap()));
            } else if let Some(v) = l.strip_prefix("Version: ") {
                d.as_mut().unwrap().version = Some(v.into());
            } else if let Some(v) = l.strip_prefix("Requires-Dist: ") {
                d.as_mut()
                    .unwrap()
                    .requires
                    .push(Requirement::parse(v).unwrap());
            }
        }
        let mut d = d.unwrap();
        d.metadata_folder = Some(p);
        inv.distributions.push(d);
    }
    inv.distributions.sort_by(|a, b| a.name.cmp(&b.name));
    inv.edge_source = EdgeSource::Metadata;
    inv.roots = Some(
        roots
            .iter()
            .map(|r| Root {
                requirement: Requirement::parse(r).unwrap(),
                origin: "-r requirements.in".into(),
            })
            .collect(),
    );
    inv
}
fn size(d: &Distribution) -> Option<Size> {
    envelope_deps::size::measure(d)
}
fn size2(d: &Distribution) -> Option<Size> {
    let t = std::fs::read_to_string(d.metadata_folder.as_ref()?.join("RECORD")).ok()?;
    let mut s = Size::default();
    for l in t.lines() {
        let b = l.rsplit(',').next().unwrap().parse::<u64>().unwrap_or(0);
        s.bytes += b;
        s.files += 1;
    }
    (s.files > 0).then_some(s)
}
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let roots: Vec<String> = std::fs::read_to_string(&a[1])
        .unwrap()
        .lines()
        .map(String::from)
        .collect();
    let roots: Vec<&str> = roots.iter().map(|x| &**x).collect();
    let inv = read_site(Path::new(&a[0]), &roots);
    let target = if a.len() > 4 && a[4] == "u" {
        Target::Universal
    } else {
        Target::One(Environment::new("3.11.7", Platform::LinuxX86_64).unwrap())
    };
    let graph = Graph::build(&inv, &[], target);
    let sizes = Sizes::measure(&graph, size);
    let spec = PruneSpec {
        prune: a[3]
            .split(',')
            .filter(|x| !x.is_empty())
            .map(|x| Pattern::parse(x).unwrap())
            .collect(),
        on_required: OnRequired::Cut,
        ..Default::default()
    };
    let pruned = graph.prune(&spec).unwrap();
    let out = Path::new(&a[2]);
    std::fs::create_dir_all(out).unwrap();
    let o = emit::TreeOptions::default();
    let w = |n: &str, f: &dyn Fn() -> String| {
        let t = std::time::Instant::now();
        let s = f();
        eprintln!("{n} {} bytes {:?}", s.len(), t.elapsed());
        std::fs::write(out.join(n), s).unwrap();
    };
    w("full.txt", &|| emit::full_report(&pruned, &sizes, &o));
    w("model.txt", &|| emit::model_report(&pruned, &sizes, &o));
    w("invert.txt", &|| {
        emit::tree(
            &graph,
            &emit::TreeOptions {
                invert: true,
                ..Default::default()
            },
        )
    });
    w("report.json", &|| emit::report_json(&pruned, &sizes));
    w("graph.json", &|| emit::graph_json(&pruned, &sizes));
}
