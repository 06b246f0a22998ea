//! The words after `envelope`: what may be said, and nothing about what it does.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Makes, shows and checks MLflow model packages, without Python.
///
/// A package is the folder that MLflow calls a model: a file `MLmodel`, the model itself, its
/// Python environment and an example. `envelope` writes such folders from a short declaration,
/// `envelope.yaml`, tells what is in one, and finds what is wrong with one. It never runs anything
/// that a package holds.
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

Exit status:
  0  done; for `verify`: nothing graver than notes
  1  `verify` found errors or warnings
  2  it could not be done; the standard error tells why, or with --json the standard output

Environment:
  SOURCE_DATE_EPOCH                      `package`: the time to record, in seconds since 1970
  MLFLOW_ALLOW_PICKLE_DESERIALIZATION    `verify`: `false` is the same as --no-pickle
  NO_COLOR, CLICOLOR, CLICOLOR_FORCE     whether to use colours, unless --color says";

/// What every command understands.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(crate) color: When,
    /// Say nothing but errors where nothing else was asked for; the exit status tells the rest
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Leave nothing out: long lists in full, and the reasons behind findings
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On terminals
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Package(PackageArguments),
    Inspect(InspectArguments),
    Verify(VerifyArguments),
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
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shows what is in a package
///
/// A card for people, or with --json everything that is known as one document. Weights are not
/// read and nothing is run; what cannot be read is shown as such and does not hide the rest.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  envelope inspect item_price
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

/// What must be known before the words are understood, so that their mistakes are told rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Foreword {
    /// The value of `--color`.
    pub(crate) color: When,
    /// Whether `--json` was said.
    pub(crate) json: bool,
}

impl Foreword {
    /// Looks for both, as far as they are written rightly.
    pub(crate) fn of(words: &[OsString]) -> Self {
        let mut foreword = Self::default();
        let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
        while let Some(word) = words.next() {
            let color = match word.as_ref() {
                "--" => break,
                "--json" => {
                    foreword.json = true;
                    continue;
                }
                "--color" => words.next(),
                other => other
                    .strip_prefix("--color=")
                    .map(|value| value.to_owned().into()),
            };
            let color = color.and_then(|value| When::from_str(&value, false).ok());
            foreword.color = color.unwrap_or(foreword.color);
        }
        foreword
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn finds_color_and_json_among_wrong_words() {
        let foreword = |text: &str| {
            let words: Vec<OsString> = text.split(' ').map(OsString::from).collect();
            Foreword::of(&words)
        };
        let expected = |color, json| Foreword { color, json };
        assert_eq!(foreword("envelope nonsense"), expected(When::Auto, false));
        assert_eq!(foreword("envelope x --json"), expected(When::Auto, true));
        assert_eq!(
            foreword("envelope --color never x"),
            expected(When::Never, false)
        );
        assert_eq!(
            foreword("envelope --color=always --json"),
            expected(When::Always, true)
        );
        assert_eq!(
            foreword("envelope --color=blue"),
            expected(When::Auto, false)
        );
        assert_eq!(
            foreword("envelope inspect -- --json"),
            expected(When::Auto, false)
        );
    }
}
