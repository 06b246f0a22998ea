//! What to prune, written down: `envelope-deps.toml`, or `[tool.envelope-deps]` of
//! `pyproject.toml`.
//!
//! ```toml
//! [[prune]]
//! input = "requirements.txt"
//! prune = ["jupyterlab"]
//! output = "requirements-model.txt"
//! report-full = "requirements-graph-full.txt"
//! report-model = "requirements-graph-model.txt"
//! ```
//!
//! Instead of `input`, `prune` and `keep`, a table may name the declaration of a package, whose
//! `requirements: {from: …, prune: […], keep: […]}` then say the same: `spec = "envelope.yaml"`.

use crate::error::Error;
use crate::prune::{OnRequired, OnUnmatched};
use crate::source::read_text;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The usual file names, in the order in which they are looked for.
pub const FILE_NAMES: [&str; 2] = ["envelope-deps.toml", "pyproject.toml"];

/// Every prune that a repository has written down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The prunes, in the order of the file.
    pub prunes: Vec<PlannedPrune>,
}

/// One prune. Paths are relative to the folder of the plan until [`Plan::read`] has joined them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[allow(
    missing_docs,
    reason = "the fields are the options of `envelope deps prune`"
)]
pub struct PlannedPrune {
    pub spec: Option<PathBuf>,
    pub input: OneOrMore<PathBuf>,
    pub prune: OneOrMore<String>,
    pub keep: OneOrMore<String>,
    pub roots: OneOrMore<PathBuf>,
    pub root: OneOrMore<String>,
    pub site_packages: Option<PathBuf>,
    pub extra: OneOrMore<String>,
    pub group: OneOrMore<String>,
    pub python_version: Option<String>,
    pub platform: Option<String>,
    pub on_required: OnRequired,
    pub on_unmatched: OnUnmatched,
    pub output: Option<PathBuf>,
    pub report_full: Option<PathBuf>,
    pub report_model: Option<PathBuf>,
    pub report_html: Option<PathBuf>,
    pub narrow_markers: bool,
    pub no_hashes: bool,
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore<T> {
    /// One.
    One(T),
    /// A list.
    More(Vec<T>),
}

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl<T: Clone> OneOrMore<T> {
    /// The values.
    pub fn to_vec(&self) -> Vec<T> {
        match self {
            Self::One(value) => vec![value.clone()],
            Self::More(values) => values.clone(),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::More(values) if values.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    prune: Vec<PlannedPrune>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct PyProject {
    tool: Tool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Tool {
    envelope_deps: Option<Tables>,
}

#[derive(Deserialize)]
struct Declaration {
    requirements: Option<DeclaredRequirements>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DeclaredRequirements {
    Pruned {
        from: PathBuf,
        #[serde(default)]
        prune: Vec<String>,
        #[serde(default)]
        keep: Vec<String>,
        #[serde(default)]
        roots: Option<PathBuf>,
    },
    Other(#[allow(dead_code, reason = "only told apart")] serde::de::IgnoredAny),
}

impl Plan {
    /// Reads a plan; every path in it becomes relative to where the plan's own path is.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], and [`Error::Syntax`] with the line of the first mistake.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let wrong = |error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = &text.as_bytes()[..start.min(text.len())];
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            Error::syntax(path, line, 0, error.message())
        };
        let is_project = path.file_name().is_some_and(|name| name == FILE_NAMES[1]);
        let tables = if is_project {
            let project: PyProject = toml::from_str(&text).map_err(wrong)?;
            project.tool.envelope_deps.map(|tables| tables.prune)
        } else {
            let tables: Tables = toml::from_str(&text).map_err(wrong)?;
            Some(tables.prune)
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let settled = tables.unwrap_or_default().into_iter().enumerate();
        let prunes = settled.map(|(place, prune)| settle(prune, folder, path, place));
        Ok(Self {
            prunes: prunes.collect::<Result<_, _>>()?,
        })
    }
}

/// Joins the paths with the plan's folder, and takes over what a declaration says.
fn settle(
    mut prune: PlannedPrune,
    folder: &Path,
    plan: &Path,
    place: usize,
) -> Result<PlannedPrune, Error> {
    let wrong = |message: &str| {
        let message = format!("`[[prune]]` number {} {message}", place + 1);
        Err(Error::syntax(plan, 0, 0, message))
    };
    for path in [
        &mut prune.spec,
        &mut prune.site_packages,
        &mut prune.output,
        &mut prune.report_full,
        &mut prune.report_model,
        &mut prune.report_html,
    ] {
        *path = path.take().map(|path| folder.join(path));
    }
    for paths in [&mut prune.input, &mut prune.roots] {
        *paths = OneOrMore::More(
            paths
                .to_vec()
                .iter()
                .map(|path| folder.join(path))
                .collect(),
        );
    }
    if let Some(spec) = &prune.spec {
        if !prune.input.is_empty() || !prune.prune.is_empty() || !prune.keep.is_empty() {
            return wrong("has `spec`, which says `input`, `prune` and `keep` itself");
        }
        let declared = declared(spec)?;
        prune.input = OneOrMore::One(declared.input);
        prune.prune = OneOrMore::More(declared.prune);
        prune.keep = OneOrMore::More(declared.keep);
        if let Some(roots) = declared.roots {
            prune.roots = OneOrMore::One(roots);
        }
    }
    if prune.input.is_empty() && prune.site_packages.is_none() {
        return wrong("has no `input`, expected a requirements file or a lock");
    }
    let outputs = [
        &prune.output,
        &prune.report_full,
        &prune.report_model,
        &prune.report_html,
    ];
    if outputs.iter().all(|output| output.is_none()) {
        return wrong("has no `output`, expected a file to write");
    }
    Ok(prune)
}

/// What a package's declaration says about requirements.
struct Declared {
    input: PathBuf,
    prune: Vec<String>,
    keep: Vec<String>,
    roots: Option<PathBuf>,
}

fn declared(spec: &Path) -> Result<Declared, Error> {
    let text = read_text(spec)?;
    let declaration: Declaration = serde_yaml::from_str(&text).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        Error::syntax(spec, line, 0, error.to_string())
    })?;
    let folder = spec.parent().unwrap_or(Path::new(""));
    match declaration.requirements {
        Some(DeclaredRequirements::Pruned {
            from,
            prune,
            keep,
            roots,
        }) => Ok(Declared {
            input: folder.join(from),
            prune,
            keep,
            roots: roots.map(|roots| folder.join(roots)),
        }),
        None | Some(DeclaredRequirements::Other(_)) => Err(Error::syntax(
            spec,
            0,
            0,
            "the declaration prunes nothing, expected `requirements: {from: …, prune: […]}`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn plan(name: &str, text: &str) -> Result<Plan, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a plan");
        let spec = "name: x\nrequirements:\n  from: lock.txt\n  prune: [torch]\n";
        fs::write(folder.path().join("envelope.yaml"), spec).expect("a declaration");
        Plan::read(&path)
    }

    #[test]
    fn reads_its_own_file_and_a_project() {
        let text = "[[prune]]\ninput = 'r.txt'\nprune = 'jupyterlab'\noutput = 'm.txt'\n";
        let own = plan("envelope-deps.toml", text).expect("a plan");
        assert_eq!(own.prunes[0].prune.to_vec(), ["jupyterlab"]);
        assert!(own.prunes[0].input.to_vec()[0].ends_with("r.txt"));
        let text = text.replace(
            "[[prune]]",
            "[project]\nname = 'x'\n[[tool.envelope-deps.prune]]",
        );
        let project = plan("pyproject.toml", &text).expect("a plan");
        assert_eq!(project.prunes.len(), 1);
        let none = plan("pyproject.toml", "[project]\nname = 'x'\n").expect("a plan");
        assert!(none.prunes.is_empty());
    }

    #[test]
    fn takes_over_what_a_declaration_says() {
        let text = "[[prune]]\nspec = 'envelope.yaml'\noutput = 'm.txt'\n";
        let plan = plan("envelope-deps.toml", text).expect("a plan");
        assert_eq!(plan.prunes[0].prune.to_vec(), ["torch"]);
        assert!(plan.prunes[0].input.to_vec()[0].ends_with("lock.txt"));
    }

    #[test]
    fn names_the_mistake_and_its_line() {
        for (text, expected) in [
            (
                "[[prune]]\ninput = 'a'\nprun = ['b']\n",
                ":3: unknown field",
            ),
            ("[[prune]]\ninput = 'a'\n", "has no `output`"),
            ("[[prune]]\noutput = 'a'\n", "has no `input`"),
            (
                "[[prune]]\nspec = 'envelope.yaml'\nprune = 'x'\noutput = 'a'\n",
                "has `spec`",
            ),
            ("[[prune]]\ninput = 'a'\non-required = 'maybe'\n", ":3: "),
            ("[[prune]\n", ":1: "),
        ] {
            let error = plan("envelope-deps.toml", text)
                .expect_err("a mistake")
                .to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
