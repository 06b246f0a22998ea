//! Requirements files as they are found: the corpora, pruned by their annotations and written
//! again.

use crate::corpora::{corpus, text};
use envelope_deps::source::{RequirementsFile, RewriteOptions};
use envelope_deps::{Graph, Inventory, Pattern, PruneSpec, Target};
use std::path::{Path, PathBuf};
use uv_pep440::Operator;
use uv_pep508::{MarkerTree, Requirement, VerbatimUrl, VersionOrUrl};

fn prune(names: &[&str]) -> PruneSpec {
    PruneSpec {
        prune: names
            .iter()
            .map(|name| Pattern::parse(name).expect("a pattern"))
            .collect(),
        ..PruneSpec::default()
    }
}

/// What is written when these names are pruned.
fn rewritten(file: &RequirementsFile, inventory: &Inventory, names: &[&str]) -> Vec<u8> {
    let graph = Graph::build(inventory, &[], Target::Universal);
    let pruned = graph.prune(&prune(names)).expect("a prune");
    file.rewrite(&pruned, RewriteOptions::default())
}

/// Every text of the corpora that is a list of requirements.
fn lists() -> Vec<PathBuf> {
    let of_corpus = |name: &str| {
        let folder = corpus(name);
        let folders = [folder.clone(), folder.join("project")];
        let files = folders.into_iter().flat_map(|folder| {
            let entries = std::fs::read_dir(folder).expect("a folder");
            entries.map(|entry| entry.expect("an entry").path())
        });
        let is_list = |path: &PathBuf| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            let is_tree = path.to_string_lossy().contains("/tree-");
            matches!(extension, Some("txt" | "in")) && !is_tree
        };
        files.filter(is_list).collect::<Vec<_>>()
    };
    let mut lists: Vec<PathBuf> = ["a", "b", "c"].into_iter().flat_map(of_corpus).collect();
    lists.sort();
    lists
}

#[test]
fn nothing_pruned_nothing_changed() {
    let lists = lists();
    assert_eq!(lists.len(), 23);
    for path in lists {
        let bytes = std::fs::read(&path).expect("a file");
        let with_crlf = String::from_utf8(bytes.clone()).expect("UTF-8");
        let with_crlf = with_crlf.replace('\n', "\r\n").into_bytes();
        let without_last_end = bytes.strip_suffix(b"\n").unwrap_or(&bytes).to_vec();
        for bytes in [bytes.clone(), with_crlf, without_last_end] {
            let file = RequirementsFile::read_with(&path, &mut |_| Ok(bytes.clone()));
            let file = file.expect("requirements");
            let inventory = file.inventory();
            assert_eq!(inventory.notes, Vec::<String>::new());
            let same = rewritten(&file, &inventory, &[]) == bytes;
            assert!(same, "{}", path.display());
        }
    }
}

#[test]
fn annotations_prune_the_corpora() {
    for (name, file, kept, removed, lines) in [
        ("a", "requirements.txt", 87, 73, 87),
        ("a", "requirements-hashed.txt", 87, 73, 87),
        ("a", "requirements-universal.txt", 89, 76, 92),
        ("a", "project/export.txt", 89, 76, 92),
        ("b", "requirements.txt", 67, 79, 67),
        ("b", "requirements-universal.txt", 69, 81, 71),
        ("c", "requirements.txt", 554, 16, 554),
    ] {
        let path = corpus(name).join(file);
        let document = RequirementsFile::read(&path).expect("requirements");
        let inventory = document.inventory();
        let graph = Graph::build(&inventory, &[], Target::Universal);
        let pruned = graph.prune(&prune(&["jupyterlab"])).expect("a prune");
        let counts = (pruned.kept.len(), pruned.removed.len());
        assert_eq!(counts, (kept, removed), "{name} {file}");
        // A package may stand on several lines, with a version for each environment.
        let output = document.rewrite(&pruned, RewriteOptions::default());
        let output = String::from_utf8(output).expect("UTF-8");
        let count = output
            .lines()
            .filter(|line| line.starts_with(char::is_alphanumeric))
            .count();
        assert_eq!(count, lines, "{name} {file}");
    }
}

#[test]
fn what_comments_do_not_say_is_estimated() {
    let behind_an_extra = [
        "fqdn",
        "jsonpointer",
        "lark",
        "rfc3339-validator",
        "rfc3986-validator",
        "rfc3987-syntax",
        "uri-template",
        "webcolors",
    ];
    for (name, file, expected, at_most) in [
        ("a", "requirements.txt", &[][..], 4),
        ("a", "requirements-universal.txt", &[], 3),
        ("b", "requirements.txt", &[], 2),
        ("b", "requirements-universal.txt", &[], 1),
        ("c", "requirements.txt", &behind_an_extra[..], 42),
        ("c", "requirements-universal.txt", &behind_an_extra[..], 43),
    ] {
        let path = corpus(name).join(file);
        let inventory = RequirementsFile::read(&path)
            .expect("requirements")
            .inventory();
        let graph = Graph::build(&inventory, &[], Target::Universal);
        let pruned = graph.prune(&prune(&["jupyterlab"])).expect("a prune");
        let removable = pruned.maybe_removable();
        let removable: Vec<&str> = removable
            .iter()
            .map(|one| graph.name(*one).as_str())
            .collect();
        assert_eq!(removable, expected, "{name} {file}");
        assert_eq!(pruned.removable_at_most(), at_most, "{name} {file}");
    }
}

