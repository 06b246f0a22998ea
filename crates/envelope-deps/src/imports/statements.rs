//! The import statements of a file, and what executes them.

use super::tokens::{Kind, Lines, Token};
use super::{Import, ImportKind, Scan, by_name};
use crate::error::Place;
use std::path::Path;

/// Adds what a file imports.
pub(super) fn scan(path: &Path, text: &[u8], scan: &mut Scan) {
    let mut file = File {
        path,
        scan,
        blocks: Vec::new(),
    };
    let mut lines = Lines::of(text);
    let mut tokens = Vec::new();
    while let Some(indentation) = lines.next(&mut tokens) {
        file.line(indentation, &tokens);
    }
}

/// A file while it is read.
pub(super) struct File<'a> {
    path: &'a Path,
    scan: &'a mut Scan,
    /// The blocks that the current line is in: their indentation, and when what is in them is
    /// executed.
    blocks: Vec<(usize, ImportKind)>,
}

impl File<'_> {
    fn line(&mut self, indentation: usize, tokens: &[Token]) {
        while self.blocks.last().is_some_and(|last| last.0 >= indentation) {
            self.blocks.pop();
        }
        let mut kind = self.blocks.last().map_or(ImportKind::Always, |last| last.1);
        let mut rest = tokens;
        while let Some(header) = block(rest, kind) {
            kind = header.kind;
            if self.blocks.last().is_none_or(|last| last.0 < indentation) {
                self.blocks.push((indentation, kind));
            } else if let Some(last) = self.blocks.last_mut() {
                last.1 = kind;
            }
            rest = &rest[header.length..];
        }
        for statement in rest.split(|token| token.is_sign(b';')) {
            self.statement(statement, kind);
        }
        by_name::find(self, tokens, kind);
    }

    fn statement(&mut self, tokens: &[Token], kind: ImportKind) {
        match tokens.first() {
            Some(first) if first.is("import") => self.import(&tokens[1..], kind),
            Some(first) if first.is("from") => self.import_from(tokens, kind),
            _ => {}
        }
    }

    /// `import a.b as c, d`.
    fn import(&mut self, tokens: &[Token], kind: ImportKind) {
        for part in tokens.split(|token| token.is_sign(b',')) {
            let (module, _) = dotted(part);
            if let Some(first) = part.first()
                && !module.is_empty()
            {
                self.add(module, Vec::new(), first.line, kind);
            }
        }
    }

    /// `from a.b import c as d, e`; what begins with a dot is relative to the file.
    fn import_from(&mut self, tokens: &[Token], kind: ImportKind) {
        let dots = tokens[1..].iter().take_while(|token| token.is_sign(b'.'));
        let dots = dots.count();
        let (module, length) = dotted(&tokens[1 + dots..]);
        let rest = &tokens[1 + dots + length..];
        let is_import = rest.first().is_some_and(|token| token.is("import"));
        if !is_import || (module.is_empty() && dots == 0) {
            return;
        }
        let is_bracket = |token: &Token| token.is_sign(b'(') || token.is_sign(b')');
        let names = rest[1..].split(|token| token.is_sign(b',') || is_bracket(token));
        let names = names.filter_map(|part| {
            let first = part.first()?;
            (first.kind == Kind::Name).then(|| first.as_text().into_owned())
        });
        let (names, line) = (names.collect(), tokens[0].line);
        if dots == 0 {
            return self.add(module, names, line, kind);
        }
        self.add_relative(".".repeat(dots) + &module, names, line, kind);
    }

    pub(super) fn add(
        &mut self,
        module: String,
        names: Vec<String>,
        line: usize,
        kind: ImportKind,
    ) {
        let place = self.place(line);
        for module in by_name::flavors(&module, &names) {
            self.scan.imports.push(Import {
                module: module.to_owned(),
                names: Vec::new(),
                place: place.clone(),
                kind: ImportKind::ByName.max(kind),
            });
        }
        self.scan.imports.push(Import {
            module,
            names,
            place,
            kind,
        });
    }

    /// Adds a module that is relative to the file, with the dots that it begins with.
    pub(super) fn add_relative(
        &mut self,
        module: String,
        names: Vec<String>,
        line: usize,
        kind: ImportKind,
    ) {
        let place = self.place(line);
        self.scan.relative_imports.push(Import {
            module,
            names,
            place,
            kind,
        });
    }

    pub(super) fn cannot_know(&mut self, line: usize, what: String, may_be_own: bool) {
        let place = self.place(line);
        let found = super::CannotKnow {
            place,
            what,
            may_be_own,
        };
        if self.scan.cannot_know.last() != Some(&found) {
            self.scan.cannot_know.push(found);
        }
    }

    fn place(&self, line: usize) -> Place {
        Place {
            path: self.path.to_owned(),
            line,
            column: 0,
        }
    }
}

/// The line that begins a block, up to its colon.
struct Header {
    kind: ImportKind,
    length: usize,
}

