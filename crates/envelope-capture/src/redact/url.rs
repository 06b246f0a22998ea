//! Credentials in addresses: `https://user:password@host/…`, and tokens in their queries.

use super::MASK;

/// Words that, in the name of a query's parameter, announce a secret.
const PARAMETERS: [&str; 9] = [
    "token",
    "key",
    "secret",
    "password",
    "passwd",
    "auth",
    "credential",
    "sig",
    "signature",
];

/// Masks the credentials in an address; everything else stays as it stands.
///
/// The user of an address with a scheme is masked along with the password, since many hosts take a
/// token in its place. The `git@` of `ssh` and of `git@host:path` names no one and stays.
///
/// ```
/// use envelope_capture::redact_url;
///
/// assert_eq!(redact_url("https://user:word@host.example/repo.git"), "https://***@host.example/repo.git");
/// assert_eq!(redact_url("git@host.example:team/repo.git"), "git@host.example:team/repo.git");
/// ```
pub fn redact_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // A password may hold an `@` of its own; the last one ends it.
    let authority = match authority.rsplit_once('@') {
        Some(("git", _)) | None => authority.to_owned(),
        Some((user, host)) if scheme.ends_with("ssh") => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@{host}"),
            None => authority.to_owned(),
        },
        Some((_, host)) => format!("{MASK}@{host}"),
    };
    format!("{scheme}://{authority}{}", redact_query(path))
}

fn redact_query(path: &str) -> String {
    let Some((before, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let (query, fragment) = match query.split_once('#') {
        Some((query, fragment)) => (query, format!("#{fragment}")),
        None => (query, String::new()),
    };
    let parameters = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}={MASK}"),
            _ => parameter.to_owned(),
        });
    format!(
        "{before}?{}{fragment}",
        parameters.collect::<Vec<_>>().join("&")
    )
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PARAMETERS.iter().any(|word| name.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_credentials_and_nothing_else() {
        for (url, masked) in [
            ("https://host.example/a.git", "https://host.example/a.git"),
            (
                "https://someone@host.example/a.git",
                "https://***@host.example/a.git",
            ),
            (
                "https://u:p@ss@host.example/a.git",
                "https://***@host.example/a.git",
            ),
            (
                "https://u:p@host.example:8443/a?x=1#y",
                "https://***@host.example:8443/a?x=1#y",
            ),
            (
                "postgresql://u:p@db.example/x",
                "postgresql://***@db.example/x",
            ),
            (
                "ssh://git@host.example/a.git",
                "ssh://git@host.example/a.git",
            ),
            (
                "ssh://me:p@host.example/a.git",
                "ssh://me:***@host.example/a.git",
            ),
            ("git+ssh://me@host.example/a", "git+ssh://me@host.example/a"),
            ("git@host.example:a/b.git", "git@host.example:a/b.git"),
            ("../sibling", "../sibling"),
            ("file:///srv/a@b.git", "file:///srv/a@b.git"),
            (
                "https://s.example/o?X-Amz-Signature=abc&part=1&access_token=q#end",
                "https://s.example/o?X-Amz-Signature=***&part=1&access_token=***#end",
            ),
        ] {
            assert_eq!(redact_url(url), masked);
        }
    }
}
