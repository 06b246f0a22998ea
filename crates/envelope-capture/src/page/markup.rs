//! HTML that is being written. Only what stands in this crate's source gets into it as markup;
//! whatever comes from a file goes through [`Markup::text`] or [`Markup::bytes`] and stays a text.

use std::fmt::Write as _;

pub(crate) struct Markup {
    written: String,
}

/// Where a text stands.
#[derive(Clone, Copy)]
enum Place {
    /// In an element, where markup can stand beside it.
    Element,
    /// In a quoted attribute or a title, where all is text.
    Attribute,
}

impl Markup {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            written: String::with_capacity(bytes),
        }
    }

    /// Adds markup.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.written.push_str(markup);
        self
    }

    /// Adds something of this crate's own that shows itself without any letter of markup, such as a
    /// number.
    pub(crate) fn plain(&mut self, value: &dyn std::fmt::Display) -> &mut Self {
        let value = value.to_string();
        self.text(&value)
    }

    /// Adds a text, in an element.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.escaped(text, Place::Element)
    }

    /// Adds a text, in a quoted attribute or the page's title.
    pub(crate) fn attribute(&mut self, text: &str) -> &mut Self {
        self.escaped(text, Place::Attribute)
    }

    fn escaped(&mut self, text: &str, place: Place) -> &mut Self {
        let mut rest = text;
        while let Some(start) = rest.find(is_special) {
            let (plain, special) = rest.split_at(start);
            self.written.push_str(plain);
            let mut letters = special.chars();
            if let Some(letter) = letters.next() {
                self.special(letter, place);
            }
            rest = letters.as_str();
        }
        self.written.push_str(rest);
        self
    }

    /// Adds the bytes of a file; those that are no text are shown as such.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for chunk in bytes.utf8_chunks() {
            self.text(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.written.push('\u{fffd}');
            }
        }
        self
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: usize) -> &mut Self {
        let _ = write!(self.written, "{number}");
        self
    }

    /// Adds a number as people read it: `12,345`.
    pub(crate) fn count(&mut self, number: usize) -> &mut Self {
        let digits = number.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                self.written.push(',');
            }
            self.written.push(digit);
        }
        self
    }

    fn special(&mut self, letter: char, place: Place) {
        match letter {
            '&' => self.written.push_str("&amp;"),
            '<' => self.written.push_str("&lt;"),
            '>' => self.written.push_str("&gt;"),
            '"' => self.written.push_str("&quot;"),
            '\'' => self.written.push_str("&#39;"),
            // Control characters have pictures of their own.
            '\0'..='\x1f' => self
                .written
                .extend(char::from_u32(0x2400 + u32::from(letter))),
            '\x7f' => self.written.push('\u{2421}'),
            other => {
                let marks = match place {
                    Place::Element => ("<b class=\"u\">", "</b>"),
                    Place::Attribute => ("", ""),
                };
                let _ = write!(
                    self.written,
                    "{}U+{:04X}{}",
                    marks.0,
                    u32::from(other),
                    marks.1
                );
            }
        }
    }

    pub(crate) fn finish(self) -> String {
        self.written
    }
}

/// Whether a letter is markup, or one that would not be seen, or would change the order of those
/// around it, by which a line can be made to look like another; see <https://trojansource.codes>.
fn is_special(letter: char) -> bool {
    match letter {
        '\t' => false,
        '&' | '<' | '>' | '"' | '\'' | '\0'..='\x1f' | '\x7f'..='\u{9f}' => true,
        letter if letter.is_ascii() => false,
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let mut markup = Markup::with_capacity(0);
        markup
            .raw("<b>")
            .text("\" onclick='x' <script>&\t\r\u{202e}é")
            .raw("</b>")
            .bytes(b"a\xffb\xc3\xa9");
        markup.raw(" ").count(1_234_567).raw(" ").count(12);
        assert_eq!(
            markup.finish(),
            "<b>&quot; onclick=&#39;x&#39; &lt;script&gt;&amp;\t\u{240d}<b class=\"u\">U+202E</b>é</b>\
             a\u{fffd}bé 1,234,567 12"
        );
    }
}