/// Whether a block begins here, and when what is in it is executed.
fn block(tokens: &[Token], outside: ImportKind) -> Option<Header> {
    let first = tokens.first()?;
    let first = if first.is("async") {
        tokens.get(1)?
    } else {
        first
    };
    let inside = match first.text {
        _ if first.kind != Kind::Name => return None,
        b"if" | b"elif" if is_type_checking(tokens) => ImportKind::TypeOnly,
        b"if" | b"elif" | b"else" | b"try" | b"except" | b"def" | b"case" => {
            ImportKind::Conditional
        }
        b"class" | b"for" | b"while" | b"with" | b"finally" | b"match" => ImportKind::Always,
        _ => return None,
    };
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign(b'(' | b'[' | b'{') => depth += 1,
            Kind::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Kind::Sign(b':') if depth == 0 => {
                return Some(Header {
                    kind: outside.max(inside),
                    length: place + 1,
                });
            }
            _ => {}
        }
    }
    None
}

/// `if TYPE_CHECKING:` and `if typing.TYPE_CHECKING:`.
fn is_type_checking(tokens: &[Token]) -> bool {
    let (name, length) = dotted(&tokens[1..]);
    let is_all = tokens
        .get(1 + length)
        .is_some_and(|next| next.is_sign(b':'));
    is_all && name.rsplit('.').next() == Some("TYPE_CHECKING")
}

/// A dotted name at the beginning, and its length in tokens; empty for one that begins with a dot.
pub(super) fn dotted(tokens: &[Token]) -> (String, usize) {
    let mut name = String::new();
    let mut length = 0;
    while let Some(token) = tokens.get(length) {
        let is_turn = if length % 2 == 0 {
            token.kind == Kind::Name && !token.is("import")
        } else {
            token.is_sign(b'.')
        };
        if !is_turn {
            break;
        }
        match token.kind {
            Kind::Name => name.push_str(&token.as_text()),
            _ => name.push('.'),
        }
        length += 1;
    }
    if name.ends_with('.') {
        name.pop();
    }
    (name, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every import as `line kind module: names`; those relative to the file at the end.
    fn imports(text: &str) -> Vec<String> {
        let mut found = Scan::default();
        scan(Path::new("a.py"), text.as_bytes(), &mut found);
        let shown = |one: &Import| {
            let names = one.names.join(" ");
            format!("{} {:?} {}: {names}", one.place.line, one.kind, one.module)
        };
        let all = found.imports.iter().chain(&found.relative_imports);
        all.map(shown).collect()
    }

    #[test]
    fn statements_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("import a.b as c, d", vec!["1 Always a.b: ", "1 Always d: "]),
            (
                "x = 1; import a ;import b",
                vec!["1 Always a: ", "1 Always b: "],
            ),
            (
                "from a . b import (c as d,\n  e,)",
                vec!["1 Always a.b: c e"],
            ),
            ("from a import *", vec!["1 Always a: "]),
            (
                "from . import a\nfrom .b import (c, d)\nfrom ... d import e\nimport f",
                vec![
                    "4 Always f: ",
                    "1 Always .: a",
                    "2 Always .b: c d",
                    "3 Always ...d: e",
                ],
            ),
            (
                "yield from a\nraise b from c\nimporta = 1\na.import_(b)",
                vec![],
            ),
            (
                "if x: import a\nimport b",
                vec!["1 Conditional a: ", "2 Always b: "],
            ),
            (
                "try:\n  import a\nexcept ImportError:\n  import b\nimport c",
                vec!["2 Conditional a: ", "4 Conditional b: ", "5 Always c: "],
            ),
            (
                "async def f(x: int = {1: 2}[1]) -> None:\n\timport a\n\n\timport b\nimport c",
                vec!["2 Conditional a: ", "4 Conditional b: ", "5 Always c: "],
            ),
            (
                "class A:\n  import a\n  def f(self): import b\n  import c",
                vec!["2 Always a: ", "3 Conditional b: ", "4 Always c: "],
            ),
            (
                "if typing.TYPE_CHECKING:\n  import a\nelse:\n  import b\nimport c",
                vec!["2 TypeOnly a: ", "4 Conditional b: ", "5 Always c: "],
            ),
            (
                "if not TYPE_CHECKING:\n  import a\nif TYPE_CHECKING:\n  if x:\n    import b",
                vec!["2 Conditional a: ", "5 TypeOnly b: "],
            ),
            ("for x in y:\n  with z: import a", vec!["2 Always a: "]),
            (
                "import\nfrom\nfrom a\nfrom a import\nimport ,",
                vec!["4 Always a: "],
            ),
        ] {
            assert_eq!(imports(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_texts_are_read_to_their_end() {
        let deep = (0..2000).map(|depth| " ".repeat(depth) + "if x:\n");
        let deep: String = deep.collect();
        for text in [
            "(".repeat(100_000),
            "f'{".repeat(100_000),
            "if x: ".repeat(10_000),
            deep,
            "\0\u{1}\u{2}import a".to_owned(),
            "import a\\".to_owned(),
        ] {
            imports(&text);
        }
        let mut found = Scan::default();
        scan(Path::new("a.py"), b"import a\xff\nimport \xe9b", &mut found);
        assert_eq!(found.imports.len(), 2);
    }
}
