//! A lock without the lists of its files, which are nine tenths of it.
//!
//! uv writes `wheels = [` and `sdist = {` on lines of their own. What stands there is taken out
//! before the text is parsed, and a number put in its place that leads back to it: only the hashes
//! are wanted, and they are found by looking for them. Whatever does not look exactly as uv writes
//! it stays, and is parsed like the rest.

use memchr::memmem;

/// A lock's text with numbers where its files were.
pub(super) struct Condensed<'t> {
    /// The shortened text.
    pub(super) text: String,
    /// What was taken out, by its number.
    files: Vec<&'t str>,
}

const WHEELS: &str = "wheels = [";
const SDIST: &str = "sdist = { ";
const HASH: &str = " hash = \"";

/// Takes the files out. Nothing for a text with strings over several lines, in which anything
/// could look like the beginning of a list.
pub(super) fn condense(text: &str) -> Option<Condensed<'_>> {
    let over_lines = |quotes: &[u8]| memmem::find(text.as_bytes(), quotes).is_some();
    if over_lines(b"\"\"\"") || over_lines(b"'''") {
        return None;
    }
    let mut condensed = Condensed {
        text: String::with_capacity(text.len() / 4),
        files: Vec::new(),
    };
    let mut rest = text;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        let block = match without_end(line) {
            WHEELS => wheels(after).map(|length| (line.len(), length, "wheels")),
            _ if line.starts_with(SDIST) => sdist(line).map(|length| (0, length, "sdist")),
            _ => None,
        };
        let Some((start, length, key)) = block else {
            condensed.text.push_str(line);
            rest = after;
            continue;
        };
        let number = condensed.files.len();
        condensed
            .text
            .extend([key, " = ", &number.to_string(), "\n"]);
        condensed.files.push(&rest[start..start + length]);
        rest = &rest[start + length..];
    }
    Some(condensed)
}

/// The length of a list of tables, a line each, with the bracket that closes it.
fn wheels(after: &str) -> Option<usize> {
    let mut length = 0;
    for line in after.split_inclusive('\n') {
        length += line.len();
        let line = without_end(line);
        if line == "]" {
            return Some(length);
        }
        let is_table = line.starts_with("    { ") && line.ends_with(" },");
        if !is_table || !is_plain(line) {
            return None;
        }
    }
    None
}

/// The length of a table on one line.
fn sdist(line: &str) -> Option<usize> {
    let is_table = without_end(line).ends_with(" }") && is_plain(line);
    is_table.then_some(line.len())
}

/// A line as it would be on any system.
fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Whether a line holds neither escapes nor comments, so that what looks like a key is one.
fn is_plain(line: &str) -> bool {
    memchr::memchr3(b'\\', b'#', b'\'', line.as_bytes()).is_none()
}

impl<'t> Condensed<'t> {
    /// The hashes of what a number leads to.
    pub(super) fn hashes(&self, number: &str) -> impl Iterator<Item = &'t str> {
        let number: Option<usize> = number.parse().ok();
        let block = number.and_then(|number| self.files.get(number).copied());
        let block = block.unwrap_or_default();
        memmem::find_iter(block.as_bytes(), HASH).filter_map(move |at| {
            let hash = &block[at + HASH.len()..];
            hash.split('"').next()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &str = concat!(
        "[[package]]\n",
        "name = \"a\"\n",
        "sdist = { url = \"https://files.example/a.tar.gz\", hash = \"sha256:00\", size = 1 }\n",
        "wheels = [\n",
        "    { url = \"https://files.example/a.whl\", hash = \"sha256:11\" },\n",
        "    { filename = \"b.whl\", hash = \"sha256:22\" },\n",
        "]\n",
        "\n",
    );

    #[test]
    fn files_become_numbers_that_lead_to_their_hashes() {
        for text in [FILES, &FILES.replace('\n', "\r\n")] {
            let condensed = condense(text).expect("a plain text");
            let expected = "[[package]]\nname = \"a\"\nsdist = 0\nwheels = 1\n\n";
            assert_eq!(condensed.text.replace("\r\n", "\n"), expected);
            let hashes = |number| condensed.hashes(number).collect::<Vec<_>>();
            assert_eq!(hashes("0"), ["sha256:00"]);
            assert_eq!(hashes("1"), ["sha256:11", "sha256:22"]);
            assert!(hashes("2").is_empty() && hashes("-1").is_empty());
        }
    }

    #[test]
    fn what_uv_would_not_write_stays() {
        for text in [
            "wheels = [\n    { url = \"a\", hash = \"b\" },\n",
            "wheels = [\n    { url = \"a\" }, # a comment\n]\n",
            "wheels = [\n    { url = \"a\\\", hash = \\\"\" },\n]\n",
            "wheels = [ { url = \"a\" } ]\n",
            "sdist = { url = \"a\" } # a comment\n",
        ] {
            assert_eq!(condense(text).expect("a plain text").text, text);
        }
        assert!(condense("a = \"\"\"\nsdist = { }\n\"\"\"\n").is_none());
    }
}
