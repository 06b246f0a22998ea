//! Reading a patch: where its sections, hunks and lines are.

use super::{Body, Change, Hunk, Line, Section, Side, unquote};
use crate::error::Error;
use memchr::memchr;
use std::ops::Range;

const START: &[u8] = b"diff --git ";

/// The lines of a patch, one after the other.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The number of the next line, from 1.
    number: usize,
}

impl<'a> Reader<'a> {
    /// The next line without its newline, and where it is.
    fn peek(&self) -> Option<(&'a [u8], Range<usize>)> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        Some((&rest[..length], self.at..self.at + length))
    }

    fn skip(&mut self, line: &Range<usize>) {
        self.at = (line.end + 1).min(self.bytes.len());
        self.number += 1;
    }

    fn fault(&self, message: impl Into<String>) -> Error {
        Error::Patch {
            line: self.number,
            message: message.into(),
        }
    }
}

/// Finds the sections of a patch.
pub(super) fn sections(bytes: &[u8]) -> Result<Vec<Section>, Error> {
    let mut reader = Reader {
        bytes,
        at: 0,
        number: 1,
    };
    let mut sections = Vec::new();
    while let Some((line, _)) = reader.peek() {
        if !line.starts_with(START) {
            let found = String::from_utf8_lossy(&line[..line.len().min(40)]);
            return Err(reader.fault(format!("found `{found}`, expected `diff --git`")));
        }
        sections.push(section(&mut reader)?);
    }
    Ok(sections)
}

fn section(reader: &mut Reader<'_>) -> Result<Section, Error> {
    let (start, first_line) = (reader.at, reader.number);
    let mut section = Section {
        bytes: start..start,
        body_start: start,
        first_line,
        old_path: None,
        new_path: None,
        old_mode: None,
        new_mode: None,
        ids: None,
        change: Change::Modified,
        body: Body::None,
    };
    if let Some((line, range)) = reader.peek() {
        let names = both_names(&line[START.len()..]);
        let (old, new) =
            names.ok_or_else(|| reader.fault("expected two names behind `diff --git`"))?;
        section.old_path = old;
        section.new_path = new;
        reader.skip(&range);
    }
    headers(reader, &mut section)?;
    section.body_start = reader.at;
    body(reader, &mut section)?;
    section.bytes.end = reader.at;
    match section.change {
        Change::Added => section.old_path = None,
        Change::Deleted => section.new_path = None,
        _ => {}
    }
    Ok(section)
}

/// The names in `a/NAME b/NAME`. Without quotes that only has one meaning where both are the same;
/// other headers name the files where they are not.
#[expect(
    clippy::type_complexity,
    reason = "a name for each side, none of which is certain"
)]
fn both_names(text: &[u8]) -> Option<(Option<Vec<u8>>, Option<Vec<u8>>)> {
    if text.starts_with(b"\"") {
        let (old, rest) = unquote(text)?;
        let new = name(rest.strip_prefix(b" ")?)?;
        return Some((Some(old.strip_prefix(b"a/")?.to_vec()), Some(new)));
    }
    let length = text.len().checked_sub(5)? / 2;
    let (old, new) = (text.get(2..2 + length)?, text.get(5 + length..)?);
    if text.starts_with(b"a/") && old == new {
        return Some((Some(old.to_vec()), Some(new.to_vec())));
    }
    Some((None, None))
}

/// A name with its `a/` or `b/` taken off; git puts a tab behind names with spaces.
fn name(text: &[u8]) -> Option<Vec<u8>> {
    let name = match unquote(text) {
        Some((name, _)) => name,
        None => text.strip_suffix(b"\t").unwrap_or(text).to_vec(),
    };
    name.get(2..).map(<[u8]>::to_vec)
}

/// A name without `a/` or `b/`.
fn bare_name(text: &[u8]) -> Vec<u8> {
    unquote(text).map_or_else(|| text.to_vec(), |(name, _)| name)
}

fn headers(reader: &mut Reader<'_>, section: &mut Section) -> Result<(), Error> {
    while let Some((line, range)) = reader.peek() {
        if [&b"@@ "[..], b"GIT binary patch", START]
            .iter()
            .any(|start| line.starts_with(start))
        {
            break;
        }
        let words = HEADERS
            .iter()
            .find(|(start, _)| line.starts_with(start.as_bytes()));
        let (start, record) = words.ok_or_else(|| {
            reader.fault(format!(
                "found the header `{}`, which git does not write",
                String::from_utf8_lossy(line)
            ))
        })?;
        record(section, &line[start.len()..]);
        reader.skip(&range);
    }
    Ok(())
}

