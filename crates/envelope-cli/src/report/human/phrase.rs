//! Styled words: text that knows its width and can be broken into lines.

use crate::plain_text::clean;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const BLUE: Style = AnsiColor::Blue.on_default().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const CYAN: Style = AnsiColor::Cyan.on_default();

/// Text in one or more styles. All text that enters is cleaned, so that nothing a package holds
/// can command the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Phrase {
    spans: Vec<(Style, String)>,
}

impl Phrase {
    /// Text in a style.
    pub(super) fn new(style: Style, text: &str) -> Self {
        Self::default().then(style, text)
    }

    /// Text without a style.
    pub(super) fn plain(text: &str) -> Self {
        Self::new(PLAIN, text)
    }

    /// A message: what stands between backticks is set apart.
    pub(super) fn message(text: &str) -> Self {
        let mut phrase = Self::default();
        let mut rest = text;
        while let Some((before, quoted)) = rest.split_once('`')
            && let Some((inside, after)) = quoted.split_once('`')
        {
            phrase = phrase
                .then(PLAIN, before)
                .then(CYAN, &format!("`{inside}`"));
            rest = after;
        }
        phrase.then(PLAIN, rest)
    }

    /// The phrase with more text after it.
    pub(super) fn then(mut self, style: Style, text: &str) -> Self {
        if !text.is_empty() {
            self.spans.push((style, clean(text).into_owned()));
        }
        self
    }

    /// The phrase with another after it.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self
    }

    /// The columns that it takes on one line.
    pub(super) fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| text.width()).sum()
    }

    /// The phrase with the escapes of its styles.
    pub(super) fn render(&self) -> String {
        let mut out = String::new();
        for (style, text) in &self.spans {
            let _ = if *style == PLAIN {
                write!(out, "{text}")
            } else {
                write!(out, "{style}{text}{style:#}")
            };
        }
        out
    }

    /// The phrase in lines of at most so many columns, broken at spaces where it can be.
    pub(super) fn wrap(&self, width: usize) -> Vec<Self> {
        let width = width.max(1);
        if self.width() <= width {
            return vec![self.clone()];
        }
        let mut lines = Lines {
            done: Vec::new(),
            line: Self::default(),
            used: 0,
            width,
        };
        for word in self.words() {
            lines.add(word);
        }
        lines.finish()
    }

    /// Words and the spaces between them; a word may hold several styles.
    fn words(&self) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        for (style, text) in &self.spans {
            for c in text.chars() {
                let is_space = c == ' ';
                match words.last_mut() {
                    Some(word) if word.is_space == is_space => word.chars.push((*style, c)),
                    _ => words.push(Word {
                        is_space,
                        chars: vec![(*style, c)],
                    }),
                }
            }
        }
        words
    }

    fn push_char(&mut self, style: Style, c: char) {
        match self.spans.last_mut() {
            Some((last, text)) if *last == style => text.push(c),
            _ => self.spans.push((style, c.to_string())),
        }
    }
}

struct Word {
    is_space: bool,
    chars: Vec<(Style, char)>,
}

impl Word {
    fn width(&self) -> usize {
        self.chars.iter().map(|(_, c)| c.width().unwrap_or(0)).sum()
    }
}

/// Lines as they fill up.
struct Lines {
    done: Vec<Phrase>,
    line: Phrase,
    used: usize,
    width: usize,
}

impl Lines {
    fn add(&mut self, word: Word) {
        let fits = self.used + word.width() <= self.width;
        if word.is_space && !fits {
            return self.break_line();
        }
        if !fits && self.used > 0 && word.width() <= self.width.max(24) {
            self.break_line();
        }
        if word.is_space && self.used == 0 && !self.done.is_empty() {
            return;
        }
        for (style, c) in word.chars {
            let width = c.width().unwrap_or(0);
            if self.used + width > self.width && self.used > 0 {
                self.break_line();
            }
            self.line.push_char(style, c);
            self.used += width;
        }
    }

    fn break_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if let Some((_, text)) = line.spans.last_mut() {
            text.truncate(text.trim_end_matches(' ').len());
        }
        self.done.push(line);
        self.used = 0;
    }

    fn finish(mut self) -> Vec<Phrase> {
        if self.used > 0 || self.done.is_empty() {
            self.break_line();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: usize) -> Vec<String> {
        let wrapped = Phrase::plain(text).wrap(width);
        wrapped.iter().map(Phrase::render).collect()
    }

    #[test]
    fn breaks_at_spaces_and_only_long_words_inside() {
        for (text, width, expected) in [
            ("", 10, vec![""]),
            ("one two three", 20, vec!["one two three"]),
            ("one two three", 8, vec!["one two", "three"]),
            ("one two three", 7, vec!["one two", "three"]),
            (
                "a bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                20,
                vec!["a bbbbbbbbbbbbbbbbbb", "bbbbbbbbbbbb"],
            ),
            ("価格の予測", 4, vec!["価格", "の予", "測"]),
        ] {
            assert_eq!(lines(text, width), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_in_backticks_is_set_apart() {
        let spans = |text| Phrase::message(text).spans;
        assert_eq!(
            spans("names `x`, which"),
            [
                (PLAIN, "names ".to_owned()),
                (CYAN, "`x`".into()),
                (PLAIN, ", which".into())
            ]
        );
        assert_eq!(Phrase::message("a ` b").wrap(9)[0].width(), 5);
        assert_eq!(Phrase::message("`a` ` b").width(), 7);
    }

    #[test]
    fn escapes_of_others_do_not_get_through() {
        let phrase = Phrase::new(CYAN, "a\u{1b}[0mb\nc");
        assert_eq!(phrase.render().matches('\u{1b}').count(), 2);
        assert_eq!(phrase.width(), "a\\u{1b}[0mb\\nc".len());
    }
}
