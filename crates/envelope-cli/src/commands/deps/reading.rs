//! From the words to an inventory, and the environment it is asked about.

use crate::arguments::deps::{InputArguments, PruneChoice, ReadingArguments};
use crate::arguments::deps::{OnRequired, OnUnmatched};
use crate::diagnose::Diagnosis;
use envelope_deps::source::{self, ReadOptions, RequirementsFile, Resolve};
use envelope_deps::{
    Environment, Error, Graph, Inventory, PackageName, Pattern, Platform, PruneSpec, Root, Target,
};
use std::fs;
use std::path::{Path, PathBuf};

/// What is looked for where no input is named, in this order.
const USUAL_INPUTS: [&str; 6] = [
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "requirements.txt",
    "environment.yml",
];

/// What was read.
pub(super) struct Work {
    /// The requirements file, where the input is one: its bytes are kept.
    pub(super) document: Option<RequirementsFile>,
    pub(super) inventory: Inventory,
    pub(super) target: Target,
    pub(super) keep: Vec<PackageName>,
}

impl Work {
    /// Reads what the words name.
    pub(super) fn read(input: &InputArguments) -> Result<Self, Diagnosis> {
        Self::read_with(input, RequirementsFile::inventory)
    }

    /// The same with the markers of a requirements file's lines, so that they can be narrowed.
    pub(super) fn read_with_markers(input: &InputArguments) -> Result<Self, Diagnosis> {
        Self::read_with(input, RequirementsFile::inventory_with_markers)
    }

    fn read_with(
        input: &InputArguments,
        listed: fn(&RequirementsFile) -> Inventory,
    ) -> Result<Self, Diagnosis> {
        let reading = &input.reading;
        let inputs = chosen_inputs(input)?;
        let (document, mut inventory) = match inputs.split_first() {
            Some((first, others)) => read_first(first, others, reading, listed)?,
            // Without an input there is an environment: `chosen_inputs` has seen to that.
            None => (None, read_environment(reading, &read_options(reading)?)?),
        };
        if let Some(roots) = stated_roots(reading)? {
            inventory.roots = Some(roots);
        }
        let keep = names(&reading.keep)?;
        let target = target(reading, &inventory)?;
        Ok(Self {
            document,
            inventory,
            target,
            keep,
        })
    }

    /// The graph of it.
    pub(super) fn graph(&self) -> Graph<'_> {
        Graph::build(&self.inventory, &self.keep, self.target.clone())
    }
}

/// What to prune, as the library takes it.
pub(super) fn prune_spec(choice: &PruneChoice) -> Result<PruneSpec, Diagnosis> {
    let patterns: Result<Vec<Pattern>, Error> = whole_patterns(&choice.prune)
        .iter()
        .map(|text| Pattern::parse(text))
        .collect();
    Ok(PruneSpec {
        prune: patterns?,
        on_required: match choice.on_required {
            OnRequired::Error => envelope_deps::OnRequired::Error,
            OnRequired::Cut => envelope_deps::OnRequired::Cut,
            OnRequired::Keep => envelope_deps::OnRequired::Keep,
        },
        on_unmatched: match choice.on_unmatched {
            OnUnmatched::Error => envelope_deps::OnUnmatched::Error,
            OnUnmatched::Warn => envelope_deps::OnUnmatched::Warn,
        },
    })
}

/// Names that a comma separates in front of an extra belong together: `core[a,b]` is one.
fn whole_patterns(words: &[String]) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if last.contains('[') && !last.contains(']') => {
                last.push(',');
                last.push_str(word);
            }
            _ => joined.push(word.clone()),
        }
    }
    joined
}

pub(super) fn names(words: &[String]) -> Result<Vec<PackageName>, Diagnosis> {
    let name = |word: &String| {
        word.trim().parse().map_err(|_| Error::Pattern {
            found: word.clone(),
        })
    };
    Ok(words.iter().map(name).collect::<Result<_, Error>>()?)
}

fn chosen_inputs(input: &InputArguments) -> Result<Vec<PathBuf>, Diagnosis> {
    if !input.inputs.is_empty() || input.reading.site_packages.is_some() {
        return Ok(input.inputs.clone());
    }
    let usual = USUAL_INPUTS.iter().map(PathBuf::from);
    let found: Vec<PathBuf> = usual.filter(|path| path.is_file()).take(1).collect();
    if found.is_empty() {
        return Err(Diagnosis::new(
            format!("found none of {} in this folder", USUAL_INPUTS.join(", ")),
            "name a requirements file, a lock, or a folder of installed packages",
        ));
    }
    Ok(found)
}

