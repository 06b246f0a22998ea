//! What stays as a bill of materials: CycloneDX 1.6 as JSON, see
//! <https://cyclonedx.org/docs/1.6/json/>.
//!
//! It has neither a serial number nor a time, so that the same packages give the same bytes.
//! Packages are named by package URLs, <https://github.com/package-url/purl-spec>.

use crate::graph::{Graph, Need, Needs, PackageId};
use crate::inventory::{Distribution, Origin};
use crate::prune::Pruned;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The reference of what the user asked for, which is no package itself.
const TOP: &str = "requirements";

/// The bill of materials of what stays after a prune.
pub fn cyclonedx(pruned: &Pruned) -> String {
    let graph = pruned.graph();
    let needs = Needs::of(graph, pruned.reach(), pruned.cut());
    let kept = pruned.kept.iter().map(|kept| kept.package);
    let kept: Vec<PackageId> = kept.collect();
    let references = references(graph, &kept);
    let components = kept.iter();
    let components: Vec<Value> = components
        .map(|one| component(graph, *one, &references[one]))
        .collect();
    let depends = |reference: &str, needs: &[Need]| {
        let on = needs.iter().filter_map(|need| references.get(&need.to));
        let on: Vec<&String> = on.collect();
        if on.is_empty() {
            json!({"ref": reference})
        } else {
            json!({"ref": reference, "dependsOn": on})
        }
    };
    let mut dependencies = vec![depends(TOP, needs.of_user())];
    for package in &kept {
        dependencies.push(depends(&references[package], needs.of_package(*package)));
    }
    let tool = json!({
        "type": "application",
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [tool]},
            "component": {"type": "application", "bom-ref": TOP, "name": TOP},
        },
        "components": components,
        "dependencies": dependencies,
    });
    let mut text = serde_json::to_string_pretty(&bill).unwrap_or_default();
    text.push('\n');
    text
}

/// What the parts of the bill call each package: its package URL, with a number where a lock holds
/// one version from several sources.
fn references(graph: &Graph, packages: &[PackageId]) -> FxHashMap<PackageId, String> {
    let mut taken: FxHashMap<String, usize> = FxHashMap::default();
    let mut references = FxHashMap::default();
    for &package in packages {
        let mut reference = package_url(graph, package);
        let count = taken.entry(reference.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(reference, "#{count}");
        }
        references.insert(package, reference);
    }
    references
}

fn component(graph: &Graph, package: PackageId, reference: &str) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": reference,
        "name": graph.name(package).as_str(),
    });
    let Some(distribution) = graph.distribution(package) else {
        return component;
    };
    if let Some(version) = graph.version(package) {
        component["version"] = version.into();
    }
    let hashes: Vec<Value> = hashes(distribution);
    if !hashes.is_empty() {
        component["hashes"] = hashes.into();
    }
    // Only what comes from an index is what its package URL names.
    if distribution.origin == Origin::Index {
        component["purl"] = package_url(graph, package).into();
    }
    component
}

/// The hashes of the files that may be installed, those of algorithms that the standard knows.
fn hashes(distribution: &Distribution) -> Vec<Value> {
    let mut known: Vec<(&str, &str)> = distribution
        .hashes
        .iter()
        .filter_map(|hash| hash.split_once(':'))
        .filter_map(|(algorithm, content)| {
            let (name, digits) = match algorithm {
                "md5" => ("MD5", 32),
                "sha1" => ("SHA-1", 40),
                "sha256" => ("SHA-256", 64),
                "sha384" => ("SHA-384", 96),
                "sha512" => ("SHA-512", 128),
                _ => return None,
            };
            let is_hex = content.bytes().all(|byte| byte.is_ascii_hexdigit());
            (is_hex && content.len() == digits).then_some((name, content))
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    let entries = known.into_iter();
    entries
        .map(|(name, content)| json!({"alg": name, "content": content}))
        .collect()
}

fn package_url(graph: &Graph, package: PackageId) -> String {
    let mut url = format!("pkg:pypi/{}", graph.name(package));
    if let Some(version) = graph.version(package) {
        url.push('@');
        for byte in version.bytes() {
            if byte.is_ascii_alphanumeric() || b".-_~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}