/// The names of a list, by a reading that knows nothing but their canonical form.
fn names(list: &str) -> Vec<String> {
    let lines = list
        .lines()
        .filter(|line| line.starts_with(char::is_alphanumeric));
    let name = |line: &str| line.split("==").next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = lines.map(name).collect();
    names.dedup();
    names
}

#[test]
fn what_stays_is_what_a_resolver_finds() {
    for name in ["a", "b"] {
        let path = corpus(name).join("requirements.txt");
        let file = RequirementsFile::read(&path).expect("requirements");
        let output = rewritten(&file, &file.inventory(), &["jupyterlab"]);
        let output = String::from_utf8(output).expect("UTF-8");
        let resolved = text(name, "requirements-model-reresolved.txt");
        assert_eq!(names(&output), names(&resolved), "{name}");
        assert!(!output.contains("jupyterlab\n"), "{name}");
        // Every line that stays stands in the file, or is a list of parents that got shorter.
        let before = text(name, "requirements.txt");
        for line in output
            .lines()
            .filter(|line| !before.lines().any(|one| one == *line))
        {
            assert!(line.trim_start().starts_with("# via "), "{name}: {line}");
        }
    }
}

#[test]
fn hashes_and_markers_travel_with_their_lines() {
    let path = corpus("a").join("requirements-hashed.txt");
    let file = RequirementsFile::read(&path).expect("requirements");
    let inventory = file.inventory();
    let hashes: usize = inventory
        .distributions
        .iter()
        .map(|one| one.hashes.len())
        .sum();
    assert_eq!(hashes, 2828);
    let output = rewritten(&file, &inventory, &["jupyterlab"]);
    let output = String::from_utf8(output).expect("UTF-8");
    let before = text("a", "requirements-hashed.txt");
    for line in output.lines().filter(|line| line.contains("--hash")) {
        assert!(before.contains(line), "{line}");
    }
    let again = write_and_read(output.as_bytes());
    assert_eq!(again.inventory().distributions.len(), 87);
}

/// Name, extras, marker and pin as uv reads them. With the feature, its two crates have to agree.
fn as_uv_reads(line: &str) -> (String, Vec<String>, MarkerTree, Option<String>) {
    let read: Requirement<VerbatimUrl> = line.parse().expect(line);
    #[cfg(feature = "requirements-txt")]
    {
        use uv_requirements_txt::RequirementsTxtRequirement;
        let other = RequirementsTxtRequirement::parse(line, "/", false).expect(line);
        let RequirementsTxtRequirement::Named(other) = other else {
            panic!("a name: {line}");
        };
        assert_eq!((&read.name, &read.extras), (&other.name, &other.extras));
        assert_eq!(read.marker, other.marker, "{line}");
    }
    let pin = match &read.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
            let pin = specifiers.iter().next().expect("a version");
            assert!(matches!(pin.operator(), Operator::Equal), "{line}");
            Some(pin.version().to_string())
        }
        _ => None,
    };
    let extras = read.extras.iter().map(ToString::to_string).collect();
    (read.name.to_string(), extras, read.marker, pin)
}

#[test]
fn every_line_is_read_as_uv_reads_it() {
    let mut count = 0;
    for path in lists() {
        let text = std::fs::read_to_string(&path).expect("a file");
        for line in text
            .lines()
            .filter(|line| line.starts_with(char::is_alphanumeric))
        {
            count += 1;
            let file = write_and_read(line.trim_end_matches(['\\', ' ']).as_bytes());
            let inventory = file.inventory_with_markers();
            let roots = inventory.roots.expect("roots");
            let asked = &roots[0].requirement;
            let extras: Vec<String> = asked.extras.iter().map(ToString::to_string).collect();
            let version = inventory.distributions[0].version.as_deref();
            let ours = (
                asked.name.to_string(),
                extras,
                asked.marker,
                version.map(str::to_owned),
            );
            assert_eq!(
                ours,
                as_uv_reads(line.trim_end_matches(['\\', ' '])),
                "{line}"
            );
        }
    }
    assert!(count > 3000, "{count} lines");
}

fn write_and_read(bytes: &[u8]) -> RequirementsFile {
    let path = Path::new("requirements.txt");
    RequirementsFile::read_with(path, &mut |_| Ok(bytes.to_vec())).expect("requirements")
}
