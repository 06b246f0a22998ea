//! Environment markers: whether what stands behind a requirement's `;` is one.
//!
//! A marker is only checked, in a single pass. Libraries that evaluate markers build a decision
//! diagram, which a hostile marker of a kilobyte makes exponential, and descend into parentheses
//! until the stack ends. See
//! [PEP 508](https://packaging.python.org/en/latest/specifications/dependency-specifiers/).

const VARIABLES: [&str; 18] = [
    "implementation_name",
    "implementation_version",
    "os_name",
    "os.name",
    "platform_machine",
    "platform.machine",
    "platform_python_implementation",
    "platform.python_implementation",
    "python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform.version",
    "python_full_version",
    "python_version",
    "sys_platform",
    "sys.platform",
    "extra",
];

const OPERATORS: [&str; 8] = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"];

/// Checks that the text is a marker; the error says what was found and what was expected.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut rest = text.trim();
    let mut open = 0_usize;
    loop {
        while let Some(inner) = rest.strip_prefix('(') {
            open += 1;
            rest = inner.trim_start();
        }
        rest = value(operator(value(rest)?)?)?;
        while let Some(after) = rest.strip_prefix(')') {
            open = open
                .checked_sub(1)
                .ok_or("found `)` without `(` in a marker")?;
            rest = after.trim_start();
        }
        if rest.is_empty() {
            let closed = (open == 0).then_some(());
            return closed.ok_or_else(|| "found `(` without `)` in a marker".to_owned());
        }
        let next = word(rest, "and").or_else(|| word(rest, "or"));
        rest = next.ok_or_else(|| expected("`and` or `or`", rest))?;
    }
}

/// What follows a variable or a text in quotes.
fn value(text: &str) -> Result<&str, String> {
    if let Some(quote @ ('\'' | '"')) = text.chars().next() {
        let (_, after) = text[1..].split_once(quote).ok_or_else(|| {
            let start = start(text);
            format!("found `{start}` in a marker without the quote that ends it")
        })?;
        return Ok(after.trim_start());
    }
    let ends = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let (name, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
    if VARIABLES.contains(&name) {
        return Ok(after.trim_start());
    }
    Err(expected("a marker's variable or a text in quotes", text))
}

/// What follows an operator.
fn operator(text: &str) -> Result<&str, String> {
    let sign = OPERATORS.iter().find_map(|sign| text.strip_prefix(sign));
    let after = sign
        .map(str::trim_start)
        .or_else(|| word(text, "in"))
        .or_else(|| word(word(text, "not")?, "in"));
    after.ok_or_else(|| expected("a comparison", text))
}

/// What follows a word.
fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let after = text.strip_prefix(word)?;
    let ends = after.starts_with(|c: char| c.is_whitespace() || "('\"".contains(c));
    ends.then(|| after.trim_start())
}

fn expected(what: &str, rest: &str) -> String {
    match start(rest) {
        "" => format!("found the end of a marker, expected {what}"),
        start => format!("found `{start}` in a marker, expected {what}"),
    }
}

/// The beginning of a text, to be shown.
fn start(text: &str) -> &str {
    let end = text.char_indices().nth(30).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_markers_from_other_text() {
        let accepted = [
            "python_version < '3.12'",
            " python_version<\"3.12\"and os_name=='nt'",
            "(sys_platform == 'linux' or sys_platform == 'darwin') and extra == 'x'",
            "((python_version not  in '3.8, 3.9'))",
            "'linux' in sys_platform",
            "os_name == 'a' or(os_name == 'b')",
        ];
        for text in accepted {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        let refused = [
            ("", "found the end"),
            ("python_version", "a comparison"),
            ("python_version <", "found the end"),
            ("python_version < 3", "found `3`"),
            ("python < '3'", "found `python < '3'`"),
            ("python_version < '3", "without the quote"),
            ("(python_version < '3'", "without `)`"),
            ("python_version < '3')", "without `(`"),
            ("python_version < '3' & os_name == 'a'", "`and` or `or`"),
            ("python_version < '3' and", "`and` or `or`"),
            ("os_name notin 'a'", "a comparison"),
        ];
        for (text, message) in refused {
            let error = check(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
