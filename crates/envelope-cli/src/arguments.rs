//! The words after `envelope`: what may be said, and nothing about what it does.

#[cfg(feature = "capture")]
mod capture;
#[cfg(feature = "infer")]
mod infer;
#[cfg(feature = "package")]
mod package;

pub(crate) mod deps;
#[cfg(feature = "capture")]
pub(crate) use capture::{CaptureArguments, ReportArguments, RunArguments};
#[cfg(feature = "infer")]
pub(crate) use infer::{
    CompareArguments, EnvironmentManager, InferArguments, OperatorsArguments, PredictArguments,
};
#[cfg(feature = "capture")]
pub(crate) use package::Secrets;
#[cfg(feature = "package")]
pub(crate) use package::{
    Arguments, CheckInputArguments, Command, CompletionsArguments, DiffArguments, InspectArguments,
    PackageArguments, PayloadArguments, PayloadFormat, VerifyArguments, command,
};

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory as _, Parser, ValueEnum};
use std::ffi::OsString;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

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

/// The whole command line of `envelope-deps`.
pub(crate) fn deps_command() -> clap::Command {
    DepsProgram::command()
}

/// Prunes, explains and draws Python requirements.
///
/// Reads requirements files, locks and installed environments as a graph of who needs whom, and
/// takes whole subtrees out of it. These are the commands that `envelope deps` has.
#[derive(Debug, Parser)]
#[command(
    name = "envelope-deps", version, styles = STYLES, max_term_width = 100,
    disable_help_subcommand = true
)]
pub(crate) struct DepsProgram {
    #[command(subcommand)]
    pub(crate) command: deps::DepsCommand,
    #[command(flatten)]
    pub(crate) global: Global,
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
        #[cfg(feature = "package")]
        command().debug_assert();
        deps_command().debug_assert();
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
