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
        return without_scheme(url);
    };
    let (authority, path) = rest.split_at(authority_length(rest));
    // A password may hold an `@` of its own; the last one ends it.
    let authority = match authority.rsplit_once('@') {
        Some(("git", _)) | None => authority.to_owned(),
        Some((_, host)) if is_digest(host) => authority.to_owned(),
        Some((user, host)) if scheme.ends_with("ssh") => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@{host}"),
            None => authority.to_owned(),
        },
        Some((_, host)) => format!("{MASK}@{host}"),
    };
    format!("{scheme}://{authority}{}", redact_query(path))
}

const ENDS: [char; 3] = ['/', '?', '#'];

/// How much of an address without its scheme is the user and the host.
fn authority_length(rest: &str) -> usize {
    let end = rest.find(ENDS).unwrap_or(rest.len());
    let authority = &rest[..end];
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    if authority.contains('@') || authority.starts_with('[') || port.is_none_or(is_port) {
        return end;
    }
    // What looks like the port is a password that holds a slash, if an `@` follows.
    let Some(at) = rest[end..].find('@') else {
        return end;
    };
    let host = end + at;
    rest[host..].find(ENDS).map_or(rest.len(), |end| host + end)
}

/// `user:password@host:path`, without a scheme. An image with a tag and a digest looks alike.
fn without_scheme(url: &str) -> String {
    let (place, path) = url.split_at(url.find(ENDS).unwrap_or(url.len()));
    let Some((user, host)) = place.rsplit_once('@') else {
        return url.to_owned();
    };
    let is_word = |text: &str| !text.is_empty() && !text.contains(['\\', ' ']);
    let has_password = user
        .split_once(':')
        .is_some_and(|(user, password)| is_word(user) && user != "mailto" && is_word(password));
    if !has_password || is_digest(host) || !(host.contains([':', '.']) || path.starts_with('/')) {
        return url.to_owned();
    }
    format!("{MASK}@{host}{path}")
}

/// Whether what stands behind an `@` is the digest of an image, and no host.
fn is_digest(host: &str) -> bool {
    host.starts_with("sha256:") || host.starts_with("sha512:")
}

/// Masks parameters, of the query and of the fragment, in which some hosts hand over a token.
fn redact_query(path: &str) -> String {
    let start = path.find(['?', '#']).unwrap_or(path.len());
    let (path, query) = path.split_at(start);
    let parameters = query.split_inclusive(['?', '&', '#']);
    let parameters = parameters.map(|part| {
        let parameter = part.trim_end_matches(['?', '&', '#']);
        match parameter.split_once('=') {
            Some((name, value)) if is_secret(name) && !value.is_empty() => {
                format!("{name}={MASK}{}", &part[parameter.len()..])
            }
            _ => part.to_owned(),
        }
    });
    path.to_owned() + &parameters.collect::<String>()
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
            (
                "https://s.example/o?X-Amz-Signature=abc&part=1&access_token=q#end",
                "https://s.example/o?X-Amz-Signature=***&part=1&access_token=***#end",
            ),
        ] {
            assert_eq!(redact_url(url), masked);
        }
    }

    #[test]
    fn passwords_with_slashes_and_places_without_a_scheme_are_masked() {
        for (url, masked) in [
            ("https://u:S3cret1/x@h/db", "https://***@h/db"),
            ("https://u:S3#cr?t/1@h/db?a=b", "https://***@h/db?a=b"),
            ("mysql+pymysql://u:S3/x@y@h/db", "mysql+pymysql://***@h/db"),
            (
                "https://h.example:8443/path@v2",
                "https://h.example:8443/path@v2",
            ),
            ("https://[::1]/path@v2", "https://[::1]/path@v2"),
            (
                "https://h/x#access_token=q&a=b",
                "https://h/x#access_token=***&a=b",
            ),
            (
                "https://h/key=a/b?page=1#top",
                "https://h/key=a/b?page=1#top",
            ),
            ("u:S3cret1@h:x.git", "***@h:x.git"),
            ("oauth2:S3cret1@gitlab.example/x", "***@gitlab.example/x"),
            ("host.example:team/repo@v2", "host.example:team/repo@v2"),
            ("python:3.12@sha256:2b00", "python:3.12@sha256:2b00"),
            (
                "docker://python:3.12@sha256:2b00",
                "docker://python:3.12@sha256:2b00",
            ),
            ("mailto:me@host.example", "mailto:me@host.example"),
            ("file:///srv/a@b.git", "file:///srv/a@b.git"),
        ] {
            assert_eq!(redact_url(url), masked);
        }
    }
}
