//! Who may depend on whom: the table of floors, held against `cargo metadata`.
//!
//! A crate may depend on crates of the workspace that its line names and no others. A crate from
//! outside that has an owner appears in its owner's dependencies only; development dependencies
//! are free in that. Crates that do not exist yet are listed already.

use serde_json::Value;

use super::Finding;

/// One crate of the workspace.
struct Room {
    name: &'static str,
    /// Crates of the workspace it may depend on.
    may_use: &'static [&'static str],
    /// Outside crates that appear only here, or in another room that lists them too; a final `*`
    /// stands for any ending.
    owns: &'static [&'static str],
}

const ROOMS: [Room; 8] = [
    Room {
        name: "envelope-format",
        may_use: &[],
        owns: &[
            "arrow-ipc",
            "blake3",
            "jsonschema",
            "md-5",
            "parquet",
            // Verifying reads single requirement lines; what they mean together is not known here.
            "pep440_rs",
            "pep508_rs",
            "saphyr*",
            "serde_yaml*",
            "serde_norway",
            "sha1",
            "sha2",
        ],
    },
    Room {
        name: "envelope-deps",
        may_use: &[],
        owns: &[
            "pep440_rs",
            "pep508_rs",
            "petgraph",
            "serde_yaml*",
            "toml*",
            "uv-*",
        ],
    },
    Room {
        name: "envelope-capture",
        may_use: &[],
        owns: &["git2", "gix*", "nvml-wrapper*", "sysinfo"],
    },
    Room {
        name: "envelope-infer",
        may_use: &["envelope-format"],
        owns: &["burn*", "cubecl*", "onnx-ir", "wgpu"],
    },
    Room {
        name: "envelope-python",
        may_use: &["envelope-format"],
        // Environments are found again by what they were made from.
        owns: &["blake3"],
    },
    Room {
        name: "envelope-registry",
        may_use: &["envelope-format"],
        owns: &["object_store", "reqwest", "rusqlite", "sqlx", "ureq"],
    },
    Room {
        name: "envelope-serve",
        may_use: &["envelope-format", "envelope-infer", "envelope-python"],
        owns: &["axum*", "hyper*", "tokio*", "tower*"],
    },
    Room {
        name: "envelope-cli",
        may_use: &[
            "envelope-format",
            "envelope-deps",
            "envelope-capture",
            "envelope-infer",
            "envelope-python",
            "envelope-registry",
            "envelope-serve",
        ],
        owns: &["clap*", "console", "indicatif", "miette", "owo-colors"],
    },
];

/// All that `xtask` may depend on: it runs cargo and the binary, and compiles in seconds.
const XTASK_MAY_USE: [&str; 1] = ["serde_json"];

/// A dependency as a manifest states it.
struct Dependency<'a> {
    name: &'a str,
    for_tests: bool,
}

/// Holds every manifest of the workspace against the table.
pub(super) fn check(metadata: &Value) -> Vec<Finding> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let ours: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut findings = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let path = manifest
            .strip_prefix(root)
            .unwrap_or(manifest)
            .trim_start_matches('/');
        let dependencies = dependencies(package);
        let verdicts = dependencies
            .iter()
            .filter_map(|one| verdict(name, path, one, &ours));
        let messages = unlisted(name, path).into_iter().chain(verdicts);
        let finding = |message| Finding {
            path: path.to_owned(),
            line: 0,
            message,
        };
        findings.extend(messages.map(finding));
    }
    findings
}

fn dependencies(package: &Value) -> Vec<Dependency<'_>> {
    let list = package["dependencies"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    list.iter()
        .filter_map(|dependency| {
            let name = dependency["name"].as_str()?;
            Some(Dependency {
                name,
                for_tests: dependency["kind"] == "dev",
            })
        })
        .collect()
}

/// The root package joins all crates in its tests; every other crate has a line in the table.
fn unlisted(name: &str, path: &str) -> Option<String> {
    let listed = path == "Cargo.toml" || name == "xtask" || room(name).is_some();
    (!listed).then(|| format!("crate `{name}` has no line in the table of floors in xtask"))
}

