//! The writers: the same bytes as `json.dumps(value)` and `json.dumps(value, indent=n)`.

use std::fmt::Write as _;

use super::Json;

impl Json {
    /// Writes on one line, as `json.dumps(value)`: `", "` and `": "` between, all but ASCII
    /// escaped, floats by `repr`.
    pub fn to_python_string(&self) -> String {
        let mut writer = Writer {
            out: String::new(),
            indent: None,
        };
        writer.value(self, 0);
        writer.out
    }

    /// Writes over several lines, as `json.dumps(value, indent=indent)`.
    pub fn to_python_pretty(&self, indent: usize) -> String {
        let mut writer = Writer {
            out: String::new(),
            indent: Some(indent),
        };
        writer.value(self, 0);
        writer.out
    }
}

struct Writer {
    out: String,
    indent: Option<usize>,
}

impl Writer {
    fn value(&mut self, value: &Json, depth: usize) {
        match value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(true) => self.out.push_str("true"),
            Json::Bool(false) => self.out.push_str("false"),
            Json::Number(number) => self.out.push_str(&number.to_python_string()),
            Json::String(text) => self.string(text),
            Json::Array(items) => self.array(items, depth),
            Json::Object(map) => self.object(map, depth),
        }
    }

    fn array(&mut self, items: &[Json], depth: usize) {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            self.separate(index, depth + 1);
            self.value(item, depth + 1);
        }
        self.close(items.is_empty(), depth);
        self.out.push(']');
    }

    fn object(&mut self, map: &indexmap::IndexMap<String, Json>, depth: usize) {
        self.out.push('{');
        for (index, (key, item)) in map.iter().enumerate() {
            self.separate(index, depth + 1);
            self.string(key);
            self.out.push_str(": ");
            self.value(item, depth + 1);
        }
        self.close(map.is_empty(), depth);
        self.out.push('}');
    }

    fn separate(&mut self, index: usize, depth: usize) {
        match (self.indent, index) {
            (None, 0) => {}
            (None, _) => self.out.push_str(", "),
            (Some(_), 0) => self.new_line(depth),
            (Some(_), _) => {
                self.out.push(',');
                self.new_line(depth);
            }
        }
    }

    fn close(&mut self, empty: bool, depth: usize) {
        if self.indent.is_some() && !empty {
            self.new_line(depth);
        }
    }

    fn new_line(&mut self, depth: usize) {
        let width = self.indent.unwrap_or(0) * depth;
        let _ = write!(self.out, "\n{:width$}", "");
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{c}' => self.out.push_str("\\f"),
                '\u{8}' => self.out.push_str("\\b"),
                ' '..='~' => self.out.push(character),
                _ => self.escape(character),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(self.out, "\\u{unit:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_over_lines_as_python_does() {
        let text = r#"{"inputs": [[0.0, null], []], "o": {}, "s": "\u20ac\""}"#;
        let value = Json::parse(text.as_bytes()).unwrap();
        assert_eq!(value.to_python_string(), text);
        let expected = "{\n  \"inputs\": [\n    [\n      0.0,\n      null\n    ],\n    []\n  ],\n  \
                        \"o\": {},\n  \"s\": \"\\u20ac\\\"\"\n}";
        assert_eq!(value.to_python_pretty(2), expected);
        assert_eq!(Json::parse(b"[1]").unwrap().to_python_pretty(0), "[\n1\n]");
    }
}
