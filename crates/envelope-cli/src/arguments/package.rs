//! The words of `envelope`.

use super::deps::DepsCommand;
use super::{Global, STYLES};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Makes, shows and checks MLflow model packages, without Python.
///
/// A package is the folder that MLflow calls a model: a file `MLmodel`, the model itself, its
/// Python environment and an example. `envelope` writes such folders from a short declaration,
/// `envelope.yaml`, tells what is in one, finds what is wrong with one, and answers requests with it.
/// It runs ONNX models itself; nothing else that a package holds is run, unless `predict` or `compare`
/// is told to by --env-manager.
#[derive(Debug, Parser)]
#[command(
    name = "envelope", version, styles = STYLES, max_term_width = 100,
    disable_help_subcommand = true, after_help = EXAMPLES, after_long_help = LONG_EXAMPLES
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

const EXAMPLES: &str = "\
Examples:
  envelope package                     Make the package that ./envelope.yaml declares
  envelope inspect item_price          See what is in it
  envelope verify item_price           See what is wrong with it";
const LONG_EXAMPLES: &str = "\
Examples:
  envelope package                     Make the package that ./envelope.yaml declares
  envelope inspect item_price          See what is in it
  envelope verify item_price           See what is wrong with it
  envelope payload -m item_price       Make a request that it takes
  envelope deps prune requirements.txt --prune jupyterlab
                                       See what a model can do without

Exit status:
  0  done; for `verify`: nothing graver than notes
  1  `verify` found errors or warnings; `predict` and `check-input` refused a request; `compare`
     or `diff` found a difference; the example of a new package has another answer than recorded;
     `deps` refused, or found something out of date; `operators` found some that are missing
  2  it could not be done; the standard error tells why, or with --json the standard output

Environment:
  SOURCE_DATE_EPOCH                      `package`: the time to record, in seconds since 1970
  MLFLOW_ALLOW_PICKLE_DESERIALIZATION    `verify`: `false` is the same as --no-pickle
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE     whether to use colours, unless --color says";

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Package(PackageArguments),
    Inspect(InspectArguments),
    Verify(VerifyArguments),
    Diff(DiffArguments),
    #[cfg(feature = "capture")]
    Run(super::RunArguments),
    #[cfg(feature = "capture")]
    Capture(super::CaptureArguments),
    #[cfg(feature = "capture")]
    Report(super::ReportArguments),
    Payload(PayloadArguments),
    CheckInput(CheckInputArguments),
    #[cfg(feature = "infer")]
    Predict(super::PredictArguments),
    #[cfg(feature = "infer")]
    Compare(super::CompareArguments),
    /// Prunes, explains and draws Python requirements
    ///
    /// Reads requirements files, locks and installed environments as a graph of who needs whom, and
    /// takes whole subtrees out of it.
    #[command(subcommand)]
    Deps(Box<DepsCommand>),
    #[cfg(feature = "infer")]
    Infer(super::InferArguments),
    #[cfg(feature = "infer")]
    Operators(super::OperatorsArguments),
    Schema,
    Completions(CompletionsArguments),
}

/// Makes a package from its declaration
///
/// The package appears whole or not at all, and the same files make the same package, byte for
/// byte. All mistakes of a declaration are told at once, each with its line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope package
  envelope package example --out target/item_price --force
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) envelope package")]
#[allow(
    clippy::struct_excessive_bools,
    reason = "they are flags, each of its own; without `capture` they are few"
)]
pub(crate) struct PackageArguments {
    /// The declaration, or the folder with an `envelope.yaml`
    #[arg(value_name = "SPEC or DIR", default_value = "envelope.yaml")]
    pub(crate) spec: PathBuf,
    /// The folder to make, which becomes the package itself [default: ./NAME, by the `name` in
    /// the declaration]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a package that is there already, in one step
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Do not wait until the package is on disk; enough where the disk is thrown away, as in the
    /// layers of a container image
    #[arg(long)]
    pub(crate) no_sync: bool,
    /// Do not run the example through the new package, where it can run without Python
    #[cfg(feature = "infer")]
    #[arg(long)]
    pub(crate) no_run: bool,
    /// Put in what `envelope run` recorded of the run that made the model: its folder, its id, or the
    /// beginning of its id [default: the latest that wrote a file of the model, where there is one]
    #[cfg(feature = "capture")]
    #[arg(long, value_name = "RUN")]
    pub(crate) from_run: Option<PathBuf>,
    /// Put in what `envelope capture` would record now of the declaration's folder
    #[cfg(feature = "capture")]
    #[arg(long, conflicts_with = "from_run")]
    pub(crate) provenance: bool,
    /// Put in nothing of what made the model
    #[cfg(feature = "capture")]
    #[arg(long, conflicts_with_all = ["from_run", "provenance"])]
    pub(crate) no_provenance: bool,
    /// What to do about secrets in what is not committed; a run masked them already
    #[cfg(feature = "capture")]
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value = "refuse",
        requires = "provenance"
    )]
    pub(crate) secrets: Secrets,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do about secrets in what is not committed.
#[cfg(feature = "capture")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Secrets {
    /// Make no package, and name them
    #[default]
    Refuse,
    /// Mask them; such lines come back masked
    Mask,
    /// Put them into the package
    Keep,
}

