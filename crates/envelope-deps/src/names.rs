//! Names of packages and extras, and the patterns that stand for several of them.
//!
//! Names are compared as [PEP 503](https://peps.python.org/pep-0503/#normalized-names) and
//! [PEP 685](https://peps.python.org/pep-0685/) say: lower case, runs of `-`, `_` and `.` are one `-`.

use crate::error::Error;
pub use uv_normalize::{ExtraName, PackageName};

/// What a user may name: a package, several by a pattern, or extras of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
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
        let wrong = || Error::Pattern {
            found: text.to_owned(),
        };
        let text = text.trim();
        if let Some((name, extras)) = text.split_once('[') {
            let extras = extras.strip_suffix(']').ok_or_else(wrong)?;
            let name = name.trim().parse().map_err(|_| wrong())?;
            let extras: Result<Vec<ExtraName>, _> = extras
                .split(',')
                .map(|extra| extra.trim().parse())
                .collect();
            return Ok(Self::Extras(name, extras.map_err(|_| wrong())?));
        }
        if text.contains(['*', '?']) {
            let stars = text.replace(['*', '?'], "a");
            stars.parse::<PackageName>().map_err(|_| wrong())?;
            return Ok(Self::Glob(text.to_lowercase().replace(['_', '.'], "-")));
        }
        text.parse().map(Self::Name).map_err(|_| wrong())
    }

    /// Whether the pattern means this package as a whole.
    pub fn matches(&self, name: &PackageName) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Glob(glob) => glob_matches(glob.as_bytes(), name.as_str().as_bytes()),
            Self::Extras(..) => false,
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Glob(glob) => f.write_str(glob),
            Self::Extras(name, extras) => {
                let extras: Vec<&str> = extras.iter().map(AsRef::as_ref).collect();
                write!(f, "{name}[{}]", extras.join(","))
            }
        }
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
