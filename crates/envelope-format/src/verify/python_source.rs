//! What a Python file defines at its top level, read line by line.
//!
//! This is no parser of Python: it knows the few shapes that the rules ask about, and where it
//! cannot tell it says that there may be more ([`PythonSource::imports`]).

/// The text of a Python file.
#[derive(Clone, Copy, Debug)]
pub(super) struct PythonSource<'a> {
    text: &'a str,
}

/// A function at the top level of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// Where it begins, from 1.
    pub(super) line: usize,
    parameters: Vec<String>,
}

/// A class at the top level of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// Whether it has base classes other than `object`.
    pub(super) has_bases: bool,
    body: String,
}

impl Function {
    /// Whether the function can be called with so many positional arguments.
    pub(super) fn takes(&self, arguments: usize) -> bool {
        let positional = self
            .parameters
            .iter()
            .take_while(|name| !name.starts_with('*'));
        positional.filter(|name| *name != "/").count() >= arguments
            || self
                .parameters
                .iter()
                .any(|name| name.starts_with('*') && name.len() > 1)
    }
}

impl Class {
    /// Whether the class itself defines a method or attribute.
    pub(super) fn defines(&self, name: &str) -> bool {
        let method = format!("def {name}(");
        let attribute = format!("{name} =");
        self.body.lines().any(|line| {
            let line = line.trim_start();
            line.strip_prefix("async ")
                .unwrap_or(line)
                .starts_with(&method)
                || line.starts_with(&attribute)
        })
    }
}

impl<'a> PythonSource<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// Whether the file imports anything by `from`, or by `*`, so that it may have names that it
    /// does not define itself.
    pub(super) fn imports(self) -> bool {
        self.text
            .lines()
            .any(|line| line.trim_start().starts_with("from "))
    }

    /// The modules that lines of the file import, each with its line, from 1: `a.b`, and for those
    /// inside the file's own package with the dots that lead there: `.a`. Of `from a import b` both
    /// `a` and `a.b`, since either may be a module. Imports that the code makes in other ways are
    /// not seen.
    pub(super) fn imported_modules(self) -> Vec<(usize, String)> {
        let mut modules = Vec::new();
        for (line, text) in (1..).zip(self.text.lines()) {
            let text = text.split('#').next().unwrap_or_default().trim_start();
            if let Some(rest) = text.strip_prefix("from ")
                && let Some((module, names)) = rest.split_once(" import")
            {
                let module = module.trim();
                modules.push((line, module.to_owned()));
                let dot = if module.ends_with('.') { "" } else { "." };
                let names = imported_names(names);
                modules.extend(names.map(|name| (line, format!("{module}{dot}{name}"))));
            } else if let Some(names) = text.strip_prefix("import ") {
                modules.extend(imported_names(names).map(|name| (line, name.to_owned())));
            }
        }
        modules
    }

    /// A function at the top level; of several the last, which is the one that Python keeps.
    pub(super) fn function(self, name: &str) -> Option<Function> {
        let (line, head) = self.find(&["def ", "async def "], name)?;
        let parameters = split_parameters(&head).into_iter();
        let names = parameters.map(|parameter| {
            let end = parameter.find([':', '=']).unwrap_or(parameter.len());
            parameter[..end].trim().to_owned()
        });
        Some(Function {
            line,
            parameters: names.collect(),
        })
    }

    /// A class at the top level.
    pub(super) fn class(self, name: &str) -> Option<Class> {
        let (line, head) = self.find(&["class "], name)?;
        let bases = split_parameters(&head);
        let body = self
            .text
            .lines()
            .skip(line)
            .take_while(|line| line.is_empty() || line.starts_with([' ', '\t', '#', ')']));
        Some(Class {
            line,
            has_bases: bases.iter().any(|base| base != "object"),
            body: body.collect::<Vec<_>>().join("\n"),
        })
    }

    /// The last definition of a name: its line, and what stands in its parentheses.
    fn find(self, keywords: &[&str], name: &str) -> Option<(usize, String)> {
        let begins = |line: &str| {
            keywords.iter().any(|keyword| {
                let rest = line
                    .strip_prefix(keyword)
                    .and_then(|r| r.trim_start().strip_prefix(name));
                rest.is_some_and(|rest| rest.trim_start().starts_with(['(', ':', '[']))
            })
        };
        let (index, _) = self
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| begins(line))
            .last()?;
        let head: Vec<&str> = self.text.lines().skip(index).take(200).collect();
        Some((index + 1, in_parentheses(&head.join("\n"))))
    }
}

