//! The words of `envelope deps`, which are also those of the program `envelope-deps`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// One command about requirements.
#[derive(Debug, Subcommand)]
pub(crate) enum DepsCommand {
    Prune(PruneArguments),
    Graph(GraphArguments),
    Why(WhyArguments),
    Holdings(HoldingsArguments),
    Diff(DiffArguments),
    Suggest(SuggestArguments),
    Update(UpdateArguments),
}

/// What is read, and for which environment.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InputArguments {
    /// A requirements file, uv.lock, pylock.toml, poetry.lock, pdm.lock, environment.yml, or a
    /// folder of installed packages; further inputs give edges to a first that has none [default:
    /// the first of these in this folder]
    #[arg(value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
}

/// How inputs are read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ReadingArguments {
    /// Take the needs of packages from this environment: a `site-packages` folder, or the folder
    /// of a virtual environment
    #[arg(long, value_name = "DIR", help_heading = "Reading")]
    pub(crate) site_packages: Option<PathBuf>,
    /// A file that lists what was asked for, such as requirements.in
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub(crate) roots: Vec<PathBuf>,
    /// A requirement that was asked for; may be given several times
    #[arg(long = "root", value_name = "REQ", help_heading = "Reading")]
    pub(crate) root: Vec<String>,
    /// A package that stays though nothing needs it, such as a plugin that is found by name
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Reading"
    )]
    pub(crate) keep: Vec<String>,
    /// An extra of a lock's own project that counts as asked for
    #[arg(long, value_name = "EXTRA", help_heading = "Reading")]
    pub(crate) extra: Vec<String>,
    /// A dependency group of a lock's own project that counts as asked for
    #[arg(long, value_name = "GROUP", help_heading = "Reading")]
    pub(crate) group: Vec<String>,
    /// Let `uv pip compile` choose the versions of a requirements.in first; this alone uses the
    /// network
    #[arg(long, help_heading = "Reading")]
    pub(crate) resolve: bool,
    /// The Python of the environment that is asked about, such as 3.11.7; 3.11 is 3.11.0
    #[arg(
        long,
        alias = "python",
        value_name = "VERSION",
        help_heading = "Environment"
    )]
    pub(crate) python_version: Option<String>,
    /// Its platform: linux-x86_64, linux-aarch64, macos-x86_64, macos-arm64, windows-x86_64 or
    /// windows-arm64 [default: this one]
    #[arg(long, value_name = "PLATFORM", help_heading = "Environment")]
    pub(crate) platform: Option<String>,
    /// A JSON file with all eleven environment markers, in place of the two above
    #[arg(
        long, value_name = "FILE", help_heading = "Environment",
        conflicts_with_all = ["python_version", "platform"]
    )]
    pub(crate) markers: Option<PathBuf>,
    /// Every environment at once [default, but for installed environments]
    #[arg(
        long, help_heading = "Environment",
        conflicts_with_all = ["python_version", "platform", "markers"]
    )]
    pub(crate) universal: bool,
}

/// What is pruned.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PruneChoice {
    /// A package to prune with all that only it needs; also a pattern such as `jupyter*`, or an
    /// extra such as `core[google]`
    #[arg(
        short,
        long,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Pruning"
    )]
    pub(crate) prune: Vec<String>,
    /// What to do when a package that stays needs a pruned one
    #[arg(
        long,
        value_enum,
        value_name = "POLICY",
        default_value = "error",
        help_heading = "Pruning"
    )]
    pub(crate) on_required: OnRequired,
    /// What to do with a name that is nowhere
    #[arg(
        long,
        value_enum,
        value_name = "POLICY",
        default_value = "error",
        help_heading = "Pruning"
    )]
    pub(crate) on_unmatched: OnUnmatched,
}

/// What to do when a package that stays needs a pruned one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnRequired {
    /// Refuse, and name every such pair
    #[default]
    Error,
    /// Prune nevertheless, and report the pairs: for what the platform provides
    Cut,
    /// Only take back that it was asked for; what is still needed stays
    Keep,
}

/// What to do with a name that is nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnUnmatched {
    /// Refuse: it is most often a slip of the pen
    #[default]
    Error,
    /// Say so and go on
    Warn,
}

/// Takes packages out of requirements, with all that only they need
///
/// What anything else still needs stays, and so do the other bytes of a requirements file:
/// comments, hashes, spacing, variables. A prune that would break a package that stays is refused,
/// with the reason and the ways out. Without -o nothing is written: the answer is shown.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
Examples:
  envelope deps prune requirements.txt --prune jupyterlab
  envelope deps prune requirements.txt --prune jupyterlab -o requirements-model.txt
  envelope deps prune uv.lock --prune 'jupyter*',ipykernel -o requirements-model.txt
  envelope deps prune --site-packages .venv --roots requirements.in --prune jupyterlab --json
  envelope deps prune requirements.txt --prune jupyterlab -o requirements-model.txt --check

