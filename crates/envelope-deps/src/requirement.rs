//! What a package, or a user, asks for: a name, extras, a marker.
//!
//! Versions are not chosen here: a lock or an environment has done that. Only a lock that holds
//! several versions of one package says in its requirements which of them is meant.

use crate::marker;
use crate::names::{ExtraName, PackageName};
use uv_pep508::{MarkerTree, VerbatimUrl, VersionOrUrl};

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The package that is asked for.
    pub name: PackageName,
    /// The extras of it that are asked for.
    pub extras: Box<[ExtraName]>,
    /// When it is asked for; may mention the extras of the package that asks.
    pub marker: MarkerTree,
    /// The version that is meant, where a lock holds several.
    pub version: Option<Box<str>>,
    /// What is asked for beside the name, for people to read: `>=1.10,<2`. Empty when nothing is
    /// known of it.
    pub specifier: Box<str>,
}

impl Requirement {
    /// A requirement on any version, always.
    pub fn of(name: PackageName) -> Self {
        Self {
            name,
            extras: Box::default(),
            marker: MarkerTree::TRUE,
            version: None,
            specifier: Box::default(),
        }
    }

    /// Reads a requirement as [PEP 508](https://peps.python.org/pep-0508/) writes it.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        marker::refuse_unreasonable(text)?;
        let parsed: uv_pep508::Requirement<VerbatimUrl> = text
            .parse()
            .map_err(|error: uv_pep508::Pep508Error| error.message.to_string())?;
        let specifier = match &parsed.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => specifiers.to_string(),
            // Displayed without its credentials.
            Some(VersionOrUrl::Url(url)) => format!("@ {url}"),
            None => String::new(),
        };
        Ok(Self {
            name: parsed.name,
            extras: parsed.extras,
            marker: parsed.marker,
            version: None,
            specifier: specifier.into(),
        })
    }
}

impl std::fmt::Display for Requirement {
    /// Name, extras and specifier, without the marker.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(AsRef::as_ref).collect();
            write!(f, "[{}]", extras.join(","))?;
        }
        let space = if self.specifier.starts_with('@') {
            " "
        } else {
            ""
        };
        write!(f, "{space}{}", self.specifier)
    }
}
