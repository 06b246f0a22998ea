//! HTML that is being written. Only what stands in this crate's source gets into it as markup;
//! whatever comes from a file goes through [`Markup::text`] and stays a text.

use crate::emit::wording::plain;
use serde_json::Value;
use std::fmt::Write as _;

#[derive(Default)]
pub(super) struct Markup {
    written: String,
}

impl Markup {
    /// Adds markup.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.written.push_str(markup);
        self
    }

    /// Adds a text, in an element or in a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for letter in plain(text).chars() {
            match letter {
                '&' => self.written.push_str("&amp;"),
                '<' => self.written.push_str("&lt;"),
                '>' => self.written.push_str("&gt;"),
                '"' => self.written.push_str("&quot;"),
                '\'' => self.written.push_str("&#39;"),
                other => self.written.push(other),
            }
        }
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        let _ = write!(self.written, "{number}");
        self
    }

    /// Adds a length, with two decimals at most.
    pub(super) fn length(&mut self, length: f64) -> &mut Self {
        let text = format!("{length:.2}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        self.written.push_str(text);
        self
    }

    /// Adds JSON for a script element, which ends at the first `</script`, wherever it stands.
    pub(super) fn json(&mut self, value: &Value) -> &mut Self {
        let text = value.to_string().replace('<', "\\u003c");
        self.written.push_str(&text);
        self
    }

    /// Adds what was written elsewhere.
    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        self.written.push_str(&other.written);
        self
    }

    pub(super) fn finish(self) -> String {
        self.written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_stays_a_text() {
        let mut markup = Markup::default();
        markup
            .raw("<b title=\"")
            .text("\" onclick='x' <script>&\n")
            .raw("\">")
            .length(1.0)
            .raw(" ")
            .length(0.125)
            .raw("</b>");
        assert_eq!(
            markup.finish(),
            "<b title=\"&quot; onclick=&#39;x&#39; &lt;script&gt;&amp;\\u{a}\">1 0.12</b>"
        );
    }

    #[test]
    fn json_does_not_end_its_script() {
        let mut markup = Markup::default();
        markup.json(&json!(["</script><!--"]));
        assert_eq!(markup.finish(), "[\"\\u003c/script>\\u003c!--\"]");
    }
}
