//! What a package, or a user, asks for: a name, extras, a marker.
//!
//! Versions are not chosen here: a lock or an environment has done that. Only a lock that holds
//! several versions of one package says in its requirements which of them is meant.

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
        refuse_depth(text)?;
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

/// As many parentheses within each other as a marker may have. Real ones have three or four; uv
/// reads them by recursion.
const DEEPEST: usize = 64;

/// Refuses a requirement whose parentheses are so deep that reading them could exhaust the stack.
pub(crate) fn refuse_depth(text: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(format!("more than {DEEPEST} parentheses within each other"));
        }
    }
    Ok(())
}

/// A direct reference for people to read: without a user, a password or a query, which may be one.
pub(crate) fn without_credentials(reference: &str) -> String {
    let Some((scheme, rest)) = reference.split_once("://") else {
        return reference.to_owned();
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = match authority.rsplit_once('@') {
        Some(("git", _)) => authority.to_owned(),
        Some((_, host)) => format!("****@{host}"),
        None if has_port_or_none(authority) => authority.to_owned(),
        // A password that holds a slash, which no address may.
        None => return format!("{scheme}://****"),
    };
    let (path, fragment) = match path.split_once('#') {
        Some((path, fragment)) => (path, format!("#{fragment}")),
        None => (path, String::new()),
    };
    let path = path.split('?').next().unwrap_or_default();
    format!("{scheme}://{host}{path}{fragment}")
}

fn has_port_or_none(authority: &str) -> bool {
    let port = match authority.rsplit_once(']') {
        Some((_, port)) => port,
        None => authority.split_once(':').map_or("", |(_, port)| port),
    };
    let port = port.trim_start_matches(':');
    port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credentials_are_shown() {
        for (reference, expected) in [
            ("https://x.example/a.whl", "https://x.example/a.whl"),
            ("https://u:p@x.example/a", "https://****@x.example/a"),
            ("https://${U}:${P}@x.example", "https://****@x.example"),
            ("https://u:p@q@x.example/@a", "https://****@x.example/@a"),
            ("git+ssh://git@x.example/a", "git+ssh://git@x.example/a"),
            (
                "https://x.example/a?sig=1#egg=a",
                "https://x.example/a#egg=a",
            ),
            ("https://u:p/q@x.example/a", "https://****"),
            ("https://x.example:8080/a", "https://x.example:8080/a"),
            ("https://[::1]:8080/a", "https://[::1]:8080/a"),
            ("./a", "./a"),
        ] {
            assert_eq!(without_credentials(reference), expected);
        }
    }

    #[test]
    fn deep_markers_are_refused() {
        let deep = |count| {
            format!(
                "a ; {}os_name == 'x'{}",
                "(".repeat(count),
                ")".repeat(count)
            )
        };
        assert!(Requirement::parse(&deep(60)).is_ok());
        assert!(Requirement::parse(&deep(50_000)).is_err());
    }
}
