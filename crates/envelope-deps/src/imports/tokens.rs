//! Python source as tokens, one logical line at a time.
//!
//! Comments, line continuations and brackets are followed as the language says
//! (<https://docs.python.org/3/reference/lexical_analysis.html>), strings are stepped over. Numbers
//! are left out. A text that is no Python gives tokens that mean nothing; it never fails.

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// The name, or what a plain string holds.
    pub(super) text: &'a [u8],
    /// The line, from 1.
    pub(super) line: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Name,
    /// A string whose value stands there as it is.
    Text,
    /// A string whose value is put together, or bytes.
    OtherText,
    /// One character of punctuation.
    Sign(u8),
}

impl<'a> Token<'a> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.kind == Kind::Name && self.text == name.as_bytes()
    }

    pub(super) fn is_sign(&self, sign: u8) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The text; a name or string that is not UTF-8 with what replaces it.
    pub(super) fn as_text(&self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.text)
    }
}

/// The logical lines of a text.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

/// What of a logical line is kept; longer ones are tables of data.
const MOST_TOKENS: usize = 1 << 16;

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// Reads the next logical line that is not empty, and gives its indentation.
    pub(super) fn next(&mut self, tokens: &mut Vec<Token<'a>>) -> Option<usize> {
        tokens.clear();
        loop {
            let indentation = self.indentation();
            self.read_line(tokens);
            if !tokens.is_empty() {
                return Some(indentation);
            }
            if self.at >= self.text.len() {
                return None;
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Columns before the first token; a tab leads to the next multiple of eight.
    fn indentation(&mut self) -> usize {
        let mut column = 0;
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' => column += 1,
                b'\t' => column = (column / 8 + 1) * 8,
                b'\x0c' => column = 0,
                _ => break,
            }
            self.at += 1;
        }
        column
    }

    fn read_line(&mut self, tokens: &mut Vec<Token<'a>>) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek(0) {
            let begins = (self.at, self.line);
            let kind = match byte {
                b'\n' | b'\r' => {
                    self.step_over_break();
                    if depth == 0 {
                        return;
                    }
                    continue;
                }
                b'\\' if matches!(self.peek(1), Some(b'\n' | b'\r')) => {
                    self.at += 1;
                    self.step_over_break();
                    continue;
                }
                b'#' => {
                    self.step_while(|byte| !matches!(byte, b'\n' | b'\r'));
                    continue;
                }
                b'"' | b'\'' => self.string(b""),
                b'0'..=b'9' => {
                    self.step_while(|byte| is_of_name(byte) || byte == b'.');
                    continue;
                }
                byte if is_of_name(byte) => self.name_or_string(),
                b' ' | b'\t' | b'\x0c' => {
                    self.at += 1;
                    continue;
                }
                sign => {
                    self.at += 1;
                    match sign {
                        b'(' | b'[' | b'{' => depth += 1,
                        b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    Kind::Sign(sign)
                }
            };
            if tokens.len() < MOST_TOKENS {
                tokens.push(Token {
                    kind,
                    text: value(&self.text[begins.0..self.at], kind),
                    line: begins.1,
                });
            }
        }
    }

    fn step_while(&mut self, goes_on: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&goes_on) {
            self.at += 1;
        }
    }

    fn step_over_break(&mut self) {
        let is_pair = self.peek(0) == Some(b'\r') && self.peek(1) == Some(b'\n');
        self.at += if is_pair { 2 } else { 1 };
        self.line += 1;
    }

    fn name_or_string(&mut self) -> Kind {
        let begins = self.at;
        self.step_while(is_of_name);
        let name = &self.text[begins..self.at];
        let is_prefix = name.len() <= 2 && name.iter().all(|byte| b"rRbBuUfFtT".contains(byte));
        if is_prefix && matches!(self.peek(0), Some(b'"' | b'\'')) {
            return self.string(name);
        }
        Kind::Name
    }

    /// Steps over a string, from its first quote on.
    fn string(&mut self, prefix: &[u8]) -> Kind {
        let Some(quote) = self.peek(0) else {
            return Kind::OtherText;
        };
        let is_long = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        let has = |letter: u8| {
            prefix
                .iter()
                .any(|byte| byte.to_ascii_lowercase() == letter)
        };
        let mut open = vec![Open::String {
            quote,
            is_long,
            has_fields: has(b'f') || has(b't'),
        }];
        let begins = self.at;
        self.at += if is_long { 3 } else { 1 };
        while let Some(inner) = open.last_mut() {
            if !self.step_inside(inner).apply(&mut open) {
                break;
            }
        }
        let inside = &self.text[begins..self.at];
        let is_plain = prefix.is_empty() || matches!(prefix, b"u" | b"U" | b"r" | b"R");
        if is_plain && open.is_empty() && !inside.contains(&b'\\') {
            return Kind::Text;
        }
        Kind::OtherText
    }

    /// One step inside a string, or inside a field `{…}` of one, which holds code.
    fn step_inside(&mut self, inner: &mut Open) -> Step {
        let Some(byte) = self.peek(0) else {
            return Step::End;
        };
        if matches!(byte, b'\n' | b'\r') {
            // A short string ends with its line, whether it was closed or not.
            if matches!(inner, Open::String { is_long: false, .. }) {
                return Step::End;
            }
            self.step_over_break();
            return Step::Stay;
        }
        match inner {
            Open::String {
                quote,
                is_long,
                has_fields,
            } => self.step_inside_string(byte, (*quote, *is_long, *has_fields)),
            Open::Field { brackets } => match byte {
                b'"' | b'\'' => {
                    let is_long = self.peek(1) == Some(byte) && self.peek(2) == Some(byte);
                    let before = &self.text[self.at.saturating_sub(2)..self.at];
                    let has_fields = before.iter().any(|byte| b"fFtT".contains(byte));
                    self.at += if is_long { 3 } else { 1 };
                    Step::Enter(Open::String {
                        quote: byte,
                        is_long,
                        has_fields,
                    })
                }
                b'}' if *brackets == 0 => self.leave(1),
                b'(' | b'[' | b'{' => {
                    *brackets += 1;
                    self.stay(1)
                }
                b')' | b']' | b'}' => {
                    *brackets = brackets.saturating_sub(1);
                    self.stay(1)
                }
                _ => self.stay(1),
            },
        }
    }

    fn step_inside_string(&mut self, byte: u8, string: (u8, bool, bool)) -> Step {
        let (quote, is_long, has_fields) = string;
        if byte == b'\\' {
            self.at += 1;
            return match self.peek(0) {
                Some(b'\n' | b'\r') => {
                    self.step_over_break();
                    Step::Stay
                }
                Some(_) => self.stay(1),
                None => Step::End,
            };
        }
        if byte == quote && !is_long {
            return self.leave(1);
        }
        if byte == quote && self.peek(1) == Some(quote) && self.peek(2) == Some(quote) {
            return self.leave(3);
        }
        if has_fields && byte == b'{' {
            if self.peek(1) == Some(b'{') {
                return self.stay(2);
            }
            self.at += 1;
            return Step::Enter(Open::Field { brackets: 0 });
        }
        self.stay(1)
    }

    fn stay(&mut self, bytes: usize) -> Step {
        self.at += bytes;
        Step::Stay
    }

    fn leave(&mut self, bytes: usize) -> Step {
        self.at += bytes;
        Step::Leave
    }
}

