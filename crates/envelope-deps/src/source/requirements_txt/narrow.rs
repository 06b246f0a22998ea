//! Narrower markers for lines that stay, where fewer environments need them than before.

use super::lines::{Content, Splitter, options_start};
use super::requirement::Asked;
use super::unnamed::marker_after_place;
use std::borrow::Cow;
use uv_pep508::MarkerTree;

/// The lines of a requirement for the environments in which it is needed: as they are, with
/// another marker, or `None` when no environment is left.
///
/// Lines whose marker goes over several physical lines stay as they are: a marker that is too wide
/// does no harm.
pub(super) fn narrowed<'a>(
    raw: &'a [u8],
    asked: &Asked,
    needed_when: MarkerTree,
) -> Option<Cow<'a, [u8]>> {
    let marker = asked.marker.and(needed_when);
    if marker == asked.marker {
        return Some(Cow::Borrowed(raw));
    }
    if marker.is_false() {
        return None;
    }
    let changed = marker
        .try_to_string()
        .and_then(|text| with_marker(raw, &text));
    Some(changed.map_or(Cow::Borrowed(raw), Cow::Owned))
}

fn with_marker(raw: &[u8], marker: &str) -> Option<Vec<u8>> {
    let logical = Splitter::default().next_of(raw)?;
    let Content::Requirement(body) = logical.content else {
        return None;
    };
    let end = options_start(&body.text).unwrap_or(body.text.len());
    let said = std::str::from_utf8(&body.text[..end]).ok()?.trim_end();
    let (start, before) = match marker_after_place(said) {
        Some(at) => {
            let spaces = said[at + 1..].len() - said[at + 1..].trim_start().len();
            (at + 1 + spaces, if spaces == 0 { " " } else { "" })
        }
        None => (said.len(), " ; "),
    };
    // Ends are places of the last byte, which is on the same line.
    let from = body.place(start.saturating_sub(1)) + 1;
    let to = body.place(said.len() - 1) + 1;
    let replaced = raw.get(from..to)?;
    if memchr::memchr2(b'\n', b'\r', replaced).is_some() {
        return None;
    }
    let parts = [
        &raw[..from],
        before.as_bytes(),
        marker.as_bytes(),
        &raw[to..],
    ];
    Some(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::super::requirement::parse;
    use super::*;

    #[test]
    fn a_line_gets_a_narrower_marker() {
        for (raw, said, expected) in [
            ("a==1\n", "a==1", "a==1 ; sys_platform == 'win32'\n"),
            (
                "a==1 \\\n    --hash=sha256:0\n    # via b\n",
                "a==1",
                "a==1 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n    # via b\n",
            ),
            (
                "a==1 ; os_name == 'nt'  # why\r\n",
                "a==1 ; os_name == 'nt'",
                "a==1 ; os_name == 'nt' and sys_platform == 'win32'  # why\r\n",
            ),
            (
                "a==1;os_name == 'nt'",
                "a==1;os_name == 'nt'",
                "a==1; os_name == 'nt' and sys_platform == 'win32'",
            ),
            (
                "a @ https://u:${P}@x.example/a.whl",
                "a @ https://u:${P}@x.example/a.whl",
                "a @ https://u:${P}@x.example/a.whl ; sys_platform == 'win32'",
            ),
            (
                "a ; sys_platform == 'win32'",
                "a ; sys_platform == 'win32'",
                "a ; sys_platform == 'win32'",
            ),
            (
                "a ; \\\nos_name == 'nt'",
                "a ; os_name == 'nt'",
                "a ; \\\nos_name == 'nt'",
            ),
        ] {
            let asked = parse(said).expect("a requirement");
            let windows = "sys_platform == 'win32'".parse().expect("a marker");
            let narrowed = narrowed(raw.as_bytes(), &asked, windows).expect("a line");
            assert_eq!(String::from_utf8_lossy(&narrowed), expected);
        }
        let asked = parse("a ; sys_platform == 'linux'").expect("a requirement");
        let windows = "sys_platform == 'win32'".parse().expect("a marker");
        assert!(narrowed(b"a ; sys_platform == 'linux'", &asked, windows).is_none());
    }
}