/// Shows what is in a package
///
/// A card for people, or with --json everything that is known as one document. Weights are not
/// read and nothing is run; what cannot be read is shown as such and does not hide the rest. A
/// single file with weights, such as a state dict, is listed by its tensors.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope inspect item_price
  envelope inspect model_state.pt
  envelope inspect item_price --verbose
  envelope inspect item_price --json | jq .signature.inputs")]
pub(crate) struct InspectArguments {
    /// The package's folder
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Says what changed between two packages
///
/// Code, weights, data, requirements, environment, signature, metadata, and where the packages come
/// from. Files are compared by what they hold. The time, size and identity of a package follow from
/// the rest and are not compared.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope diff item_price-1 item_price-2
  envelope diff item_price-1 item_price-2 --patch
  envelope diff item_price-1 item_price-2 --json | jq .requirements")]
pub(crate) struct DiffArguments {
    /// The folder of the package as it was
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The folder of the package as it is now
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    /// Show the changed lines of code and other texts, too
    #[arg(short, long)]
    pub(crate) patch: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "patch")]
    pub(crate) json: bool,
}

/// Finds what is wrong with a package
///
/// Missing and changed files, an example that does not fit the signature, environments that
/// disagree, unpinned requirements, paths that leave the package, pickles and what they import,
/// credentials, and more. Nothing is run. Each finding has a code; docs/findings.md explains all.
/// The exit status is 0 when there is nothing graver than notes, 1 with errors or warnings, 2 when
/// the package cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope verify item_price
  envelope verify item_price --no-pickle
  envelope verify item_price --json | jq -r '.findings[].code' | sort | uniq -c")]
pub(crate) struct VerifyArguments {
    /// The package's folder
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Judge as MLflow does where `MLFLOW_ALLOW_PICKLE_DESERIALIZATION` is `false`
    #[arg(long)]
    pub(crate) no_pickle: bool,
}

/// Makes a request that a package's model takes
///
/// A body for MLflow's scoring server, which MLflow accepts: the example of the package, or typed
/// sample values where there is none or it cannot be written in the form asked for. With
/// --json-schema it tells instead what a request may hold. Nothing is run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope payload -m item_price
  envelope payload -m item_price --format csv -o rows.csv
  envelope payload -m item_price | curl -d @- -H 'Content-Type: application/json' \\
      localhost:5000/invocations
  envelope payload -m item_price --json-schema -o request.schema.json")]
pub(crate) struct PayloadArguments {
    /// The package's folder
    #[arg(short = 'm', long = "model-uri", value_name = "PACKAGE")]
    pub(crate) package: PathBuf,
    /// The file to write; without it, the standard output
    #[arg(short, long = "output-path", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The form of the body [default: that of the example, or what suits the signature]
    #[arg(long, value_enum, conflicts_with = "json_schema")]
    pub(crate) format: Option<PayloadFormat>,
    /// The number of sample rows; those of an example are repeated or cut off [default: as many as
    /// the example has, or 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "json_schema")]
    pub(crate) rows: Option<u32>,
    /// Print the JSON Schema of requests instead of one
    #[arg(long)]
    pub(crate) json_schema: bool,
    /// Write JSON over several lines
    #[arg(long)]
    pub(crate) pretty: bool,
}

/// Shows what a model would receive of a request, or why the request is refused
///
/// Reads the request, casts its values and holds them against the signature, as MLflow's scoring
/// server does, without running anything. The exit status is 0 when the request is accepted, 1 when
/// it is refused, 2 when it cannot be checked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope check-input -m item_price -i request.json
  envelope check-input --signature signature.json -i rows.csv --json
  envelope payload -m item_price | envelope check-input -m item_price")]
#[group(id = "against", required = true, args = ["package", "signature"])]
pub(crate) struct CheckInputArguments {
    /// The package whose signature counts
    #[arg(short = 'm', long = "model-uri", value_name = "PACKAGE")]
    pub(crate) package: Option<PathBuf>,
    /// A file with a signature: {"inputs": [...], "outputs": [...], "params": [...]}
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: Option<PathBuf>,
    /// The request; without it, the standard input
    #[arg(short, long = "input-path", value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// How the request is written: json, csv, or a whole media type such as `text/csv`
    /// [default: by the file's name, or json]
    #[arg(short = 't', long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Parameters, which go over those of the request
    #[arg(long, value_name = "JSON")]
    pub(crate) params: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The form of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PayloadFormat {
    /// `dataframe_split`: names of columns, and rows
    Split,
    /// `dataframe_records`: one object a row
    Records,
    /// `instances`: one value or object a row
    Instances,
    /// `inputs`: values, arrays by name, or one object a row
    Inputs,
    /// `text/csv`: a header and rows; it cannot carry parameters
    Csv,
}

/// Prints a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope completions bash > ~/.local/share/bash-completion/completions/envelope
  envelope completions zsh > ~/.zfunc/_envelope
  envelope completions fish > ~/.config/fish/completions/envelope.fish")]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// The whole command line as clap knows it.
pub(crate) fn command() -> clap::Command {
    Arguments::command().mut_subcommand("schema", |schema| {
        schema
            .about("Prints the JSON Schema of `envelope.yaml`")
            .long_about(
                "Prints the JSON Schema (draft 2020-12) of `envelope.yaml`. Editors that know it \
                 complete and check the declaration while it is written; the first line of the \
                 declaration tells them where it is:\n\n  \
                 # yaml-language-server: $schema=envelope.schema.json",
            )
            .after_help("Examples:\n  envelope schema > envelope.schema.json")
    })
}
