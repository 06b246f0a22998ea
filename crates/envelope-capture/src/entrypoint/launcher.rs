//! Programs that start other programs: what stands behind their own words. A launcher that is not in
//! the table is the program itself.

mod table;

use table::{Behind, LAUNCHERS, Launcher};

/// What is left of a command line without its launchers.
pub(super) struct Peeled<'a> {
    /// The launchers' first words, outermost first.
    pub(super) launchers: Vec<&'a str>,
    pub(super) core: Core<'a>,
}

/// What launchers start.
pub(super) enum Core<'a> {
    /// A program and its arguments.
    Program(&'a [String]),
    /// A Python script and its arguments.
    Script(&'a [String]),
    /// A Python module and its arguments.
    Module(&'a [String]),
}

/// The last part of a path, without `.exe`.
pub(crate) fn name_of(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

pub(super) fn peel(words: &[String]) -> Peeled<'_> {
    let mut launchers = Vec::new();
    let mut core = Core::Program(words);
    // A launcher that nothing stands behind is what is started.
    while let Some((name, behind)) =
        peel_one(&core).filter(|(_, behind)| !behind.words().is_empty())
    {
        launchers.push(name);
        core = behind;
    }
    Peeled { launchers, core }
}

impl<'a> Core<'a> {
    fn words(&self) -> &'a [String] {
        match self {
            Self::Program(words) | Self::Script(words) | Self::Module(words) => words,
        }
    }
}

/// The launcher at the front, and what stands behind it.
fn peel_one<'a>(core: &Core<'a>) -> Option<(&'a str, Core<'a>)> {
    let words = match core {
        Core::Program(words) => super::interpreter::module_of(words).unwrap_or(words),
        Core::Module(words) => words,
        Core::Script(_) => return None,
    };
    let (first, rest) = words.split_first()?;
    let name = name_of(first);
    LAUNCHERS
        .iter()
        .filter(|launcher| is_among(name, launcher.names))
        .find_map(|launcher| launcher.behind(rest))
        .map(|behind| (first.as_str(), behind))
}

impl Launcher {
    fn behind<'a>(&self, mut rest: &'a [String]) -> Option<Core<'a>> {
        let mut subcommand = self.subcommand;
        let mut own_words = self.own_words;
        let (mut module, mut program) = (false, false);
        while let [word, after @ ..] = rest {
            let long = word.replace('_', "-");
            if word == "--" && subcommand.is_none() {
                rest = after;
                break;
            } else if word.starts_with('-') && word.len() > 1 {
                let needs_next =
                    is_among(word, self.with_value) || is_among(&long, self.with_value);
                module |= self.behind != Behind::Program && (word == "-m" || word == "--module");
                program |= long == "--no-python";
                rest = if needs_next { after.get(1..)? } else { after };
            } else if let Some(expected) = subcommand {
                if word != expected {
                    return None;
                }
                subcommand = None;
                rest = after;
            } else if own_words > 0 {
                own_words -= 1;
                rest = after;
            } else if self.names == "env" && word.contains('=') {
                rest = after;
            } else {
                break;
            }
        }
        let is_script = |words: &[String]| words.first().is_some_and(|word| has_ending(word, "py"));
        Some(match self.behind {
            _ if subcommand.is_some() => return None,
            _ if program => Core::Program(rest),
            _ if module => Core::Module(rest),
            Behind::Script => Core::Script(rest),
            Behind::Either if is_script(rest) => Core::Script(rest),
            Behind::Program | Behind::Either => Core::Program(rest),
        })
    }
}

fn is_among(word: &str, list: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// Whether a path ends so, in small letters or not.
pub(super) fn has_ending(path: &str, ending: &str) -> bool {
    let found = std::path::Path::new(path).extension();
    found.is_some_and(|found| found.eq_ignore_ascii_case(ending))
}