/// Says what is wrong with a dependency, if anything is.
fn verdict(name: &str, path: &str, dependency: &Dependency, ours: &[&str]) -> Option<String> {
    let used = dependency.name;
    if name == "xtask" {
        let allowed = XTASK_MAY_USE.contains(&used);
        return (!allowed).then(|| format!("`xtask` may not depend on `{used}`"));
    }
    if ours.contains(&used) || room(used).is_some() {
        let allowed =
            path == "Cargo.toml" || room(name).is_none_or(|room| room.may_use.contains(&used));
        return (!allowed).then(|| format!("`{name}` may not depend on `{used}`"));
    }
    if dependency.for_tests {
        return None;
    }
    let owners: Vec<&str> = ROOMS
        .iter()
        .filter(|room| owns(room, used))
        .map(|room| room.name)
        .collect();
    let allowed = owners.is_empty() || owners.contains(&name);
    (!allowed).then(|| {
        format!(
            "`{name}` may not depend on `{used}`, only {} may",
            owners.join(", ")
        )
    })
}

fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

fn owns(room: &Room, dependency: &str) -> bool {
    room.owns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => dependency.starts_with(start),
            None => dependency == *pattern,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace::Workspace;

    /// The findings on a workspace of one crate with one dependency.
    fn findings(name: &str, manifest: &str, dependency: &str, kind: Option<&str>) -> Vec<String> {
        let metadata = json!({
            "workspace_root": "/w",
            "packages": [{
                "name": name,
                "manifest_path": format!("/w/{manifest}"),
                "dependencies": [{ "name": dependency, "kind": kind }],
            }],
        });
        check(&metadata).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn accepts_what_the_table_allows() {
        for (name, dependency, kind) in [
            ("envelope-format", "serde_yaml", None),
            ("envelope-format", "thiserror", None),
            ("envelope-format", "tokio", Some("dev")),
            ("envelope-infer", "envelope-format", None),
            ("envelope-infer", "burn-wgpu", None),
            ("envelope-cli", "clap", None),
            ("envelope-cli", "envelope-serve", None),
            ("xtask", "serde_json", None),
        ] {
            let found = findings(name, "crates/x/Cargo.toml", dependency, kind);
            assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn refuses_each_way_out_of_a_floor() {
        for (name, dependency, kind) in [
            ("envelope-format", "envelope-infer", None),
            ("envelope-format", "envelope-deps", Some("dev")),
            ("envelope-deps", "envelope-format", None),
            ("envelope-serve", "envelope-registry", None),
            ("envelope-format", "petgraph", None),
            ("envelope-cli", "pep508_rs", None),
            ("envelope-cli", "serde_yaml", None),
            ("envelope-cli", "burn", None),
            ("envelope-format", "clap", Some("build")),
            ("xtask", "envelope-format", None),
            ("xtask", "clap", None),
        ] {
            let found = findings(name, "crates/x/Cargo.toml", dependency, kind);
            assert_eq!(found.len(), 1, "{name} on {dependency}: {found:?}");
            assert!(
                found[0].contains(&format!("may not depend on `{dependency}`")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn refuses_a_crate_that_the_table_does_not_list() {
        let found = findings(
            "envelope-new",
            "crates/envelope-new/Cargo.toml",
            "serde",
            None,
        );
        assert_eq!(
            found,
            ["crates/envelope-new/Cargo.toml: \
              crate `envelope-new` has no line in the table of floors in xtask"]
        );
    }

    #[test]
    fn lets_the_root_package_join_all_crates() {
        let found = findings(
            "model-envelope",
            "Cargo.toml",
            "envelope-format",
            Some("dev"),
        );
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn this_workspace_keeps_its_floors() {
        let found = check(&Workspace::find().unwrap().metadata);
        assert!(found.is_empty(), "{found:?}");
    }
}
