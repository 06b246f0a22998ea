//! Options that stay as they are: what a user should know about them.

use super::files::normalised;
use super::lines::{CONSTRAINT, option_value};
use std::path::Path;

/// The options of pip's requirements files, beside those that say what is installed.
const KNOWN: [&str; 13] = [
    "-i",
    "--index-url",
    "--extra-index-url",
    "--no-index",
    "-f",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--prefer-binary",
    "--require-hashes",
    "--pre",
    "--trusted-host",
    "--use-feature",
];

/// What there is to say about an option in a file of a folder. Its value is not shown where it may
/// hold credentials.
pub(super) fn remark(option: &[u8], folder: &Path) -> Option<String> {
    if let Some(value) = option_value(option, CONSTRAINT) {
        let value = std::str::from_utf8(&option[value]).ok()?;
        let stands_for_itself =
            value.contains("://") || normalised(folder, value) == normalised(Path::new(""), value);
        return (!stands_for_itself).then(|| {
            format!("`{value}` is a path from the folder of this file, and is not changed")
        });
    }
    let mut words = option.split(|byte| byte.is_ascii_whitespace() || *byte == b'=');
    let word = words.next().unwrap_or_default();
    let is_known = KNOWN.iter().any(|known| {
        let has_value_glued_on = known.len() == 2 && word.starts_with(known.as_bytes());
        has_value_glued_on || known.as_bytes() == word
    });
    (!is_known).then(|| "the option is not known, and stays as it is".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_options_and_moved_constraints_are_noted() {
        for (option, folder, is_noted) in [
            ("--index-url https://u:p@x.example/simple", "", false),
            ("-ihttps://x.example/simple", "sub", false),
            ("--pre", "", false),
            ("--frobnicate=secret", "", true),
            ("-c constraints.txt", "", false),
            ("-c constraints.txt", "sub", true),
            ("-c /etc/constraints.txt", "sub", false),
            ("--constraint=https://x.example/c.txt", "sub", false),
        ] {
            let remark = remark(option.as_bytes(), Path::new(folder));
            assert_eq!(remark.is_some(), is_noted, "{option}");
            assert!(!remark.unwrap_or_default().contains("secret"));
        }
    }
}
