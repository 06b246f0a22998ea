//! What a package, or a user, asks for: a name, extras, a marker.
//!
//! Versions are not chosen here: a lock or an environment has done that. Only a lock that holds
//! several versions of one package says in its requirements which of them is meant.

mod plain;

use crate::marker;
use crate::names::{ExtraName, PackageName};
use rustc_hash::FxHashMap;
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
        Self::parse_with(text, &mut Markers::default())
    }

    /// The same for one of many, which share the markers that were read before.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, in a sentence.
    pub(crate) fn parse_with(text: &str, markers: &mut Markers) -> Result<Self, String> {
        marker::refuse_unreasonable(text)?;
        match plain::read(text, markers) {
            Some(requirement) => Ok(requirement),
            None => Self::parse_fully(text),
        }
    }

    /// Reads what is not written plainly, and says what is wrong with what cannot be read.
    fn parse_fully(text: &str) -> Result<Self, String> {
        let parsed: uv_pep508::Requirement<VerbatimUrl> = text
            .parse()
            .map_err(|error: uv_pep508::Pep508Error| error.message.to_string())?;
        let specifier = match &parsed.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
                let all: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
                all.join(",")
            }
            Some(VersionOrUrl::Url(url)) => {
                format!("@ {}", without_credentials(url.given().unwrap_or_default()))
            }
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

    /// Whether what is asked for is a file or a repository, and not a version.
    fn is_direct(&self) -> bool {
        self.specifier.starts_with('@')
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
        let space = if self.is_direct() { " " } else { "" };
        write!(f, "{space}{}", self.specifier)
    }
}

/// Markers that were read before: a source repeats the same few hundreds of times.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    known: FxHashMap<Box<str>, MarkerTree>,
}

impl Markers {
    /// Reads a marker, without the `;` before it.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, in a sentence.
    pub(crate) fn read(&mut self, text: &str) -> Result<MarkerTree, String> {
        if let Some(known) = self.known.get(text) {
            return Ok(*known);
        }
        marker::refuse_unreasonable(text)?;
        let marker: MarkerTree = text
            .parse()
            .map_err(|error: uv_pep508::Pep508Error| error.message.to_string())?;
        self.known.insert(text.into(), marker);
        Ok(marker)
    }
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

    /// Name, extras, specifier and marker of requirements as they are found in metadata.
    #[test]
    fn requirements_are_read_as_uv_reads_them() {
        for text in [
            "numpy",
            "  numpy  ",
            "Flask_Login[FOO,bar.baz] ",
            "alembic!=1.10.0,<2",
            "alembic != 1.10.0, < 2 ",
            "a (>=1.0,<2); python_version < '3.8'",
            "a(==1.*)",
            "a>=1.0b3.dev2,!=2.post1",
            "a~=1.4.2",
            "a[];extra=='x'",
            "a[x] ; extra == 'y' and (os_name == 'nt' or sys_platform == 'darwin')",
            "a>=2024.1,",
            "a==1!2.0+local.1",
            "a===1.0",
        ] {
            let ours = Requirement::parse(text).expect(text);
            let theirs = Requirement::parse_fully(text).expect(text);
            assert_eq!(ours.name, theirs.name, "{text}");
            assert_eq!(ours.extras, theirs.extras, "{text}");
            assert_eq!(ours.marker, theirs.marker, "{text}");
            let sorted = |specifier: &str| {
                let mut all: Vec<String> = specifier.split(',').map(str::to_owned).collect();
                all.sort();
                all
            };
            assert_eq!(sorted(&ours.specifier), sorted(&theirs.specifier), "{text}");
        }
    }

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
    fn requirements_are_shown_without_their_secrets() {
        for (text, shown) in [
            ("a @ https://b.example/a.whl", "a @ https://b.example/a.whl"),
            (
                "a[x]@https://me:secret@b.example/a.whl ; extra == 'y'",
                "a[x] @ https://****@b.example/a.whl",
            ),
            (
                "a @ https://token@b.example/x@1?c=d",
                "a @ https://****@b.example/x@1",
            ),
            (
                "a @ git+ssh://git@b.example/a",
                "a @ git+ssh://git@b.example/a",
            ),
            ("a @ ${HOME}/a", "a @ ${HOME}/a"),
            ("a@./a b.whl", "a @ ./a b.whl"),
        ] {
            let requirement = Requirement::parse(text).expect(text);
            assert_eq!(requirement.to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        let deep = format!("a; {}os_name == 'nt'{}", "(".repeat(99), ")".repeat(99));
        let long = format!("a; {}os_name == 'nt'", "os_name == 'nt' or ".repeat(9999));
        for text in [
            "",
            "-a",
            "a b",
            "a>=1.*",
            "a<",
            "a[x",
            "a[x y]",
            "a @ ",
            "a; nonsense",
            "a;",
            "a (>=1",
            "a-1.0.tar.gz",
            "a>=1;2",
            "a # a comment",
            &deep,
            &long,
        ] {
            assert!(Requirement::parse(text).is_err(), "{text}");
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
