//! One package as conda writes it: `numpy=1.26`, `conda-forge::numpy>=1.26,<2`, `numpy 1.26.4 py311`.
//!
//! See <https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html>.

/// A package, and which versions of it are asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spec {
    /// Its name, in lower case.
    pub(super) name: String,
    /// The versions, as Python writes them: `==1.26.*`.
    pub(super) specifier: String,
    /// The one version, where there is only one.
    pub(super) version: Option<String>,
}

impl Spec {
    /// Reads a package, without the channel that it comes from.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.rsplit_once("::").map_or(text, |(_, package)| package);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() {
            return None;
        }
        let rest = rest.trim();
        let (specifier, is_one) = if let Some(bracket) = rest.strip_prefix('[') {
            versions(version_in_bracket(bracket)?)?
        } else {
            versions(rest)?
        };
        Some(Self {
            name: name.to_ascii_lowercase(),
            version: is_one.then(|| specifier.trim_start_matches('=').to_owned()),
            specifier,
        })
    }
}

/// `version='>=1.26',build='…'`, of which only the version counts.
fn version_in_bracket(inner: &str) -> Option<&str> {
    let inner = inner.strip_suffix(']')?;
    let Some((_, version)) = inner.split_once("version=") else {
        return Some("");
    };
    let quote = version.chars().next().filter(|c| matches!(c, '\'' | '"'));
    match quote {
        Some(quote) => version[1..].split(quote).next(),
        None => version.split(',').next(),
    }
}

/// The versions as Python writes them, and whether it is a single one.
fn versions(text: &str) -> Option<(String, bool)> {
    if text.is_empty() || text == "*" {
        return Some((String::new(), false));
    }
    if text.starts_with(['<', '>', '!', '~']) {
        return Some((text.replace(' ', ""), false));
    }
    if let Some(exact) = text.strip_prefix("==") {
        return one(exact.split(['=', ' ']).next()?);
    }
    if let Some(about) = text.strip_prefix('=') {
        let mut parts = about.split('=');
        let version = parts.next()?;
        // With a build, it is a single package; without, anything that begins so.
        return match parts.next() {
            Some(_) => one(version),
            None => like(version),
        };
    }
    one(text.split([' ', '=']).next()?)
}

fn one(version: &str) -> Option<(String, bool)> {
    if version.ends_with('*') {
        return like(version);
    }
    let is_version = |c: char| c.is_ascii_alphanumeric() || "._!+-".contains(c);
    let is_fine = !version.is_empty() && version.chars().all(is_version);
    is_fine.then(|| (format!("=={version}"), true))
}

fn like(version: &str) -> Option<(String, bool)> {
    let (version, _) = one(version.trim_end_matches('*').trim_end_matches('.'))?;
    Some((format!("{version}.*"), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_as_conda_writes_them() {
        for (text, name, specifier, version) in [
            ("numpy", "numpy", "", None),
            ("numpy=1.26", "numpy", "==1.26.*", None),
            ("numpy=1.26.*", "numpy", "==1.26.*", None),
            ("numpy==1.26.4", "numpy", "==1.26.4", Some("1.26.4")),
            ("numpy=1.26.4=py311h1", "numpy", "==1.26.4", Some("1.26.4")),
            ("numpy 1.26.4 py311h1", "numpy", "==1.26.4", Some("1.26.4")),
            ("numpy 1.26.*", "numpy", "==1.26.*", None),
            ("numpy >=1.26, <2", "numpy", ">=1.26,<2", None),
            ("conda-forge::Numpy>=1.26", "numpy", ">=1.26", None),
            ("conda-forge/linux-64::numpy", "numpy", "", None),
            (
                "numpy[version='>=1.26,<2',build=x]",
                "numpy",
                ">=1.26,<2",
                None,
            ),
            ("numpy[build=x]", "numpy", "", None),
            (
                "_libgcc_mutex=0.1=main",
                "_libgcc_mutex",
                "==0.1",
                Some("0.1"),
            ),
        ] {
            let spec = Spec::parse(text).expect(text);
            assert_eq!(spec.name, name, "{text}");
            assert_eq!(spec.specifier, specifier, "{text}");
            assert_eq!(spec.version.as_deref(), version, "{text}");
        }
    }

    #[test]
    fn what_is_no_package_is_refused() {
        for text in [
            "",
            "=1",
            "numpy @ x",
            "numpy=",
            "numpy==",
            "numpy[",
            "{{ name }}",
        ] {
            assert_eq!(Spec::parse(text), None, "{text}");
        }
    }
}
