//! Other sections in a patch: only those are read, the others move.

use super::{Body, Patch, Section};
use crate::error::Error;
use std::collections::BTreeMap;
use std::ops::Range;

/// How far a section moves.
#[derive(Clone, Copy)]
struct Shift {
    from_byte: usize,
    to_byte: usize,
    from_line: usize,
    to_line: usize,
}

impl Shift {
    fn range(self, range: &mut Range<usize>) {
        range.start = range.start - self.from_byte + self.to_byte;
        range.end = range.end - self.from_byte + self.to_byte;
    }

    fn line(self, line: &mut usize) {
        *line = *line - self.from_line + self.to_line;
    }

    fn section(self, section: &mut Section) {
        self.range(&mut section.bytes);
        section.body_start = section.body_start - self.from_byte + self.to_byte;
        self.line(&mut section.first_line);
        if let Body::Text(hunks) = &mut section.body {
            for hunk in hunks {
                self.line(&mut hunk.first_line);
                self.range(&mut hunk.heading);
                for line in &mut hunk.lines {
                    self.range(&mut line.text);
                    self.line(&mut line.number);
                }
            }
        }
    }
}

impl Patch {
    /// The patch with other text in place of some sections, given by their places; an empty text
    /// takes a section out.
    ///
    /// # Errors
    /// A text is no section.
    pub(crate) fn replaced(&self, texts: &BTreeMap<usize, Vec<u8>>) -> Result<Self, Error> {
        let mut patch = Self {
            bytes: Vec::with_capacity(self.bytes.len()),
            sections: Vec::new(),
        };
        patch.sections.reserve(self.sections.len());
        let mut line = 1;
        for (at, section) in self.sections.iter().enumerate() {
            let next = self.sections.get(at + 1).map(|next| next.first_line);
            let to_byte = patch.bytes.len();
            if let Some(text) = texts.get(&at) {
                for mut section in super::read::sections(text)? {
                    Shift {
                        from_byte: 0,
                        to_byte,
                        from_line: 1,
                        to_line: line,
                    }
                    .section(&mut section);
                    patch.sections.push(section);
                }
                line += memchr::memchr_iter(b'\n', text).count();
                patch.bytes.extend_from_slice(text);
            } else {
                let (from_byte, from_line) = (section.bytes.start, section.first_line);
                let mut moved = section.clone();
                Shift {
                    from_byte,
                    to_byte,
                    from_line,
                    to_line: line,
                }
                .section(&mut moved);
                patch.sections.push(moved);
                line += next.map_or(0, |next| next - from_line);
                patch.bytes.extend_from_slice(self.slice(&section.bytes));
            }
        }
        Ok(patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_move_to_where_reading_finds_them() {
        let section = |name: &str, text: &str| {
            let added = text.lines().count();
            let lines: Vec<String> = text.lines().map(|line| format!("+{line}\n")).collect();
            format!(
                "diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{added} @@\n{}",
                lines.concat()
            )
        };
        let patch = [
            section("a", "1\n2\n"),
            section("b", "3\n"),
            section("c", "4\n5\n"),
        ]
        .concat();
        let patch = Patch::read(patch.into_bytes()).unwrap();
        for (place, text) in [
            (0, String::new()),
            (0, section("x", "a\nb\nc\nd\n")),
            (1, section("x", "secret\n") + &section("y", "\n")),
            (2, String::new()),
        ] {
            let texts = BTreeMap::from([(place, text.into_bytes())]);
            let replaced = patch.replaced(&texts).unwrap();
            assert_eq!(
                replaced,
                Patch::read(replaced.as_bytes().to_vec()).unwrap(),
                "{place}"
            );
        }
    }
}