type Record = fn(&mut Section, &[u8]);

/// The headers that git writes, and what each says.
const HEADERS: [(&str, Record); 14] = [
    ("old mode ", |section, text| section.old_mode = mode(text)),
    ("new mode ", |section, text| section.new_mode = mode(text)),
    ("new file mode ", |section, text| {
        section.change = Change::Added;
        section.new_mode = mode(text);
    }),
    ("deleted file mode ", |section, text| {
        section.change = Change::Deleted;
        section.old_mode = mode(text);
    }),
    ("rename from ", |section, text| {
        section.change = Change::Renamed;
        section.old_path = Some(bare_name(text));
    }),
    ("rename to ", |section, text| {
        section.new_path = Some(bare_name(text));
    }),
    ("copy from ", |section, text| {
        section.change = Change::Copied;
        section.old_path = Some(bare_name(text));
    }),
    ("copy to ", |section, text| {
        section.new_path = Some(bare_name(text));
    }),
    ("similarity index ", |_, _| {}),
    ("dissimilarity index ", |_, _| {}),
    ("index ", index),
    ("--- /dev/null", |_, _| {}),
    ("--- ", |section, text| section.old_path = name(text)),
    ("+++ ", |section, text| {
        if text != b"/dev/null" {
            section.new_path = name(text);
        }
    }),
];

fn mode(text: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(text).ok()?, 8).ok()
}

/// `OLD..NEW MODE`, the mode only where it stays.
fn index(section: &mut Section, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let (ids, mode) = text.split_once(' ').unwrap_or((&text, ""));
    section.ids = ids
        .split_once("..")
        .map(|(old, new)| (old.to_owned(), new.to_owned()));
    if let Ok(mode) = u32::from_str_radix(mode, 8) {
        section.old_mode = Some(mode);
        section.new_mode = Some(mode);
    }
}

fn body(reader: &mut Reader<'_>, section: &mut Section) -> Result<(), Error> {
    let mut hunks = Vec::new();
    while let Some((line, range)) = reader.peek() {
        if line.starts_with(START) {
            break;
        }
        if line.starts_with(b"GIT binary patch") {
            section.body = Body::Binary;
            skip_binary(reader);
            return Ok(());
        }
        hunks.push(hunk(reader, line, range)?);
    }
    if !hunks.is_empty() {
        section.body = Body::Text(hunks);
    }
    Ok(())
}

fn skip_binary(reader: &mut Reader<'_>) {
    while let Some((line, range)) = reader.peek() {
        if line.starts_with(START) {
            return;
        }
        reader.skip(&range);
    }
}

fn hunk(reader: &mut Reader<'_>, line: &[u8], range: Range<usize>) -> Result<Hunk, Error> {
    let header = hunk_header(line);
    let header = header.ok_or_else(|| reader.fault("expected `@@ -LINE,COUNT +LINE,COUNT @@`"))?;
    let heading = range.start + header.length..range.end;
    let first_line = reader.number;
    reader.skip(&range);
    let (mut old_left, mut new_left) = (header.old.1, header.new.1);
    let mut lines: Vec<Line> = Vec::with_capacity(old_left.max(new_left).min(1 << 16));
    while let Some((line, range)) = reader.peek() {
        let side = match line.first() {
            Some(b'\\') => {
                if let Some(last) = lines.last_mut() {
                    last.is_unended = true;
                }
                reader.skip(&range);
                continue;
            }
            _ if old_left == 0 && new_left == 0 => break,
            Some(b'+') => Side::New,
            Some(b'-') => Side::Old,
            Some(b' ') => Side::Both,
            _ => return Err(reader.fault("expected a line of a hunk")),
        };
        let count = |left: &mut usize| {
            *left = left
                .checked_sub(1)
                .ok_or_else(|| reader.fault("the hunk has more lines than it says"))?;
            Ok::<(), Error>(())
        };
        if side != Side::New {
            count(&mut old_left)?;
        }
        if side != Side::Old {
            count(&mut new_left)?;
        }
        let number = reader.number;
        lines.push(Line {
            side,
            text: range.start + 1..range.end,
            number,
            is_unended: false,
        });
        reader.skip(&range);
    }
    if old_left + new_left > 0 {
        return Err(reader.fault("the hunk has fewer lines than it says"));
    }
    let (old_start, new_start) = (header.old.0, header.new.0);
    Ok(Hunk {
        first_line,
        old_start,
        new_start,
        heading,
        lines,
    })
}