Exit status:
  0  done; with --check: up to date
  1  refused: a pruned package is still needed, or a name is nowhere; with --check: out of date
  2  it could not be done")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct PruneArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) choice: PruneChoice,
    /// Write the requirements that stay to this file; `-` is the standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// Write the graph before the prune, with what goes marked
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report_full: Option<PathBuf>,
    /// Write the graph after the prune
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report_model: Option<PathBuf>,
    /// Write a page for the browser: the graph, what was cut, and what it weighs
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report_html: Option<PathBuf>,
    /// Narrow the markers of what stays to the environments that still need it
    #[arg(long, help_heading = "Output")]
    pub(crate) narrow_markers: bool,
    /// Leave out the hashes of a lock
    #[arg(long, help_heading = "Output")]
    pub(crate) no_hashes: bool,
    /// Write nothing; exit with 1 where a file is not what would be written
    #[arg(long, help_heading = "Output")]
    pub(crate) check: bool,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Draws the graph of requirements, pruned or not
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  envelope deps graph requirements.txt
  envelope deps graph uv.lock --prune jupyterlab --format html -o graph.html
  envelope deps graph --site-packages .venv --format cyclonedx -o bom.json
  envelope deps graph requirements.txt --format dot | dot -Tsvg > graph.svg")]
pub(crate) struct GraphArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) choice: PruneChoice,
    /// What to draw it as
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "tree",
        help_heading = "Output"
    )]
    pub(crate) format: GraphFormat,
    /// Draw trees with plain ASCII characters
    #[arg(long, help_heading = "Output")]
    pub(crate) ascii: bool,
    /// Write it to this file instead of the standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// Print JSON: the same as --format json
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub(crate) json: bool,
}

/// What a graph can be drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A tree for people
    #[default]
    Tree,
    /// Nodes and edges for programs
    Json,
    /// Graphviz
    Dot,
    /// Mermaid, as Markdown pages draw it
    Mermaid,
    /// A bill of materials, `CycloneDX` 1.6
    Cyclonedx,
    /// A page for the browser
    Html,
}

/// Tells why a package is there
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  envelope deps why tornado requirements.txt
  envelope deps why tornado uv.lock --python-version 3.11.7")]
pub(crate) struct WhyArguments {
    /// The package
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) input: InputArguments,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Tells what dropping each requirement would save
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  envelope deps holdings requirements.txt
  envelope deps holdings --site-packages .venv --roots requirements.in")]
pub(crate) struct HoldingsArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    /// Tell what this package alone holds up, asked for or not
    #[arg(long, value_name = "NAME")]
    pub(crate) of: Option<String>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Tells what differs between two requirements files, locks or environments
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  envelope deps diff requirements.txt requirements-model.txt
  envelope deps diff uv.lock .venv --json")]
pub(crate) struct DiffArguments {
    /// The one
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// The other
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Proposes what to prune, from what your own code imports
///
/// Reads the Python files without running them. Imports whose names are only made at run time, and
/// plugins that are found by name, cannot be known: they are listed, and `--keep` is for them.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  envelope deps suggest requirements.txt --code src
  envelope deps suggest requirements.txt --code src --prune jupyterlab,torch
  envelope deps suggest --site-packages .venv --roots requirements.in --code src/serve.py")]
pub(crate) struct SuggestArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) choice: PruneChoice,
    /// Your own Python files, or folders of them
    #[arg(long, value_name = "PATH", required = true)]
    pub(crate) code: Vec<PathBuf>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Brings pruned requirements and their reports up to date, as written down in this repository
///
/// Reads `envelope-deps.toml`, or `[tool.envelope-deps]` of `pyproject.toml`, and makes what each
/// of its `[[prune]]` tables says. This is what the pre-commit hooks run. The exit status is 1
/// where anything was out of date, so that a commit stops; the next run finds nothing to do.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  envelope deps update
  envelope deps update --check

envelope-deps.toml:
  [[prune]]
  input = \"requirements.txt\"            # or a list of files
  prune = [\"jupyterlab\"]
  output = \"requirements-model.txt\"
  report-full = \"requirements-graph-full.txt\"
  report-model = \"requirements-graph-model.txt\"

  [[prune]]
  spec = \"envelope.yaml\"                # takes `requirements` of the package's declaration
  output = \"requirements-model.txt\"")]
pub(crate) struct UpdateArguments {
    /// The file that says what to do [default: envelope-deps.toml, or pyproject.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write nothing; exit with 1 where a file is out of date
    #[arg(long)]
    pub(crate) check: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
