//! Names of packages and extras, and the patterns that stand for several of them.
//!
//! Names are compared as [PEP 503](https://peps.python.org/pep-0503/#normalized-names) and
//! [PEP 685](https://peps.python.org/pep-0685/) say: lower case, runs of `-`, `_` and `.` are one `-`.

use crate::error::Error;
pub use uv_normalize::{ExtraName, PackageName};

/// What a user may name: a package, several by a pattern, or extras of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As the user wrote it.
    given: String,
    meaning: Meaning,
}

/// What a pattern means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// One package, such as `jupyterlab`.
    Name(PackageName),
    /// Every package whose normalised name the pattern matches: `*` is any run of characters,
    /// `?` one, such as `jupyter*`.
    Glob(String),
    /// Extras of one package, such as `core[google]`.
    Extras(PackageName, Vec<ExtraName>),
}

impl Pattern {
    /// Reads what a user typed.
    ///
    /// # Errors
    ///
    /// [`Error::Pattern`] when the text is neither a name, nor a pattern, nor `name[extra]`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let given = text.trim().to_owned();
        let meaning = Meaning::parse(&given).ok_or_else(|| Error::Pattern {
            found: text.to_owned(),
        })?;
        Ok(Self { given, meaning })
    }

    pub(crate) fn meaning(&self) -> &Meaning {
        &self.meaning
    }

    /// Whether the pattern means this package as a whole.
    pub fn matches(&self, name: &PackageName) -> bool {
        match &self.meaning {
            Meaning::Name(own) => own == name,
            Meaning::Glob(glob) => glob_matches(glob.as_bytes(), name.as_str().as_bytes()),
            Meaning::Extras(..) => false,
        }
    }
}

impl From<PackageName> for Pattern {
    fn from(name: PackageName) -> Self {
        Self {
            given: name.to_string(),
            meaning: Meaning::Name(name),
        }
    }
}

impl std::fmt::Display for Pattern {
    /// As the user wrote it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.given)
    }
}

impl Meaning {
    fn parse(text: &str) -> Option<Self> {
        if let Some((name, extras)) = text.split_once('[') {
            let extras = extras.strip_suffix(']')?.split(',');
            let extras = extras.map(|extra| extra.trim().parse::<ExtraName>().ok());
            return Some(Self::Extras(
                name.trim().parse().ok()?,
                extras.collect::<Option<_>>()?,
            ));
        }
        if text.contains(['*', '?']) {
            text.replace(['*', '?'], "a").parse::<PackageName>().ok()?;
            return Some(Self::Glob(text.to_lowercase().replace(['_', '.'], "-")));
        }
        text.parse().map(Self::Name).ok()
    }
}

/// `*` and `?` against a text, in time proportional to the product of their lengths.
fn glob_matches(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while t < text.len() {
        match glob.get(g) {
            Some(b'*') => {
                last_star = Some((g, t));
                g += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                g += 1;
                t += 1;
            }
            _ => match last_star {
                Some((star, from)) => {
                    last_star = Some((star, from + 1));
                    g = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_normalised_names() {
        for (pattern, name, expected) in [
            ("JupyterLab", "jupyterlab", true),
            ("jupyter_*", "jupyter-server", true),
            ("Jupyter.*", "jupyter-core", true),
            ("jupyter*", "jupyterlab", true),
            ("*widgets*", "ipywidgets", true),
            ("*lab", "jupyterlab-server", false),
            ("ab?d*z", "abcd-xyz", true),
            ("jupyterlab[dev]", "jupyterlab", false),
        ] {
            let pattern = Pattern::parse(pattern).expect("a pattern");
            let name: PackageName = name.parse().expect("a name");
            assert_eq!(pattern.matches(&name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn refuses_what_names_nothing() {
        for text in ["", "a b", "name[", "name[a", "[a]", "name[]", "-", "a/b*"] {
            assert!(Pattern::parse(text).is_err(), "{text:?}");
        }
    }
}