struct HunkHeader {
    old: (usize, usize),
    new: (usize, usize),
    /// How many bytes stand before the heading.
    length: usize,
}

fn hunk_header(line: &[u8]) -> Option<HunkHeader> {
    let rest = line.strip_prefix(b"@@ -")?;
    let end = memchr::memmem::find(rest, b" @@")?;
    let (old, new) = std::str::from_utf8(&rest[..end]).ok()?.split_once(" +")?;
    // No file has more lines than this type counts, so that sums of them stay numbers.
    let number = |text: &str| usize::try_from(text.parse::<u32>().ok()?).ok();
    let pair = |text: &str| {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((number(start)?, number(count)?))
    };
    let length = (4 + end + 4).min(line.len());
    Some(HunkHeader {
        old: pair(old)?,
        new: pair(new)?,
        length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "diff --git a/x y.txt b/x y.txt
index 1111111..2222222 100644
--- a/x y.txt\t
+++ b/x y.txt\t
@@ -1,2 +1,2 @@ def main():
 same
-old
\\ No newline at end of file
+diff --git a/z b/z
@@ -9 +9,0 @@
---- gone
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git \"a/b\\303\\274\" \"b/c\\ted\"
similarity index 90%
rename from \"b\\303\\274\"
rename to \"c\\ted\"
index 1111111..2222222 100644
GIT binary patch
delta 3
Kc$@(M0{{R3

delta 3
Kc$@(M0{{R3

diff --git a/new b/new
new file mode 100644
index 0000000..e69de29
";

    #[test]
    fn finds_files_hunks_and_lines() {
        let sections = sections(PATCH.as_bytes()).unwrap();
        let paths: Vec<String> = sections.iter().map(Section::path).collect();
        assert_eq!(paths, ["x y.txt", "run.sh", "\"c\\ted\"", "new"]);
        let first = &sections[0];
        assert_eq!((first.counts(), first.hunks().len()), ((1, 2), 2));
        let hunk = &first.hunks()[0];
        assert_eq!(&PATCH[hunk.heading.clone()], "def main():");
        let texts: Vec<&str> = hunk
            .lines
            .iter()
            .map(|line| &PATCH[line.text.clone()])
            .collect();
        assert_eq!(texts, ["same", "old", "diff --git a/z b/z"]);
        assert_eq!(
            hunk.lines
                .iter()
                .map(|line| line.number)
                .collect::<Vec<_>>(),
            [6, 7, 9]
        );
        assert!(hunk.lines[1].is_unended && !hunk.lines[2].is_unended);
        assert_eq!(first.hunks()[1].old_start, 9);
        assert_eq!(
            (sections[1].old_mode, sections[1].new_mode),
            (Some(0o100_644), Some(0o100_755))
        );
        assert_eq!(sections[2].old_path().as_deref(), Some("bü"));
        assert!(sections[2].is_binary());
        assert_eq!(
            (sections[3].change(), sections[3].old_path.clone()),
            (Change::Added, None)
        );
        let length: usize = sections.iter().map(|section| section.bytes.len()).sum();
        assert_eq!(length, PATCH.len());
    }

    #[test]
    fn names_the_line_that_is_not_gits() {
        for (patch, message) in [
            (
                "hello\n",
                "line 1 of the patch: found `hello`, expected `diff --git`",
            ),
            (
                "diff --git a/x b/x\nfoo 1\n",
                "line 2 of the patch: found the header `foo 1`, which git does not write",
            ),
            (
                "diff --git a/x b/x\n@@ -1 +1 @@\n x\n y\n",
                "line 4 of the patch: expected `@@ -LINE,COUNT +LINE,COUNT @@`",
            ),
            (
                "diff --git a/x b/x\n@@ -1,2 +1,2 @@\n x\n",
                "line 4 of the patch: the hunk has fewer lines than it says",
            ),
            (
                "diff --git a/x b/x\n@@ -1,2 +1 @@\n x\n+y\n",
                "line 4 of the patch: the hunk has more lines than it says",
            ),
            (
                "diff --git a/x b/x\n@@ -1,2 +1 @@\n x\n*y\n",
                "line 4 of the patch: expected a line of a hunk",
            ),
        ] {
            assert_eq!(sections(patch.as_bytes()).unwrap_err().to_string(), message);
        }
    }
}