/// The names of `a as b, (c, d); e`, up to the semicolon.
fn imported_names(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split(';').next().unwrap_or_default();
    let words = text.split([',', '(', ')']).map(str::trim_start);
    let names = words.filter_map(|word| word.split_whitespace().next());
    names.filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// What stands between the first parenthesis and its partner; nothing when a `:` comes first.
fn in_parentheses(text: &str) -> String {
    let Some(open) = text
        .find(['(', ':'])
        .filter(|at| text[*at..].starts_with('('))
    else {
        return String::new();
    };
    let mut depth = 0_usize;
    for (at, c) in text[open..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return text[open + 1..open + at].to_owned();
                }
            }
            _ => {}
        }
    }
    text[open + 1..].to_owned()
}

/// Splits at the commas that stand in no further brackets.
fn split_parameters(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for line in text.lines() {
        let code = line.split('#').next().unwrap_or(line);
        for c in code.chars() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            match parts.last_mut() {
                Some(_) if c == ',' && depth == 0 => parts.push(String::new()),
                Some(part) => part.push(c),
                None => {}
            }
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_the_modules_that_lines_import() {
        let text = "import a.b as c, d  # import e\n    from f.g import (h,\nfrom . import i\n\
                    from .j import k\nimportant = 1\nfrom l import *; import m\n";
        let modules = PythonSource::new(text).imported_modules();
        let modules: Vec<(usize, &str)> = modules.iter().map(|(l, m)| (*l, m.as_str())).collect();
        let expected = [
            (1, "a.b"),
            (1, "d"),
            (2, "f.g"),
            (2, "f.g.h"),
            (3, "."),
            (3, ".i"),
        ];
        assert_eq!(modules[..6], expected);
        assert_eq!(modules[6..], [(4, ".j"), (4, ".j.k"), (6, "l")]);
    }

    #[test]
    fn counts_the_arguments_that_a_function_takes() {
        let cases = [
            ("def f(path):\n  pass", false),
            ("def f(path, model_config=None):\n  pass", true),
            (
                "def f(\n    path: str,\n    config: dict[str, int] = {'a': (1, 2)},  # why, so\n):\n  pass",
                true,
            ),
            ("def f(path, *args):\n  pass", true),
            ("def f(path, *, model_config):\n  pass", false),
            ("def f(path, /, config):\n  pass", true),
            ("async def f(**kwargs):\n  pass", true),
            ("def f(a, b): pass\ndef f(a): pass", false),
        ];
        for (text, expected) in cases {
            let function = PythonSource::new(text).function("f").expect(text);
            assert_eq!(function.takes(2), expected, "{text}");
        }
        assert_eq!(
            PythonSource::new("  def f(a): pass\ndef ff(): pass").function("f"),
            None
        );
    }

    #[test]
    fn tells_what_a_class_is_made_of() {
        let cases = [
            ("class P:\n    def predict(self): pass\nx = 1", false, false),
            ("class P(object):\n    x = 1", false, false),
            ("class P(mlflow.pyfunc.PythonModel):\n    pass", true, false),
            (
                "class P:\n    def load_context(self, c):\n        pass",
                false,
                true,
            ),
            (
                "class P:\n    pass\n\ndef load_context(c): pass",
                false,
                false,
            ),
        ];
        for (text, bases, loads) in cases {
            let class = PythonSource::new(text).class("P").expect(text);
            assert_eq!(
                (class.has_bases, class.defines("load_context")),
                (bases, loads),
                "{text}"
            );
        }
    }
}
