//! Explicit tags, in the shortest form that reads as the same tag: `!!binary`, `!mine`,
//! `!<https://example.org/t>`. See <https://yaml.org/spec/1.2.2/#691-node-tags>.

/// Where the tags that YAML itself defines begin.
const CORE: &str = "tag:yaml.org,2002:";

/// The tag in its shortest form; `None` for the tags that say what quotes say.
///
/// # Errors
/// Tags beyond ASCII, which are no URI.
pub(super) fn shortest(handle: &str, suffix: &str) -> Result<Option<String>, &'static str> {
    let whole = format!("{handle}{suffix}");
    if !whole.is_ascii() {
        return Err("found a tag beyond ASCII, expected a URI");
    }
    let parts = [("!!", CORE), ("!", "!")];
    let short = parts.into_iter().find_map(|(mark, start)| {
        let rest = whole.strip_prefix(start).filter(|rest| !rest.is_empty())?;
        Some(format!("{mark}{}", escape(rest)))
    });
    Ok(match (whole.as_str(), short) {
        ("!" | "", _) => None,
        (_, Some(short)) => Some(short).filter(|tag| tag != "!!str"),
        (_, None) => Some(format!("!<{}>", escape(&whole))),
    })
}

/// Escapes what ends a tag, or begins another part of it.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-;/?:@&=+$_.~*'()#".contains(c) {
            escaped.push(c);
        } else {
            escaped.extend(format!("%{:02X}", u32::from(c)).chars());
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_tags_and_keeps_their_meaning() {
        let cases = [
            (("tag:yaml.org,2002:", "binary"), Some("!!binary")),
            (("tag:yaml.org,2002:", ""), Some("!<tag:yaml.org%2C2002:>")),
            (("", "tag:yaml.org,2002:set"), Some("!!set")),
            (("tag:yaml.org,2002:", "str"), None),
            (("", "!"), None),
            (("!", "mine"), Some("!mine")),
            (("!", "a!b c"), Some("!a%21b%20c")),
            (("", "!mine"), Some("!mine")),
            (
                ("https://example.org/", "t"),
                Some("!<https://example.org/t>"),
            ),
        ];
        for ((handle, suffix), expected) in cases {
            let tag = shortest(handle, suffix).unwrap();
            assert_eq!(tag.as_deref(), expected, "{handle} {suffix}");
        }
        assert!(shortest("!", "é").is_err());
    }
}