fn read_options(reading: &ReadingArguments) -> Result<ReadOptions, Diagnosis> {
    let extra = |word: &String| {
        word.parse().map_err(|_| Error::Pattern {
            found: word.clone(),
        })
    };
    let extras: Result<_, Error> = reading.extra.iter().map(extra).collect();
    Ok(ReadOptions {
        extras: extras?,
        groups: reading.group.clone(),
        ..ReadOptions::default()
    })
}

/// The first input, with its edges from the others where it has none.
fn read_first(
    first: &Path,
    others: &[PathBuf],
    reading: &ReadingArguments,
    listed: fn(&RequirementsFile) -> Inventory,
) -> Result<(Option<RequirementsFile>, Inventory), Diagnosis> {
    let options = &read_options(reading)?;
    let (files, others): (Vec<&Path>, Vec<&Path>) = others
        .iter()
        .map(PathBuf::as_path)
        .partition(|path| source::is_requirements_file(path));
    let mut knowing = Vec::new();
    for other in others {
        knowing.push(source::read(other, options)?);
    }
    if reading.site_packages.is_some() {
        knowing.push(read_environment(reading, options)?);
    }
    if source::is_requirements_file(first) {
        let document = read_document(first, &files, reading)?;
        let inventory = match joined(knowing) {
            Some(known) => document.joined_with(known),
            None => listed(&document),
        };
        return Ok((Some(document), inventory));
    }
    for file in files {
        knowing.push(RequirementsFile::read(file)?.inventory());
    }
    let mut inventory = source::read(first, options)?;
    if let Some(known) = joined(knowing) {
        inventory = inventory.with_edges_of(known);
    }
    source::refuse_without_edges(first, &inventory)?;
    Ok((None, inventory))
}

/// What several sources know of who needs whom; the first knows best.
fn joined(knowing: Vec<Inventory>) -> Option<Inventory> {
    knowing.into_iter().reduce(Inventory::with_edges_of)
}

/// One requirements file, or several as one.
fn read_document(
    first: &Path,
    others: &[&Path],
    reading: &ReadingArguments,
) -> Result<RequirementsFile, Diagnosis> {
    if reading.resolve {
        return resolved(first, reading);
    }
    Ok(RequirementsFile::read_all(first, others)?)
}

/// What `uv pip compile` makes of a file.
fn resolved(file: &Path, reading: &ReadingArguments) -> Result<RequirementsFile, Diagnosis> {
    let platform = reading.platform.as_deref().map(str::parse).transpose()?;
    let text = source::resolve_with_uv(&Resolve {
        requirements: file,
        python_version: reading.python_version.as_deref(),
        platform,
        program: Path::new("uv"),
    })?;
    Ok(RequirementsFile::read_with(file, &mut |path| {
        if path == file {
            return Ok(text.clone().into_bytes());
        }
        fs::read(path)
    })?)
}

fn read_environment(
    reading: &ReadingArguments,
    options: &ReadOptions,
) -> Result<Inventory, Diagnosis> {
    let folder = reading.site_packages.as_deref().unwrap_or(Path::new("."));
    Ok(source::read(folder, options)?)
}

/// What the user says was asked for, where anything is said.
fn stated_roots(reading: &ReadingArguments) -> Result<Option<Vec<Root>>, Diagnosis> {
    if reading.roots.is_empty() && reading.root.is_empty() {
        return Ok(None);
    }
    let mut roots = Vec::new();
    for file in &reading.roots {
        roots.extend(source::read_roots(file)?);
    }
    for text in &reading.root {
        roots.push(Root::parse(text)?);
    }
    Ok(Some(roots))
}

fn target(reading: &ReadingArguments, inventory: &Inventory) -> Result<Target, Diagnosis> {
    if let Some(path) = &reading.markers {
        let text = fs::read_to_string(path).map_err(|source| Error::Io {
            path: path.clone(),
            source,
        })?;
        return Ok(Target::One(Environment::from_json(&text)?));
    }
    if reading.universal {
        return Ok(Target::Universal);
    }
    let known = inventory.environment.as_ref();
    if reading.python_version.is_none() && reading.platform.is_none() {
        return Ok(known.map_or(Target::Universal, |known| Target::One(known.clone())));
    }
    let platform = match &reading.platform {
        Some(platform) => platform.parse()?,
        None => Platform::of_this_build().unwrap_or(Platform::LinuxX86_64),
    };
    let version = reading.python_version.clone();
    let version = version.or_else(|| known.map(Environment::python_full_version));
    let Some(version) = version else {
        return Err(Diagnosis::new(
            "the platform is known, but not the Python version",
            "say it as well: `--python-version 3.11.7`",
        ));
    };
    Ok(Target::One(Environment::new(&version, platform)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_between_extras_separates_no_names() {
        let words: Vec<String> = ["core[a", "b]", "c"].map(str::to_owned).to_vec();
        assert_eq!(whole_patterns(&words), ["core[a,b]", "c"]);
    }
}