/// What has been opened and not closed yet.
enum Open {
    String {
        quote: u8,
        is_long: bool,
        has_fields: bool,
    },
    Field {
        brackets: usize,
    },
}

enum Step {
    Stay,
    Leave,
    Enter(Open),
    End,
}

/// Fields in strings in fields: more than a person nests.
const DEEPEST: usize = 64;

impl Step {
    /// Whether the string goes on.
    fn apply(self, open: &mut Vec<Open>) -> bool {
        match self {
            Self::Stay => {}
            Self::Leave => {
                open.pop();
            }
            Self::Enter(inner) if open.len() < DEEPEST => open.push(inner),
            Self::Enter(_) | Self::End => return false,
        }
        true
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The name as it stands, or what is between the quotes.
fn value(text: &[u8], kind: Kind) -> &[u8] {
    match kind {
        Kind::Name => text,
        Kind::Text => {
            let begins = text
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\''))
                .unwrap_or(0);
            let quoted = &text[begins..];
            let is_long = quoted.len() >= 6 && quoted[1] == quoted[0] && quoted[2] == quoted[0];
            let edge = if is_long { 3 } else { 1 };
            let inside = edge..quoted.len().saturating_sub(edge);
            quoted.get(inside).unwrap_or_default()
        }
        Kind::OtherText | Kind::Sign(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every logical line: its number, its indentation, and its tokens.
    fn lines(text: &str) -> Vec<(usize, usize, String)> {
        let mut lines = Lines::of(text.as_bytes());
        let mut tokens = Vec::new();
        let mut all = Vec::new();
        while let Some(indentation) = lines.next(&mut tokens) {
            let shown: Vec<String> = tokens
                .iter()
                .map(|token| match token.kind {
                    Kind::Name => token.as_text().into_owned(),
                    Kind::Text => format!("'{}'", token.as_text()),
                    Kind::OtherText => "?".to_owned(),
                    Kind::Sign(sign) => char::from(sign).to_string(),
                })
                .collect();
            all.push((tokens[0].line, indentation, shown.join(" ")));
        }
        all
    }

    #[test]
    fn strings_comments_and_continuations_are_stepped_over() {
        for (text, expected) in [
            ("import a # b\n", "import a"),
            ("x = 'import a' + \"it's\"", "x = 'import a' + 'it's'"),
            ("f(r'\\', u'b')", "f ( ? ?"),
            ("f'{d['{']}' + b", "? + b"),
            ("f(r'\\d', u'b')", "f ( ? , 'b' )"),
            ("f('a\\'b', 1.5e3, b'c')", "f ( ? , , ? )"),
            ("import a, \\\n  b", "import a , b"),
            ("import (\n a, # one\n\n b)\n", "import ( a , b )"),
            ("'''import a\n'''", "'import a\n'"),
            ("\"\"\"a \"quoted\" 'b'\"\"\"", "'a \"quoted\" 'b''"),
            ("f'{a[\"b\"]} {{ {f\"{c}\"}'", "?"),
            ("f'{a!r:{width}}' + b", "? + b"),
            ("f'''{\na}\n''' + b", "? + b"),
            ("''", "''"),
            ("'' ''", "'' ''"),
            ("'", "?"),
            ("f'{'", "?"),
            ("é = ü", "é = ü"),
            ("a.b(0x1F)", "a . b ( )"),
        ] {
            let shown: Vec<String> = lines(text).into_iter().map(|line| line.2).collect();
            assert_eq!(shown, [expected], "{text}");
        }
    }

    #[test]
    fn logical_lines_have_their_place() {
        let text = "\u{feff}a\r\n\r\n  # only a comment\n\tb(\n\n)\n  '''\n'''\r  c";
        assert_eq!(
            lines(text),
            [
                (1, 0, "a".to_owned()),
                (4, 8, "b ( )".to_owned()),
                (7, 2, "'\n'".to_owned()),
                (9, 2, "c".to_owned()),
            ]
        );
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        let shown: Vec<String> = lines("x = 'open\nimport a\n")
            .into_iter()
            .map(|line| line.2)
            .collect();
        assert_eq!(shown[1], "import a");
    }
}
